//! A message as it may be kept and shown: without its secrets. What is not known to be harmless is left out, so that a
//! header or a body that nobody has thought of is not kept either.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::{memchr, memchr2_iter, memmem};

/// The most characters of a redacted message.
pub const REDACTED_CHARACTERS_MAX: usize = 8_192;
/// The most header lines that are looked through for the Call-ID.
const LINES_MAX: usize = 128;
/// What stands in the place of a secret.
const GONE: &str = "…";

/// Headers whose values are kept as they came, but for passwords in URIs; in the order of the alphabet.
const HARMLESS: [&str; 75] = [
    "accept",
    "accept-contact",
    "accept-encoding",
    "accept-language",
    "alert-info",
    "allow",
    "allow-events",
    "answer-mode",
    "call-id",
    "call-info",
    "contact",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "cseq",
    "date",
    "diversion",
    "event",
    "expires",
    "flow-timer",
    "from",
    "geolocation",
    "history-info",
    "in-reply-to",
    "join",
    "max-forwards",
    "mime-version",
    "min-expires",
    "min-se",
    "organization",
    "p-access-network-info",
    "p-asserted-identity",
    "p-called-party-id",
    "p-early-media",
    "p-preferred-identity",
    "path",
    "priority",
    "privacy",
    "proxy-require",
    "rack",
    "reason",
    "record-route",
    "refer-sub",
    "refer-to",
    "referred-by",
    "reject-contact",
    "remote-party-id",
    "replaces",
    "request-disposition",
    "require",
    "resource-priority",
    "retry-after",
    "route",
    "rseq",
    "server",
    "service-route",
    "session-expires",
    "session-id",
    "sip-etag",
    "sip-if-match",
    "subject",
    "subscription-state",
    "supported",
    "target-dialog",
    "timestamp",
    "to",
    "unsupported",
    "user-agent",
    "via",
    "warning",
    "x-asterisk-hangupcause",
    "x-grandstream-pbx",
    "x-serialnumber",
];
/// The compact names of some of these.
const COMPACT: [&str; 16] = ["a", "b", "c", "e", "f", "i", "j", "k", "l", "m", "o", "r", "s", "t", "u", "v"];
/// Headers of digest (RFC 3261, 20; RFC 7616), …
const DIGEST: [&str; 6] = [
    "authorization",
    "proxy-authorization",
    "www-authenticate",
    "proxy-authenticate",
    "authentication-info",
    "proxy-authentication-info",
];
/// … and those of their parameters that are no secrets.
const DIGEST_HARMLESS: [&str; 8] = ["username", "realm", "uri", "algorithm", "qop", "nc", "stale", "domain"];
/// Lines of a session description that are kept, by what they begin with; the rest of an `a=` line too.
const SDP_LINES: [&str; 9] = ["v=", "o=", "s=", "i=", "c=", "b=", "t=", "m=", "r="];
/// Attributes that hold keys.
const SDP_SECRETS: [&str; 4] = ["crypto", "ice-pwd", "key-mgmt", "zrtp-hash"];
/// Words that have no business in what is kept whole.
const SUSPECT: [&str; 6] = ["authorization", "response=", "nonce=", "password", "passwd", "inline:"];
/// Finds them, however they are written, all in one pass.
static SUSPECTS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(SUSPECT).ok());

/// Its Call-ID, and whether it is a request that can begin something. None where no Call-ID can be read; reads no more of
/// it than that.
pub fn call_id(bytes: &[u8]) -> Option<(&[u8], bool)> {
    let start = bytes.iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let mut rest = bytes.get(start..)?;
    let begins = ["INVITE ", "REGISTER ", "SUBSCRIBE ", "MESSAGE ", "PUBLISH "];
    let begins = begins.iter().any(|method| rest.starts_with(method.as_bytes()));
    for _ in 0..LINES_MAX {
        rest = rest.get(memchr(b'\n', rest)? + 1..)?;
        match rest.first()? {
            b'i' | b'I' | b'c' | b'C' => {}
            b'\r' | b'\n' => return None,
            _ => continue,
        }
        let line = rest.get(..memchr(b'\n', rest)?)?;
        let colon = memchr(b':', line)?;
        let name = line.get(..colon)?.trim_ascii_end();
        if name.eq_ignore_ascii_case(b"Call-ID") || name.eq_ignore_ascii_case(b"i") {
            let value = line.get(colon + 1..)?.trim_ascii();
            return (!value.is_empty()).then_some((value, begins));
        }
    }
    None
}

