//! Subscriptions of phones to events (RFC 6665): what must be known to go on telling a phone after a restart.

use serde::{Deserialize, Serialize};

use crate::{ExtensionId, Moment, SubscriptionId, TenantId};

/// One subscription, with the dialog that carries it (RFC 3261, 12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Who watches.
    pub extension_id: ExtensionId,
    /// Who is watched.
    pub watched_id: ExtensionId,
    /// The Event header, whose first word names the package.
    pub event: String,
    /// `udp`, `tcp` or `tls`.
    pub transport: String,
    /// The address that it came from, `ip:port`.
    pub source: String,
    /// When it runs out.
    pub expires_at: Moment,
    /// How many documents were told by then.
    pub version: u32,
    /// The dialog.
    pub dialog: DialogState,
}

/// A dialog, seen from here (RFC 3261, 12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DialogState {
    /// The Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// Our From, with tag.
    pub local: String,
    /// Our Contact.
    pub contact: String,
    /// The number of our last request.
    pub cseq: u32,
    /// The peer's tag.
    pub remote_tag: String,
    /// The peer's To, with tag.
    pub remote: String,
    /// The peer's Contact URI.
    pub target: String,
    /// The route to it.
    pub route: Vec<String>,
    /// The number of the peer's last request.
    pub remote_cseq: Option<u32>,
}
