//! PRACK and the reliable provisional responses that it acknowledges (RFC 3262).

use shared::Moment;

use crate::dialog::Stage;
use crate::dialog::reliable::{Reliable, Sent, WAITING_MAX, Waiting, rack};
use crate::event::PRACK_MISSING;
use crate::event::{DialogId, Event};
use crate::message::{Header, Reply};
use crate::stack::Stack;
use crate::timer::{Alarm, Wait};
use crate::transaction::{Arrival, Owner};
use crate::view::Message;

impl Reliable {
    /// The 2xx follows the PRACK (RFC 3262, 3).
    pub(crate) fn wait_with_success(&mut self, reply: Reply) {
        let answered = self.waiting.iter().any(|w| matches!(w, Waiting::Success(_)));
        // Ringing that was not sent yet says nothing any more.
        self.waiting.retain(|w| !matches!(w, Waiting::Provisional(r) if r.body.is_empty()));
        if !answered {
            self.waiting.push_back(Waiting::Success(reply));
        }
    }
}

impl Stack {
    /// As the side that is called: sends a response that must be acknowledged, or lets it wait for the one before.
    pub(crate) fn ring_reliably(&mut self, now: Moment, id: DialogId, mut reply: Reply) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Stage::Invited(server) = dialog.stage else { return };
        if dialog.reliable.sent.is_some() {
            if dialog.reliable.waiting.len() < WAITING_MAX {
                dialog.reliable.waiting.push_back(Waiting::Provisional(reply));
            }
            return;
        }
        let rseq = match dialog.reliable.rseq {
            0 => u32::try_from(self.core.rng.next() % 0xffff).unwrap_or_default() + 1,
            last => last + 1,
        };
        reply.headers.push(Header::new("Require", "100rel"));
        reply.headers.push(Header::new("RSeq", rseq.to_string()));
        let has_body = !reply.body.is_empty();
        let invite_offers =
            self.core.servers.get(&server).and_then(|s| s.request.as_ref()).is_some_and(|r| !r.body().is_empty());
        if has_body {
            dialog.offers.local = reply.body.clone();
            dialog.reliable.offered |= !invite_offers;
        }
        let contact = dialog.contact.clone();
        let Some(bytes) = self.core.reply(now, server, &reply, Some(&contact)) else { return };
        let interval = self.core.config.t1;
        let timer = Some(self.core.timers.set(now + interval, Alarm::Dialog(id, Wait::Reliable)));
        let until = now + self.core.patience();
        dialog.reliable.rseq = rseq;
        dialog.reliable.sent = Some(Sent { rseq, bytes, interval, until, timer, has_body });
    }

    /// No PRACK yet: again, or, after 64 × T1, the call is refused.
    pub(crate) fn reliable_alarm(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let flow = dialog.flow;
        let Some(sent) = &mut dialog.reliable.sent else { return };
        if now < sent.until {
            sent.interval *= 2;
            sent.timer =
                Some(self.core.timers.set((now + sent.interval).min(sent.until), Alarm::Dialog(id, Wait::Reliable)));
            let bytes = sent.bytes.clone();
            return self.core.send(flow, bytes);
        }
        sent.timer = None;
        self.reject_dialog(now, id, &Reply::status(504).header("Reason", PRACK_MISSING));
        self.core.tell(Event::Cancelled { dialog: id, reason: Some(PRACK_MISSING.into()) });
    }

    /// As the side that is called.
    pub(crate) fn prack_arrived(&mut self, now: Moment, id: DialogId, arrival: Arrival) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let message = arrival.message.clone();
        let acknowledged = message.header("RAck").and_then(rack);
        let matches = dialog
            .reliable
            .sent
            .as_ref()
            .zip(acknowledged)
            .is_some_and(|(sent, (rseq, _, method))| sent.rseq == rseq && method == "INVITE");
        let tag = dialog.local_tag.clone();
        let server = self.core.open(now, arrival, &tag, Some(id));
        if !matches {
            // The final response was quicker than the PRACK of the last provisional one.
            let late = acknowledged.is_some_and(|(rseq, ..)| rseq == dialog.reliable.rseq);
            self.core.reply(now, server, &Reply::status(if late { 200 } else { 481 }), None);
            return;
        }
        let had_offer = std::mem::take(&mut dialog.reliable.offered);
        dialog.reliable.clear(&mut self.core.timers);
        let body = message.body();
        if had_offer {
            dialog.offers.remote = body.clone();
            // The 200 to the INVITE carries no offer any more.
            dialog.reliable.offered = true;
        } else if !body.is_empty() {
            // A further offer in PRACK: nobody here answers it, the session stands as it is.
            self.core.reply(now, server, &Reply::status(488), None);
            return self.next_waiting(now, id);
        }
        self.core.reply(now, server, &Reply::status(200), None);
        if had_offer {
            self.core.tell(Event::Acknowledged { dialog: id, body: Some(body) });
        }
        self.next_waiting(now, id);
    }

    fn next_waiting(&mut self, now: Moment, id: DialogId) {
        match self.dialogs.get_mut(id).and_then(|d| d.reliable.waiting.pop_front()) {
            Some(Waiting::Provisional(reply)) => self.ring_reliably(now, id, reply),
            Some(Waiting::Success(reply)) => self.accept_dialog(now, id, reply),
            None => {}
        }
    }

    /// As the side that calls: false when the response is a repeat or out of order and must not be looked at.
    pub(crate) fn acknowledge_reliable(&mut self, now: Moment, id: DialogId, message: &Message) -> bool {
        let reliable = message.lists("Require", "100rel");
        let Some(rseq) = message.header("RSeq").filter(|_| reliable).and_then(|v| v.trim().parse::<u32>().ok()) else {
            return true;
        };
        let Some(dialog) = self.dialogs.get_mut(id) else { return false };
        let Some(peer) = dialog.peer_of(message.to_tag()) else { return false };
        if peer.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
            return false;
        }
        peer.rseq = Some(rseq);
        let (number, method) = message.cseq();
        let header = Header::new("RAck", format!("{rseq} {number} {method}"));
        let flow = dialog.flow;
        if let Some(blueprint) = dialog.request("PRACK", vec![header], bytes::Bytes::new()) {
            self.core.request(now, flow, blueprint, Owner::Prack(id));
        }
        true
    }
}
