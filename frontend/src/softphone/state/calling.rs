//! What the person does with calls, and what time does to them.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use sip::{Header, Reply};

use super::call::{Call, CallKey, EndKind, Ending, Stage, Step};
use super::left::LeftPage;
use super::number::dialable;
use super::words::MediaTrouble;
use super::{CALLS_MAX, ENDED_MAX, Order, Phone};

/// An answered call without a sound path gets its hint after this.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(12);
/// A call of the page before this one is given up when the line does not stand by then.
const TAKE_UP_WITHIN: Duration = Duration::from_secs(30);

impl Phone {
    pub(super) fn dial(&mut self, now: Moment, typed: &str, name: &str) {
        self.calls.retain(|call| call.view.is_live());
        let refused = match dialable(typed) {
            Err(sentence) => Some((typed.trim().to_owned(), sentence)),
            Ok(number) if !self.line.is_ready() => Some((number, "The phone is not connected to the server yet.")),
            Ok(number) if number == self.line.number() => Some((number, "That is your own number.")),
            Ok(number) if self.live_calls().len() >= CALLS_MAX => Some((number, "End one of your two calls first.")),
            Ok(number) => {
                self.hold_others(None);
                let key = self.add_call(true, number, name.to_owned(), now);
                self.ordered(key, Step::InviteOffer, Order::Offer { hold: false, restart: false });
                None
            }
        };
        if let Some((number, sentence)) = refused {
            let key = self.add_call(true, number, String::new(), now);
            self.end(now, key, Ending::new(EndKind::Failed, sentence));
        }
    }

    pub(super) fn answer(&mut self, key: CallKey) {
        let Some(call) = self.call(key).filter(|call| call.view.stage == Stage::Incoming && call.step == Step::Idle)
        else {
            return;
        };
        call.view.trouble = None;
        let offer = call.offer.clone();
        self.hold_others(Some(key));
        if offer.is_empty() {
            self.ordered(key, Step::AcceptBody(true), Order::Offer { hold: false, restart: false });
        } else {
            self.ordered(key, Step::AcceptBody(false), Order::Answer { offer, hold: false });
        }
    }

    pub(super) fn decline(&mut self, now: Moment, key: CallKey) {
        // While another call runs the person is busy; else nobody of the extension wants the call (RFC 3261, 21.6.2).
        let busy = self.calls.iter().any(|call| call.view.is_answered());
        let Some(call) = self.call(key).filter(|call| call.view.stage == Stage::Incoming) else { return };
        if let Some(dialog) = call.dialog.take() {
            self.stack.reject(now, dialog, Reply::status(if busy { 486 } else { 603 }));
        }
        self.end(now, key, Ending::new(EndKind::Declined, "Declined"));
    }

    pub(super) fn hang_up(&mut self, now: Moment, key: CallKey) {
        let Some(call) = self.call(key) else { return };
        match call.view.stage {
            Stage::Incoming => return self.decline(now, key),
            Stage::Ended(_) => return,
            Stage::Calling | Stage::Ringing => {
                if let Some(dialog) = call.dialog.take() {
                    self.stack.cancel(now, dialog, None);
                }
            }
            Stage::Connecting | Stage::Talking => self.bye(now, key, None),
        }
        self.end(now, key, Ending::new(EndKind::HungUp, "You hung up."));
    }

    /// BYE, at once or when the line stands again; a call that is still to be taken up again is only forgotten.
    pub(super) fn bye(&mut self, now: Moment, key: CallKey, reason: Option<&str>) {
        let ready = self.line.is_ready();
        let Some(call) = self.call(key) else { return };
        let Some(dialog) = call.dialog.take() else { return };
        match call.left {
            Some(_) => self.stack.cancel(now, dialog, reason),
            None if ready => self.stack.bye(now, dialog, reason),
            None => self.byes.push(dialog),
        }
    }

    pub(super) fn set_muted(&mut self, key: CallKey, muted: bool) {
        let Some(call) = self.call(key).filter(|call| call.view.is_live()) else { return };
        call.view.muted = muted;
        self.media(key, Order::Mute(muted));
    }

    pub(super) fn set_held(&mut self, key: CallKey, held: bool) {
        let Some(call) = self.call(key).filter(|call| call.view.is_answered() && call.view.held != held) else {
            return;
        };
        call.view.held = held;
        if !held {
            self.hold_others(Some(key));
        }
        self.reoffer(key, false);
    }

    pub(super) fn swap(&mut self) {
        let other = self.calls.iter().find(|call| call.view.is_answered() && call.view.held).map(|call| call.view.key);
        if let Some(other) = other {
            self.set_held(other, false);
        }
    }

    pub(super) fn hold_others(&mut self, except: Option<CallKey>) {
        let answered = |call: &&Call| call.view.is_answered() && Some(call.view.key) != except;
        let others: Vec<CallKey> = self.calls.iter().filter(answered).map(|call| call.view.key).collect();
        for other in others {
            self.set_held(other, true);
        }
    }

    pub(super) fn digit(&mut self, key: CallKey, digit: char) {
        let fits = digit.is_ascii_digit() || matches!(digit, '*' | '#' | 'A'..='D');
        if fits && self.call(key).is_some_and(|call| call.view.is_live() && call.view.stage != Stage::Incoming) {
            self.media(key, Order::Digit(digit));
        }
    }

