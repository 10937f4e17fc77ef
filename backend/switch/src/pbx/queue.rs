//! Queues in running calls: who comes in, and who is rung for whom (Q-01…Q-22).

use shared::call_record::CallRecord;
use shared::fact::Fact;
use shared::queue::Queue;
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::reason::Reason;
use shared::{CallId, ExtensionId, QueueCallId, QueueId};

use crate::leg::{Side, Signalling};
use crate::outside::{Outside, Timer};
use crate::pbx::Pbx;
use crate::pbx::goal::{QUEUE_DEVICES_MAX, Rung, RungLegs};
use crate::presentation::Shown;
use crate::queue::{Match, Prospect};
use crate::stage::Event;
use crate::stage::queue::{Entrance, QueueAct, QueueNews};

impl Pbx {
    /// A call has done something in a queue.
    pub(super) fn queue_act(&mut self, outside: &mut Outside, id: CallId, act: QueueAct) {
        let now = outside.now;
        self.stir(outside);
        match act {
            QueueAct::Enter(entrance) => self.enter_queue(outside, id, *entrance),
            QueueAct::Introduced => self.queues.introduced(id),
            QueueAct::Nuisance(nuisance_id, ended) => {
                outside.fact(Some(self.id()), Fact::NuisanceMet { nuisance_id });
                // Whoever has another's place is told of in its row.
                if ended.is_some() && self.queues.of(id).is_some() {
                    self.queues.leave(id, QueueOutcome::Nuisance, now);
                } else if let Some(entrance) = ended {
                    let call = self.queue_call(outside, id, &entrance);
                    self.queues.turned_away(QueueCall {
                        outcome: Some(QueueOutcome::Nuisance),
                        ended_at: Some(now),
                        ..call
                    });
                }
            }
            QueueAct::Rings(extensions) => self.queues.rings(id, &extensions, now),
            QueueAct::Answered(leg) => {
                let by = self.extension_of_leg(id, leg);
                self.queues.answered(id, by, now);
                if let Some(call) = self.calls.get_mut(&id) {
                    call.music = None;
                }
            }
            QueueAct::Left(outcome) => {
                self.queues.leave(id, outcome, now);
                // A member who was to be rung no more may still be on the line.
                let legs = self.calls.get(&id).into_iter().flat_map(|call| call.legs.values());
                let up = legs.filter(|leg| leg.signalling == Signalling::Up).filter_map(|leg| leg.extension);
                let agents = up.filter(|extension| self.queues.is_agent(*extension));
                outside.agents.extend(agents.map(|extension| (self.id(), extension)));
            }
            QueueAct::AskPlace => {
                if let Some((rank, seconds)) = self.queues.place(id) {
                    self.handle(outside, id, Event::Queue(QueueNews::Place(rank, seconds)));
                }
            }
            QueueAct::CallBack => {
                let done = self.queues.call_back(id, now);
                self.handle(outside, id, Event::Queue(QueueNews::CalledBack(done)));
            }
            QueueAct::Ready { extension, is_ready, queue } => {
                self.queues.set_ready(queue, extension, is_ready, "", now);
            }
        }
    }

    fn enter_queue(&mut self, outside: &mut Outside, id: CallId, entrance: Entrance) {
        let now = outside.now;
        let queue = entrance.queue.clone();
        if self.queues.of(id).is_some_and(|call| call.waits() && call.queue_id == queue.id) {
            return self.come_into_queue(outside, id, &entrance);
        }
        let (prospect, notes) = self.prospects(now, &queue, &entrance.caller);
        let mut entered = self.queue_call(outside, id, &entrance);
        let Some(call) = self.calls.get_mut(&id) else { return };
        for (rule, value, reason) in &notes {
            call.history.note(now, "queue", rule, value, *reason);
        }
        if let Prospect::Turned(outcome) = prospect {
            self.queues.turned_away(QueueCall { outcome: Some(outcome), ended_at: Some(now), ..entered });
            return self.handle(outside, id, Event::Queue(QueueNews::Out(outcome)));
        }
        call.music = queue.settings.music;
        let codes = &self.directory.plan.dialing;
        entered.vip = self.directory.callers.is_vip(codes, &entrance.caller, now);
        let exclusive = self.directory.callers.exclusive(codes, &entrance.caller);
        let rank = self.queues.enter(entered, exclusive, entrance.is_held_back);
        let rank = rank.map(|rank| rank.to_string()).unwrap_or_default();
        call.history.note(now, "queue", &queue.settings.name, &rank, Reason::QueueEntered);
        self.handle(outside, id, Event::Queue(QueueNews::Entered(now)));
    }

