//! The lite side of ICE (RFC 8445, 2.5): answers checks, remembers which addresses proved themselves.

use std::time::Duration;

use rtc_dtls::crypto_provider::RTCCrypto;
use rtc_stun::attributes::{ATTR_ICE_CONTROLLED, ATTR_MESSAGE_INTEGRITY, ATTR_USE_CANDIDATE, ATTR_USERNAME};
use rtc_stun::error_code::{CODE_ROLE_CONFLICT, ErrorCodeAttribute};
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::integrity::MessageIntegrity;
use rtc_stun::message::{
    BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, Message, MessageType, Setter, is_stun_message,
};
use rtc_stun::xoraddr::XorMappedAddress;
use shared::Moment;

use crate::dice::Dice;
use crate::engine::Transmit;

/// Characters of our user name fragments and passwords (RFC 8445, 5.3: at least 4 and 22).
const UFRAG_CHARS: usize = 8;
const PWD_CHARS: usize = 24;
/// The most addresses of one peer that are remembered.
pub(crate) const ADDRESSES_MAX: usize = 8;
/// Nothing is sent to a peer that has not checked for this long (RFC 7675, 5.1).
pub(crate) const CONSENT_EXPIRES: Duration = Duration::from_secs(30);
/// The most attributes of a check; a browser sends nine.
const ATTRIBUTES_MAX: usize = 32;

/// A check whose user name could be read; nothing is proved yet.
pub(crate) struct Request {
    message: Message,
    local: String,
    remote: String,
}

impl Request {
    /// Reads a binding request.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if !is_stun_message(bytes) {
            return None;
        }
        let mut message = Message::new();
        message.unmarshal_binary(bytes).ok()?;
        if message.typ != BINDING_REQUEST || message.attributes.0.len() > ATTRIBUTES_MAX {
            return None;
        }
        let name = String::from_utf8(message.get(ATTR_USERNAME).ok()?).ok()?;
        let (local, remote) = name.split_once(':')?;
        Some(Self { local: local.to_owned(), remote: remote.to_owned(), message })
    }

    /// Which leg it is meant for.
    pub(crate) fn ufrag(&self) -> &str {
        &self.local
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
}

impl Credentials {
    fn new(dice: &mut Dice) -> Self {
        Self { ufrag: dice.word(UFRAG_CHARS), pwd: dice.word(PWD_CHARS) }
    }
}

/// What came of a check.
pub(crate) struct Checked {
    /// What is sent back to where it came from.
    pub(crate) reply: Vec<u8>,
    /// The address has proved itself and belongs to the leg.
    pub(crate) proved: bool,
    /// This one was forgotten for it.
    pub(crate) forgotten: Option<Transmit>,
}

/// The state of one leg.
#[derive(Debug)]
pub(crate) struct Ice {
    pub(crate) local: Credentials,
    /// Those of before a restart, good until the first check with the new ones.
    pub(crate) previous: Option<Credentials>,
    remote_ufrag: Option<String>,
    /// Addresses that proved themselves, and when last.
    addresses: Vec<(Transmit, Moment)>,
    nominated: Option<Transmit>,
}

