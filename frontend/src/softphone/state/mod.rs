//! The phone without a browser: registration and calls over one [`sip::Stack`], as a machine.
//!
//! Map: `line` keeps the connection and the registration; `calling` is what the person does; `event` is what the wire
//! says; `negotiation` is the exchange of session descriptions; `transfer` hands calls on; `call` is one call, `left` a call of the page before
//! this one, `number` and `words` are what goes in and comes out in plain text.
//!
//! **Invariant:** one [`Phone::handle_input`], then drain [`Phone::poll_effect`], then the next.

mod call;
mod calling;
mod event;
mod left;
mod line;
mod negotiation;
mod number;
#[cfg(test)]
mod tests;
mod transfer;
mod words;

use std::collections::VecDeque;

use bytes::Bytes;
use shared::Moment;
use shared::account::PhoneCredential;
use sip::{ConnectionId, DialogId, Output, Stack, Transport};

pub use call::{CallKey, CallView, EndKind, Stage};
pub use left::{LeftCall, LeftPage};
pub use line::LineView;
pub use words::MediaTrouble;

use call::Call;
use line::Line;

/// The calls that a person can have at a time, one of them on hold.
pub const CALLS_MAX: usize = 2;
/// The ended calls that stay on the screen.
const ENDED_MAX: usize = 4;

/// What happens to the phone.
#[derive(Debug)]
pub enum Input {
    /// Somebody with an extension is signed in.
    SignedIn {
        /// The extension's calls that the page before this one left.
        left: Option<LeftPage>,
    },
    /// Nobody is signed in any more.
    SignedOut,
    /// What `FetchCredential` brought.
    Credential(PhoneCredential),
    /// Why it brought nothing, as a sentence.
    CredentialRefused(String),
    /// The WebSocket stands.
    SocketOpened(ConnectionId),
    /// The WebSocket is gone or could not be opened.
    SocketClosed(ConnectionId),
    /// One message of the WebSocket.
    SocketMessage(ConnectionId, Bytes),
    /// The network came back or changed, or the page is looked at again: see whether the connection still stands.
    NetworkChanged,
    /// Whether a call that asks for it is answered by itself, as by an intercom (PAG-04).
    AnswersItself(bool),
    /// Make a call.
    Dial {
        /// As it was typed.
        number: String,
        /// The person's name; empty where it is not known.
        name: String,
    },
    /// Take an incoming call.
    Answer(CallKey),
    /// Do not take it.
    Decline(CallKey),
    /// End a call, or give it up.
    HangUp(CallKey),
    /// Shut or open the microphone.
    SetMuted(CallKey, bool),
    /// Put on hold, or take up again; that puts the other call on hold.
    SetHeld(CallKey, bool),
    /// Talk to the call on hold and put the present one on hold.
    Swap,
    /// Hand a call on to somebody, who is not asked before.
    Transfer {
        /// Which call.
        key: CallKey,
        /// As it was typed.
        number: String,
    },
    /// Connect the two calls with each other, and leave both.
    Join,
    /// Press a key of the keypad.
    Digit(CallKey, char),
    /// Take an ended call from the screen.
    Dismiss(CallKey),
    /// The session description that was ordered.
    Described(CallKey, String),
    /// An order about sound could not be carried out.
    MediaFailed(CallKey, MediaTrouble),
    /// Sound can flow.
    MediaConnected(CallKey),
    /// Sound cannot flow any more.
    MediaInterrupted(CallKey),
    /// The browser cannot send this key in the sound path (RFC 4733).
    DigitUnsent(CallKey, char),
    /// Time has come to `poll_timeout`.
    Timeout,
}

/// What the phone wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ask the API for a fresh credential.
    FetchCredential,
    /// Open a WebSocket.
    OpenSocket(ConnectionId),
    /// Close it; no more inputs about it are wanted.
    CloseSocket(ConnectionId),
    /// Send this on it.
    Send(ConnectionId, Bytes),
    /// Do this for a call's sound.
    Media(CallKey, Order),
    /// A call is answered by itself: whoever sits here is to hear that.
    AnswersItself,
    /// The view is another.
    Changed,
}

