//! What is going on: the questions that pages ask of the switch, and the words of the live WebSocket.

use serde::{Deserialize, Serialize};

use crate::call_record::CallRecord;
use crate::fact::TenantFact;
use crate::operation;
use crate::registration::Registration;
use crate::{CallId, Moment, TenantId};

/// A running call, for lists.
pub type LiveCall = CallRecord;

/// The tenant's running calls (CALL-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListLiveCalls {}
operation!(ListLiveCalls, Get, "/api/tenant/live-calls", TenantAdmin, Vec<LiveCall>);

/// The running calls of all tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListAllLiveCalls {}
operation!(ListAllLiveCalls, Get, "/api/admin/live-calls", Admin, Vec<LiveCall>);

/// A question to the switch. It is answered between two packets; it never waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The running calls, of one tenant or of all.
    LiveCalls(Option<TenantId>),
    /// The bindings that have not run out, of one tenant or of all.
    Registrations(Option<TenantId>),
    /// The figures of each tenant.
    Counts,
    /// End this tenant's call.
    HangUp(TenantId, CallId),
}

/// The answer to an [`Ask`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `LiveCalls`.
    LiveCalls(Vec<LiveCall>),
    /// To `Registrations`.
    Registrations(Vec<Registration>),
    /// To `Counts`: only tenants with a call or a device.
    Counts(Vec<TenantCounts>),
    /// To `HangUp`: was there such a call?
    HungUp(bool),
}

/// What one tenant is doing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantCounts {
    /// Which tenant.
    pub tenant_id: TenantId,
    /// Its running calls.
    pub live_calls: u64,
    /// Its bindings.
    pub registrations: u64,
    /// Its extensions with at least one binding.
    pub extensions_online: u64,
}

/// What the browser says on `/api/live`; the first message of a connection must be `Hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum LiveRequest {
    /// Here is who I am; sent again with a fresh token before the old one runs out.
    Hello {
        /// The access token of the session.
        access_token: String,
    },
}

/// What the server says on `/api/live`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "say", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "made once a message, written out at once and never kept")]
pub enum LiveMessage {
    /// The token was taken; facts follow. An admin hears all tenants, a tenant's administrator its own, a user those
    /// of its own calls and devices.
    Welcome {
        /// The server's time.
        now: Moment,
    },
    /// Something has happened.
    Fact {
        /// What, and whose.
        #[serde(flatten)]
        fact: TenantFact,
    },
    /// This connection was too slow and has missed facts: load the page's lists again.
    Missed,
    /// The token was not taken or has run out; the connection closes.
    Refused,
}
