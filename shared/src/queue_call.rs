//! Calls of a queue: who waited how long, for whom, and what came of it.

use serde::{Deserialize, Serialize};

use crate::operation::File;
use crate::{CallId, ExtensionId, Moment, Page, QueueCallId, QueueId, TenantId, operation};

/// What has come of a call of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum QueueOutcome {
    /// A member has answered it.
    Answered,
    /// The caller hung up before.
    Abandoned,
    /// It has waited as long as callers wait.
    TimedOut,
    /// No member was there.
    NobodyThere,
    /// As many wait as may.
    Full,
    /// A nuisance list has ended it (HAR-01, HAR-02).
    Nuisance,
    /// The callback came to nothing: the caller did not answer, or its number is not one that may be called.
    CallbackFailed,
    /// Somebody else ended it, or took it out of the queue.
    Removed,
}

impl QueueOutcome {
    /// All of them, for choices.
    pub const ALL: [Self; 8] = [
        Self::Answered,
        Self::Abandoned,
        Self::TimedOut,
        Self::NobodyThere,
        Self::Full,
        Self::Nuisance,
        Self::CallbackFailed,
        Self::Removed,
    ];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Answered => "Answered",
            Self::Abandoned => "Hung up while waiting",
            Self::TimedOut => "Waited too long",
            Self::NobodyThere => "Nobody was signed in",
            Self::Full => "Queue was full",
            Self::Nuisance => "On a nuisance list",
            Self::CallbackFailed => "Callback failed",
            Self::Removed => "Removed",
        }
    }

    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Abandoned => "abandoned",
            Self::TimedOut => "timed_out",
            Self::NobodyThere => "nobody_there",
            Self::Full => "full",
            Self::Nuisance => "nuisance",
            Self::CallbackFailed => "callback_failed",
            Self::Removed => "removed",
        }
    }

    /// Is it a call that was lost?
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Abandoned | Self::TimedOut | Self::NobodyThere | Self::Full | Self::CallbackFailed)
    }
}

/// One call of a queue. Who enters the same queue again has another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueCall {
    /// Its id.
    pub id: QueueCallId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The queue.
    pub queue_id: QueueId,
    /// The call; of a callback the one in which it was asked for.
    pub call_id: CallId,
    /// The caller's number; empty where it was hidden.
    pub caller: String,
    /// The caller's name, as it came.
    pub caller_name: String,
    /// When it entered.
    pub entered_at: Moment,
    /// Is the caller a VIP (VIP-02)?
    pub vip: bool,
    /// Has the caller asked to be called back? It keeps its place in line.
    pub callback: bool,
    /// When it has asked for that.
    #[serde(default)]
    pub callback_at: Option<Moment>,
    /// The call of the server's own in which it is called back, or was.
    #[serde(default)]
    pub callback_call_id: Option<CallId>,
    /// How often that was under way when the server stopped or broke.
    #[serde(default)]
    pub callback_breaks: u32,
    /// Has it waited longer than the queue's goal?
    pub late: bool,
    /// Who is rung for it now.
    pub ringing: Vec<ExtensionId>,
    /// When a member answered it.
    pub answered_at: Option<Moment>,
    /// Which member.
    pub agent_id: Option<ExtensionId>,
    /// When it was over: the talk too.
    pub ended_at: Option<Moment>,
    /// What has come of it; none while it waits.
    pub outcome: Option<QueueOutcome>,
}

impl QueueCall {
    /// How long it has waited, in milliseconds.
    pub fn waited_millis(&self, now: Moment) -> u64 {
        let until = self.answered_at.or(self.ended_at).unwrap_or(now);
        u64::try_from(until.millis() - self.entered_at.millis()).unwrap_or(0)
    }

    /// How long it was talked, in milliseconds.
    pub fn talked_millis(&self, now: Moment) -> u64 {
        let from = self.answered_at.map_or(0, |at| self.ended_at.unwrap_or(now).millis() - at.millis());
        u64::try_from(from).unwrap_or(0)
    }

    /// Does it wait?
    pub const fn waits(&self) -> bool {
        self.outcome.is_none()
    }
}

/// Which calls of queues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListQueueCalls {
    /// Only those of this queue.
    pub queue_id: Option<QueueId>,
    /// Only those of this member.
    pub agent_id: Option<ExtensionId>,
    /// Only those that were lost.
    pub lost: Option<bool>,
    /// Text that number or name of the caller contains.
    pub search: Option<String>,
    /// Only those that entered then or later.
    pub from: Option<Moment>,
    /// Only those that entered before.
    pub until: Option<Moment>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListQueueCalls, Get, "/api/tenant/queue-calls", TenantAdmin, Page<QueueCall>);

/// The same as a file of CSV, without pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportQueueCalls {
    /// Only those of this queue.
    pub queue_id: Option<QueueId>,
    /// Only those that were lost.
    pub lost: Option<bool>,
    /// Only those that entered then or later.
    pub from: Option<Moment>,
    /// Only those that entered before.
    pub until: Option<Moment>,
}
operation!(ExportQueueCalls, Get, "/api/tenant/queue-calls.csv", TenantAdmin, File);

/// What has become of the calls of a queue in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct QueueFigures {
    /// Calls that entered.
    pub entered: u64,
    /// Those that were answered.
    pub answered: u64,
    /// Those that were lost.
    pub lost: u64,
    /// Those of the answered that were not late.
    pub in_time: u64,
    /// Milliseconds that all have waited.
    pub waited_millis: u64,
    /// The longest that one has waited, in milliseconds.
    pub longest_wait_millis: u64,
    /// Milliseconds that were talked.
    pub talked_millis: u64,
}

/// The figures of some time, from its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueueSlot {
    /// When it begins: an hour, or a day of the tenant's zone.
    pub from: Moment,
    /// The figures.
    #[serde(flatten)]
    pub figures: QueueFigures,
}

/// The history of queues for charts: by the hour up to two days, else by the day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct GetQueueHistory {
    /// Only of this queue.
    pub queue_id: Option<QueueId>,
    /// From then on; absent, the last seven days.
    pub from: Option<Moment>,
    /// Until then.
    pub until: Option<Moment>,
}
operation!(GetQueueHistory, Get, "/api/tenant/queue-history", TenantAdmin, Vec<QueueSlot>);

/// The figures of each queue in some time, as CSV.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportQueueReport {
    /// From then on; absent, the last seven days.
    pub from: Option<Moment>,
    /// Until then.
    pub until: Option<Moment>,
}
operation!(ExportQueueReport, Get, "/api/tenant/queue-report.csv", TenantAdmin, File);

#[cfg(test)]
mod tests {
    use super::*;

    //
    #[test]
    fn q_14_a_call_is_lost_where_the_caller_got_nobody() {
        let lost: Vec<_> = QueueOutcome::ALL.into_iter().filter(|outcome| outcome.is_lost()).collect();
        use QueueOutcome::{Abandoned, CallbackFailed, Full, NobodyThere, TimedOut};
        assert_eq!(lost, [Abandoned, TimedOut, NobodyThere, Full, CallbackFailed]);
        for outcome in QueueOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.code());
        }
    }
}
