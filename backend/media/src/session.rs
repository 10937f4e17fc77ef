//! Offer and answer of one leg (RFC 3264): what was said, and what has been agreed.

use std::net::IpAddr;

use bytes::Bytes;
use shared::reason::Reason;

use crate::codec::Codec;
use crate::command::Protection;
use crate::sdp::{
    self, Audio, Crypto, Description, Direction, Flaw, Format, LineShape, Local, Other, Passed, Secure, Suite,
};

/// The name of telephone events in an `a=rtpmap` (RFC 4733).
const EVENTS: &str = "telephone-event";

/// The protocol of a phone's sound, in the open and with keys in the description.
const PLAIN: &str = "RTP/AVP";
const PROTECTED: &str = "RTP/SAVP";

/// The place of the sound in a description that has none.
const NO_SOUND: usize = usize::MAX;

/// Why a description cannot be used: the code and a value for the trace.
pub(crate) type Refused = (Reason, String);

/// Where our side can be reached.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) address: IpAddr,
    pub(crate) port: u16,
    pub(crate) rtcp_port: u16,
    pub(crate) ssrc: u32,
    pub(crate) secure: Option<Secure>,
    /// The lines that are passed on.
    pub(crate) passed: Vec<Passed>,
}

/// What a payload type stands for on a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Not agreed.
    #[default]
    Unknown,
    /// A frame of sound.
    Audio(Codec),
    /// A telephone event of this clock.
    Event(u32),
}

/// What offer and answer came to.
#[derive(Clone, Debug)]
pub(crate) struct Agreed {
    /// What we send.
    pub(crate) codec: Codec,
    /// Its number at the peer.
    pub(crate) payload_type: u8,
    /// Number and clock of the peer's telephone events.
    pub(crate) event: Option<(u8, u32)>,
    receive: [Payload; 128],
}

impl Agreed {
    /// What a received payload type stands for.
    pub(crate) fn payload(&self, payload_type: u8) -> Payload {
        self.receive.get(usize::from(payload_type)).copied().unwrap_or_default()
    }

    fn new(codec: Codec, formats: &[Format], also: &[(Codec, u8)], also_events: &[(u8, u32)]) -> Option<Self> {
        let payload_type = formats.iter().find(|format| Codec::of(format) == Some(codec))?.payload_type;
        let mut receive = [Payload::Unknown; 128];
        let mut put = |number: u8, payload| {
            if let Some(entry) = receive.get_mut(usize::from(number)) {
                *entry = payload;
            }
        };
        also.iter().for_each(|(codec, number)| put(*number, Payload::Audio(*codec)));
        also_events.iter().for_each(|(number, clock)| put(*number, Payload::Event(*clock)));
        for format in formats {
            match Codec::of(format) {
                Some(codec) => put(format.payload_type, Payload::Audio(codec)),
                None if is_event(format) => put(format.payload_type, Payload::Event(format.clock)),
                None => {}
            }
        }
        Some(Self { codec, payload_type, event: event_for(codec, formats), receive })
    }
}

fn is_known(format: &Format) -> bool {
    Codec::of(format).is_some()
}

fn is_event(format: &Format) -> bool {
    format.name.eq_ignore_ascii_case(EVENTS) && matches!(format.clock, 8_000 | 48_000)
}

/// The events whose clock is the codec's (RFC 4733, 2.1), else any.
fn event_for(codec: Codec, formats: &[Format]) -> Option<(u8, u32)> {
    let events = || formats.iter().filter(|format| is_event(format)).map(|format| (format.payload_type, format.clock));
    events().find(|(_, clock)| *clock == codec.clock()).or_else(|| events().next())
}

/// The numbers in our offer: of codecs, and of events with their clocks.
type Offered = (Vec<(Codec, u8)>, Vec<(u8, u32)>);

/// The keys of a phone's SRTP that offer and answer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keyed {
    pub(crate) local: Crypto,
    pub(crate) remote: Crypto,
}

