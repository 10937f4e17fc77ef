//! The tenant's extensions.

use shared::Page;
use shared::extension::{
    CreateExtension, DeleteExtension, Extension, ExtensionCreated, ExtensionRow, GetExtension, Invitation,
    InviteExtension, ListExtensions, ResetSipSecret, SipAccount, UpdateExtension,
};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListExtensions) -> Result<Page<ExtensionRow>> {
    Ok(caller.store.list_extensions(&operation).await?)
}

pub(crate) async fn get(caller: TenantAdmin, operation: GetExtension) -> Result<ExtensionRow> {
    Ok(caller.store.get_extension(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateExtension) -> Result<ExtensionCreated> {
    let mut created = caller.store.create_extension(caller.now, &caller.actor, &operation).await?;
    created.invitation = created.invitation.map(|token| caller.app.link(&token));
    Ok(created)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateExtension) -> Result<Extension> {
    Ok(caller.store.update_extension(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteExtension) -> Result<()> {
    Ok(caller.store.delete_extension(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn reset_secret(caller: TenantAdmin, operation: ResetSipSecret) -> Result<SipAccount> {
    Ok(caller.store.reset_sip_secret(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn invite(caller: TenantAdmin, operation: InviteExtension) -> Result<Invitation> {
    let mut invitation = caller.store.invite_extension(caller.now, &caller.actor, &operation).await?;
    invitation.link = caller.app.link(&invitation.link);
    Ok(invitation)
}
