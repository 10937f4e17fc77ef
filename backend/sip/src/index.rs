//! Where the parts of a message lie in its bytes: one pass, no copy, no allocation up to 32 headers.

use memchr::{memchr, memchr_iter, memrchr};

use crate::view::Malformed;

/// The most bytes of a message, head and body.
pub const MESSAGE_BYTES_MAX: usize = 65_535;
/// The most bytes of start line and headers.
pub const HEAD_BYTES_MAX: usize = 32_768;
/// The most bytes of a request line or status line.
pub const START_LINE_BYTES_MAX: usize = 8_192;
/// The most bytes of a Request-URI.
pub const URI_BYTES_MAX: usize = 4_096;
/// The most bytes of one header: name, value and what is folded below it.
pub const HEADER_BYTES_MAX: usize = 8_192;
/// The most header lines of a message.
pub const HEADERS_MAX: usize = 128;
/// The most Via values of a message: what the usual Max-Forwards lets happen.
pub const VIAS_MAX: usize = 70;
/// Header lines that are indexed without an allocation.
const HEADERS_INLINE: usize = 32;

/// A piece of the message, in bytes from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u16,
    pub end: u16,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        // Positions are below MESSAGE_BYTES_MAX, which is the largest u16.
        Self { start: u16::try_from(start).unwrap_or(u16::MAX), end: u16::try_from(end).unwrap_or(u16::MAX) }
    }

    pub fn of(self, bytes: &[u8]) -> &[u8] {
        bytes.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }

    /// The same of a text; empty where it would cut a character.
    pub fn within(self, text: &str) -> &str {
        text.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }

    /// Where `part`, a piece of `text`, lies in it.
    pub fn from(text: &str, part: &str) -> Self {
        let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        if part.is_empty() { Self::default() } else { Self::new(start, start + part.len()) }
    }
}

/// One header line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// Which of the well-known headers it is.
    id: u8,
    pub name: Span,
    pub value: Span,
}

/// The index.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// The method of a request; empty for a response.
    pub method: Span,
    /// The Request-URI, or the reason phrase.
    pub subject: Span,
    /// The status; zero for a request.
    pub status: u16,
    /// Is it `SIP/2.0`?
    pub version_known: bool,
    /// The body, cut by Content-Length.
    pub body: Span,
    /// Does a value run over several lines, or hold a bare CR?
    pub folded: bool,
    /// What is wrong with it, though enough was read to answer it: the first that was found.
    pub flaw: Option<Malformed>,
    count: usize,
    inline: [Line; HEADERS_INLINE],
    more: Vec<Line>,
}

impl Index {
    /// Reads a whole message: leading line breaks, LF line ends, folding and space before the colon are tolerated.
    pub fn of(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MESSAGE_BYTES_MAX {
            return Err(Malformed::TooLarge("message"));
        }
        let mut at = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).ok_or(Malformed::StartLine)?;
        let (line_end, next) = line(bytes, at).ok_or(Malformed::StartLine)?;
        let mut index = start_line(bytes, at, line_end).ok_or(Malformed::StartLine)?;
        at = next;
        loop {
            let (mut end, mut next) = line(bytes, at).ok_or(Malformed::Header("end of headers"))?;
            if end == at {
                at = next;
                break;
            }
            while matches!(bytes.get(next), Some(b' ' | b'\t')) {
                index.folded = true;
                (end, next) = line(bytes, next).ok_or(Malformed::Header("end of headers"))?;
            }
            if let Err(flaw) = index.header_line(bytes, at, end) {
                index.flaw.get_or_insert(flaw);
            }
            at = next;
            if at > HEAD_BYTES_MAX {
                break;
            }
        }
        if at > HEAD_BYTES_MAX {
            index.flaw.get_or_insert(Malformed::TooLarge("head"));
        }
        index.body = Span::new(at, bytes.len());
        if index.cut_body(bytes).is_none() {
            index.flaw.get_or_insert(Malformed::Header("Content-Length"));
        }
        let vias = index.named(bytes, "Via").map(|line| 1 + memchr_iter(b',', line.value.of(bytes)).count());
        if vias.sum::<usize>() > VIAS_MAX {
            index.flaw.get_or_insert(Malformed::TooLarge("Via list"));
        }
        Ok(index)
    }

    fn header_line(&mut self, bytes: &[u8], start: usize, end: usize) -> Result<(), Malformed> {
        if end - start > HEADER_BYTES_MAX {
            return Err(Malformed::TooLarge("header"));
        }
        let text = bytes.get(start..end).unwrap_or_default();
        let colon = memchr(b':', text).ok_or(Malformed::Header("name"))?;
        let name = text.get(..colon).unwrap_or_default().trim_ascii_end();
        if name.is_empty() || !name.iter().all(|&b| is_token(b)) {
            return Err(Malformed::Header("name"));
        }
        let raw = text.get(colon + 1..).unwrap_or_default();
        let value = raw.trim_ascii();
        self.folded |= memchr(b'\r', value).is_some();
        let value_start = end - raw.trim_ascii_start().len();
        let line = Line {
            id: known(name),
            name: Span::new(start, start + name.len()),
            value: Span::new(value_start, value_start + value.len()),
        };
        match self.inline.get_mut(self.count) {
            Some(place) => *place = line,
            None if self.count < HEADERS_MAX => self.more.push(line),
            None => return Err(Malformed::TooLarge("number of headers")),
        }
        self.count += 1;
        Ok(())
    }

    /// RFC 3261, 18.3: bytes beyond Content-Length are no part of the message; too few are an error.
    fn cut_body(&mut self, bytes: &[u8]) -> Option<()> {
        let mut said = None;
        for line in self.named(bytes, "Content-Length") {
            // Even twice the same: whoever stands between us may have read the other.
            if said.replace(content_length(line.value.of(bytes))?).is_some() {
                return None;
            }
        }
        if let Some(length) = said {
            let start = usize::from(self.body.start);
            if length > usize::from(self.body.end) - start {
                return None;
            }
            self.body = Span::new(start, start + length);
        }
        Some(())
    }

    /// All header lines in order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.inline.iter().take(self.count).chain(self.more.iter())
    }

    /// The lines of one name, long or compact, in any case.
    pub fn named<'a>(&'a self, bytes: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a Line> {
        let id = known(name.as_bytes());
        self.lines()
            .filter(move |line| line.id == id && (id != 0 || line.name.of(bytes).eq_ignore_ascii_case(name.as_bytes())))
    }
}

