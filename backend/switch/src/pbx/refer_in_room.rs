//! REFER from a telephone that takes part in a conference: somebody is invited (RFC 4579, 5.6), or takes its place there; and a room
//! that somebody has asked in before, and hands another on to.

use media::LegId;
use shared::CallId;
use shared::conference::ConferenceRoom;
use sip::{Message, Reply, RequestId};

use crate::admission::Refusal;
use crate::conferences::Entrant;
use crate::controls::Command;
use crate::leg::Leg;
use crate::outside::{Outside, Owner};
use crate::pbx::Pbx;
use crate::pbx::refer::{event_of, replaces_in};
use crate::pbx::replace::replaced;
use crate::routing::unescape;
use crate::stage::{Asked, Door, Event, Goal, Hosted};

/// Who has asked for an invitation, and under which Event header it is told how that goes.
#[derive(Clone, Debug)]
pub struct Referrer {
    call: CallId,
    leg: LegId,
    event: String,
}

impl Pbx {
    /// Somebody in a room wants somebody else there.
    pub(super) fn refer_in_room(
        &mut self,
        outside: &mut Outside,
        owner: Owner,
        request: RequestId,
        message: &Message,
        notifies: bool,
    ) {
        let leg = self.calls.get(&owner.call).and_then(|call| call.legs.get(&owner.leg)).cloned();
        let Some(by) = leg else { return self.refuse_refer(outside, owner, request, &Refusal::ReplacesUnknown) };
        let event = notifies.then(|| event_of(&by, message));
        if let Err(refusal) = self.bring_in(outside, owner, request, message, &by, event) {
            self.refuse_refer(outside, owner, request, &refusal);
        }
    }

    fn bring_in(
        &mut self,
        outside: &mut Outside,
        owner: Owner,
        request: RequestId,
        message: &Message,
        by: &Leg,
        event: Option<String>,
    ) -> Result<(), Refusal> {
        let written = message.header("Refer-To").unwrap_or_default();
        let malformed = || Refusal::ReferMalformed(written.to_owned());
        let to = message.address("Refer-To").ok_or_else(malformed)?.uri;
        let own = by.extension.ok_or_else(|| Refusal::CallerNotAllowed(by.number.clone()))?;
        let accepted = |outside: &mut Outside| {
            let reply = Reply::status(202);
            let reply = if event.is_some() { reply } else { reply.header("Refer-Sub", "false") };
            outside.stack.respond(outside.now, request, reply);
        };
        let notify = |pbx: &Self, outside: &mut Outside, status, last| {
            if let Some(event) = event.clone() {
                pbx.signal(outside, owner.call, Command::Notify(owner.leg, event, status, last));
            }
        };
        if let Some(replaces) = replaces_in(to.headers()) {
            let replaces = replaces.map_err(|()| malformed())?;
            let named = replaced(outside, &replaces).filter(|named| named.tenant == self.id());
            let other = named.and_then(|named| Some((named, self.calls.get(&named.call)?)));
            let (named, other) = other.filter(|(_, call)| !call.is_over()).ok_or(Refusal::ReplacesUnknown)?;
            if other.legs.get(&named.leg).and_then(|leg| leg.extension) != Some(own) {
                return Err(Refusal::ReplacesUnknown);
            }
            let untimely = || Refusal::TransferUntimely(by.number.clone());
            let remaining = other.talks_with(named.leg).ok_or_else(untimely)?;
            let (number, goal) = self.place_in_room(outside, named.call, remaining, owner)?;
            accepted(outside);
            self.count_refer(owner);
            notify(self, outside, 100, false);
            let asked = Asked { by: named.leg, subscription: None, number, goal };
            self.handle(outside, named.call, Event::Transfer(Box::new(asked)));
            notify(self, outside, 200, true);
            self.handle(outside, owner.call, Event::Taken(owner.leg));
            return Ok(());
        }
        let room = self.conferences.room_of(owner.call).and_then(|room| self.directory.conference_room(room)).cloned();
        let room: std::sync::Arc<ConferenceRoom> = room.ok_or(Refusal::ReplacesUnknown)?;
        if !self.conferences.moderates(owner.call) {
            return Err(Refusal::CallerNotAllowed(by.number.clone()));
        }
        let number = unescape(to.user).unwrap_or_default();
        let full = |_| Refusal::TransferUntimely(number.clone());
        self.conferences.may_invite(&room).map_err(full)?;
        let invited = self.invite_to_room(outside, &room, &number, Some(own))?;
        accepted(outside);
        self.count_refer(owner);
        notify(self, outside, 100, false);
        if let Some(event) = event.clone() {
            self.referrers.insert(invited, Referrer { call: owner.call, leg: owner.leg, event });
            self.follow_referrer(outside, invited);
        }
        Ok(())
    }

    /// An invitation has come off, or to nothing: whoever has asked for it is told.
    pub(super) fn follow_referrer(&mut self, outside: &mut Outside, invited: CallId) {
        if !self.referrers.contains_key(&invited) {
            return;
        }
        let status = match self.calls.get(&invited) {
            Some(call) if !call.is_over() && call.history.record.answered_at.is_none() => return,
            Some(call) if !call.is_over() => 200,
            Some(call) if call.history.record.fail_code >= 300 => call.history.record.fail_code,
            _ => 480,
        };
        let Some(Referrer { call, leg, event }) = self.referrers.remove(&invited) else { return };
        self.signal(outside, call, Command::Notify(leg, event, status, true));
    }

    /// The leg that Replaces names, where it is the same person's in a conference room.
    pub(super) fn own_in_room(&self, outside: &Outside, owner: Owner, by: &Leg, replaces: &str) -> Option<Owner> {
        let named =
            replaced(outside, replaces).filter(|named| named.tenant == self.id() && named.call != owner.call)?;
        let leg = self.calls.get(&named.call)?.legs.get(&named.leg)?;
        let is_own = by.extension.is_some() && leg.extension == by.extension;
        self.conferences.room_of(named.call).filter(|_| is_own).map(|_| named)
    }

    /// Whoever is handed on takes that person's place in the room.
    pub(super) fn place_in_room(
        &mut self,
        outside: &Outside,
        call: CallId,
        remaining: LegId,
        own: Owner,
    ) -> Result<(String, Goal), Refusal> {
        let room = self.conferences.room_of(own.call).ok_or(Refusal::ReplacesUnknown)?;
        let door = self.door(room)?;
        let leg = self.calls.get(&call).and_then(|call| call.legs.get(&remaining)).ok_or(Refusal::ReplacesUnknown)?;
        let (number, extension_id) = (leg.number.clone(), leg.extension);
        let entrant = Entrant { leg: remaining, number, name: String::new(), extension_id, moderator: false };
        self.conferences.admit(outside.now, room, call, entrant);
        Ok((door.number.clone(), Goal::Hosted(Box::new(Hosted::Conference(Door { pin: None, ..door })))))
    }
}
