//! What arrives, on its way to its transaction, dialog or method; and what is refused before (RFC 3261, 8.2).

use bytes::Bytes;
use shared::Moment;

use crate::event::{DialogId, Event, Fault, Guarded, Load, TurnedAway};
use crate::flow::Flow;
use crate::message::Reply;
use crate::method;
use crate::response::unknown_options;
use crate::stack::Stack;
use crate::stun;
use crate::transaction::{Arrival, Owner, Passed, ServerInput, server_key};
use crate::view::{Malformed, Message};

impl Stack {
    pub(crate) fn receive(&mut self, now: Moment, flow: Flow, bytes: Bytes, renews: &dyn Fn(&Message) -> bool) {
        if crate::framing::is_keep_alive(&bytes) {
            if bytes.as_ref() == b"\r\n\r\n" && flow.transport.is_reliable() {
                self.core.send(flow, Bytes::from_static(b"\r\n"));
            }
            return;
        }
        if stun::is_stun(&bytes) {
            // Over streams it is CRLF that keeps the way open.
            let answer = stun::answer(&bytes, flow.remote).filter(|_| !flow.transport.is_reliable());
            return answer.into_iter().for_each(|answer| self.core.send(flow, answer));
        }
        let Ok(message) = Message::index(bytes) else { return };
        match (message.check(), message.is_request()) {
            (Ok(()), true) => self.receive_request(now, flow, message, renews),
            (Ok(()), false) => {
                if let Some(passed) = self.core.receive_response(now, message) {
                    self.answered(now, passed);
                }
            }
            (Err(fault), true) => self.refuse_malformed(flow, message, fault),
            (Err(_), false) => {}
        }
    }

    /// Only what can be answered is: an ACK never, nor what has no Via. One that cannot be read is sent back as it came:
    /// the answer goes to where the request came from anyway.
    fn refuse_malformed(&mut self, flow: Flow, message: Message, fault: Malformed) {
        if message.method() == "ACK" || message.header("Via").is_none() {
            return;
        }
        let bad = |what| {
            Reply::status(400).header("Warning", format!("399 sip \"{what} is missing, doubled or cannot be read\""))
        };
        let reply = match fault {
            _ if !message.version_known() => Reply::status(505),
            Malformed::UriTooLong => Reply::status(414),
            Malformed::TooLarge(what) => {
                Reply::status(513).header("Warning", format!("399 sip \"The {what} is too large\""))
            }
            Malformed::Header(name) => bad(name),
            Malformed::StartLine => bad("Start line"),
        };
        let why = if message.version_known() { Fault::Malformed(fault) } else { Fault::Version };
        self.refused(flow, message, &reply, why);
    }

    pub(crate) fn refused(&mut self, flow: Flow, message: Message, reply: &Reply, fault: Fault) {
        self.core.reply_stateless(flow, &message, reply);
        self.core.tell(Event::Refused { message, flow, status: reply.status, fault });
    }

    fn receive_request(&mut self, now: Moment, flow: Flow, message: Message, renews: &dyn Fn(&Message) -> bool) {
        if self.shuns(&message) {
            return self.core.tell(Event::TurnedAway { message, flow, why: TurnedAway::UserAgent });
        }
        let Some(key) = server_key(&message, message.method()) else { return };
        if message.method() != "ACK"
            && let Some(server) = self.core.server_of(&key)
        {
            return self.core.server_input(now, server, ServerInput::Request);
        }
        let arrival = Arrival { flow, message, key };
        match arrival.message.method() {
            "ACK" => return self.ack_arrived(now, &arrival),
            "CANCEL" => return self.cancel_arrived(now, arrival),
            _ => {}
        }
        if self.is_too_much(&arrival.message, renews) {
            return self.shed(arrival);
        }
        if let Some((refusal, fault)) = self.refusal(&arrival.message) {
            return self.refused(flow, arrival.message, &refusal, fault);
        }
        if arrival.message.to_tag().is_empty() || arrival.message.method() == "REGISTER" {
            return self.receive_outside(now, arrival);
        }
        let message = &arrival.message;
        match self.dialogs.find(message.call_id(), message.to_tag(), message.from_tag()) {
            Some(dialog) if self.core.config.guard_dialogs => {
                self.core.tell(Event::Guarded { dialog, request: Guarded(arrival) });
            }
            Some(id) => self.receive_inside(now, id, arrival),
            None => self.core.reply_stateless(flow, message, &Reply::status(481)),
        }
    }

    fn shuns(&self, message: &Message) -> bool {
        let shunned = &self.core.config.shunned_agents;
        !shunned.is_empty()
            && message.header("User-Agent").is_some_and(|agent| shunned.iter().any(|part| contains(agent, part)))
    }

    /// Is there so much to do that this is not begun?
    fn is_too_much(&self, message: &Message, renews: &dyn Fn(&Message) -> bool) -> bool {
        match self.load {
            Load::Light => false,
            Load::Heavy if message.method() == "REGISTER" => !renews(message),
            Load::Heavy => message.to_tag().is_empty(),
            Load::Overwhelming => !matches!(message.method(), "BYE" | "PRACK"),
        }
    }

