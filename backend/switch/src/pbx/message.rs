//! MESSAGE (RFC 3428): taken from a device or from the portal, handed to all devices of the receiver, kept until one has
//! taken it (MSG-02).

use std::time::Duration;

use shared::fact::Fact;
use shared::message::{Message as Text, TEXT_BYTES_MAX, is_text};
use shared::reason::Reason;
use shared::{ExtensionId, MessageId, Moment};
use sip::{Header, Message, NewRequest, Reply, RequestId};

use crate::admission::Refusal;
use crate::identity::Identity;
use crate::outside::{Asked, Outside, Timer};
use crate::pbx::invite::refusal_of;
use crate::pbx::{NotDone, Pbx};
use crate::post::Flight;

/// How long a sender waits for a device to take the message before it is told that it will be handed on later: well
/// before the sender gives its own request up (RFC 3261, 17.1.2: 32 s).
const ANSWER_WAIT: Duration = Duration::from_secs(4);
/// A message that nobody took for so long is handed on no more.
pub const WAITING_TIME_MAX: Duration = Duration::from_secs(30 * 24 * 3_600);
/// The type of what is taken.
const PLAIN: &str = "text/plain";

impl Pbx {
    /// MESSAGE of somebody who has proved who it is: answers it, now or when a device has taken it.
    pub fn message(&mut self, outside: &mut Outside, request: RequestId, message: &Message, who: &Identity) {
        let admitted = self.admit_message(outside, message, who);
        let (receiver, text) = match admitted {
            Ok(admitted) => admitted,
            Err(declined) => {
                outside.stack.respond(outside.now, request, declined.reply.clone());
                outside.declined = Some(declined);
                return;
            }
        };
        if let Err(refusal) = self.post(outside, who.extension, receiver, text, Some(request)) {
            outside.stack.respond(outside.now, request, refusal_of(&refusal));
            outside.declined = Some(refusal.into());
        }
    }

    /// May it be sent, to whom and what? Else the answer.
    fn admit_message(
        &self,
        outside: &Outside,
        message: &Message,
        who: &Identity,
    ) -> Result<(ExtensionId, String), Box<NotDone>> {
        self.admit_sender(message, who)?;
        let receiver = self.resource(outside, message, who)?;
        if receiver == who.extension {
            return Err(Refusal::CalleeIsCaller(who.number.clone()).into());
        }
        if !is_plain(message) {
            let kind = message.header("Content-Type").unwrap_or("no type");
            return Err(NotDone::new(Reply::status(415).header("Accept", PLAIN), Reason::TextTypeRefused, kind));
        }
        let body = message.body();
        if body.len() > TEXT_BYTES_MAX {
            return Err(NotDone::new(Reply::status(413), Reason::TextTooLong, body.len().to_string()));
        }
        // Nor is what is no UTF-8, or would move the cursor of a terminal.
        match std::str::from_utf8(&body).ok().filter(|text| is_text(text)) {
            Some(text) if !text.trim().is_empty() => Ok((receiver, text.to_owned())),
            _ => {
                let reply = Reply::status(400).header("Warning", "399 belfry \"The text is empty or not plain UTF-8\"");
                Err(NotDone::new(reply, Reason::TextUnreadable, ""))
            }
        }
    }

    /// A message from the portal; the page has checked its text.
    pub fn send_message(
        &mut self,
        outside: &mut Outside,
        sender: ExtensionId,
        receiver: ExtensionId,
        text: String,
    ) -> Result<Text, Refusal> {
        let known = |id| self.directory.extension(id).filter(|extension| extension.enabled);
        if !self.directory.plan.enabled {
            return Err(Refusal::TenantSuspended(self.directory.plan.name.clone()));
        }
        let Some(number) = known(sender).map(|known| known.number.clone()) else {
            return Err(Refusal::CallerDisabled(self.number_of(sender)));
        };
        if self.directory.extension(receiver).is_none() {
            return Err(Refusal::NumberUnknown(String::new()));
        }
        if receiver == sender {
            return Err(Refusal::CalleeIsCaller(number));
        }
        self.post(outside, sender, receiver, text, None)
    }

