//! CANCEL (RFC 3261, 9): a transaction of its own that ends another.

use shared::Moment;

use crate::dialog::Stage;
use crate::event::{DialogId, Event};
use crate::message::Reply;
use crate::stack::Stack;
use crate::transaction::{Arrival, server_key};

impl Stack {
    pub(crate) fn cancel_arrived(&mut self, now: Moment, arrival: Arrival) {
        let invite = server_key(&arrival.message, "INVITE").and_then(|key| self.core.server_of(&key));
        let Some((invite, server)) = invite.and_then(|id| Some((id, self.core.servers.get(&id)?))) else {
            return self.core.reply_stateless(arrival.flow, &arrival.message, &Reply::status(481));
        };
        let (open, dialog, tag) = (server.is_open(), server.dialog, server.to_tag.clone());
        let reason = arrival.message.header("Reason").map(str::to_owned);
        let cancel = self.core.open(now, arrival, &tag, None);
        self.core.reply(now, cancel, &Reply::status(200), None);
        if !open {
            return;
        }
        self.core.reply(now, invite, &Reply::status(487), None);
        let Some(id) = dialog else { return };
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        if matches!(dialog.stage, Stage::Invited(server) if server == invite) {
            self.drop_dialog(now, id);
            self.core.tell(Event::Cancelled { dialog: id, reason });
        } else {
            // A re-INVITE was cancelled: the session stands as before.
            dialog.offers.incoming.take_if(|i| i.server == invite);
            self.next_offer(now, id);
        }
    }

    /// The user gives an INVITE of ours up.
    pub(crate) fn cancel_dialog(&mut self, now: Moment, id: DialogId, reason: Option<&str>) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Stage::Inviting(inviting) = &mut dialog.stage else { return };
        if inviting.cancelled.is_some() {
            return;
        }
        inviting.cancelled = Some(reason.map(str::to_owned));
        if inviting.provisional {
            self.send_cancel(now, id);
        }
    }

    /// CANCEL goes once a provisional response has come.
    pub(crate) fn send_cancel(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Stage::Inviting(inviting) = &mut dialog.stage else { return };
        let Some(reason) = &inviting.cancelled else { return };
        if !std::mem::replace(&mut inviting.cancel_sent, true) {
            self.core.cancel(now, inviting.client, reason.as_deref());
        }
    }
}
