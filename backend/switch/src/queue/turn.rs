//! Whose turn it is: the first in line and the member who comes first by the queue's strategy (Q-07, EXA-02).

use std::collections::BTreeSet;

use shared::ring_group::RingStrategy;
use shared::{CallId, ExtensionId, Moment, QueueId};

use super::agent::{Agent, Member, Standing, is_free, own_of, state_of};
use super::{Change, Desk, Due, Place, Queues, REST};

/// Members who are to be rung for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The queue.
    pub queue: QueueId,
    /// The place in its line.
    pub place: Place,
    /// The call that waits there; of somebody who is to be called back, the one that is over.
    pub call: CallId,
    /// Is it somebody who is to be called back?
    pub is_callback: bool,
    /// Who is rung.
    pub agents: Vec<ExtensionId>,
}

impl Desk {
    /// For whom the next who are free are rung: the first for whom nobody is; where all ring, else the first for whom somebody is.
    fn head(&self, may_call_back: bool) -> Option<Place> {
        if self.free.is_empty() {
            return None;
        }
        let joins = || {
            let place = Some(self.line.first_rung()?).filter(|_| self.rings_all())?;
            let tried = &self.line.get(place)?.tried;
            self.free.iter().any(|(.., agent)| !tried.contains(agent)).then_some(place)
        };
        self.line.first_open(may_call_back).or_else(joins)
    }

    /// All who are free, or whoever comes first: of the caller's own members while one is free, else by the strategy; and whether all
    /// have been rung in vain, so that their turn begins anew.
    fn choice(
        &self,
        own: &BTreeSet<ExtensionId>,
        tried: &BTreeSet<ExtensionId>,
        rings: bool,
        but: Option<ExtensionId>,
    ) -> (Vec<ExtensionId>, bool) {
        let free = || self.free.iter().map(|(.., agent)| *agent).filter(|agent| Some(*agent) != but);
        if self.rings_all() {
            return (free().filter(|agent| !rings || !tried.contains(agent)).collect(), !rings);
        }
        let untried = |agent: &ExtensionId| !tried.contains(agent);
        let keyed = |agent: &ExtensionId| Some((self.members.get(agent)?.key?, *agent)).filter(|_| Some(*agent) != but);
        let own = || own.iter().filter_map(keyed);
        let first = own().filter(|(_, agent)| untried(agent)).min().map(|(_, agent)| agent);
        match first.or_else(|| free().find(untried)) {
            Some(agent) => (vec![agent], false),
            None => {
                let again = own().min().map(|(_, agent)| agent).or_else(|| free().next());
                (again.into_iter().collect(), true)
            }
        }
    }

    fn rings_all(&self) -> bool {
        self.queue.settings.strategy == RingStrategy::Simultaneous
    }
}

impl Queues {
    /// The next who are to be rung for somebody, of all queues first for whoever is first in line; from then on they count as rung.
    /// While nobody may be called back, whoever is to be keeps its place, and no member is rung for it.
    pub fn next_match(&mut self, may_call_back: bool, now: Moment) -> Option<Match> {
        let desks = &self.desks;
        let head = |id: &QueueId| desks.get(id)?.head(may_call_back).map(|place| (place, *id));
        let first = self.stirred.iter().filter_map(head).min();
        let Some((place, id)) = first else {
            // Where only callbacks are left, the next look is for when they may be made.
            self.stirred.retain(|id| desks.get(id).is_some_and(|desk| desk.head(true).is_some()));
            return None;
        };
        let agents = self.chosen(id, place);
        if agents.is_empty() {
            // Nobody there is for this one: the other queues have their turn.
            self.stirred.remove(&id);
            return self.next_match(may_call_back, now);
        }
        let desk = self.desks.get_mut(&id)?;
        let waiter = desk.line.get_mut(place)?;
        waiter.call.ringing.extend(agents.iter().copied());
        let found = Match {
            queue: id,
            place,
            call: waiter.call.call_id,
            is_callback: waiter.call.callback,
            agents: agents.clone(),
        };
        self.changes.push((id, Change::Call(waiter.call.clone())));
        desk.line.open(place, false);
        for agent in agents {
            self.rung_in(agent, id, place, now);
        }
        Some(found)
    }