    fn post(
        &mut self,
        outside: &mut Outside,
        sender: ExtensionId,
        receiver: ExtensionId,
        text: String,
        asked_by: Option<RequestId>,
    ) -> Result<Text, Refusal> {
        if !self.directory.extension(receiver).is_some_and(|known| known.enabled) {
            return Err(Refusal::CalleeDisabled(self.number_of(receiver)));
        }
        self.posts.room(receiver).map_err(Refusal::TooManyMessages)?;
        if outside.overloaded {
            return Err(Refusal::Overloaded("the store is behind"));
        }
        let message = Text {
            id: outside.ids.next::<MessageId>(outside.now),
            tenant_id: self.id(),
            sender_id: sender,
            sender: self.number_of(sender),
            receiver_id: receiver,
            receiver: self.number_of(receiver),
            text,
            sent_at: outside.now,
            delivered_at: None,
            read_at: None,
        };
        outside.fact(Some(self.id()), Fact::MessageSent { message: message.clone() });
        self.posts.push(message.clone());
        let first = self.posts.next(receiver).is_some_and(|next| next.id == message.id);
        let flies = first && self.hand_over(outside, receiver, asked_by);
        if let Some(request) = asked_by.filter(|_| !flies) {
            // Behind others, or nobody is there: later (RFC 3428, 7).
            outside.stack.respond(outside.now, request, Reply::status(202));
        }
        Ok(message)
    }

    /// Puts messages back that waited before a restart, oldest first.
    pub fn restore_message(&mut self, outside: &mut Outside, message: Text) {
        let known = self.directory.extension(message.receiver_id).is_some();
        if known && self.posts.room(message.receiver_id).is_ok() {
            outside.due.insert((self.id(), message.receiver_id));
            self.posts.push(message);
        }
    }

    /// A device has registered: whatever waits for its extension is handed over after the answer to the REGISTER.
    pub(super) fn call_for_messages(&mut self, outside: &mut Outside, receiver: ExtensionId) {
        if let Some(flight) = self.posts.flight(receiver) {
            flight.again = true;
        } else if self.posts.next(receiver).is_some() {
            outside.due.insert((self.id(), receiver));
        }
    }

    /// A device of the receiver has registered, or messages were put back.
    pub fn messages_due(&mut self, outside: &mut Outside, receiver: ExtensionId) {
        self.hand_over(outside, receiver, None);
    }

    /// Asks all devices of the receiver to take its next message; false where there is nothing to hand over or nobody to
    /// take it.
    fn hand_over(&mut self, outside: &mut Outside, receiver: ExtensionId, asked_by: Option<RequestId>) -> bool {
        let oldest = outside.now - WAITING_TIME_MAX;
        while self.posts.next(receiver).is_some_and(|next| next.sent_at < oldest) {
            self.posts.pop(receiver);
        }
        let Some(message) = self.posts.next(receiver) else { return false };
        let tenant = self.id();
        let mut waits_for = std::collections::BTreeSet::new();
        for binding in self.registrar.groups(receiver).into_iter().flatten() {
            let request = self.request_of(message, &binding.contact, &binding.path);
            let request = outside.stack.request(outside.now, binding.flow, request);
            outside.asked.insert(request, Asked::Message(tenant, receiver));
            waits_for.insert(request);
        }
        if waits_for.is_empty() {
            return false;
        }
        let until = outside.now + ANSWER_WAIT;
        outside.arm(until, Timer::Message(tenant, receiver));
        self.posts.take_off(receiver, Flight { waits_for, taken: false, until, again: false, asked_by });
        true
    }

    fn request_of(&self, message: &Text, contact: &str, path: &[String]) -> NewRequest {
        let domain = &self.directory.plan.domain;
        let sender = self.directory.extension(message.sender_id);
        let name = sender.map(|known| known.name.replace(['"', '\\'], "'")).unwrap_or_default();
        let number = sender.map_or(message.sender.as_str(), |known| known.number.as_str());
        NewRequest {
            method: "MESSAGE".to_owned(),
            uri: contact.to_owned(),
            from: format!("\"{name}\" <sip:{number}@{domain}>"),
            to: format!("<sip:{}@{domain}>", message.receiver),
            route: path.iter().map(|uri| format!("<{uri}>")).collect(),
            headers: vec![
                Header::new("Content-Type", "text/plain;charset=UTF-8"),
                Header::new("Date", date(message.sent_at)),
            ],
            body: message.text.clone().into(),
            ..NewRequest::default()
        }
    }

