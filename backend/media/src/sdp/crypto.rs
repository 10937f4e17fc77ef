//! Keys in a description (`a=crypto`, RFC 4568): read, made, written. They are shown nowhere else.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::srtp;

/// The most `a=crypto` lines of one `m=` line that are read; those behind are not looked at.
pub(crate) const CRYPTO_LINES_MAX: usize = 8;
/// The longest key that is decoded, in characters of base 64.
const KEY_CHARACTERS_MAX: usize = 64;

/// How packets are encrypted and authenticated (RFC 4568, 6.2; RFC 7714, 14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    AesCm128HmacSha1_80,
    AeadAes128Gcm,
    AesCm128HmacSha1_32,
}

impl Suite {
    /// In the order that they are offered in: what every phone has first.
    pub(crate) const ALL: [Self; 3] = [Self::AesCm128HmacSha1_80, Self::AeadAes128Gcm, Self::AesCm128HmacSha1_32];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// Octets of its master key.
    pub(crate) const fn key_bytes(self) -> usize {
        16
    }

    /// Octets of its master salt.
    pub(crate) const fn salt_bytes(self) -> usize {
        match self {
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 => 14,
            Self::AeadAes128Gcm => 12,
        }
    }
}

/// A master key and its salt behind it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// One `a=crypto` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Crypto {
    pub(crate) tag: u32,
    pub(crate) suite: Suite,
    pub(crate) key: Key,
}

impl Crypto {
    /// With a fresh key; none when there is no randomness.
    pub(crate) fn new(tag: u32, suite: Suite) -> Option<Self> {
        let mut bytes = vec![0; suite.key_bytes() + suite.salt_bytes()];
        srtp::fill_random(&mut bytes)?;
        Some(Self { tag, suite, key: Key(bytes) })
    }

    /// Reads the value of a line; none where something in it is not known here, as RFC 4568, 6.3 asks.
    pub(super) fn read(value: &str) -> Option<Self> {
        let mut words = value.split_whitespace();
        let tag = words.next().filter(|word| word.len() <= 9).and_then(|word| word.parse().ok())?;
        let name = words.next()?;
        let suite = Suite::ALL.into_iter().find(|suite| suite.name().eq_ignore_ascii_case(name))?;
        let key = words.next()?.strip_prefix("inline:")?;
        // Several keys are told apart by an MKI, which would stand in every packet.
        if key.contains(';') || !words.all(is_harmless) {
            return None;
        }
        let mut parts = key.split('|');
        let text = parts.next()?.trim_end_matches('=');
        // What is left may be a lifetime: no call sends 2^48 packets.
        if text.len() > KEY_CHARACTERS_MAX || parts.any(|part| part.contains(':')) {
            return None;
        }
        let bytes = STANDARD_NO_PAD.decode(text).ok()?;
        (bytes.len() == suite.key_bytes() + suite.salt_bytes()).then_some(Self { tag, suite, key: Key(bytes) })
    }

    /// The value of the line.
    pub(super) fn value(&self) -> String {
        format!("{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(&self.key.0))
    }
}

/// Session parameters that change nothing here: a window is ours to choose, and `-` marks what may be ignored.
fn is_harmless(parameter: &str) -> bool {
    parameter.starts_with("WSH=") || parameter.starts_with('-') || parameter == "KDR=0"
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

    #[test]
    fn lines_of_rfc_4568_are_read_and_written_back() {
        for suite in ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] {
            let line = format!("1 {suite} inline:{KEY}|2^20 WSH=64 -later");
            let crypto = Crypto::read(&line).unwrap();
            assert_eq!(crypto.value(), format!("1 {suite} inline:{KEY}"));
        }
        let gcm = Crypto::new(7, Suite::AeadAes128Gcm).unwrap();
        assert_eq!(gcm.key.bytes().len(), 28);
        assert_eq!(Crypto::read(&gcm.value()), Some(gcm));
        assert_ne!(Crypto::new(1, Suite::AesCm128HmacSha1_80), Crypto::new(1, Suite::AesCm128HmacSha1_80));
    }

    #[test]
    fn what_is_not_understood_makes_a_line_useless() {
        // covers: S2
        for line in [
            String::new(),
            "1".into(),
            format!("1 F8_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 uri:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|1:4"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY};inline:{KEY}"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNENCRYPTED_SRTP"),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY} UNAUTHENTICATED_SRTP"),
            "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA".into(),
            "1 AES_CM_128_HMAC_SHA1_80 inline:!".into(),
            format!("1 AES_CM_128_HMAC_SHA1_80 inline:{}", "A".repeat(10_000)),
            format!("9999999999 AES_CM_128_HMAC_SHA1_80 inline:{KEY}"),
            format!("1 AEAD_AES_128_GCM inline:{KEY}"),
        ] {
            assert_eq!(Crypto::read(&line), None, "{line}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        // covers: S28
        let crypto = Crypto::read(&format!("1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}")).unwrap();
        assert_eq!(format!("{crypto:?}"), "Crypto { tag: 1, suite: AesCm128HmacSha1_80, key: Key(…) }");
    }
}