    /// Who is rung next for somebody in line.
    fn chosen(&mut self, id: QueueId, place: Place) -> Vec<ExtensionId> {
        let Some(desk) = self.desks.get_mut(&id) else { return Vec::new() };
        let Some(waiter) = desk.line.get(place) else { return Vec::new() };
        let (chosen, afresh) = desk.choice(&waiter.exclusive, &waiter.tried, !waiter.call.ringing.is_empty(), None);
        if let Some(waiter) = desk.line.get_mut(place).filter(|_| afresh) {
            waiter.tried.clear();
        }
        chosen
    }

    /// Who would be rung first for somebody who came now: nobody while none is free. Who calls itself is not.
    pub fn first_for(
        &self,
        id: QueueId,
        exclusive: BTreeSet<ExtensionId>,
        caller: Option<ExtensionId>,
    ) -> Vec<ExtensionId> {
        let Some(desk) = self.desks.get(&id) else { return Vec::new() };
        desk.choice(&own_of(&desk.members, exclusive), &BTreeSet::new(), false, caller).0
    }

    /// A member is rung for somebody.
    fn rung_in(&mut self, agent: ExtensionId, id: QueueId, place: Place, now: Moment) {
        if let Some(desk) = self.desks.get_mut(&id) {
            desk.rung += 1;
            let count = desk.rung;
            if let Some(member) = desk.members.get_mut(&agent) {
                member.rung = count;
            }
        }
        if let Some(known) = self.agents.get_mut(&agent) {
            known.rung_for = Some((id, place));
        }
        self.review(agent, now);
    }

    /// A member is not rung any more: in vain, or because another has answered or the caller has gone.
    pub(super) fn rung_out(&mut self, agent: ExtensionId, (id, call): (QueueId, CallId), in_vain: bool, now: Moment) {
        let Some(known) = self.agents.get_mut(&agent) else { return };
        known.rung_for = None;
        known.standing.calls.remove(&call);
        if in_vain {
            self.wake_agent(agent, |agent| &mut agent.rests_until, now + REST);
        }
        if self.desks.get(&id).is_some_and(|desk| !desk.queue.settings.ready_by_itself) {
            self.unready(agent, id);
        }
        self.review(agent, now);
        self.forget_if_done(agent);
    }

    /// Who rings for a call now. Those who have been taken off were rung in vain; when none is left, it is somebody else's turn.
    pub fn rings(&mut self, call: CallId, ringing: &[ExtensionId], now: Moment) {
        let Some((id, place)) = self.by_call.get(&call).copied() else { return };
        let Some(desk) = self.desks.get_mut(&id) else { return };
        let Some(waiter) = desk.line.get_mut(place) else { return };
        if waiter.call.ringing == ringing {
            return;
        }
        let before = std::mem::replace(&mut waiter.call.ringing, ringing.to_vec());
        let off: Vec<ExtensionId> = before.into_iter().filter(|agent| !ringing.contains(agent)).collect();
        waiter.tried.extend(off.iter().copied());
        self.changes.push((id, Change::Call(waiter.call.clone())));
        desk.line.open(place, ringing.is_empty());
        self.stirred.insert(id);
        for agent in off {
            self.rung_out(agent, (id, call), true, now);
        }
    }

