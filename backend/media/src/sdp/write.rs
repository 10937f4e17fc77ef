//! The strict writer.

use std::fmt::Write;
use std::net::IpAddr;

use super::{Crypto, Direction, Other, Setup};
use crate::codec::Codec;

/// What an `m=` line looked like, so that answers and later offers keep its place (RFC 3264, 6 and 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineShape {
    pub(crate) kind: String,
    pub(crate) protocol: String,
    pub(crate) formats: String,
    pub(crate) mid: Option<String>,
    pub(crate) bundled: bool,
}

/// ICE and DTLS of our side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secure {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
    /// Upper-case hex with colons, SHA-256.
    pub(crate) fingerprint: String,
    pub(crate) setup: Setup,
    pub(crate) candidates: Vec<IpAddr>,
    /// The candidates take TCP too (RFC 6544).
    pub(crate) streams: bool,
}

/// A line that is passed on, as it is written on the other leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) line: usize,
    port: u16,
    direction: Direction,
    formats: String,
    attributes: Vec<String>,
}

impl Passed {
    /// As the peer of the other leg wrote it, at a port of ours.
    pub(crate) fn new(line: usize, port: u16, direction: Direction, of: &Other) -> Self {
        Self { line, port, direction, formats: of.formats.clone(), attributes: of.attributes.clone() }
    }
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local<'a> {
    pub(crate) session: u64,
    pub(crate) version: u64,
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) rtcp_port: u16,
    pub(crate) rtcp_mux: bool,
    pub(crate) lines: &'a [LineShape],
    /// Which of them is ours.
    pub(crate) index: usize,
    /// Which of them are passed on.
    pub(crate) passed: &'a [Passed],
    /// In order of preference, with their payload types.
    pub(crate) codecs: &'a [(Codec, u8)],
    /// The payload types and clocks of telephone events.
    pub(crate) events: &'a [(u8, u32)],
    pub(crate) direction: Direction,
    pub(crate) ptime: u32,
    /// Opus is going to be translated to something of eight kilohertz.
    pub(crate) narrow: bool,
    pub(crate) ssrc: u32,
    /// Keys for a phone.
    pub(crate) crypto: &'a [Crypto],
    pub(crate) secure: Option<Secure>,
}

/// The description as text with CRLF.
pub(crate) fn write(local: &Local<'_>) -> String {
    let mut text = String::with_capacity(1_024);
    // Writing to a string cannot fail.
    let _ = session(&mut text, local);
    for (index, shape) in local.lines.iter().enumerate() {
        let _ = match local.passed.iter().find(|passed| passed.line == index) {
            _ if index == local.index => audio(&mut text, local, shape),
            Some(passed) => other(&mut text, shape, passed),
            None => refused(&mut text, shape),
        };
    }
    text
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IP4" } else { "IP6" }
}

fn session(text: &mut String, local: &Local<'_>) -> std::fmt::Result {
    let (kind, address) = (family(local.address), local.address);
    write!(text, "v=0\r\no=- {} {} IN {kind} {address}\r\ns=-\r\n", local.session, local.version)?;
    write!(text, "c=IN {kind} {address}\r\nt=0 0\r\n")?;
    if local.secure.is_some() {
        text.push_str("a=ice-lite\r\na=msid-semantic: WMS belfry\r\n");
    }
    match local.lines.get(local.index) {
        Some(LineShape { mid: Some(mid), bundled: true, .. }) => write!(text, "a=group:BUNDLE {mid}\r\n"),
        _ => Ok(()),
    }
}

fn other(text: &mut String, shape: &LineShape, passed: &Passed) -> std::fmt::Result {
    write!(text, "m={} {} {} {}\r\n", shape.kind, passed.port, shape.protocol, passed.formats)?;
    for attribute in &passed.attributes {
        write!(text, "a={attribute}\r\n")?;
    }
    if shape.kind != "image" {
        write!(text, "a={}\r\n", passed.direction.name())?;
    }
    match &shape.mid {
        Some(mid) => write!(text, "a=mid:{mid}\r\n"),
        None => Ok(()),
    }
}

