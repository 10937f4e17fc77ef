//! The media engine with its sockets, or a stub that agrees to everything at once.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use media::{CodecPair, Event, Happened, LegId, Order, Packet, SocketId, SoundName, What};
use shared::call_record::LegQuality;
use shared::reason::Reason;
use shared::{CallId, Moment, SoundId};

/// The server's media address.
pub const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));
/// 20 ms of silence in Opus.
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// The first RTP port.
const FIRST_PORT: u16 = 20_000;
/// How many each worker has.
const WORKER_PORTS: u16 = 10_000;

/// What answers the switch's orders.
#[derive(Debug)]
pub enum Media {
    /// The real one, once for each worker.
    Real(Vec<Sockets>),
    /// One that always agrees.
    Stub(Stub),
}

/// A real engine and its sockets.
#[derive(Debug)]
pub struct Sockets {
    engine: media::Engine,
    /// Sockets by port, and back.
    by_port: BTreeMap<u16, SocketId>,
    first_port: u16,
    next_port: u16,
    next_socket: u32,
    /// How long each sound is that is there, in packets of 20 ms of Opus.
    sounds: BTreeMap<SoundId, usize>,
    /// The sounds that were asked for.
    fetched: Vec<SoundName>,
}

/// Keeps no more than which legs are open.
#[derive(Debug, Default)]
pub struct Stub {
    /// Whose a leg is.
    legs: BTreeMap<LegId, CallId>,
    events: VecDeque<Event>,
}

/// What media wants done.
#[derive(Debug)]
pub enum Wish {
    /// Tell the switch.
    Tell(Event),
    /// Send RTP.
    Send(SocketAddr, Bytes),
}

impl Media {
    /// The real engine.
    pub fn real(seed: u64) -> Self {
        Self::workers(seed, 1)
    }

    /// So many workers, at most four, over which calls are spread by their lanes.
    pub fn workers(seed: u64, count: u16) -> Self {
        Self::Real((0..count.clamp(1, 4)).map(|worker| Sockets::new(seed, worker)).collect())
    }

    /// The stub.
    pub fn stub() -> Self {
        Self::Stub(Stub::default())
    }

    /// An order of the switch.
    pub fn order(&mut self, now: Moment, order: Order) {
        match self {
            Self::Real(workers) => {
                // Not by the hash of the process: so a test can say what is where.
                let place = usize::try_from(order.lane.0).unwrap_or(0) % workers.len().max(1);
                if let Some(sockets) = workers.get_mut(place) {
                    sockets.engine.handle_input(now, media::Input::Order(order));
                }
            }
            Self::Stub(stub) => stub.order(order),
        }
    }

    /// A packet that arrived at a port; what is to be sent on.
    pub fn packet(&mut self, now: Moment, from: SocketAddr, port: u16, bytes: &Bytes) -> Option<(SocketAddr, Bytes)> {
        let Self::Real(workers) = self else { return None };
        let sockets = workers.iter_mut().find(|sockets| sockets.by_port.contains_key(&port))?;
        let socket = *sockets.by_port.get(&port)?;
        let mut packet = Packet { buffer: [0; PACKET_BYTES], length: bytes.len() };
        packet.buffer.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let transmit = sockets.engine.handle_packet(now, socket, from, &mut packet)?;
        Some((transmit.to, Bytes::copy_from_slice(packet.buffer.get(..packet.length)?)))
    }

    /// A tenant keeps a sound of silence from now on, so many packets of 20 ms; without one what is said is over at once.
    pub fn keep_sound(&mut self, id: SoundId, packets: usize) {
        if let Self::Real(workers) = self {
            for sockets in workers {
                sockets.sounds.insert(id, packets);
            }
        }
    }

    /// The sounds that were asked for since the last time.
    pub fn take_fetched(&mut self) -> Vec<SoundName> {
        match self {
            Self::Real(workers) => {
                workers.iter_mut().flat_map(|sockets| std::mem::take(&mut sockets.fetched)).collect()
            }
            Self::Stub(_) => Vec::new(),
        }
    }

    /// Time has come.
    pub fn timeout(&mut self, now: Moment) {
        if let Self::Real(workers) = self {
            for sockets in
                workers.iter_mut().filter(|sockets| sockets.engine.poll_timeout().is_some_and(|at| at <= now))
            {
                sockets.engine.handle_input(now, media::Input::Timeout);
            }
        }
    }

    /// When.
    pub fn poll_timeout(&self) -> Option<Moment> {
        match self {
            Self::Real(workers) => workers.iter().filter_map(|sockets| sockets.engine.poll_timeout()).min(),
            Self::Stub(_) => None,
        }
    }

    /// What it wants done.
    pub fn poll(&mut self, now: Moment) -> Option<Wish> {
        match self {
            Self::Stub(stub) => stub.events.pop_front().map(Wish::Tell),
            Self::Real(workers) => workers.iter_mut().find_map(|sockets| sockets.poll(now)),
        }
    }

