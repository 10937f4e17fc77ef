//! The tenant itself and its home page.

use std::net::SocketAddr;

use shared::home::{GetTenantHome, TenantHome};
use shared::network_overview::{GetOwnNetworkOverview, NetworkOverview, SipDomain};
use shared::tenant::{GetOwnTenant, Tenant};
use shared::transport::TransportRow;

use crate::admin::network::of_domains;
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
    home.network.listeners = listeners(&caller).await?;
    Ok(home)
}

/// What the tenant's clients are set up with (HOME-04).
pub(crate) async fn network_overview(caller: TenantAdmin, _: GetOwnNetworkOverview) -> Result<NetworkOverview> {
    let tenant = caller.store.get_own_tenant().await?;
    let own = SipDomain { tenant_id: tenant.id, tenant_name: tenant.name, domain: tenant.domain };
    of_domains(&caller.app, vec![own], 1).await
}

/// The listeners of devices that listen, such as `udp 203.0.113.5:5060` (HOME-04).
async fn listeners(caller: &TenantAdmin) -> Result<Vec<String>> {
    let rows = caller.app.listeners.rows().await?;
    let Some(address) = caller.app.config.network.borrow().public_address() else { return Ok(Vec::new()) };
    let listening = rows.into_iter().filter(|row| row.addresses.iter().any(|address| address.failure.is_none()));
    let text =
        |row: TransportRow| format!("{} {}", row.protocol.word().to_lowercase(), SocketAddr::new(address, row.port));
    Ok(listening.map(text).collect())
}
