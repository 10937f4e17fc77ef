//! URIs, name-addrs, parameters and lists, read in place.

/// A SIP URI taken apart, borrowed from the message; escapes as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The whole text.
    pub text: &'a str,
    /// `sip`, `sips`, `tel` …, as sent.
    pub scheme: &'a str,
    /// The part before `@`, without password; empty when absent. The number of a `tel:` URI.
    pub user: &'a str,
    /// The host, IPv6 with its brackets; empty for other schemes than `sip` and `sips`.
    pub host: &'a str,
    /// The port.
    pub port: Option<u16>,
    /// All after the host and port, with its leading `;`, before `?`.
    pub params: &'a str,
}

impl<'a> Uri<'a> {
    /// Takes a URI apart; none when it is no URI.
    pub fn parse(text: &'a str) -> Option<Self> {
        if text.bytes().any(|b| b <= b' ' || matches!(b, b'<' | b'>' | b'"' | 0x7f)) {
            return None;
        }
        let (scheme, rest) = split_once(text, b':')?;
        let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
        if !named || !scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) {
            return None;
        }
        if !scheme.eq_ignore_ascii_case("sip") && !scheme.eq_ignore_ascii_case("sips") {
            let (user, params) = cut(rest, memchr::memchr2(b';', b'?', rest.as_bytes()));
            let (params, _) = cut(params, memchr::memchr(b'?', params.as_bytes()));
            return Some(Self { text, scheme, user, host: "", port: None, params });
        }
        let (userinfo, rest) = split_user(rest);
        let user = split_once(userinfo, b':').map_or(userinfo, |(user, _)| user);
        let (address, tail) = cut(rest, memchr::memchr2(b';', b'?', rest.as_bytes()));
        let (params, _) = cut(tail, memchr::memchr(b'?', tail.as_bytes()));
        let (host, port) = host_port(address)?;
        Some(Self { text, scheme, user, host, port, params })
    }

    /// The header part after `?`, as sent; empty when absent.
    pub fn headers(&self) -> &'a str {
        let rest = self.text.split_once(':').map_or("", |(_, rest)| rest);
        let (_, rest) = split_user(rest);
        rest.split_once('?').map_or("", |(_, headers)| headers)
    }
}

/// The user part ends at the first `@`, which a user part cannot hold unescaped; phones do send it unescaped in the
/// headers part, behind `?name=`. A user part may hold `?` and `=` too, but seldom with a header's name between them.
fn split_user(rest: &str) -> (&str, &str) {
    let named = |headers: &str| {
        let name = headers.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    match split_once(rest, b'@') {
        Some((user, host)) if !user.split_once('?').is_some_and(|(_, headers)| named(headers)) => (user, host),
        _ => ("", rest),
    }
}

fn cut(text: &str, at: Option<usize>) -> (&str, &str) {
    at.and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

/// As [`str::split_once`], for an ASCII character.
fn split_once(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = memchr::memchr(at, text.as_bytes())?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
pub(crate) fn host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if text.starts_with('[') {
        let end = text.find(']')? + 1;
        cut(text, Some(end))
    } else {
        cut(text, memchr::memchr(b':', text.as_bytes()))
    };
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'%');
    if inner.is_empty() || !inner.bytes().all(named) {
        return None;
    }
    match port.strip_prefix(':').map(str::trim_ascii) {
        None => port.is_empty().then_some((host, None)),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some((host, Some(digits.parse().ok()?))),
        Some(_) => None,
    }
}

/// A name-addr or addr-spec with header parameters (From, To, Contact).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name, unquoted; empty when absent.
    pub name: String,
    /// The URI. For the Contact `*` only its text is there.
    pub uri: Uri<'a>,
    /// Header parameters, with their leading `;`.
    pub params: &'a str,
}