/// Where a line ends without its line break, and where the next begins.
fn line(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
    let feed = start + memchr(b'\n', bytes.get(start..)?)?;
    let end = if feed > start && bytes.get(feed - 1) == Some(&b'\r') { feed - 1 } else { feed };
    Some((end, feed + 1))
}

fn start_line(bytes: &[u8], start: usize, end: usize) -> Option<Index> {
    let text = bytes.get(start..end)?;
    let mut index = Index {
        method: Span::default(),
        subject: Span::default(),
        status: 0,
        version_known: true,
        body: Span::default(),
        folded: false,
        flaw: (text.len() > START_LINE_BYTES_MAX).then_some(Malformed::TooLarge("start line")),
        count: 0,
        inline: [Line::default(); HEADERS_INLINE],
        more: Vec::new(),
    };
    if text.get(..4).is_some_and(|t| t.eq_ignore_ascii_case(b"SIP/")) {
        let rest = text.get(7..)?;
        if !text.get(4..7)?.eq(b"2.0") || rest.first() != Some(&b' ') {
            return None;
        }
        let digits = rest.get(1..4)?;
        if !digits.iter().all(u8::is_ascii_digit) || !matches!(rest.get(4), None | Some(b' ')) {
            return None;
        }
        index.status = digits.iter().fold(0, |sum, d| sum * 10 + u16::from(d - b'0'));
        index.subject = Span::new((start + 12).min(end), end);
        return (100..700).contains(&index.status).then_some(index);
    }
    // Space where none belongs is an error that can be answered: the URI is what stands between the outer words.
    let method_end = memchr(b' ', text)?;
    let trimmed = text.trim_ascii_end();
    let uri_end = memrchr(b' ', trimmed)?;
    let method = text.get(..method_end)?;
    let version = trimmed.get(uri_end + 1..)?;
    if method.is_empty() || !method.iter().all(|&b| is_token(b)) {
        return None;
    }
    if !version.get(..4).is_some_and(|t| t.eq_ignore_ascii_case(b"SIP/")) {
        return None;
    }
    let uri = text.get(method_end + 1..uri_end).unwrap_or_default();
    if uri.is_empty() || memchr(b' ', uri).is_some() || trimmed.len() < text.len() {
        index.flaw.get_or_insert(Malformed::StartLine);
    }
    if uri.len() > URI_BYTES_MAX {
        index.flaw.get_or_insert(Malformed::UriTooLong);
    }
    index.version_known = version.get(4..) == Some(b"2.0");
    index.method = Span::new(start, start + method_end);
    index.subject = Span::new(start + method_end + 1, start + uri_end.max(method_end + 1));
    Some(index)
}

/// Digits only: no sign, no list, no overflow.
pub(crate) fn content_length(value: &[u8]) -> Option<usize> {
    if value.is_empty() || value.len() > 9 || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(value.iter().fold(0, |sum, d| sum * 10 + usize::from(d - b'0')))
}

/// A token character of RFC 3261, 25.1.
pub(crate) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
}

