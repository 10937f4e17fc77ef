//! The tenant's numbers (TRK-08).

use shared::Page;
use shared::number::{ListOwnNumbers, NumberBlock};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListOwnNumbers) -> Result<Page<NumberBlock>> {
    Ok(caller.store.list_own_numbers(&operation).await?)
}
