//! Session descriptions (RFC 8866): read tolerantly, written strictly.

mod crypto;
mod read;
mod write;

use shared::reason::Reason;
use std::net::{IpAddr, SocketAddr};

pub(crate) use crypto::{CRYPTO_LINES_MAX, Crypto, Suite};
pub(crate) use write::{LineShape, Local, Passed, Secure, write};

/// The longest description that is read.
pub(crate) const DESCRIPTION_BYTES_MAX: usize = 16_384;
/// The most `m=` lines that are read.
pub(crate) const MEDIA_LINES_MAX: usize = 16;
/// The most formats of one `m=` line that are read.
pub(crate) const FORMATS_MAX: usize = 64;
/// The most fingerprints of one `m=` line that are read.
pub(crate) const FINGERPRINTS_MAX: usize = 8;

/// The most lines of one description that are passed on without being looked into.
pub(crate) const OTHERS_MAX: usize = 2;
/// The most attributes of one such line, and octets of one of them, that are passed on.
pub(crate) const ATTRIBUTES_MAX: usize = 48;
pub(crate) const ATTRIBUTE_BYTES_MAX: usize = 512;

/// The most kinds of media that are named where none is sound.
const KINDS_SHOWN_MAX: usize = 4;

/// Why a description cannot be used, as the code and a few words for the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw(pub(crate) Reason, pub(crate) String);

impl Flaw {
    fn new(reason: Reason, words: impl Into<String>) -> Self {
        Self(reason, words.into())
    }
}

/// Who sends (RFC 8866, 6.7), seen from the side that wrote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// What answers it (RFC 3264, 6.1).
    pub(crate) const fn mirrored(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }

    /// Does its writer want to hear us?
    pub(crate) const fn hears(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }
}

/// Who begins the DTLS handshake (RFC 4145, 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    Active,
    Passive,
    ActPass,
}

impl Setup {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
        }
    }
}

/// A payload type and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) payload_type: u8,
    pub(crate) name: String,
    pub(crate) clock: u32,
}

/// A hash of a certificate (RFC 8122, 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub(crate) algorithm: String,
    pub(crate) bytes: Vec<u8>,
}

/// What may stand at either level.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shared {
    /// The address of `c=`; none where it is a name or no single host.
    pub(crate) address: Option<IpAddr>,
    /// `c=` was there with 0.0.0.0 or ::.
    pub(crate) unspecified: bool,
    pub(crate) direction: Option<Direction>,
    pub(crate) ice_ufrag: Option<String>,
    pub(crate) ice_pwd: Option<String>,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) setup: Option<Setup>,
}

/// One `m=` line and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MediaLine {
    pub(crate) kind: String,
    pub(crate) port: u16,
    pub(crate) protocol: String,
    /// Its formats as they stand in the line.
    pub(crate) format_words: Vec<String>,
    pub(crate) formats: Vec<Format>,
    pub(crate) shared: Shared,
    pub(crate) rtcp_port: Option<u16>,
    pub(crate) rtcp_mux: bool,
    pub(crate) bundle_only: bool,
    pub(crate) mid: Option<String>,
    pub(crate) ptime: Option<u32>,
    /// The keys that can be used, in the order of the peer's preference.
    pub(crate) crypto: Vec<Crypto>,
    /// What is passed on of a line that is not looked into.
    pub(crate) attributes: Vec<String>,
}

/// A line that is passed on and not looked into: video, or a fax by T.38.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Other {
    pub(crate) index: usize,
    pub(crate) kind: String,
    pub(crate) protocol: String,
    pub(crate) formats: String,
    pub(crate) attributes: Vec<String>,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) rtcp: Option<SocketAddr>,
    pub(crate) direction: Direction,
}

/// A whole description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) shared: Shared,
    pub(crate) lines: Vec<MediaLine>,
    /// The mids of `a=group:BUNDLE`.
    pub(crate) bundle: Vec<String>,
}

/// The one `m=` line that is used, with what the session level says filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audio {
    pub(crate) index: usize,
    pub(crate) protocol: String,
    pub(crate) address: Option<SocketAddr>,
    pub(crate) rtcp: Option<SocketAddr>,
    pub(crate) rtcp_mux: bool,
    pub(crate) direction: Direction,
    pub(crate) formats: Vec<Format>,
    pub(crate) ice: Option<(String, String)>,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) setup: Option<Setup>,
    pub(crate) ptime: u32,
    pub(crate) crypto: Vec<Crypto>,
}