    /// The key as SIP INFO, for a sound path without telephone-event.
    pub(super) fn digit_by_info(&mut self, now: Moment, key: CallKey, digit: char) {
        let Some(dialog) = self.call(key).filter(|call| call.view.is_answered()).and_then(|call| call.dialog) else {
            return;
        };
        let body = Bytes::from(format!("Signal={digit}\r\nDuration=160\r\n"));
        let headers = vec![Header::new("Content-Type", "application/dtmf-relay")];
        self.stack.request_in_dialog(now, dialog, "INFO", headers, body);
    }

    pub(super) fn add_call(&mut self, outgoing: bool, number: String, name: String, now: Moment) -> CallKey {
        self.next_call += 1;
        let key = CallKey(self.next_call);
        self.calls.push(Call::new(key, outgoing, number, name, now));
        key
    }

    pub(super) fn ordered(&mut self, key: CallKey, step: Step, order: Order) {
        if let Some(call) = self.call(key) {
            call.step = step;
            self.media(key, order);
        }
    }

    pub(super) fn end(&mut self, now: Moment, key: CallKey, ending: Ending) {
        let Some(call) = self.call(key).filter(|call| call.view.is_live()) else { return };
        call.wake_at = Some(now + ending.kind.linger());
        call.view.stage = Stage::Ended(ending);
        call.view.trouble = None;
        call.dialog = None;
        call.left = None;
        call.step = Step::Idle;
        self.media(key, Order::Close);
        let ended = self.calls.iter().filter(|call| !call.view.is_live()).count();
        if ended > ENDED_MAX
            && let Some(at) = self.calls.iter().position(|call| !call.view.is_live())
        {
            self.calls.remove(at);
        }
    }

    pub(super) fn live_calls(&self) -> Vec<CallKey> {
        self.calls.iter().filter(|call| call.view.is_live()).map(|call| call.view.key).collect()
    }

    /// Calls of the page before this one, shown at once and taken up when the line stands.
    pub(super) fn take_up(&mut self, now: Moment, page: Option<LeftPage>) {
        let Some(page) = page else { return };
        let number = page.number.clone();
        for left in page.calls_at(now).into_iter().take(CALLS_MAX) {
            let key = self.add_call(left.outgoing, left.number.clone(), left.name.clone(), now);
            if let Some(call) = self.call(key) {
                call.view.stage = Stage::Connecting;
                call.view.interrupted = true;
                call.view.began_at = left.began_at;
                call.view.answered_at = left.answered_at;
                (call.view.muted, call.view.held) = (left.muted, left.held);
                call.wake_at = Some(now + TAKE_UP_WITHIN);
                call.left = Some(left);
                call.left_number.clone_from(&number);
            }
        }
    }

    /// A call of the page before this one belongs to the extension that had it.
    pub(super) fn drop_strange_calls(&mut self, now: Moment, number: &str) {
        let strange = |call: &&Call| call.left.is_some() && call.left_number != number;
        let keys: Vec<CallKey> = self.calls.iter().filter(strange).map(|call| call.view.key).collect();
        for key in keys {
            self.end(now, key, Ending::new(EndKind::HungUp, "You hung up."));
        }
    }

    pub(super) fn calls_timeout(&mut self, now: Moment) {
        self.calls.retain(|call| call.view.is_live() || call.wake_at.is_some_and(|at| at > now));
        let due = |call: &&Call| call.wake_at.is_some_and(|at| at <= now);
        let keys: Vec<CallKey> = self.calls.iter().filter(due).map(|call| call.view.key).collect();
        for key in keys {
            let Some(call) = self.call(key) else { continue };
            call.wake_at = None;
            if call.left.is_some() {
                let ending = Ending::new(EndKind::Failed, "The call ended while the page was away.");
                self.bye(now, key, None);
                self.end(now, key, ending);
            } else if call.view.stage == Stage::Connecting {
                call.view.trouble = Some(
                    "No sound path yet. A firewall may keep UDP from reaching the server; ask whoever runs your network."
                        .into(),
                );
            }
        }
    }

    pub(super) fn on_media_failed(&mut self, now: Moment, key: CallKey, trouble: MediaTrouble) {
        let Some(call) = self.call(key).filter(|call| call.view.is_live()) else { return };
        let step = std::mem::take(&mut call.step);
        let sentence = trouble.sentence();
        match step {
            Step::AcceptBody(_) if !matches!(trouble, MediaTrouble::Other(_)) => {
                // It rings on: the person can mend it and answer.
                call.view.trouble = Some(sentence);
            }
            Step::AcceptBody(_) => {
                if let Some(dialog) = call.dialog.take() {
                    self.stack.reject(now, dialog, Reply::status(488));
                }
                self.end(now, key, Ending::new(EndKind::Failed, sentence));
            }
            Step::InviteOffer => self.end(now, key, Ending::new(EndKind::Failed, sentence)),
            Step::Reoffer(held) => {
                call.view.held = !held;
                call.view.trouble = Some(sentence);
            }
            Step::Reanswer => {
                if let Some(dialog) = call.dialog {
                    self.stack.refuse_offer(now, dialog, 488);
                }
            }
            Step::Idle | Step::Reoffered(_) if call.view.is_answered() => {
                self.bye(now, key, Some("SIP;cause=488;text=\"The browser could not use the answer\""));
                self.end(now, key, Ending::new(EndKind::Failed, sentence));
            }
            Step::Idle | Step::Reoffered(_) => call.view.trouble = Some(sentence),
        }
    }
}