impl Ice {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        Self {
            local: Credentials::new(dice),
            previous: None,
            remote_ufrag: None,
            addresses: Vec::new(),
            nominated: None,
        }
    }

    /// Would this user name fragment of the peer's start ICE anew (RFC 8445, 9)?
    pub(crate) fn is_restart(&self, remote_ufrag: &str) -> bool {
        self.remote_ufrag.as_ref().is_some_and(|known| known != remote_ufrag)
    }

    /// New credentials for the new start.
    pub(crate) fn restart(&mut self, dice: &mut Dice) {
        let old = std::mem::replace(&mut self.local, Credentials::new(dice));
        self.previous = Some(old);
        self.remote_ufrag = None;
    }

    pub(crate) fn set_remote(&mut self, ufrag: &str) {
        self.remote_ufrag = Some(ufrag.to_owned());
    }

    /// Answers a check when it is signed with our password.
    pub(crate) fn check(
        &mut self,
        now: Moment,
        from: Transmit,
        request: &mut Request,
        crypto: &dyn RTCCrypto,
    ) -> Option<Checked> {
        let fresh = request.local == self.local.ufrag;
        let credentials = if fresh { &self.local } else { self.previous.as_ref()? };
        if credentials.ufrag != request.local || !request.message.contains(ATTR_MESSAGE_INTEGRITY) {
            return None;
        }
        let named = self.remote_ufrag.as_ref().is_none_or(|ufrag| *ufrag == request.remote);
        if fresh && !named {
            return None;
        }
        MessageIntegrity::check(&mut request.message, credentials.pwd.as_bytes(), crypto).ok()?;
        FINGERPRINT.check(&request.message).ok()?;
        let pwd = credentials.pwd.clone();
        if request.message.contains(ATTR_ICE_CONTROLLED) {
            // A lite agent is never in control (RFC 8445, 7.3.1.1).
            let conflict = ErrorCodeAttribute { code: CODE_ROLE_CONFLICT, reason: b"Role Conflict".to_vec() };
            let reply = reply(&request.message, BINDING_ERROR, &conflict, pwd, crypto)?;
            return Some(Checked { reply, proved: false, forgotten: None });
        }
        if fresh {
            self.previous = None;
        }
        let forgotten = self.remember(now, from);
        if request.message.contains(ATTR_USE_CANDIDATE) {
            self.nominated = Some(from);
        }
        let mapped = XorMappedAddress { ip: from.to.ip(), port: from.to.port() };
        let reply = reply(&request.message, BINDING_SUCCESS, &mapped, pwd, crypto)?;
        Some(Checked { reply, proved: true, forgotten })
    }

    /// The address that media is sent to: the nominated one.
    pub(crate) fn nominated(&self) -> Option<Transmit> {
        self.nominated
    }

    /// The address that the handshake is sent to: the nominated one, else the last that proved itself.
    pub(crate) fn reachable(&self) -> Option<Transmit> {
        self.nominated.or_else(|| self.addresses.iter().max_by_key(|(_, at)| *at).map(|(address, _)| *address))
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = Transmit> {
        self.addresses.iter().map(|(address, _)| *address)
    }

    /// Until when the nominated address has agreed to be sent to.
    pub(crate) fn consent_until(&self) -> Option<Moment> {
        let nominated = self.nominated?;
        self.addresses.iter().find(|(address, _)| *address == nominated).map(|(_, at)| *at + CONSENT_EXPIRES)
    }

    /// Stops sending when consent has run out; true when it just has.
    pub(crate) fn expire(&mut self, now: Moment) -> bool {
        let has_run_out = self.consent_until().is_none_or(|until| until <= now);
        self.nominated.take_if(|_| has_run_out).is_some()
    }

    fn remember(&mut self, now: Moment, from: Transmit) -> Option<Transmit> {
        if let Some((_, at)) = self.addresses.iter_mut().find(|(address, _)| *address == from) {
            *at = now;
            return None;
        }
        let mut forgotten = None;
        if self.addresses.len() == ADDRESSES_MAX {
            let kept = |(address, _): &&(Transmit, Moment)| Some(*address) != self.nominated;
            forgotten = self.addresses.iter().filter(kept).min_by_key(|(_, at)| *at).map(|(address, _)| *address);
            self.addresses.retain(|(address, _)| Some(*address) != forgotten);
        }
        self.addresses.push((from, now));
        forgotten
    }
}

fn reply(
    request: &Message,
    kind: MessageType,
    says: &dyn Setter,
    pwd: String,
    crypto: &dyn RTCCrypto,
) -> Option<Vec<u8>> {
    let mut message = Message::new();
    message.transaction_id = request.transaction_id;
    message.set_type(kind);
    message.write_header();
    says.add_to(&mut message).ok()?;
    MessageIntegrity::new_short_term_integrity_with_provider(pwd, crypto).add_to(&mut message).ok()?;
    FINGERPRINT.add_to(&mut message).ok()?;
    Some(message.raw)
}
