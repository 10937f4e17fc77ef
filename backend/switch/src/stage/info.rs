//! DTMF by INFO: `application/dtmf-relay` and `application/dtmf`, as phones send it.

use sip::Reply;

/// What an INFO asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Info {
    /// A key was pressed.
    Digit(char),
    /// Nothing; some phones keep a dialog alive like this.
    Empty,
    /// Not understood.
    Unknown,
}

/// Reads the body of an INFO.
pub fn read(content_type: &str, body: &[u8]) -> Info {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let text = std::str::from_utf8(body).unwrap_or_default();
    if body.is_empty() {
        return Info::Empty;
    }
    let signal = if kind.eq_ignore_ascii_case("application/dtmf-relay") {
        text.lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"))
            .map(|(_, value)| value.trim())
    } else if kind.eq_ignore_ascii_case("application/dtmf") {
        Some(text.trim())
    } else {
        None
    };
    signal.and_then(digit).map_or(Info::Unknown, Info::Digit)
}

/// What the sender is told.
pub fn reply(info: Info) -> Reply {
    match info {
        Info::Digit(_) | Info::Empty => Reply::status(200),
        Info::Unknown => Reply::status(415).header("Accept", "application/dtmf-relay, application/dtmf"),
    }
}

/// A key by its sign, or by its RFC 4733 event number for `*` and `#`.
fn digit(signal: &str) -> Option<char> {
    let mut signs = signal.chars();
    match (signs.next(), signs.next(), signal) {
        (_, _, "10") => Some('*'),
        (_, _, "11") => Some('#'),
        (Some(sign), None, _) if "0123456789*#ABCDabcd".contains(sign) => Some(sign.to_ascii_uppercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_dtmf_bodies_are_read() {
        assert_eq!(read("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n"), Info::Digit('5'));
        assert_eq!(read("Application/DTMF-Relay; x=y", b"Duration=160\nSignal= # \n"), Info::Digit('#'));
        assert_eq!(read("application/dtmf", b"10"), Info::Digit('*'));
        assert_eq!(read("application/dtmf", b"d\r\n"), Info::Digit('D'));
        assert_eq!(read("application/dtmf", b""), Info::Empty);
        for (kind, body) in
            [("application/dtmf", &b"12"[..]), ("text/plain", b"5"), ("application/dtmf-relay", b"\xff")]
        {
            assert_eq!(read(kind, body), Info::Unknown);
        }
    }
}
