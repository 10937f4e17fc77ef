//! A device answers with 3xx: its call goes on to somebody else of the same tenant, once (RFC 3261, 8.1.3.4; S9).

use media::LegId;
use shared::reason::Reason;
use shared::{CallId, ExtensionId};
use sip::Message;

use crate::admission::Refusal;
use crate::leg::{Side, Signalling};
use crate::outside::{FlowUser, Outside, Owner};
use crate::pbx::Pbx;
use crate::pbx::invite::outgoing;
use crate::presentation::{Diverted, Shown};
use crate::routing::{Destination, Dialled, route};
use crate::stage::Event;

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
        let shown = leg.target.as_ref().map(|target| target.shown.clone()).ok_or_else(lost)?;
        let (number, side, own) = (leg.number.clone(), leg.side, leg.extension);
        let sent_on = shown.diverted.iter().filter(|diverted| (300..400).contains(&diverted.cause)).count();
        if sent_on >= REDIRECTS_MAX || shown.hops == 0 {
            return Err(Refusal::Loop(number));
        }
        let mut found = Err(Refusal::NumberInvalid(String::new()));
        for contact in message.contacts().into_iter().take(REDIRECT_CONTACTS_MAX) {
            let dialled = Dialled { scheme: contact.uri.scheme, user: contact.uri.user, host: contact.uri.host };
            found = route(&self.directory, own, dialled, |host| self.is_home(outside, host));
            if found.is_ok() {
                break;
            }
        }
        let Destination::Extension(target) = found?;
        let target_number = self.number_of(target);
        // Whoever is in the call, or rings for it already, is not called a second time.
        let known = call.legs.values().any(|leg| leg.extension == target && leg.signalling != Signalling::Over);
        if known || shown.diverted.iter().any(|diverted| diverted.number == target_number) {
            return Err(Refusal::Loop(target_number));
        }
        let mut shown = Shown { hops: shown.hops - 1, ..shown };
        shown.diverted.push(Diverted { number, cause: message.status() });
        let groups = self.ring_legs(outside, owner.call, target, side, &shown)?;
        Ok((target_number, groups))
    }

    /// Legs in a running call to all devices of an extension.
    pub(super) fn ring_legs(
        &mut self,
        outside: &mut Outside,
        id: CallId,
        target: ExtensionId,
        side: Side,
        shown: &Shown,
    ) -> Result<Vec<Vec<LegId>>, Refusal> {
        let tenant = self.id();
        let number = self.number_of(target);
        let groups = self.registrar.groups(target);
        if self.wants_no_calls(target) {
            return Err(Refusal::CalleeNotDisturbed(number));
        }
        let Some(call) = self.calls.get_mut(&id) else { return Err(Refusal::Overloaded("no such call")) };
        if groups.is_empty() {
            return Err(Refusal::CalleeOffline(number));
        }
        let more: usize = groups.iter().map(Vec::len).sum();
        if call.legs.len() + more > DEVICES_MAX {
            return Err(Refusal::Overloaded("too many devices of one call"));
        }
        let mut rung = Vec::new();
        for group in groups {
            let mut ids = Vec::new();
            for binding in group {
                let leg = outside.new_leg();
                let known = outgoing(leg, target, &number, binding, side, shown.clone());
                outside.use_flow(known.flow, FlowUser::Leg(tenant, id, leg));
                call.legs.insert(leg, known);
                ids.push(leg);
            }
            rung.push(ids);
        }
        Ok(rung)
    }
}
