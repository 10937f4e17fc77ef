//! SRTP and SRTCP (RFC 3711) of one leg, whoever has agreed on the keys: a handshake (RFC 5764) or the descriptions
//! (RFC 4568).

use std::fmt;

use bytes::BytesMut;
use rtc_dtls::crypto_provider::RTCCryptoProvider;
use rtc_dtls::crypto_provider::providers::RingProvider;
use rtc_srtp::context::Context;
use rtc_srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc_srtp::protection_profile::ProtectionProfile;

use crate::sdp::{Crypto, Suite};

/// The most sources that one peer may send from: rtc-srtp never forgets one.
pub(crate) const SOURCES_MAX: usize = 4;
/// Packets back from the newest that a repeat is noticed in (RFC 3711, 3.3.2).
const REPLAY_WINDOW: usize = 64;

/// Octets of the index behind a control packet, its first bit being E (RFC 3711, 3.4). The tag follows it; that of GCM
/// stands before it.
const SRTCP_INDEX_BYTES: usize = 4;

/// Fills the bytes with chance that makes keys; none where the machine has none.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Option<()> {
    RingProvider::new().random().fill(bytes).ok()
}

/// A master key with its salt and what they are for.
#[derive(Clone)]
pub(crate) struct Master {
    profile: ProtectionProfile,
    key: Vec<u8>,
    salt: Vec<u8>,
}

impl Master {
    pub(crate) fn new(profile: ProtectionProfile, key: Vec<u8>, salt: Vec<u8>) -> Self {
        Self { profile, key, salt }
    }

    fn of(crypto: &Crypto) -> Option<Self> {
        let profile = match crypto.suite {
            Suite::AesCm128HmacSha1_80 => ProtectionProfile::Aes128CmHmacSha1_80,
            Suite::AesCm128HmacSha1_32 => ProtectionProfile::Aes128CmHmacSha1_32,
            Suite::AeadAes128Gcm => ProtectionProfile::AeadAes128Gcm,
        };
        let (key, salt) = crypto.key.bytes().split_at_checked(crypto.suite.key_bytes())?;
        Some(Self::new(profile, key.to_vec(), salt.to_vec()))
    }

    fn context(&self, replays_noticed: bool) -> Option<Context> {
        let media = replays_noticed.then(|| srtp_replay_protection(REPLAY_WINDOW));
        let control = replays_noticed.then(|| srtcp_replay_protection(REPLAY_WINDOW));
        Context::new(&self.key, &self.salt, self.profile, media, control, RingProvider::new().crypto()).ok()
    }
}

/// Opens what the peer sends.
pub(crate) struct Inbound {
    master: Master,
    context: Context,
    sources: Vec<u32>,
    control_sources: Vec<u32>,
}

impl Inbound {
    pub(crate) fn new(master: Master) -> Option<Self> {
        let context = master.context(true)?;
        Some(Self { master, context, sources: Vec::new(), control_sources: Vec::new() })
    }

    /// Opens a media packet from `ssrc`.
    pub(crate) fn open(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        if !self.sources.contains(&ssrc) {
            if self.sources.len() == SOURCES_MAX {
                return None;
            }
            // A context remembers every source that it is shown, proved or not: a new one is tried elsewhere first.
            self.master.context(false)?.decrypt_rtp(bytes).ok()?;
            self.sources.push(ssrc);
        }
        self.context.decrypt_rtp(bytes).ok()
    }

    /// Opens a control packet from `ssrc`.
    pub(crate) fn open_control(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        // rtc-srtp 0.21.1 looks at no tag where this bit is not set (RFC 3711, 3.4); nobody here has agreed to go without.
        let index = bytes.len().checked_sub(SRTCP_INDEX_BYTES + self.master.profile.rtcp_auth_tag_len())?;
        if bytes.get(index)? & 0x80 == 0 {
            return None;
        }
        if !self.control_sources.contains(&ssrc) {
            if self.control_sources.len() == SOURCES_MAX {
                return None;
            }
            self.master.context(false)?.decrypt_rtcp(bytes).ok()?;
            self.control_sources.push(ssrc);
        }
        self.context.decrypt_rtcp(bytes).ok()
    }
}

/// Closes what the peer is sent.
pub(crate) struct Outbound(Context);

impl Outbound {
    pub(crate) fn new(master: &Master) -> Option<Self> {
        master.context(false).map(Self)
    }

    /// Closes a media packet.
    pub(crate) fn close(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.0.encrypt_rtp(bytes).ok()
    }

    /// Closes a control packet.
    pub(crate) fn close_control(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.0.encrypt_rtcp(bytes).ok()
    }
}

/// Both ways of a phone, by the keys of the descriptions.
pub(crate) struct Srtp {
    local: Crypto,
    remote: Crypto,
    outbound: Outbound,
    inbound: Inbound,
    /// By the key before the last, until the first packet under the last: what was on its way is not lost.
    retiring: Option<Inbound>,
}

impl fmt::Debug for Srtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Srtp").field("suite", &self.remote.suite).finish_non_exhaustive()
    }
}

impl Srtp {
    /// With our key and the peer's.
    pub(crate) fn new(local: &Crypto, remote: &Crypto) -> Option<Self> {
        Some(Self {
            outbound: Outbound::new(&Master::of(local)?)?,
            inbound: Inbound::new(Master::of(remote)?)?,
            local: local.clone(),
            remote: remote.clone(),
            retiring: None,
        })
    }

    /// The keys after another offer and answer; those that stay go on as they are. True when ours is another one.
    pub(crate) fn rekey(&mut self, local: &Crypto, remote: &Crypto) -> Option<bool> {
        if !is_same(&self.remote, remote) {
            let inbound = Inbound::new(Master::of(remote)?)?;
            self.retiring = Some(std::mem::replace(&mut self.inbound, inbound));
            self.remote = remote.clone();
        }
        let changed = !is_same(&self.local, local);
        if changed {
            self.outbound = Outbound::new(&Master::of(local)?)?;
            self.local = local.clone();
        }
        Some(changed)
    }

    /// Opens a media packet from `ssrc`.
    pub(crate) fn open(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        if let Some(plain) = self.inbound.open(ssrc, bytes) {
            self.retiring = None;
            return Some(plain);
        }
        self.retiring.as_mut()?.open(ssrc, bytes)
    }

    /// Opens a control packet from `ssrc`.
    pub(crate) fn open_control(&mut self, ssrc: u32, bytes: &[u8]) -> Option<BytesMut> {
        self.inbound.open_control(ssrc, bytes).or_else(|| self.retiring.as_mut()?.open_control(ssrc, bytes))
    }

    /// Closes a media packet.
    pub(crate) fn close(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.outbound.close(bytes)
    }

    /// Closes a control packet.
    pub(crate) fn close_control(&mut self, bytes: &[u8]) -> Option<BytesMut> {
        self.outbound.close_control(bytes)
    }
}

/// The tag is only a name in one offer.
fn is_same(one: &Crypto, other: &Crypto) -> bool {
    one.suite == other.suite && one.key == other.key
}
