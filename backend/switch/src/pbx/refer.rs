//! REFER inside a call (RFC 3515, 5589): may this transfer be made, and with whom? The stage does the rest.

use media::LegId;
use shared::CallId;
use sip::{Message, Reply, RequestId};

use crate::admission::{House, Refusal, admit};
use crate::call::Call;
use crate::feature::Feature;
use crate::history::clean;
use crate::leg::{Leg, Media, Side, Signalling};
use crate::outside::{FlowUser, Outside, Owner};
use crate::pbx::Pbx;
use crate::pbx::goal::Client;
use crate::pbx::invite::refusal_response;
use crate::pbx::replace::replaced;
use crate::presentation::{Diverted, Shown, Why};
use crate::routing::{Destination, Dialled, route, unescape};
use crate::stage::{Asked, Event, Goal, Onto};

impl Pbx {
    /// One side of a call wants somebody else in its place.
    pub fn refer(&mut self, outside: &mut Outside, owner: Owner, request: RequestId, message: &Message) {
        let notifies = !message.header("Refer-Sub").is_some_and(|value| value.trim().eq_ignore_ascii_case("false"));
        if self.conferences.room_of(owner.call).is_some() {
            return self.refer_in_room(outside, owner, request, message, notifies);
        }
        match self.asked(outside, owner, message, notifies) {
            Ok((asked, taken)) => {
                let reply = Reply::status(202);
                let reply = if notifies { reply } else { reply.header("Refer-Sub", "false") };
                outside.stack.respond(outside.now, request, reply);
                self.handle(outside, owner.call, Event::Transfer(Box::new(asked)));
                if let Some(taken) = taken {
                    self.handle(outside, taken.call, Event::Taken(taken.leg));
                }
            }
            Err(refusal) => self.refuse_refer(outside, owner, request, &refusal),
        }
    }

    pub(super) fn refuse_refer(&mut self, outside: &mut Outside, owner: Owner, request: RequestId, refusal: &Refusal) {
        outside.stack.respond(outside.now, request, refusal_response(refusal));
        if let Some(call) = self.calls.get_mut(&owner.call) {
            let meaning = refusal.meaning();
            let value = clean(&meaning.value);
            call.history.note(outside.now, "transfer", meaning.rule, &value, meaning.reason);
        }
    }

