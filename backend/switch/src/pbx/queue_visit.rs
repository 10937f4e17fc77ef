//! A queue as somebody meets it who comes to it: as a destination, and how a call that is tried out would fare in it.

use shared::queue::{Queue, QueueSettings};
use shared::reason::Reason;
use shared::simulation::{Onward as Simulated, Unanswered};
use shared::{ExtensionId, Moment, QueueId};

use crate::admission::{Note, Refusal};
use crate::leg::Side;
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::pbx::goal::{Client, Host, QUEUE_DEVICES_MAX, Rung};
use crate::pbx::queue::reason_of;
use crate::presentation::Shown;
use crate::queue::Prospect;
use crate::routing::{Destination, led};
use crate::stage::{Hosted, Visit};

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

    /// What a queue would do with a caller, for whoever tries a call out, and the telephones that would ring first.
    pub(super) fn simulated_queue(
        &self,
        outside: &mut Outside,
        id: QueueId,
        shown: &Shown,
        own: Option<ExtensionId>,
    ) -> (Vec<Note>, Rung) {
        let (now, nobody) = (outside.now, Rung::default());
        let Some(queue) = self.directory.queue(id) else { return (Vec::new(), nobody) };
        let settings = &queue.settings;
        let (plan, callers) = (&self.directory.plan, &self.directory.callers);
        let note = |value: String, reason| (settings.name.clone(), value, reason);
        if let Some(entry) = callers.nuisance(&plan.dialing, &shown.number, now) {
            return (vec![note(shown.number.clone(), nuisance_reason(entry.settings.level))], nobody);
        }
        let caller = shown_number(shown);
        let (prospect, mut notes) = self.prospects(now, queue, &caller);
        match prospect {
            Prospect::Waits => {
                let rank = self.queues.rank_of_new(id, notes.iter().any(|(.., reason)| *reason == Reason::QueueVip));
                notes.push(note(rank.to_string(), Reason::QueueEntered));
                let members = self.queues.first_for(id, callers.exclusive(&plan.dialing, &caller), own);
                let group = Some((settings.number.clone(), settings.name.clone()));
                let shown = Shown { group, ..shown.clone() };
                let (rung, agents) =
                    self.rung_members(outside, queue, &members, Side::Callee, &shown, QUEUE_DEVICES_MAX - 1);
                if !agents.is_empty() {
                    notes.push(note(self.named(&agents), Reason::QueueRings));
                }
                (notes, rung)
            }
            Prospect::Turned(_) => {
                if settings.otherwise != shared::destination::Destination::EndCall {
                    notes.push(note(String::new(), Reason::QueueOtherwise));
                }
                (notes, nobody)
            }
        }
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
}

/// The number of a caller, as far as it may be known.
pub(super) fn shown_number(shown: &Shown) -> String {
    let hidden = shown.private || !shown.number.starts_with(|first: char| first.is_ascii_digit() || first == '+');
    if hidden { String::new() } else { shown.number.clone() }
}

pub(super) const fn nuisance_reason(level: shared::queue_caller::NuisanceLevel) -> Reason {
    match level {
        shared::queue_caller::NuisanceLevel::First => Reason::NuisanceFirst,
        shared::queue_caller::NuisanceLevel::Second => Reason::NuisanceSecond,
    }
}