/// What the sound of one call is ordered to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Make an offer; answered by `Described` or `MediaFailed`.
    Offer {
        /// Nothing is to be heard here.
        hold: bool,
        /// With new ICE credentials (RFC 8445, 9): the network is another.
        restart: bool,
    },
    /// Make an answer to this offer; answered by `Described` or `MediaFailed`.
    Answer {
        /// The other side's offer.
        offer: String,
        /// Nothing is to be heard here.
        hold: bool,
    },
    /// The other side's answer before it picks up.
    Early(String),
    /// The other side's answer.
    Accept(String),
    /// The offer was refused; all stays as it was.
    Rollback,
    /// Shut or open the microphone.
    Mute(bool),
    /// Send a key.
    Digit(char),
    /// The call is over.
    Close,
}

/// What this browser is, made once a page.
#[derive(Clone, Debug)]
pub struct Identity {
    /// `+sip.instance` as a URN (RFC 5626), kept over reloads of the tab.
    pub instance: String,
    /// Is the page served over TLS, so that the WebSocket is too?
    pub secure: bool,
    /// From the browser's dice.
    pub seed: u64,
}

/// What the person sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhoneView {
    /// The registration.
    pub line: LineView,
    /// The own number; empty until it is known.
    pub number: String,
    /// Calls in the order of their beginning, ended ones for a while.
    pub calls: Vec<CallView>,
    /// The call whose sound is heard.
    pub active: Option<CallKey>,
}

impl PhoneView {
    /// A call by its key.
    pub fn call(&self, key: CallKey) -> Option<&CallView> {
        self.calls.iter().find(|call| call.key == key)
    }

    /// The first call that waits to be answered.
    pub fn incoming(&self) -> Option<&CallView> {
        self.calls.iter().find(|call| call.stage == Stage::Incoming)
    }

    /// Calls that are neither over nor waiting to be answered.
    pub fn running(&self) -> impl Iterator<Item = &CallView> {
        self.calls.iter().filter(|call| call.is_live() && call.stage != Stage::Incoming)
    }

    /// Can the two calls be connected with each other?
    pub fn can_join(&self) -> bool {
        let mut answered = self.calls.iter().filter(|call| call.is_answered());
        let both = [answered.next(), answered.next()];
        both.iter().all(|call| call.is_some_and(|call| call.transferring.is_none() && !call.interrupted))
    }

    /// The call that buttons and keys act on: the one that is heard, else the latest that runs.
    pub fn focus(&self) -> Option<&CallView> {
        self.active.and_then(|key| self.call(key)).or_else(|| self.running().last())
    }
}

/// The phone.
#[derive(Debug)]
pub struct Phone {
    stack: Stack,
    line: Line,
    calls: Vec<Call>,
    /// Dialogs whose BYE waits for a connection.
    byes: Vec<DialogId>,
    effects: VecDeque<Effect>,
    answers_itself: bool,
    next_call: u64,
}

impl Phone {
    /// A phone of nobody.
    pub fn new(identity: Identity) -> Self {
        let mut dice = Dice(identity.seed);
        let line = Line::new(&identity, &mut dice);
        let transport = if identity.secure { Transport::Wss } else { Transport::Ws };
        let config = sip::Config {
            user_agent: "Belfry browser phone".into(),
            sent_by: [(transport, line.host().to_owned())].into(),
            session_expires: None,
            dialogs_max: 32,
            ..sip::Config::default()
        };
        Self {
            stack: Stack::new(config, dice.next()),
            line,
            calls: Vec::new(),
            byes: Vec::new(),
            effects: VecDeque::new(),
            answers_itself: false,
            next_call: 0,
        }
    }

