//! A call that nobody hears: the decisions of a live one, by the same functions.

use shared::call_record::{CallDirection, CallRecord};
use shared::reason::Reason;
use shared::simulation::{Ringing, SimulateCall, Simulation};
use shared::{CallId, TrunkId};

use crate::admission::Refusal;
use crate::feature::joins_a_call;
use crate::history::{History, clean, step};
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::pbx::feature::Way;
use crate::pbx::goal::{Client, Host, Rung};
use crate::presentation::Shown;
use crate::routing::{Dialled, is_urgent, route};
use crate::trunk::Closed;
use crate::trunk::headers::Told;

impl Pbx {
    /// What the call would do now, by the hours of the moment that was asked for.
    pub fn simulate(&self, outside: &mut Outside, call: &SimulateCall) -> Simulation {
        let now = outside.now;
        let caller = call.extension_id.and_then(|id| self.directory.extension(id));
        let record = CallRecord {
            caller: caller.map_or_else(|| clean(&call.caller), |known| known.number.clone()),
            caller_name: caller.map(|known| known.name.clone()).unwrap_or_default(),
            caller_extension_id: caller.map(|known| known.id),
            callee: if caller.is_some() { clean(&call.dialled) } else { String::new() },
            direction: if caller.is_some() { CallDirection::Ext } else { CallDirection::In },
            ..CallRecord::open(outside.ids.next::<CallId>(now), self.id(), now)
        };
        let mut history = History::open(record, Vec::new());
        let decided = self.decide(outside, call, &mut history);
        let mut steps = history.trace();
        match decided {
            Ok(Way::Rings(rung)) => {
                if let Some(refusing) = self.refuses_now(now, &rung) {
                    steps.push(refusing.1);
                    return Simulation { steps, status: Some(refusing.0), ..Simulation::default() };
                }
                let onward = self.simulate_onward(outside, &rung);
                let rung = match rung.host.clone() {
                    // It answers at once; whom it rings first comes after that.
                    Some(Host::Queue(id, shown)) => {
                        let (notes, first) = self.simulated_queue(outside, id, &shown, caller.map(|known| known.id));
                        steps.extend(notes.iter().map(|(rule, value, code)| step(now, "queue", rule, value, *code)));
                        first
                    }
                    _ => *rung,
                };
                Simulation { steps, status: None, seconds: rung.seconds, rung: self.ringing(&rung), onward }
            }
            Ok(Way::Joins(_)) => Simulation { steps, ..Simulation::default() },
            Err(refusal) => {
                let meaning = refusal.meaning();
                steps.push(step(now, meaning.step, meaning.rule, &meaning.value, meaning.reason));
                Simulation { steps, status: Some(meaning.status), ..Simulation::default() }
            }
        }
    }

    fn decide(&self, outside: &mut Outside, call: &SimulateCall, history: &mut History) -> Result<Way, Refusal> {
        let own = history.record.caller_extension_id;
        let number = history.record.caller.clone();
        if call.extension_id.is_some() && own.is_none() {
            return Err(Refusal::NumberUnknown(number));
        }
        let at = call.when.unwrap_or(outside.now);
        let told = Told { caller: number.clone(), called: call.dialled.clone(), ..Told::default() };
        let trunk = match own {
            Some(_) => None,
            None => Some(self.source(outside, call, &told)?),
        };
        if own.is_none() || !is_urgent(&self.directory, &call.dialled) {
            let joins = own.is_some() && joins_a_call(&self.directory, &call.dialled);
            self.let_in(outside, own, &number, joins)?;
        }
        history.note(outside.now, "admission", "", "", Reason::CallAdmitted);
        let destination = match (own, trunk) {
            (Some(own), _) => {
                let dialled = Dialled { scheme: "sip", user: &call.dialled, host: &self.directory.plan.domain };
                route(&self.directory, at, own, dialled, |_| true)?
            }
            (None, Some(trunk)) => self.ruled(outside, at, trunk, &told, history)?,
            (None, None) => return Err(Refusal::DidUnknown(told.called)),
        };
        let shown = Shown { number, name: history.record.caller_name.clone(), ..Shown::default() };
        let client = Client { shown, at, ids: self.caller_ids(own), ..Client::default() };
        self.way(outside, own, &destination, &client, history)
    }

    /// The trunk that the call would come by, if the tenant has the number on it and it takes calls.
    fn source(&self, outside: &Outside, call: &SimulateCall, told: &Told) -> Result<TrunkId, Refusal> {
        let unknown = || Refusal::DidUnknown(told.called.clone());
        let id = call.trunk_id.ok_or_else(unknown)?;
        let known = outside.trunks.get(id).ok_or_else(unknown)?;
        if !known.plan.pools.get(&self.id()).is_some_and(|pool| pool.contains(&told.called)) {
            return Err(unknown());
        }
        let rule = known.plan.settings.name.clone();
        let closed =
            |closed: Closed| Refusal::TrunksClosed { rule, value: told.called.clone(), reason: closed.reason() };
        known.takes().map_err(closed).map(|()| id)
    }

    pub(super) fn ringing(&self, rung: &Rung) -> Vec<Ringing> {
        // Who is spoken to is called all at once.
        let groups = rung.groups.iter().zip((0_u32..).map(|number| if rung.is_page { 0 } else { number }));
        groups
            .flat_map(|(group, number)| group.legs.iter().map(move |leg| (leg, number)))
            .map(|(leg, group)| Ringing {
                group,
                device: leg.device.clone(),
                trunk_id: leg.trunk,
                number: leg.number.clone(),
                shown: leg.target.as_ref().map_or_else(String::new, |target| match &target.outgoing {
                    Some(outgoing) => outgoing.dialling.from.clone(),
                    None => target.shown.from(&self.directory.plan.domain),
                }),
            })
            .collect()
    }
}
