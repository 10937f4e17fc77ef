//! Secrets: made, sealed at rest, and the digests and tokens that follow from them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use md5::Md5;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256, Sha512_256};
use shared::phone_model::PhoneVendor;
use shared::{ConferenceRoomId, ExtensionId, PhoneId, ReceptionistId, TenantId};

use crate::{Error, Ha1Set, Result};

/// Letters and digits that nobody takes for another when they are read out.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Characters of a generated SIP secret: 24 of 56 kinds are 139 bits.
const SIP_SECRET_CHARACTERS: usize = 24;
/// Characters of the folder of a phone's link, which leads to a SIP secret and is guessed no sooner than one.
const FOLDER_CHARACTERS: usize = 24;
/// Characters of a generated password of a phone's own pages: 12 of 56 kinds are 69 bits.
const WEB_PASSWORD_CHARACTERS: usize = 12;
/// Digits of one where there can be nothing else: 53 bits.
const WEB_PASSWORD_DIGITS: usize = 16;
/// Bytes of the nonce before a sealed text.
const NONCE_BYTES: usize = 24;
/// The realm of logins that name the tenant themselves (`101@acme.example`).
const LOGIN_REALM: &str = "belfry";

/// The installation's master key; lives outside the database. Prints as stars.
#[derive(Clone)]
pub struct SecretKey(pub [u8; 32]);

impl SecretKey {
    /// A new one, from the operating system.
    pub fn generate() -> Result<Self> {
        Ok(Self(random()?))
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(***)")
    }
}

/// The keys that follow from the master key, one for each use.
pub(crate) struct Keys {
    seal: [u8; 32],
    refresh: [u8; 32],
}

impl Keys {
    pub(crate) fn new(master: &SecretKey) -> Self {
        Self { seal: mac(&master.0, &[b"seal"]), refresh: mac(&master.0, &[b"refresh"]) }
    }

    /// Encrypts so that it opens only in the same `place`.
    pub(crate) fn seal(&self, place: &str, text: &str) -> Result<String> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
        let sealed = XChaCha20Poly1305::new((&self.seal).into())
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| Error::Sealed("it could not be sealed"))?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed in that `place`.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<String> {
        const DAMAGED: Error = Error::Sealed("the key is another one or the row is damaged");
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| DAMAGED)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(DAMAGED)?;
        let text = XChaCha20Poly1305::new((&self.seal).into())
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: place.as_bytes() })
            .map_err(|_| DAMAGED)?;
        String::from_utf8(text).map_err(|_| DAMAGED)
    }

    /// What makes a refresh token genuine: session, its salt and the generation of the token.
    pub(crate) fn refresh_mac(&self, session: i64, salt: &str, generation: i64) -> [u8; 32] {
        mac(&self.refresh, &[&session.to_be_bytes(), &generation.to_be_bytes(), salt.as_bytes()])
    }
}

/// Where an extension's SIP secret is sealed: another row's secret does not open here.
pub(crate) fn sip_place(tenant: TenantId, extension: ExtensionId) -> String {
    format!("sip/{}/{}", tenant.0, extension.0)
}

/// Where the PIN of an extension's mailbox is sealed.
pub(crate) fn pin_place(tenant: TenantId, extension: ExtensionId) -> String {
    format!("pin/{}/{}", tenant.0, extension.0)
}

/// Where the passwords of a receptionist's entries are sealed.
pub(crate) fn receptionist_place(tenant: TenantId, receptionist: ReceptionistId) -> String {
    format!("receptionist/{}/{}", tenant.0, receptionist.0)
}

/// Where the PINs of a conference room are sealed.
pub(crate) fn conference_place(tenant: TenantId, room: ConferenceRoomId) -> String {
    format!("conference/{}/{}", tenant.0, room.0)
}

/// Where the folder of a phone's link is sealed.
pub(crate) fn folder_place(tenant: TenantId, phone: PhoneId) -> String {
    format!("phone folder/{}/{}", tenant.0, phone.0)
}

/// Where the password of a phone's own pages is sealed.
pub(crate) fn web_password_place(tenant: TenantId, phone: PhoneId) -> String {
    format!("phone password/{}/{}", tenant.0, phone.0)
}

/// A new SIP secret.
pub(crate) fn sip_secret() -> Result<String> {
    readable(SIP_SECRET_CHARACTERS)
}

/// A new folder for a phone's link.
pub(crate) fn folder() -> Result<String> {
    readable(FOLDER_CHARACTERS)
}

