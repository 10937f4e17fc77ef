//! The queues of a tenant: who waits, who answers, and who is rung for whom (Q-01…Q-22); pure. The `Pbx` tells what happens
//! (`pbx/queue.rs`), and takes what is to be done: [`Queues::next_match`], [`Queues::take_forlorn`], [`Queues::take_due`] and the
//! changes that become facts.
//!
//! **Invariant:** no event walks all callers and all members. A queue keeps its line in order, who of it nobody is rung for, and who of
//! its members is free, in the order of its strategy; a match takes the first of each.

mod agent;
mod line;
mod place;
mod ready;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use shared::queue::{Queue, WAITING_MAX};
use shared::queue_agent::AgentStanding;
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::{CallId, ExtensionId, Moment, QueueId};

use agent::{Agent, Member, own_of};
pub use agent::{REST, Standing};
pub use line::Place;
use line::{Line, Waiter};
pub use place::{Heir, LetGo};
pub use turn::Match;

/// The most callers of one queue who are to be called back; whoever asks then goes on waiting.
pub const CALLBACKS_MAX: usize = 500;
/// How long somebody who is to be called back is kept in line.
pub const CALLBACK_KEPT: Duration = Duration::from_secs(24 * 3_600);
/// So often a callback is begun that the end of the process breaks off each time: what ends it may be the callback.
pub const CALLBACK_BREAKS_MAX: u32 = 3;
/// Of what a queue has learned of the length of its calls, so many hundredths are those of the last one.
const LAST_COUNTS: u64 = 12;

/// Something that others are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A call stands so.
    Call(QueueCall),
    /// A member stands so.
    Agent(AgentStanding),
}

/// Something that was to happen at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// A member may be free again.
    Agent(ExtensionId),
    /// A call has waited longer than is the goal.
    Late(QueueId, Place),
    /// Somebody was not called back for too long.
    Callback(QueueId, Place),
}

/// One queue.
#[derive(Debug)]
struct Desk {
    queue: Arc<Queue>,
    line: Line,
    members: BTreeMap<ExtensionId, Member>,
    /// Those who may be rung, in the order of the strategy.
    free: BTreeSet<(u64, u32, ExtensionId)>,
    /// How many members have a device registered.
    registered: usize,
    /// How many in the line are to be called back.
    callbacks: usize,
    /// How long a call of it takes a member, in milliseconds, wrap-up included: a mean in which the last calls count most.
    handling_millis: Option<u64>,
    /// How often somebody was rung.
    rung: u64,
}

/// All queues of a tenant.
#[derive(Debug, Default)]
pub struct Queues {
    desks: BTreeMap<QueueId, Desk>,
    agents: BTreeMap<ExtensionId, Agent>,
    /// Where a call waits, or for which place it rings members.
    by_call: BTreeMap<CallId, (QueueId, Place)>,
    /// Calls in which a member talks.
    talks: BTreeMap<CallId, QueueCall>,
    due: BTreeSet<(Moment, Due)>,
    /// Queues in which somebody may be rung for somebody since the last look.
    stirred: BTreeSet<QueueId>,
    changes: Vec<(QueueId, Change)>,
    entered: u64,
}

/// Whether somebody may come into a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// It waits, or somebody is rung at once.
    Waits,
    /// Not for this reason.
    Turned(QueueOutcome),
}

impl Queues {
    /// The queues as they are set up from now on; the calls of those that are no more, which are out of them.
    pub fn set(&mut self, queues: &[Arc<Queue>], now: Moment) -> LetGo {
        let there = |id: &QueueId| queues.iter().any(|queue| queue.id == *id);
        let gone: Vec<QueueId> = self.desks.keys().filter(|id| !there(id)).copied().collect();
        let mut let_go = LetGo::default();
        for id in gone {
            let LetGo { waiting, callbacks } = self.evict(id, QueueOutcome::Removed, true, now);
            let_go.waiting.extend(waiting);
            let_go.callbacks.extend(callbacks);
            let members: Vec<ExtensionId> = self.members_of(id);
            self.desks.remove(&id);
            self.stirred.remove(&id);
            members.into_iter().for_each(|member| self.leaves(id, member, now));
        }
        for queue in queues {
            self.set_up(queue, now);
        }
        let_go
    }

