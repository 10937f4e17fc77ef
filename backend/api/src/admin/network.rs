//! Where the installation stands in its networks (WIZ-02), and what a SIP client is set up with (HOME-04).

use shared::network::{GetNetwork, NetworkState};
use shared::network_overview::{DOMAINS_MAX, GetNetworkOverview, NetworkOverview, SipDomain};
use shared::tenant::ListTenants;

use crate::App;
use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn get(caller: Admin, _: GetNetwork) -> Result<NetworkState> {
    Ok(caller.app.config.network.borrow().clone())
}

pub(crate) async fn overview(caller: Admin, _: GetNetworkOverview) -> Result<NetworkOverview> {
    let ask = ListTenants { limit: Some(DOMAINS_MAX), ..ListTenants::default() };
    let page = caller.store.list_tenants(caller.now, &ask).await?;
    let domain = |tenant: shared::tenant::Tenant| SipDomain {
        tenant_id: tenant.id,
        tenant_name: tenant.name,
        domain: tenant.domain,
    };
    let domains = page.rows.into_iter().map(|row| domain(row.tenant)).collect();
    of_domains(&caller.app, domains, page.total).await
}

/// What is the same for all tenants, beside these domains.
pub(crate) async fn of_domains(app: &App, domains: Vec<SipDomain>, domains_total: u64) -> Result<NetworkOverview> {
    let listeners = app.listeners.rows().await?;
    let network = app.config.network.borrow().clone();
    Ok(NetworkOverview {
        portal: app.config.public_url.clone(),
        domains,
        domains_total,
        ipv4: network.ipv4,
        ipv6: network.ipv6,
        dns_servers: (app.config.ground.resolvers)(),
        transports: listeners.iter().map(Into::into).collect(),
    })
}
