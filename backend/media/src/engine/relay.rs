//! Lines that are passed on between two phones: offered to the one as the other offered them, answered as the one did.

use std::net::SocketAddr;

use super::{Engine, SocketId, SocketUse, Transmit};
use crate::command::{LegId, LegKind};
use crate::port::Pair;
use crate::relay::Relay;
use crate::sdp::{Other, Passed};

/// The most lines of one leg that have ports, those of earlier descriptions included.
const RELAYS_MAX: usize = 4;

impl Engine {
    /// A datagram on a socket of such a line goes on as it is.
    pub(super) fn relay(&mut self, slot: usize, socket: SocketId, from: SocketAddr) -> Option<Transmit> {
        let leg = self.leg_mut(slot)?;
        let relay = leg.relays.iter_mut().find(|relay| relay.sockets().contains(&socket))?;
        let rtcp = relay.admits(socket, from)?;
        let (slot, line) = relay.other?;
        let relay = self.leg(slot)?.relays.iter().find(|relay| relay.line == line)?;
        relay.destination(rtcp)
    }

    /// The lines of `like`'s last offer that a phone is offered too.
    pub(super) fn lines_to_offer(&mut self, slot: usize, like: Option<LegId>) -> Vec<Passed> {
        let Some((of, others)) = self.lines_of(slot, like) else { return Vec::new() };
        let mut passed = Vec::new();
        for other in others {
            let from = Some((of, other.index));
            let known = self.leg(slot).and_then(|leg| leg.relays.iter().find(|relay| relay.from == from));
            let (line, pair) = match known.map(|relay| (relay.line, relay.pair)) {
                Some(known) => known,
                None => {
                    let Some(pair) = self.take_pair(slot) else { continue };
                    let Some(leg) = self.leg_mut(slot) else { continue };
                    let line = leg.session.add_line(&other.kind, &other.protocol);
                    leg.relays.push(Relay::new(line, pair, from));
                    (line, pair)
                }
            };
            passed.push(Passed::new(line, pair.port, other.direction, &other));
        }
        passed
    }

    /// The lines of the leg's own last offer that `like` has taken.
    pub(super) fn lines_to_answer(&mut self, slot: usize, like: Option<LegId>) -> Vec<Passed> {
        let Some(far) = like.and_then(|like| self.by_id.get(&like)).copied() else { return Vec::new() };
        let Some((id, asked)) = self.leg(slot).map(|leg| (leg.id, leg.session.others.clone())) else {
            return Vec::new();
        };
        let mut passed = Vec::new();
        for own in asked {
            let (Some(leg), Some(there)) = (self.leg(slot), self.leg(far)) else { break };
            // It was offered by this leg for that one, or the other way round.
            let back = leg.relays.iter().find(|relay| relay.line == own.index).and_then(|relay| relay.from);
            let back = back.filter(|(of, _)| *of == there.id).map(|(_, line)| line);
            let fits = |relay: &&Relay| relay.from == Some((id, own.index)) || Some(relay.line) == back;
            let taken = there.relays.iter().find(fits).filter(|relay| relay.is_open());
            let answered = taken.and_then(|relay| there.session.others.iter().find(|other| other.index == relay.line));
            let Some(answered) = answered.cloned() else { continue };
            let known = self.leg(slot).and_then(|leg| leg.relays.iter().find(|relay| relay.line == own.index));
            let pair = match known.map(|relay| relay.pair) {
                Some(pair) => pair,
                None => {
                    let Some(pair) = self.take_pair(slot) else { continue };
                    if let Some(leg) = self.leg_mut(slot) {
                        leg.relays.push(Relay::new(own.index, pair, None));
                    }
                    pair
                }
            };
            passed.push(Passed::new(own.index, pair.port, own.direction.mirrored(), &answered));
        }
        if self.leg(slot).is_some_and(|leg| leg.peer == Some(far)) {
            self.link_lines(slot, far);
        }
        passed
    }

    /// What the peer said of the lines comes into force.
    pub(super) fn settle_lines(&mut self, slot: usize) {
        let Some(leg) = self.leg_mut(slot) else { return };
        for relay in &mut leg.relays {
            relay.describe(leg.session.others.iter().find(|other| other.index == relay.line));
        }
    }

    /// Lines of two legs that were offered for each other hear each other.
    pub(super) fn link_lines(&mut self, slot: usize, far: usize) {
        for (one, two) in [(slot, far), (far, slot)] {
            let Some(id) = self.leg(one).map(|leg| leg.id) else { return };
            let Some(there) = self.leg(two) else { return };
            let links: Vec<(usize, usize)> = there
                .relays
                .iter()
                .filter_map(|relay| relay.from.filter(|(of, _)| *of == id).map(|(_, line)| (line, relay.line)))
                .collect();
            for (own, other) in links {
                self.point(one, own, Some((two, other)));
                self.point(two, other, Some((one, own)));
            }
        }
    }

    /// The lines of a leg hear nobody.
    pub(super) fn unlink_lines(&mut self, slot: usize) {
        let lines: Vec<usize> =
            self.leg(slot).map(|leg| leg.relays.iter().map(|relay| relay.line).collect()).unwrap_or_default();
        for line in lines {
            self.point(slot, line, None);
        }
    }

    fn point(&mut self, slot: usize, line: usize, to: Option<(usize, usize)>) {
        let relay = self.leg_mut(slot).and_then(|leg| leg.relays.iter_mut().find(|relay| relay.line == line));
        if let Some(relay) = relay {
            relay.other = to;
        }
    }

    /// Only phones have ports for them.
    fn lines_of(&self, slot: usize, like: Option<LegId>) -> Option<(LegId, Vec<Other>)> {
        let of = self.leg(*self.by_id.get(&like?)?)?;
        let phones = of.kind == LegKind::Phone && self.leg(slot)?.kind == LegKind::Phone;
        phones.then(|| (of.id, of.session.others.clone()))
    }

    fn take_pair(&mut self, slot: usize) -> Option<Pair> {
        if self.leg(slot)?.relays.len() >= RELAYS_MAX {
            return None;
        }
        let pair = self.ports.take_spare();
        self.ask_for_ports();
        let pair = pair?;
        self.use_socket(pair.rtp, SocketUse { slot, rtcp: false, relayed: true });
        self.use_socket(pair.rtcp, SocketUse { slot, rtcp: true, relayed: true });
        Some(pair)
    }
}
