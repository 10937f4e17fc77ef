//! Call records (CDR-01…05): one row a call, opened at its start, closed at its end.

use serde::{Deserialize, Serialize};

use crate::operation::File;
use crate::page::Direction;
use crate::quality::per_ten_thousand;
use crate::reason::{Reason, TraceStep};
use crate::{CallId, ExtensionId, Moment, Money, Page, TenantId, operation};

/// One call, running or ended. Durations follow from the moments: [`CallRecord::ring_seconds`],
/// [`CallRecord::talk_seconds`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallRecord {
    /// The session id of the call.
    pub id: CallId,
    /// The tenant it belongs to.
    pub tenant_id: TenantId,
    /// The SIP Call-ID of the first leg.
    pub sip_call_id: String,
    /// Who called: number or user part.
    pub caller: String,
    /// The caller's display name.
    pub caller_name: String,
    /// The caller's extension, if it is one of this tenant.
    pub caller_extension_id: Option<ExtensionId>,
    /// What was dialled.
    pub callee: String,
    /// The name of the called extension as it was then; blank for anything else.
    #[serde(default)]
    pub callee_name: String,
    /// The called extension, if it is one of this tenant.
    pub callee_extension_id: Option<ExtensionId>,
    /// Where it went (CDR-04).
    pub direction: CallDirection,
    /// How it stands or ended.
    pub status: CallStatus,
    /// The INVITE arrived.
    pub started_at: Moment,
    /// The first device rang.
    pub rang_at: Option<Moment>,
    /// Somebody answered.
    pub answered_at: Option<Moment>,
    /// It was over.
    pub ended_at: Option<Moment>,
    /// Why it ended.
    pub ended_reason: Option<Reason>,
    /// The SIP status with which it failed; zero when it did not.
    pub fail_code: u16,
    /// The contact that answered, or who has come in its place; the slot, while the call is parked.
    pub final_destination: String,
    /// DID on an inbound call, caller id used on an outbound one.
    pub did_cid: String,
    /// The identity sent to the trunk.
    pub outbound_caller_id: String,
    /// What it cost, once it is rated.
    pub cost: Option<Money>,
    /// Each end's media, caller's first.
    pub legs: Vec<LegQuality>,
}

/// Where a call went (CDR-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallDirection {
    /// Between extensions.
    Ext,
    /// From a trunk.
    In,
    /// To a trunk.
    Out,
}

/// How a call stands (CDR-04; on the wire of events the upper-case words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Not yet answered.
    Ringing,
    /// Talking now.
    Talking,
    /// Ended after it was answered.
    Answered,
    /// Ended unanswered: nobody answered, or the caller gave up.
    NoAnswer,
    /// Could not be set up.
    Failed,
}

impl CallStatus {
    /// The word of the specification: `ANSWERED`, `NOANSWER`, `FAIL`; running calls have none.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ringing | Self::Talking => "",
            Self::Answered => "ANSWERED",
            Self::NoAnswer => "NOANSWER",
            Self::Failed => "FAIL",
        }
    }
}

/// What one end of a call sent and how it arrived here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LegQuality {
    /// Whose end: `caller` or `callee`.
    pub side: String,
    /// The codec in use, such as `PCMU` or `opus`.
    pub codec: String,
    /// RTP packets that arrived from it.
    pub packets_received: u64,
    /// RTP packets that were sent to it.
    pub packets_sent: u64,
    /// Packets that its sequence numbers show to be missing.
    pub packets_lost: u64,
    /// Interarrival jitter in microseconds (RFC 3550, 6.4.1).
    pub jitter_micros: u64,
    /// Was any media heard from it?
    pub heard: bool,
    /// There and back between it and here in microseconds, smoothed (RFC 3550, 6.4.1); none before it has reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip_micros: Option<u64>,
    /// The mean opinion score of what it sends, in hundredths ([`crate::quality`]); none before anything came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mos_hundredths: Option<u16>,
    /// What it reports of the stream that it is sent; none where it never reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<PeerReport>,
    /// Since when nothing has been heard of it though something should be; only while the call runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_since: Option<Moment>,
}

