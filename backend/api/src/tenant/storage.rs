//! How much room the company's sounds take (STO-01).

use shared::storage::{GetOwnStorage, Storage};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, _: GetOwnStorage) -> Result<Storage> {
    Ok(caller.store.get_own_storage().await?)
}