/// The state of the descriptions of one leg.
#[derive(Debug)]
pub(crate) struct Session {
    id: u64,
    version: u64,
    /// The last description written, to see whether a new one says anything else.
    written: Option<String>,
    lines: Vec<LineShape>,
    index: usize,
    opus: u8,
    event_narrow: u8,
    event_wide: u8,
    offered: Option<Offered>,
    asked: Option<Audio>,
    answer: Option<Bytes>,
    /// The lines of the peer's last description that can be passed on.
    pub(crate) others: Vec<Other>,
    /// Which of them the peer's description in force has.
    in_force: Vec<usize>,
    /// Fax has taken the place of the sound, as agreed and in the offer that has no answer yet, the peer's or ours.
    pub(crate) is_soundless: bool,
    asks_soundless: bool,
    offers_soundless: bool,
    /// The switch was told that the peer's offer is to be passed on.
    pub(crate) is_passed_on: bool,
    /// Lines, those that can be passed on and the place of the sound before the peer's offer, which is refused perhaps.
    before: (Vec<LineShape>, Vec<Other>, usize),
    /// How our first offer asks for SRTP.
    pub(crate) protection: Protection,
    /// The keys of our last offer.
    own_keys: Vec<Crypto>,
    /// The keys in force.
    pub(crate) keyed: Option<Keyed>,
    /// The peer's side in force.
    pub(crate) remote: Option<Audio>,
    /// What was agreed, once it was.
    pub(crate) agreed: Option<Agreed>,
}

impl Session {
    pub(crate) fn new(id: u64) -> Self {
        Self {
            // Some devices keep the number in a signed 32-bit integer.
            id: id & 0x7fff_ffff,
            version: 1,
            written: None,
            lines: Vec::new(),
            index: 0,
            opus: 111,
            event_narrow: 101,
            event_wide: 110,
            offered: None,
            asked: None,
            answer: None,
            others: Vec::new(),
            in_force: Vec::new(),
            is_soundless: false,
            asks_soundless: false,
            offers_soundless: false,
            is_passed_on: false,
            before: Default::default(),
            protection: Protection::Plain,
            own_keys: Vec::new(),
            keyed: None,
            remote: None,
            agreed: None,
        }
    }

    /// Has the peer's description put us on hold?
    pub(crate) fn is_held(&self) -> bool {
        let latest = self.asked.as_ref().or(self.remote.as_ref());
        latest.is_some_and(|audio| !audio.direction.hears())
    }

    /// The codecs that the peer is known to have, the one in use first.
    pub(crate) fn codecs(&self) -> Vec<Codec> {
        let mut codecs = Vec::from_iter(self.agreed.as_ref().map(|agreed| agreed.codec));
        let latest = self.asked.as_ref().or(self.remote.as_ref());
        for codec in latest.into_iter().flat_map(|audio| &audio.formats).filter_map(Codec::of) {
            if !codecs.contains(&codec) {
                codecs.push(codec);
            }
        }
        codecs
    }

    /// The peer's offer that has no answer yet.
    pub(crate) fn asked(&self) -> Option<&Audio> {
        self.asked.as_ref()
    }

    /// Is there an offer of the peer's that has no answer yet?
    pub(crate) fn has_asked(&self) -> bool {
        self.asked.is_some() || self.asks_soundless
    }

    /// Takes the peer's offer; a refused one changes nothing. In the middle of a call fax may come without sound.
    pub(crate) fn take_offer(&mut self, description: &Description) -> Result<(), Refused> {
        let fax = description.fax();
        let audio = match usable(description) {
            Err(_) if self.agreed.is_some() && !fax.is_empty() => None,
            audio => Some(audio?),
        };
        if let Some(Audio { formats, .. }) = audio.as_ref().filter(|audio| !audio.formats.iter().any(is_known)) {
            return Err((Reason::CodecMismatch, names(formats)));
        }
        if self.protection == Protection::Required && audio.as_ref().is_some_and(|audio| audio.crypto.is_empty()) {
            return Err((Reason::MediaUnprotected, String::new()));
        }
        let lines = std::mem::replace(&mut self.lines, description.shapes());
        let others = audio.as_ref().map_or(fax, |audio| description.others(audio.index));
        let others = std::mem::replace(&mut self.others, others);
        self.before = (lines, others, self.index);
        if let Some(audio) = &audio {
            self.index = audio.index;
            self.keep_numbers(&audio.formats);
        }
        self.asks_soundless = audio.is_none();
        self.asked = audio;
        self.is_passed_on = false;
        self.answer = None;
        self.offered = None;
        Ok(())
    }