/// A new password of the pages of one of this vendor's phones.
pub(crate) fn web_password(vendor: PhoneVendor) -> Result<String> {
    if vendor.has_passwords_of_digits() { digits(WEB_PASSWORD_DIGITS) } else { readable(WEB_PASSWORD_CHARACTERS) }
}

fn digits(count: usize) -> Result<String> {
    let mut secret = String::with_capacity(count);
    while secret.len() < count {
        // 250 is the largest multiple of 10 in a byte: bytes above it would favour the first digits.
        let bytes: [u8; 32] = random()?;
        let digits = bytes.iter().filter(|byte| **byte < 250).map(|byte| char::from(b'0' + byte % 10));
        secret.extend(digits.take(count - secret.len()));
    }
    Ok(secret)
}

fn readable(characters: usize) -> Result<String> {
    let mut secret = String::with_capacity(characters);
    while secret.len() < characters {
        // 224 is the largest multiple of 56 in a byte: bytes above it would favour the first letters.
        let bytes: [u8; 32] = random()?;
        let letters = bytes.iter().filter(|byte| **byte < 224).filter_map(|byte| ALPHABET.get(usize::from(*byte) % 56));
        secret.extend(letters.take(characters - secret.len()).map(|byte| char::from(*byte)));
    }
    Ok(secret)
}

/// A new token of 256 bits for a link.
pub(crate) fn token() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// Under what a token of full entropy is stored.
pub(crate) fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}

/// The HA1 values (RFC 7616, 3.4.2; RFC 8760) of an extension, for both ways to log in.
pub(crate) fn ha1(number: &str, domain: &str, secret: &str) -> Ha1Set {
    let plain = format!("{number}:{domain}:{secret}");
    let login = format!("{number}@{domain}:{LOGIN_REALM}:{secret}");
    Ha1Set {
        md5: Md5::digest(&plain).into(),
        sha256: Sha256::digest(&plain).into(),
        sha512_256: Sha512_256::digest(&plain).into(),
        login_md5: Md5::digest(&login).into(),
        login_sha256: Sha256::digest(&login).into(),
        login_sha512_256: Sha512_256::digest(&login).into(),
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    OsRng.try_fill_bytes(&mut bytes).map_err(|_| Error::Sealed("the operating system gives no randomness"))?;
    Ok(bytes)
}

/// HMAC-SHA-256; it takes keys of any length, so that nothing can fail.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else { return Sha256::digest(key).into() };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Are they the same, in a time that does not tell where they differ?
pub(crate) fn same(left: &[u8; 32], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (l, r)| all | (l ^ r)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: S28
    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_in_its_place() {
        let keys = Keys::new(&SecretKey([1; 32]));
        let place = sip_place(TenantId(1), ExtensionId(2));
        let sealed = keys.seal(&place, "secret").unwrap();
        assert!(!sealed.contains("secret"));
        assert_ne!(sealed, keys.seal(&place, "secret").unwrap(), "a nonce is used once");
        assert_eq!(keys.open(&place, &sealed).unwrap(), "secret");
        assert!(keys.open(&sip_place(TenantId(1), ExtensionId(3)), &sealed).is_err());
        assert!(keys.open(&sip_place(TenantId(2), ExtensionId(2)), &sealed).is_err());
        assert!(Keys::new(&SecretKey([2; 32])).open(&place, &sealed).is_err());
        for damaged in ["", "AAAA", "!", &sealed[1..]] {
            assert!(keys.open(&place, damaged).is_err());
        }
    }

    #[test]
    fn sip_secrets_are_long_readable_and_never_twice() {
        let secrets: std::collections::BTreeSet<String> = (0..500).map(|_| sip_secret().unwrap()).collect();
        assert_eq!(secrets.len(), 500);
        for secret in &secrets {
            assert_eq!(secret.len(), SIP_SECRET_CHARACTERS);
            assert!(secret.bytes().all(|byte| ALPHABET.contains(&byte)));
        }
        let seen: std::collections::BTreeSet<u8> = secrets.iter().flat_map(|secret| secret.bytes()).collect();
        assert_eq!(seen.len(), ALPHABET.len(), "every letter comes up");
    }

    // User, realm and password of the example in RFC 2617, 3.5.
    #[test]
    fn ha1_is_the_digest_of_user_realm_and_password() {
        let set = ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
        let hex: String = set.md5.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "939e7578ed9e3c518a452acee763bce9");
        let other = ha1("Mufasa", "another", "Circle Of Life");
        assert_ne!(set.sha256, other.sha256);
        assert_ne!(set.login_md5, other.login_md5);
    }

    #[test]
    fn keys_print_as_stars() {
        assert_eq!(format!("{:?}", SecretKey([9; 32])), "SecretKey(***)");
    }
}
