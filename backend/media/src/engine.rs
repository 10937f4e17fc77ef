//! The machine: packets and orders in, packets and events out.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use shared::Moment;

use crate::command::{Event, Order};

/// What an engine is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that peers are told to send to, unless a leg says otherwise.
    pub address: IpAddr,
    /// The UDP port that serves every browser of this worker; its packets come as [`SocketId::BROWSERS`].
    pub browser_port: u16,
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

/// Send a packet buffer's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Fewer than [`PORTS_SPARE_MIN`] pairs are left: open this many more if the range allows.
    WantPorts(usize),
}

/// Below this many spare pairs the engine asks for more.
pub const PORTS_SPARE_MIN: usize = 32;

/// The media machine of one worker.
#[derive(Debug)]
pub struct Engine {
    config: Config,
}

// The bodies below are to be written; the signatures are the contract.
#[allow(unused_variables, missing_docs, clippy::todo)]
impl Engine {
    /// `certificate` is the DTLS certificate in PEM with its key (made by [`Engine::make_certificate`] and kept over restarts is fine); `seed` feeds SSRCs and ICE credentials.
    pub fn new(config: Config, seed: u64) -> Self {
        Self { config }
    }
    /// A packet that arrived. `Some` means: send this same buffer on (`packet.length` bytes); that is the whole relay path.
    pub fn handle_packet(&mut self, now: Moment, socket: SocketId, from: SocketAddr, packet: &mut Packet) -> Option<Transmit> { todo!() }
    pub fn handle_input(&mut self, now: Moment, input: Input) { todo!() }
    pub fn poll_output(&mut self) -> Option<Output> { todo!() }
    pub fn poll_timeout(&self) -> Option<Moment> { todo!() }
    /// Legs held, for figures and leak tests.
    pub fn legs(&self) -> usize { todo!() }
}