/// The other direction of a leg: what its peer reports of the stream that it is sent (RFC 3550, 6.4.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PeerReport {
    /// Packets that did not reach it.
    pub packets_lost: u64,
    /// Interarrival jitter at its end in microseconds.
    pub jitter_micros: u64,
    /// The mean opinion score of what it hears, in hundredths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mos_hundredths: Option<u16>,
}

impl LegQuality {
    /// Packets of its own that did not arrive, in hundredths of a percent.
    pub fn loss_per_ten_thousand(&self) -> u64 {
        per_ten_thousand(self.packets_lost, self.packets_received.saturating_add(self.packets_lost))
    }

    /// Adds the figures of a leg that had the same place before or after.
    pub fn add(&mut self, other: Self) {
        self.codec = other.codec;
        self.packets_received = self.packets_received.saturating_add(other.packets_received);
        self.packets_sent = self.packets_sent.saturating_add(other.packets_sent);
        self.packets_lost = self.packets_lost.saturating_add(other.packets_lost);
        self.jitter_micros = self.jitter_micros.max(other.jitter_micros);
        self.heard |= other.heard;
        self.round_trip_micros = self.round_trip_micros.max(other.round_trip_micros);
        self.mos_hundredths = lower(self.mos_hundredths, other.mos_hundredths);
        self.silent_since = other.silent_since;
        self.reported = match (self.reported.take(), other.reported) {
            (Some(one), Some(two)) => Some(PeerReport {
                packets_lost: one.packets_lost.saturating_add(two.packets_lost),
                jitter_micros: one.jitter_micros.max(two.jitter_micros),
                mos_hundredths: lower(one.mos_hundredths, two.mos_hundredths),
            }),
            (one, two) => one.or(two),
        };
    }
}

/// The worse of two scores.
fn lower(one: Option<u16>, other: Option<u16>) -> Option<u16> {
    one.into_iter().chain(other).min()
}

/// Stands before the slot in [`CallRecord::final_destination`] of a call that is parked.
pub const PARKED: &str = "park:";

impl CallRecord {
    /// The slot in which a running call waits (PARK-01).
    pub fn parked_at(&self) -> Option<&str> {
        self.final_destination.strip_prefix(PARKED).filter(|_| self.ended_at.is_none())
    }

    /// A call between extensions that has just come in: it rings, and nothing else is known of it.
    pub const fn open(id: CallId, tenant_id: TenantId, started_at: Moment) -> Self {
        Self {
            id,
            tenant_id,
            sip_call_id: String::new(),
            caller: String::new(),
            caller_name: String::new(),
            caller_extension_id: None,
            callee: String::new(),
            callee_name: String::new(),
            callee_extension_id: None,
            direction: CallDirection::Ext,
            status: CallStatus::Ringing,
            started_at,
            rang_at: None,
            answered_at: None,
            ended_at: None,
            ended_reason: None,
            fail_code: 0,
            final_destination: String::new(),
            did_cid: String::new(),
            outbound_caller_id: String::new(),
            cost: None,
            legs: Vec::new(),
        }
    }

    /// Whole seconds from the first ring to the answer, or to the end when nobody answered.
    pub fn ring_seconds(&self) -> u64 {
        let until = self.answered_at.or(self.ended_at);
        self.rang_at.zip(until).map_or(0, |(rang, until)| whole_seconds(rang, until))
    }

    /// Whole seconds from the answer to the end; zero while it runs.
    pub fn talk_seconds(&self) -> u64 {
        self.answered_at.zip(self.ended_at).map_or(0, |(answered, ended)| whole_seconds(answered, ended))
    }
}

/// As on the wire: the difference of the two rounded-down seconds, so that the columns of a record add up.
fn whole_seconds(from: Moment, until: Moment) -> u64 {
    u64::try_from(until.seconds() - from.seconds()).unwrap_or(0)
}

