//! A composed message: rsip's structs and our serialiser; the only file that knows rsip.

use std::fmt::Write as _;

use bytes::Bytes;
use rsip::headers::UntypedHeader as _;

use crate::index::is_token;
use crate::uri::Uri;

/// A header to send: name and value, checked for line breaks when it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Header {
    /// A name and a value.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// A response to be made; the stack adds Via, From, To, Call-ID, CSeq, Contact, Allow, Supported and lengths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// 101–699.
    pub status: u16,
    /// The reason phrase; the standard one when empty.
    pub phrase: String,
    /// More headers, such as Reason or WWW-Authenticate.
    pub headers: Vec<Header>,
    /// SDP or empty; Content-Type is `application/sdp` unless a header says otherwise.
    pub body: Bytes,
}

impl Reply {
    /// A status with the standard phrase.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(Header::new(name, value));
        self
    }

    /// With SDP.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// A request to be made; the stack adds Via, tags, Call-ID, CSeq, Contact, Max-Forwards, Allow, Supported and lengths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRequest {
    /// `INVITE`, `REGISTER`, `OPTIONS` …
    pub method: String,
    /// The Request-URI, as text.
    pub uri: String,
    /// From as name-addr without a tag: `"Alice" <sip:101@acme.example>`.
    pub from: String,
    /// To as name-addr.
    pub to: String,
    /// The Call-ID; made by the stack when empty. A REGISTER keeps its own over refreshes.
    pub call_id: String,
    /// The CSeq number; 1 when zero. That of a REGISTER is raised above the last of its Call-ID.
    pub cseq: u32,
    /// Contact as name-addr with parameters; made from the transport when empty.
    pub contact: String,
    /// Route headers, in order (a Path learnt at registration, RFC 3327).
    pub route: Vec<String>,
    /// More headers. `Max-Forwards` takes the place of 70; Allow and User-Agent that of the stack's own; what an INVITE's
    /// Supported lists comes on top of what the stack speaks.
    pub headers: Vec<Header>,
    /// SDP or empty.
    pub body: Bytes,
    /// To answer a challenge with.
    pub credentials: Option<Credentials>,
}

/// A digest user and secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, ***)", self.user)
    }
}

/// A message being composed.
#[derive(Clone, Debug)]
pub(crate) enum Draft {
    Request(rsip::Request),
    /// With its reason phrase, which rsip does not keep.
    Response(rsip::Response, String),
}

impl Draft {
    /// None when the method is none of RFC 3261 and its extensions, or the URI is no URI.
    pub fn request(method: &str, uri: &str) -> Option<Self> {
        let method = method_named(method)?;
        let uri = request_uri(&Uri::parse(uri)?);
        Some(Self::Request(rsip::Request {
            method,
            uri,
            version: rsip::Version::V2,
            headers: rsip::Headers::default(),
            body: Vec::new(),
        }))
    }

    /// With the standard phrase when `phrase` is empty.
    pub fn response(status: u16, phrase: &str) -> Self {
        let phrase = if phrase.is_empty() { standard_phrase(status) } else { phrase };
        let response =
            rsip::Response { status_code: status.into(), version: rsip::Version::V2, ..rsip::Response::default() };
        Self::Response(response, phrase.to_owned())
    }

    fn headers(&self) -> &rsip::Headers {
        match self {
            Self::Request(request) => &request.headers,
            Self::Response(response, _) => &response.headers,
        }
    }

    /// Adds a header below those that are there; a name that is no token is left out.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        if name.is_empty() || !name.bytes().all(is_token) || name.eq_ignore_ascii_case("Content-Length") {
            return;
        }
        let header = header_named(name, value.into());
        match self {
            Self::Request(request) => request.headers.push(header),
            Self::Response(response, _) => response.headers.push(header),
        }
    }

    /// Adds a header unless one of its name is there.
    pub fn push_default(&mut self, name: &str, value: impl Into<String>) {
        if !self.has(name) {
            self.push(name, value);
        }
    }

    /// Is there a header of this name?
    pub fn has(&self, name: &str) -> bool {
        let wanted = std::mem::discriminant(&header_named(name, String::new()));
        self.headers().iter().any(|header| match header {
            rsip::Header::Other(other, _) => other.eq_ignore_ascii_case(name),
            known => std::mem::discriminant(known) == wanted,
        })
    }

    /// Sets the body; its type is SDP unless a header says otherwise.
    pub fn set_body(&mut self, body: &[u8]) {
        if !body.is_empty() {
            self.push_default("Content-Type", "application/sdp");
        }
        match self {
            Self::Request(request) => request.body = body.to_vec(),
            Self::Response(response, _) => response.body = body.to_vec(),
        }
    }

    /// The message as it goes out.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = Vec::with_capacity(1024);
        let (headers, body) = match self {
            Self::Request(request) => {
                start_request(&mut out, request);
                (&request.headers, &request.body)
            }
            Self::Response(response, phrase) => {
                Clean(&mut out).line(format_args!("SIP/2.0 {} {phrase}", response.status_code.code()));
                (&response.headers, &response.body)
            }
        };
        for header in headers.iter() {
            Clean(&mut out).line(format_args!("{header}"));
        }
        Clean(&mut out).line(format_args!("Content-Length: {}", body.len()));
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        out.into()
    }
}