    /// Has the peer asked for fax instead of sound, or is that agreed and nothing else asked?
    pub(crate) fn wants_no_sound(&self) -> bool {
        self.asks_soundless || (self.is_soundless && self.asked.is_none())
    }

    /// Does the offer that has no answer yet add to what is passed on, or take away?
    pub(crate) fn changes_others(&self) -> bool {
        !self.others.iter().map(|other| other.index).eq(self.in_force.iter().copied())
    }

    /// The peer's description is in force.
    fn settled(&mut self, is_soundless: bool) {
        self.is_soundless = is_soundless;
        self.asks_soundless = false;
        self.in_force = self.others.iter().map(|other| other.index).collect();
    }

    /// The line of our sound is the first, where the peer has not chosen another place for it.
    fn begin(&mut self, secure: bool) {
        if self.lines.is_empty() {
            self.lines = vec![LineShape {
                kind: "audio".into(),
                protocol: if secure { "UDP/TLS/RTP/SAVPF" } else { PLAIN }.into(),
                formats: String::new(),
                mid: secure.then(|| "0".into()),
                bundled: secure,
            }];
        }
    }

    /// One more line of our next offer, for something that is passed on to a phone; its place.
    pub(crate) fn add_line(&mut self, kind: &str, protocol: &str) -> usize {
        self.begin(false);
        let (kind, protocol) = (kind.to_owned(), protocol.to_owned());
        self.lines.push(LineShape { kind, protocol, formats: String::new(), mid: None, bundled: false });
        self.lines.len() - 1
    }

    /// Our offer without sound: what is passed on takes its place.
    pub(crate) fn offer_soundless(&mut self, place: &Place) -> Bytes {
        let text = self.write(place, NO_SOUND, &[], &[], Direction::SendRecv, false, 20, false, &[]);
        self.offers_soundless = true;
        self.offered = Some(Offered::default());
        self.asked = None;
        self.answer = None;
        text
    }

    /// The place of our sound; a line of its own where another kind has taken its place.
    fn sound_line(&mut self) -> usize {
        if self.lines.get(self.index).is_none_or(|line| line.kind != "audio") {
            let known = self.lines.iter().position(|line| line.kind == "audio");
            self.index = known.unwrap_or_else(|| self.add_line("audio", PLAIN));
        }
        self.index
    }

    /// Makes our offer, with `codecs` in this order.
    pub(crate) fn offer(&mut self, place: Place, codecs: &[Codec]) -> Bytes {
        let mux = place.secure.is_some() || self.remote.as_ref().is_some_and(|audio| audio.rtcp_mux);
        self.begin(place.secure.is_some());
        self.offers_soundless = false;
        let index = self.sound_line();
        self.own_keys = if place.secure.is_some() { Vec::new() } else { self.keys_to_offer() };
        let codecs: Vec<_> = codecs.iter().map(|codec| (*codec, self.number(*codec))).collect();
        let mut events = vec![(self.event_narrow, 8_000)];
        if codecs.iter().any(|(codec, _)| *codec == Codec::Opus) {
            events.push((self.event_wide, 48_000));
        }
        let keys = self.own_keys.clone();
        let text = self.write(&place, index, &codecs, &events, Direction::SendRecv, mux, 20, false, &keys);
        self.offered = Some((codecs, events));
        self.asked = None;
        self.answer = None;
        text
    }