    fn set_up(&mut self, queue: &Arc<Queue>, now: Moment) {
        let id = queue.id;
        if self.desks.get(&id).is_some_and(|desk| desk.queue == *queue) {
            return;
        }
        let desk = self.desks.entry(id).or_insert_with(|| Desk::new(queue.clone()));
        desk.queue = queue.clone();
        let agents: Vec<ExtensionId> = queue.settings.agents().collect();
        let gone: Vec<ExtensionId> = desk.members.keys().filter(|member| !agents.contains(member)).copied().collect();
        for (position, member) in (0..).zip(&agents) {
            let is_ready = queue.settings.ready_by_itself;
            let fresh = || Member { is_ready, since: now, told: (is_ready, String::new()), ..Member::default() };
            desk.members.entry(*member).or_insert_with(fresh).position = position;
        }
        for member in gone {
            if let Some(desk) = self.desks.get_mut(&id)
                && let Some(Member { key: Some((rank, position)), .. }) = desk.members.remove(&member)
            {
                desk.free.remove(&(rank, position, member));
            }
            self.leaves(id, member, now);
        }
        for member in agents {
            self.agents.entry(member).or_default().queues.insert(id);
            self.review(member, now);
        }
        self.count_registered(id);
        self.stirred.insert(id);
    }

    /// A member is none of a queue any more; whom it is rung for, or talks with, it goes on with.
    fn leaves(&mut self, queue: QueueId, member: ExtensionId, now: Moment) {
        let Some(agent) = self.agents.get_mut(&member) else { return };
        agent.queues.remove(&queue);
        self.review(member, now);
        self.forget_if_done(member);
    }

    fn forget_if_done(&mut self, member: ExtensionId) {
        if self.agents.get(&member).is_some_and(Agent::is_done) {
            self.agents.remove(&member);
        }
    }

    fn members_of(&self, queue: QueueId) -> Vec<ExtensionId> {
        self.desks.get(&queue).map(|desk| desk.members.keys().copied().collect()).unwrap_or_default()
    }

    /// Everybody who is a member somewhere.
    pub fn agents(&self) -> Vec<ExtensionId> {
        self.agents.keys().copied().collect()
    }

    /// Is it a member anywhere?
    pub fn is_agent(&self, extension: ExtensionId) -> bool {
        self.agents.contains_key(&extension)
    }

    /// Whether somebody may come in now: nobody is there who would answer, or as many wait as may.
    pub fn prospect(&self, queue: QueueId) -> Prospect {
        let Some(desk) = self.desks.get(&queue) else { return Prospect::Turned(QueueOutcome::Removed) };
        let settings = &desk.queue.settings;
        let most = settings.waiting_max.min(WAITING_MAX) as usize;
        match () {
            () if desk.is_forlorn() => Prospect::Turned(QueueOutcome::NobodyThere),
            () if desk.line.len() >= most => Prospect::Turned(QueueOutcome::Full),
            () => Prospect::Waits,
        }
    }

    /// Somebody comes into the line of a queue that has room for it; its rank, from one.
    pub fn enter(&mut self, call: QueueCall, exclusive: BTreeSet<ExtensionId>, is_held_back: bool) -> Option<usize> {
        self.entered += 1;
        let (place, id, call_id) = (Place::of(&call, self.entered), call.queue_id, call.call_id);
        let desk = self.desks.get_mut(&id)?;
        let exclusive = own_of(&desk.members, exclusive);
        self.changes.push((id, Change::Call(call.clone())));
        let waiter = Waiter { call, exclusive, tried: BTreeSet::new(), is_held_back };
        let sla = desk.queue.settings.sla_seconds;
        self.due.extend(dues(id, place, &waiter, sla));
        desk.line.insert(place, waiter);
        self.by_call.insert(call_id, (id, place));
        self.stirred.insert(id);
        desk.line.rank(place)
    }

    /// Somebody who was turned away is told of.
    pub fn turned_away(&mut self, call: QueueCall) {
        self.changes.push((call.queue_id, Change::Call(call)));
    }

    /// What a caller was to hear first is said: somebody may be rung for it.
    pub fn introduced(&mut self, call: CallId) {
        let Some((id, place)) = self.by_call.get(&call).copied() else { return };
        let Some(desk) = self.desks.get_mut(&id) else { return };
        if let Some(waiter) = desk.line.get_mut(place) {
            waiter.is_held_back = false;
            let is_open = waiter.call.ringing.is_empty();
            desk.line.open(place, is_open);
            self.stirred.insert(id);
        }
    }

    /// A caller is out of the line, for this reason; nobody is rung for it any more.
    pub fn leave(&mut self, call: CallId, outcome: QueueOutcome, now: Moment) {
        if let Some((id, place)) = self.by_call.remove(&call) {
            self.take_out(id, place, call, outcome, now);
        }
    }

