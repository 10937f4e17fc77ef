//! Which calls are recorded beside those that the tenant or an extension says (REC-01), and who may have a call recorded while it runs.

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::dialing::is_key;
use crate::operation;
use crate::problem::FieldProblem;
use crate::{ExtensionGroupId, QueueId, RingGroupId, TrunkId};

/// The most entries of each list.
pub const ENTRIES_MAX: usize = 500;
/// The fewest keys of a code that is typed in a call: one alone is typed by chance.
pub const CODE_KEYS_MIN: usize = 2;
/// The most.
pub const CODE_KEYS_MAX: usize = 6;

/// The rules of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RecordingRules {
    /// A call whose both parties are outside, such as one that is forwarded, is not recorded by any rule.
    pub no_external_recording: bool,
    /// Calls of the members of these extension groups are recorded.
    pub extension_groups: Vec<ExtensionGroupId>,
    /// Calls that came to these ring groups are recorded.
    pub ring_groups: Vec<RingGroupId>,
    /// Calls that came to these queues are recorded, from the answer of a member on.
    pub queues: Vec<QueueId>,
    /// Calls by these trunks are recorded, in both directions.
    pub trunks: Vec<TrunkId>,
    /// The members of these extension groups may have their calls recorded while they run, and may pause recordings of them.
    pub on_demand: Vec<ExtensionGroupId>,
    /// What they type in a call to begin and end that.
    pub toggle_code: String,
    /// What they type in a call to pause and go on.
    pub pause_code: String,
}

impl Default for RecordingRules {
    fn default() -> Self {
        Self {
            no_external_recording: false,
            extension_groups: Vec::new(),
            ring_groups: Vec::new(),
            queues: Vec::new(),
            trunks: Vec::new(),
            on_demand: Vec::new(),
            toggle_code: "*1".into(),
            pause_code: "*2".into(),
        }
    }
}

impl RecordingRules {
    /// What is wrong with them.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check_list(&mut check, "extension_groups", &self.extension_groups);
        check_list(&mut check, "ring_groups", &self.ring_groups);
        check_list(&mut check, "queues", &self.queues);
        check_list(&mut check, "trunks", &self.trunks);
        check_list(&mut check, "on_demand", &self.on_demand);
        for (field, code) in [("toggle_code", &self.toggle_code), ("pause_code", &self.pause_code)] {
            let code = code.trim();
            let right = (CODE_KEYS_MIN..=CODE_KEYS_MAX).contains(&code.len()) && code.bytes().all(is_key);
            check.that(right, field, "A code has 2 to 6 keys: digits, * and #.");
        }
        let (toggle, pause) = (self.toggle_code.trim(), self.pause_code.trim());
        let hidden = !toggle.is_empty() && !pause.is_empty() && (toggle.contains(pause) || pause.contains(toggle));
        check.that(!hidden, "pause_code", "One of the two codes is a part of the other.");
        check.finish()
    }

    /// Without blanks round the codes.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        for code in [&mut self.toggle_code, &mut self.pause_code] {
            *code = code.trim().to_owned();
        }
        self
    }
}

fn check_list<T: Ord>(check: &mut Check, field: &str, entries: &[T]) {
    let mut sorted: Vec<&T> = entries.iter().collect();
    sorted.sort();
    sorted.dedup();
    check.that(sorted.len() == entries.len(), field, "One of them stands in it twice.");
    check.that(entries.len() <= ENTRIES_MAX, field, "A list has at most 500 entries.");
}

/// Which calls are recorded beside those that the tenant or an extension says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetRecordingRules {}
operation!(GetRecordingRules, Get, "/api/tenant/recording-rules", TenantAdmin, RecordingRules);

/// Sets the rules, all of them: an absent field becomes what a tenant begins with. They hold from the next call on, and for running calls that
/// are not recorded yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateRecordingRules {
    /// From now on.
    #[serde(flatten)]
    pub rules: RecordingRules,
}
operation!(UpdateRecordingRules, Put, "/api/tenant/recording-rules", TenantAdmin, RecordingRules);

/// What somebody wants of the recording of a call that he is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordAction {
    /// Only to know how it stands.
    Look,
    /// Begin one.
    Start,
    /// End it. One that a rule wants goes on.
    Stop,
    /// Leave out what is said from now on.
    Pause,
    /// Go on.
    Resume,
}

/// How the recording of a call stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// It is not recorded.
    #[default]
    Off,
    /// What is said is kept.
    On,
    /// It is recorded, and what is said just now is left out.
    Paused,
}

/// How the recording of an own call stands, and what may be done about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnCallRecording {
    /// How it stands.
    pub state: RecordingState,
    /// Does a rule want it? Then it cannot be ended before the call.
    pub by_rule: bool,
    /// May the person begin, pause and end it?
    pub is_allowed: bool,
}

/// Begins, pauses or ends the recording of a running call of one's own (REC-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecordOwnCall {
    /// The Call-ID that the person's own phone has for it (RFC 3261, 8.1.1.4).
    pub sip_call_id: String,
    /// What is wanted; to look, where it is absent.
    #[serde(default = "look")]
    pub action: RecordAction,
}
operation!(RecordOwnCall, Post, "/api/user/call-recording", User, OwnCallRecording);

const fn look() -> RecordAction {
    RecordAction::Look
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(change: impl FnOnce(&mut RecordingRules)) -> Vec<String> {
        let mut rules = RecordingRules::default();
        change(&mut rules);
        rules.check().into_iter().map(|problem| problem.field).collect()
    }

    // covers: REC-01
    #[test]
    fn rec_01_rules_are_checked_field_by_field() {
        assert!(problems(|_| {}).is_empty());
        assert!(problems(|rules| rules.toggle_code = " #9 ".into()).is_empty());
        for code in ["", "1", "*1*1*1*", "a1"] {
            assert_eq!(problems(|rules| rules.toggle_code = code.into())[0], "toggle_code", "{code}");
        }
        assert_eq!(problems(|rules| rules.pause_code = "*1".into()), ["pause_code"]);
        assert_eq!(problems(|rules| rules.pause_code = "9*1".into()), ["pause_code"]);
        assert_eq!(problems(|rules| rules.trunks = vec![TrunkId(1); 2]), ["trunks"]);
        let many = (0..=ENTRIES_MAX as i64).map(RingGroupId).collect();
        assert_eq!(problems(|rules| rules.ring_groups = many), ["ring_groups"]);
    }
}
