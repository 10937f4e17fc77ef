//! DTLS-SRTP (RFC 5764): the handshake, and the keys that come of it.

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::BytesMut;
use rtc_dtls::config::HandshakeConfig;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use rtc_srtp::config::{Config, LABEL_EXTRACTOR_DTLS_SRTP};
use rtc_srtp::protection_profile::ProtectionProfile;
use shared::Moment;

use super::identity::Identity;
use crate::sdp::Fingerprint;
use crate::srtp::{Inbound, Master, Outbound};

/// rtc-dtls names a peer by its address. Ours may move while the association stays, so each endpoint has one peer under
/// this name (RFC 5737).
const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);

/// The security of one leg.
pub(crate) struct Secure {
    identity: Arc<Identity>,
    endpoint: Endpoint,
    client: Option<Arc<HandshakeConfig>>,
    expected: Vec<Fingerprint>,
    /// Datagrams that are ready to be sent; bounded by a flight, which is sent at once.
    ready: VecDeque<BytesMut>,
    /// The random of the hello that the association began with.
    hello: Option<[u8; 32]>,
    /// The peer has returned the cookie, so it is where it says it is.
    returned: bool,
    /// A certificate came that was not announced.
    stranger: Arc<AtomicBool>,
    keys: Option<Keys>,
}

struct Keys {
    inbound: Inbound,
    outbound: Outbound,
}

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure").field("keys", &self.keys.is_some()).finish_non_exhaustive()
    }
}

impl Secure {
    /// Prepares for the peer whose certificate has one of these fingerprints.
    pub(crate) fn new(identity: Arc<Identity>, client: bool, expected: Vec<Fingerprint>) -> Option<Self> {
        let stranger = Arc::new(AtomicBool::new(false));
        let config = identity.handshake(client, &expected, stranger.clone())?;
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        let (server, client) = if client { (None, Some(config)) } else { (Some(config), None) };
        let endpoint = Endpoint::new(local, Default::default(), server);
        let ready = VecDeque::new();
        Some(Self { endpoint, identity, client, expected, ready, hello: None, returned: false, stranger, keys: None })
    }

    /// Is it made for these fingerprints?
    pub(crate) fn expects(&self, fingerprints: &[Fingerprint]) -> bool {
        self.expected == fingerprints
    }

    pub(crate) fn is_secured(&self) -> bool {
        self.keys.is_some()
    }

    /// Has somebody shown a certificate that was not announced?
    pub(crate) fn has_met_a_stranger(&self) -> bool {
        self.keys.is_none() && self.stranger.load(Ordering::Relaxed)
    }

    /// The peer can be reached: begins, where it is ours to begin.
    pub(crate) fn begin(&mut self, now: Moment) {
        if let Some(config) = self.client.take() {
            // A failure here shows as a handshake that never ends; the switch sees a call without sound.
            let _ = self.endpoint.connect(self.identity.instant(now), PEER, config, None);
            self.collect();
        }
    }

    /// Takes a datagram; true when this has ended the handshake.
    pub(crate) fn read(&mut self, now: Moment, bytes: &[u8]) -> bool {
        let instant = self.identity.instant(now);
        let record = Record::read(bytes);
        if self.is_secured() && record.is_some_and(|record| record.of_hello) {
            // Meant for a leg that takes this one's place at the same browser, which still sends where it last did: an
            // answer of this association would end that one before it begins (RFC 8842, 5.5).
            return false;
        }
        if let Some(Record { sequence: 0, random: Some(random), .. }) = record
            && !self.is_secured()
            && !self.returned
            && self.hello.replace(random).is_some_and(|before| before != random)
        {
            // The hello before this one may have been forged or broken: until a cookie comes back, the latest counts.
            self.endpoint.stop(instant, PEER);
            // Its farewell would end the real one.
            while self.endpoint.poll_transmit().is_some() {}
        }
        // What cannot be read is dropped (RFC 6347, 4.1.2.7).
        let events = self.endpoint.read(instant, PEER, None, BytesMut::from(bytes)).unwrap_or_default();
        let before = self.ready.len();
        self.collect();
        self.returned |= record.is_some_and(|record| record.sequence > 0) && self.ready.len() > before;
        let complete = events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete));
        if complete {
            self.keys = self.derive();
        }
        complete && self.keys.is_some()
    }

    /// Repeats what was not answered.
    pub(crate) fn wake(&mut self, now: Moment) {
        if self.next_wake().is_some_and(|at| at <= now) {
            // Out of repeats: the peer has gone, which the call's silence will tell.
            let _ = self.endpoint.handle_timeout(PEER, self.identity.instant(now));
            self.collect();
        }
    }

    pub(crate) fn next_wake(&self) -> Option<Moment> {
        self.endpoint.poll_timeout(&PEER).map(|at| self.identity.moment(at))
    }

    /// The next datagram of the handshake.
    pub(crate) fn poll(&mut self) -> Option<BytesMut> {
        self.ready.pop_front()
    }

    fn collect(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            self.ready.push_back(transmit.message);
        }
    }

    /// Opens a media packet from `ssrc`.
    pub(crate) fn open(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        self.keys.as_mut()?.inbound.open(ssrc, bytes)
    }

    /// Opens a control packet from `ssrc`.
    pub(crate) fn open_control(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        self.keys.as_mut()?.inbound.open_control(ssrc, bytes)
    }

    /// Closes a media packet.
    pub(crate) fn close(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.keys.as_mut()?.outbound.close(bytes)
    }

    /// Closes a control packet.
    pub(crate) fn close_control(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.keys.as_mut()?.outbound.close_control(bytes)
    }

    fn derive(&self) -> Option<Keys> {
        let state = self.endpoint.get_connection_state(PEER)?;
        if !self.identity.recognises(state.peer_certificates.first()?, &self.expected) {
            return None;
        }
        let profile = match state.srtp_protection_profile() {
            SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm => ProtectionProfile::AeadAes128Gcm,
            SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            _ => return None,
        };
        let mut config = Config { profile, ..Config::default() };
        let material =
            state.export_keying_material(LABEL_EXTRACTOR_DTLS_SRTP, &[], config.keying_material_len()).ok()?;
        config.set_session_keys_from_keying_material(material.as_ref(), state.is_client()).ok()?;
        let keys = config.keys;
        let local = Master::new(profile, keys.local_master_key, keys.local_master_salt);
        let remote = Master::new(profile, keys.remote_master_key, keys.remote_master_salt);
        Some(Keys { inbound: Inbound::new(remote)?, outbound: Outbound::new(&local)? })
    }
}

/// What is seen of a handshake record of the first epoch (RFC 6347, 4.2.2).
#[derive(Clone, Copy)]
struct Record {
    sequence: u16,
    /// It is of a client's hello, or of a fragment of one.
    of_hello: bool,
    /// Of a client's hello.
    random: Option<[u8; 32]>,
}

impl Record {
    fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.first() != Some(&22) || bytes.get(3..5) != Some(&[0, 0]) {
            return None;
        }
        let sequence = u16::from_be_bytes(*bytes.get(17..)?.first_chunk()?);
        // A hello may come in fragments (Chromium's is too long for one datagram): its first has the random.
        let of_hello = bytes.get(13) == Some(&1);
        let begins = of_hello && bytes.get(19..22) == Some(&[0, 0, 0]);
        let random = bytes.get(27..).and_then(|rest| rest.first_chunk()).copied().filter(|_| begins);
        Some(Self { sequence, of_hello, random })
    }
}