fn refused(text: &mut String, shape: &LineShape) -> std::fmt::Result {
    let formats = if shape.formats.is_empty() { "0" } else { &shape.formats };
    write!(text, "m={} 0 {} {formats}\r\n", shape.kind, shape.protocol)?;
    match &shape.mid {
        Some(mid) => write!(text, "a=mid:{mid}\r\na=inactive\r\n"),
        None => Ok(()),
    }
}

fn audio(text: &mut String, local: &Local<'_>, shape: &LineShape) -> std::fmt::Result {
    write!(text, "m=audio {} {}", local.port, shape.protocol)?;
    for payload_type in local.codecs.iter().map(|(_, n)| n).chain(local.events.iter().map(|(n, _)| n)) {
        write!(text, " {payload_type}")?;
    }
    text.push_str("\r\n");
    for (codec, payload_type) in local.codecs {
        let channels = if *codec == Codec::Opus { "/2" } else { "" };
        write!(text, "a=rtpmap:{payload_type} {}/{}{channels}\r\n", codec.name(), codec.clock())?;
        if *codec == Codec::Opus {
            let narrow = if local.narrow { ";maxplaybackrate=16000;sprop-maxcapturerate=16000" } else { "" };
            write!(text, "a=fmtp:{payload_type} minptime=10;useinbandfec=1;stereo=0{narrow}\r\n")?;
        }
    }
    for (payload_type, clock) in local.events {
        write!(text, "a=rtpmap:{payload_type} telephone-event/{clock}\r\na=fmtp:{payload_type} 0-15\r\n")?;
    }
    write!(text, "a=ptime:{}\r\na={}\r\n", local.ptime, local.direction.name())?;
    if let Some(mid) = &shape.mid {
        write!(text, "a=mid:{mid}\r\n")?;
    }
    for crypto in local.crypto {
        write!(text, "a=crypto:{}\r\n", crypto.value())?;
    }
    if local.secure.is_some() || !local.rtcp_mux {
        write!(text, "a=rtcp:{}\r\n", if local.rtcp_mux { local.port } else { local.rtcp_port })?;
    }
    if local.rtcp_mux {
        text.push_str("a=rtcp-mux\r\n");
    }
    match &local.secure {
        Some(secure) => secured(text, local, secure),
        None => Ok(()),
    }
}

fn secured(text: &mut String, local: &Local<'_>, secure: &Secure) -> std::fmt::Result {
    write!(text, "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n", secure.ufrag, secure.pwd)?;
    write!(text, "a=fingerprint:sha-256 {}\r\na=setup:{}\r\n", secure.fingerprint, secure.setup.name())?;
    for (index, address) in secure.candidates.iter().enumerate() {
        // RFC 8445, 5.1.2.1: host preference 126, the addresses in their order, component 1.
        let priority = (126u32 << 24) + ((65_535 - index.min(65_535) as u32) << 8) + 255;
        write!(text, "a=candidate:{} 1 udp {priority} {address} {} typ host\r\n", index + 1, local.port)?;
    }
    for (index, address) in secure.candidates.iter().enumerate().filter(|_| secure.streams) {
        // RFC 6544, 4.2: a passive one has direction preference 4, below every one of UDP.
        let preference = (4u32 << 13) + (8_191 - index.min(8_191) as u32);
        let priority = (126u32 << 24) + (preference << 8) + 255;
        let foundation = secure.candidates.len() + index + 1;
        let port = local.port;
        write!(text, "a=candidate:{foundation} 1 tcp {priority} {address} {port} typ host tcptype passive\r\n")?;
    }
    text.push_str("a=end-of-candidates\r\na=msid:belfry audio\r\n");
    write!(text, "a=ssrc:{} cname:belfry\r\na=ssrc:{0} msid:belfry audio\r\n", local.ssrc)
}
