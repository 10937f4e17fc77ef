//! Digest access authentication (RFC 8760, RFC 7616, RFC 2617): who is who.
//!
//! Nonces are stateless: an HMAC over time and realm under the stack's key, with the use counts of recent nonces kept in
//! a bounded map, so that a replay is refused.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use hmac::{Hmac, Mac};
use md5::Md5;
use sha2::{Digest as _, Sha256, Sha512_256};
use shared::Moment;

use crate::message::Credentials;
use crate::uri::{split, unquote};
use crate::view::Message;

/// How long a nonce may be used.
pub const NONCE_LIFETIME: Duration = Duration::from_secs(300);
/// The most nonces whose use counts are kept; an older one that is pushed out counts as stale.
pub const NONCES_MAX: usize = 262_144;
/// How far behind the highest use count of its nonce a request may come in, on a transport that reorders.
const COUNT_WINDOW: u32 = 64;

/// Hash of user, realm and password, for each algorithm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ha1 {
    /// MD5.
    pub md5: [u8; 16],
    /// SHA-256.
    pub sha256: [u8; 32],
    /// SHA-512/256: a hash of its own, no shortened SHA-512 (RFC 7616, erratum 4897).
    pub sha512_256: [u8; 32],
}

impl Ha1 {
    /// Nobody's: for the work on a user that there is not.
    pub const NOBODY: Self = Self { md5: [0; 16], sha256: [0; 32], sha512_256: [0; 32] };
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
    /// The answer is right but the nonce was never issued here for this realm.
    Foreign(String),
    /// The nonce count was used before.
    Replayed(String),
    /// Cannot be read, or an algorithm or qop that was not offered.
    Malformed,
}

/// Issues and checks challenges.
#[derive(Debug)]
pub struct Authenticator {
    key: [u8; 32],
    integrity: bool,
    issued: u16,
    used: BTreeMap<Nonce, Counts>,
    /// The youngest nonce whose counts had to be given up.
    forgotten: Option<Nonce>,
}

/// When it was issued, in microseconds, and a number that tells apart those of one microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Nonce(i64, u16);

/// Which counts of a nonce were used: the highest, and a bit for each of those below it.
#[derive(Clone, Copy, Debug)]
struct Counts {
    highest: u32,
    below: u64,
}

impl Counts {
    /// Marks a count as used; false when it was before, or when it is too far behind to be known.
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let step = count - self.highest;
            self.below =
                if step > COUNT_WINDOW { 0 } else { self.below.checked_shl(step).unwrap_or(0) | 1 << (step - 1) };
            self.highest = count;
            return true;
        }
        let behind = self.highest - count;
        if behind == 0 || behind > COUNT_WINDOW {
            return false;
        }
        let bit = 1 << (behind - 1);
        let fresh = self.below & bit == 0;
        self.below |= bit;
        fresh
    }
}

