//! Queues in running calls: who comes in, who is rung for whom, and what others are told of it (Q-01…Q-22).

use shared::call_record::CallRecord;
use shared::fact::Fact;
use shared::presence::PresenceStatus;
use shared::queue::{Queue, QueueSettings};
use shared::queue_agent::{AgentReadiness, QueueStanding, ReadyChange};
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::reason::Reason;
use shared::simulation::{Onward as Simulated, Unanswered};
use shared::{CallId, ExtensionId, Moment, QueueCallId, QueueId};

use crate::admission::{Note, Refusal};
use crate::leg::{Side, Signalling};
use crate::outside::{Outside, Timer};
use crate::pbx::Pbx;
use crate::pbx::goal::{Client, Host, QUEUE_DEVICES_MAX, Rung, RungLegs};
use crate::presentation::Shown;
use crate::queue::{Change, LetGo, Match, Prospect, Standing};
use crate::routing::{Destination, led};
use crate::stage::queue::{Entrance, QueueAct, QueueNews};
use crate::stage::{AgentCode, Event, Hosted, Visit};

impl Pbx {
    /// A queue as a destination: it answers by itself.
    pub(super) fn rung_queue(&self, id: QueueId, client: &Client) -> Result<Rung, Refusal> {
        let known = self.directory.queue(id).ok_or_else(|| Refusal::NumberUnknown(id.to_string()))?;
        let settings = &known.settings;
        let note = (settings.name.clone(), settings.number.clone(), Reason::RoutedToQueue);
        let host = Some(Host::Queue(id, Box::new(client.shown.clone())));
        Ok(Rung { notes: vec![note], host, ..Rung::default() })
    }

    /// A queue for one caller, with how the caller is met.
    pub(super) fn visited(&self, now: Moment, id: QueueId, shown: &Shown) -> Result<Hosted, Refusal> {
        let queue = self.directory.queue(id).ok_or_else(|| Refusal::NumberUnknown(id.to_string()))?.clone();
        let plan = &self.directory.plan;
        let nuisance = self.directory.callers.nuisance(&plan.dialing, &shown.number, now);
        let nuisance = nuisance.map(|entry| (entry.id, entry.settings.level, entry.settings.sound));
        let caller = shown_number(shown);
        let can_be_called = !caller.is_empty() && self.called_back(now, &queue, &caller).is_ok();
        let name = if shown.private { String::new() } else { shown.name.clone() };
        Ok(Hosted::Queue(Box::new(Visit { queue, caller, name, nuisance, can_be_called })))
    }

    /// What a queue does with a caller at first, as its trace says.
    pub(super) fn prospects(&self, now: Moment, queue: &Queue, caller: &str) -> (Prospect, Vec<Note>) {
        let settings = &queue.settings;
        let (plan, callers) = (&self.directory.plan, &self.directory.callers);
        let note = |value: &str, reason| (settings.name.clone(), value.to_owned(), reason);
        let prospect = self.queues.prospect(queue.id);
        let notes = match prospect {
            Prospect::Waits => {
                let vip = callers.is_vip(&plan.dialing, caller, now).then(|| note(caller, Reason::QueueVip));
                let own = !callers.exclusive(&plan.dialing, caller).is_empty();
                let own = own.then(|| note(caller, Reason::QueueExclusive));
                vip.into_iter().chain(own).collect()
            }
            Prospect::Turned(outcome) => vec![note("", reason_of(outcome))],
        };
        (prospect, notes)
    }

    /// What a queue would do with a caller, for whoever tries a call out.
    pub(super) fn simulated_queue(&self, now: Moment, id: QueueId, shown: &Shown) -> Vec<Note> {
        let Some(queue) = self.directory.queue(id) else { return Vec::new() };
        let settings = &queue.settings;
        let plan = &self.directory.plan;
        if let Some(entry) = self.directory.callers.nuisance(&plan.dialing, &shown.number, now) {
            return vec![(settings.name.clone(), shown.number.clone(), nuisance_reason(entry.settings.level))];
        }
        let (prospect, mut notes) = self.prospects(now, queue, &shown_number(shown));
        match prospect {
            Prospect::Waits => {
                let rank = self.queues.rank_of_new(id, notes.iter().any(|(.., reason)| *reason == Reason::QueueVip));
                notes.push((settings.name.clone(), rank.to_string(), Reason::QueueEntered));
            }
            Prospect::Turned(_) if settings.otherwise != shared::destination::Destination::EndCall => {
                notes.push((settings.name.clone(), String::new(), Reason::QueueOtherwise));
            }
            Prospect::Turned(_) => {}
        }
        notes
    }

