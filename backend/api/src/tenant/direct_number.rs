//! The direct number of an extension (EXT-04).

use shared::direct_number::{DirectNumber, GetDirectNumber, UpdateDirectNumber};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, operation: GetDirectNumber) -> Result<DirectNumber> {
    Ok(caller.store.direct_number(operation.extension_id).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateDirectNumber) -> Result<DirectNumber> {
    Ok(caller.store.update_direct_number(caller.now, &caller.actor, &operation).await?)
}
