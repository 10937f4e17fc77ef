//! The numbers of the installation (TRK-08).

use shared::Page;
use shared::number::{AssignNumbers, ListNumbers, NumberBlock, WithdrawNumbers};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn list(caller: Admin, operation: ListNumbers) -> Result<Page<NumberBlock>> {
    Ok(caller.store.list_numbers(&operation).await?)
}

pub(crate) async fn assign(caller: Admin, operation: AssignNumbers) -> Result<()> {
    Ok(caller.store.assign_numbers(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn withdraw(caller: Admin, operation: WithdrawNumbers) -> Result<()> {
    Ok(caller.store.withdraw_numbers(caller.now, &caller.actor, &operation).await?)
}