    /// Takes the peer's answer to our offer.
    pub(crate) fn take_answer(&mut self, description: &Description) -> Result<(), Refused> {
        let Some((codecs, events)) = &self.offered else {
            return Err((Reason::MediaOfferBad, "answer without offer".into()));
        };
        if self.offers_soundless {
            let fax = description.fax();
            if fax.is_empty() {
                return Err((Reason::FaxRefused, String::new()));
            }
            self.others = fax;
            self.settled(true);
            return Ok(());
        }
        let audio = usable(description)?;
        let ours = |codec: &Codec| codecs.iter().any(|(offered, _)| offered == codec);
        let agreed = audio.formats.iter().filter_map(Codec::of).find(ours);
        let agreed = agreed.and_then(|codec| Agreed::new(codec, &audio.formats, codecs, events));
        let Some(agreed) = agreed else {
            return Err((Reason::CodecMismatch, names(&audio.formats)));
        };
        self.keyed = self.keys_answered(&audio)?;
        self.others = description.others(audio.index);
        self.agreed = Some(agreed);
        self.remote = Some(audio);
        self.settled(false);
        Ok(())
    }

    /// The keys of an offer of ours: those in force, else new ones as the leg is to be protected.
    fn keys_to_offer(&mut self) -> Vec<Crypto> {
        if self.agreed.is_some() {
            return Vec::from_iter(self.keyed.as_ref().map(|keyed| keyed.local.clone()));
        }
        if self.protection == Protection::Plain {
            return Vec::new();
        }
        if let Some(line) = self.lines.get_mut(self.index) {
            line.protocol = if self.protection == Protection::Required { PROTECTED } else { PLAIN }.into();
        }
        if self.own_keys.is_empty() {
            let keys = (1..).zip(Suite::ALL).filter_map(|(tag, suite)| Crypto::new(tag, suite));
            return keys.collect();
        }
        self.own_keys.clone()
    }

    /// The pair of keys that the answer to our offer makes; none where both sides go without.
    fn keys_answered(&self, audio: &Audio) -> Result<Option<Keyed>, Refused> {
        let pair = audio.crypto.iter().find_map(|remote| {
            let fits = |own: &&Crypto| own.tag == remote.tag && own.suite == remote.suite;
            let local = self.own_keys.iter().find(fits)?.clone();
            Some(Keyed { local, remote: remote.clone() })
        });
        let asked = self.lines.get(self.index).is_some_and(|line| Audio::is_savp(&line.protocol.to_ascii_uppercase()));
        if pair.is_none() && !self.own_keys.is_empty() && (asked || self.keyed.is_some() || !audio.crypto.is_empty()) {
            return Err((Reason::MediaKeysUnanswered, String::new()));
        }
        Ok(pair)
    }

    /// The keys that answer the peer's offer: its first; ours is a new one when the peer's is.
    fn keys_to_answer(&self, audio: &Audio) -> Result<Option<Keyed>, Refused> {
        let Some(remote) = audio.crypto.first() else { return Ok(None) };
        let same = |keyed: &&Keyed| keyed.remote.key == remote.key && keyed.remote.suite == remote.suite;
        let local = match self.keyed.as_ref().filter(same) {
            Some(keyed) => Crypto { tag: remote.tag, ..keyed.local.clone() },
            None => Crypto::new(remote.tag, remote.suite)
                .ok_or_else(|| (Reason::MediaOfferBad, "no key can be made".to_owned()))?,
        };
        Ok(Some(Keyed { local, remote: remote.clone() }))
    }

    /// Answers the peer's latest offer, with the first of `wished` that it has, else its own first choice. `narrow` says
    /// whether a codec is going to be translated to eight kilohertz.
    pub(crate) fn answer(
        &mut self,
        place: &Place,
        wished: &[Codec],
        narrow: impl Fn(Codec) -> bool,
    ) -> Result<Bytes, Refused> {
        if let Some(answer) = &self.answer {
            return Ok(answer.clone());
        }
        if self.asks_soundless {
            return self.answer_soundless(place);
        }
        let Some(audio) = self.asked.clone() else {
            return Err((Reason::MediaOfferBad, "no offer to answer".into()));
        };
        let theirs: Vec<_> = audio.formats.iter().filter_map(Codec::of).collect();
        let codec = wished.iter().chain(&theirs).find(|codec| theirs.contains(codec)).copied();
        let agreed = codec.and_then(|codec| Agreed::new(codec, &audio.formats, &[], &[]));
        let Some(agreed) = agreed else {
            return Err((Reason::CodecMismatch, names(&audio.formats)));
        };
        let codecs = [(agreed.codec, agreed.payload_type)];
        let events = Vec::from_iter(agreed.event);
        let direction = audio.direction.mirrored();
        let narrow = narrow(agreed.codec);
        let keyed = if place.secure.is_some() { None } else { self.keys_to_answer(&audio)? };
        let keys = Vec::from_iter(keyed.as_ref().map(|keyed| keyed.local.clone()));
        let ptime = audio.ptime.min(40);
        let text = self.write(place, self.index, &codecs, &events, direction, audio.rtcp_mux, ptime, narrow, &keys);
        self.keyed = keyed;
        self.answer = Some(text.clone());
        self.agreed = Some(agreed);
        self.remote = Some(audio);
        self.asked = None;
        self.settled(false);
        Ok(text)
    }