    /// One thing that happened.
    pub fn handle_input(&mut self, now: Moment, input: Input) {
        let before = self.view();
        match input {
            Input::SignedIn { left } => self.sign_in(now, left),
            Input::SignedOut => self.sign_out(now),
            Input::Credential(credential) => self.on_credential(now, credential),
            Input::CredentialRefused(reason) => self.on_credential_refused(now, reason),
            Input::SocketOpened(connection) => self.on_socket_opened(now, connection),
            Input::SocketClosed(connection) => self.on_socket_closed(now, connection),
            Input::SocketMessage(connection, bytes) => self.on_socket_message(now, connection, bytes),
            Input::NetworkChanged => self.on_network_changed(now),
            Input::AnswersItself(on) => self.answers_itself = on,
            Input::Dial { number, name } => self.dial(now, &number, &name),
            Input::Answer(key) => self.answer(key),
            Input::Decline(key) => self.decline(now, key),
            Input::HangUp(key) => self.hang_up(now, key),
            Input::SetMuted(key, muted) => self.set_muted(key, muted),
            Input::SetHeld(key, held) => self.set_held(key, held),
            Input::Swap => self.swap(),
            Input::Transfer { key, number } => self.transfer(now, key, &number),
            Input::Join => self.join(now),
            Input::Digit(key, digit) => self.digit(key, digit),
            Input::Dismiss(key) => self.calls.retain(|call| call.view.key != key || call.view.is_live()),
            Input::Described(key, sdp) => self.on_described(now, key, sdp),
            Input::MediaFailed(key, trouble) => self.on_media_failed(now, key, trouble),
            Input::MediaConnected(key) => self.on_media_connected(key),
            Input::MediaInterrupted(key) => self.on_media_interrupted(key),
            Input::DigitUnsent(key, digit) => self.digit_by_info(now, key, digit),
            Input::Timeout => self.on_timeout(now),
        }
        self.drain(now);
        if self.view() != before {
            self.effects.push_back(Effect::Changed);
        }
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When to come back with `Timeout`.
    pub fn poll_timeout(&self) -> Option<Moment> {
        let calls = self.calls.iter().filter_map(|call| call.wake_at);
        calls.chain(self.stack.poll_timeout()).chain(self.line.poll_timeout()).min()
    }

    /// What the person sees.
    pub fn view(&self) -> PhoneView {
        let calls: Vec<CallView> = self.calls.iter().map(|call| call.view.clone()).collect();
        let heard = |call: &&CallView| {
            (call.is_answered() && !call.held) || (call.outgoing && call.is_live() && !call.is_answered())
        };
        let active = calls.iter().rev().find(heard).map(|call| call.key);
        PhoneView { line: self.line.view.clone(), number: self.line.number().to_owned(), calls, active }
    }

    /// What the next page needs to take the answered calls up again.
    pub fn leave(&self, now: Moment) -> LeftPage {
        let left = |call: &Call| {
            if !call.view.is_answered() {
                return None;
            }
            let tags = call.dialog.and_then(|dialog| self.stack.dialog_tags(dialog));
            // A call that this page has not yet taken up itself is handed on as it was.
            let Some((call_id, local_tag, remote_tag)) = tags else { return call.left.clone() };
            let CallView { outgoing, number, name, began_at, answered_at, muted, held, .. } = call.view.clone();
            Some(LeftCall {
                call_id,
                local_tag,
                remote_tag,
                outgoing,
                number,
                name,
                began_at,
                answered_at,
                muted,
                held,
            })
        };
        LeftPage { at: now, number: self.line.number().to_owned(), calls: self.calls.iter().filter_map(left).collect() }
    }

    fn on_timeout(&mut self, now: Moment) {
        if self.stack.poll_timeout().is_some_and(|at| at <= now) {
            self.stack.handle_timeout(now);
        }
        self.line_timeout(now);
        self.calls_timeout(now);
    }

    /// Carries the stack's outputs out until it has none left.
    fn drain(&mut self, now: Moment) {
        loop {
            let outputs: Vec<Output> = std::iter::from_fn(|| self.stack.poll_output()).collect();
            if outputs.is_empty() {
                break;
            }
            for output in outputs {
                match output {
                    Output::Send { flow, bytes } => self.line_send(flow.connection, bytes),
                    Output::Event(event) => self.on_event(now, event),
                }
            }
        }
    }

    fn call(&mut self, key: CallKey) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.view.key == key)
    }

    fn call_of(&mut self, dialog: DialogId) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.dialog == Some(dialog))
    }

    fn media(&mut self, key: CallKey, order: Order) {
        self.effects.push_back(Effect::Media(key, order));
    }
}

/// SplitMix64: enough for names and jitter, the same for the same seed.
#[derive(Debug)]
pub(super) struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Twelve lower-case letters and digits.
    pub fn token(&mut self) -> String {
        let mut bits = self.next();
        let mut token = String::with_capacity(12);
        for _ in 0..12 {
            token.push(char::from_digit((bits % 36) as u32, 36).unwrap_or('x'));
            bits /= 36;
        }
        token
    }
}
