//! How the tenant dials, and what it may dial (E164-01…E164-03, EXT-10).

use shared::dialing::{DialingCodes, GetDialingCodes, UpdateDialingCodes};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, _: GetDialingCodes) -> Result<DialingCodes> {
    Ok(caller.store.get_dialing_codes().await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateDialingCodes) -> Result<DialingCodes> {
    Ok(caller.store.update_dialing_codes(caller.now, &caller.actor, &operation).await?)
}
