//! Balances of extensions (EXT-17).

use shared::balance::{AddToBalance, Balance, GetBalance};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, operation: GetBalance) -> Result<Balance> {
    Ok(caller.store.get_balance(&operation).await?)
}

pub(crate) async fn add(caller: TenantAdmin, operation: AddToBalance) -> Result<Balance> {
    Ok(caller.store.add_to_balance(caller.now, &caller.actor, &operation).await?)
}
