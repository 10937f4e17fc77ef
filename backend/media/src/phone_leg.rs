//! RTP to a SIP phone or trunk: where it is reached, and whose packets are taken for its own.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use shared::Moment;

use crate::engine::{SocketId, Transmit};
use crate::port::Pair;
use crate::sdp::Audio;

/// So many packets in a row from one address make it the peer's for good.
pub(crate) const LATCH_PACKETS: u32 = 5;
/// A peer that was silent for this long may come back from another port.
pub(crate) const RELEARN_AFTER: Duration = Duration::from_secs(3);

/// The network side of a phone.
#[derive(Debug)]
pub(crate) struct PhoneLeg {
    pub(crate) pair: Pair,
    signalled: Option<SocketAddr>,
    signalled_rtcp: Option<SocketAddr>,
    rtcp_mux: bool,
    source: Option<Source>,
    rtcp_source: Option<SocketAddr>,
    /// Packets that came from somebody else (RTP bleed).
    pub(crate) strangers: u64,
}

/// Where the peer's packets come from.
#[derive(Clone, Copy, Debug)]
struct Source {
    address: SocketAddr,
    ssrc: u32,
    rank: Rank,
    packets: u32,
    heard_at: Moment,
}

/// How well an address fits what was signalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Elsewhere,
    SameHost,
    AsSignalled,
}

impl PhoneLeg {
    pub(crate) fn new(pair: Pair) -> Self {
        Self {
            pair,
            signalled: None,
            signalled_rtcp: None,
            rtcp_mux: false,
            source: None,
            rtcp_source: None,
            strangers: 0,
        }
    }

    /// Takes what the peer's description says. Its address is learned again only when that changes.
    pub(crate) fn describe(&mut self, audio: &Audio) {
        // A description without an address (the old way to hold) moves nobody.
        if audio.address.is_some() && self.signalled != audio.address {
            self.source = None;
            self.rtcp_source = None;
        }
        self.signalled = audio.address.or(self.signalled);
        self.signalled_rtcp = audio.rtcp.or(self.signalled_rtcp);
        self.rtcp_mux = audio.rtcp_mux;
    }

    /// Is this packet the peer's? Learns the first plausible address and then keeps to it.
    pub(crate) fn admits(&mut self, now: Moment, from: SocketAddr, ssrc: u32) -> bool {
        match &mut self.source {
            Some(source) if source.address == from => {
                source.heard_at = now;
                source.ssrc = ssrc;
                source.packets = source.packets.saturating_add(1);
                return true;
            }
            Some(source) => {
                let learning = source.packets < LATCH_PACKETS;
                let better = learning && rank(self.signalled, from) > source.rank;
                let back = now.since(source.heard_at) >= RELEARN_AFTER
                    && (source.ssrc == ssrc || source.address.ip() == from.ip() || self.signalled == Some(from));
                if !better && !back {
                    self.strangers += 1;
                    return false;
                }
            }
            None => {}
        }
        let rank = rank(self.signalled, from);
        self.source = Some(Source { address: from, ssrc, rank, packets: 1, heard_at: now });
        true
    }

    /// Is this control packet the peer's? It must come from the host that its RTP comes from or that was signalled.
    pub(crate) fn admits_rtcp(&mut self, from: SocketAddr) -> bool {
        let host = self.source.map(|source| source.address.ip());
        let expected = host.or(self.signalled_rtcp.map(|address| address.ip()));
        if expected != Some(from.ip()) {
            self.strangers += 1;
            return false;
        }
        self.rtcp_source = Some(from);
        true
    }

    /// Where media goes: to where it comes from, else to where the description says.
    pub(crate) fn destination(&self) -> Option<Transmit> {
        let to = self.source.map(|source| source.address).or(self.signalled).filter(|to| to.port() != 0)?;
        Some(Transmit { socket: self.pair.rtp, to })
    }

    /// Where reports go.
    pub(crate) fn rtcp_destination(&self) -> Option<Transmit> {
        if self.rtcp_mux {
            return self.destination();
        }
        let to = self.rtcp_source.or(self.signalled_rtcp).filter(|to| to.port() != 0)?;
        Some(Transmit { socket: self.pair.rtcp, to })
    }

    pub(crate) fn sockets(&self) -> [SocketId; 2] {
        [self.pair.rtp, self.pair.rtcp]
    }
}

fn rank(signalled: Option<SocketAddr>, from: SocketAddr) -> Rank {
    let host = signalled.map(|address| address.ip());
    match () {
        () if signalled == Some(from) => Rank::AsSignalled,
        () if host == Some(from.ip()) && !is_nowhere(from.ip()) => Rank::SameHost,
        () => Rank::Elsewhere,
    }
}

fn is_nowhere(host: IpAddr) -> bool {
    host.is_unspecified()
}