    fn queue_call(&self, outside: &mut Outside, id: CallId, entrance: &Entrance) -> QueueCall {
        QueueCall {
            id: outside.ids.next::<QueueCallId>(outside.now),
            tenant_id: self.id(),
            queue_id: entrance.queue.id,
            call_id: id,
            caller: entrance.caller.clone(),
            caller_name: entrance.name.clone(),
            entered_at: outside.now,
            vip: false,
            callback: false,
            callback_at: None,
            callback_call_id: None,
            callback_breaks: 0,
            late: false,
            ringing: Vec::new(),
            answered_at: None,
            agent_id: None,
            ended_at: None,
            outcome: None,
        }
    }

    /// After each event of a call: one that is over is in no queue any more.
    pub(super) fn follow_queue(&mut self, outside: &mut Outside, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.is_over()) else { return };
        let Some(known) = self.queues.of(id) else { return };
        let now = outside.now;
        match known {
            known if !known.waits() => self.queues.talk_over(id, now),
            known if known.callback => self.queues.served_in_vain(id, now),
            _ => {
                let outcome = outcome_of(&call.history.record);
                self.queues.leave(id, outcome, now);
            }
        }
        // It may have come to the line from a talk that nobody has ended.
        self.queues.talk_over(id, now);
        self.stir(outside);
    }

    /// Something has happened in the queues: they are looked at before the input is over.
    pub(super) fn stir(&self, outside: &mut Outside) {
        outside.stirred.insert(self.id());
    }

    /// Brings together whoever waits and whoever is free, as long as there are such, and tells others what has changed.
    pub fn review_queues(&mut self, outside: &mut Outside) {
        let (tenant, now) = (self.id(), outside.now);
        loop {
            let first = (tenant, ExtensionId(i64::MIN));
            while let Some((_, agent)) = outside.agents.range(first..).next().copied().filter(|(of, _)| *of == tenant) {
                outside.agents.remove(&(tenant, agent));
                let standing = self.agent_standing(agent);
                self.queues.stands(agent, standing, false, now);
            }
            let forlorn = self.queues.take_forlorn(now);
            if !forlorn.is_empty() {
                for call in forlorn {
                    self.turned_out(outside, call, QueueOutcome::NobodyThere);
                }
                continue;
            }
            let may_call_back = self.let_in(outside, None, "", false).is_ok();
            match self.queues.next_match(may_call_back, now) {
                Some(found) if found.is_callback => self.call_back(outside, &found),
                Some(found) => self.ring_members(outside, &found),
                None => break,
            }
        }
        outside.stirred.remove(&tenant);
        let changes = self.queues.take_changes();
        self.tell_queues(outside, changes);
        self.arm_queues(outside);
    }

    fn turned_out(&mut self, outside: &mut Outside, id: CallId, outcome: QueueOutcome) {
        let name = self.calls.get(&id).and_then(|call| self.queue_name(call.queue)).unwrap_or_default();
        if let Some(call) = self.calls.get_mut(&id) {
            call.history.note(outside.now, "queue", &name, "", reason_of(outcome));
        }
        self.handle(outside, id, Event::Queue(QueueNews::Out(outcome)));
    }

    fn queue_name(&self, id: Option<QueueId>) -> Option<String> {
        self.directory.queue(id?).map(|queue| queue.settings.name.clone())
    }

    /// The telephones of members ring for a caller who waits on the line.
    fn ring_members(&mut self, outside: &mut Outside, found: &Match) {
        let id = found.call;
        let Some(queue) = self.queues.queue(found.queue).cloned() else { return };
        let waits = self.calls.get(&id).and_then(|call| {
            let leg = call.leg_of_house()?;
            Some((
                self.shown_of(leg, None),
                leg.side.other(),
                leg.extension.is_none(),
                call.history.record.caller_name.clone(),
            ))
        });
        let Some((mut shown, side, is_outside, name)) = waits else {
            return self.queues.leave(id, QueueOutcome::Removed, outside.now);
        };
        if is_outside {
            shown.name = name;
        }
        shown.group = Some((queue.settings.number.clone(), queue.settings.name.clone()));
        let room = QUEUE_DEVICES_MAX.saturating_sub(self.calls.get(&id).map_or(0, |call| call.legs.len()));
        let (rung, agents) = self.rung_members(outside, &queue, &found.agents, side, &shown, room);
        let already = self.queues.of(id).map(|call| call.ringing.clone()).unwrap_or_default();
        let now_ringing: Vec<ExtensionId> =
            already.into_iter().filter(|agent| !found.agents.contains(agent) || agents.contains(agent)).collect();
        self.queues.rings(id, &now_ringing, outside.now);
        if agents.is_empty() {
            return;
        }
        let named = self.named(&agents);
        if let Ok(mut rings) = self.add_legs_up_to(outside, id, rung, QUEUE_DEVICES_MAX) {
            rings.lenient = true;
            if let Some(call) = self.calls.get_mut(&id) {
                let (now, name) = (outside.now, &queue.settings.name);
                call.history.note(now, "queue", name, &named, Reason::QueueRings);
            }
            self.handle(outside, id, Event::Queue(QueueNews::Rings(rings)));
        } else {
            self.queues.rings(id, &[], outside.now);
        }
    }

    /// The devices of members, all of which ring together, and whose they are.
    pub(super) fn rung_members(
        &self,
        outside: &mut Outside,
        queue: &Queue,
        members: &[ExtensionId],
        side: Side,
        shown: &Shown,
        room: usize,
    ) -> (Rung, Vec<ExtensionId>) {
        let (mut legs, mut agents) = (Vec::new(), Vec::new());
        for member in members {
            let Ok(found) = self.rung_devices(outside, *member, side, shown) else { continue };
            let devices: Vec<_> = found.groups.into_iter().flat_map(|group| group.legs).collect();
            if legs.len() + devices.len() > room {
                continue;
            }
            legs.extend(devices);
            agents.push(*member);
        }
        let seconds = queue.settings.ring_seconds;
        let groups = vec![RungLegs { legs, ..RungLegs::default() }];
        (Rung { groups, seconds, ..Rung::default() }, agents)
    }

    /// Something is due in the queues.
    pub fn queues_due(&mut self, outside: &mut Outside) {
        self.queues_armed = None;
        self.queues.take_due(outside.now);
        self.stir(outside);
    }

    fn arm_queues(&mut self, outside: &mut Outside) {
        let (timer, wanted) = (Timer::Queues(self.id()), self.queues.next_due());
        if self.queues_armed != wanted {
            if let Some(armed) = self.queues_armed {
                outside.disarm(armed, timer);
            }
            if let Some(wanted) = wanted {
                outside.arm(wanted, timer);
            }
            self.queues_armed = wanted;
        }
    }
}

/// Why somebody is not in a line.
pub(super) const fn reason_of(outcome: QueueOutcome) -> Reason {
    match outcome {
        QueueOutcome::Full => Reason::QueueFull,
        QueueOutcome::TimedOut => Reason::QueueTimedOut,
        QueueOutcome::Removed => Reason::QueueGone,
        QueueOutcome::NobodyThere
        | QueueOutcome::Answered
        | QueueOutcome::Abandoned
        | QueueOutcome::Nuisance
        | QueueOutcome::CallbackFailed => Reason::QueueNobodyThere,
    }
}

/// What has come of a caller whose call has ended while it waited: it has gone, or somebody else has ended it.
fn outcome_of(record: &CallRecord) -> QueueOutcome {
    match record.ended_reason {
        Some(Reason::HungUpByAdmin | Reason::TenantSuspended | Reason::InternalFault | Reason::TransferredAttended) => {
            QueueOutcome::Removed
        }
        _ => QueueOutcome::Abandoned,
    }
}