impl Audio {
    /// Does it ask for ICE and DTLS-SRTP?
    pub(crate) fn is_secure(&self) -> bool {
        self.ice.is_some() && !self.fingerprints.is_empty() && Self::is_savp(&self.protocol.to_ascii_uppercase())
    }

    /// Does this protocol encrypt packets, by whatever means?
    pub(crate) fn is_savp(protocol: &str) -> bool {
        protocol.contains("SAVP")
    }
}

/// The names of the codecs of sound in a description, whatever its port, each once; none where it cannot be read. What a peer says
/// that is asked for its capabilities has port 0 (RFC 3264, 9).
pub fn codec_names(description: &[u8]) -> Vec<String> {
    let lines = Description::read(description).map(|description| description.lines).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for format in lines.into_iter().filter(|line| line.kind == "audio").flat_map(|line| line.formats) {
        let known = format.name.is_empty() || format.name.eq_ignore_ascii_case("telephone-event");
        if !known && !names.contains(&format.name) {
            names.push(format.name);
        }
    }
    names
}

impl Description {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// What is wrong with it: too long, no media, too many lines or formats.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        read::read(bytes)
    }

    /// The first audio line that is not refused and can be spoken.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub(crate) fn audio(&self) -> Result<Audio, Flaw> {
        let kinds: Vec<&str> = self.lines.iter().map(|line| line.kind.as_str()).take(KINDS_SHOWN_MAX).collect();
        let mut flaw = Flaw::new(Reason::MediaNoAudio, shortened(&kinds.join(", ")));
        for (index, line) in self.lines.iter().enumerate().filter(|(_, line)| line.kind == "audio") {
            match self.usable(index, line) {
                Ok(audio) => return Ok(audio),
                Err(why) => flaw = why,
            }
        }
        Err(flaw)
    }

    fn usable(&self, index: usize, line: &MediaLine) -> Result<Audio, Flaw> {
        let own = &line.shared;
        let session = &self.shared;
        if line.port == 0 && !line.bundle_only {
            return Err(Flaw::new(Reason::MediaPortZero, "0"));
        }
        let protocol = line.protocol.to_ascii_uppercase();
        if !matches!(
            protocol.as_str(),
            "RTP/AVP" | "RTP/AVPF" | "RTP/SAVP" | "RTP/SAVPF" | "UDP/TLS/RTP/SAVP" | "UDP/TLS/RTP/SAVPF"
        ) {
            return Err(Flaw::new(Reason::MediaProtocolUnknown, shortened(&line.protocol)));
        }
        let pick = |of: fn(&Shared) -> Option<String>| of(own).or_else(|| of(session));
        let ice = pick(|at| at.ice_ufrag.clone()).zip(pick(|at| at.ice_pwd.clone()));
        let fingerprints =
            if own.fingerprints.is_empty() { session.fingerprints.clone() } else { own.fingerprints.clone() };
        let secure = ice.is_some() && !fingerprints.is_empty();
        // Keys in the description are for those who do not shake hands (RFC 4568, RFC 5764).
        let keyed = !line.crypto.is_empty() && protocol.starts_with("RTP/");
        if Audio::is_savp(&protocol) && !secure && !keyed {
            return Err(Flaw::new(Reason::MediaKeysMissing, protocol));
        }
        let (host, unspecified) = if own.address.is_some() || own.unspecified {
            (own.address, own.unspecified)
        } else {
            (session.address, session.unspecified)
        };
        let mut direction = own.direction.or(session.direction).unwrap_or_default();
        // The old way to hold (RFC 3264, 8.4); a browser writes it before it knows its address.
        if unspecified && !secure {
            direction = match direction {
                Direction::SendRecv | Direction::SendOnly => Direction::SendOnly,
                Direction::RecvOnly | Direction::Inactive => Direction::Inactive,
            };
        }
        let address = host.map(|host| SocketAddr::new(host, line.port));
        let rtcp_port = if line.rtcp_mux { line.port } else { line.rtcp_port.unwrap_or(line.port.saturating_add(1)) };
        Ok(Audio {
            index,
            protocol: line.protocol.clone(),
            address,
            rtcp: host.map(|host| SocketAddr::new(host, rtcp_port)),
            rtcp_mux: line.rtcp_mux,
            direction,
            formats: line.formats.clone(),
            ice,
            fingerprints,
            setup: own.setup.or(session.setup),
            ptime: line.ptime.filter(|ptime| (10..=120).contains(ptime)).unwrap_or(20),
            crypto: if keyed { line.crypto.clone() } else { Vec::new() },
        })
    }

    /// The lines beside the sound at `audio` that can be passed on.
    pub(crate) fn others(&self, audio: usize) -> Vec<Other> {
        let lines = self.lines.iter().enumerate().filter(|(index, _)| *index != audio);
        lines.filter_map(|(index, line)| self.other(index, line)).take(OTHERS_MAX).collect()
    }

    /// The lines of fax that can be passed on, whatever else there is.
    pub(crate) fn fax(&self) -> Vec<Other> {
        let lines = self.lines.iter().enumerate().filter(|(_, line)| line.kind == "image");
        lines.filter_map(|(index, line)| self.other(index, line)).take(OTHERS_MAX).collect()
    }

    fn other(&self, index: usize, line: &MediaLine) -> Option<Other> {
        let protocol = line.protocol.to_ascii_uppercase();
        let known = match line.kind.as_str() {
            "video" => matches!(protocol.as_str(), "RTP/AVP" | "RTP/AVPF"),
            "image" => protocol == "UDPTL",
            _ => false,
        };
        let host = line.shared.address.or(self.shared.address)?;
        let rtcp_port = if line.rtcp_mux { line.port } else { line.rtcp_port.unwrap_or(line.port.saturating_add(1)) };
        (known && line.port != 0 && !line.format_words.is_empty()).then(|| Other {
            index,
            kind: line.kind.clone(),
            protocol: line.protocol.clone(),
            formats: line.format_words.join(" "),
            attributes: line.attributes.clone(),
            address: Some(SocketAddr::new(host, line.port)),
            rtcp: Some(SocketAddr::new(host, rtcp_port)),
            direction: line.shared.direction.or(self.shared.direction).unwrap_or_default(),
        })
    }

    /// What its lines look like, to be answered and offered again in the same order.
    pub(crate) fn shapes(&self) -> Vec<LineShape> {
        let shape = |line: &MediaLine| LineShape {
            kind: line.kind.clone(),
            protocol: line.protocol.clone(),
            formats: line.format_words.join(" "),
            mid: line.mid.clone(),
            bundled: line.mid.as_ref().is_some_and(|mid| self.bundle.contains(mid)),
        };
        self.lines.iter().map(shape).collect()
    }
}

