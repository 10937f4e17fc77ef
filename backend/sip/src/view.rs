//! A received message: an index of spans over its bytes, no copy, typed values on demand.

use bytes::Bytes;

/// A received message. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Message {
    bytes: Bytes,
}

/// Why bytes are not a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// No start line that could be read.
    StartLine,
    /// A header that must be there, once, is not, or cannot be read: its name.
    Header(&'static str),
    /// More than a named limit allows.
    TooLarge,
}

/// A SIP URI taken apart, borrowed from the message; escapes as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// The whole text.
    pub text: &'a str,
    /// `sip`, `sips`, `tel` …, as sent.
    pub scheme: &'a str,
    /// The part before `@`, without password; empty when absent.
    pub user: &'a str,
    /// The host, IPv6 with its brackets.
    pub host: &'a str,
    /// The port.
    pub port: Option<u16>,
    /// All after the host and port, with its leading `;`, before `?`.
    pub params: &'a str,
}

/// A name-addr or addr-spec with header parameters (From, To, Contact).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr<'a> {
    /// The display name, unquoted; empty when absent.
    pub name: String,
    /// The URI.
    pub uri: Uri<'a>,
    /// Header parameters, with their leading `;`.
    pub params: &'a str,
}

#[allow(unused_variables, missing_docs, clippy::todo)]
impl Message {
    pub fn parse(bytes: Bytes) -> Result<Self, Malformed> { todo!() }
    pub fn bytes(&self) -> &Bytes { &self.bytes }
    pub fn is_request(&self) -> bool { todo!() }
    /// Empty for a response.
    pub fn method(&self) -> &str { todo!() }
    /// Zero for a request.
    pub fn status(&self) -> u16 { todo!() }
    pub fn reason_phrase(&self) -> &str { todo!() }
    pub fn request_uri(&self) -> Option<Uri<'_>> { todo!() }
    /// First value by name, long or compact, any case, folding undone.
    pub fn header(&self, name: &str) -> Option<&str> { todo!() }
    /// All values, lists split at top-level commas.
    pub fn header_values<'a>(&'a self, name: &str) -> Vec<&'a str> { todo!() }
    pub fn from(&self) -> Option<NameAddr<'_>> { todo!() }
    pub fn to(&self) -> Option<NameAddr<'_>> { todo!() }
    pub fn from_tag(&self) -> &str { todo!() }
    pub fn to_tag(&self) -> &str { todo!() }
    pub fn call_id(&self) -> &str { todo!() }
    /// Number and method.
    pub fn cseq(&self) -> (u32, &str) { todo!() }
    pub fn contacts(&self) -> Vec<NameAddr<'_>> { todo!() }
    pub fn expires(&self) -> Option<u32> { todo!() }
    /// Of a header parameter list or URI parameter list: `param(";q=0.5;ob", "q") == Some("0.5")`; a flag is `Some("")`.
    pub fn param<'a>(params: &'a str, name: &str) -> Option<&'a str> { todo!() }
    pub fn body(&self) -> Bytes { todo!() }
}