impl<'a> NameAddr<'a> {
    /// Reads one address; none when quotes or brackets do not match or the URI is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_ascii();
        if text == "*" {
            let uri = Uri { text, scheme: "", user: "", host: "", port: None, params: "" };
            return Some(Self { name: String::new(), uri, params: "" });
        }
        let (name, rest) = display_name(text)?;
        let (uri, params) = match rest.strip_prefix('<') {
            Some(inner) => split_once(inner, b'>')?,
            // RFC 3261, 20: a URI with `,` or `?` has to stand in brackets.
            None if name.is_empty() => {
                let (uri, params) = cut(rest, memchr::memchr(b';', rest.as_bytes()));
                if uri.contains([',', '?']) {
                    return None;
                }
                (uri, params)
            }
            None => return None,
        };
        let params = params.trim_ascii();
        let whole = params.is_empty() || params.starts_with(';');
        whole.then_some(Self { name, uri: Uri::parse(uri.trim_ascii())?, params })
    }
}

/// The name before `<`, and what begins with `<`; or no name and the whole.
fn display_name(text: &str) -> Option<(String, &str)> {
    if !text.starts_with('"') {
        let Some(at) = memchr::memchr(b'<', text.as_bytes()) else { return Some((String::new(), text)) };
        let (name, rest) = text.split_at_checked(at)?;
        // A control character would become a space in what we send, and what it hid would be read as something else.
        let sound = !name.bytes().any(|b| b.is_ascii_control() && b != b'\t');
        return sound.then(|| (name.trim_ascii().to_owned(), rest));
    }
    let end = quoted_end(text, 0)?;
    let (quoted, rest) = text.split_at_checked(end)?;
    let rest = rest.trim_ascii_start();
    rest.starts_with('<').then(|| (unquote(quoted), rest))
}

/// The position behind the quoted string that starts at `at`.
fn quoted_end(text: &str, at: usize) -> Option<usize> {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(at + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

/// The content of a quoted string, escapes undone; other text as it is.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else { return text.to_owned() };
    let mut plain = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    plain
}

/// Cuts at `separator` outside quotes and angle brackets; the pieces trimmed. An open quote runs to the end.
pub(crate) fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest?;
        let next = memchr::memchr(separator, whole.as_bytes());
        let plain = whole.get(..next.unwrap_or(whole.len())).unwrap_or_default();
        let nested = memchr::memchr2(b'"', b'<', plain.as_bytes()).is_some();
        let at = if nested { top_level(whole, separator) } else { next };
        let piece = at.map_or(whole, |at| whole.get(..at).unwrap_or_default());
        rest = at.and_then(|at| whole.get(at + 1..));
        Some(piece.trim_ascii())
    })
}

/// The first separator outside quotes and angle brackets.
fn top_level(text: &str, separator: u8) -> Option<usize> {
    let (mut quoted, mut escaped, mut bracket) = (false, false, false);
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => bracket = true,
            b'>' if !quoted => bracket = false,
            _ => return byte == separator && !quoted && !bracket,
        }
        false
    })
}

/// One parameter of a list such as `;q=0.5;ob`: its value without quotes, empty for a flag.
pub(crate) fn param<'a>(params: &'a str, name: &str) -> Option<&'a str> {
    split(params, b';').find_map(|piece| {
        let (key, value) = split_once(piece, b'=').unwrap_or((piece, ""));
        let value = value.trim_ascii();
        key.trim_ascii_end()
            .eq_ignore_ascii_case(name)
            .then(|| value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value))
    })
}

/// One Via value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Via<'a> {
    /// `UDP`, as sent.
    pub transport: &'a str,
    /// Host and port, as sent.
    pub sent_by: &'a str,
    /// With their leading `;`.
    pub params: &'a str,
}

impl<'a> Via<'a> {
    /// Reads `SIP / 2.0 / UDP host:port ;branch=…`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let (name, version, rest) =
            (parts.next()?.trim_ascii(), parts.next()?.trim_ascii(), parts.next()?.trim_ascii_start());
        if !name.eq_ignore_ascii_case("SIP") || version != "2.0" {
            return None;
        }
        let (transport, rest) = rest.split_once([' ', '\t'])?;
        let (sent_by, params) = cut(rest, memchr::memchr(b';', rest.as_bytes()));
        let sent_by = sent_by.trim_ascii();
        let sound = sent_by_is_sound(sent_by) && split(params, b';').skip(1).all(|p| !p.is_empty());
        sound.then_some(Self { transport, sent_by, params })
    }

    /// The branch; empty when absent.
    pub fn branch(&self) -> &'a str {
        param(self.params, "branch").unwrap_or("")
    }
}

