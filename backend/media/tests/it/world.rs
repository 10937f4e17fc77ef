//! One engine, its clock and its sockets; two ends that speak SDP and RTP.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use media::engine::{PACKET_BYTES_MAX, PACKET_TAIL_BYTES};
use media::{
    Config, Engine, Event, Happened, Input, LegId, LegKind, Order, Output, Packet, SocketId, Sound, SoundFile,
    SoundName, Transmit, What,
};
use shared::call_record::LegQuality;
use shared::reason::Reason;
use shared::{CallId, Moment};

pub const CALL: CallId = CallId(7);
/// Another call, whose legs may go on in the first.
pub const OTHER: CallId = CallId(8);
pub const A: LegId = LegId(1);
pub const B: LegId = LegId(2);
pub const C: LegId = LegId(3);
pub const BROWSER_PORT: u16 = 40_000;

pub struct World {
    pub engine: Engine,
    pub now: Moment,
    pub events: Vec<(LegId, Happened)>,
    /// Since when a leg is quiet, or that it is no more.
    pub quiet: Vec<(LegId, Option<Moment>)>,
    /// What stood in the way of a leg each time it was quiet.
    pub obstacles: Vec<(LegId, Option<Reason>)>,
    /// The figures told last.
    pub measured: BTreeMap<LegId, LegQuality>,
    pub sent: Vec<(Transmit, Bytes)>,
    /// Port numbers of the RTP sockets that were given.
    pub ports: BTreeMap<u16, SocketId>,
    pub released: Vec<SocketId>,
    /// The sounds that there are, and which were asked for.
    pub sounds: BTreeMap<SoundName, Sound>,
    pub wanted: Vec<SoundName>,
    /// What was recorded: samples, and whether that is all.
    pub recorded: BTreeMap<SoundFile, (Vec<i16>, bool)>,
    next_socket: u32,
    /// How many pairs may still be opened.
    pub range: usize,
}

impl World {
    pub fn new() -> Self {
        Self::with(Config {
            address: [192, 0, 2, 10].into(),
            browser_port: BROWSER_PORT,
            browser_streams: true,
            candidate_addresses: vec![[127, 0, 0, 1].into()],
            silence: Some(Duration::from_secs(120)),
        })
    }