    /// The answer to an offer of fax alone; an error where the other side takes none, and all stands as before.
    fn answer_soundless(&mut self, place: &Place) -> Result<Bytes, Refused> {
        if place.passed.is_empty() {
            self.asks_soundless = false;
            (self.lines, self.others, self.index) = std::mem::take(&mut self.before);
            return Err((Reason::FaxRefused, String::new()));
        }
        let text = self.write(place, NO_SOUND, &[], &[], Direction::SendRecv, false, 20, false, &[]);
        self.answer = Some(text.clone());
        self.settled(true);
        Ok(text)
    }

    #[allow(clippy::too_many_arguments)]
    fn write(
        &mut self,
        place: &Place,
        index: usize,
        codecs: &[(Codec, u8)],
        events: &[(u8, u32)],
        direction: Direction,
        rtcp_mux: bool,
        ptime: u32,
        narrow: bool,
        crypto: &[Crypto],
    ) -> Bytes {
        let mut local = Local {
            session: self.id,
            version: self.version,
            address: place.address,
            port: place.port,
            rtcp_port: place.rtcp_port,
            rtcp_mux,
            lines: &self.lines,
            index,
            passed: &place.passed,
            codecs,
            events,
            direction,
            ptime,
            narrow,
            ssrc: place.ssrc,
            crypto,
            secure: place.secure.clone(),
        };
        let mut text = sdp::write(&local);
        if self.written.as_ref().is_some_and(|written| *written != text) {
            self.version += 1;
            local.version = self.version;
            text = sdp::write(&local);
        }
        let bytes = Bytes::from(text.clone());
        self.written = Some(text);
        bytes
    }

    fn number(&self, codec: Codec) -> u8 {
        match codec {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::Opus => self.opus,
        }
    }

    /// A payload type keeps its meaning over a session (RFC 3264, 8.3.2): ours follow the peer's.
    fn keep_numbers(&mut self, formats: &[Format]) {
        let of = |wanted: &dyn Fn(&Format) -> bool| formats.iter().find(|f| wanted(f)).map(|f| f.payload_type);
        let found = [
            of(&|format| Codec::of(format) == Some(Codec::Opus)),
            of(&|format| is_event(format) && format.clock == 8_000),
            of(&|format| is_event(format) && format.clock == 48_000),
        ];
        let mut taken: Vec<u8> = formats.iter().map(|format| format.payload_type).collect();
        for (found, own) in found.into_iter().zip([&mut self.opus, &mut self.event_narrow, &mut self.event_wide]) {
            if let Some(found) = found {
                *own = found;
            } else if taken.contains(own) {
                *own = (96..=127).find(|number| !taken.contains(number)).unwrap_or(*own);
            }
            taken.push(*own);
        }
    }
}

fn usable(description: &Description) -> Result<Audio, Refused> {
    description.audio().map_err(|Flaw(reason, words)| (reason, words))
}

/// The peer's codecs for the trace.
fn names(formats: &[Format]) -> String {
    let mut names = Vec::new();
    for format in formats.iter().filter(|format| !is_event(format)).take(8) {
        let name =
            if format.name.is_empty() { format!("type {}", format.payload_type) } else { sdp::shortened(&format.name) };
        names.push(name);
    }
    if names.is_empty() { "none".into() } else { names.join(", ") }
}