    /// Where a queue sends those whom nobody has answered; what it sends outside has its caller id.
    pub(super) fn beyond_queue(&self, at: Moment, queue: &Queue, client: &mut Client) -> Result<Destination, Refusal> {
        let QueueSettings { name, otherwise, .. } = &queue.settings;
        self.callback_client(queue, client);
        led(&self.directory, at, otherwise, name, "")
    }

    /// Whoever calls for a queue has the queue's caller id outside.
    pub(super) fn callback_client(&self, queue: &Queue, client: &mut Client) {
        let settings = &queue.settings;
        if !settings.outbound_caller_id.is_empty() {
            client.ids.set_usual(&settings.outbound_caller_id);
        }
        client.shown.group = Some((settings.number.clone(), settings.name.clone()));
    }

    /// What would become of a caller whom nobody answers.
    pub(super) fn simulate_beyond_queue(&self, outside: &mut Outside, id: QueueId, shown: &Shown) -> Option<Simulated> {
        let queue = self.directory.queue(id)?.clone();
        if queue.settings.otherwise == shared::destination::Destination::EndCall {
            return None;
        }
        let own = self.directory.number(&shown.number).map(|known| known.id);
        let ids = self.caller_ids(own);
        let mut client = Client { shown: shown.clone(), at: outside.now, ids, ..Client::default() };
        let rung = self.beyond_queue(outside.now, &queue, &mut client);
        let rung = rung.and_then(|destination| self.rung(outside, &destination, Side::Callee, &client));
        Some(self.simulated(outside.now, Unanswered::NoAnswer, rung))
    }

    /// What somebody hears who has dialled how ready it is.
    pub(super) fn agent_code(&self, extension: ExtensionId, is_ready: bool, queue: Option<QueueId>) -> Hosted {
        let number = self.number_of(extension);
        let language = self.queues.language_of(extension, queue);
        let (is_member, language) = (language.is_some(), language.unwrap_or_default());
        Hosted::Agent(AgentCode { extension, number, is_ready, queue, is_member, language })
    }