/// Makes the list of long names twice: as they are usually written, which the compiler turns into a switch (and into a
/// number where the name is a constant), and in any case.
macro_rules! long_names {
    ($($name:literal = $id:ident,)*) => {
        #[inline]
        fn as_written(name: &[u8]) -> u8 {
            match name {
                $($name => $id,)*
                _ => 0,
            }
        }

        const LONG: &[(&[u8], u8)] = &[$(($name, $id),)*];
    };
}

long_names! {
    b"Accept-Contact" = ACCEPT_CONTACT,
    b"Allow" = ALLOW,
    b"Allow-Events" = ALLOW_EVENTS,
    b"Authorization" = AUTHORIZATION,
    b"CSeq" = CSEQ,
    b"Call-ID" = CALL_ID,
    b"Contact" = CONTACT,
    b"Content-Encoding" = CONTENT_ENCODING,
    b"Content-Length" = CONTENT_LENGTH,
    b"Content-Type" = CONTENT_TYPE,
    b"Event" = EVENT,
    b"Expires" = EXPIRES,
    b"From" = FROM,
    b"Identity" = IDENTITY,
    b"Identity-Info" = IDENTITY_INFO,
    b"Max-Forwards" = MAX_FORWARDS,
    b"Proxy-Authorization" = PROXY_AUTHORIZATION,
    b"Record-Route" = RECORD_ROUTE,
    b"Refer-To" = REFER_TO,
    b"Referred-By" = REFERRED_BY,
    b"Reject-Contact" = REJECT_CONTACT,
    b"Request-Disposition" = REQUEST_DISPOSITION,
    b"Require" = REQUIRE,
    b"Route" = ROUTE,
    b"Session-Expires" = SESSION_EXPIRES,
    b"Subject" = SUBJECT,
    b"Supported" = SUPPORTED,
    b"To" = TO,
    b"Via" = VIA,
}

/// A number for each header that is looked for often or has a compact form; zero for the others.
#[inline]
fn known(name: &[u8]) -> u8 {
    match as_written(name) {
        0 => otherwise_written(name),
        id => id,
    }
}

/// In another case, or in its compact form.
fn otherwise_written(name: &[u8]) -> u8 {
    let same = |known: &[u8]| known.eq_ignore_ascii_case(name);
    let found = match name {
        [letter] => COMPACT.iter().find(|(compact, _)| compact.eq_ignore_ascii_case(letter)).map(|(_, id)| *id),
        _ => LONG.iter().find(|(long, _)| same(long)).map(|(_, id)| *id),
    };
    found.unwrap_or(0)
}

const VIA: u8 = 1;
const FROM: u8 = 2;
const TO: u8 = 3;
const CALL_ID: u8 = 4;
const CSEQ: u8 = 5;
const CONTACT: u8 = 6;
const CONTENT_LENGTH: u8 = 7;
const CONTENT_TYPE: u8 = 8;
const CONTENT_ENCODING: u8 = 9;
const SUPPORTED: u8 = 10;
const SUBJECT: u8 = 11;
const EVENT: u8 = 12;
const ALLOW_EVENTS: u8 = 13;
const REFER_TO: u8 = 14;
const REFERRED_BY: u8 = 15;
const SESSION_EXPIRES: u8 = 16;
const ACCEPT_CONTACT: u8 = 17;
const REJECT_CONTACT: u8 = 18;
const REQUEST_DISPOSITION: u8 = 19;
const IDENTITY: u8 = 20;
const IDENTITY_INFO: u8 = 21;
const ALLOW: u8 = 22;
const ROUTE: u8 = 23;
const EXPIRES: u8 = 24;
const REQUIRE: u8 = 25;
const MAX_FORWARDS: u8 = 26;
const RECORD_ROUTE: u8 = 27;
const AUTHORIZATION: u8 = 28;
const PROXY_AUTHORIZATION: u8 = 29;

/// The compact forms of RFC 3261, 7.3.3 and of its extensions.
const COMPACT: [(u8, u8); 20] = [
    (b'v', VIA),
    (b'f', FROM),
    (b't', TO),
    (b'i', CALL_ID),
    (b'm', CONTACT),
    (b'l', CONTENT_LENGTH),
    (b'c', CONTENT_TYPE),
    (b'e', CONTENT_ENCODING),
    (b'k', SUPPORTED),
    (b's', SUBJECT),
    (b'o', EVENT),
    (b'u', ALLOW_EVENTS),
    (b'r', REFER_TO),
    (b'b', REFERRED_BY),
    (b'x', SESSION_EXPIRES),
    (b'a', ACCEPT_CONTACT),
    (b'j', REJECT_CONTACT),
    (b'd', REQUEST_DISPOSITION),
    (b'y', IDENTITY),
    (b'n', IDENTITY_INFO),
];
