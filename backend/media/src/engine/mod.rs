//! The machine: packets and orders in, packets and events out.

mod browser;
mod monitor;
mod order;
mod packet;
mod relay;
mod report;
mod room;
mod sound;
mod timetable;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use shared::call_record::LegQuality;
use shared::{CallId, Moment, SoundId};

use crate::browser_leg::Identity;
use crate::command::{Event, Happened, LegId, Order, SoundFile, SoundName};
use crate::dice::Dice;
use crate::leg::{Leg, Path, Reported};
use crate::mixer::Room;
use crate::monitor::Monitor;
use crate::player::Sound;
use crate::port::{Pair, PortPool};
use crate::tape::Tape;
use timetable::{Call, Wake};

/// What an engine is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that peers are told to send to, unless a leg says otherwise.
    pub address: IpAddr,
    /// The UDP port that serves every browser of this worker; its packets come as [`SocketId::BROWSERS`].
    pub browser_port: u16,
    /// The same port takes TCP as well, for browsers whose UDP is blocked (RFC 6544).
    pub browser_streams: bool,
    /// More addresses for the candidates of browser legs, such as 127.0.0.1 beside a public one.
    pub candidate_addresses: Vec<IpAddr>,
    /// A call from whose legs nothing is heard for this long is reported silent (SET-16); none never.
    pub silence: Option<Duration>,
}

/// A socket of the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

impl SocketId {
    /// The one socket that all browsers share.
    pub const BROWSERS: Self = Self(0);
    /// From this number on a socket is one browser's TCP connection. Its number is never another's.
    pub const STREAMS_FIRST: u32 = 1 << 20;

    /// Is it one browser's connection?
    pub const fn is_stream(self) -> bool {
        self.0 >= Self::STREAMS_FIRST
    }
}

/// The largest datagram that is taken.
pub const PACKET_BYTES_MAX: usize = 2_048;
/// Room kept behind a packet for an SRTP tag.
pub const PACKET_TAIL_BYTES: usize = 64;

/// A datagram in a buffer that is used again and again.
#[derive(Clone)]
pub struct Packet {
    /// The buffer.
    pub buffer: [u8; PACKET_BYTES_MAX + PACKET_TAIL_BYTES],
    /// How much of it is filled.
    pub length: usize,
}

/// Send a packet buffer's contents. A browser is known by it: where it is, and which socket leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transmit {
    /// From this socket.
    pub socket: SocketId,
    /// To this address.
    pub to: SocketAddr,
}

/// What is not a packet.
#[derive(Debug)]
pub enum Input {
    /// From the switch.
    Order(Order),
    /// A pair of sockets is open and may be used: RTP on the even `port`, RTCP on the next.
    Ports {
        /// The RTP socket.
        rtp: SocketId,
        /// The RTCP socket.
        rtcp: SocketId,
        /// The even port number.
        port: u16,
    },
    /// A sound that was asked for by [`Output::WantSound`]; none where there is none of that name.
    Sound(SoundName, Option<Sound>),
    /// Another [`Config::silence`]. A running call follows when it is looked at next, at the end of the old span.
    Silence(Option<Duration>),
    /// Another [`Config::address`] and other [`Config::candidate_addresses`], for legs that are opened from now on.
    Addresses(IpAddr, Vec<IpAddr>),
    /// Time has come to `poll_timeout`.
    Timeout,
}

/// What the engine wants done.
#[derive(Debug)]
pub enum Output {
    /// Tell the switch.
    Event(Event),
    /// Send a packet that the engine has made.
    Send {
        /// How.
        transmit: Transmit,
        /// What.
        bytes: Bytes,
    },
    /// A pair is free: close it, or offer it again later as `Ports`.
    Release {
        /// The RTP socket.
        rtp: SocketId,
        /// The RTCP socket.
        rtcp: SocketId,
    },
    /// A sound is to be played; [`Input::Sound`] brings it.
    WantSound(SoundName),
    /// What has been recorded since the last time: samples of [`crate::RECORDED_RATE`] a second, those of two tracks in turns.
    Recorded {
        /// Where it belongs.
        file: SoundFile,
        /// One or two.
        tracks: u8,
        /// Whole frames of 20 ms.
        samples: Vec<i16>,
    },
    /// There is nothing more of it.
    RecordingOver(SoundFile),
    /// Fewer than [`PORTS_SPARE_MIN`] pairs are left: open this many more if the range allows.
    WantPorts(usize),
}

/// Below this many spare pairs the engine asks for more.
pub const PORTS_SPARE_MIN: usize = 32;

/// The most legs that one engine holds; beyond it an `Open` is refused.
pub const LEGS_MAX: usize = 10_000;
/// Socket numbers from here on are not taken.
pub const SOCKETS_MAX: usize = 1 << 17;

