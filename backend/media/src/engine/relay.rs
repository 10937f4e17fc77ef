//! Lines that are passed on between two phones: offered to the one as the other offered them, answered as the one did.

use std::net::SocketAddr;

use super::{Engine, SocketId, SocketUse, Transmit};
use shared::Moment;

use crate::command::{LegId, LegKind};
use crate::port::Pair;
use crate::relay::Relay;
use crate::sdp::{Other, Passed};

/// The most lines of one leg that have ports, those of earlier descriptions included.
const RELAYS_MAX: usize = 4;

impl Engine {
    /// A datagram on a socket of such a line goes on as it is.
    pub(super) fn relay(&mut self, now: Moment, slot: usize, socket: SocketId, from: SocketAddr) -> Option<Transmit> {
        let leg = self.leg_mut(slot)?;
        let relay = leg.relays.iter_mut().find(|relay| relay.sockets().contains(&socket))?;
        let rtcp = relay.admits(socket, from)?;
        // Whoever sends a fax is not silent (SET-16).
        leg.heard_at = Some(now);
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
            // It may be the other's answer to a line of this leg's own, which comes back.
            let back = self.offered_for(of, other.index, slot);
            let known = self
                .leg(slot)
                .and_then(|leg| leg.relays.iter().find(|relay| relay.from == from || Some(relay.line) == back));
            let (line, pair) = match known.map(|relay| (relay.line, relay.pair)) {
                Some(known) => known,
                None => {
                    let Some(pair) = self.take_pair(slot) else { continue };
                    let Some(leg) = self.leg_mut(slot) else { continue };
                    let line = back.unwrap_or_else(|| leg.session.add_line(&other.kind, &other.protocol));
                    leg.relays.push(Relay::new(line, pair, from.filter(|_| back.is_none())));
                    (line, pair)
                }
            };
            passed.push(Passed::new(line, pair.port, other.direction, &other));
        }
        passed
    }

    /// The line of the leg in `slot` that a line of `of` was offered for.
    fn offered_for(&self, of: LegId, line: usize, slot: usize) -> Option<usize> {
        let own = self.leg(slot)?.id;
        let there = self.leg(*self.by_id.get(&of)?)?;
        let from = there.relays.iter().find(|relay| relay.line == line)?.from?;
        (from.0 == own).then_some(from.1)
    }

    /// Is what the leg offers no sound but a fax?
    pub(super) fn is_soundless(&self, slot: usize, like: Option<LegId>) -> bool {
        let of = like.and_then(|like| self.by_id.get(&like)).and_then(|of| self.leg(*of));
        let agreed = self.leg(slot).is_some_and(|leg| leg.session.agreed.is_some());
        agreed && of.is_some_and(|of| of.session.wants_no_sound())
    }

    /// Has the peer of the leg in `slot` changed what is passed on to the phone that it talks with, which has not heard of it?
    pub(super) fn is_to_be_passed_on(&self, slot: usize, like: Option<LegId>) -> bool {
        let Some(far) = like.and_then(|like| self.by_id.get(&like)).copied() else { return false };
        let (Some(leg), Some(there)) = (self.leg(slot), self.leg(far)) else { return false };
        let session = &leg.session;
        let changed = session.changes_others() || session.wants_no_sound() != there.session.wants_no_sound();
        let phones = leg.kind == LegKind::Phone && there.kind == LegKind::Phone;
        phones && leg.peer == Some(far) && session.has_asked() && !session.is_passed_on && changed
    }

    /// The lines of the leg's own last offer that `like` has taken.
    pub(super) fn lines_to_answer(&mut self, slot: usize, like: Option<LegId>) -> Vec<Passed> {
        let Some(far) = like.and_then(|like| self.by_id.get(&like)).copied() else { return Vec::new() };
        let Some((id, asked)) = self.leg(slot).map(|leg| (leg.id, leg.session.others.clone())) else {
            return Vec::new();
        };
        let mut passed = Vec::new();
        for own in asked {
            let Some(there) = self.leg(far) else { break };
            // It was offered by this leg for that one, or the other way round.
            let back = self.offered_for(id, own.index, far);
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
