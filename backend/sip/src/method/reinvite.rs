//! Re-INVITE (RFC 3261, 14), and what it shares with UPDATE: one offer at a time, glare, session refresh.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use crate::dialog::offer::{GLARES_MAX, Incoming, Outgoing};
use crate::dialog::session_timer::{self, Agreed, Session};
use crate::dialog::{Owed, Stage};
use crate::event::{DialogId, EndCause, Event};
use crate::message::{Header, Reply};
use crate::stack::Stack;
use crate::timer::{Alarm, Wait};
use crate::transaction::{Arrival, ClientId, Owner, Passed, Verdict};
use crate::view::Message;

/// How long a re-INVITE may stay unanswered after a provisional response: as timer C of RFC 3261, 16.6.
const RE_INVITE_PATIENCE: Duration = Duration::from_secs(180);

impl Stack {
    /// A re-INVITE, or an UPDATE, of the peer.
    pub(crate) fn offer_arrived(&mut self, now: Moment, id: DialogId, arrival: Arrival) {
        let (message, flow) = (arrival.message.clone(), arrival.flow);
        let refusal = self.offer_refusal(id, &message);
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let tag = dialog.local_tag.clone();
        let update = message.method() == "UPDATE";
        if refusal.is_none() {
            dialog.flow = flow;
            if let Some(peer) = dialog.peer_of(message.from_tag()) {
                peer.refresh(&message);
            }
        }
        // A refresh repeats the description in force: the answer to it is ours in force. One that names somebody is news.
        let same = !message.body().is_empty()
            && message.body() == dialog.offers.remote
            && !dialog.offers.local.is_empty()
            && message.header("P-Asserted-Identity").is_none();
        let repeats = if same && dialog.is_established() { Some(dialog.offers.local.clone()) } else { None };
        let server = self.core.open(now, arrival, &tag, Some(id));
        if let Some(refusal) = refusal {
            self.core.reply(now, server, &refusal, None);
            if refusal.status == 491 && self.dialogs.get(id).is_some_and(|dialog| dialog.is_established()) {
                self.core.tell(Event::Glare { dialog: id });
            }
        } else if update && message.body().is_empty() {
            self.answer_update(now, id, server, &message, Bytes::new());
        } else {
            if !update {
                self.core.reply(now, server, &Reply::status(100), None);
            }
            let Some(dialog) = self.dialogs.get_mut(id) else { return };
            dialog.offers.incoming = Some(Incoming { server, update });
            match repeats {
                Some(body) => self.answer_offer(now, id, body),
                None => self.core.tell(Event::Offered { dialog: id, message, flow }),
            }
        }
    }

    fn offer_refusal(&self, id: DialogId, message: &Message) -> Option<Reply> {
        let dialog = self.dialogs.get(id)?;
        let update = message.method() == "UPDATE";
        match dialog.stage {
            Stage::Established => {}
            Stage::Invited(_) | Stage::Inviting(_) if update => {}
            Stage::Invited(_) => return Some(Reply::status(500).header("Retry-After", "1")),
            Stage::Inviting(_) => return Some(Reply::status(491)),
            Stage::Leaving(_) | Stage::Subscription(_) => return Some(Reply::status(481)),
        }
        let offers = !update || !message.body().is_empty();
        if offers && dialog.offers.incoming.is_some() {
            return Some(Reply::status(500).header("Retry-After", "1"));
        }
        // RFC 5407, 3.1.4: nor while our own 2xx or its ACK is under way.
        let busy = dialog.offers.outgoing.as_ref().is_some_and(|o| o.client.is_some());
        if offers && (busy || dialog.success.is_some() || dialog.owed.is_some()) {
            return Some(Reply::status(491));
        }
        let header = session_timer::too_small(&self.core.config, message)?;
        Some(Reply { headers: vec![header], ..Reply::status(422) })
    }