    /// Refuses without keeping anything. Those who are refused do not come back all at once.
    fn shed(&mut self, arrival: Arrival) {
        const RETRY_SECONDS_MIN: u64 = 5;
        const RETRY_SECONDS_SPREAD: u64 = 10;
        let seconds = RETRY_SECONDS_MIN + self.core.rng.next() % RETRY_SECONDS_SPREAD;
        let Arrival { flow, message, .. } = arrival;
        self.core.reply_stateless(flow, &message, &Reply::status(503).header("Retry-After", seconds.to_string()));
        self.core.tell(Event::TurnedAway { message, flow, why: TurnedAway::Load });
    }

    /// RFC 3261, 8.2.1 and 8.2.2, and the limits of the stack.
    fn refusal(&self, message: &Message) -> Option<(Reply, Fault)> {
        if !method::is_known(message.method()) {
            return Some((Reply::status(501), Fault::Method));
        }
        let scheme = message.request_uri().map_or("", |u| u.scheme);
        if !["sip", "sips", "tel"].iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
            return Some((Reply::status(416), Fault::Scheme));
        }
        if let Some(unknown) = unknown_options(message, "Require", &method::UNDERSTOOD) {
            let fault = Fault::Extension(unknown.clone());
            return Some((Reply::status(420).header("Unsupported", unknown), fault));
        }
        if !message.contacts_are_sound() {
            let reply = Reply::status(400).header("Warning", "399 sip \"Contact cannot be read\"");
            return Some((reply, Fault::Contact));
        }
        let outside = message.to_tag().is_empty();
        // We are the last hop of what stays here; a call may go on, and counts as a hop then (RFC 7332).
        let may_go_on = outside && !matches!(message.method(), "REGISTER" | "OPTIONS" | "PUBLISH" | "SUBSCRIBE");
        if may_go_on && message.header("Max-Forwards").is_some_and(|v| v.trim() == "0") {
            return Some((Reply::status(483), Fault::Hops));
        }
        if outside && self.core.is_merged(message) {
            return Some((Reply::status(482), Fault::Merged));
        }
        let full = if outside { self.core.is_full() } else { self.core.is_packed() };
        full.then(|| (Reply::status(503).header("Retry-After", "5"), Fault::Full("transactions")))
    }

    fn receive_outside(&mut self, now: Moment, arrival: Arrival) {
        match arrival.message.method() {
            "INVITE" => self.invite_arrived(now, arrival),
            "SUBSCRIBE" => self.subscribe_arrived(now, arrival),
            "BYE" | "PRACK" | "UPDATE" | "INFO" => {
                self.core.reply_stateless(arrival.flow, &arrival.message, &Reply::status(481));
            }
            _ => self.request_arrived(now, None, arrival),
        }
    }

    pub(crate) fn receive_inside(&mut self, now: Moment, id: DialogId, arrival: Arrival) {
        let Some(dialog) = self.dialogs.get_mut(id) else { return };
        let number = arrival.message.cseq().0;
        let Some(peer) = dialog.peer_of(arrival.message.from_tag()) else { return };
        if peer.cseq.is_some_and(|last| number < last) {
            return self.core.reply_stateless(
                arrival.flow,
                &arrival.message,
                &Reply::status(500).header("Retry-After", "0"),
            );
        }
        peer.cseq = Some(number);
        match arrival.message.method() {
            "BYE" => self.bye_arrived(now, id, arrival),
            _ if dialog.is_left() => self.core.reply_stateless(arrival.flow, &arrival.message, &Reply::status(481)),
            "INVITE" | "UPDATE" => self.offer_arrived(now, id, arrival),
            "PRACK" => self.prack_arrived(now, id, arrival),
            _ => {
                dialog.flow = arrival.flow;
                self.request_arrived(now, Some(id), arrival);
            }
        }
    }

    /// A response, or the lack of one, goes to whose request it was.
    pub(crate) fn answered(&mut self, now: Moment, passed: Passed) {
        match passed.owner {
            Owner::Invite(id) => self.invite_answered(now, id, passed),
            Owner::Offer(id) => self.offer_answered(now, id, passed),
            Owner::InDialog(id, request) => self.request_answered(now, request, Some(id), passed),
            Owner::Request(request) => self.request_answered(now, request, None, passed),
            Owner::Prack(_) | Owner::Nobody => self.retry_unheard(now, passed),
        }
    }

    /// BYE and PRACK are challenged by some proxies too.
    fn retry_unheard(&mut self, now: Moment, passed: Passed) {
        let crate::transaction::Verdict::Response(refusal) = &passed.verdict else { return };
        let Some(blueprint) = passed.blueprint else { return };
        let Some(mut again) = crate::challenge::answered(&mut self.core.rng, blueprint, refusal) else { return };
        if let Owner::Prack(id) = passed.owner
            && let Some(dialog) = self.dialogs.get_mut(id)
        {
            dialog.cseq += 1;
            again.request.cseq = dialog.cseq;
        }
        self.core.request(now, passed.flow, again, passed.owner);
    }
}

/// Does the text contain the part, whatever the case of its letters?
fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.trim().as_bytes());
    !part.is_empty() && text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}
