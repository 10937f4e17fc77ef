//! Members of queues: how each stands, and whether it may be rung; pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::queue::QueueSettings;
use shared::queue_agent::AgentState;
use shared::{CallId, ExtensionId, Moment, QueueId};

use super::line::Place;

/// How long a member is left alone that was rung in vain: whoever declines at once is not rung in a circle.
pub const REST: Duration = Duration::from_secs(5);
/// The most calls of a member that may be rung although it talks.
const CALLS_BESIDE_MAX: usize = 1;

/// What is known of an extension from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Is a device of it registered?
    pub is_registered: bool,
    /// Can one be reached?
    pub is_reachable: bool,
    /// Does the person not want to be disturbed?
    pub is_undisturbed: bool,
    /// The calls that it is in, whatever they are.
    pub calls: BTreeSet<CallId>,
}

/// An extension that is a member somewhere. It is rung for one call at a time, whatever queues it is in.
#[derive(Debug, Default)]
pub struct Agent {
    /// What is known from elsewhere.
    pub standing: Standing,
    /// For whom it is rung.
    pub rung_for: Option<(QueueId, Place)>,
    /// The calls of queues in which it talks.
    pub talks: BTreeMap<CallId, QueueId>,
    /// Until when it has its time after a call.
    pub wraps_until: Option<Moment>,
    /// Until when it is left alone.
    pub rests_until: Option<Moment>,
    /// Where it is a member.
    pub queues: BTreeSet<QueueId>,
}

impl Agent {
    /// Is nothing left that it is known for?
    pub fn is_done(&self) -> bool {
        self.queues.is_empty() && self.rung_for.is_none() && self.talks.is_empty()
    }
}

/// A member of one queue.
#[derive(Clone, Debug, Default)]
pub struct Member {
    /// Its place in the list.
    pub position: u32,
    /// Does it want calls?
    pub is_ready: bool,
    /// Why not.
    pub pause_reason: String,
    /// When it was rung last, counted.
    pub rung: u64,
    /// How many calls of the queue it has answered.
    pub answered: u64,
    /// Under which key it is among those who are free.
    pub key: Option<(u64, u32)>,
    /// What it does.
    pub state: AgentState,
    /// Since when it stands so.
    pub since: Moment,
    /// For which call.
    pub call: Option<CallId>,
    /// Its readiness and its reason as others were told last.
    pub told: (bool, String),
}

/// May it be rung?
pub fn is_free(settings: &QueueSettings, agent: &Agent, member: &Member, now: Moment) -> bool {
    let standing = &agent.standing;
    let over = |until: Option<Moment>| until.is_none_or(|until| until <= now);
    let few = standing.calls.len() <= if settings.skip_busy { 0 } else { CALLS_BESIDE_MAX };
    member.is_ready
        && standing.is_reachable
        && !standing.is_undisturbed
        && agent.rung_for.is_none()
        && over(agent.wraps_until)
        && over(agent.rests_until)
        && few
}

/// What it does, as one queue sees it.
pub fn state_of(queue: QueueId, agent: &Agent, member: &Member, now: Moment) -> AgentState {
    let standing = &agent.standing;
    let rung = agent.rung_for.map(|(of, _)| of);
    let talks = |of: &QueueId| *of == queue;
    match () {
        () if !standing.is_registered => AgentState::Offline,
        () if rung == Some(queue) => AgentState::Ringing,
        () if agent.talks.values().any(talks) => AgentState::Talking,
        () if !member.is_ready || standing.is_undisturbed => AgentState::NotReady,
        () if rung.is_some() || !standing.calls.is_empty() => AgentState::Busy,
        () if agent.wraps_until.is_some_and(|until| until > now) => AgentState::WrapUp,
        () => AgentState::Ready,
    }
}

/// Whom of a queue a call is for that has these members of its own: they are in the queue.
pub fn own_of(members: &BTreeMap<ExtensionId, Member>, exclusive: BTreeSet<ExtensionId>) -> BTreeSet<ExtensionId> {
    exclusive.into_iter().filter(|agent| members.contains_key(agent)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> Agent {
        let standing = Standing { is_registered: true, is_reachable: true, ..Standing::default() };
        Agent { standing, ..Agent::default() }
    }

    const NOW: Moment = Moment::from_seconds(100);

    //
    #[test]
    fn q_04_who_talks_is_skipped_or_gets_a_second_call_and_never_a_third() {
        let member = Member { is_ready: true, ..Member::default() };
        let skips = QueueSettings { skip_busy: true, ..QueueSettings::default() };
        let rings = QueueSettings { skip_busy: false, ..QueueSettings::default() };
        let mut agent = agent();
        assert!(is_free(&skips, &agent, &member, NOW) && is_free(&rings, &agent, &member, NOW));
        agent.standing.calls.insert(CallId(1));
        assert!(!is_free(&skips, &agent, &member, NOW) && is_free(&rings, &agent, &member, NOW));
        agent.standing.calls.insert(CallId(2));
        assert!(!is_free(&rings, &agent, &member, NOW));
    }

    #[test]
    fn who_does_not_want_to_be_disturbed_or_cannot_be_reached_is_not_rung() {
        let settings = QueueSettings::default();
        let member = Member { is_ready: true, ..Member::default() };
        for change in [
            (|agent| agent.standing.is_reachable = false) as fn(&mut Agent),
            |agent| agent.standing.is_undisturbed = true,
            |agent| agent.wraps_until = Some(Moment::from_seconds(101)),
            |agent| agent.rests_until = Some(Moment::from_seconds(101)),
        ] {
            let mut agent = agent();
            change(&mut agent);
            assert!(!is_free(&settings, &agent, &member, NOW));
        }
        assert!(!is_free(&settings, &agent(), &Member::default(), NOW), "it is not ready");
    }

    //
    #[test]
    fn q_19_a_state_is_what_one_queue_sees() {
        let (here, there) = (QueueId(1), QueueId(2));
        let ready = Member { is_ready: true, ..Member::default() };
        let state = |agent: &Agent, member: &Member| state_of(here, agent, member, NOW);
        assert_eq!(state(&Agent::default(), &ready), AgentState::Offline);
        assert_eq!(state(&agent(), &ready), AgentState::Ready);
        assert_eq!(state(&agent(), &Member::default()), AgentState::NotReady);
        let wraps = Agent { wraps_until: Some(Moment::from_seconds(101)), ..agent() };
        assert_eq!(state(&wraps, &ready), AgentState::WrapUp);
        let mut talks = agent();
        talks.standing.calls.insert(CallId(5));
        assert_eq!(state(&talks, &ready), AgentState::Busy);
        talks.talks.insert(CallId(5), there);
        assert_eq!(state(&talks, &ready), AgentState::Busy, "for another queue");
        talks.talks.insert(CallId(5), here);
        assert_eq!(state(&talks, &ready), AgentState::Talking);
    }
}
