//! A device answers with 3xx: its call goes on to somebody else of the same tenant, once (RFC 3261, 8.1.3.4; S9).

use media::LegId;
use shared::CallId;
use shared::reason::Reason;
use sip::Message;

use crate::admission::Refusal;
use crate::leg::Signalling;
use crate::outside::{FlowUser, Outside, Owner};
use crate::pbx::Pbx;
use crate::pbx::goal::{Client, Rung};
use crate::presentation::{Diverted, Shown, Why};
use crate::routing::{Destination, Dialled, route};
use crate::stage::{Event, Rings};

/// How often one call is sent on by devices before it comes to nothing.
pub const REDIRECTS_MAX: usize = 1;
/// The Contacts of a 3xx that are looked at.
pub const REDIRECT_CONTACTS_MAX: usize = 5;
/// The devices that one call rings at a time, whoever has sent it on.
pub const DEVICES_MAX: usize = 30;

impl Pbx {
    /// A device sends its call on.
    pub fn redirected(&mut self, outside: &mut Outside, owner: Owner, status: u16, message: &Message) {
        let groups = match self.follow(outside, owner, message) {
            Ok((number, groups)) => {
                self.note_redirect(outside, owner, "", &number, Reason::Redirected);
                groups
            }
            Err(refusal) => {
                let meaning = refusal.meaning();
                self.note_redirect(outside, owner, meaning.reason.code(), &meaning.value, Reason::RedirectRefused);
                Vec::new()
            }
        };
        self.handle(outside, owner.call, Event::Redirected(owner.leg, status, groups));
    }

    fn note_redirect(&mut self, outside: &Outside, owner: Owner, rule: &str, value: &str, code: Reason) {
        let Some(call) = self.calls.get_mut(&owner.call) else { return };
        let device = call.legs.get(&owner.leg).map(|leg| leg.device.clone()).unwrap_or_default();
        let rule = if rule.is_empty() { device } else { rule.to_owned() };
        call.history.note(outside.now, "ring", &rule, value, code);
    }

    /// Where to, and the legs that were made for it.
    fn follow(
        &mut self,
        outside: &mut Outside,
        owner: Owner,
        message: &Message,
    ) -> Result<(String, Vec<Vec<LegId>>), Refusal> {
        let lost = || Refusal::Overloaded("no such call");
        let call = self.calls.get(&owner.call).filter(|call| !call.is_over()).ok_or_else(lost)?;
        let leg = call.legs.get(&owner.leg).ok_or_else(lost)?;
        // Where a trunk sends a call on to is no affair of the tenant's numbers.
        let own = leg.extension.ok_or_else(|| Refusal::ForeignDomain(leg.device.clone()))?;
        let shown = leg.target.as_ref().map(|target| target.shown.clone()).ok_or_else(lost)?;
        let (number, side) = (leg.number.clone(), leg.side);
        let sent_on = shown.diverted.iter().filter(|diverted| matches!(diverted.why, Why::Deflected(_))).count();
        if sent_on >= REDIRECTS_MAX || shown.hops == 0 {
            return Err(Refusal::Loop(number));
        }
        let mut found = Err(Refusal::NumberInvalid(String::new()));
        for contact in message.contacts().into_iter().take(REDIRECT_CONTACTS_MAX) {
            let dialled = Dialled { scheme: contact.uri.scheme, user: contact.uri.user, host: contact.uri.host };
            found = route(&self.directory, outside.now, own, dialled, |host| self.is_home(outside, host));
            if found.is_ok() {
                break;
            }
        }
        let target = match found? {
            Destination::Extension(target) => target,
            // A phone forwards to the outside by the rules of its extension, not by itself (S9).
            Destination::Outside(out) => return Err(Refusal::NumberUnknown(out.number)),
            Destination::RingGroup(group) | Destination::Page(group) => {
                return Err(Refusal::NumberUnknown(group.to_string()));
            }
            Destination::Receptionist(receptionist) => {
                return Err(Refusal::NumberUnknown(receptionist.to_string()));
            }
            Destination::Conference(room) => return Err(Refusal::NumberUnknown(room.to_string())),
            Destination::Queue(queue) => return Err(Refusal::NumberUnknown(queue.to_string())),
            Destination::Voicemail(extension) => return Err(Refusal::MailboxOff(self.number_of(extension))),
            Destination::Service(feature) => {
                return Err(Refusal::ServiceUntimely(feature.service().word().to_owned()));
            }
        };
        let target_number = self.number_of(target);
        // Whoever is in the call, or rings for it already, is not called a second time.
        let known = call.legs.values().any(|leg| leg.extension == Some(target) && leg.signalling != Signalling::Over);
        if known || shown.diverted.iter().any(|diverted| diverted.number == target_number) {
            return Err(Refusal::Loop(target_number));
        }
        let mut shown = Shown { hops: shown.hops - 1, ..shown };
        shown.diverted.push(Diverted { number, why: Why::Deflected(message.status()) });
        let ids = self.caller_ids(Some(own));
        let client = Client { shown, at: outside.now, ids, ..Client::default() };
        // Its forwarding goes by how things stand now; the one that the call goes on by is that of whom it came to.
        let rung = Rung { onward: None, ..self.rung(outside, &Destination::Extension(target), side, &client)? };
        let onward = self.calls.get_mut(&owner.call).and_then(|call| call.onward.take());
        let rings = self.add_legs(outside, owner.call, rung);
        if let Some(call) = self.calls.get_mut(&owner.call) {
            call.onward = onward;
        }
        Ok((target_number, rings?.batches.into_iter().map(|batch| batch.legs).collect()))
    }

    /// Legs that a running call rings from now on.
    pub(super) fn add_legs(&mut self, outside: &mut Outside, id: CallId, rung: Rung) -> Result<Rings, Refusal> {
        self.add_legs_up_to(outside, id, rung, DEVICES_MAX)
    }

    /// The same, where the call may have so many legs.
    pub(super) fn add_legs_up_to(
        &mut self,
        outside: &mut Outside,
        id: CallId,
        rung: Rung,
        legs_max: usize,
    ) -> Result<Rings, Refusal> {
        let tenant = self.id();
        let Some(call) = self.calls.get_mut(&id) else { return Err(Refusal::Overloaded("no such call")) };
        let more: usize = rung.groups.iter().map(|group| group.legs.len()).sum();
        if call.legs.len() + more > legs_max {
            return Err(Refusal::Overloaded("too many devices of one call"));
        }
        for (rule, value, reason) in &rung.notes {
            call.history.note(outside.now, "routing", rule, value, *reason);
        }
        let (rings, legs, onward) = rung.into_rings();
        for leg in legs {
            outside.use_flow(leg.flow, FlowUser::Leg(tenant, id, leg.id));
            call.legs.insert(leg.id, leg);
        }
        call.onward = onward;
        Ok(rings)
    }
}
