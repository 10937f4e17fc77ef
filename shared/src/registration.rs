//! Registrations: which devices an extension can be reached on, and which were refused and why.

use serde::{Deserialize, Serialize};

use crate::reason::TraceStep;
use crate::{ExtensionId, Moment, Page, RefusalId, RegistrationId, TenantId, operation};

/// One binding of an extension to a device (RFC 3261, 10; RFC 5626).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The extension.
    pub extension_id: ExtensionId,
    /// The extension's number.
    pub number: String,
    /// The contact URI, as the device sent it.
    pub contact: String,
    /// `udp`, `tcp`, `tls`, `ws` or `wss`.
    pub transport: String,
    /// The address that it came from, `ip:port`.
    pub source: String,
    /// What the device calls itself.
    pub user_agent: String,
    /// `+sip.instance` (RFC 5626), empty when not sent.
    pub instance: String,
    /// `reg-id` (RFC 5626).
    pub reg_id: Option<u32>,
    /// The Path to send along (RFC 3327), as URIs, nearest first.
    pub path: Vec<String>,
    /// Preference in thousandths; 1000 is rung first.
    pub q: u16,
    /// The Call-ID of the REGISTER; repeats of it are ordered by `cseq`.
    pub call_id: String,
    /// The CSeq of the REGISTER.
    pub cseq: u32,
    /// When the device registered first.
    pub registered_at: Moment,
    /// When it runs out.
    pub expires_at: Moment,
    /// Is the connection that it came over still there? Always true for UDP.
    pub reachable: bool,
}

/// A refused registration; repeats of the same are counted, not listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegistrationRefusal {
    /// Its id.
    pub id: RefusalId,
    /// The tenant, where one was found.
    pub tenant_id: Option<TenantId>,
    /// The user that it was for, as sent.
    pub user: String,
    /// The address that it came from, `ip:port` of the latest.
    pub source: String,
    /// What the device calls itself.
    pub user_agent: String,
    /// The SIP status that it got.
    pub status: u16,
    /// How often, repeats included.
    pub count: u64,
    /// The first time.
    pub first_at: Moment,
    /// The latest time.
    pub last_at: Moment,
    /// The decisions of the latest, the last of them the refusal.
    pub trace: Vec<TraceStep>,
}

/// Lists the devices that are registered in the tenant now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListRegistrations {
    /// Text that number, contact, source or user agent contains.
    pub search: Option<String>,
    /// Only this extension's.
    pub extension_id: Option<ExtensionId>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListRegistrations, Get, "/api/tenant/registrations", TenantAdmin, Page<Registration>);

/// Lists the refused registrations of the tenant, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListRefusals {
    /// Text that user, source or user agent contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListRefusals, Get, "/api/tenant/refusals", TenantAdmin, Page<RegistrationRefusal>);

/// Lists the refused registrations of the whole installation, those of no tenant too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListAllRefusals {
    /// As in [`ListRefusals`].
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListAllRefusals, Get, "/api/admin/refusals", Admin, Page<RegistrationRefusal>);
