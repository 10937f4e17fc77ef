//! The browser phone's SIP credential: derived, not stored.
//!
//! The digest user name says whose it is and how long it lives, `101.<device>.<epoch>.<expiry>`; the password is an HMAC
//! over it under a key of the installation. The API derives it when it hands it out and the switch when it checks it,
//! so nothing is kept, it survives a restart, and raising the extension's epoch ends all of them at once.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{ExtensionId, Moment, TenantId};

/// How long a credential is taken, in seconds. The page gets a fresh one well before.
pub const PHONE_CREDENTIAL_SECONDS: i64 = 3_600;
/// The longest name of a device.
pub const DEVICE_CHARACTERS_MAX: usize = 32;

/// The installation's key for these credentials; prints as stars.
#[derive(Clone)]
pub struct PhoneCredentialKey(pub [u8; 32]);

impl std::fmt::Debug for PhoneCredentialKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PhoneCredentialKey(***)")
    }
}

/// The digest user name of a credential, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneUser {
    /// The extension's number.
    pub number: String,
    /// The browser tab or device.
    pub device: String,
    /// The extension's epoch when it was made.
    pub epoch: u32,
    /// When it runs out.
    pub expires_at: Moment,
}

impl PhoneUser {
    /// Reads a digest user name; `None` where it is not one of these.
    pub fn parse(user: &str) -> Option<Self> {
        let mut parts = user.split('.');
        let (number, device, epoch, expiry) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || !is_device(device) {
            return None;
        }
        let expires_at = Moment::from_seconds(expiry.parse().ok()?);
        Some(Self { number: number.to_owned(), device: device.to_owned(), epoch: epoch.parse().ok()?, expires_at })
    }

    /// The password that belongs to it: 43 characters of URL-safe base 64.
    pub fn secret(&self, key: &PhoneCredentialKey, tenant: TenantId, extension: ExtensionId) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key.0) else { return String::new() };
        mac.update(&tenant.0.to_be_bytes());
        mac.update(&extension.0.to_be_bytes());
        mac.update(self.to_string().as_bytes());
        base64_url(&mac.finalize().into_bytes())
    }
}

impl std::fmt::Display for PhoneUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}.{}", self.number, self.device, self.epoch, self.expires_at.seconds())
    }
}

/// 1–32 letters, digits and hyphens.
pub fn is_device(device: &str) -> bool {
    (1..=DEVICE_CHARACTERS_MAX).contains(&device.len())
        && device.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..=chunk.len() {
            let index = (word >> (18 - 6 * position) & 63) as usize;
            out.push(ALPHABET.get(index).map_or('A', |byte| char::from(*byte)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RTC-02
    #[test]
    fn a_credential_is_for_one_extension_device_epoch_and_time() {
        let key = PhoneCredentialKey([7; 32]);
        let user = PhoneUser {
            number: "101".into(),
            device: "tab-1".into(),
            epoch: 3,
            expires_at: Moment::from_seconds(1_795_000_000),
        };
        assert_eq!(PhoneUser::parse(&user.to_string()), Some(user.clone()));
        let secret = user.secret(&key, TenantId(1), ExtensionId(2));
        assert_eq!(secret.len(), 43);
        assert_ne!(secret, user.secret(&key, TenantId(2), ExtensionId(2)));
        assert_ne!(secret, user.secret(&key, TenantId(1), ExtensionId(3)));
        assert_ne!(secret, PhoneUser { epoch: 4, ..user.clone() }.secret(&key, TenantId(1), ExtensionId(2)));
        assert_ne!(secret, user.secret(&PhoneCredentialKey([8; 32]), TenantId(1), ExtensionId(2)));
    }

    #[test]
    fn other_user_names_are_not_credentials() {
        for user in ["101", "101.tab", "101.tab.x.5", "101.tab.1.5.6", "101.t b.1.5", "101..1.5"] {
            assert_eq!(PhoneUser::parse(user), None, "{user}");
        }
    }

    #[test]
    fn base64_is_the_url_safe_kind_without_padding() {
        assert_eq!(base64_url(b"\xfb\xff\xfe"), "-__-");
        assert_eq!(base64_url(b"f"), "Zg");
        assert_eq!(base64_url(b"fo"), "Zm8");
    }
}
