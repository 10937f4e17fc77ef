//! The exchange of session descriptions (RFC 3264): one at a time for each call.

use bytes::Bytes;
use shared::Moment;
use sip::{Header, Reply};

use super::call::{CallKey, EndKind, Ending, Stage, Step};
use super::calling::CONNECT_WITHIN;
use super::{Order, Phone};

/// How often in a row a broken sound path is made again.
const RESTARTS_MAX: u8 = 6;

impl Phone {
    /// A new offer, at once or when the present exchange is over and the line stands.
    pub(super) fn reoffer(&mut self, key: CallKey, restart: bool) {
        let ready = self.line.is_ready();
        let Some(call) = self.call(key).filter(|call| call.view.is_answered()) else { return };
        let held = call.view.held;
        if call.left.is_some() && call.dialog.is_none() {
            if ready && call.step == Step::Idle {
                self.ordered(key, Step::InviteOffer, Order::Offer { hold: held, restart: false });
            }
        } else if !ready || call.step != Step::Idle || call.left.is_some() {
            call.due = Some(call.due.unwrap_or(false) || restart);
        } else {
            self.ordered(key, Step::Reoffer(held), Order::Offer { hold: held, restart });
        }
    }

    /// What was put off while an exchange ran or the line was down.
    pub(super) fn reoffer_due(&mut self, key: CallKey) {
        if let Some(restart) = self.call(key).and_then(|call| call.due.take()) {
            self.reoffer(key, restart);
        }
    }

    pub(super) fn on_described(&mut self, now: Moment, key: CallKey, sdp: String) {
        let Some(call) = self.call(key).filter(|call| call.view.is_live()) else { return };
        let body = Bytes::from(sdp);
        let dialog = call.dialog;
        match (call.step, dialog) {
            (Step::InviteOffer, _) => self.invite(now, key, body),
            (Step::AcceptBody(_), Some(dialog)) => {
                call.step = Step::Idle;
                call.view.stage = Stage::Connecting;
                call.view.answered_at = Some(now);
                call.wake_at = Some(now + CONNECT_WITHIN);
                self.stack.accept(now, dialog, Reply::status(200).body(body));
            }
            (Step::Reoffer(held), Some(dialog)) => {
                call.step = Step::Reoffered(held);
                self.stack.offer(now, dialog, body);
            }
            (Step::Reanswer, Some(dialog)) => {
                call.step = Step::Idle;
                self.stack.answer(now, dialog, body);
                self.reoffer_due(key);
            }
            _ => {}
        }
    }

    fn invite(&mut self, now: Moment, key: CallKey, body: Bytes) {
        let Some(call) = self.call(key) else { return };
        call.step = Step::Idle;
        let (number, replaces) = (call.view.number.clone(), call.left.as_ref().map(|left| left.replaces()));
        let Some(mut request) = self.line.request("INVITE", &number).filter(|_| self.line.is_ready()) else {
            if replaces.is_none() {
                self.end(now, key, Ending::new(EndKind::Failed, "The phone is not connected to the server."));
            }
            return;
        };
        request.body = body;
        if let Some(replaces) = replaces {
            request.headers.push(Header::new("Replaces", replaces));
        }
        let flow = self.line.flow();
        let dialog = self.stack.invite(now, flow, request);
        let call_id = self.stack.dialog_names(dialog).map(|(call_id, _)| call_id.to_owned());
        if let Some(call) = self.call(key) {
            call.dialog = Some(dialog);
            call.view.sip_call_id = call_id.unwrap_or_default();
        }
    }

    /// The answer to our INVITE: the call stands.
    pub(super) fn on_invite_answered(&mut self, now: Moment, key: CallKey, body: String) {
        let Some(call) = self.call(key) else { return };
        let early = std::mem::take(&mut call.early_answer);
        let answer = if body.is_empty() { early } else { body };
        call.left = None;
        call.view.stage = if call.connected { Stage::Talking } else { Stage::Connecting };
        call.view.early_media = false;
        call.view.interrupted = false;
        call.view.answered_at = call.view.answered_at.or(Some(now));
        call.wake_at = Some(now + CONNECT_WITHIN);
        self.media(key, Order::Accept(answer));
        self.reoffer_due(key);
    }

    pub(super) fn on_offered(&mut self, now: Moment, key: CallKey, offer: String) {
        let Some(call) = self.call(key).filter(|call| call.view.is_answered()) else { return };
        if call.step != Step::Idle {
            if let Some(dialog) = call.dialog {
                self.stack.refuse_offer(now, dialog, 491);
            }
            return;
        }
        let hold = call.view.held;
        if offer.is_empty() {
            self.ordered(key, Step::Reanswer, Order::Offer { hold, restart: false });
        } else {
            call.view.held_by_peer = offers_hold(&offer);
            self.ordered(key, Step::Reanswer, Order::Answer { offer, hold });
        }
    }

