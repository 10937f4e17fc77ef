//! What groups of extensions may do, and who sees after them (GRP-01…GRP-06).

use shared::Page;
use shared::extension_group::{
    CreateExtensionGroup, DeleteExtensionGroup, ExtensionGroup, ExtensionGroupRow, ExtensionRights, GetExtensionGroup,
    GetExtensionRights, ListExtensionGroups, UpdateExtensionGroup,
};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListExtensionGroups) -> Result<Page<ExtensionGroupRow>> {
    Ok(caller.store.list_extension_groups(&operation).await?)
}

pub(crate) async fn get(caller: TenantAdmin, operation: GetExtensionGroup) -> Result<ExtensionGroup> {
    Ok(caller.store.get_extension_group(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateExtensionGroup) -> Result<ExtensionGroup> {
    Ok(caller.store.create_extension_group(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateExtensionGroup) -> Result<ExtensionGroup> {
    Ok(caller.store.update_extension_group(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteExtensionGroup) -> Result<()> {
    Ok(caller.store.delete_extension_group(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn rights(caller: TenantAdmin, operation: GetExtensionRights) -> Result<ExtensionRights> {
    Ok(caller.store.extension_rights(&operation).await?)
}
