//! The SIP ladder of a call, or of a request that was refused (LOG-04, OPS-04): each message as it came or went, in order,
//! without its secrets, and what a page reads out of it.

use serde::{Deserialize, Serialize};

use crate::operation::File;
use crate::{CallId, ExtensionId, Moment, RefusalId, operation};

/// One end of the ladder; the other end of each of its messages is the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LadderLane {
    /// Its place, from zero.
    pub number: u32,
    /// `caller` or `callee`; empty for a request that came to nothing.
    pub side: String,
    /// The extension's number, or the user that was named.
    pub label: String,
    /// The device in words.
    pub device: String,
    /// The extension, if it is one of the tenant.
    pub extension_id: Option<ExtensionId>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LadderMessage {
    /// Its place, from one.
    pub number: u32,
    /// When it came or went.
    pub at: Moment,
    /// The lane that it ran on.
    pub lane: u32,
    /// Did the server send it? Else it was received.
    pub sent: bool,
    /// The number of the message that this one repeats byte for byte; its text is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// `udp`, `tcp`, `tls`, `ws` or `wss`.
    pub transport: String,
    /// The server's address, `host:port`, as peers are told it.
    pub local: String,
    /// The peer's, `ip:port`; empty where the reader may not know it.
    pub remote: String,
    /// The message with its secrets taken out; only its first line where the reader may not know more.
    pub text: String,
}

/// All that was captured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ladder {
    /// The ends, in the order in which they came in.
    pub lanes: Vec<LadderLane>,
    /// The messages, oldest first.
    pub messages: Vec<LadderMessage>,
    /// How many more there were than are kept.
    pub left_out: u32,
}

impl Ladder {
    /// Adds a later piece of the same ladder.
    pub fn extend(&mut self, piece: Self) {
        for lane in piece.lanes {
            match self.lanes.iter_mut().find(|known| known.number == lane.number) {
                Some(known) => *known = lane,
                None => self.lanes.push(lane),
            }
        }
        let last = self.messages.last().map_or(0, |message| message.number);
        self.messages.extend(piece.messages.into_iter().filter(|message| message.number > last));
        self.left_out = self.left_out.max(piece.left_out);
    }

    /// As somebody may see it who has this extension and is no administrator: of other people's ends only that something
    /// was said, and when.
    pub fn seen_by(mut self, extension: ExtensionId) -> Self {
        let foreign: Vec<u32> =
            self.lanes.iter().filter(|lane| lane.extension_id != Some(extension)).map(|lane| lane.number).collect();
        for lane in self.lanes.iter_mut().filter(|lane| foreign.contains(&lane.number)) {
            lane.device.clone_from(&lane.label);
        }
        for message in self.messages.iter_mut().filter(|message| foreign.contains(&message.lane)) {
            message.text = message.title();
            message.remote.clear();
        }
        self
    }

    /// The text of a message, that of the repeated one for a repeat.
    pub fn text_of<'a>(&'a self, message: &'a LadderMessage) -> &'a str {
        let first = message.repeats.and_then(|number| self.messages.iter().find(|known| known.number == number));
        first.map_or(message.text.as_str(), |first| first.text.as_str())
    }
}

impl LadderMessage {
    /// `INVITE`, or `180 Ringing`.
    pub fn title(&self) -> String {
        title(&self.text)
    }
}

/// What an arrow says: the method of a request, status and phrase of a response.
pub fn title(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    match line.strip_prefix("SIP/2.0 ") {
        Some(rest) => rest.trim().to_owned(),
        None => line.split(' ').next().unwrap_or_default().to_owned(),
    }
}

/// The headers in order, name and value.
pub fn headers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().skip(1).take_while(|line| !line.trim().is_empty());
    lines.filter_map(|line| line.split_once(':').map(|(name, value)| (name.trim(), value.trim())))
}

/// What follows the blank line.
pub fn body(text: &str) -> &str {
    text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")).map_or("", |(_, body)| body)
}

/// One stream of a session description, as a line on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdpStream {
    /// `audio`, `video`, `image` …
    pub kind: String,
    /// `address:port`; a port of zero is a stream that is refused.
    pub address: String,
    /// Codecs by their names, in order of preference.
    pub codecs: Vec<String>,
    /// `sendrecv`, `sendonly`, `recvonly` or `inactive`.
    pub direction: String,
    /// Is it protected: SDES keys or DTLS?
    pub protected: bool,
    /// Does it speak ICE?
    pub ice: bool,
}