    pub(super) fn on_offer_answered(&mut self, key: CallKey, answer: String) {
        let Some(call) = self.call(key) else { return };
        let Step::Reoffered(held) = std::mem::take(&mut call.step) else { return };
        call.view.trouble = None;
        if held != call.view.held {
            call.due = Some(call.due.unwrap_or(false));
        }
        self.media(key, Order::Accept(answer));
        self.reoffer_due(key);
    }

    pub(super) fn on_offer_refused(&mut self, key: CallKey, status: u16) {
        let ready = self.line.is_ready();
        let Some(call) = self.call(key) else { return };
        let Step::Reoffered(held) = std::mem::take(&mut call.step) else { return };
        if !ready || matches!(status, 408 | 503) {
            // Lost with the connection; it is offered again when the line stands.
            call.due = Some(true);
        } else if held == call.view.held {
            call.view.held = !held;
            call.view.trouble = Some("The other side did not accept the change.".into());
        }
        self.media(key, Order::Rollback);
        self.reoffer_due(key);
    }

    pub(super) fn on_media_connected(&mut self, key: CallKey) {
        let Some(call) = self.call(key).filter(|call| call.view.is_live()) else { return };
        call.connected = true;
        call.restarts = 0;
        if call.left.is_none() {
            call.view.interrupted = false;
        }
        if call.view.is_answered() {
            call.view.stage = Stage::Talking;
            call.view.trouble = None;
            call.wake_at = None;
        }
    }

    pub(super) fn on_media_interrupted(&mut self, key: CallKey) {
        let Some(call) = self.call(key) else { return };
        call.connected = false;
        if call.view.is_answered() && call.restarts < RESTARTS_MAX {
            call.view.interrupted = true;
            call.restarts += 1;
            self.reoffer(key, true);
        }
    }

    /// The line was lost: calls that are not answered yet cannot be saved, the others wait.
    pub(super) fn on_line_lost(&mut self, now: Moment) {
        for key in self.live_calls() {
            let Some(call) = self.call(key) else { continue };
            match call.view.stage {
                Stage::Connecting | Stage::Talking if call.left.is_some() => {
                    // Its INVITE went with the connection; it is sent again.
                    (call.dialog, call.step) = (None, Step::Idle);
                }
                Stage::Connecting | Stage::Talking => call.view.interrupted = true,
                Stage::Incoming => {
                    let dialog = call.dialog.take();
                    let ending = Ending::new(EndKind::Missed, "The connection was lost while it rang.");
                    if let Some(dialog) = dialog {
                        self.stack.reject(now, dialog, Reply::status(480));
                    }
                    self.end(now, key, ending);
                }
                Stage::Calling | Stage::Ringing => {
                    let ending = Ending::new(EndKind::Failed, "The connection was lost before the call was answered.");
                    self.end(now, key, ending);
                }
                Stage::Ended(_) => {}
            }
        }
    }

    /// The line stands (again): dialogs move to it, broken sound paths are made again, calls are taken up.
    pub(super) fn on_line_ready(&mut self, now: Moment) {
        let flow = self.line.flow();
        for dialog in std::mem::take(&mut self.byes) {
            self.stack.move_dialog(dialog, flow);
            self.stack.bye(now, dialog, None);
        }
        for key in self.live_calls() {
            let Some(call) = self.call(key).filter(|call| call.view.is_answered()) else { continue };
            match (call.dialog, call.left.is_some()) {
                (Some(dialog), false) => {
                    let restart = call.view.interrupted || call.due.is_some();
                    call.due = None;
                    self.stack.move_dialog(dialog, flow);
                    if restart {
                        self.reoffer(key, true);
                    }
                }
                (None, true) => self.reoffer(key, false),
                _ => {}
            }
        }
    }
}

/// Does this offer put us on hold (RFC 3264, 8.4)?
fn offers_hold(sdp: &str) -> bool {
    sdp.lines().any(|line| matches!(line.trim_end(), "a=sendonly" | "a=inactive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_to_send_only_is_a_hold() {
        assert!(offers_hold("v=0\r\nm=audio 9 RTP/AVP 0\r\na=sendonly\r\n"));
        assert!(!offers_hold("v=0\r\nm=audio 9 RTP/AVP 0\r\na=sendrecv\r\n"));
    }
}
