//! Calls of the server's own: somebody is called back for whom it is the turn. Who waits for that is stored, and has its place again
//! at the next start.

use std::collections::BTreeMap;

use shared::call_record::{CallDirection, CallRecord};
use shared::fact::Fact;
use shared::queue::Queue;
use shared::queue_call::QueueCall;
use shared::reason::Reason;
use shared::{CallId, Moment};

use crate::admission::Refusal;
use crate::call::Call;
use crate::dialing::leaving;
use crate::history::{History, step};
use crate::leg::{Leg, Side};
use crate::outside::{FlowUser, Outside};
use crate::pbx::Pbx;
use crate::pbx::goal::QUEUE_DEVICES_MAX;
use crate::presentation::Shown;
use crate::queue::Match;
use crate::routing::{Destination, inside, outside as outside_of};
use crate::stage::{Callback, Stage};

impl Pbx {
    /// Where somebody is called back: inside, or by the outbound rules with the queue's prefix before its number.
    pub(super) fn called_back(&self, now: Moment, queue: &Queue, number: &str) -> Result<Destination, Refusal> {
        let directory = &self.directory;
        if directory.is_number(number) {
            return match inside(directory, number)? {
                Destination::Extension(extension) => Ok(Destination::Extension(extension)),
                _ => Err(Refusal::NumberUnknown(number.to_owned())),
            };
        }
        // Whoever calls says its number itself: what may not be called from here is not called back, nor is an emergency number.
        let plain = leaving(&directory.plan, number).map_err(|why| Refusal::NumberForbidden(why, number.to_owned()))?;
        let unknown = || Refusal::NumberUnknown(number.to_owned());
        if plain.emergency {
            return Err(unknown());
        }
        let prefix = &queue.settings.callback_prefix;
        let number = match number.strip_prefix('+').filter(|_| !prefix.is_empty()) {
            // A + stands at the beginning or nowhere: what dials abroad here is put in its place.
            Some(_) => format!("{prefix}{}", plain.sent.trim_start_matches('+')),
            None => format!("{prefix}{number}"),
        };
        match outside_of(directory, now, "", &number)? {
            Destination::Outside(out) if !out.urgent => Ok(Destination::Outside(out)),
            _ => Err(unknown()),
        }
    }

    /// Members are rung for somebody who is to be called back: the tenant is open for one call more.
    pub(super) fn call_back(&mut self, outside: &mut Outside, found: &Match) {
        let now = outside.now;
        let known = self.queues.queue(found.queue).cloned();
        let Some((queue, number, name)) = known.and_then(|queue| {
            let call = self.queues.at(found.queue, found.place)?;
            Some((queue, call.caller.clone(), call.caller_name.clone()))
        }) else {
            return;
        };
        let id = outside.ids.next::<CallId>(now);
        self.queues.serves(id, found.queue, found.place);
        let group = Some((queue.settings.number.clone(), queue.settings.name.clone()));
        let shown = Shown { number: number.clone(), name: name.clone(), group, ..Shown::default() };
        let members = &found.agents;
        let (rung, agents) = self.rung_members(outside, &queue, members, Side::Caller, &shown, QUEUE_DEVICES_MAX);
        self.queues.rings(id, &agents, now);
        if agents.is_empty() {
            return self.queues.served_in_vain(id, now);
        }
        let record = CallRecord {
            caller: queue.settings.number.clone(),
            caller_name: queue.settings.name.clone(),
            callee: number.clone(),
            callee_name: name,
            direction: if self.directory.is_number(&number) { CallDirection::Ext } else { CallDirection::Out },
            ..CallRecord::open(id, self.id(), now)
        };
        let begun = step(now, "queue", &queue.settings.name, &number, Reason::CallbackBegun);
        let history = History::open(record, vec![begun]);
        let (mut rings, legs, _) = rung.into_rings();
        rings.lenient = true;
        let stage = Stage::Callback(Box::new(Callback::new(queue, number, agents, rings)));
        self.begin_own(outside, history, legs, stage);
    }

    /// A call of the server's own begins: these legs are rung by its first stage.
    pub(super) fn begin_own(&mut self, outside: &mut Outside, history: History, legs: Vec<Leg>, stage: Stage) {
        let (tenant, id) = (self.id(), history.record.id);
        for leg in &legs {
            outside.use_flow(leg.flow, FlowUser::Leg(tenant, id, leg.id));
        }
        let legs: BTreeMap<_, _> = legs.into_iter().map(|leg| (leg.id, leg)).collect();
        outside.calls.insert(id, tenant);
        outside.fact(Some(tenant), Fact::CallStarted { record: history.record.clone(), trace: history.trace() });
        self.calls.insert(id, Call::new(id, legs, history, stage));
        self.running += 1;
        self.start_heart(outside);
        self.start(outside, id);
    }

    /// The server is not overloaded any more: somebody may be called back again.
    pub fn take_up_callbacks(&mut self, outside: &mut Outside) {
        self.stir(outside);
    }

    /// Somebody was to be called back before a restart.
    pub fn restore_callback(&mut self, outside: &mut Outside, call: QueueCall) {
        let exclusive = self.directory.callers.exclusive(&self.directory.plan.dialing, &call.caller);
        self.queues.restore_callback(call, exclusive, outside.now);
        self.stir(outside);
    }
}
