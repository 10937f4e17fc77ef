//! Who is to be called back keeps its place without a line, and the places of all are known.

use std::collections::{BTreeMap, BTreeSet};

use shared::queue_call::{QueueCall, QueueOutcome};
use shared::{CallId, ExtensionId, Moment, QueueId};

use super::agent::{Member, own_of};
use super::line::Waiter;
use super::{CALLBACK_BREAKS_MAX, CALLBACK_KEPT, CALLBACKS_MAX, Change, Due, Place, Queues, dues};

/// Calls that are out of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LetGo {
    /// Those of callers on the line, who are to be led on.
    pub waiting: Vec<CallId>,
    /// Those of the server's own, in which members were rung for somebody who is to be called back.
    pub callbacks: Vec<CallId>,
}

/// Who takes the place of somebody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heir {
    /// Its number; empty where it is hidden.
    pub caller: String,
    /// Its name.
    pub name: String,
    /// Is it a VIP (VIP-02)?
    pub vip: bool,
    /// Members who go before all others for it (EXA-02).
    pub exclusive: BTreeSet<ExtensionId>,
}

impl Queues {
    /// A caller wants to be called back: its place is kept when its call ends. False where it is in no line, or too many wait so.
    pub fn call_back(&mut self, call: CallId, now: Moment) -> bool {
        let Some((id, place)) = self.by_call.get(&call).copied() else { return false };
        let Some(desk) = self.desks.get_mut(&id).filter(|desk| desk.callbacks < CALLBACKS_MAX) else { return false };
        let Some(waiter) = desk.line.get_mut(place) else { return false };
        waiter.call.callback = true;
        waiter.call.callback_at = Some(now);
        waiter.is_held_back = false;
        let rung = std::mem::take(&mut waiter.call.ringing);
        self.changes.push((id, Change::Call(waiter.call.clone())));
        desk.callbacks += 1;
        desk.line.open(place, true);
        self.by_call.remove(&call);
        self.due.insert((now + CALLBACK_KEPT, Due::Callback(id, place)));
        self.stirred.insert(id);
        for agent in rung {
            self.rung_out(agent, (id, call), false, now);
        }
        true
    }

    /// Somebody who was to be called back before a restart has its place again, behind those who are back in theirs with the same time.
    /// It is let go where its queue is no more or its time has run out, and where the end of the process has broken its callback off too
    /// often.
    pub fn restore_callback(&mut self, call: QueueCall, exclusive: BTreeSet<ExtensionId>, now: Moment) {
        let call = QueueCall { ringing: Vec::new(), callback_call_id: None, ..call };
        let until = call.callback_at.map_or(now, |at| at + CALLBACK_KEPT);
        let id = call.queue_id;
        let desk = self.desks.get_mut(&id).filter(|desk| desk.callbacks < CALLBACKS_MAX);
        let Some(desk) = desk.filter(|_| until > now && call.callback_breaks < CALLBACK_BREAKS_MAX) else {
            let (outcome, ended_at) = (Some(QueueOutcome::CallbackFailed), Some(until.min(now)));
            return self.turned_away(QueueCall { outcome, ended_at, ..call });
        };
        self.entered += 1;
        let place = Place::of(&call, self.entered);
        self.changes.push((id, Change::Call(call.clone())));
        let exclusive = own_of(&desk.members, exclusive);
        let waiter = Waiter { call, exclusive, tried: BTreeSet::new(), is_held_back: false };
        self.due.extend(dues(id, place, &waiter, desk.queue.settings.sla_seconds));
        desk.callbacks += 1;
        desk.line.insert(place, waiter);
        desk.line.open(place, true);
        self.stirred.insert(id);
    }

    /// A call of the server's own rings members for somebody who is to be called back.
    pub fn serves(&mut self, call: CallId, id: QueueId, place: Place) {
        self.by_call.insert(call, (id, place));
        if let Some(waiter) = self.desks.get_mut(&id).and_then(|desk| desk.line.get_mut(place)) {
            waiter.call.callback_call_id = Some(call);
            self.changes.push((id, Change::Call(waiter.call.clone())));
        }
    }

    /// That call is over without an answer: whoever is to be called back keeps its place.
    pub fn served_in_vain(&mut self, call: CallId, now: Moment) {
        let Some((id, place)) = self.by_call.get(&call).copied() else { return };
        self.rings(call, &[], now);
        self.by_call.remove(&call);
        let Some(waiter) = self.desks.get_mut(&id).and_then(|desk| desk.line.get_mut(place)) else { return };
        waiter.call.callback_call_id = None;
        self.changes.push((id, Change::Call(waiter.call.clone())));
        // Its time may have run out meanwhile.
        if waiter.kept_until().is_some_and(|until| until <= now) {
            let asked_in = waiter.call.call_id;
            self.take_out(id, place, asked_in, QueueOutcome::CallbackFailed, now);
        }
    }