impl Authenticator {
    /// `key` signs nonces; it outlives a restart so that phones need no second round trip.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, integrity: false, issued: 0, used: BTreeMap::new(), forgotten: None }
    }

    /// Whether `auth-int` is offered and taken beside `auth` (SET-05).
    pub fn set_integrity(&mut self, offered: bool) {
        self.integrity = offered;
    }

    /// The values of the WWW-Authenticate headers, strongest first: SHA-512-256, SHA-256, MD5 (RFC 8760).
    pub fn challenges(&mut self, now: Moment, realm: &str, stale: bool) -> Vec<String> {
        self.issued = self.issued.wrapping_add(1);
        let nonce = Nonce(now.0, self.issued);
        let text = self.nonce_text(nonce, realm);
        let stale = if stale { ", stale=true" } else { "" };
        let realm = quote(realm);
        let qop = if self.integrity { "auth,auth-int" } else { "auth" };
        [Algorithm::Sha512, Algorithm::Sha256, Algorithm::Md5]
            .map(|a| format!("Digest realm={realm}, nonce=\"{text}\", algorithm={}, qop=\"{qop}\"{stale}", a.name()))
            .into()
    }

    /// `ha1_of(user, realm)` answers the hashes of a user, `None` where there is none.
    pub fn check(
        &mut self,
        now: Moment,
        message: &Message,
        realm: &str,
        ha1_of: &mut dyn FnMut(&str) -> Option<Ha1>,
    ) -> Outcome {
        let mut found = Outcome::Missing;
        for value in authorizations(message) {
            match Parameters::parse(value) {
                None => found = Outcome::Malformed,
                Some(parameters) if parameters.get("realm").as_deref() == Some(realm) => {
                    return self.check_one(now, &parameters, message, realm, ha1_of).unwrap_or(Outcome::Malformed);
                }
                Some(_) => {}
            }
        }
        found
    }

    fn check_one(
        &mut self,
        now: Moment,
        sent: &Parameters<'_>,
        message: &Message,
        realm: &str,
        ha1_of: &mut dyn FnMut(&str) -> Option<Ha1>,
    ) -> Option<Outcome> {
        let algorithm = Algorithm::named(sent.get("algorithm").as_deref()).filter(|(_, session)| !session)?.0;
        let (user, nonce_text, uri) = (sent.get("username")?, sent.get("nonce")?, sent.get("uri")?);
        let response = sent.get("response").filter(|r| !r.is_empty())?.to_ascii_lowercase();
        let method = message.method();
        let mut subject = format!("{method}:{uri}");
        let (count, extra) = match sent.get("qop") {
            None => (None, String::new()),
            Some(qop) if self.protects(&qop) => {
                if qop.eq_ignore_ascii_case(INTEGRITY) {
                    let _ = write!(subject, ":{}", algorithm.hash_bytes(&message.body()));
                }
                let (nc, cnonce) = (sent.get("nc")?, sent.get("cnonce")?);
                let count = u32::from_str_radix(&nc, 16).ok().filter(|n| *n > 0)?;
                (Some(count), format!("{nc}:{cnonce}:{qop}:"))
            }
            Some(_) => return None,
        };
        let known = ha1_of(&user);
        let ha1 = known.unwrap_or(Ha1::NOBODY);
        let ha2 = algorithm.hash(&subject);
        let expected = algorithm.hash(&format!("{}:{nonce_text}:{extra}{ha2}", algorithm.ha1_text(&ha1)));
        if !same(expected.as_bytes(), response.as_bytes()) | known.is_none() {
            return Some(Outcome::Wrong(user));
        }
        Some(match self.nonce_of(&nonce_text, realm) {
            None => Outcome::Foreign(user),
            Some(nonce) if nonce.0 > now.0 || now.since(Moment(nonce.0)) > NONCE_LIFETIME => Outcome::Stale(user),
            Some(nonce) => match self.take(now, nonce, count) {
                Some(true) => Outcome::Accepted(user),
                Some(false) => Outcome::Replayed(user),
                None => Outcome::Stale(user),
            },
        })
    }

    fn protects(&self, qop: &str) -> bool {
        qop.eq_ignore_ascii_case("auth") || (self.integrity && qop.eq_ignore_ascii_case(INTEGRITY))
    }

    /// Marks the use of a nonce; none when its counts were forgotten.
    fn take(&mut self, now: Moment, nonce: Nonce, count: Option<u32>) -> Option<bool> {
        let oldest = Nonce((now - NONCE_LIFETIME).0, 0);
        while let Some(first) = self.used.first_entry() {
            if *first.key() >= oldest {
                break;
            }
            first.remove();
        }
        if !self.used.contains_key(&nonce) && self.forgotten.is_some_and(|limit| nonce <= limit) {
            return None;
        }
        if self.used.len() >= NONCES_MAX && !self.used.contains_key(&nonce) {
            self.forgotten = self.used.pop_first().map(|(first, _)| first).max(self.forgotten);
        }
        match (self.used.get_mut(&nonce), count) {
            (Some(counts), Some(count)) => Some(counts.take(count)),
            // Without qop there is no count (RFC 2069): one use of a nonce that nobody else used.
            (Some(_), None) => Some(false),
            (None, None) => {
                self.used.insert(nonce, Counts { highest: u32::MAX, below: u64::MAX });
                Some(true)
            }
            (None, Some(count)) => {
                let mut counts = Counts { highest: 0, below: 0 };
                let fresh = counts.take(count);
                self.used.insert(nonce, counts);
                Some(fresh)
            }
        }
    }

    fn nonce_text(&self, nonce: Nonce, realm: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        mac.update(&nonce.0.to_be_bytes());
        mac.update(&nonce.1.to_be_bytes());
        mac.update(realm.as_bytes());
        let proof: [u8; 32] = mac.finalize().into_bytes().into();
        let mut text = format!("{:016x}{:04x}", nonce.0, nonce.1);
        push_hex(&mut text, proof.get(..16).unwrap_or_default());
        text
    }

    /// The nonce, if we issued it for this realm.
    fn nonce_of(&self, text: &str, realm: &str) -> Option<Nonce> {
        let time = i64::from_str_radix(text.get(..16)?, 16).ok()?;
        let nonce = Nonce(time, u16::from_str_radix(text.get(16..20)?, 16).ok()?);
        let ours = same(self.nonce_text(nonce, realm).as_bytes(), text.as_bytes());
        ours.then_some(nonce)
    }

    /// The digest user name in the request's Authorization, unchecked, whatever its realm, and that realm.
    pub fn claimed(message: &Message) -> Option<(&str, &str)> {
        let value = authorizations(message).next()?;
        let parameters = Parameters::parse(value)?;
        Some((parameters.raw("username")?, parameters.raw("realm").unwrap_or("")))
    }
}

