//! Members of queues as they stand: ready, rung, talking (Q-06, Q-15…Q-17), and the wallboard.

use serde::{Deserialize, Serialize};

use crate::operation::File;
use crate::queue_call::{QueueCall, QueueFigures};
use crate::{CallId, ExtensionId, Moment, QueueId, TenantId, operation};

/// What a member of a queue is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// No device of the member is registered.
    #[default]
    Offline,
    /// It wants no calls of this queue now.
    NotReady,
    /// It waits for a call.
    Ready,
    /// It is rung for this queue.
    Ringing,
    /// It talks with a caller of this queue.
    Talking,
    /// It has the time after a call for itself.
    WrapUp,
    /// It is in a call that is none of this queue's.
    Busy,
}

impl AgentState {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Offline, Self::NotReady, Self::Ready, Self::Ringing, Self::Talking, Self::WrapUp, Self::Busy];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offline => "Offline",
            Self::NotReady => "Not ready",
            Self::Ready => "Ready",
            Self::Ringing => "Ringing",
            Self::Talking => "Talking",
            Self::WrapUp => "Wrap-up",
            Self::Busy => "Busy",
        }
    }

    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::NotReady => "not_ready",
            Self::Ready => "ready",
            Self::Ringing => "ringing",
            Self::Talking => "talking",
            Self::WrapUp => "wrap_up",
            Self::Busy => "busy",
        }
    }
}

/// How a member stands in one queue. The store keeps the latest of each, and what came before for reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AgentStanding {
    /// The queue.
    pub queue_id: QueueId,
    /// The member.
    pub extension_id: ExtensionId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Does it want calls of this queue? It survives a restart.
    pub ready: bool,
    /// Why it does not; may be empty.
    pub pause_reason: String,
    /// What it is doing.
    pub state: AgentState,
    /// Since when.
    pub since: Moment,
    /// The call that it is rung for, or talks in.
    pub call_id: Option<CallId>,
}

/// What the store knows of a member's readiness, for the switch after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentReadiness {
    /// The queue.
    pub queue_id: QueueId,
    /// The member.
    pub extension_id: ExtensionId,
    /// Does it want calls?
    pub ready: bool,
    /// Why not.
    pub pause_reason: String,
    /// Since when.
    pub since: Moment,
}

/// A queue as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueStanding {
    /// Which.
    pub queue_id: QueueId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Seconds after which a call is late; 0 never.
    pub sla_seconds: u32,
    /// What members may give as the reason of a pause.
    pub pause_reasons: Vec<String>,
    /// Who waits, in the order of the line; the first [`SHOWN_WAITING_MAX`].
    pub waiting: Vec<QueueCall>,
    /// How many wait.
    pub waiting_count: u32,
    /// Its members, in their order.
    pub agents: Vec<AgentStanding>,
    /// What has become of its calls since midnight in the tenant's zone.
    #[serde(default)]
    pub today: QueueFigures,
}

/// The most waiting callers that a wallboard shows one by one.
pub const SHOWN_WAITING_MAX: usize = 100;

/// All queues of the tenant as they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetWallboard {}
operation!(GetWallboard, Get, "/api/tenant/wallboard", TenantAdmin, Vec<QueueStanding>);

/// The queues as they stand that one is a manager of; and, without who waits, those in which one is a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnWallboard {}
operation!(GetOwnWallboard, Get, "/api/user/wallboard", User, OwnWallboard);

/// What somebody sees of queues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OwnWallboard {
    /// Those that one is a manager of.
    pub managed: Vec<QueueStanding>,
    /// Those that one answers for: `agents` holds oneself alone, `waiting` nobody.
    pub member: Vec<QueueStanding>,
}

/// Sets a member of a queue ready, or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SetAgentReady {
    /// Which queue; absent, all of which it is a member.
    pub queue_id: Option<QueueId>,
    /// Which member; absent is refused.
    pub extension_id: Option<ExtensionId>,
    /// Ready?
    pub ready: bool,
    /// Why not; may be empty.
    pub pause_reason: String,
}
operation!(SetAgentReady, Put, "/api/tenant/queue-agents", TenantAdmin, ());

/// Sets oneself ready, or not; a manager also the members of the queues that it manages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SetOwnAgentReady {
    /// Which queue; absent, all of which one is a member.
    pub queue_id: Option<QueueId>,
    /// Which member; absent, oneself.
    pub extension_id: Option<ExtensionId>,
    /// Ready?
    pub ready: bool,
    /// Why not; may be empty.
    pub pause_reason: String,
}
operation!(SetOwnAgentReady, Put, "/api/user/queue-agents", User, ());

/// The same in the words of other systems: the queue by its number, the member by its id or its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UpdateMemberState {
    /// The number of the queue.
    pub extension_number: String,
    /// True is ready.
    pub status: bool,
    /// The id of the member's extension.
    pub extension_id: Option<ExtensionId>,
    /// Or its number.
    pub member_number: String,
}
operation!(UpdateMemberState, Post, "/api/call_queues/member_state/update", SignedIn, ());

/// What the members have done in some time, as CSV: calls, talk, ready, pauses by their reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportAgentReport {
    /// Only of this queue.
    pub queue_id: Option<QueueId>,
    /// From then on; absent, the last seven days.
    pub from: Option<Moment>,
    /// Until then.
    pub until: Option<Moment>,
}
operation!(ExportAgentReport, Get, "/api/tenant/queue-agents.csv", TenantAdmin, File);

/// A change of readiness for the switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadyChange {
    /// The tenant.
    pub tenant_id: TenantId,
    /// Which queue; none for all of the member's.
    pub queue_id: Option<QueueId>,
    /// Which member.
    pub extension_id: ExtensionId,
    /// Ready?
    pub ready: bool,
    /// Why not.
    pub pause_reason: String,
}
