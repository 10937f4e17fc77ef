//! Digest access authentication (RFC 8760, RFC 7616, RFC 2617): who is who.
//!
//! Nonces are stateless: an HMAC over time and realm under the stack's key, with the use counts of recent nonces kept in
//! a bounded map, so that a replay is refused.

use shared::Moment;

use crate::message::Credentials;
use crate::view::Message;

/// Hash of user, realm and password, for both algorithms.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ha1 {
    /// MD5.
    pub md5: [u8; 16],
    /// SHA-256.
    pub sha256: [u8; 32],
}

impl std::fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ha1(***)")
    }
}

/// What a request's Authorization came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No credentials for this realm.
    Missing,
    /// Right: the digest user name.
    Accepted(String),
    /// The user is unknown or the answer is wrong (the same work is done for both).
    Wrong(String),
    /// The answer is right but the nonce has run out: challenge with `stale=true`.
    Stale(String),
    /// The nonce count was used before.
    Replayed(String),
    /// Cannot be read, or an algorithm or qop that was not offered.
    Malformed,
}

/// Issues and checks challenges.
#[derive(Debug)]
pub struct Authenticator {
    key: [u8; 32],
}

#[allow(unused_variables, missing_docs, clippy::todo)]
impl Authenticator {
    /// `key` signs nonces; it outlives a restart so that phones need no second round trip.
    pub fn new(key: [u8; 32]) -> Self { Self { key } }
    /// The values of the WWW-Authenticate headers, SHA-256 before MD5 (RFC 8760).
    pub fn challenges(&mut self, now: Moment, realm: &str, stale: bool) -> Vec<String> { todo!() }
    /// `ha1_of(user, realm)` answers the hashes of a user, `None` where there is none.
    pub fn check(&mut self, now: Moment, message: &Message, realm: &str, ha1_of: &mut dyn FnMut(&str) -> Option<Ha1>) -> Outcome { todo!() }
    /// The digest user name in the request's Authorization, unchecked, whatever its realm, and that realm.
    pub fn claimed<'a>(message: &'a Message) -> Option<(&'a str, &'a str)> { todo!() }
}

/// `HA1 = H(user:realm:secret)`.
#[allow(unused_variables, clippy::todo)]
pub fn ha1(user: &str, realm: &str, secret: &str) -> Ha1 { todo!() }

/// Answers a challenge as a client: the value of an Authorization header.
#[allow(unused_variables, clippy::todo)]
pub fn answer(challenge: &str, credentials: &Credentials, method: &str, uri: &str, cnonce: &str, nc: u32, body: &[u8]) -> Option<String> { todo!() }
