//! Those who listen to two who talk: who they are, whom they hear, and what comes out.

use std::collections::BTreeSet;

use shared::{CallId, Moment};

use super::timetable::Wake;
use super::{Engine, Packet};
use crate::codec::Codec;
use crate::command::Monitoring;
use crate::leg::Leg;
use crate::monitor::Monitor;
use crate::rtp::Header;
use crate::session::Payload;

impl Engine {
    /// The leg listens to another and to whom that one is connected to.
    pub(super) fn monitor(&mut self, now: Moment, slot: usize, Monitoring { of, heard }: Monitoring) {
        let Some(of) = self.by_id.get(&of).copied().filter(|of| *of != slot) else { return };
        let Some(call) = self.leg(of).map(|leg| leg.call) else { return };
        if !self.monitors.get(&call).is_some_and(|monitor| monitor.listens(slot)) {
            self.disconnect(now, slot);
        }
        let monitor = self.monitors.entry(call).or_insert_with(|| {
            self.timetable.insert((now, Wake::Monitor(call)));
            Monitor::new(now)
        });
        monitor.enter(slot, of, heard);
        self.follow_monitor(call);
    }

    /// The leg listens no more.
    pub(super) fn leave_monitor(&mut self, slot: usize) {
        let Some(call) = self.leg(slot).and_then(|leg| leg.monitor) else { return };
        if self.monitors.get_mut(&call).is_some_and(|monitor| monitor.leave(slot)) {
            self.follow_monitor(call);
        }
    }

    /// The leg is no more, or goes on in another call: nobody listens to it there.
    pub(super) fn forget_in_monitor(&mut self, slot: usize) {
        let Some(call) = self.leg_mut(slot).and_then(|leg| leg.monitor.take()) else { return };
        if let Some(leg) = self.leg_mut(slot) {
            leg.is_mixed = false;
        }
        if let Some(monitor) = self.monitors.get_mut(&call) {
            monitor.forget(slot);
            self.follow_monitor(call);
        }
    }

    /// Notes at the legs who is heard here and who gets a sum; the last who listens ends it.
    fn follow_monitor(&mut self, call: CallId) {
        let Some(mut monitor) = self.monitors.remove(&call) else { return };
        let talkers = self.talkers(&monitor);
        let gone = if monitor.is_empty() { monitor.follow(&BTreeSet::new()) } else { monitor.follow(&talkers) };
        for slot in gone {
            if let Some(leg) = self.leg_mut(slot).filter(|leg| leg.monitor == Some(call)) {
                (leg.monitor, leg.is_mixed) = (None, false);
            }
        }
        if monitor.is_empty() {
            self.timetable.remove(&(monitor.next_at, Wake::Monitor(call)));
            return;
        }
        for slot in talkers.iter().copied().chain(monitor.listeners()) {
            let is_heard = !monitor.heard_by(slot).is_empty();
            let Some(leg) = self.leg_mut(slot) else { continue };
            leg.monitor = Some(call);
            leg.is_mixed = talkers.contains(&slot) && is_heard && leg.peer.is_some();
            if leg.is_mixed {
                leg.translator = None;
            }
        }
        self.monitors.insert(call, monitor);
    }

    /// Those who are listened to, and whom they are connected to.
    fn talkers(&self, monitor: &Monitor) -> BTreeSet<usize> {
        let peer = |slot: usize| self.leg(slot).and_then(|leg| leg.peer);
        monitor.watched().into_iter().flat_map(|slot| [Some(slot), peer(slot)]).flatten().collect()
    }

    /// A packet of a leg that is heard by somebody who listens.
    pub(super) fn hear_in_monitor(
        &mut self,
        now: Moment,
        slot: usize,
        header: &Header,
        payload: Payload,
        packet: &Packet,
    ) {
        let Payload::Audio(codec) = payload else { return };
        let Some(leg) = self.legs.get(slot).and_then(Option::as_ref) else { return };
        let Some(call) = leg.monitor else { return };
        let source = (leg.id.0, header.ssrc);
        let bytes = packet.buffer.get(header.start..header.end);
        if let (Some(monitor), Some(bytes)) = (self.monitors.get_mut(&call), bytes) {
            monitor.hear(now, slot, (codec, source), header.sequence, bytes);
        }
    }

    /// The next 20 ms of those who listen, and of those who hear them.
    pub(super) fn overhear(&mut self, now: Moment, call: CallId) {
        self.follow_monitor(call);
        let Some(mut monitor) = self.monitors.remove(&call) else { return };
        let talkers = self.talkers(&monitor);
        let listeners: Vec<usize> = monitor.listeners().collect();
        let is_wide =
            |slot: &usize| self.leg(*slot).and_then(Leg::codec).is_some_and(|codec| codec.rate() > Codec::Pcmu.rate());
        monitor.step(now, talkers.iter().chain(&listeners).any(is_wide));
        for slot in talkers.iter().chain(&listeners).copied() {
            let is_listener = monitor.listens(slot);
            let Some(leg) = self.leg_mut(slot) else { continue };
            if leg.sounding.is_active() || !(is_listener || leg.is_mixed) {
                continue;
            }
            // A key that is passed on has the stream to itself for so long.
            if leg.hushed_until.is_some_and(|until| now < until) {
                continue;
            }
            let peer = leg.peer;
            let Some(codec) = leg.listening().map(|agreed| agreed.codec) else { continue };
            let samples = if is_listener {
                let heard: Vec<usize> = talkers.iter().copied().chain(monitor.loud_beside(slot)).collect();
                monitor.sum(slot, heard, codec)
            } else {
                let heard: Vec<usize> = peer.into_iter().chain(monitor.heard_by(slot)).collect();
                monitor.sum(slot, heard, codec)
            };
            if let Some((transmit, bytes)) = self.leg_mut(slot).and_then(|leg| leg.speak(now, &samples)) {
                self.send(transmit, bytes);
            }
        }
        self.timetable.insert((monitor.next_at, Wake::Monitor(call)));
        self.monitors.insert(call, monitor);
    }
}
