//! One end of a call, whatever it speaks to.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use shared::call_record::{LegQuality, PeerReport};
use shared::quality::{mos_hundredths, per_ten_thousand};
use shared::reason::Reason;
use shared::{CallId, Moment, SoundId};

use crate::browser_leg::BrowserLeg;
use crate::codec::{Codec, Encoder};
use crate::command::{CodecPair, LegId, LegKind, Part};
use crate::dice::Dice;
use crate::dtmf::Presses;
use crate::engine::{Packet, Transmit};
use crate::fax::Fax;
use crate::phone_leg::PhoneLeg;
use crate::quality::Incoming;
use crate::quiet::Watch;
use crate::relay::Relay;
use crate::rtp::Outgoing;
use crate::sdp::{Description, Direction};
use crate::session::{Agreed, Refused, Session};
use crate::sounding::Sounding;
use crate::translator::Translator;

/// How a leg reaches its peer.
#[derive(Debug)]
pub(crate) enum Path {
    /// No description was made yet.
    None,
    Phone(PhoneLeg),
    Browser(Box<BrowserLeg>),
}

/// What a peer's reports say of the stream that it is sent (RFC 3550, 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Packets that did not reach it, since the start.
    pub packets_lost: u32,
    /// The share lost since its last report, of 256.
    pub fraction_lost: u8,
    /// Interarrival jitter at its end in microseconds.
    pub jitter_micros: u64,
    /// There and back, where its report allows to tell.
    pub round_trip: Option<Duration>,
}

/// How far a leg's figures were when it came from another call.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    received: u64,
    lost: u64,
    sent: u64,
    reported_lost: u32,
}

/// A leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) call: CallId,
    pub(crate) kind: LegKind,
    pub(crate) address: IpAddr,
    pub(crate) session: Session,
    pub(crate) path: Path,
    /// Not the engine's certificate, but one of its own.
    pub(crate) own_certificate: bool,
    pub(crate) incoming: Incoming,
    pub(crate) outgoing: Outgoing,
    pub(crate) presses: Presses,
    /// Lines that are passed on.
    pub(crate) relays: Vec<Relay>,
    /// Whom it hears.
    pub(crate) peer: Option<usize>,
    /// Or the room that it is in.
    pub(crate) part: Option<Part>,
    /// The calling tone of a fax machine is listened for.
    pub(crate) fax: Option<Box<Fax>>,
    /// The call in which somebody listens to it, or it to others.
    pub(crate) monitor: Option<CallId>,
    /// It hears somebody who listens as well: a sum in place of what its peer says.
    pub(crate) is_mixed: bool,
    /// The recording that it is on.
    pub(crate) tape: Option<SoundId>,
    /// It asked to be connected and the pair of codecs was not told yet, or told as this.
    pub(crate) connection: Option<Option<CodecPair>>,
    pub(crate) heard: bool,
    /// RTP or RTCP came last.
    pub(crate) heard_at: Option<Moment>,
    pub(crate) watch: Watch,
    pub(crate) held: bool,
    pub(crate) sounding: Sounding,
    /// What is translated for this leg.
    pub(crate) translator: Option<Box<Translator>>,
    pub(crate) encoder: Option<Encoder>,
    /// An event is being passed on instead of translated sound.
    pub(crate) hushed_until: Option<Moment>,
    pub(crate) report_at: Option<Moment>,
    /// Packets sent up to the last report.
    pub(crate) reported_packets: u64,
    /// What the peer says of our stream.
    pub(crate) reported: Option<Reported>,
    /// There and back in microseconds, smoothed.
    pub(crate) round_trip_micros: Option<u64>,
    /// Its figures are due to be told.
    pub(crate) measured: bool,
    before: Before,
    /// When it wants to be woken, as entered in the engine's timetable.
    pub(crate) wake_at: Option<Moment>,
}

impl Leg {
    pub(crate) fn new(id: LegId, call: CallId, kind: LegKind, address: IpAddr, dice: &mut Dice) -> Self {
        Self {
            id,
            call,
            kind,
            address,
            session: Session::new(dice.number()),
            path: Path::None,
            own_certificate: false,
            incoming: Incoming::default(),
            outgoing: Outgoing::new(dice.ssrc(), dice.number()),
            presses: Presses::default(),
            relays: Vec::new(),
            peer: None,
            part: None,
            fax: None,
            monitor: None,
            is_mixed: false,
            tape: None,
            connection: None,
            heard: false,
            heard_at: None,
            watch: Watch::default(),
            held: false,
            sounding: Sounding::default(),
            translator: None,
            encoder: None,
            hushed_until: None,
            report_at: None,
            reported_packets: 0,
            reported: None,
            round_trip_micros: None,
            measured: false,
            before: Before::default(),
            wake_at: None,
        }
    }

    /// Goes on in another call: its streams as they are, its figures from nothing, and nothing of what was played to it.
    pub(crate) fn begin_anew(&mut self) {
        self.before = Before {
            received: self.incoming.received(),
            lost: self.incoming.lost(),
            sent: self.outgoing.packets,
            reported_lost: self.reported.map_or(0, |reported| reported.packets_lost),
        };
        self.heard = false;
        self.sounding.stop();
    }

    /// A browser without ICE and DTLS cannot be spoken to, and a phone's ports cannot speak them.
    pub(crate) fn requires(&self, description: &Description, secure: bool) -> Result<(), Refused> {
        let usable = description.audio().is_ok();
        match self.kind {
            LegKind::Browser if usable && !secure => Err((Reason::MediaBrowserLacks, String::new())),
            LegKind::Phone if secure => Err((Reason::MediaBrowserOnly, String::new())),
            _ => Ok(()),
        }
    }