    /// How an extension stands elsewhere. `came_back` tells a registration of before a restart from one that is new.
    pub fn stands(&mut self, agent: ExtensionId, standing: Standing, came_back: bool, now: Moment) {
        let Some(known) = self.agents.get_mut(&agent) else { return };
        let (was, is) = (known.standing.is_registered, standing.is_registered);
        let over = known.talks.keys().filter(|call| !standing.calls.contains(call));
        let over: Vec<CallId> = over.copied().collect();
        known.standing = standing;
        let queues: Vec<QueueId> = known.queues.iter().copied().collect();
        over.into_iter().for_each(|call| self.talk_over(call, now));
        if was != is {
            for id in queues {
                let Some(desk) = self.desks.get_mut(&id) else { continue };
                if is && !came_back {
                    let ready = desk.queue.settings.ready_by_itself;
                    if let Some(member) = desk.members.get_mut(&agent) {
                        member.is_ready = ready;
                        member.pause_reason.clear();
                    }
                }
                self.count_registered(id);
                self.stirred.insert(id);
            }
        }
        self.review(agent, now);
    }

    pub(super) fn count_registered(&mut self, id: QueueId) {
        let Some(desk) = self.desks.get_mut(&id) else { return };
        let there = |member: &&ExtensionId| self.agents.get(member).is_some_and(|agent| agent.standing.is_registered);
        desk.registered = desk.members.keys().filter(there).count();
    }

    /// Sets until when a member is left alone, and wakes it then.
    pub(super) fn wake_agent(
        &mut self,
        agent: ExtensionId,
        which: impl Fn(&mut Agent) -> &mut Option<Moment>,
        until: Moment,
    ) {
        let Some(known) = self.agents.get_mut(&agent) else { return };
        let before = which(known).replace(until);
        if let Some(before) = before {
            self.due.remove(&(before, Due::Agent(agent)));
        }
        let others = [known.wraps_until, known.rests_until];
        self.due.extend(others.into_iter().flatten().map(|at| (at, Due::Agent(agent))));
    }

    /// After each change about a member: whether it is free in each of its queues, and what others are told of it.
    pub(super) fn review(&mut self, agent: ExtensionId, now: Moment) {
        let Some(known) = self.agents.get(&agent) else { return };
        // Nobody is rung for a line in which it waits itself.
        let waits = known.rung_for.is_none() && known.standing.calls.iter().any(|call| self.by_call.contains_key(call));
        for id in &known.queues {
            let Some(desk) = self.desks.get_mut(id) else { continue };
            let Some(member) = desk.members.get_mut(&agent) else { continue };
            let rank = match desk.queue.settings.strategy {
                RingStrategy::Simultaneous | RingStrategy::Prioritized | RingStrategy::Paging => 0,
                RingStrategy::Cyclic => member.rung,
                RingStrategy::LeastWorked => member.answered,
            };
            let free = !waits && is_free(&desk.queue.settings, known, member, now);
            let key = free.then_some((rank, member.position));
            if key != member.key {
                if let Some((rank, position)) = member.key {
                    desk.free.remove(&(rank, position, agent));
                }
                if let Some((rank, position)) = key {
                    desk.free.insert((rank, position, agent));
                    self.stirred.insert(*id);
                }
                member.key = key;
            }
            let state = state_of(*id, known, member, now);
            let of_place = known.rung_for.filter(|(of, _)| of == id).and_then(|(_, place)| desk.line.get(place));
            let talks = known.talks.iter().find(|(_, of)| *of == id).map(|(call, _)| *call);
            let call = of_place.map(|waiter| waiter.call.call_id).or(talks);
            let is_as_told = member.told.0 == member.is_ready && member.told.1 == member.pause_reason;
            if (state, call) != (member.state, member.call) || !is_as_told {
                (member.state, member.call, member.since) = (state, call, now);
                member.told = (member.is_ready, member.pause_reason.clone());
                let told = Self::standing_of(&desk.queue, agent, member);
                self.changes.push((*id, Change::Agent(told)));
            }
        }
    }

    /// It is not ready any more by itself; told by the review that follows.
    pub(super) fn unready(&mut self, agent: ExtensionId, id: QueueId) {
        let member: Option<&mut Member> = self.desks.get_mut(&id).and_then(|desk| desk.members.get_mut(&agent));
        if let Some(member) = member {
            member.is_ready = false;
            member.pause_reason.clear();
        }
    }
}