    pub fn with(config: Config) -> Self {
        let mut world = Self {
            engine: Engine::new(config, 42),
            now: Moment::from_seconds(1_700_000_000),
            events: Vec::new(),
            quiet: Vec::new(),
            obstacles: Vec::new(),
            measured: BTreeMap::new(),
            sent: Vec::new(),
            ports: BTreeMap::new(),
            released: Vec::new(),
            sounds: BTreeMap::new(),
            wanted: Vec::new(),
            recorded: BTreeMap::new(),
            next_socket: 1,
            range: 10_000,
        };
        world.drain();
        world
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Event(Event { leg, what, call }) => {
                    assert!([CALL, OTHER].contains(&call));
                    match what {
                        Happened::Quiet { since, why } => {
                            self.quiet.push((leg, Some(since)));
                            self.obstacles.push((leg, why));
                        }
                        Happened::QuietOver => self.quiet.push((leg, None)),
                        Happened::Measured(quality) => drop(self.measured.insert(leg, quality)),
                        what => self.events.push((leg, what)),
                    }
                }
                Output::Send { transmit, bytes } => self.sent.push((transmit, bytes)),
                Output::WantSound(name) => {
                    self.wanted.push(name);
                    let sound = self.sounds.get(&name).cloned();
                    self.engine.handle_input(self.now, Input::Sound(name, sound));
                }
                Output::Recorded { file, samples, .. } => self.recorded.entry(file).or_default().0.extend(samples),
                Output::RecordingOver(file) => self.recorded.entry(file).or_default().1 = true,
                Output::Release { rtp, rtcp } => self.released.extend([rtp, rtcp]),
                Output::WantPorts(count) => {
                    for _ in 0..count.min(self.range) {
                        let (rtp, rtcp) = (SocketId(self.next_socket), SocketId(self.next_socket + 1));
                        let port = 20_000 + self.next_socket as u16 - 1;
                        self.next_socket += 2;
                        self.ports.insert(port, rtp);
                        self.engine.handle_input(self.now, Input::Ports { rtp, rtcp, port });
                    }
                    self.range -= count.min(self.range);
                }
            }
        }
    }

    pub fn order(&mut self, leg: LegId, what: What) {
        self.order_in(CALL, leg, what);
    }

    pub fn order_in(&mut self, call: CallId, leg: LegId, what: What) {
        self.engine.handle_input(self.now, Input::Order(Order { call, lane: CALL, leg, what }));
        self.drain();
    }

    /// What has happened since the last time this was asked.
    pub fn told(&mut self) -> Vec<(LegId, Happened)> {
        std::mem::take(&mut self.events)
    }

    pub fn packet(&mut self, socket: SocketId, from: SocketAddr, bytes: &[u8]) -> Option<(Transmit, Vec<u8>)> {
        let mut packet = buffer(bytes);
        let transmit = self.engine.handle_packet(self.now, socket, from, &mut packet);
        self.drain();
        transmit.map(|transmit| (transmit, packet.buffer[..packet.length].to_vec()))
    }

    /// Lets time pass; timeouts happen when they are due.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.engine.handle_input(self.now, Input::Timeout);
            self.drain();
        }
        self.now = until;
    }

    pub fn open(&mut self, leg: LegId, kind: LegKind) {
        self.order(leg, What::Open { kind, address: None });
    }

    /// Has leg `A` offer this; answers it like `like`; gives back the answer.
    pub fn answer(&mut self, leg: LegId, offer: &str, like: Option<LegId>) -> String {
        self.order(leg, What::RemoteOffer(Bytes::copy_from_slice(offer.as_bytes())));
        self.order(leg, What::MakeAnswer { like });
        self.last_description(leg)
    }

    pub fn offer(&mut self, leg: LegId, like: Option<LegId>) -> String {
        self.order(leg, What::MakeOffer { like });
        self.last_description(leg)
    }

    pub fn remote_answer(&mut self, leg: LegId, answer: &str) {
        self.order(leg, What::RemoteAnswer(Bytes::copy_from_slice(answer.as_bytes())));
    }

    fn last_description(&self, leg: LegId) -> String {
        let described = self.events.iter().rev().find_map(|event| match event {
            (of, Happened::Offer(text) | Happened::Answer(text)) if *of == leg => Some(text),
            _ => None,
        });
        String::from_utf8(described.unwrap_or_else(|| panic!("nothing made: {:?}", self.events)).to_vec()).unwrap()
    }

    /// The RTP socket that a description names.
    pub fn socket(&self, description: &str) -> SocketId {
        self.ports[&media_port(description)]
    }
}

pub fn buffer(bytes: &[u8]) -> Packet {
    let mut packet = Packet { buffer: [0; PACKET_BYTES_MAX + PACKET_TAIL_BYTES], length: bytes.len() };
    packet.buffer[..bytes.len()].copy_from_slice(bytes);
    packet
}

pub fn media_port(description: &str) -> u16 {
    let line = description.lines().find(|line| line.starts_with("m=audio")).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

/// A phone's description: formats such as `0 PCMU/8000`.
pub fn phone(address: &str, port: u16, formats: &[&str]) -> String {
    let numbers: Vec<_> = formats.iter().map(|format| format.split(' ').next().unwrap()).collect();
    let mut text = format!(
        "v=0\r\no=phone 1 1 IN IP4 {address}\r\ns=call\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP {}\r\n",
        numbers.join(" ")
    );
    for format in formats {
        text += &format!("a=rtpmap:{format}\r\n");
    }
    text
}

pub fn rtp(payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}

#[derive(Debug, PartialEq, Eq, Clone)]
pub struct Rtp {
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: Vec<u8>,
}

pub fn read_rtp(bytes: &[u8]) -> Rtp {
    assert_eq!(bytes[0], 0x80);
    Rtp {
        marker: bytes[1] & 0x80 != 0,
        payload_type: bytes[1] & 0x7f,
        sequence: u16::from_be_bytes([bytes[2], bytes[3]]),
        timestamp: u32::from_be_bytes(bytes[4..8].try_into().unwrap()),
        ssrc: u32::from_be_bytes(bytes[8..12].try_into().unwrap()),
        payload: bytes[12..].to_vec(),
    }
}
