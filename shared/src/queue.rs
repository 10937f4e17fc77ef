//! Call queues: callers wait in line until somebody who answers for the queue is free (Q-01…Q-22).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::destination::{Destination, is_dialled};
use crate::language::Language;
use crate::problem::FieldProblem;
use crate::ring_group::RingStrategy;
use crate::{ExtensionId, Page, QueueId, SoundId, TenantId, operation};

/// The most members of one queue.
pub const MEMBERS_MAX: usize = 500;
/// The most managers of one queue.
pub const MANAGERS_MAX: usize = 50;
/// The most callers who wait in one queue, whatever it says.
pub const WAITING_MAX: u32 = 10_000;
/// The most reasons that one queue offers for a pause.
pub const PAUSE_REASONS_MAX: usize = 20;
/// The most characters of such a reason.
pub const PAUSE_REASON_CHARACTERS_MAX: usize = 40;

/// When a caller is told its place in line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PositionAnnouncement {
    /// Never.
    #[default]
    Never,
    /// Once, when it has entered.
    Once,
    /// Again and again.
    Every {
        /// Seconds between two, 10–1800.
        seconds: u32,
    },
}

/// When a caller may have itself called back instead of waiting on the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CallbackOffer {
    /// Never.
    #[default]
    Never,
    /// At any time, by the key.
    Anytime,
    /// It is offered when it has waited for so long.
    After {
        /// Seconds, 10–3600.
        seconds: u32,
    },
}

/// How a queue is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct QueueSettings {
    /// Its number; no other of the tenant's has it.
    pub number: String,
    /// Its name.
    pub name: String,
    /// In which order members ring; [`RingStrategy::Paging`] is none of a queue.
    pub strategy: RingStrategy,
    /// Seconds for which one member rings, 5–300.
    pub ring_seconds: u32,
    /// Seconds for which a caller waits at most, 15–65535.
    pub wait_seconds_max: u32,
    /// How many callers wait at most, 1–10000.
    pub waiting_max: u32,
    /// A member in a call is not rung.
    pub skip_busy: bool,
    /// Callers wait although no member is signed in.
    pub waits_without_members: bool,
    /// Members are ready when they register, and again after each ring and call.
    pub ready_by_itself: bool,
    /// Seconds after a call in which its member is not rung again, 0–3600.
    pub wrap_up_seconds: u32,
    /// What members may give as the reason of a pause, such as `Lunch`.
    pub pause_reasons: Vec<String>,
    /// Who answers, in order.
    pub members: Vec<ExtensionId>,
    /// Who sees its wallboard and is mailed about it; none of them is rung.
    pub managers: Vec<ExtensionId>,
    /// Seconds after which a waiting call is late and the managers are told, once; 0 never.
    pub sla_seconds: u32,
    /// Are the managers mailed of each lost call too?
    pub mails_lost_calls: bool,
    /// The language of the system's phrases.
    pub language: Language,
    /// What is said first; absent nothing.
    pub introduction: Option<SoundId>,
    /// Is it said to its end before members ring?
    pub introduces_first: bool,
    /// What is heard while waiting; absent the tenant's own music on hold.
    pub music: Option<SoundId>,
    /// When the place in line is said.
    pub position: PositionAnnouncement,
    /// Is it said about how long that will take?
    pub says_wait: bool,
    /// When a callback is offered.
    pub callback: CallbackOffer,
    /// The key for it.
    pub callback_key: char,
    /// What is dialled before a caller's number to call it back; may be empty.
    pub callback_prefix: String,
    /// Where to when nobody has answered.
    pub otherwise: Destination,
    /// Who calls that it sends outside come from; may be empty.
    pub outbound_caller_id: String,
}

impl Default for QueueSettings {
    fn default() -> Self {
        Self {
            number: String::new(),
            name: String::new(),
            strategy: RingStrategy::default(),
            ring_seconds: 20,
            wait_seconds_max: 300,
            waiting_max: 100,
            skip_busy: true,
            waits_without_members: false,
            ready_by_itself: true,
            wrap_up_seconds: 0,
            pause_reasons: Vec::new(),
            members: Vec::new(),
            managers: Vec::new(),
            sla_seconds: 0,
            mails_lost_calls: false,
            language: Language::default(),
            introduction: None,
            introduces_first: false,
            music: None,
            position: PositionAnnouncement::default(),
            says_wait: false,
            callback: CallbackOffer::default(),
            callback_key: '3',
            callback_prefix: String::new(),
            otherwise: Destination::EndCall,
            outbound_caller_id: String::new(),
        }
    }
}

