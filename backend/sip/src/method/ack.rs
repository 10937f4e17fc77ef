//! ACK (RFC 3261, 13.2.2.4 and 17): to a failure it ends a transaction, to a 2xx it ends the waiting of a dialog.

use bytes::Bytes;
use shared::Moment;

use crate::dialog::Stage;
use crate::event::{DialogId, Event};
use crate::stack::Stack;
use crate::transaction::{Arrival, ServerInput, server_key};

impl Stack {
    /// One that belongs nowhere is dropped: nobody answers an ACK.
    pub(crate) fn ack_arrived(&mut self, now: Moment, arrival: &Arrival) {
        let message = &arrival.message;
        let failed = server_key(message, "INVITE").and_then(|key| self.core.server_of(&key));
        if let Some(server) = failed {
            self.core.server_input(now, server, ServerInput::Ack);
        }
        let Some(id) = self.dialogs.find(message.call_id(), message.to_tag(), message.from_tag()) else { return };
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Some(mut success) = dialog.success.take_if(|s| s.cseq == message.cseq().0) else { return };
        self.core.timers.clear(&mut success.timer);
        let body = message.body();
        let answered = success.offers && !body.is_empty();
        if answered {
            dialog.offers.remote = body.clone();
        }
        if let Stage::Leaving(reason) = &mut dialog.stage {
            let reason = reason.take();
            self.hang_up(now, id, reason.as_deref());
            return;
        }
        if success.first || answered {
            self.core.tell(Event::Acknowledged { dialog: id, body: answered.then_some(body) });
        }
        self.next_offer(now, id);
    }

    /// The user's answer to the offer in a 2xx.
    pub(crate) fn acknowledge_dialog(&mut self, now: Moment, id: DialogId, body: Bytes) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Some(owed) = dialog.owed.take() else { return };
        let flow = dialog.flow;
        if !body.is_empty() {
            dialog.offers.local = body.clone();
        }
        let tag = dialog.peer().map(|p| p.tag.clone()).unwrap_or_default();
        let Some(mut ack) = dialog.request("ACK", Vec::new(), body) else { return };
        ack.request.cseq = owed.cseq;
        ack.authorization = owed.authorization;
        self.core.acknowledge(flow, owed.client, &tag, &ack);
        self.next_offer(now, id);
    }
}
