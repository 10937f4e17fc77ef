//! ICE-lite and DTLS-SRTP to a browser; the only place that knows webrtc-rs (rtc-dtls, rtc-srtp, rtc-stun).

mod ice;
mod identity;
mod secure;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use shared::Moment;
use shared::reason::Reason;

pub(crate) use ice::{Checked, Request};
pub(crate) use identity::Identity;

use crate::dice::Dice;
use crate::engine::Transmit;
use crate::sdp::{Audio, Setup};
use ice::Ice;
use secure::Secure;

/// The network side of a browser.
#[derive(Debug)]
pub(crate) struct BrowserLeg {
    identity: Arc<Identity>,
    ice: Ice,
    /// Our part in the handshake, once it is settled.
    setup: Option<Setup>,
    secure: Option<Secure>,
}

impl BrowserLeg {
    pub(crate) fn new(identity: Arc<Identity>, dice: &mut Dice) -> Self {
        Self { identity, ice: Ice::new(dice), setup: None, secure: None }
    }

    pub(crate) fn ufrag(&self) -> &str {
        &self.ice.local.ufrag
    }

    pub(crate) fn pwd(&self) -> &str {
        &self.ice.local.pwd
    }

    pub(crate) fn fingerprint(&self) -> &str {
        self.identity.fingerprint()
    }

    /// All fragments that checks may name.
    pub(crate) fn ufrags(&self) -> impl Iterator<Item = &str> {
        let previous = self.ice.previous.as_ref().map(|credentials| credentials.ufrag.as_str());
        [self.ufrag()].into_iter().chain(previous)
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = Transmit> {
        self.ice.addresses()
    }

    /// Before an offer is answered: new credentials where it starts ICE anew.
    pub(crate) fn consider(&mut self, offer: &Audio, dice: &mut Dice) {
        if let Some((ufrag, _)) = &offer.ice
            && self.ice.is_restart(ufrag)
        {
            self.ice.restart(dice);
        }
    }

    /// Our part in the handshake, in an answer to `offer` or in an offer.
    pub(crate) fn setup_for(&self, offer: Option<&Audio>) -> Setup {
        let Some(offer) = offer else { return Setup::ActPass };
        let same = self.secure.as_ref().is_some_and(|secure| secure.expects(&offer.fingerprints));
        match (offer.setup, self.setup.filter(|_| same)) {
            (Some(Setup::Active), _) => Setup::Passive,
            (Some(Setup::Passive), _) => Setup::Active,
            (_, Some(settled)) => settled,
            _ => Setup::Passive,
        }
    }

    /// Takes what was agreed. `own` is our part when we answered; when we offered, the peer's answer settles it.
    pub(crate) fn describe(&mut self, audio: &Audio, own: Option<Setup>) {
        let setup = match (own, audio.setup) {
            (Some(own), _) => own,
            (None, Some(Setup::Passive)) => Setup::Active,
            (None, _) => Setup::Passive,
        };
        if let Some((ufrag, _)) = &audio.ice {
            self.ice.set_remote(ufrag);
        }
        let same = self.secure.as_ref().is_some_and(|secure| secure.expects(&audio.fingerprints));
        if !same || (self.setup != Some(setup) && !self.is_secured()) {
            let client = setup == Setup::Active;
            self.secure = Secure::new(self.identity.clone(), client, audio.fingerprints.clone());
            self.setup = Some(setup);
        }
    }

    /// Answers a connectivity check.
    pub(crate) fn check(&mut self, now: Moment, from: Transmit, request: &mut Request) -> Option<Checked> {
        let checked = self.ice.check(now, from, request, self.identity.crypto())?;
        if checked.proved
            && let Some(secure) = &mut self.secure
        {
            secure.begin(now);
        }
        Some(checked)
    }

    /// Takes a datagram of the handshake from an address that has proved itself; true when the leg is secured by it.
    pub(crate) fn handshake(&mut self, now: Moment, bytes: &[u8]) -> bool {
        self.secure.as_mut().is_some_and(|secure| secure.read(now, bytes))
    }

    pub(crate) fn is_secured(&self) -> bool {
        self.secure.as_ref().is_some_and(Secure::is_secured)
    }

    /// Where media goes.
    pub(crate) fn destination(&self) -> Option<Transmit> {
        self.ice.nominated().filter(|_| self.is_secured())
    }

    /// The next datagram of the handshake and where it goes.
    pub(crate) fn poll(&mut self) -> Option<(Transmit, Bytes)> {
        let to = self.ice.reachable()?;
        let bytes = self.secure.as_mut()?.poll()?;
        Some((to, bytes.freeze()))
    }

    /// True when the browser has just ceased to agree to be sent to.
    pub(crate) fn wake(&mut self, now: Moment) -> bool {
        let has_lost_consent = self.ice.expire(now);
        if let Some(secure) = &mut self.secure {
            secure.wake(now);
        }
        has_lost_consent
    }

    /// What stands in the way of its sound.
    pub(crate) fn obstacle(&self) -> Option<Reason> {
        match &self.secure {
            _ if self.ice.reachable().is_none() => Some(Reason::IceNoPath),
            Some(secure) if secure.has_met_a_stranger() => Some(Reason::DtlsCertificateForeign),
            Some(secure) if secure.is_secured() => self.ice.nominated().is_none().then_some(Reason::IceConsentLost),
            _ => Some(Reason::DtlsNotAgreed),
        }
    }

    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let handshake = self.secure.as_ref().and_then(Secure::next_wake);
        [handshake, self.ice.consent_until()].into_iter().flatten().min()
    }

    /// Opens a media packet from an address that has proved itself: a browser speaks from a new one a little before its
    /// nomination arrives (RFC 8445, 12.2).
    pub(crate) fn open(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        self.secure.as_mut()?.open(ssrc, bytes)
    }

    /// The same for a control packet.
    pub(crate) fn open_control(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        self.secure.as_mut()?.open_control(ssrc, bytes)
    }

    pub(crate) fn close(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.secure.as_mut()?.close(bytes)
    }

    pub(crate) fn close_control(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.secure.as_mut()?.close_control(bytes)
    }
}