impl QueueSettings {
    /// What is wrong with it, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.number("number", &self.number);
        check.name("name", &self.name);
        check.that(self.strategy != RingStrategy::Paging, "strategy", "The telephones of a queue ring.");
        check.that((5..=300).contains(&self.ring_seconds), "ring_seconds", "Between 5 and 300 seconds.");
        check.that((15..=65_535).contains(&self.wait_seconds_max), "wait_seconds_max", "Between 15 and 65535 seconds.");
        check.that((1..=WAITING_MAX).contains(&self.waiting_max), "waiting_max", "Between 1 and 10000 callers.");
        check.that(self.wrap_up_seconds <= 3_600, "wrap_up_seconds", "At most 3600 seconds.");
        check.that(self.pause_reasons.len() <= PAUSE_REASONS_MAX, "pause_reasons", "There are at most 20 reasons.");
        for (place, reason) in self.pause_reasons.iter().take(PAUSE_REASONS_MAX).enumerate() {
            let field = format!("pause_reasons[{place}]");
            check.that(is_pause_reason(reason), &field, "One to 40 characters, none of them a control character.");
            let twice = self.pause_reasons.iter().take(place).any(|other| other == reason);
            check.that(!twice, &field, "This reason stands there already.");
        }
        check.that((1..=MEMBERS_MAX).contains(&self.members.len()), "members", "A queue has 1 to 500 members.");
        check.that(!has_twice(&self.members), "members", "A member stands in a queue once.");
        check.that(self.managers.len() <= MANAGERS_MAX, "managers", "A queue has at most 50 managers.");
        check.that(!has_twice(&self.managers), "managers", "A manager stands in a queue once.");
        check.that(
            self.members.is_empty() || self.members.iter().any(|member| !self.managers.contains(member)),
            "members",
            "A manager is never rung: at least one member has to be none.",
        );
        check.that(self.sla_seconds <= 65_535, "sla_seconds", "At most 65535 seconds; 0 for never.");
        if let PositionAnnouncement::Every { seconds } = self.position {
            check.that((10..=1_800).contains(&seconds), "position.seconds", "Between 10 and 1800 seconds.");
        }
        if let CallbackOffer::After { seconds } = self.callback {
            check.that((10..=3_600).contains(&seconds), "callback.seconds", "Between 10 and 3600 seconds.");
        }
        check.that(self.callback_key.is_ascii_digit(), "callback_key", "A digit.");
        let prefix = &self.callback_prefix;
        check.that(
            prefix.len() <= 10 && prefix.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#')),
            "callback_prefix",
            "At most 10 keys: digits, * and #.",
        );
        self.otherwise.check(&mut check, "otherwise");
        let id = self.outbound_caller_id.trim();
        check.that(
            id.is_empty() || is_dialled(id),
            "outbound_caller_id",
            "A number outside has 2 to 64 digits, which may follow a +.",
        );
        check.finish()
    }

    /// Who may be rung, in order: members who are no managers.
    pub fn agents(&self) -> impl Iterator<Item = ExtensionId> {
        self.members.iter().copied().filter(|member| !self.managers.contains(member))
    }
}

/// May a pause have this reason?
pub fn is_pause_reason(reason: &str) -> bool {
    let characters = reason.chars().count();
    (1..=PAUSE_REASON_CHARACTERS_MAX).contains(&characters) && crate::check::is_clean(reason)
}

fn has_twice(ids: &[ExtensionId]) -> bool {
    ids.iter().enumerate().any(|(place, id)| ids.iter().take(place).any(|other| other == id))
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Queue {
    /// Its id.
    pub id: QueueId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// How it is set up.
    #[serde(flatten)]
    pub settings: QueueSettings,
}

/// Lists the tenant's queues by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListQueues {
    /// Text that number or name contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListQueues, Get, "/api/tenant/queues", TenantAdmin, Page<Queue>);

/// Adds a queue, within the tenant's limit (Q-01, T-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateQueue {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: QueueSettings,
}
operation!(CreateQueue, Post, "/api/tenant/queues", TenantAdmin, Queue);

/// Sets a queue up anew; who waits in it goes on waiting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateQueue {
    /// Which.
    pub queue_id: QueueId,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: QueueSettings,
}
operation!(UpdateQueue, Put, "/api/tenant/queues/{queue_id}", TenantAdmin, Queue);

/// Removes a queue that nothing leads to; who waits in it is led to its other destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteQueue {
    /// Which.
    pub queue_id: QueueId,
}
operation!(DeleteQueue, Delete, "/api/tenant/queues/{queue_id}", TenantAdmin, ());

#[cfg(test)]
mod tests {
    use super::*;

    //
    #[test]
    fn q_01_a_form_names_what_is_wrong_with_it() {
        let right = QueueSettings {
            number: "8000".into(),
            name: "Sales".into(),
            members: vec![ExtensionId(1), ExtensionId(2)],
            managers: vec![ExtensionId(2), ExtensionId(3)],
            ..QueueSettings::default()
        };
        assert_eq!(right.check(), []);
        assert_eq!(right.agents().collect::<Vec<_>>(), [ExtensionId(1)], "a manager is never rung");
        let wrong = QueueSettings {
            number: "8".into(),
            strategy: RingStrategy::Paging,
            ring_seconds: 1,
            wait_seconds_max: 14,
            waiting_max: 0,
            wrap_up_seconds: 3_601,
            pause_reasons: vec!["Lunch".into(), "Lunch".into(), String::new()],
            members: vec![ExtensionId(1), ExtensionId(1)],
            managers: vec![ExtensionId(1)],
            sla_seconds: 65_536,
            position: PositionAnnouncement::Every { seconds: 9 },
            callback: CallbackOffer::After { seconds: 9 },
            callback_key: '#',
            callback_prefix: "x".into(),
            otherwise: Destination::External { number: "x".into() },
            outbound_caller_id: "y".into(),
            ..QueueSettings::default()
        };
        let fields: Vec<String> = wrong.check().into_iter().map(|problem| problem.field).collect();
        assert_eq!(
            fields,
            [
                "number",
                "name",
                "strategy",
                "ring_seconds",
                "wait_seconds_max",
                "waiting_max",
                "wrap_up_seconds",
                "pause_reasons[1]",
                "pause_reasons[2]",
                "members",
                "members",
                "sla_seconds",
                "position.seconds",
                "callback.seconds",
                "callback_key",
                "callback_prefix",
                "otherwise.number",
                "outbound_caller_id"
            ]
        );
    }
}