/// Names of payload types that need no `rtpmap` (RFC 3551).
const STATIC_CODECS: [(&str, &str); 5] = [("0", "PCMU"), ("3", "GSM"), ("8", "PCMA"), ("9", "G722"), ("18", "G729")];

/// The streams of a session description; none where there is no description.
pub fn sdp_streams(body: &str) -> Vec<SdpStream> {
    let mut streams: Vec<SdpStream> = Vec::new();
    let mut session = SdpStream { direction: "sendrecv".to_owned(), ..SdpStream::default() };
    let mut session_address = String::new();
    for line in body.lines().map(str::trim_end) {
        let Some((kind, value)) = line.split_once('=') else { continue };
        let current = streams.last_mut();
        match kind {
            "m" => streams.push(stream(value, &session_address, &session)),
            "c" => {
                let address = value.rsplit(' ').next().unwrap_or_default().to_owned();
                match current {
                    Some(stream) => {
                        let port = stream.address.rsplit(':').next().unwrap_or_default().to_owned();
                        stream.address = join(&address, &port);
                    }
                    None => session_address = address,
                }
            }
            "a" => attribute(value, current.unwrap_or(&mut session)),
            _ => {}
        }
    }
    for stream in &mut streams {
        for codec in &mut stream.codecs {
            let name = STATIC_CODECS.iter().find(|(number, _)| number == codec);
            if let Some((_, name)) = name {
                *codec = (*name).to_owned();
            }
        }
    }
    streams
}

fn stream(value: &str, address: &str, session: &SdpStream) -> SdpStream {
    let mut words = value.split(' ');
    let kind = words.next().unwrap_or_default().to_owned();
    let port = words.next().unwrap_or_default();
    let profile = words.next().unwrap_or_default();
    SdpStream {
        kind,
        address: join(address, port),
        codecs: words.map(str::to_owned).collect(),
        protected: session.protected || profile.contains("SAVP"),
        ..session.clone()
    }
}

fn join(address: &str, port: &str) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}

fn attribute(value: &str, stream: &mut SdpStream) {
    let (name, rest) = value.split_once(':').unwrap_or((value, ""));
    match name {
        "sendrecv" | "sendonly" | "recvonly" | "inactive" => name.clone_into(&mut stream.direction),
        "crypto" | "fingerprint" => stream.protected = true,
        "ice-ufrag" | "candidate" => stream.ice = true,
        "rtpmap" => {
            let Some((number, codec)) = rest.split_once(' ') else { return };
            if let Some(known) = stream.codecs.iter_mut().find(|known| *known == number) {
                codec.split('/').next().unwrap_or_default().clone_into(known);
            }
        }
        _ => {}
    }
}

/// How a ladder is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LadderFormat {
    /// All that is known: record, decisions and ladder.
    #[default]
    Json,
    /// For Wireshark; each message stands in a packet of its own, over UDP whatever it came by.
    Pcap,
}

/// The ladder of one of the tenant's calls; empty where nothing was captured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetCallLadder {
    /// Which.
    pub call_id: CallId,
}
operation!(GetCallLadder, Get, "/api/tenant/calls/{call_id}/ladder", TenantAdmin, Ladder);

/// The same as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportCallLadder {
    /// Which.
    pub call_id: CallId,
    /// As what.
    #[serde(default)]
    pub format: LadderFormat,
}
operation!(ExportCallLadder, Get, "/api/tenant/calls/{call_id}/ladder.file", TenantAdmin, File);

/// The ladder of one of the user's own calls: of other people's devices only what was said when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnCallLadder {
    /// Which.
    pub call_id: CallId,
}
operation!(GetOwnCallLadder, Get, "/api/user/calls/{call_id}/ladder", User, Ladder);

/// The same as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportOwnCallLadder {
    /// Which.
    pub call_id: CallId,
    /// As what.
    #[serde(default)]
    pub format: LadderFormat,
}
operation!(ExportOwnCallLadder, Get, "/api/user/calls/{call_id}/ladder.file", User, File);

/// The last exchange of a refused registration or request of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetRefusalLadder {
    /// Which.
    pub refusal_id: RefusalId,
}
operation!(GetRefusalLadder, Get, "/api/tenant/refusals/{refusal_id}/ladder", TenantAdmin, Ladder);