fn authorizations(message: &Message) -> impl Iterator<Item = &str> {
    message.header_lines("Authorization").into_iter().chain(message.header_lines("Proxy-Authorization"))
}

/// The quality of protection that covers the body.
const INTEGRITY: &str = "auth-int";

/// From weak to strong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
    Md5,
    Sha256,
    Sha512,
}

impl Algorithm {
    /// And whether it is the `-sess` kind. No name means MD5.
    fn named(name: Option<&str>) -> Option<(Self, bool)> {
        let name = name.unwrap_or("MD5");
        let kinds = [
            ("MD5", Self::Md5, false),
            ("SHA-256", Self::Sha256, false),
            ("SHA-512-256", Self::Sha512, false),
            ("MD5-sess", Self::Md5, true),
            ("SHA-256-sess", Self::Sha256, true),
            ("SHA-512-256-sess", Self::Sha512, true),
        ];
        kinds
            .into_iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name))
            .map(|(_, algorithm, session)| (algorithm, session))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512-256",
        }
    }

    fn hash(self, text: &str) -> String {
        self.hash_bytes(text.as_bytes())
    }

    fn hash_bytes(self, bytes: &[u8]) -> String {
        let mut hex = String::with_capacity(64);
        match self {
            Self::Md5 => push_hex(&mut hex, &Md5::digest(bytes)),
            Self::Sha256 => push_hex(&mut hex, &Sha256::digest(bytes)),
            Self::Sha512 => push_hex(&mut hex, &Sha512_256::digest(bytes)),
        }
        hex
    }

    fn ha1_text(self, ha1: &Ha1) -> String {
        let mut hex = String::with_capacity(64);
        match self {
            Self::Md5 => push_hex(&mut hex, &ha1.md5),
            Self::Sha256 => push_hex(&mut hex, &ha1.sha256),
            Self::Sha512 => push_hex(&mut hex, &ha1.sha512_256),
        }
        hex
    }
}

/// The parameters behind `Digest`, each a name and its value as sent.
struct Parameters<'a>(Vec<(&'a str, &'a str)>);

/// The most parameters of a challenge or of an answer to one; RFC 7616 knows twelve.
const PARAMETERS_MAX: usize = 24;

impl<'a> Parameters<'a> {
    fn parse(value: &'a str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let mut named = Vec::with_capacity(PARAMETERS_MAX);
        let pairs = split(rest, b',').filter_map(|piece| piece.split_once('='));
        named.extend(pairs.take(PARAMETERS_MAX).map(|(name, value)| (name.trim(), value.trim())));
        Some(Self(named))
    }

