//! The figures of the home pages (HOME-01, HOME-02).

use serde::{Deserialize, Serialize};

use crate::{Moment, TenantId, operation};

/// Calls that started in one hour (HOME-02).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HourOfCalls {
    /// The beginning of the hour.
    pub hour: Moment,
    /// How many started.
    pub total: u64,
    /// How many of them were answered.
    pub answered: u64,
    /// How many failed or were not answered.
    pub failed: u64,
}

/// The provider's home page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AdminHome {
    /// The version of the running binary.
    pub version: String,
    /// When it started.
    pub started_at: Moment,
    /// Tenants in all.
    pub tenants: u64,
    /// Extensions in all.
    pub extensions: u64,
    /// Extensions with a device.
    pub extensions_online: u64,
    /// Bindings in all.
    pub registrations: u64,
    /// Running calls.
    pub live_calls: u64,
    /// The last 24 hours, oldest first, 24 rows.
    pub hours: Vec<HourOfCalls>,
    /// The tenants with the most running calls, at most five.
    pub busiest: Vec<BusyTenant>,
}

/// A tenant on the provider's home page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BusyTenant {
    /// Which.
    pub tenant_id: TenantId,
    /// Its name.
    pub name: String,
    /// Its running calls.
    pub live_calls: u64,
    /// Its extensions with a device.
    pub extensions_online: u64,
}

/// Loads the provider's home page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetAdminHome {}
operation!(GetAdminHome, Get, "/api/admin/home", Admin, AdminHome);

/// The tenant's home page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantHome {
    /// Extensions in all.
    pub extensions: u64,
    /// How many there may be.
    pub extensions_max: Option<u32>,
    /// Extensions with a device.
    pub extensions_online: u64,
    /// Running calls.
    pub live_calls: u64,
    /// How many there may be.
    pub concurrent_calls_max: Option<u32>,
    /// Registrations refused in the last 24 hours.
    pub refusals: u64,
    /// The last 24 hours, oldest first, 24 rows.
    pub hours: Vec<HourOfCalls>,
    /// What a phone is set up with (HOME-04).
    pub network: Network,
}

/// What a phone is set up with (HOME-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Network {
    /// The tenant's SIP domain.
    pub domain: String,
    /// The listeners, such as `udp 203.0.113.5:5060`.
    pub listeners: Vec<String>,
}

/// Loads the tenant's home page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetTenantHome {}
operation!(GetTenantHome, Get, "/api/tenant/home", TenantAdmin, TenantHome);