/// The message without its secrets. `foreign` says of a host whether the reader is not to know it.
pub fn redact(bytes: &[u8], foreign: &dyn Fn(&str) -> bool) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches(['\r', '\n']);
    let mut out = String::with_capacity(text.len().min(REDACTED_CHARACTERS_MAX) + 32);
    let mut kind = String::new();
    let mut lines = text.split_inclusive('\n');
    let mut body_at = lines.next().map_or(0, |first| {
        push_line(&mut out, &plain(first, foreign));
        first.len()
    });
    let mut header = String::new();
    for line in lines {
        let bare = line.trim_end_matches(['\r', '\n']);
        body_at += line.len();
        // What is folded belongs to the header above it.
        if bare.starts_with([' ', '\t']) && !header.is_empty() {
            header.push(' ');
            header.push_str(bare.trim());
            continue;
        }
        if !header.is_empty() {
            push_header(&mut out, &mut kind, &header, foreign);
            header.clear();
        }
        if bare.is_empty() {
            break;
        }
        header.push_str(bare);
    }
    if !header.is_empty() {
        push_header(&mut out, &mut kind, &header, foreign);
    }
    out.push_str("\r\n");
    push_body(&mut out, &kind, text.get(body_at..).unwrap_or_default(), foreign);
    if out.len() > REDACTED_CHARACTERS_MAX {
        out = out.chars().take(REDACTED_CHARACTERS_MAX).collect();
    }
    out
}

/// A line of ours: whatever could end it early is a space.
fn push_line(out: &mut String, line: &str) {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        out.push_str(line);
    } else {
        out.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    out.push_str("\r\n");
}

fn push_header(out: &mut String, kind: &mut String, header: &str, foreign: &dyn Fn(&str) -> bool) {
    let Some((name, value)) = header.split_once(':') else {
        return push_line(out, &format!("{GONE} ({} bytes that are no header)", header.len()));
    };
    let (name, value) = (name.trim(), value.trim());
    let lower = name.to_ascii_lowercase();
    if lower == "content-type" || lower == "c" {
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().clone_into(kind);
    }
    let known = |list: &[&str]| list.contains(&lower.as_str());
    if known(&DIGEST) {
        let value = without_foreign(&without_passwords(&digest(value)), foreign).into_owned();
        push_line(out, &format!("{name}: {value}"));
    } else if HARMLESS.binary_search(&lower.as_str()).is_ok() || known(&COMPACT) {
        let value = plain(value, foreign);
        out.push_str(name);
        out.push_str(": ");
        push_line(out, &value);
    } else {
        let name: String = name.chars().filter(|c| c.is_ascii_graphic()).take(64).collect();
        push_line(out, &format!("{name}: {GONE} ({} bytes)", value.len()));
    }
}

/// Scheme and harmless parameters of a challenge or of an answer to one.
fn digest(value: &str) -> String {
    let (scheme, params) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    // Without a scheme it is all parameters.
    let (scheme, params) = if scheme.contains('=') { ("", value) } else { (scheme, params) };
    if !scheme.is_empty() && !scheme.eq_ignore_ascii_case("Digest") || value.matches('"').count() % 2 == 1 {
        return GONE.to_owned();
    }
    let mut kept = Vec::new();
    for param in crate::uri::split(params, b',') {
        let (name, value) = param.split_once('=').unwrap_or((param, ""));
        let name = name.trim();
        let harmless = DIGEST_HARMLESS.iter().any(|known| known.eq_ignore_ascii_case(name)) && !is_suspect(value);
        match harmless {
            true => kept.push(format!("{name}={}", value.trim())),
            false if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && name.len() <= 32 => {
                kept.push(format!("{name}={GONE}"));
            }
            false => kept.push(GONE.to_owned()),
        }
    }
    format!("{scheme} {}", kept.join(", ")).trim().to_owned()
}

fn is_suspect(text: &str) -> bool {
    SUSPECTS.as_ref().is_none_or(|suspects| suspects.is_match(text))
}

/// Text that is kept as it is, but for passwords in URIs and hosts that are foreign; nothing at all where it looks like
/// something that should not be there.
fn plain<'a>(text: &'a str, foreign: &dyn Fn(&str) -> bool) -> Cow<'a, str> {
    if is_suspect(text) {
        return Cow::Borrowed(GONE);
    }
    match without_passwords(text) {
        Cow::Borrowed(text) => without_foreign(text, foreign),
        Cow::Owned(text) => Cow::Owned(without_foreign(&text, foreign).into_owned()),
    }
}

const SIP: &[u8] = b"sip";

/// Where the next "sip" stands, in whatever case.
fn find_sip(text: &str) -> Option<usize> {
    memchr2_iter(b's', b'S', text.as_bytes()).find(|at| {
        let word = text.as_bytes().get(*at..*at + SIP.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(SIP))
    })
}

