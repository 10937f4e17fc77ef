//! The tenant's blocked numbers (NBL-01, NBL-02).

use shared::Page;
use shared::blocked_number::{
    BlockedNumber, BlockedNumberFound, BlockedNumbersImported, CreateBlockedNumber, DeleteBlockedNumber,
    ExportBlockedNumbers, FindBlockedNumber, ImportBlockedNumbers, ListBlockedNumbers, UpdateBlockedNumber,
};
use shared::operation::File;

use super::extension_file::answer;
use crate::answer::Answer;
use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListBlockedNumbers) -> Result<Page<BlockedNumber>> {
    Ok(caller.store.list_blocked_numbers(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateBlockedNumber) -> Result<BlockedNumber> {
    Ok(caller.store.create_blocked_number(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateBlockedNumber) -> Result<BlockedNumber> {
    Ok(caller.store.update_blocked_number(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteBlockedNumber) -> Result<()> {
    Ok(caller.store.delete_blocked_number(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn import(caller: TenantAdmin, operation: ImportBlockedNumbers) -> Result<BlockedNumbersImported> {
    Ok(caller.store.import_blocked_numbers(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn export(caller: TenantAdmin, operation: ExportBlockedNumbers) -> Result<Answer<File>> {
    Ok(answer(caller.store.export_blocked_numbers(&operation).await?))
}

pub(crate) async fn find(caller: TenantAdmin, operation: FindBlockedNumber) -> Result<BlockedNumberFound> {
    Ok(caller.store.find_blocked_number(&operation).await?)
}