    fn take_out(&mut self, id: QueueId, place: Place, call: CallId, outcome: QueueOutcome, now: Moment) {
        let Some(desk) = self.desks.get_mut(&id) else { return };
        let Some(mut waiter) = desk.line.remove(place) else { return };
        desk.callbacks = desk.callbacks.saturating_sub(usize::from(waiter.call.callback));
        let sla = desk.queue.settings.sla_seconds;
        for due in dues(id, place, &waiter, sla) {
            self.due.remove(&due);
        }
        let rung = std::mem::take(&mut waiter.call.ringing);
        waiter.call.outcome = Some(outcome);
        waiter.call.ended_at = Some(now);
        self.changes.push((id, Change::Call(waiter.call)));
        for agent in rung {
            self.rung_out(agent, (id, call), false, now);
        }
    }

    /// Callers in queues where nobody is that would answer, since somebody has signed off: they are out of them.
    pub fn take_forlorn(&mut self, now: Moment) -> Vec<CallId> {
        let forlorn = self.stirred.iter().filter(|id| self.desks.get(id).is_some_and(Desk::is_forlorn));
        let forlorn: Vec<QueueId> = forlorn.copied().collect();
        forlorn.into_iter().flat_map(|id| self.evict(id, QueueOutcome::NobodyThere, false, now).waiting).collect()
    }

    /// A member has answered a caller, or whoever picked the call up (ADV-05).
    pub fn answered(&mut self, call: CallId, by: Option<ExtensionId>, now: Moment) {
        let Some((id, place)) = self.by_call.remove(&call) else { return };
        // Who came from a talk in another queue, or in this one.
        self.talk_over(call, now);
        let Some(desk) = self.desks.get_mut(&id) else { return };
        let Some(mut waiter) = desk.line.remove(place) else { return };
        desk.callbacks = desk.callbacks.saturating_sub(usize::from(waiter.call.callback));
        if let Some(member) = by.and_then(|by| desk.members.get_mut(&by)) {
            member.answered += 1;
        }
        let sla = desk.queue.settings.sla_seconds;
        for due in dues(id, place, &waiter, sla) {
            self.due.remove(&due);
        }
        let rung = std::mem::take(&mut waiter.call.ringing);
        waiter.call.outcome = Some(QueueOutcome::Answered);
        waiter.call.answered_at = Some(now);
        waiter.call.agent_id = by;
        self.changes.push((id, Change::Call(waiter.call.clone())));
        self.talks.insert(call, waiter.call);
        if let Some(agent) = by.and_then(|by| self.agents.get_mut(&by)) {
            agent.rung_for = None;
            agent.talks.insert(call, id);
            agent.standing.calls.insert(call);
        }
        for other in rung {
            if Some(other) == by {
                self.review(other, now);
            } else {
                self.rung_out(other, (id, call), false, now);
            }
        }
    }

    /// A member does not talk any more in a call of a queue, or the call is over.
    pub fn talk_over(&mut self, call: CallId, now: Moment) {
        let Some(mut talk) = self.talks.remove(&call) else { return };
        talk.ended_at = Some(now);
        let id = talk.queue_id;
        let wrap_up = self.desks.get_mut(&id).map(|desk| {
            let wrap_up = Duration::from_secs(desk.queue.settings.wrap_up_seconds.into());
            let last = talk.talked_millis(now).saturating_add(u64::try_from(wrap_up.as_millis()).unwrap_or(0));
            let mean = desk.handling_millis.unwrap_or(last);
            desk.handling_millis = Some((mean * (100 - LAST_COUNTS) + last * LAST_COUNTS) / 100);
            (wrap_up, desk.queue.settings.ready_by_itself)
        });
        let by = talk.agent_id;
        self.changes.push((id, Change::Call(talk)));
        let Some(by) = by else { return };
        if let Some(agent) = self.agents.get_mut(&by) {
            agent.talks.remove(&call);
            agent.standing.calls.remove(&call);
        }
        if let Some((wrap_up, ready_by_itself)) = wrap_up {
            if !ready_by_itself {
                self.unready(by, id);
            }
            if !wrap_up.is_zero() {
                self.wake_agent(by, |agent| &mut agent.wraps_until, now + wrap_up);
            }
        }
        self.review(by, now);
        self.forget_if_done(by);
    }