    /// 200 to the peer's offer.
    pub(crate) fn answer_offer(&mut self, now: Moment, id: DialogId, body: Bytes) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Some(incoming) = dialog.offers.incoming.take() else { return };
        let Some(request) = self.core.servers.get(&incoming.server).and_then(|s| s.request.clone()) else { return };
        let offer = request.body();
        let wants_offer = offer.is_empty();
        if !wants_offer {
            dialog.offers.remote = offer;
        }
        if incoming.update {
            self.answer_update(now, id, incoming.server, &request, body);
            self.next_offer(now, id);
        } else {
            self.succeed(now, id, incoming.server, &request, Reply::status(200).body(body), false, wants_offer);
        }
    }

    pub(crate) fn refuse_incoming(&mut self, now: Moment, id: DialogId, status: u16) {
        let Some(incoming) = self.dialogs.get_mut(id).and_then(|d| d.offers.incoming.take()) else { return };
        self.core.reply(now, incoming.server, &Reply::status(status.clamp(300, 699)), None);
        self.next_offer(now, id);
    }

    /// The user's offer: sent, or kept until it may be sent. A second one takes the place of one that waits.
    pub(crate) fn make_offer(&mut self, now: Moment, id: DialogId, headers: Vec<Header>, body: Bytes) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        dialog.offers.queued = Some((headers, body));
        self.next_offer(now, id);
    }

    /// Sends the offer that waits, if nothing stands in its way.
    pub(crate) fn next_offer(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let free = dialog.offers.incoming.is_none()
            && dialog.offers.outgoing.is_none()
            && dialog.success.is_none()
            && dialog.owed.is_none()
            && dialog.reliable.sent.is_none();
        let early = matches!(dialog.stage, Stage::Invited(_) | Stage::Inviting(_));
        let can_update = dialog.peer().is_some_and(|p| p.allows_update);
        if !free || !(dialog.is_established() || (early && can_update)) {
            return;
        }
        let Some((headers, body)) = dialog.offers.queued.take() else { return };
        let outgoing = Outgoing { body, headers, update: early, refresh: false, client: None, glares: 0, min_se: 0 };
        self.send_offer(now, id, outgoing);
    }

    fn send_offer(&mut self, now: Moment, id: DialogId, mut outgoing: Outgoing) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let method = if outgoing.update { "UPDATE" } else { "INVITE" };
        // RFC 4028, 7.4: a timer begins with the 2xx to the INVITE, not with an UPDATE before it.
        let timed = dialog.is_established();
        let session = dialog.session.as_ref();
        let mut headers = outgoing.headers.clone();
        if timed {
            headers.extend(session_timer::ask(&self.core.config, session, outgoing.min_se));
        }
        let flow = dialog.flow;
        let blueprint = dialog.request(method, headers, outgoing.body.clone());
        outgoing.client = blueprint.and_then(|b| self.core.request(now, flow, b, Owner::Offer(id)));
        let (sent, refresh) = (outgoing.client.is_some(), outgoing.refresh);
        if sent {
            dialog.offers.outgoing = Some(outgoing);
        } else if !refresh {
            self.core.tell(Event::OfferRefused { dialog: id, status: 503 });
        }
    }

    /// The random wait after 491 is over.
    pub(crate) fn glare_alarm(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        dialog.offers.glare = None;
        let busy = dialog.offers.incoming.is_some() || dialog.success.is_some();
        if busy {
            dialog.offers.glare =
                Some(self.core.timers.set(now + Duration::from_millis(500), Alarm::Dialog(id, Wait::Glare)));
        } else if let Some(outgoing) = dialog.offers.outgoing.take() {
            self.send_offer(now, id, outgoing);
        }
    }

    /// Whatever comes back to our re-INVITE or UPDATE.
    pub(crate) fn offer_answered(&mut self, now: Moment, id: DialogId, passed: Passed) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return self.offer_answered_late(passed) };
        let ours = dialog.offers.outgoing.as_ref().is_some_and(|o| o.client == Some(passed.id));
        if !ours {
            return;
        }
        match passed.verdict {
            Verdict::Response(ref message) if message.status() < 200 => {
                self.core.limit(now, passed.id, RE_INVITE_PATIENCE)
            }
            Verdict::Response(ref message) if message.status() < 300 => {
                let authorization = passed.blueprint.as_ref().map(|b| b.authorization.clone()).unwrap_or_default();
                self.offer_accepted(now, id, passed.id, authorization, message);
            }
            Verdict::Response(ref message) => {
                let message = message.clone();
                self.offer_failed(now, id, message.status(), Some((passed, message)));
            }
            Verdict::TimedOut => self.offer_failed(now, id, 408, None),
            Verdict::FlowFailed => self.offer_failed(now, id, 503, None),
        }
    }

    /// The dialog is gone, its re-INVITE was accepted all the same: the ACK ends the repeats.
    fn offer_answered_late(&mut self, passed: Passed) {
        let (Verdict::Response(message), Some(mut blueprint)) = (passed.verdict, passed.blueprint) else { return };
        if blueprint.request.method == "INVITE" && (200..300).contains(&message.status()) {
            blueprint.request.method = "ACK".into();
            blueprint.request.headers.clear();
            blueprint.request.body.clear();
            self.core.acknowledge(passed.flow, passed.id, message.to_tag(), &blueprint);
        }
    }

    fn offer_accepted(
        &mut self,
        now: Moment,
        id: DialogId,
        client: ClientId,
        authorization: Vec<Header>,
        message: &Message,
    ) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Some(outgoing) = dialog.offers.outgoing.take() else { return };
        if let Some(peer) = dialog.peer_of(message.to_tag()) {
            peer.refresh(message);
        }
        if !message.body().is_empty() {
            dialog.offers.remote = message.body();
        }
        if !outgoing.body.is_empty() {
            dialog.offers.local = outgoing.body.clone();
        }
        if !outgoing.update {
            dialog.owed = Some(Owed { client, cseq: message.cseq().0, authorization });
        }
        if self.dialogs.get(id).is_some_and(|d| d.is_established()) {
            self.set_session(now, id, session_timer::agreed(message));
        }
        if !outgoing.refresh {
            self.core.tell(Event::OfferAnswered { dialog: id, message: message.clone() });
        }
        // Without an offer of ours the peer's stands in the 2xx: the user owes the answer.
        if outgoing.update || !outgoing.body.is_empty() || outgoing.refresh {
            if outgoing.update { self.next_offer(now, id) } else { self.acknowledge_dialog(now, id, Bytes::new()) }
        }
    }

    fn offer_failed(&mut self, now: Moment, id: DialogId, status: u16, refusal: Option<(Passed, Message)>) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Some(mut outgoing) = dialog.offers.outgoing.take() else { return };
        let answered = refusal.is_some();
        outgoing.client = None;
        if status == 491 && outgoing.glares < GLARES_MAX {
            if outgoing.glares == 0 {
                self.core.tell(Event::Glare { dialog: id });
            }
            outgoing.glares += 1;
            // RFC 3261, 14.1: who owns the Call-ID waits longer.
            let wait = if dialog.ours { self.core.rng.wait(2_100, 4_000) } else { self.core.rng.wait(0, 2_000) };
            dialog.offers.glare = Some(self.core.timers.set(now + wait, Alarm::Dialog(id, Wait::Glare)));
            dialog.offers.outgoing = Some(outgoing);
            return;
        }
        if let Some((passed, message)) = refusal
            && let Some(blueprint) = passed.blueprint
            && let Some(again) = self.improved(blueprint, &message)
        {
            let Some(dialog) = self.dialogs.get_mut(id) else { return };
            dialog.cseq = again.request.cseq;
            outgoing.client = self.core.request(now, dialog.flow, again, Owner::Offer(id));
            if outgoing.client.is_some() {
                dialog.offers.outgoing = Some(outgoing);
                return;
            }
        }
        if matches!(status, 408 | 481) && self.dialogs.get(id).is_some_and(|d| d.is_established()) {
            return self.end(now, id, EndCause::Unreachable, Some("SIP;cause=408;text=\"No answer in the dialog\""));
        }
        if outgoing.refresh && outgoing.update && answered && matches!(status, 405 | 501) {
            if let Some(peer) = self.dialogs.get_mut(id).and_then(|d| d.peer_mut()) {
                peer.allows_update = false;
            }
            return self.refresh_session(now, id);
        }
        if !outgoing.refresh {
            self.core.tell(Event::OfferRefused { dialog: id, status });
        }
        self.next_offer(now, id);
    }

    /// Begins, renews or ends the session timer.
    pub(crate) fn set_session(&mut self, now: Moment, id: DialogId, agreed: Option<Agreed>) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        if let Some(mut old) = dialog.session.take() {
            self.core.timers.clear(&mut old.timer);
        }
        dialog.session = agreed.map(|agreed| {
            let mut session = Session::new(now, agreed);
            session.timer = Some(self.core.timers.set(session.first_alarm(now), Alarm::Dialog(id, Wait::Session)));
            session
        });
    }

    /// Half of the interval has passed, or nearly all of it.
    pub(crate) fn session_alarm(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let Some(session) = &mut dialog.session else { return };
        let bye_at = session.bye_at();
        if now >= bye_at {
            session.timer = None;
            return self.end(now, id, EndCause::SessionTimer, Some("SIP;cause=408;text=\"Session timer\""));
        }
        // When the refresh fails or cannot be sent it is tried again after half of what is left.
        let next = (now + bye_at.since(now) / 2).max(now + Duration::from_secs(1)).min(bye_at);
        session.timer = Some(self.core.timers.set(next, Alarm::Dialog(id, Wait::Session)));
        self.refresh_session(now, id);
    }

    fn refresh_session(&mut self, now: Moment, id: DialogId) {
        let Some(dialog) = self.dialogs.get(id) else { return };
        let free = dialog.offers.incoming.is_none() && dialog.offers.outgoing.is_none() && dialog.success.is_none();
        let update = dialog.peer().is_some_and(|p| p.allows_update);
        let body = if update { Bytes::new() } else { dialog.offers.local.clone() };
        if !dialog.is_established() || !free || dialog.owed.is_some() || (!update && body.is_empty()) {
            return;
        }
        let headers = Vec::new();
        self.send_offer(now, id, Outgoing { body, headers, update, refresh: true, client: None, glares: 0, min_se: 0 });
    }
}
