//! The words between switch and media.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use shared::call_record::LegQuality;

use shared::language::Language;
use shared::reason::Reason;
use shared::{CallId, Moment, SoundId, TenantId};

/// One end of a call. Chosen by the switch; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(pub u64);

/// What kind of peer a leg speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegKind {
    /// RTP or SDES-SRTP with symmetric learning.
    Phone,
    /// ICE, DTLS-SRTP, RTCP multiplexed.
    Browser,
}

/// Something for the engine to do; all orders about one call go to the same worker, in order.
#[derive(Clone, Debug)]
pub struct Order {
    /// The call.
    pub call: CallId,
    /// Calls of one lane are on one worker: the legs of one can go on in another.
    pub lane: CallId,
    /// The leg.
    pub leg: LegId,
    /// What to do.
    pub what: What,
}

/// The worker, of so many, that has all calls of a lane: by a hash, since ids that are made one after the other differ in their high bits alone.
pub fn worker_of(lane: CallId, workers: usize) -> usize {
    let hash = lane.0.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    usize::try_from(hash).unwrap_or(0) % workers.max(1)
}

/// What to do with a leg.
#[derive(Clone, Debug)]
pub enum What {
    /// Make it. Ports are taken when a description is first made. A `Phone` leg whose remote offer shows ICE and a
    /// fingerprint becomes a `Browser` leg by itself.
    Open {
        /// What it speaks to.
        kind: LegKind,
        /// The address that the peer reaches us at; the engine's default when absent.
        address: Option<IpAddr>,
    },
    /// Make it out of a leg of another call, with that one's ports, source, numbers and keys: its peer notices nothing.
    /// Answered with `Closed` for the leg that it was and then with `Ready`, or with `Rejected` where this engine does not
    /// have it.
    Adopt(LegId),
    /// The leg gets a DTLS certificate of its own. For a browser that has spoken to another leg of this engine: by the
    /// other fingerprint it knows that it must shake hands anew (RFC 8842, 5.5).
    OwnCertificate,
    /// The peer's offer. Answered with `Rejected` where it cannot be used, else with nothing until `MakeAnswer`.
    RemoteOffer(Bytes),
    /// The peer's answer to our offer (in a 183 or a 200; a later one replaces an earlier one). Answered with `Ready` or
    /// `Rejected`.
    RemoteAnswer(Bytes),
    /// How the offers to a phone that are made from now on ask for SRTP, and whether its own may go without; one that has agreed keeps to
    /// what it has agreed.
    Protect(Protection),
    /// Make an offer, with the codecs of leg `like` first. Answered with `Offer`.
    MakeOffer {
        /// Whose codecs to prefer, so that nothing need be translated.
        like: Option<LegId>,
    },
    /// Answer the peer's latest offer, choosing the codec of leg `like` where the peer has it. Answered with `Answer`
    /// (and `Ready`) or `Rejected`. Asked again with no new offer, it gives the same description again.
    MakeAnswer {
        /// Whose codec to prefer.
        like: Option<LegId>,
    },
    /// Let the two hear each other from now on (in both directions); replaces what either was connected to. Answered with
    /// `Connected`.
    Connect(LegId),
    /// Take part in a room from now on, or in another way than before; replaces whom it was connected to.
    Mix(Part),
    /// Say something to all who hear in the room that the leg is in, beside what they hear there.
    Announce(Saying),
    /// Keep what is heard in the room that the leg is in, from now on and whoever leaves it, until its last has.
    RecordRoom(SoundFile),
    /// Keep no more of it. Answered with `RoomRecorded`.
    StopRecordingRoom,
    /// Listen to a leg and to whom it is connected to, whoever that is, from now on, or be heard by them otherwise than before; replaces
    /// whom it was connected to. Both are on one media worker.
    Monitor(Monitoring),
    /// Hear nobody, and be heard by nobody.
    Disconnect,
    /// Play a tone to the leg's peer, instead of what it is connected to, until `Stop` or its end.
    Play(Tone),
    /// Say something to the leg's peer, instead of what it is connected to, until `Stop` or its end, of which `Said` tells.
    Say(Saying),
    /// Stop playing, and saying.
    Stop,
    /// Keep what the leg's peer says, from now on.
    Record(Recording),
    /// Leave out what is said, or keep it again: of all that is recorded under the same name.
    PauseRecording(bool),
    /// Keep no more of it. Answered with `Recorded`.
    StopRecording,
    /// Listen for the calling tone of a fax machine from now on, or no more. `FaxCalls` tells of it, each time.
    ListenForFax(bool),
    /// Send a digit to the leg's peer as RFC 4733 events (or as tone where it has none).
    SendDigit(char),
    /// End it. Answered with `Closed`.
    Close,
}

/// How a leg takes part in a room: whoever hears, hears all who speak but itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The room, by the call that it was made for. All who are in it have that call's lane.
    pub room: CallId,
    /// Do the others hear it?
    pub speaks: bool,
    /// Does it hear the others?
    pub hears: bool,
}

