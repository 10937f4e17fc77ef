//! RTP to a SIP phone or trunk: where it is reached, and whose packets are taken for its own.
//!
//! A packet is first *expected* (it may be the peer's by where it comes from), then proved where there are keys, and only
//! then *learned* from. Whoever is not expected costs no cryptography and changes nothing (RTP bleed, CNVD-2017-26420).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use shared::Moment;

use crate::engine::{SocketId, Transmit};
use crate::port::Pair;
use crate::rtp::Header;
use crate::sdp::Audio;
use crate::session::Keyed;
use crate::srtp::Srtp;

/// So many packets from one address make it the peer's; until then a better one takes its place.
pub(crate) const LATCH_PACKETS: u32 = 5;
/// The peer may speak from another address when nothing has come from the one before for this long.
pub(crate) const MOVE_AFTER: Duration = Duration::from_secs(1);
/// The peer's address changes at most this often.
pub(crate) const MOVE_EVERY: Duration = Duration::from_secs(5);
/// So far ahead may the stream of a peer that moved be, beside what it can have sent meanwhile.
const MOVE_SLACK_PACKETS: u128 = 50;
/// The shortest packets that are sent.
const PACKET_MILLIS_MIN: u128 = 10;
/// However long it was away, its numbers go on no further than this.
const MOVE_AHEAD_MAX: u128 = 3_000;

/// The network side of a phone.
#[derive(Debug)]
pub(crate) struct PhoneLeg {
    pub(crate) pair: Pair,
    signalled: Option<SocketAddr>,
    signalled_rtcp: Option<SocketAddr>,
    rtcp_mux: bool,
    source: Option<Source>,
    rtcp_source: Option<SocketAddr>,
    moved_at: Option<Moment>,
    /// Its packets are protected by keys of the descriptions.
    pub(crate) srtp: Option<Box<Srtp>>,
    /// Packets that came from somebody else.
    pub(crate) strangers: u64,
    /// Packets that its key did not prove, or that came twice.
    pub(crate) unproved: u64,
}

/// Where the peer's packets come from.
#[derive(Clone, Copy, Debug)]
struct Source {
    address: SocketAddr,
    ssrc: u32,
    sequence: u16,
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
            moved_at: None,
            srtp: None,
            strangers: 0,
            unproved: 0,
        }
    }

    /// Takes what the peer's description says. Its address is learned again only when that changes.
    pub(crate) fn describe(&mut self, audio: &Audio) {
        // A description without an address (the old way to hold) moves nobody.
        if audio.address.is_some() && self.signalled != audio.address {
            self.source = None;
            self.rtcp_source = None;
            self.moved_at = None;
        }
        self.signalled = audio.address.or(self.signalled);
        self.signalled_rtcp = audio.rtcp.or(self.signalled_rtcp);
        self.rtcp_mux = audio.rtcp_mux;
    }

    /// Takes the keys that were agreed, or that there are none. True when ours took the place of another; none when they
    /// are of no use.
    pub(crate) fn protect(&mut self, keyed: Option<&Keyed>) -> Option<bool> {
        let Some(Keyed { local, remote }) = keyed else {
            self.srtp = None;
            return Some(false);
        };
        if let Some(srtp) = &mut self.srtp {
            return srtp.rekey(local, remote);
        }
        self.srtp = Some(Box::new(Srtp::new(local, remote)?));
        Some(false)
    }

    /// May this packet be the peer's?
    pub(crate) fn expects(&mut self, now: Moment, from: SocketAddr, header: &Header) -> bool {
        let Some(source) = &self.source else { return true };
        let expected =
            source.address == from || self.is_better(source, from) || self.has_moved(now, source, from, header);
        if !expected {
            self.strangers += 1;
        }
        expected
    }

    /// The packet is the peer's: from now on this is its address.
    pub(crate) fn learn(&mut self, now: Moment, from: SocketAddr, header: &Header) {
        let (ssrc, sequence) = (header.ssrc, header.sequence);
        if let Some(source) = self.source.as_mut().filter(|source| source.address == from) {
            let packets = source.packets.saturating_add(1);
            *source = Source { ssrc, sequence, packets, heard_at: now, ..*source };
            return;
        }
        if self.source.is_some_and(|source| source.packets >= LATCH_PACKETS) {
            self.moved_at = Some(now);
        }
        let rank = rank(self.signalled, from);
        self.source = Some(Source { address: from, ssrc, sequence, rank, packets: 1, heard_at: now });
    }

    /// Until an address is the peer's for good, one that fits better is; the very one that was signalled always is.
    fn is_better(&self, source: &Source, from: SocketAddr) -> bool {
        let rank = rank(self.signalled, from);
        rank > source.rank && (rank == Rank::AsSignalled || source.packets < LATCH_PACKETS)
    }

    /// Has the peer another address, as behind a NAT that forgot it? Then the old one is silent and the stream goes on
    /// where it was: a stranger knows neither its source nor its numbers. A key proves more than both.
    fn has_moved(&self, now: Moment, source: &Source, from: SocketAddr, header: &Header) -> bool {
        let away = now.since(source.heard_at);
        let recently = self.moved_at.is_some_and(|at| now.since(at) < MOVE_EVERY);
        if away < MOVE_AFTER || recently {
            return false;
        }
        let ahead = u128::from(header.sequence.wrapping_sub(source.sequence));
        let most = (MOVE_SLACK_PACKETS + away.as_millis() / PACKET_MILLIS_MIN).min(MOVE_AHEAD_MAX);
        let goes_on = source.ssrc == header.ssrc && (1..=most).contains(&ahead);
        goes_on || self.srtp.is_some() || self.signalled == Some(from)
    }

    /// May this control packet be the peer's? It must come from the host that its RTP comes from or that was signalled.
    pub(crate) fn expects_control(&mut self, from: SocketAddr) -> bool {
        let host = self.source.map(|source| source.address.ip());
        let expected = host.or(self.signalled_rtcp.map(|address| address.ip()));
        let is_expected = expected == Some(from.ip());
        self.strangers += u64::from(!is_expected);
        is_expected
    }

    /// Reports go to where the peer's come from.
    pub(crate) fn learn_control(&mut self, from: SocketAddr) {
        self.rtcp_source = Some(from);
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