/// `sip:user:password@host` → `sip:user:…@host`, percent-escaped or not.
fn without_passwords(text: &str) -> Cow<'_, str> {
    if memchr(b'@', text.as_bytes()).is_none() && memmem::find(text.as_bytes(), b"%40").is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    let mut changed = false;
    let ends = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | ',');
    while let Some(at) = find_sip(rest) {
        let (before, after) = rest.split_at(at + SIP.len());
        out.push_str(before);
        rest = after;
        let Some(colon) = after.strip_prefix(['s', 'S']).unwrap_or(after).strip_prefix(':') else { continue };
        let uri = colon.get(..colon.find(ends).unwrap_or(colon.len())).unwrap_or_default();
        let Some(user) = uri.rfind('@').and_then(|at| uri.get(..at)) else { continue };
        let Some(secret) = user.find(':').and_then(|at| user.get(at + 1..)).filter(|secret| !secret.is_empty()) else {
            continue;
        };
        let skipped = after.len() - colon.len() + user.len() - secret.len();
        out.push_str(after.get(..skipped).unwrap_or_default());
        out.push_str(GONE);
        rest = after.get(skipped + secret.len()..).unwrap_or_default();
        changed = true;
    }
    out.push_str(rest);
    if changed { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// The text without the hosts that are foreign.
fn without_foreign<'a>(text: &'a str, foreign: &dyn Fn(&str) -> bool) -> Cow<'a, str> {
    let mut out: Option<String> = None;
    // What stands before this is in `out`, where there is one.
    let mut kept = 0;
    for (at, word) in words(text) {
        let host = word.trim_matches('.');
        if host.len() <= 3 || !host.bytes().any(|byte| byte.is_ascii_alphabetic()) || !foreign(&lower(host)) {
            continue;
        }
        let out = out.get_or_insert_default();
        out.push_str(text.get(kept..at).unwrap_or_default());
        out.push_str(GONE);
        kept = at + word.len();
    }
    match out {
        None => Cow::Borrowed(text),
        Some(mut out) => {
            out.push_str(text.get(kept..).unwrap_or_default());
            Cow::Owned(out)
        }
    }
}

fn lower(host: &str) -> Cow<'_, str> {
    match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    }
}

/// What could be a host, and where it stands: runs of letters, digits, dots and hyphens.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes.get(at..)?.iter().position(is_host)?;
        let rest = bytes.get(start..)?;
        at = start + rest.iter().position(|byte| !is_host(byte)).unwrap_or(rest.len());
        Some((start, text.get(start..at)?))
    })
}

fn push_body(out: &mut String, kind: &str, body: &str, foreign: &dyn Fn(&str) -> bool) {
    if body.is_empty() {
        return;
    }
    match kind {
        "application/sdp" => body.lines().for_each(|line| sdp_line(out, line, foreign)),
        "message/sipfrag" => {
            // Its first line says how it went; what may follow are headers of somebody's.
            push_line(out, &plain(body.lines().next().unwrap_or_default(), foreign));
        }
        "application/simple-message-summary" => {
            body.lines().for_each(|line| push_line(out, &plain(line, foreign)));
        }
        _ => {
            let _ = write!(out, "{GONE} ({} bytes that are not kept)", body.len());
        }
    }
}