    /// Where media is sent, when the peer wants any.
    pub(crate) fn destination(&self) -> Option<Transmit> {
        match &self.path {
            Path::None => None,
            Path::Phone(phone) => phone.destination(),
            Path::Browser(browser) => browser.destination(),
        }
    }

    /// Where reports are sent.
    pub(crate) fn control_destination(&self) -> Option<Transmit> {
        match &self.path {
            Path::Phone(phone) => phone.rtcp_destination(),
            _ => self.destination(),
        }
    }

    /// Protects a packet in its buffer, where the peer wants it protected.
    pub(crate) fn seal(&mut self, packet: &mut Packet) -> Option<()> {
        let bytes = packet.buffer.get(..packet.length)?;
        let sealed = match &mut self.path {
            Path::Browser(browser) => browser.close(bytes)?,
            Path::Phone(PhoneLeg { srtp: Some(srtp), .. }) => srtp.close(bytes)?,
            _ => return Some(()),
        };
        packet.buffer.get_mut(..sealed.len())?.copy_from_slice(&sealed);
        packet.length = sealed.len();
        Some(())
    }

    /// The same for a packet made here.
    pub(crate) fn sealed(&mut self, bytes: Vec<u8>) -> Option<Bytes> {
        Some(match &mut self.path {
            Path::Browser(browser) => browser.close(&bytes)?.freeze(),
            Path::Phone(PhoneLeg { srtp: Some(srtp), .. }) => srtp.close(&bytes)?.freeze(),
            _ => bytes.into(),
        })
    }

    /// The same for a control packet.
    pub(crate) fn sealed_control(&mut self, bytes: Vec<u8>) -> Option<Bytes> {
        Some(match &mut self.path {
            Path::Browser(browser) => browser.close_control(&bytes)?.freeze(),
            Path::Phone(PhoneLeg { srtp: Some(srtp), .. }) => srtp.close_control(&bytes)?.freeze(),
            _ => bytes.into(),
        })
    }

    /// What has been agreed, when the peer wants to hear us.
    pub(crate) fn listening(&self) -> Option<&Agreed> {
        let hears = self.session.remote.as_ref().is_some_and(|audio| audio.direction.hears());
        self.session.agreed.as_ref().filter(|_| hears)
    }

    pub(crate) fn codec(&self) -> Option<Codec> {
        self.session.agreed.as_ref().map(|agreed| agreed.codec)
    }

    /// Is sound to be expected from the peer? Not from one on hold, and not before somebody is there to hear it.
    pub(crate) fn is_expected(&self) -> bool {
        let both_ways = self.session.remote.as_ref().is_some_and(|audio| audio.direction == Direction::SendRecv);
        let has_listeners = self.peer.is_some() || self.tape.is_some() || self.part.is_some_and(|part| part.speaks);
        both_ways && !self.session.is_soundless && !self.held && has_listeners && self.session.agreed.is_some()
    }

    /// Takes how long a report of ours and the answer to it travelled: an eighth of it counts, as in RFC 6298.
    pub(crate) fn note_round_trip(&mut self, latest: Duration) {
        let latest = u64::try_from(latest.as_micros()).unwrap_or(u64::MAX);
        let smoothed =
            self.round_trip_micros.map_or(latest, |known| (known / 8).saturating_mul(7).saturating_add(latest / 8));
        self.round_trip_micros = Some(smoothed);
    }

    /// What is known to stand in the way of its sound.
    pub(crate) fn obstacle(&self) -> Option<Reason> {
        match &self.path {
            Path::Browser(browser) => browser.obstacle(),
            Path::Phone(_) | Path::None => None,
        }
    }

    /// Its figures; `side` is left empty.
    pub(crate) fn quality(&self) -> LegQuality {
        let before = self.before;
        let sent = self.outgoing.packets.saturating_sub(before.sent);
        let mut quality = LegQuality {
            side: String::new(),
            codec: self.codec().map(|codec| codec.name().to_owned()).unwrap_or_default(),
            packets_received: self.incoming.received().saturating_sub(before.received),
            packets_sent: sent,
            packets_lost: self.incoming.lost().saturating_sub(before.lost),
            jitter_micros: self.incoming.jitter_micros(),
            heard: self.heard,
            round_trip_micros: self.round_trip_micros,
            ..LegQuality::default()
        };
        let trip = self.round_trip_micros.unwrap_or(0);
        quality.mos_hundredths =
            self.heard.then(|| mos_hundredths(quality.loss_per_ten_thousand(), quality.jitter_micros, trip));
        quality.reported = self.reported.map(|reported| {
            let lost = reported.packets_lost.saturating_sub(before.reported_lost);
            let loss = per_ten_thousand(lost.into(), sent);
            PeerReport {
                packets_lost: lost.into(),
                jitter_micros: reported.jitter_micros,
                mos_hundredths: Some(mos_hundredths(loss, reported.jitter_micros, trip)),
            }
        });
        quality
    }

    /// When something is to happen by itself.
    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let browser = match &self.path {
            Path::Browser(browser) => browser.next_wake(),
            _ => None,
        };
        let translated = self.translator.as_ref().and_then(|translator| translator.next_at);
        [browser, self.sounding.next_at, translated, self.report_at, self.watch.next_at].into_iter().flatten().min()
    }
}
