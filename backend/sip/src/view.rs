//! A received message: an index of spans over its bytes, no copy, typed values on demand.

use std::sync::Arc;

use bytes::Bytes;

pub use crate::index::{
    HEAD_BYTES_MAX, HEADER_BYTES_MAX, HEADERS_MAX, MESSAGE_BYTES_MAX, START_LINE_BYTES_MAX, URI_BYTES_MAX, VIAS_MAX,
};
use crate::index::{Index, Line, Span};
use crate::uri::{self, Via};
pub use crate::uri::{NameAddr, Uri};

/// A received message. Cheap to clone.
#[derive(Clone)]
pub struct Message {
    inner: Arc<Inner>,
}

/// The start line only: what follows may hold credentials.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let subject = self.slice(self.inner.index.subject);
        match self.status() {
            0 => write!(f, "Message({} {subject}, {} bytes)", self.method(), self.bytes().len()),
            status => write!(f, "Message({status} {subject}, {} bytes)", self.bytes().len()),
        }
    }
}

struct Inner {
    bytes: Bytes,
    /// Start line and headers as in `bytes`, position by position, with folding and what is not UTF-8 made harmless.
    head: Box<str>,
    index: Index,
    marks: Marks,
}

/// Where in the head lies what every message is asked for several times.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    from_tag: Span,
    to_tag: Span,
    /// The topmost Via, if it can be read.
    via: Option<ViaMarks>,
}

#[derive(Clone, Copy, Debug, Default)]
struct ViaMarks {
    transport: Span,
    sent_by: Span,
    params: Span,
    branch: Span,
}