    /// As sent, without its quotes.
    fn raw(&self, name: &str) -> Option<&'a str> {
        let value = self.quoted(name)?;
        Some(value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value))
    }

    fn quoted(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Without quotes and escapes.
    fn get(&self, name: &str) -> Option<String> {
        self.quoted(name).map(unquote)
    }
}

/// In quotes, with escapes.
fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from(if half < 10 { b'0' + half } else { b'a' - 10 + half }));
        }
    }
}

/// Compares in a time that tells nothing of where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (x, y)| sum | (x ^ y)) == 0
}

/// `HA1 = H(user:realm:secret)`.
pub fn ha1(user: &str, realm: &str, secret: &str) -> Ha1 {
    let text = format!("{user}:{realm}:{secret}");
    Ha1 {
        md5: Md5::digest(text.as_bytes()).into(),
        sha256: Sha256::digest(text.as_bytes()).into(),
        sha512_256: Sha512_256::digest(text.as_bytes()).into(),
    }
}

/// Answers a challenge as a client: the value of an Authorization header. None when the challenge asks for an algorithm
/// or protection that is not spoken here. `nc` is 1 for the first answer to a nonce.
pub fn answer(
    challenge: &str,
    credentials: &Credentials,
    method: &str,
    uri: &str,
    cnonce: &str,
    nc: u32,
    body: &[u8],
) -> Option<String> {
    let asked = Parameters::parse(challenge)?;
    let name = asked.get("algorithm");
    let (algorithm, session) = Algorithm::named(name.as_deref())?;
    let (realm, nonce) = (asked.get("realm")?, asked.get("nonce")?);
    let qop = match asked.get("qop") {
        None => None,
        Some(list) => {
            let offered = |wanted: &str| list.split(',').any(|q| q.trim().eq_ignore_ascii_case(wanted));
            Some(["auth", INTEGRITY].into_iter().find(|q| offered(q))?)
        }
    };
    let mut ha1 = algorithm.ha1_text(&ha1(&credentials.user, &realm, &credentials.secret));
    if session {
        ha1 = algorithm.hash(&format!("{ha1}:{nonce}:{cnonce}"));
    }
    let ha2 = match qop {
        Some(INTEGRITY) => algorithm.hash(&format!("{method}:{uri}:{}", algorithm.hash_bytes(body))),
        _ => algorithm.hash(&format!("{method}:{uri}")),
    };
    let counted = qop.map_or_else(String::new, |qop| format!("{nc:08x}:{cnonce}:{qop}:"));
    let response = algorithm.hash(&format!("{ha1}:{nonce}:{counted}{ha2}"));
    let mut value = format!(
        "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
        quote(&credentials.user),
        quote(&realm),
        quote(&nonce),
        quote(uri)
    );
    if let Some(name) = name {
        let _ = write!(value, ", algorithm={name}");
    }
    if qop.is_some() || session {
        let _ = write!(value, ", cnonce={}", quote(cnonce));
    }
    if let Some(qop) = qop {
        let _ = write!(value, ", qop={qop}, nc={nc:08x}");
    }
    if let Some(opaque) = asked.get("opaque") {
        let _ = write!(value, ", opaque={}", quote(&opaque));
    }
    Some(value)
}

/// The strongest of several challenges that can be answered (RFC 8760, 2.4).
pub(crate) fn strongest<'a>(challenges: &[&'a str]) -> Option<&'a str> {
    let strength = |challenge: &str| {
        let parameters = Parameters::parse(challenge)?;
        Algorithm::named(parameters.get("algorithm").as_deref()).map(|(algorithm, _)| algorithm)
    };
    // `max_by_key` takes the last of equals; the first is the server's preference.
    challenges.iter().rev().copied().filter(|c| strength(c).is_some()).max_by_key(|c| strength(c))
}

/// Does a challenge say that only the nonce was too old?
pub(crate) fn is_stale(challenge: &str) -> bool {
    Parameters::parse(challenge).and_then(|p| p.get("stale")).is_some_and(|s| s.eq_ignore_ascii_case("true"))
}