    /// What is to be done, and the leg of another call that is over with it.
    fn asked(
        &mut self,
        outside: &mut Outside,
        owner: Owner,
        message: &Message,
        notifies: bool,
    ) -> Result<(Asked, Option<Owner>), Refusal> {
        let written = message.header("Refer-To").unwrap_or_default();
        let to = message.address("Refer-To").ok_or_else(|| Refusal::ReferMalformed(written.to_owned()))?.uri;
        let call = self.calls.get(&owner.call).filter(|call| !call.is_over());
        let remaining = call.and_then(|call| call.talks_with(owner.leg));
        let untimely = || Refusal::TransferUntimely(to.user.to_owned());
        let (Some(call), Some(remaining)) = (call, remaining) else { return Err(untimely()) };
        let (Some(by), Some(other)) = (call.legs.get(&owner.leg), call.legs.get(&remaining)) else {
            return Err(untimely());
        };
        let subscription = notifies.then(|| event_of(by, message));
        let shown = self.shown_of(other, Some(&by.number));
        let (by, side, extension) = (by.clone(), by.side, other.extension);
        let mut taken = None;
        let (number, goal) = match replaces_in(to.headers()) {
            Some(Err(())) => return Err(Refusal::ReferMalformed(written.to_owned())),
            Some(Ok(replaces)) => {
                taken = self.own_in_room(outside, owner, &by, &replaces);
                match (taken, self.in_line(outside, &by, &replaces)) {
                    (Some(own), _) => self.place_in_room(outside, owner.call, remaining, own)?,
                    // Nobody is there yet who could be handed over: the other waits in the queue instead, at that place.
                    (None, Some((waiting, queue))) => {
                        let ids = self.caller_ids(by.extension);
                        let client = Client { shown, at: outside.now, ids, ..Client::default() };
                        let goal = self.goal(outside, owner.call, &Destination::Queue(queue), side, &client)?;
                        self.hand_place_on(outside, waiting, owner.call, &goal.1);
                        goal
                    }
                    (None, None) => {
                        let borrowed = self.borrow(outside, owner, &by, &replaces)?;
                        (borrowed.1, Goal::Leg(borrowed.0))
                    }
                }
            }
            None => {
                let house = House {
                    draining: outside.draining,
                    overloaded: outside.overloaded,
                    suspended: (!self.directory.plan.enabled).then_some(self.directory.plan.name.as_str()),
                    quota: &self.directory.plan.quota,
                    // The call is counted already.
                    calls: self.running.saturating_sub(1),
                };
                // Somebody outside transfers nobody.
                let own = by.extension.ok_or_else(|| Refusal::CallerNotAllowed(by.number.clone()))?;
                let enabled = self.directory.extension(own).is_some_and(|known| known.enabled);
                admit(&house, &by.number, enabled)?;
                let dialled = Dialled { scheme: to.scheme, user: to.user, host: to.host };
                let destination =
                    route(&self.directory, outside.now, own, dialled, |host| self.is_home(outside, host))?;
                match &destination {
                    Destination::Service(Feature::Park) => {
                        let slot = self.free_slot()?;
                        let seconds = self.directory.plan.codes.park_seconds;
                        self.count_refer(owner);
                        let goal = Goal::Park { seconds, parker: own };
                        return Ok((Asked { by: owner.leg, subscription, number: slot, goal }, None));
                    }
                    Destination::Extension(target) if Some(*target) == extension => {
                        return Err(Refusal::CalleeIsCaller(self.number_of(*target)));
                    }
                    Destination::Service(Feature::Agent { .. } | Feature::Status(_)) => {
                        return Err(Refusal::ServiceUntimely(self.number_of_goal(&destination)));
                    }
                    _ => {}
                }
                let ids = self.caller_ids(Some(own));
                let client = Client { shown, at: outside.now, ids, ..Client::default() };
                self.goal(outside, owner.call, &destination, side, &client)?
            }
        };
        self.count_refer(owner);
        Ok((Asked { by: owner.leg, subscription, number, goal }, taken))
    }

    /// Who is rung, or answers, in the place of whoever asks; and the number.
    fn goal(
        &mut self,
        outside: &mut Outside,
        call: CallId,
        destination: &Destination,
        side: Side,
        client: &Client,
    ) -> Result<(String, Goal), Refusal> {
        let number = self.number_of_goal(destination);
        let rung = self.rung(outside, destination, side, client)?;
        let goal = match self.sent_on(outside, call, rung)? {
            Onto::Rings(rings) => Goal::Devices(rings),
            Onto::Hosted(hosted) => Goal::Hosted(hosted),
        };
        Ok((number, goal))
    }

    pub(super) fn count_refer(&mut self, owner: Owner) {
        if let Some(leg) = self.calls.get_mut(&owner.call).and_then(|call| call.legs.get_mut(&owner.leg)) {
            leg.refers += 1;
        }
    }

    /// The person at a leg's end, as a device is told that is called for it.
    pub(super) fn shown_of(&self, leg: &Leg, referred_by: Option<&str>) -> Shown {
        let name = leg.extension.and_then(|id| self.directory.extension(id)).map(|known| known.name.clone());
        let diverted = referred_by.map(|number| Diverted { number: number.to_owned(), why: Why::Referred });
        Shown {
            number: leg.number.clone(),
            name: name.unwrap_or_default(),
            private: leg.private,
            diverted: diverted.into_iter().collect(),
            referred_by: referred_by.map(str::to_owned),
            ..Shown::default()
        }
    }

