//! What a person needs to set up a SIP client (HOME-04).

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::network::Pair;
use crate::transport::{Protocol, TransportRow};
use crate::{TenantId, operation};

/// The most SIP domains that are shown; the page Tenants has all.
pub const DOMAINS_MAX: u32 = 100;

/// A tenant's SIP domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SipDomain {
    /// Whose.
    pub tenant_id: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// The domain.
    pub domain: String,
}

/// A transport as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReachableTransport {
    /// What carries SIP.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
    /// Does it listen?
    pub listening: bool,
    /// Is it reached from the server's own machine only?
    pub local: bool,
}

impl From<&TransportRow> for ReachableTransport {
    fn from(row: &TransportRow) -> Self {
        let open = |address: &&crate::transport::Address| address.failure.is_none();
        let is_local = |address: &crate::transport::Address| {
            address.address.parse::<std::net::SocketAddr>().is_ok_and(|at| at.ip().is_loopback())
        };
        Self {
            protocol: row.protocol,
            port: row.port,
            listening: row.addresses.iter().any(|address| open(&address)),
            local: row.addresses.iter().all(is_local),
        }
    }
}

/// The values that a client is set up with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NetworkOverview {
    /// The address of the portal.
    pub portal: String,
    /// The SIP domains: of all tenants for the provider, of one's own for a tenant.
    pub domains: Vec<SipDomain>,
    /// How many there are in all.
    pub domains_total: u64,
    /// The server's IPv4 addresses.
    pub ipv4: Pair<Ipv4Addr>,
    /// The server's IPv6 addresses.
    pub ipv6: Pair<Ipv6Addr>,
    /// The DNS servers that the server asks.
    pub dns_servers: Vec<String>,
    /// The transports.
    pub transports: Vec<ReachableTransport>,
}

/// The values for all tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetNetworkOverview {}
operation!(GetNetworkOverview, Get, "/api/admin/network-overview", Admin, NetworkOverview);

/// The values for the tenant's own clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnNetworkOverview {}
operation!(GetOwnNetworkOverview, Get, "/api/tenant/network-overview", TenantAdmin, NetworkOverview);