impl Marks {
    fn of(head: &str, index: &Index) -> Self {
        let first = |name| index.named(head.as_bytes(), name).next().map(|line| line.value.within(head));
        let tag = |name| first(name).map_or(Span::default(), |value| Span::from(head, tag(value)));
        let via = first("Via").and_then(|value| Via::parse(uri::split(value, b',').next()?));
        let via = via.map(|via| ViaMarks {
            transport: Span::from(head, via.transport),
            sent_by: Span::from(head, via.sent_by),
            params: Span::from(head, via.params),
            branch: Span::from(head, via.branch()),
        });
        Self { from_tag: tag("From"), to_tag: tag("To"), via }
    }
}

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// No start line that could be read.
    StartLine,
    /// A header that must be there, once, is not, or cannot be read: its name.
    Header(&'static str),
    /// The Request-URI is longer than [`URI_BYTES_MAX`].
    UriTooLong,
    /// More than a named limit allows: of what.
    TooLarge(&'static str),
}

impl Message {
    /// Reads one whole message and checks what every message must have: one From, To, Call-ID and CSeq, and a Via.
    pub fn parse(bytes: Bytes) -> Result<Self, Malformed> {
        let message = Self::index(bytes)?;
        message.check()?;
        Ok(message)
    }

    /// Reads a message without asking for the mandatory headers, so that a refusal can be composed.
    pub(crate) fn index(bytes: Bytes) -> Result<Self, Malformed> {
        let index = Index::of(&bytes)?;
        let head = bytes.get(..usize::from(index.body.start)).unwrap_or_default();
        let head: Box<str> = match std::str::from_utf8(head) {
            Ok(head) if !index.folded => head.into(),
            _ => harmless(head, &index).into(),
        };
        let marks = Marks::of(&head, &index);
        Ok(Self { inner: Arc::new(Inner { bytes, head, index, marks }) })
    }

    /// Is everything there that RFC 3261, 8.1.1 asks for, once?
    pub(crate) fn check(&self) -> Result<(), Malformed> {
        if let Some(flaw) = self.inner.index.flaw {
            return Err(flaw);
        }
        for name in ["From", "To", "Call-ID", "CSeq", "Max-Forwards"] {
            let count = self.lines(name).count();
            if count > 1 || (count == 0 && name != "Max-Forwards") {
                return Err(Malformed::Header(name));
            }
        }
        self.via().ok_or(Malformed::Header("Via"))?;
        self.from().ok_or(Malformed::Header("From"))?;
        self.to().ok_or(Malformed::Header("To"))?;
        if self.call_id().is_empty() {
            return Err(Malformed::Header("Call-ID"));
        }
        let (_, method) = self.cseq_read().ok_or(Malformed::Header("CSeq"))?;
        if self.is_request() {
            if method != self.method() {
                return Err(Malformed::Header("CSeq"));
            }
            self.request_uri().ok_or(Malformed::StartLine)?;
            if !self.inner.index.version_known {
                return Err(Malformed::StartLine);
            }
        }
        Ok(())
    }

    fn slice(&self, span: Span) -> &str {
        span.within(&self.inner.head)
    }

    fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.inner.index.named(self.inner.head.as_bytes(), name)
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &Bytes {
        &self.inner.bytes
    }

    /// A request, or a response?
    pub fn is_request(&self) -> bool {
        self.inner.index.status == 0
    }

    /// The method as sent; empty for a response.
    pub fn method(&self) -> &str {
        self.slice(self.inner.index.method)
    }

    /// 100–699; zero for a request.
    pub fn status(&self) -> u16 {
        self.inner.index.status
    }

    /// The reason phrase of a response, often empty.
    pub fn reason_phrase(&self) -> &str {
        if self.is_request() { "" } else { self.slice(self.inner.index.subject) }
    }

    /// The Request-URI; none for a response.
    pub fn request_uri(&self) -> Option<Uri<'_>> {
        if self.is_request() { Uri::parse(self.slice(self.inner.index.subject)) } else { None }
    }

    /// Is the version `SIP/2.0`?
    pub(crate) fn version_known(&self) -> bool {
        self.inner.index.version_known
    }

    /// First line's value by name, long or compact, any case, folding undone.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.lines(name).next().map(|line| self.slice(line.value))
    }

    /// The values line by line, uncut: for headers whose commas separate no values, such as WWW-Authenticate.
    pub fn header_lines<'a>(&'a self, name: &str) -> Vec<&'a str> {
        self.lines(name).map(|line| self.slice(line.value)).collect()
    }

    /// Every header in order: name as sent, value with folding undone.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inner.index.lines().map(|line| (self.slice(line.name), self.slice(line.value)))
    }

    /// All values, lists split at top-level commas.
    pub fn header_values<'a>(&'a self, name: &str) -> Vec<&'a str> {
        let values = self.lines(name).flat_map(|line| uri::split(self.slice(line.value), b','));
        values.filter(|value| !value.is_empty()).collect()
    }

    /// Does a list header (Supported, Require, Allow …) hold this token, in any case?
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.lines(name).any(|line| uri::split(self.slice(line.value), b',').any(|v| v.eq_ignore_ascii_case(token)))
    }

    /// The From header.
    pub fn from(&self) -> Option<NameAddr<'_>> {
        NameAddr::parse(self.header("From")?).filter(|a| a.uri.text != "*")
    }

    /// The To header.
    pub fn to(&self) -> Option<NameAddr<'_>> {
        NameAddr::parse(self.header("To")?).filter(|a| a.uri.text != "*")
    }

    /// The tag of From; empty when absent.
    pub fn from_tag(&self) -> &str {
        self.slice(self.inner.marks.from_tag)
    }

    /// The tag of To; empty when absent.
    pub fn to_tag(&self) -> &str {
        self.slice(self.inner.marks.to_tag)
    }

    /// The Call-ID; empty when absent.
    pub fn call_id(&self) -> &str {
        self.header("Call-ID").unwrap_or("")
    }

    /// Number and method; zero and nothing when it cannot be read.
    pub fn cseq(&self) -> (u32, &str) {
        self.cseq_read().unwrap_or((0, ""))
    }

    fn cseq_read(&self) -> Option<(u32, &str)> {
        let (number, method) = self.header("CSeq")?.split_once([' ', '\t'])?;
        let number: u32 = number.parse().ok().filter(|n| *n < 1 << 31)?;
        let method = method.trim();
        method.bytes().all(crate::index::is_token).then_some((number, method)).filter(|(_, m)| !m.is_empty())
    }

    /// The topmost Via.
    pub(crate) fn via(&self) -> Option<Via<'_>> {
        let ViaMarks { transport, sent_by, params, branch: _ } = self.inner.marks.via?;
        Some(Via { transport: self.slice(transport), sent_by: self.slice(sent_by), params: self.slice(params) })
    }

    /// The branch of the topmost Via; empty when absent.
    pub(crate) fn branch(&self) -> &str {
        self.inner.marks.via.map_or("", |via| self.slice(via.branch))
    }

    /// The one address of a header such as Refer-To; none where it is absent, doubled or cannot be read.
    pub fn address(&self, name: &str) -> Option<NameAddr<'_>> {
        let [value] = self.header_values(name).try_into().ok()?;
        NameAddr::parse(value).filter(|a| a.uri.text != "*")
    }

    /// The Contacts that can be read; `*` has only the text of its URI.
    pub fn contacts(&self) -> Vec<NameAddr<'_>> {
        self.header_values("Contact").into_iter().filter_map(NameAddr::parse).collect()
    }

    /// Can every Contact be read?
    pub(crate) fn contacts_are_sound(&self) -> bool {
        self.header_values("Contact").into_iter().all(|value| NameAddr::parse(value).is_some())
    }

    /// Does Accept, where it says anything, allow SDP (RFC 3261, 20.1)?
    pub(crate) fn accepts_sdp(&self) -> bool {
        let allows = |range: &str| {
            let kind = range.split(';').next().unwrap_or_default().trim();
            ["application/sdp", "application/*", "*/*", "*"].iter().any(|known| kind.eq_ignore_ascii_case(known))
        };
        let ranges = self.header_values("Accept");
        ranges.is_empty() || ranges.into_iter().any(allows)
    }

    /// The Expires header in seconds; the largest number when it is larger, none when it cannot be read.
    pub fn expires(&self) -> Option<u32> {
        seconds(self.header("Expires")?)
    }

    /// Of a header parameter list or URI parameter list: `param(";q=0.5;ob", "q") == Some("0.5")`; a flag is `Some("")`.
    /// A quoted value comes without its quotes.
    pub fn param<'a>(params: &'a str, name: &str) -> Option<&'a str> {
        uri::param(params, name)
    }

    /// The body, by Content-Length where there is one.
    pub fn body(&self) -> Bytes {
        let span = self.inner.index.body;
        self.inner.bytes.slice(usize::from(span.start)..usize::from(span.end))
    }
}

/// Digits as seconds: saturating, so that a huge Expires is a long one (RFC 4475, 3.1.2.4).
pub(crate) fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// The tag of a From or To value; what stands in quotes or brackets is not looked into.
fn tag(value: &str) -> &str {
    uri::param(value, "tag").unwrap_or("")
}

/// The head in the same length: line breaks in values become spaces, bytes that are not UTF-8 become `?`.
fn harmless(head: &[u8], index: &Index) -> String {
    let mut copy = head.to_vec();
    for line in index.lines() {
        let value = copy.get_mut(usize::from(line.value.start)..usize::from(line.value.end)).unwrap_or_default();
        value.iter_mut().filter(|b| matches!(b, b'\r' | b'\n')).for_each(|b| *b = b' ');
    }
    let mut at = 0;
    while let Err(error) = std::str::from_utf8(copy.get(at..).unwrap_or_default()) {
        let bad = at + error.valid_up_to();
        let Some(byte) = copy.get_mut(bad) else { break };
        *byte = b'?';
        at = bad + 1;
    }
    String::from_utf8(copy).unwrap_or_default()
}