    /// The person with whom `by` talks in the call that Replaces names: its dialog is lent to the call of `owner`. Whatever
    /// is not a call of the same person is 481 (S8).
    fn borrow(
        &mut self,
        outside: &mut Outside,
        owner: Owner,
        by: &Leg,
        replaces: &str,
    ) -> Result<(LegId, String), Refusal> {
        let named = replaced(outside, replaces).filter(|named| named.tenant == self.id() && named.call != owner.call);
        let named = named.ok_or(Refusal::ReplacesUnknown)?;
        let other = self.calls.get_mut(&named.call).filter(|call| !call.is_over()).ok_or(Refusal::ReplacesUnknown)?;
        let own = other.legs.get(&named.leg).is_some_and(|leg| leg.extension == by.extension);
        if !own || by.extension.is_none() {
            return Err(Refusal::ReplacesUnknown);
        }
        let far = other.talks_with(named.leg).and_then(|far| other.legs.get_mut(&far));
        let far = far.filter(|far| far.signalling == Signalling::Up && far.dialog.is_some());
        let Some(far) = far else { return Err(Refusal::TransferUntimely(by.number.clone())) };
        let id = outside.new_leg();
        let leg = Leg { id, side: by.side, media: Media::None, borrowed: Some((named.call, far.id)), ..far.clone() };
        let number = leg.number.clone();
        if let Some(dialog) = far.dialog.take() {
            outside.own(dialog, owner.tenant, owner.call, &leg);
        }
        outside.use_flow(leg.flow, FlowUser::Leg(owner.tenant, owner.call, id));
        if let Some(call) = self.calls.get_mut(&owner.call) {
            call.legs.insert(id, leg);
        }
        Ok((id, number))
    }

    /// The loan has come off.
    pub(super) fn keep(&mut self, outside: &mut Outside, call: CallId, leg: LegId) {
        if let Some((other, old)) = self.lent(call, leg) {
            self.handle(outside, other, Event::Taken(old));
        }
    }

    /// It has not: the dialog belongs to its own call again, or to nobody if that is over.
    pub(super) fn give_back(&mut self, outside: &mut Outside, call: CallId, leg: LegId) {
        let tenant = self.id();
        let Some((other, old)) = self.lent(call, leg) else { return };
        let known = self.calls.get_mut(&call).and_then(|call| call.legs.get_mut(&leg));
        let Some(dialog) = known.and_then(|leg| {
            leg.signalling = Signalling::Over;
            leg.dialog.take()
        }) else {
            return;
        };
        let home = self.calls.get_mut(&other).filter(|call| !call.is_over()).and_then(|call| call.legs.get_mut(&old));
        match home {
            Some(home) => {
                home.dialog = Some(dialog);
                outside.own(dialog, tenant, other, home);
            }
            None => {
                outside.dialogs.remove(&dialog);
                outside.stack.bye(outside.now, dialog, None);
            }
        }
    }

    /// The borrowed leg is gone, and so is the other call.
    pub(super) fn lose(&mut self, outside: &mut Outside, call: CallId, leg: LegId) {
        if let Some((other, old)) = self.lent(call, leg) {
            self.handle(outside, other, Event::Ended(old, sip::EndCause::Bye(None)));
        }
    }

    fn lent(&mut self, call: CallId, leg: LegId) -> Option<(CallId, LegId)> {
        self.calls.get_mut(&call).and_then(|call: &mut Call| call.legs.get_mut(&leg))?.borrowed.take()
    }
}

/// The Event header of the notifications of a REFER.
pub(super) fn event_of(by: &Leg, message: &Message) -> String {
    match by.refers {
        0 => "refer".to_owned(),
        // RFC 3515, 2.4.6: from the second on in a dialog they are told apart by their numbers.
        _ => format!("refer;id={}", message.cseq().0),
    }
}

/// The Replaces among the headers of a Refer-To URI, its escapes undone; an error where it cannot be read.
pub(super) fn replaces_in(headers: &str) -> Option<Result<String, ()>> {
    let value = headers.split('&').filter_map(|header| header.split_once('='));
    let value = value.filter(|(name, _)| name.eq_ignore_ascii_case("Replaces")).map(|(_, value)| value).next()?;
    Some(unescape(value).ok_or(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaces_is_read_out_of_the_uri() {
        let escaped = "Subject=x&Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2";
        assert_eq!(replaces_in(escaped), Some(Ok("a@b;to-tag=1;from-tag=2".to_owned())));
        assert_eq!(replaces_in("replaces=a;to-tag=1;from-tag=2"), Some(Ok("a;to-tag=1;from-tag=2".to_owned())));
        assert_eq!(replaces_in("Replaces=%ff%"), Some(Err(())));
        for none in ["", "Subject=Replaces", "Replaces"] {
            assert_eq!(replaces_in(none), None, "{none}");
        }
    }
}