/// Writes text of one line: whatever could end the line, or the string, becomes a space.
struct Clean<'a>(&'a mut Vec<u8>);

impl Clean<'_> {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into memory cannot fail.
        let _ = self.write_fmt(text);
        self.0.extend_from_slice(b"\r\n");
    }
}

impl std::fmt::Write for Clean<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let start = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_some() {
            let written = self.0.get_mut(start..).unwrap_or_default();
            written.iter_mut().filter(|b| matches!(b, b'\r' | b'\n' | 0)).for_each(|b| *b = b' ');
        }
        Ok(())
    }
}

fn start_request(out: &mut Vec<u8>, request: &rsip::Request) {
    let uri = &request.uri;
    let mut line = String::with_capacity(80);
    let _ = write!(line, "{} ", request.method);
    line.push_str(match &uri.scheme {
        Some(rsip::Scheme::Sips) => "sips",
        Some(rsip::Scheme::Other(scheme)) => scheme,
        Some(rsip::Scheme::Sip) | None => "sip",
    });
    line.push(':');
    if let Some(auth) = &uri.auth {
        let _ = write!(line, "{auth}@");
    }
    let _ = write!(line, "{}", uri.host_with_port);
    for param in &uri.params {
        let _ = write!(line, "{param}");
    }
    Clean(out).line(format_args!("{line} SIP/2.0"));
}

/// The case of parameters stays: rsip's own names would print `transport=udp` as `transport=UDP`.
fn request_uri(uri: &Uri<'_>) -> rsip::Uri {
    let scheme = match uri.scheme {
        s if s.eq_ignore_ascii_case("sip") => rsip::Scheme::Sip,
        s if s.eq_ignore_ascii_case("sips") => rsip::Scheme::Sips,
        other => rsip::Scheme::Other(other.to_owned()),
    };
    let (auth, host) = if uri.host.is_empty() {
        (None, uri.user)
    } else {
        ((!uri.user.is_empty()).then(|| rsip::Auth { user: uri.user.to_owned(), password: None }), uri.host)
    };
    let host = rsip::Host::Domain(host.to_owned().into());
    let params =
        crate::uri::split(uri.params, b';').filter(|p| !p.is_empty()).map(|piece| match piece.split_once('=') {
            Some((name, value)) => rsip::Param::Other(name.to_owned().into(), Some(value.to_owned().into())),
            None => rsip::Param::Other(piece.to_owned().into(), None),
        });
    rsip::Uri {
        scheme: Some(scheme),
        auth,
        host_with_port: rsip::HostWithPort { host, port: uri.port.map(Into::into) },
        params: params.collect(),
        headers: Vec::new(),
    }
}

fn method_named(name: &str) -> Option<rsip::Method> {
    use rsip::Method as M;
    Some(match name {
        "INVITE" => M::Invite,
        "ACK" => M::Ack,
        "BYE" => M::Bye,
        "CANCEL" => M::Cancel,
        "REGISTER" => M::Register,
        "OPTIONS" => M::Options,
        "INFO" => M::Info,
        "MESSAGE" => M::Message,
        "NOTIFY" => M::Notify,
        "PRACK" => M::PRack,
        "PUBLISH" => M::Publish,
        "REFER" => M::Refer,
        "SUBSCRIBE" => M::Subscribe,
        "UPDATE" => M::Update,
        _ => return None,
    })
}