/// `host : port`, spaces around the colon allowed.
fn sent_by_is_sound(text: &str) -> bool {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.trim_ascii_end().is_empty() && !port.contains(']') => {
            host_port(host.trim_ascii_end()).is_some() && port.trim_ascii().parse::<u16>().is_ok()
        }
        _ => host_port(text).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_of_every_shape_are_taken_apart() {
        let uri = Uri::parse("sip:alice:secret@example.com:5070;transport=tcp?Subject=hi").unwrap();
        assert_eq!((uri.user, uri.host, uri.port, uri.params), ("alice", "example.com", Some(5070), ";transport=tcp"));
        assert_eq!(uri.headers(), "Subject=hi");
        let uri = Uri::parse("sip:b@[2001:db8::10]:5070").unwrap();
        assert_eq!((uri.host, uri.port), ("[2001:db8::10]", Some(5070)));
        let uri = Uri::parse("tel:+15551234;phone-context=x").unwrap();
        assert_eq!((uri.scheme, uri.user, uri.host, uri.params), ("tel", "+15551234", "", ";phone-context=x"));
        let uri = Uri::parse("sip:+1555;phone-context=x@y").unwrap();
        assert_eq!((uri.user, uri.host), ("+1555;phone-context=x", "y"));
        let uri = Uri::parse("sip:example.com?Replaces=abc@host;to-tag=1").unwrap();
        assert_eq!((uri.user, uri.host, uri.headers()), ("", "example.com", "Replaces=abc@host;to-tag=1"));
    }

    #[test]
    fn what_is_no_uri_is_refused() {
        for text in [
            "",
            "alice",
            "sip:",
            "sip:a@",
            "sip:a b@c",
            "<sip:a@b>",
            "sip:a@b:99999",
            "sip:a@b:x",
            "1sip:a@b",
            "sip:a@[::1",
        ] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_quoted_display_name_may_hold_brackets() {
        let address = NameAddr::parse(r#""A <b> \"c\", d" <sip:a@b;x=1>;tag=7 ; q=0.5"#).unwrap();
        assert_eq!(address.name, "A <b> \"c\", d");
        assert_eq!(address.uri.params, ";x=1");
        assert_eq!(param(address.params, "tag"), Some("7"));
        assert_eq!(param(address.params, "Q"), Some("0.5"));
    }

    #[test]
    fn parameters_of_a_bare_address_are_header_parameters() {
        let address = NameAddr::parse("sip:a@b;tag=1").unwrap();
        assert_eq!((address.uri.text, address.params), ("sip:a@b", ";tag=1"));
        assert_eq!(NameAddr::parse(r#""open <sip:a@b>"#), None);
        assert_eq!(NameAddr::parse("<sip:a@b"), None);
        assert_eq!(NameAddr::parse("\0\"\" <sip:a@b>"), None);
        assert_eq!(NameAddr::parse("a\tb <sip:a@b>").unwrap().name, "a\tb");
        assert_eq!(NameAddr::parse("*").unwrap().uri.text, "*");
    }

    #[test]
    fn lists_split_at_top_level_commas_only() {
        let parts: Vec<_> = split(r#""a,b" <sip:x@y,z>;p="1,2", <sip:c@d> ,e"#, b',').collect();
        assert_eq!(parts, [r#""a,b" <sip:x@y,z>;p="1,2""#, "<sip:c@d>", "e"]);
    }

    #[test]
    fn via_tolerates_space_where_the_grammar_does() {
        let via = Via::parse("SIP  / 2.0\t/ UDP 192.0.2.2 : 5060 ;branch = z9hG4bK1 ;rport").unwrap();
        assert_eq!((via.transport, via.sent_by, via.branch()), ("UDP", "192.0.2.2 : 5060", "z9hG4bK1"));
        assert_eq!(param(via.params, "rport"), Some(""));
        assert!(Via::parse("SIP/2.0/TLS [2001:db8::1]:5061;branch=x").is_some());
        assert!(Via::parse("SIP/2.0/UDP 192.0.2.15;;").is_none());
        assert!(Via::parse("SIP/7.0/UDP 192.0.2.15").is_none());
    }
}
