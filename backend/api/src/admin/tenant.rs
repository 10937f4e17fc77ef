//! Tenants, and acting for one.

use shared::Page;
use shared::account::{ActForTenant, Session};
use shared::storage::{GetTenantStorage, Storage};
use shared::tenant::{
    CreateTenant, DeleteTenant, GetTenant, ListTenants, Tenant, TenantCreated, TenantRow, UpdateTenant,
};

use crate::caller::Admin;
use crate::error::{Error, Result};
use crate::{csv_file, session};

pub(crate) async fn list(caller: Admin, operation: ListTenants) -> Result<Page<TenantRow>> {
    Ok(caller.store.list_tenants(caller.now, &operation).await?)
}

pub(crate) async fn get(caller: Admin, operation: GetTenant) -> Result<TenantRow> {
    Ok(caller.store.get_tenant(caller.now, &operation).await?)
}

/// How much room its sounds take (T-05).
pub(crate) async fn storage(caller: Admin, operation: GetTenantStorage) -> Result<Storage> {
    Ok(caller.store.get_tenant_storage(&operation).await?)
}

pub(crate) async fn create(caller: Admin, operation: CreateTenant) -> Result<TenantCreated> {
    check_zone(operation.time_zone.as_deref())?;
    let mut created = caller.store.create_tenant(caller.now, &caller.actor, &operation).await?;
    created.invitation = caller.app.link(&created.invitation);
    Ok(created)
}

pub(crate) async fn update(caller: Admin, operation: UpdateTenant) -> Result<Tenant> {
    check_zone(operation.time_zone.as_deref())?;
    Ok(caller.store.update_tenant(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: Admin, operation: DeleteTenant) -> Result<()> {
    Ok(caller.store.delete_tenant(caller.now, &caller.actor, &operation).await?)
}

/// Begins to act for the tenant (ACC-07, T-09).
pub(crate) async fn act(caller: Admin, ActForTenant { tenant_id }: ActForTenant) -> Result<Session> {
    caller.store.set_acting(caller.now, &caller.actor, caller.session, Some(tenant_id)).await?;
    session::session(&caller.app, caller.session, caller.account, Some(tenant_id)).await
}

/// `shared` knows the shape of a zone's name; whether there is such a zone is known here.
pub(crate) fn check_zone(name: Option<&str>) -> Result<()> {
    match name {
        Some(name) if csv_file::zone(name).is_none() => {
            Err(Error::field("time_zone", "There is no time zone of this name; one is Europe/Berlin."))
        }
        _ => Ok(()),
    }
}