    /// The call in whose place this one is, as it stands: it waits, or a member talks in it.
    pub fn of(&self, call: CallId) -> Option<&QueueCall> {
        let waits = || {
            let (id, place) = self.by_call.get(&call)?;
            self.desks.get(id)?.line.get(*place).map(|waiter| &waiter.call)
        };
        waits().or_else(|| self.talks.get(&call))
    }

    /// What was due by now is done.
    pub fn take_due(&mut self, now: Moment) {
        while let Some((at, due)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, due));
            match due {
                Due::Agent(agent) => {
                    if let Some(known) = self.agents.get_mut(&agent) {
                        known.wraps_until = known.wraps_until.filter(|until| *until > now);
                        known.rests_until = known.rests_until.filter(|until| *until > now);
                    }
                    self.review(agent, now);
                }
                Due::Late(id, place) => {
                    let waiter = self.desks.get_mut(&id).and_then(|desk| desk.line.get_mut(place));
                    if let Some(waiter) = waiter.filter(|waiter| !waiter.call.late) {
                        waiter.call.late = true;
                        let call = waiter.call.clone();
                        self.changes.push((id, Change::Call(call)));
                    }
                }
                Due::Callback(id, place) => {
                    let waiter = self.desks.get(&id).and_then(|desk| desk.line.get(place));
                    let idle = waiter.filter(|waiter| waiter.call.callback && waiter.call.callback_call_id.is_none());
                    if let Some(call) = idle.map(|waiter| waiter.call.call_id) {
                        self.take_out(id, place, call, QueueOutcome::CallbackFailed, now);
                    }
                }
            }
        }
    }

    /// When something is due next.
    pub fn next_due(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// What others are to be told since the last time, with the queue that each is of.
    pub fn take_changes(&mut self) -> Vec<(QueueId, Change)> {
        std::mem::take(&mut self.changes)
    }

    /// Records of everything that goes on, as it ends because something of ours broke; and how ready each member is, and who is to be
    /// called back.
    pub fn broken_off(mut self, now: Moment) -> (Vec<(QueueId, Change)>, Self) {
        let ids: Vec<QueueId> = self.desks.keys().copied().collect();
        for id in ids {
            self.evict(id, QueueOutcome::Removed, false, now);
        }
        let callbacks = self.desks.values().flat_map(|desk| desk.line.iter());
        let callbacks: Vec<_> = callbacks.map(|(_, waiter)| (waiter.call.clone(), waiter.exclusive.clone())).collect();
        let talks: Vec<CallId> = self.talks.keys().copied().collect();
        talks.into_iter().for_each(|call| self.talk_over(call, now));
        let changes = self.take_changes();
        let mut fresh = Self::default();
        for (id, desk) in self.desks {
            let members =
                desk.members.into_iter().map(|(extension, member)| (extension, Member { key: None, ..member }));
            let members: BTreeMap<_, _> = members.collect();
            for member in members.keys() {
                fresh.agents.entry(*member).or_default().queues.insert(id);
            }
            let (rung, handling_millis) = (desk.rung, desk.handling_millis);
            fresh.desks.insert(id, Desk { members, rung, handling_millis, ..Desk::new(desk.queue) });
        }
        for (mut call, exclusive) in callbacks {
            call.callback_breaks = call.callback_breaks.saturating_add(call.callback_call_id.is_some().into());
            fresh.restore_callback(call, exclusive, now);
        }
        (changes, fresh)
    }

    /// The queue, as it is set up.
    pub fn queue(&self, id: QueueId) -> Option<&Arc<Queue>> {
        self.desks.get(&id).map(|desk| &desk.queue)
    }
}

/// What is due for somebody in line.
fn dues(id: QueueId, place: Place, waiter: &Waiter, sla_seconds: u32) -> impl Iterator<Item = (Moment, Due)> + use<> {
    let late = (sla_seconds > 0 && !waiter.call.late)
        .then(|| (waiter.call.entered_at + Duration::from_secs(sla_seconds.into()), Due::Late(id, place)));
    let over = waiter.kept_until().map(|until| (until, Due::Callback(id, place)));
    late.into_iter().chain(over)
}

impl Desk {
    fn new(queue: Arc<Queue>) -> Self {
        Self {
            queue,
            line: Line::default(),
            members: BTreeMap::new(),
            free: BTreeSet::new(),
            registered: 0,
            callbacks: 0,
            handling_millis: None,
            rung: 0,
        }
    }

    /// Is nobody there who would answer, and does nobody wait for that?
    fn is_forlorn(&self) -> bool {
        self.registered == 0 && !self.queue.settings.waits_without_members
    }
}

#[cfg(test)]
mod tests;
