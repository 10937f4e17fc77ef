//! A call is handed on: to somebody who is not asked before (RFC 3515), or to the other of the person's two calls
//! (RFC 3891). The server makes the transfer and tells how it goes; until it has come off the call is still there.

use bytes::Bytes;
use shared::Moment;
use sip::message::sipfrag_status;
use sip::{DialogId, Header, Message, RequestId};

use super::Phone;
use super::call::{Call, CallKey, EndKind, Ending};
use super::number::dialable;
use super::words::{failure, reason_text};

impl Phone {
    pub(super) fn transfer(&mut self, now: Moment, key: CallKey, typed: &str) {
        let refused = match dialable(typed) {
            Err(sentence) => Some(sentence),
            Ok(number) if number == self.line.number() => Some("That is your own number."),
            Ok(number) => {
                self.refer(now, key, number.clone(), &number, "");
                None
            }
        };
        if let (Some(sentence), Some(call)) = (refused, self.call(key)) {
            call.view.trouble = Some(sentence.to_owned());
        }
    }

    pub(super) fn join(&mut self, now: Moment) {
        if !self.view().can_join() {
            return;
        }
        // The one on hold is handed on to the one that is heard.
        let mut answered: Vec<&Call> = self.calls.iter().filter(|call| call.view.is_answered()).collect();
        answered.sort_by_key(|call| !call.view.held);
        let [first, second] = answered.as_slice() else { return };
        let tags = second.dialog.and_then(|dialog| self.stack.dialog_tags(dialog));
        let Some((call_id, local_tag, remote_tag)) = tags else { return };
        let (key, other, title) = (first.view.key, second.view.number.clone(), second.view.title().to_owned());
        let replaces = escaped(&format!("{call_id};to-tag={remote_tag};from-tag={local_tag}"));
        self.refer(now, key, title, &other, &format!("?Replaces={replaces}"));
    }

    /// REFER to a number; `tail` is what its URI ends with.
    fn refer(&mut self, now: Moment, key: CallKey, title: String, number: &str, tail: &str) {
        let ready = self.line.is_ready();
        let Some(like) = self.line.request("INVITE", number) else { return };
        let Some(call) = self.call(key).filter(|call| call.view.is_answered() && call.view.transferring.is_none())
        else {
            return;
        };
        let dialog = call.dialog.filter(|_| ready && call.left.is_none());
        let Some(dialog) = dialog else {
            call.view.trouble = Some("The phone is not connected to the server yet.".into());
            return;
        };
        call.view.trouble = None;
        call.view.transferring = Some(title);
        let to = format!("<{}{tail}>", like.uri);
        let headers = vec![Header::new("Refer-To", to), Header::new("Referred-By", like.from)];
        let request = self.stack.request_in_dialog(now, dialog, "REFER", headers, Bytes::new());
        if let Some(call) = self.call(key) {
            call.refer = request;
        }
    }

    pub(super) fn has_referred(&self, request: RequestId) -> bool {
        self.calls.iter().any(|call| call.refer == Some(request))
    }

    pub(super) fn on_refer_response(&mut self, request: RequestId, status: u16, message: Option<&Message>) {
        let Some(call) = self.calls.iter_mut().find(|call| call.refer == Some(request)) else { return };
        call.refer = None;
        if status >= 300 && call.view.is_answered() {
            let said = message.and_then(|message| message.header("Reason")).map(reason_text).unwrap_or_default();
            refused(call, status, &said);
        }
    }

    /// News of a REFER of ours.
    pub(super) fn on_notified(&mut self, now: Moment, dialog: DialogId, message: &Message) {
        let status = sipfrag_status(&message.body());
        let Some(status) = status.filter(|_| message.header("Event").is_some_and(|event| event.starts_with("refer")))
        else {
            return;
        };
        let Some(call) = self.call_of(dialog).filter(|call| call.view.transferring.is_some()) else { return };
        let key = call.view.key;
        match status {
            100..200 => {}
            200..300 => {
                let title = call.view.transferring.clone().unwrap_or_default();
                self.bye(now, key, None);
                self.end(now, key, Ending::new(EndKind::Transferred, format!("Transferred to {title}.")));
            }
            _ => refused(call, status, ""),
        }
    }
}

fn refused(call: &mut Call, status: u16, said: &str) {
    let title = call.view.transferring.take().unwrap_or_default();
    let Ending { sentence, detail, .. } = failure(status, &title, said);
    let words = if detail.is_empty() { sentence } else { detail };
    call.view.trouble = Some(format!("The call was not transferred. {words}"));
}

/// As a header's value inside a URI (RFC 3261, 19.1.1): whatever is not a letter, a digit or one of few marks is escaped.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len() * 2);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