    /// Another caller has the place of one who waits on the line, and the time that it has waited: by an attended transfer. Nobody is rung
    /// for it before it has come in ([`Self::come_in`]). False where nobody waits on the line in that call.
    pub fn hand_over(&mut self, from: CallId, to: CallId, heir: Heir, now: Moment) -> bool {
        let Some((id, place)) = self.by_call.get(&from).copied() else { return false };
        let Some(desk) = self.desks.get_mut(&id) else { return false };
        if desk.line.get(place).is_none_or(|waiter| waiter.call.callback) {
            return false;
        }
        let Some(mut waiter) = desk.line.remove(place) else { return false };
        self.by_call.remove(&from);
        let sla = desk.queue.settings.sla_seconds;
        for due in dues(id, place, &waiter, sla) {
            self.due.remove(&due);
        }
        let Heir { caller, name, vip, exclusive } = heir;
        let rung = std::mem::take(&mut waiter.call.ringing);
        let place = place.of_heir(vip);
        waiter.call = QueueCall { call_id: to, caller, caller_name: name, vip, ..waiter.call };
        waiter.exclusive = own_of(&desk.members, exclusive);
        waiter.is_held_back = true;
        self.due.extend(dues(id, place, &waiter, sla));
        self.changes.push((id, Change::Call(waiter.call.clone())));
        desk.line.insert(place, waiter);
        self.by_call.insert(to, (id, place));
        self.stirred.insert(id);
        for agent in rung {
            self.rung_out(agent, (id, from), false, now);
        }
        true
    }

    /// Somebody to whom a place was handed is there: somebody may be rung for it, unless it is to be introduced first. Its rank.
    pub fn come_in(&mut self, call: CallId, is_held_back: bool) -> Option<usize> {
        let (id, place) = self.by_call.get(&call).copied()?;
        let desk = self.desks.get_mut(&id)?;
        desk.line.get_mut(place)?.is_held_back = is_held_back;
        desk.line.open(place, true);
        self.stirred.insert(id);
        desk.line.rank(place)
    }

    /// Everybody in a line is out of it, for this reason. Those who are to be called back stay, unless `all` are meant.
    pub(super) fn evict(&mut self, id: QueueId, outcome: QueueOutcome, all: bool, now: Moment) -> LetGo {
        let mut let_go = LetGo::default();
        let Some(desk) = self.desks.get(&id) else { return let_go };
        let out = desk.line.iter().filter(|(_, waiter)| all || !waiter.call.callback);
        let out: Vec<(Place, CallId, bool)> =
            out.map(|(place, waiter)| (place, waiter.call.call_id, waiter.call.callback)).collect();
        let served = self.by_call.iter().filter(|(_, (of, _))| all && *of == id);
        let served: BTreeMap<Place, CallId> = served.map(|(call, (_, place))| (*place, *call)).collect();
        for (place, asked_in, is_callback) in out {
            let call = if is_callback { served.get(&place).copied() } else { Some(asked_in) };
            if let Some(call) = call {
                self.by_call.remove(&call);
                let calls = if is_callback { &mut let_go.callbacks } else { &mut let_go.waiting };
                calls.push(call);
            }
            self.take_out(id, place, call.unwrap_or(asked_in), outcome, now);
        }
        let_go
    }

    /// All who are to be called back are let go: the tenant is no more.
    pub fn drop_callbacks(&mut self, now: Moment) {
        let ids: Vec<QueueId> = self.desks.keys().copied().collect();
        for id in ids {
            let Some(desk) = self.desks.get(&id) else { continue };
            let is_idle = |waiter: &Waiter| waiter.call.callback && waiter.call.callback_call_id.is_none();
            let idle = desk.line.iter().filter(|(_, waiter)| is_idle(waiter));
            let idle: Vec<(Place, CallId)> = idle.map(|(place, waiter)| (place, waiter.call.call_id)).collect();
            for (place, call) in idle {
                self.take_out(id, place, call, QueueOutcome::CallbackFailed, now);
            }
        }
    }

    /// The call at a place.
    pub fn at(&self, id: QueueId, place: Place) -> Option<&QueueCall> {
        self.desks.get(&id)?.line.get(place).map(|waiter| &waiter.call)
    }

    /// The rank that somebody would have who came now.
    pub fn rank_of_new(&self, id: QueueId, is_vip: bool) -> usize {
        let Some(desk) = self.desks.get(&id) else { return 1 };
        if is_vip {
            desk.line.iter().take_while(|(_, waiter)| waiter.call.vip).count() + 1
        } else {
            desk.line.len() + 1
        }
    }

    /// The rank of a call in its line, and in about how many seconds it may be its turn; none as long as the queue has not learned how
    /// long its calls take. That is the mean of what its calls took of late, each with its wrap-up, times the rank, shared by the members
    /// who are there and ready or at work.
    pub fn place(&self, call: CallId) -> Option<(usize, Option<u32>)> {
        let (id, place) = self.by_call.get(&call)?;
        let desk = self.desks.get(id)?;
        let rank = desk.line.rank(*place)?;
        Some((rank, self.estimate(*id, rank)))
    }

    fn estimate(&self, id: QueueId, rank: usize) -> Option<u32> {
        let desk = self.desks.get(&id)?;
        let mean = desk.handling_millis?;
        let works = |(member, known): &(&ExtensionId, &Member)| {
            let agent = self.agents.get(member);
            agent.is_some_and(|agent| agent.standing.is_registered && (known.is_ready || !agent.talks.is_empty()))
        };
        let workers = desk.members.iter().filter(works).count().max(1) as u64;
        let millis = mean.saturating_mul(rank as u64) / workers;
        u32::try_from(millis.div_ceil(1_000)).ok()
    }
}