    /// Legs held.
    pub fn legs(&self) -> usize {
        match self {
            Self::Real(workers) => workers.iter().map(|sockets| sockets.engine.legs()).sum(),
            Self::Stub(stub) => stub.legs.len(),
        }
    }
}

const PACKET_BYTES: usize = media::engine::PACKET_BYTES_MAX + media::engine::PACKET_TAIL_BYTES;

impl Sockets {
    fn new(seed: u64, worker: u16) -> Self {
        let config = media::Config {
            address: ADDRESS,
            browser_port: 19_999 - worker,
            browser_streams: false,
            candidate_addresses: Vec::new(),
            silence: None,
        };
        let first_port = FIRST_PORT + worker * WORKER_PORTS;
        Self {
            engine: media::Engine::new(config, seed.wrapping_add(worker.into())),
            by_port: BTreeMap::new(),
            first_port,
            next_port: first_port,
            next_socket: 1,
            sounds: BTreeMap::new(),
            fetched: Vec::new(),
        }
    }

    fn poll(&mut self, now: Moment) -> Option<Wish> {
        while let Some(output) = self.engine.poll_output() {
            match output {
                media::Output::Event(event) => return Some(Wish::Tell(event)),
                media::Output::Send { transmit, bytes } => return Some(Wish::Send(transmit.to, bytes)),
                media::Output::WantPorts(count) => {
                    for _ in 0..count {
                        self.open_pair(now);
                    }
                }
                media::Output::WantSound(name) => self.fetch(now, name),
                media::Output::Recorded { .. } | media::Output::RecordingOver(_) => {}
                media::Output::Release { rtp, rtcp } => {
                    self.by_port.retain(|_, socket| *socket != rtp && *socket != rtcp);
                }
            }
        }
        None
    }

    fn fetch(&mut self, now: Moment, name: SoundName) {
        self.fetched.push(name);
        let packets = match name {
            SoundName::Kept(file) => self.sounds.get(&file.id).copied(),
            SoundName::Phrase(..) => None,
        };
        let sound = packets.map(|count| vec![Bytes::from_static(&SILENCE); count].into());
        self.engine.handle_input(now, media::Input::Sound(name, sound));
    }

    fn open_pair(&mut self, now: Moment) {
        let (rtp, rtcp, port) = (SocketId(self.next_socket), SocketId(self.next_socket + 1), self.next_port);
        self.next_socket += 2;
        let is_last = port + 4 > self.first_port + WORKER_PORTS;
        self.next_port = if is_last { self.first_port } else { port + 2 };
        self.by_port.insert(port, rtp);
        self.by_port.insert(port + 1, rtcp);
        self.engine.handle_input(now, media::Input::Ports { rtp, rtcp, port });
    }
}

impl Stub {
    fn order(&mut self, order: Order) {
        let Order { call, leg, what, .. } = order;
        let known = self.legs.contains_key(&leg);
        let mut say = |what| self.events.push_back(Event { call, leg, what });
        let closed = || Happened::Closed(LegQuality { codec: "PCMU".to_owned(), ..LegQuality::default() });
        let ready = || Happened::Ready { codec: "PCMU".to_owned() };
        match what {
            What::Open { .. } => {
                self.legs.insert(leg, call);
            }
            What::Adopt(from) => match self.legs.remove(&from) {
                Some(old) => {
                    self.legs.insert(leg, call);
                    self.events.push_back(Event { call: old, leg: from, what: closed() });
                    self.events.push_back(Event { call, leg, what: ready() });
                }
                None => say(Happened::Rejected { reason: Reason::MediaOfferBad, value: String::new() }),
            },
            What::Close => {
                self.legs.remove(&leg);
                say(closed());
            }
            _ if !known => {}
            What::MakeOffer { .. } => say(Happened::Offer(crate::phone::description(ADDRESS, FIRST_PORT, "sendrecv"))),
            What::MakeAnswer { .. } => {
                say(Happened::Answer(crate::phone::description(ADDRESS, FIRST_PORT, "sendrecv")));
                say(ready());
            }
            What::RemoteAnswer(_) => say(ready()),
            What::RemoteOffer(offer) => {
                let held = crate::phone::direction(&offer) != "sendrecv";
                say(Happened::Held(held));
            }
            What::Connect(_) => say(Happened::Connected(CodecPair::Passed("PCMU".to_owned()))),
            // What is said is over at once; what goes on for ever is not.
            What::Say(saying) if !saying.repeats => say(Happened::Said(saying.number)),
            What::StopRecording => say(Happened::Recorded { millis: 0 }),
            What::OwnCertificate
            | What::Say(_)
            | What::Record(_)
            | What::PauseRecording(_)
            | What::Mix(_)
            | What::Announce(_)
            | What::RecordRoom(_)
            | What::StopRecordingRoom
            | What::Monitor(_)
            | What::ListenForFax(_)
            | What::Disconnect
            | What::Play(_)
            | What::Stop
            | What::SendDigit(_)
            | What::Protect(_) => {}
        }
    }
}
