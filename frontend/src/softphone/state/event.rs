//! What the wire says about calls.

use bytes::Bytes;
use shared::Moment;
use sip::{DialogId, EndCause, Event, Message, Reply};

use super::call::{CallKey, EndKind, Ending, Stage};
use super::words::{cancelled, failure, hung_up, reason_text};
use super::{CALLS_MAX, Effect, Order, Phone};

impl Phone {
    pub(super) fn on_event(&mut self, now: Moment, event: Event) {
        match event {
            Event::Invited { dialog, message, .. } => self.on_invited(now, dialog, &message),
            Event::Cancelled { dialog, reason } => {
                self.ended(now, dialog, cancelled(reason.as_deref().unwrap_or_default()));
            }
            Event::Acknowledged { dialog, body } => {
                if let (Some(key), Some(body)) = (self.key_of(dialog), body.filter(|body| !body.is_empty())) {
                    self.media(key, Order::Accept(text(&body)));
                }
            }
            Event::Trying { .. } => {}
            Event::Progress { dialog, status, message } => self.on_progress(dialog, status, &message),
            Event::Answered { dialog, message } => {
                if let Some(key) = self.key_of(dialog) {
                    self.on_invite_answered(now, key, text(&message.body()));
                }
            }
            Event::Failed { dialog, status, message } => self.on_failed(now, dialog, status, message.as_ref()),
            Event::Offered { dialog, message, .. } => match self.key_of(dialog) {
                Some(key) => {
                    self.on_identity(dialog, &message);
                    self.on_offered(now, key, text(&message.body()));
                }
                None => self.stack.refuse_offer(now, dialog, 488),
            },
            Event::OfferAnswered { dialog, message } => {
                if let Some(key) = self.key_of(dialog) {
                    self.on_offer_answered(key, text(&message.body()));
                }
            }
            Event::OfferRefused { dialog, status } => {
                if let Some(key) = self.key_of(dialog) {
                    self.on_offer_refused(key, status);
                }
            }
            Event::Ended { dialog, cause } => self.ended(now, dialog, ending(cause)),
            Event::Response { request, status, message } if self.has_referred(request) => {
                self.on_refer_response(request, status, message.as_ref());
            }
            Event::Response { request, status, message } => {
                self.on_register_response(now, request, status, message.as_ref());
            }
            // Nothing is turned away or guarded in a browser.
            Event::TurnedAway { .. } => {}
            // The stack makes its offer again by itself.
            Event::Glare { .. } => {}
            Event::Guarded { request, .. } => self.stack.admit(now, request),
            Event::Refused { .. } => {}
            Event::Request { request, dialog, message, .. } => {
                let status = match message.method() {
                    // What a message says comes by the live channel, to the page that shows it.
                    "OPTIONS" | "INFO" | "NOTIFY" | "MESSAGE" => 200,
                    _ => 405,
                };
                self.stack.respond(now, request, Reply::status(status));
                if let Some(dialog) = dialog.filter(|_| message.method() == "NOTIFY") {
                    self.on_notified(now, dialog, &message);
                }
            }
        }
    }

    fn on_invited(&mut self, now: Moment, dialog: DialogId, message: &Message) {
        if self.live_calls().len() >= CALLS_MAX {
            return self.stack.reject(now, dialog, Reply::status(486));
        }
        let (number, name) = match message.from() {
            Some(from) => (from.uri.user.replace("%23", "#"), from.name),
            None => (String::new(), String::new()),
        };
        let name = if name == number { String::new() } else { name };
        // Nobody who is in a call is interrupted.
        let by_itself = self.answers_itself && self.live_calls().is_empty() && asks_to_be_answered(message);
        let key = self.add_call(false, number, name, now);
        if let Some(call) = self.call(key) {
            call.dialog = Some(dialog);
            call.view.sip_call_id = message.call_id().to_owned();
            call.offer = text(&message.body());
            call.view.by_itself = by_itself;
        }
        self.stack.ring(now, dialog, Reply::status(180), false);
        if by_itself {
            self.effects.push_back(Effect::AnswersItself);
            self.answer(key);
        }
    }

    /// Somebody else may be at the other end from now on (RFC 3325, as our own server says it).
    fn on_identity(&mut self, dialog: DialogId, message: &Message) {
        let Some(party) = message.address("P-Asserted-Identity") else { return };
        let (number, name) = (party.uri.user.replace("%23", "#"), party.name);
        if let Some(call) = self.call_of(dialog) {
            call.view.name = if name == number { String::new() } else { name };
            call.view.number = number;
        }
    }

    fn on_progress(&mut self, dialog: DialogId, status: u16, message: &Message) {
        let body = text(&message.body());
        let Some(call) = self.call_of(dialog).filter(|call| call.view.outgoing && !call.view.is_answered()) else {
            return;
        };
        if status == 180 || status == 183 {
            call.view.stage = Stage::Ringing;
        }
        if let Some(name) = message.to().map(|to| to.name).filter(|name| !name.is_empty()) {
            call.view.name = name;
        }
        let key = call.view.key;
        if !body.is_empty() && body != call.early_answer {
            call.view.early_media = true;
            call.early_answer.clone_from(&body);
            self.media(key, Order::Early(body));
        }
    }

    fn on_failed(&mut self, now: Moment, dialog: DialogId, status: u16, message: Option<&Message>) {
        let Some(call) = self.call_of(dialog) else { return };
        let key = call.view.key;
        let ending = match call.left {
            Some(_) => Ending::new(EndKind::Failed, "The call ended while the page was away."),
            None => {
                let reason = message.and_then(|message| message.header("Reason")).map(reason_text);
                let said = reason.or_else(|| message.map(|message| message.reason_phrase().to_owned()));
                failure(status, &call.view.number, &said.unwrap_or_default())
            }
        };
        self.end(now, key, ending);
    }

    fn ended(&mut self, now: Moment, dialog: DialogId, ending: Ending) {
        if let Some(key) = self.key_of(dialog) {
            self.end(now, key, ending);
        }
    }

    fn key_of(&mut self, dialog: DialogId) -> Option<CallKey> {
        self.call_of(dialog).map(|call| call.view.key)
    }
}

/// Does the server ask that it be answered by itself, in any of the ways that phones know (ADV-01…ADV-03)?
fn asks_to_be_answered(message: &Message) -> bool {
    let says = |name, words: &[&str]| {
        message.header(name).is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            words.iter().any(|word| value.contains(word))
        })
    };
    says("Call-Info", &["answer-after=0"])
        || says("Answer-Mode", &["auto"])
        || says("Alert-Info", &["info=intercom", "info=alert-autoanswer", "info=auto-answer"])
}

fn ending(cause: EndCause) -> Ending {
    match cause {
        EndCause::Bye(reason) => hung_up(&reason.as_deref().map(reason_text).unwrap_or_default()),
        EndCause::AckMissing | EndCause::SessionTimer | EndCause::Unreachable => {
            Ending::new(EndKind::Failed, "The connection to the other side was lost.")
        }
    }
}

fn text(body: &Bytes) -> String {
    String::from_utf8_lossy(body).into_owned()
}