/// The same as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportRefusalLadder {
    /// Which.
    pub refusal_id: RefusalId,
    /// As what.
    #[serde(default)]
    pub format: LadderFormat,
}
operation!(ExportRefusalLadder, Get, "/api/tenant/refusals/{refusal_id}/ladder.file", TenantAdmin, File);

/// The last exchange of any refused registration or request, those of no tenant too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetAnyRefusalLadder {
    /// Which.
    pub refusal_id: RefusalId,
}
operation!(GetAnyRefusalLadder, Get, "/api/admin/refusals/{refusal_id}/ladder", Admin, Ladder);

/// The same as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportAnyRefusalLadder {
    /// Which.
    pub refusal_id: RefusalId,
    /// As what.
    #[serde(default)]
    pub format: LadderFormat,
}
operation!(ExportAnyRefusalLadder, Get, "/api/admin/refusals/{refusal_id}/ladder.file", Admin, File);

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
        m=audio 4000 RTP/SAVP 0 96 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n\
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:…\r\na=sendonly\r\nm=video 0 RTP/AVP 31\r\n";

    fn message(number: u32, lane: u32, text: &str) -> LadderMessage {
        LadderMessage {
            number,
            at: Moment(0),
            lane,
            sent: false,
            repeats: None,
            transport: "udp".into(),
            local: "198.51.100.1:5060".into(),
            remote: "192.0.2.7:5060".into(),
            text: text.into(),
        }
    }

    #[test]
    fn an_arrow_says_the_method_or_the_status() {
        assert_eq!(title("INVITE sip:102@acme.example SIP/2.0\r\nVia: x\r\n\r\n"), "INVITE");
        assert_eq!(title("SIP/2.0 180 Ringing\r\n\r\n"), "180 Ringing");
        assert_eq!(title(""), "");
        let text = "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nCSeq: 2 BYE\r\n\r\nbody: not a header";
        assert_eq!(headers(text).collect::<Vec<_>>(), [("Via", "SIP/2.0/UDP h"), ("CSeq", "2 BYE")]);
        assert_eq!(body(text), "body: not a header");
    }

    #[test]
    fn a_description_is_one_line_a_stream() {
        let streams = sdp_streams(OFFER);
        let audio = streams.first().unwrap();
        assert_eq!((audio.kind.as_str(), audio.address.as_str()), ("audio", "192.0.2.7:4000"));
        assert_eq!(audio.codecs, ["PCMU", "opus", "telephone-event"]);
        assert_eq!((audio.direction.as_str(), audio.protected, audio.ice), ("sendonly", true, false));
        let video = streams.last().unwrap();
        assert_eq!((video.address.as_str(), video.direction.as_str()), ("192.0.2.7:0", "sendrecv"));
        assert_eq!(sdp_streams("not a description"), []);
    }

    #[test]
    fn a_user_sees_of_other_devices_only_what_was_said_when() {
        let lane = |number, extension| LadderLane {
            number,
            label: "101".into(),
            device: "101 on a phone at 192.0.2.7:5060".into(),
            extension_id: Some(ExtensionId(extension)),
            ..LadderLane::default()
        };
        let invite = "INVITE sip:102@192.0.2.7 SIP/2.0\r\nContact: <sip:192.0.2.7>\r\n\r\n";
        let ladder = Ladder {
            lanes: vec![lane(0, 1), lane(1, 2)],
            messages: vec![message(1, 0, invite), message(2, 1, invite)],
            left_out: 0,
        };
        let seen = ladder.clone().seen_by(ExtensionId(1));
        assert_eq!(seen.messages.first(), ladder.messages.first());
        let foreign = seen.messages.last().unwrap();
        assert_eq!((foreign.text.as_str(), foreign.remote.as_str()), ("INVITE", ""));
        assert_eq!(seen.lanes.last().unwrap().device, "101");
    }

    #[test]
    fn pieces_come_together_and_the_same_one_twice_is_once() {
        let piece = |numbers: &[u32]| Ladder {
            lanes: vec![LadderLane::default()],
            messages: numbers.iter().map(|number| message(*number, 0, "x")).collect(),
            left_out: 0,
        };
        let mut whole = piece(&[1, 2]);
        whole.extend(piece(&[3]));
        whole.extend(piece(&[2, 3]));
        assert_eq!(whole, piece(&[1, 2, 3]));
    }
}