/// A record with the decisions that were taken on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallDetail {
    /// The record.
    pub record: CallRecord,
    /// The decisions, oldest first.
    pub trace: Vec<TraceStep>,
}

/// The filter that the page, the list and the export share. Fields combine with AND (REP-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListCalls {
    /// Number or name that caller or callee contains.
    pub search: Option<String>,
    /// Only these.
    pub status: Option<CallStatus>,
    /// Only these.
    pub direction: Option<CallDirection>,
    /// Started at or after.
    pub from: Option<Moment>,
    /// Started before.
    pub until: Option<Moment>,
    /// By start; newest first unless ascending is asked for.
    pub order: Option<Direction>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListCalls, Get, "/api/tenant/calls", TenantAdmin, Page<CallRecord>);

/// One call with its explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetCall {
    /// Which.
    pub call_id: CallId,
}
operation!(GetCall, Get, "/api/tenant/calls/{call_id}", TenantAdmin, CallDetail);

/// Exports the calls that the filter matches, as CSV (CDR-01 columns, REP-06).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportCalls {
    /// As in [`ListCalls`].
    pub search: Option<String>,
    /// As in [`ListCalls`].
    pub status: Option<CallStatus>,
    /// As in [`ListCalls`].
    pub direction: Option<CallDirection>,
    /// As in [`ListCalls`].
    pub from: Option<Moment>,
    /// As in [`ListCalls`].
    pub until: Option<Moment>,
    /// As in [`ListCalls`].
    pub order: Option<Direction>,
}
operation!(ExportCalls, Get, "/api/tenant/calls.csv", TenantAdmin, File);

/// The user's own calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListOwnCalls {
    /// As in [`ListCalls`].
    pub search: Option<String>,
    /// As in [`ListCalls`].
    pub status: Option<CallStatus>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListOwnCalls, Get, "/api/user/calls", User, Page<CallRecord>);

/// One of the user's own calls with its explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnCall {
    /// Which.
    pub call_id: CallId,
}
operation!(GetOwnCall, Get, "/api/user/calls/{call_id}", User, CallDetail);

/// Ends a running call of the tenant (CALL-02).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HangUpCall {
    /// Which.
    pub call_id: CallId,
}
operation!(HangUpCall, Post, "/api/tenant/calls/{call_id}/hang-up", TenantAdmin, ());

/// Ends a running call of the caller's own extension, or of a member of a group that it manages (CALL-02, GRP-04).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HangUpOwnCall {
    /// Which.
    pub call_id: CallId,
}
operation!(HangUpOwnCall, Post, "/api/user/calls/{call_id}/hang-up", User, ());

/// The columns of the export (CDR-01, REP-06), in this order.
pub const CSV_COLUMNS: [&str; 16] = [
    "caller",
    "caller_name",
    "callee",
    "started_at",
    "rang_at",
    "answered_at",
    "ended_at",
    "ring_seconds",
    "talk_seconds",
    "direction",
    "status",
    "ended_reason",
    "outbound_caller_id",
    "did_cid",
    "call_cost",
    "session_id",
];

impl From<ExportCalls> for ListCalls {
    fn from(export: ExportCalls) -> Self {
        let ExportCalls { search, status, direction, from, until, order } = export;
        Self { search, status, direction, from, until, order, cursor: None, limit: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: CDR-03
    #[test]
    fn durations_follow_from_the_rounded_moments() {
        let started_at = Moment::from_seconds(1_569_567_968);
        let record = CallRecord {
            rang_at: Some(started_at),
            answered_at: Some(Moment(1_569_567_973_900_000)),
            ended_at: Some(Moment(1_569_567_981_100_000)),
            ..CallRecord::open(CallId(1), TenantId(1), started_at)
        };
        assert_eq!((record.ring_seconds(), record.talk_seconds()), (5, 8));
    }
}