    /// A call has done something in a queue.
    pub(super) fn queue_act(&mut self, outside: &mut Outside, id: CallId, act: QueueAct) {
        let now = outside.now;
        self.stir(outside);
        match act {
            QueueAct::Enter(entrance) => self.enter_queue(outside, id, *entrance),
            QueueAct::Introduced => self.queues.introduced(id),
            QueueAct::Nuisance(nuisance_id, ended) => {
                outside.fact(Some(self.id()), Fact::NuisanceMet { nuisance_id });
                if let Some(entrance) = ended {
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
                let done = !outside.draining && self.queues.call_back(id, now);
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
        self.handle(outside, id, Event::Queue(QueueNews::Entered));
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
            // Nobody is called back again by a server that stops.
            known if known.callback && outside.draining => {
                self.queues.leave(id, QueueOutcome::CallbackFailed, now);
            }
            known if known.callback => self.queues.served_in_vain(id, now),
            _ => {
                let outcome = outcome_of(&call.history.record);
                self.queues.leave(id, outcome, now);
            }
        }
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
        let numbers: Vec<String> = agents.iter().take(NAMED_MAX).map(|agent| self.number_of(*agent)).collect();
        if let Ok(mut rings) = self.add_legs_up_to(outside, id, rung, QUEUE_DEVICES_MAX) {
            rings.lenient = true;
            if let Some(call) = self.calls.get_mut(&id) {
                let (now, name) = (outside.now, &queue.settings.name);
                call.history.note(now, "queue", name, &numbers.join(", "), Reason::QueueRings);
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

    fn agent_standing(&self, agent: ExtensionId) -> Standing {
        let held = self.registrar.of(agent);
        let known = self.directory.extension(agent);
        Standing {
            is_registered: !held.is_empty(),
            is_reachable: held.iter().any(|binding| binding.reachable) && known.is_some_and(|known| known.enabled),
            is_undisturbed: known.is_some_and(|known| known.presence.status == PresenceStatus::DoNotDisturb),
            calls: self.lines_now(agent).into_iter().map(|(call, ..)| call).collect(),
        }
    }

    /// Other queues, or members, from now on: who waits where none is any more is led on.
    pub(super) fn set_queues(&mut self, outside: &mut Outside) {
        let queues = self.directory.plan.queues.clone();
        let LetGo { waiting, callbacks } = self.queues.set(&queues, outside.now);
        self.agents_came_back(outside);
        let waiting = waiting.into_iter().map(|call| (call, Event::Queue(QueueNews::Out(QueueOutcome::Removed))));
        for (call, event) in waiting.chain(callbacks.into_iter().map(|call| (call, Event::HangUp))) {
            if let Some(known) = self.calls.get_mut(&call) {
                let name = known.history.record.callee_name.clone();
                known.history.note(outside.now, "queue", &name, "", Reason::QueueGone);
            }
            self.handle(outside, call, event);
        }
        self.stir(outside);
    }

    /// All members stand as they do; none of them has just registered.
    pub(super) fn agents_came_back(&mut self, outside: &mut Outside) {
        for agent in self.queues.agents() {
            self.agent_came_back(outside, agent);
        }
    }

    /// The same for one of them.
    pub(super) fn agent_came_back(&mut self, outside: &mut Outside, agent: ExtensionId) {
        if self.queues.is_agent(agent) {
            let standing = self.agent_standing(agent);
            self.queues.stands(agent, standing, true, outside.now);
            self.stir(outside);
        }
    }

    /// How ready a member was before a restart.
    pub fn restore_readiness(&mut self, outside: &mut Outside, row: &AgentReadiness) {
        self.queues.restore(row, outside.now);
        self.stir(outside);
    }

    /// Sets a member ready, or not, for a page; is it a member there?
    pub fn set_agent_ready(&mut self, outside: &mut Outside, change: &ReadyChange) -> bool {
        let ReadyChange { queue_id, extension_id, ready, pause_reason, .. } = change;
        self.stir(outside);
        self.queues.set_ready(*queue_id, *extension_id, *ready, pause_reason, outside.now)
    }

    /// How all queues stand; the figures of the day are the store's.
    pub fn queue_standings(&self) -> Vec<QueueStanding> {
        let mut all = self.queues.standings();
        for agent in all.iter_mut().flat_map(|queue| &mut queue.agents) {
            if let Some(known) = self.directory.extension(agent.extension_id) {
                agent.number.clone_from(&known.number);
                agent.name.clone_from(&known.name);
            }
        }
        all
    }

    /// Others are told what has changed.
    pub(super) fn tell_queues(&self, outside: &mut Outside, changes: Vec<(QueueId, Change)>) {
        for (id, change) in changes {
            let managers = self.directory.queue(id).map(|queue| queue.settings.managers.clone()).unwrap_or_default();
            let fact = match change {
                Change::Call(queue_call) => Fact::QueueCallChanged { queue_call, managers },
                Change::Agent(mut agent) => {
                    if let Some(known) = self.directory.extension(agent.extension_id) {
                        agent.number.clone_from(&known.number);
                        agent.name.clone_from(&known.name);
                    }
                    Fact::AgentChanged { agent, managers }
                }
            };
            outside.fact(Some(self.id()), fact);
        }
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

/// The most members that one step of a trace names.
const NAMED_MAX: usize = 10;

/// The number of a caller, as far as it may be known.
fn shown_number(shown: &Shown) -> String {
    let hidden = shown.private || !shown.number.starts_with(|first: char| first.is_ascii_digit() || first == '+');
    if hidden { String::new() } else { shown.number.clone() }
}

/// Why somebody is not in a line.
const fn reason_of(outcome: QueueOutcome) -> Reason {
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

pub(super) const fn nuisance_reason(level: shared::queue_caller::NuisanceLevel) -> Reason {
    match level {
        shared::queue_caller::NuisanceLevel::First => Reason::NuisanceFirst,
        shared::queue_caller::NuisanceLevel::Second => Reason::NuisanceSecond,
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