/// How a leg listens to two who talk (CTI-03 to CTI-05).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monitoring {
    /// One of the two.
    pub of: LegId,
    /// Who hears the one who listens.
    pub heard: HeardBy,
}

/// Who hears somebody who listens to two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeardBy {
    /// Neither.
    Nobody,
    /// The leg that is listened to, and not the other.
    One,
    /// Both.
    Both,
}

/// How an offer to a phone asks for SRTP with keys in the description (RFC 4568).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protection {
    /// Not at all. A phone whose own offer asks for it gets it.
    #[default]
    Plain,
    /// `RTP/AVP` with keys: a phone that knows nothing of them answers without.
    Optional,
    /// `RTP/SAVP`: an answer without a key is refused, and an offer.
    Required,
}

/// A sound that the engine makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// 425 Hz, 1 s on, 4 s off (ITU-T E.180).
    Ringback,
    /// 425 Hz, 0.5 s on and off, for five seconds.
    Busy,
    /// 425 Hz, 0.25 s on and off, for five seconds: nothing can be done.
    Congestion,
    /// A soft two-note pattern for those on hold.
    Hold,
    /// 1,000 Hz for 0.4 s: from now on it is recorded.
    Beep,
    /// Two soft notes upwards: somebody has come.
    Joined,
    /// The same downwards: somebody has left.
    Left,
}

/// What is said: clips, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// Its name in `Said`. Chosen by the switch.
    pub number: u32,
    /// The clips.
    pub clips: Vec<Clip>,
    /// From the start again when all is said.
    pub repeats: bool,
}

/// A part of what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clip {
    /// A sound that is fetched; one that is not there is left out.
    Sound(SoundName),
    /// A tone; one that has no end counts as none.
    Tone(Tone),
    /// Nothing, for so long.
    Silence(Duration),
}

/// Which sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SoundName {
    /// A phrase of the system's own, by its name.
    Phrase(Language, &'static str),
    /// One that a tenant keeps.
    Kept(SoundFile),
}

/// A sound that a tenant keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SoundFile {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which.
    pub id: SoundId,
}

/// How a leg is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Under this name, with all legs that are recorded under it.
    pub file: SoundFile,
    /// On which track, counted from zero.
    pub track: u8,
    /// Of how many: one or two.
    pub tracks: u8,
    /// Are they added up into one at the end?
    pub mixed: bool,
    /// After so much silence `Hushed` is told, once each time.
    pub hush: Option<Duration>,
}

/// How two connected legs' codecs stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecPair {
    /// The same: packets are passed through.
    Passed(String),
    /// Different: translated.
    Transcoded(String, String),
}

/// Something that the engine has to say.
#[derive(Clone, Debug)]
pub struct Event {
    /// The call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// What has happened.
    pub what: Happened,
}

/// What has happened on a leg.
#[derive(Clone, Debug)]
pub enum Happened {
    /// Our offer.
    Offer(Bytes),
    /// Our answer.
    Answer(Bytes),
    /// Offer and answer are done; this codec is in use.
    Ready {
        /// Such as `PCMU` or `opus`.
        codec: String,
    },
    /// The peer's description cannot be used, or there is no port left.
    Rejected {
        /// `CodecMismatch`, `MediaOfferBad` or `PortsSpent`.
        reason: Reason,
        /// For the trace.
        value: String,
    },
    /// The peer's offer changes what is passed on, such as video or fax: the other leg is to be offered it first. The next
    /// order to answer is then obeyed, whatever came of that.
    PassOn,
    /// Two legs hear each other.
    Connected(CodecPair),
    /// ICE and DTLS with a browser are done.
    Secured,
    /// The first media packet from the peer was heard.
    Heard,
    /// All of the saying with this number has been said.
    Said(u32),
    /// The leg is recorded no more.
    Recorded {
        /// How long its recording is.
        millis: u64,
    },
    /// The room that the leg is in, or has just left as the last, is recorded no more: there is nothing more of this sound.
    RoomRecorded(SoundId),
    /// What is recorded has been silent for as long as was asked.
    Hushed,
    /// The peer is a fax machine: its calling tone was heard.
    FaxCalls,
    /// The peer pressed a key (once per press).
    Digit(char),
    /// The peer's description put us on hold (`sendonly` or `inactive`), or took us off.
    Held(bool),
    /// Nothing has been heard from a connected leg that is not on hold since then, for [`crate::QUIET_AFTER`].
    Quiet {
        /// When the last sound came, or when it was first to be expected.
        since: Moment,
        /// What is known to stand in its way: a browser that finds no way here, or agrees on no keys.
        why: Option<Reason>,
    },
    /// What was quiet is heard again, or is to be heard no more.
    QuietOver,
    /// The leg's figures so far, every few seconds; `side` is left empty.
    Measured(LegQuality),
    /// In the room that the leg is in others speak than before: these, the loudest of them. Told now and then, by one of those
    /// who are in it.
    Speakers(Vec<LegId>),
    /// Nothing was heard from any leg of the call for the configured time (held legs do not count).
    Silent {
        /// Whole seconds.
        seconds: u64,
    },
    /// The leg is gone; its figures.
    Closed(LegQuality),
}