/// The media machine of one worker.
///
/// One input, then all outputs, then the next input.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    dice: Dice,
    /// Legs by slot; a slot is used again.
    legs: Vec<Option<Leg>>,
    free: Vec<usize>,
    by_id: BTreeMap<LegId, usize>,
    /// Whose socket it is, by its number.
    sockets: Vec<Option<SocketUse>>,
    ports: PortPool,
    identity: Option<Arc<Identity>>,
    /// Browsers' legs by what their checks are addressed to.
    by_ufrag: BTreeMap<String, usize>,
    /// Browsers' legs by the addresses that proved themselves. Never iterated.
    by_address: HashMap<Transmit, usize>,
    calls: BTreeMap<CallId, Call>,
    rooms: BTreeMap<CallId, Room>,
    /// Those who listen, by the calls that they listen to.
    monitors: BTreeMap<CallId, Monitor>,
    tapes: BTreeMap<SoundId, Tape>,
    /// Which legs wait for a sound.
    awaited: BTreeMap<SoundName, BTreeSet<usize>>,
    /// And which rooms.
    awaited_in_rooms: BTreeMap<SoundName, BTreeSet<CallId>>,
    timetable: BTreeSet<(Moment, Wake)>,
    outputs: VecDeque<Output>,
}

#[derive(Clone, Copy, Debug)]
struct SocketUse {
    slot: usize,
    rtcp: bool,
    /// Of a line that is passed on and not looked into.
    relayed: bool,
}

impl Engine {
    /// Makes an engine without legs. `seed` feeds SSRCs and ICE credentials. Its DTLS certificate is made when the first
    /// browser comes, and lives as long as the engine.
    pub fn new(config: Config, seed: u64) -> Self {
        let mut engine = Self {
            config,
            dice: Dice::new(seed),
            legs: Vec::new(),
            free: Vec::new(),
            by_id: BTreeMap::new(),
            sockets: Vec::new(),
            ports: PortPool::default(),
            identity: None,
            by_ufrag: BTreeMap::new(),
            by_address: HashMap::new(),
            calls: BTreeMap::new(),
            rooms: BTreeMap::new(),
            monitors: BTreeMap::new(),
            tapes: BTreeMap::new(),
            awaited: BTreeMap::new(),
            awaited_in_rooms: BTreeMap::new(),
            timetable: BTreeSet::new(),
            outputs: VecDeque::new(),
        };
        engine.ask_for_ports();
        engine
    }

    /// Takes what is not a packet.
    pub fn handle_input(&mut self, now: Moment, input: Input) {
        match input {
            Input::Order(order) => self.obey(now, order),
            Input::Ports { rtp, rtcp, port } => {
                let known = [rtp, rtcp].iter().all(|socket| (1..SOCKETS_MAX).contains(&(socket.0 as usize)));
                if known {
                    self.ports.put(Pair { rtp, rtcp, port });
                }
            }
            Input::Sound(name, sound) => self.bring(name, sound.as_ref()),
            Input::Silence(silence) => self.config.silence = silence,
            Input::Addresses(address, candidates) => {
                self.config.address = address;
                self.config.candidate_addresses = candidates;
            }
            Input::Timeout => self.wake(now),
        }
    }

    /// The next thing that is to be done; to be asked until there is none.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Input::Timeout`] is wanted next.
    pub fn poll_timeout(&self) -> Option<Moment> {
        self.timetable.first().map(|(at, _)| *at)
    }

    /// Legs held, for figures and leak tests.
    pub fn legs(&self) -> usize {
        self.by_id.len()
    }

    /// The figures of a leg while it lives; `side` is left empty.
    pub fn quality(&self, leg: LegId) -> Option<LegQuality> {
        self.leg(*self.by_id.get(&leg)?).map(Leg::quality)
    }

    /// What the leg's peer last reported of the stream that it is sent.
    pub fn reported(&self, leg: LegId) -> Option<Reported> {
        self.leg(*self.by_id.get(&leg)?)?.reported
    }

    /// Packets that came to a phone's ports from somebody else and were dropped.
    pub fn strangers(&self, leg: LegId) -> Option<u64> {
        match &self.leg(*self.by_id.get(&leg)?)?.path {
            Path::Phone(phone) => Some(phone.strangers),
            _ => Some(0),
        }
    }

    /// Packets from a phone's own address that its key did not prove, or that came twice, and were dropped (CVE-2021-41105).
    pub fn unproved(&self, leg: LegId) -> Option<u64> {
        match &self.leg(*self.by_id.get(&leg)?)?.path {
            Path::Phone(phone) => Some(phone.unproved),
            _ => Some(0),
        }
    }

    fn leg(&self, slot: usize) -> Option<&Leg> {
        self.legs.get(slot)?.as_ref()
    }

    fn leg_mut(&mut self, slot: usize) -> Option<&mut Leg> {
        self.legs.get_mut(slot)?.as_mut()
    }

    /// Tells the switch something about the leg in a slot.
    fn tell(&mut self, slot: usize, what: Happened) {
        if let Some(leg) = self.leg(slot) {
            let event = Event { call: leg.call, leg: leg.id, what };
            self.outputs.push_back(Output::Event(event));
        }
    }

    fn send(&mut self, transmit: Transmit, bytes: impl Into<Bytes>) {
        self.outputs.push_back(Output::Send { transmit, bytes: bytes.into() });
    }

    fn ask_for_ports(&mut self) {
        if let Some(more) = self.ports.shortage() {
            self.outputs.push_back(Output::WantPorts(more));
        }
    }
}
