//! INVITE for a dialog that is there: taken over by the same person (RFC 3891), or to be joined (RFC 3911).

use crate::admission::Refusal;
use crate::leg::{Side, Signalling};
use crate::outside::{Outside, Owner};
use crate::pbx::Pbx;
use crate::pbx::invite::{Invite, description, reject};
use crate::stage::Event;
use sip::Message;

impl Pbx {
    /// Why a request to join a running call (RFC 3911, 4) comes to nothing. A stranger learns nothing about dialogs.
    pub(super) fn join_refused(&self, outside: &Outside, invite: &Invite) -> Option<Refusal> {
        let named = invite.message.header_values("Join");
        let header = named.first()?;
        if named.len() > 1 || invite.message.header("Replaces").is_some() {
            return Some(Refusal::JoinMisused);
        }
        let own = replaced(outside, header).filter(|owner| self.own_leg(invite, *owner).is_some());
        Some(own.map_or(Refusal::JoinUnknown, |_| Refusal::JoinUnsupported(invite.who.number().to_owned())))
    }

    /// On which side the caller itself is in the call that is named, if it is.
    fn own_leg(&self, invite: &Invite, owner: Owner) -> Option<Side> {
        let call = self.calls.get(&owner.call).filter(|call| owner.tenant == self.id() && !call.is_over())?;
        let leg = call.legs.get(&owner.leg)?;
        let own = leg.extension.is_some() && leg.extension == invite.who.extension();
        (own && leg.signalling == Signalling::Up).then_some(leg.side)
    }

    /// The same person takes a running call up on another dialog (RFC 3891). Whatever does not fit is 481: a stranger
    /// learns nothing about dialogs.
    pub(super) fn replace(&mut self, outside: &mut Outside, invite: &Invite, named: Option<Owner>) {
        let own = named.and_then(|owner| Some((owner, self.own_leg(invite, owner)?)));
        let Some((owner, side)) = own else {
            outside.declined = Some(Refusal::ReplacesUnknown.into());
            return reject(outside, invite.dialog, &Refusal::ReplacesUnknown);
        };
        let id = outside.new_leg();
        self.come_in(outside, invite, id, owner.call, side);
        self.handle(outside, owner.call, Event::Replace(owner.leg, id, description(&invite.message)));
    }
}

/// The dialog that a Replaces header names (RFC 3891, 3): its tags are seen from here.
pub fn replaced(outside: &Outside, header: &str) -> Option<Owner> {
    let (call_id, params) = header.split_once(';')?;
    let params = format!(";{params}");
    let local = Message::param(&params, "to-tag")?;
    let remote = Message::param(&params, "from-tag")?;
    let dialog = outside.stack.find_dialog(call_id.trim(), local, remote)?;
    outside.dialogs.get(&dialog).copied()
}