fn sdp_line(out: &mut String, line: &str, foreign: &dyn Fn(&str) -> bool) {
    if let Some(attribute) = line.strip_prefix("a=") {
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        let name_lower = name.trim().to_ascii_lowercase();
        if name_lower == "crypto" {
            // Tag and suite say which protection; the keys follow.
            let mut words = value.split_whitespace();
            let (tag, suite) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let known = suite.len() <= 32 && tag.len() <= 9 && tag.bytes().all(|b| b.is_ascii_digit());
            let known = known && ["AES_", "AEAD_", "F8_"].iter().any(|suites| suite.starts_with(suites));
            let (tag, suite) = if known { (tag, suite) } else { (GONE, "") };
            push_line(out, &format!("a=crypto:{tag} {suite} inline:{GONE}"));
        } else if SDP_SECRETS.contains(&name_lower.as_str()) || is_suspect(line) {
            let name: String = name.chars().filter(char::is_ascii_graphic).take(32).collect();
            push_line(out, &format!("a={name}:{GONE}"));
        } else {
            push_line(out, &without_foreign(line, foreign));
        }
    } else if SDP_LINES.iter().any(|begin| line.starts_with(begin)) {
        push_line(out, &plain(line, foreign));
    } else if !line.is_empty() {
        // `k=` is a key, and what is no line of a description may be anything.
        push_line(out, GONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(message: &str) -> String {
        redact(message.as_bytes(), &|host| host == "globex.example")
    }

    #[test]
    fn the_call_id_is_found_whatever_it_is_called() {
        let find = |message: &'static str| call_id(message.as_bytes());
        assert_eq!(
            find("INVITE sip:a SIP/2.0\r\nCSeq: 1 INVITE\r\ncall-id :  a b \r\n\r\n"),
            Some((&b"a b"[..], true))
        );
        assert_eq!(find("\r\nSIP/2.0 200 OK\r\ni:x\r\n\r\n"), Some((&b"x"[..], false)));
        assert_eq!(find("BYE sip:a SIP/2.0\r\n\r\nCall-ID: in the body\r\n"), None);
        for none in ["", "\r\n\r\n", "INVITE sip:a SIP/2.0", "INVITE sip:a SIP/2.0\r\nCall-ID:\r\n\r\n"] {
            assert_eq!(find(none), None, "{none}");
        }
    }

    #[test]
    fn what_explains_is_kept_and_what_proves_is_not() {
        let out = text(
            "INVITE sip:102:pass@acme.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx\r\n\
             From: \"A\" <sip:101@acme.example>;tag=1\r\nReferred-By: <sip:9@globex.example>\r\n\
             Proxy-Authorization: Digest username=\"101\", realm=\"acme.example\", nonce=\"NNN\",\r\n uri=\"sip:102@acme.example\", \
             response=\"RRR\", cnonce=\"CCC\", qop=auth, nc=00000001, opaque=\"OOO\", algorithm=MD5\r\n\
             X-Token: TTT\r\nContent-Type: application/sdp\r\nContent-Length: 9\r\n\r\n\
             v=0\r\nm=audio 4000 RTP/SAVP 0\r\nk=clear:KKK\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:III|2^20\r\n\
             a=ice-ufrag:u\r\na=ice-pwd:PPP\r\n",
        );
        for gone in ["pass", "NNN", "RRR", "CCC", "OOO", "TTT", "KKK", "III", "PPP", "globex"] {
            assert!(!out.contains(gone), "{gone} in\n{out}");
        }
        for kept in [
            "INVITE sip:102:…@acme.example SIP/2.0",
            "username=\"101\"",
            "realm=\"acme.example\"",
            "nonce=…",
            "uri=\"sip:102@acme.example\"",
            "nc=00000001",
            "X-Token: … (3 bytes)",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…",
            "a=ice-ufrag:u",
            "m=audio 4000 RTP/SAVP 0",
            "From: \"A\" <sip:101@acme.example>;tag=1",
        ] {
            assert!(out.contains(kept), "{kept} not in\n{out}");
        }
    }

    #[test]
    fn what_people_write_and_press_is_not_kept() {
        let out = text("MESSAGE sip:a SIP/2.0\r\nc: text/plain\r\nl: 6\r\n\r\nsecret");
        assert!(!out.contains("secret") && out.contains("(6 bytes that are not kept)"), "{out}");
        let out = text("INFO sip:a SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=7\r\n");
        assert!(!out.contains("Signal"), "{out}");
        let out = text(
            "NOTIFY sip:a SIP/2.0\r\nContent-Type: message/sipfrag;version=2.0\r\n\r\nSIP/2.0 180 Ringing\r\nX: y\r\n",
        );
        assert!(out.ends_with("\r\n\r\nSIP/2.0 180 Ringing\r\n"), "{out}");
        assert!(!text("OPTIONS sip:a SIP/2.0\r\n\r\nno type").contains("no type"));
    }

    #[test]
    fn the_list_of_what_is_kept_can_be_searched() {
        assert!(HARMLESS.is_sorted());
        assert!(HARMLESS.iter().all(|name| *name == name.to_ascii_lowercase()));
    }

    #[test]
    fn a_secret_is_found_however_it_is_written_and_whatever_stands_round_it() {
        let header = |value: &str| text(&format!("OPTIONS sip:a SIP/2.0\r\nSubject: {value}\r\n\r\n"));
        for value in ["My PassWord is x", "xNONCE=1", "Inline:abc", "ré password"] {
            assert!(header(value).contains("Subject: …\r\n"), "{value}");
        }
        assert!(header("sip:1:Xx@a, <SIP:2:Yy@b>, sip:3@c").contains("Subject: sip:1:…@a, <SIP:2:…@b>, sip:3@c\r\n"));
        assert!(header("é GLOBEX.example. and (globex.example)").contains("Subject: é … and (…)\r\n"));
        assert!(header("é xglobex.example \u{85}tail").contains("Subject: é xglobex.example  tail\r\n"));
    }
}