    /// A device has answered.
    pub fn message_answered(&mut self, outside: &mut Outside, receiver: ExtensionId, request: RequestId, status: u16) {
        let Some(flight) = self.posts.flight(receiver) else { return };
        if !flight.waits_for.remove(&request) {
            return;
        }
        let last = flight.waits_for.is_empty();
        let success = (200..300).contains(&status);
        let taken = success && !flight.taken;
        flight.taken |= success;
        let over = last || (flight.taken && flight.until <= outside.now);
        if taken {
            if let Some(request) = flight.asked_by.take() {
                outside.stack.respond(outside.now, request, Reply::status(200));
            }
            if let Some(message) = self.posts.flying(receiver) {
                let fact = Fact::MessageDelivered {
                    message_id: message.id,
                    sender_id: message.sender_id,
                    receiver_id: receiver,
                };
                outside.fact(Some(self.id()), fact);
            }
        }
        if over {
            self.land(outside, receiver);
        }
    }

    /// The sender has waited long enough.
    pub fn message_waited(&mut self, outside: &mut Outside, receiver: ExtensionId) {
        let Some(flight) = self.posts.flight(receiver).filter(|flight| flight.until <= outside.now) else { return };
        if let Some(request) = flight.asked_by.take() {
            outside.stack.respond(outside.now, request, Reply::status(202));
        }
        if flight.taken {
            self.land(outside, receiver);
        }
    }

    /// All devices have answered, or one and the others are slow.
    fn land(&mut self, outside: &mut Outside, receiver: ExtensionId) {
        let Some(flight) = self.posts.land(receiver) else { return };
        outside.disarm(flight.until, Timer::Message(self.id(), receiver));
        for request in flight.waits_for {
            outside.asked.remove(&request);
        }
        if let Some(request) = flight.asked_by {
            outside.stack.respond(outside.now, request, Reply::status(202));
        }
        if flight.taken {
            self.posts.pop(receiver);
        }
        if flight.taken || flight.again {
            self.hand_over(outside, receiver, None);
        }
    }

    /// The tenant is no more: senders are answered, nothing is handed over.
    pub(super) fn forget_messages(&mut self, outside: &mut Outside) {
        for receiver in self.posts.receivers() {
            self.give_up(outside, receiver);
        }
    }

    fn give_up(&mut self, outside: &mut Outside, receiver: ExtensionId) {
        if let Some(flight) = self.posts.flight(receiver) {
            (flight.taken, flight.again) = (false, false);
        }
        self.land(outside, receiver);
        self.posts.forget(receiver);
    }

    /// What waits for people who are there no more is given up.
    pub(super) fn review_messages(&mut self, outside: &mut Outside) {
        for receiver in self.posts.receivers() {
            if self.directory.extension(receiver).is_none() {
                self.give_up(outside, receiver);
            }
        }
    }
}

/// Plain text in UTF-8, not packed.
fn is_plain(message: &Message) -> bool {
    let kind = message.header("Content-Type").unwrap_or_default();
    let (kind, params) = kind.find(';').and_then(|at| kind.split_at_checked(at)).unwrap_or((kind, ""));
    let charset = Message::param(params, "charset").unwrap_or("utf-8");
    let known = ["utf-8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known));
    kind.trim().eq_ignore_ascii_case(PLAIN) && known && message.header("Content-Encoding").is_none()
}

/// As a Date header has it (RFC 3261, 20.17).
fn date(moment: Moment) -> String {
    let at = jiff::Timestamp::from_microsecond(moment.0).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_the_rfc_has_them() {
        assert_eq!(date(Moment::from_seconds(1_289_690_129)), "Sat, 13 Nov 2010 23:15:29 GMT");
    }
}
