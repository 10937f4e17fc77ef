//! A composed message: rsip's structs and our serialiser; the only file that knows rsip.

use bytes::Bytes;

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
    /// The CSeq number; 1 when zero.
    pub cseq: u32,
    /// Contact as name-addr with parameters; made from the transport when empty.
    pub contact: String,
    /// Route headers, in order (a Path learnt at registration, RFC 3327).
    pub route: Vec<String>,
    /// More headers.
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
