//! The tenant's own profile (T-12, PRO-02).

use shared::tenant_profile::{GetTenantProfile, TenantProfile, UpdateTenantProfile};

use crate::admin::tenant::check_zone;
use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, _: GetTenantProfile) -> Result<TenantProfile> {
    Ok(caller.store.get_tenant_profile().await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateTenantProfile) -> Result<TenantProfile> {
    check_zone(operation.time_zone.as_deref())?;
    Ok(caller.store.update_tenant_profile(caller.now, &caller.actor, &operation).await?)
}
