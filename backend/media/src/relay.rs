//! Lines of a description that are passed on and not looked into, such as video and T.38: a pair of ports on either leg,
//! and datagrams from the one to the other as they are.

use std::net::SocketAddr;

use crate::command::LegId;
use crate::engine::{SocketId, Transmit};
use crate::port::Pair;
use crate::sdp::{Direction, Other};

/// So many datagrams from one address make it the peer's, unless another is the one that was signalled.
const LATCH_DATAGRAMS: u32 = 5;

/// Where one socket's peer is. Its address is learned again only when a description names another.
#[derive(Debug, Default)]
struct Latch {
    signalled: Option<SocketAddr>,
    source: Option<SocketAddr>,
    datagrams: u32,
}

impl Latch {
    fn describe(&mut self, signalled: Option<SocketAddr>) {
        if self.signalled != signalled {
            *self = Self { signalled, ..Self::default() };
        }
    }

    /// Is this datagram the peer's?
    fn admits(&mut self, from: SocketAddr) -> bool {
        let known = self.source == Some(from);
        let signalled = self.signalled == Some(from);
        let settled = self.datagrams >= LATCH_DATAGRAMS || self.source == self.signalled;
        if !known && !signalled && self.source.is_some() && settled {
            return false;
        }
        self.datagrams = if known { self.datagrams.saturating_add(1) } else { 1 };
        self.source = Some(from);
        true
    }

    fn destination(&self) -> Option<SocketAddr> {
        self.source.or(self.signalled).filter(|to| to.port() != 0)
    }
}

/// One line of a leg that is passed on.
#[derive(Debug)]
pub(crate) struct Relay {
    /// Its place among the lines of the leg's descriptions.
    pub(crate) line: usize,
    pub(crate) pair: Pair,
    /// Whose line it was offered for.
    pub(crate) from: Option<(LegId, usize)>,
    /// The leg's slot and the line that it goes to and comes from.
    pub(crate) other: Option<(usize, usize)>,
    direction: Option<Direction>,
    media: Latch,
    control: Latch,
}

impl Relay {
    pub(crate) fn new(line: usize, pair: Pair, from: Option<(LegId, usize)>) -> Self {
        let (media, control) = (Latch::default(), Latch::default());
        Self { line, pair, from, other: None, direction: None, media, control }
    }

    /// Takes what the peer's description says of it; nothing when it refuses the line.
    pub(crate) fn describe(&mut self, other: Option<&Other>) {
        self.direction = other.map(|other| other.direction);
        if let Some(other) = other {
            self.media.describe(other.address);
            self.control.describe(other.rtcp);
        }
    }

    /// Has the peer taken it?
    pub(crate) fn is_open(&self) -> bool {
        self.direction.is_some()
    }

    /// Is a datagram on one of its sockets the peer's? True for RTCP.
    pub(crate) fn admits(&mut self, socket: SocketId, from: SocketAddr) -> Option<bool> {
        let rtcp = socket == self.pair.rtcp;
        let latch = if rtcp { &mut self.control } else { &mut self.media };
        (self.direction.is_some() && latch.admits(from)).then_some(rtcp)
    }

    /// Where the peer is sent to, when it wants to be.
    pub(crate) fn destination(&self, rtcp: bool) -> Option<Transmit> {
        self.direction.filter(|direction| rtcp || direction.hears())?;
        let (socket, latch) = if rtcp { (self.pair.rtcp, &self.control) } else { (self.pair.rtp, &self.media) };
        latch.destination().map(|to| Transmit { socket, to })
    }

    pub(crate) fn sockets(&self) -> [SocketId; 2] {
        [self.pair.rtp, self.pair.rtcp]
    }
}