/// What a peer wrote, cut to what a trace can show.
pub(crate) fn shortened(words: &str) -> String {
    words.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn audio(text: &str) -> Result<Audio, Flaw> {
        Description::read(text.as_bytes()).and_then(|description| description.audio())
    }

    #[test]
    fn whatever_phones_send_is_read() {
        for (text, address, rtcp) in [
            ("m=audio 4000 RTP/AVP 0\nc=IN IP4 1.2.3.4\n", Some("1.2.3.4:4000"), Some("1.2.3.4:4001")),
            (
                "a=foo\r\nz=0 0\r\nc=IN IP4 1.2.3.4/127\r\nx y\r\nm=audio 4000/2 RTP/AVP 0\r\n",
                Some("1.2.3.4:4000"),
                Some("1.2.3.4:4001"),
            ),
            ("v=0\rc = IN IP4 1.2.3.4\rm=AUDIO 4000 rtp/avp 0\r", Some("1.2.3.4:4000"), Some("1.2.3.4:4001")),
            (
                "c=IN IP4 9.9.9.9\nm=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::1\na=rtcp:5000\n",
                Some("[2001:db8::1]:4000"),
                Some("[2001:db8::1]:5000"),
            ),
            (
                "c=IN IP4 1.2.3.4\nm=audio 4000 RTP/AVP 0\na=rtcp-mux\na=rtcp:7\n",
                Some("1.2.3.4:4000"),
                Some("1.2.3.4:4000"),
            ),
            ("c=IN IP4 phone.example\nm=audio 4000 RTP/AVP 0\n", None, None),
            ("c=IN IP4 224.0.0.1\nm=audio 4000 RTP/AVP 0\n", None, None),
            ("c=IN IP4 255.255.255.255\nm=audio 4000 RTP/AVP 0\n", None, None),
            (
                "m=audio 0 RTP/AVP 0\nm=audio 65535 RTP/AVP 0\nc=IN IP4 1.2.3.4\n",
                Some("1.2.3.4:65535"),
                Some("1.2.3.4:65535"),
            ),
        ] {
            let read = audio(text).unwrap_or_else(|flaw| panic!("{flaw:?}: {text}"));
            let parse = |address: Option<&str>| address.map(|address| address.parse().unwrap());
            assert_eq!((read.address, read.rtcp), (parse(address), parse(rtcp)), "{text}");
        }
    }

    #[test]
    fn the_direction_is_of_the_line_else_of_the_session_else_both_ways() {
        for (session, line, direction) in [
            ("", "", Direction::SendRecv),
            ("a=sendonly\n", "", Direction::SendOnly),
            ("a=sendonly\n", "a=recvonly\n", Direction::RecvOnly),
            ("a=inactive\n", "a=sendrecv\n", Direction::SendRecv),
            ("", "c=IN IP4 0.0.0.0\n", Direction::SendOnly),
            ("", "c=IN IP4 0.0.0.0\na=recvonly\n", Direction::Inactive),
            ("c=IN IP4 0.0.0.0\n", "c=IN IP4 1.2.3.4\n", Direction::SendRecv),
        ] {
            let text = format!("{session}m=audio 4000 RTP/AVP 0\n{line}");
            assert_eq!(audio(&text).unwrap().direction, direction, "{text}");
        }
    }

    #[test]
    fn formats_without_a_map_are_the_assigned_ones() {
        let read =
            audio("m=audio 4000 RTP/AVP 8 0 200 18 96 x\na=rtpmap:96 OPUS/48000/2\na=rtpmap:5 PCMU/8000\n").unwrap();
        let formats: Vec<_> = read.formats.iter().map(|f| (f.payload_type, f.name.as_str(), f.clock)).collect();
        assert_eq!(formats, [(8, "PCMA", 8_000), (0, "PCMU", 8_000), (18, "", 0), (96, "OPUS", 48_000)]);
    }

    #[test]
    fn ice_and_fingerprint_may_stand_at_either_level() {
        let secure =
            "a=ice-ufrag:abcd\na=ice-pwd:0123456789012345678901\na=fingerprint:SHA-256 0A:ff\na=setup:active\n";
        let line = "m=audio 9 UDP/TLS/RTP/SAVPF 0\nc=IN IP4 0.0.0.0\n";
        for text in [format!("{secure}{line}"), format!("{line}{secure}")] {
            let read = audio(&text).unwrap();
            assert!(read.is_secure());
            assert_eq!((read.direction, read.setup), (Direction::SendRecv, Some(Setup::Active)));
            let fingerprint = Fingerprint { algorithm: "sha-256".into(), bytes: vec![0x0a, 0xff] };
            assert_eq!(read.fingerprints, [fingerprint]);
        }
        assert!(!audio(&format!("{secure}m=audio 4000 RTP/AVP 0\n")).unwrap().is_secure(), "offered, not asked for");
    }

    // covers: TRK-11
    #[test]
    fn trk_11_the_codecs_of_somebody_who_tells_what_it_can_are_named() {
        let said = b"v=0\r\nc=IN IP4 0.0.0.0\r\nm=video 0 RTP/AVP 99\r\na=rtpmap:99 H264/90000\r\n\
            m=audio 0 RTP/AVP 8 18 0 96 97\r\na=rtpmap:18 G729/8000\r\na=rtpmap:96 telephone-event/8000\r\n";
        assert_eq!(super::codec_names(said), ["PCMA", "G729", "PCMU"]);
        for nothing in [&b""[..], b"v=0", b"\xff\xfe"] {
            assert_eq!(super::codec_names(nothing), [""; 0]);
        }
    }
}