fn header_named(name: &str, value: String) -> rsip::Header {
    use rsip::Header as H;
    use rsip::headers as h;
    match name {
        "Via" => H::Via(h::Via::new(value)),
        "From" => H::From(h::From::new(value)),
        "To" => H::To(h::To::new(value)),
        "Call-ID" => H::CallId(h::CallId::new(value)),
        "CSeq" => H::CSeq(h::CSeq::new(value)),
        "Contact" => H::Contact(h::Contact::new(value)),
        "Max-Forwards" => H::MaxForwards(h::MaxForwards::new(value)),
        "Route" => H::Route(h::Route::new(value)),
        "Record-Route" => H::RecordRoute(h::RecordRoute::new(value)),
        "Allow" => H::Allow(h::Allow::new(value)),
        "Supported" => H::Supported(h::Supported::new(value)),
        "Require" => H::Require(h::Require::new(value)),
        "Expires" => H::Expires(h::Expires::new(value)),
        "Content-Type" => H::ContentType(h::ContentType::new(value)),
        "User-Agent" => H::UserAgent(h::UserAgent::new(value)),
        "Server" => H::Server(h::Server::new(value)),
        "Authorization" => H::Authorization(h::Authorization::new(value)),
        "Proxy-Authorization" => H::ProxyAuthorization(h::ProxyAuthorization::new(value)),
        "WWW-Authenticate" => H::WwwAuthenticate(h::WwwAuthenticate::new(value)),
        _ => H::Other(name.to_owned(), value),
    }
}

/// The body of a NOTIFY that tells how a request of somebody else's has gone: `message/sipfrag` (RFC 3420).
pub fn sipfrag(status: u16) -> Bytes {
    format!("SIP/2.0 {status} {}\r\n", standard_phrase(status)).into()
}

/// The status in such a body; none when it holds no status line.
pub fn sipfrag_status(body: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(body).ok()?.lines().find(|line| !line.trim().is_empty())?;
    let mut words = line.split_ascii_whitespace();
    let version = words.next().filter(|version| version.eq_ignore_ascii_case("SIP/2.0"));
    version.and_then(|_| words.next()?.parse().ok()).filter(|status| (100..700).contains(status))
}

/// The reason phrase of RFC 3261, 21 and of the extensions in use.
pub(crate) const fn standard_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        199 => "Early Dialog Terminated",
        200 => "OK",
        202 => "Accepted",
        204 => "No Notification",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        412 => "Conditional Request Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        430 => "Flow Failed",
        433 => "Anonymity Disallowed",
        439 => "First Hop Lacks Outbound Support",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        607 => "Unwanted",
        608 => "Rejected",
        _ => match status / 100 {
            1 => "Progress",
            2 => "OK",
            3 => "Redirection",
            4 => "Request Failure",
            5 => "Server Failure",
            _ => "Global Failure",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Message;

    #[test]
    fn a_request_uri_is_printed_as_it_was_given() {
        for uri in [
            "sip:b@[2001:db8::10]:5070",
            "sip:a@b;transport=udp;lr;x=y",
            "tel:+1555;phone-context=x",
            "sips:h",
            "sip:+1;ext=2@h",
        ] {
            let bytes = Draft::request("OPTIONS", uri).unwrap().to_bytes();
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            assert!(text.starts_with(&format!("OPTIONS {uri} SIP/2.0\r\n")), "{text}");
        }
    }

    #[test]
    fn a_line_break_in_a_value_cannot_begin_a_header() {
        let mut draft = Draft::response(486, "Busy\r\nX-Evil: 1");
        draft.push("Reason", "a\r\nX-Evil: 2\nX-Evil: 3\r");
        draft.push("X-Bad\r\nX-Evil", "4");
        draft.push("Content-Length", "99");
        draft.set_body(b"v=0\r\n");
        let text = String::from_utf8(draft.to_bytes().to_vec()).unwrap();
        assert!(!text.contains("\nX-Evil"), "{text}");
        assert!(text.ends_with("Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"), "{text}");
    }

    #[test]
    fn a_binary_body_goes_out_as_it_is() {
        let mut draft = Draft::request("MESSAGE", "sip:a@b").unwrap();
        for (name, value) in [
            ("Via", "SIP/2.0/UDP h;branch=z9hG4bK1"),
            ("From", "<sip:a@b>;tag=1"),
            ("To", "<sip:a@b>"),
            ("Call-ID", "1"),
        ] {
            draft.push(name, value);
        }
        draft.push("CSeq", "1 MESSAGE");
        draft.push("Content-Type", "application/octet-stream");
        draft.set_body(&[0, 255, 13, 10, 128]);
        assert_eq!(Message::parse(draft.to_bytes()).unwrap().body().as_ref(), [0, 255, 13, 10, 128]);
    }

    #[test]
    fn unknown_methods_and_bad_uris_are_not_composed() {
        assert!(Draft::request("BREW", "sip:a@b").is_none());
        assert!(Draft::request("INVITE", "sip:a b\r\n@c").is_none());
    }
}
