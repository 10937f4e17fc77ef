//! The tenant itself and its home page.

use shared::home::{GetTenantHome, TenantHome};
use shared::tenant::{GetOwnTenant, Tenant};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get_tenant(caller: TenantAdmin, _: GetOwnTenant) -> Result<Tenant> {
    Ok(caller.store.get_own_tenant().await?)
}

/// What the database knows and what the switch is doing (HOME-01, HOME-02, HOME-04).
pub(crate) async fn get(caller: TenantAdmin, _: GetTenantHome) -> Result<TenantHome> {
    let mut home = caller.store.tenant_home(caller.now).await?;
    let counts = caller.app.door.counts().await?;
    let own = counts.into_iter().find(|count| count.tenant_id == caller.store.tenant_id());
    home.live_calls = own.map_or(0, |count| count.live_calls);
    home.extensions_online = own.map_or(0, |count| count.extensions_online);
    home.network.listeners.clone_from(&caller.app.config.listeners);
    Ok(home)
}
