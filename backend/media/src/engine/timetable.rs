//! What is to happen without a packet or an order: reports, tones, silence.

use std::time::Duration;

use shared::{CallId, Moment, SoundId};

use super::Engine;
use crate::command::{Happened, LegId};
use crate::leg::Leg;
use crate::quiet::Told;

/// Who is to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wake {
    Leg(usize),
    Call(CallId),
    Room(CallId),
    Monitor(CallId),
    Tape(SoundId),
}

/// What the engine knows of a call.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) slots: Vec<usize>,
    /// Since when sound is to be expected.
    expected_since: Option<Moment>,
    wake_at: Option<Moment>,
}

impl Call {
    /// Is silence counted?
    pub(super) fn is_watched(&self) -> bool {
        self.expected_since.is_some()
    }
}

impl Engine {
    /// Does all that is due.
    pub(super) fn wake(&mut self, now: Moment) {
        while let Some((at, who)) = self.timetable.first().copied()
            && at <= now
        {
            self.timetable.pop_first();
            match who {
                Wake::Leg(slot) => {
                    if let Some(leg) = self.leg_mut(slot) {
                        leg.wake_at = None;
                    }
                    self.wake_leg(now, slot);
                    self.reschedule(slot);
                }
                Wake::Call(call) => self.watch(now, call),
                Wake::Room(room) => self.mix(now, room),
                Wake::Monitor(call) => self.overhear(now, call),
                Wake::Tape(tape) => self.wind(now, tape),
            }
        }
    }

    /// Enters the leg's next wish into the timetable; to be called after whatever may change it.
    pub(super) fn reschedule(&mut self, slot: usize) {
        let Some(leg) = self.legs.get_mut(slot).and_then(Option::as_mut) else { return };
        let wish = leg.next_wake();
        if wish == leg.wake_at {
            return;
        }
        if let Some(old) = leg.wake_at.take() {
            self.timetable.remove(&(old, Wake::Leg(slot)));
        }
        leg.wake_at = wish;
        if let Some(at) = wish {
            self.timetable.insert((at, Wake::Leg(slot)));
        }
    }

    fn wake_leg(&mut self, now: Moment, slot: usize) {
        let mut has_lost_consent = false;
        if let Some(browser) = self.browser_mut(slot) {
            has_lost_consent = browser.wake(now);
            self.send_handshake(slot);
        }
        let Some(leg) = self.leg_mut(slot) else { return };
        let made = [leg.sound(now), leg.translated(now), leg.report(now)];
        let quiet = match leg.watch.quiet_since().filter(|_| has_lost_consent) {
            Some(since) => Some(Told::Quiet(since)),
            None => leg.watch.look(now),
        };
        let said = leg.sounding.take_said();
        let measured = std::mem::take(&mut leg.measured).then(|| leg.quality());
        for (transmit, bytes) in made.into_iter().flatten() {
            self.send(transmit, bytes);
        }
        self.tell_quiet(slot, quiet);
        if let Some(number) = said {
            self.tell(slot, Happened::Said(number));
        }
        if let Some(quality) = measured {
            self.tell(slot, Happened::Measured(quality));
        }
    }

    /// Looks whether sound is to be expected of a leg; to be called after whatever may change it.
    pub(super) fn expect_leg(&mut self, now: Moment, slot: usize) {
        let Some(leg) = self.leg_mut(slot) else { return };
        let expected = leg.is_expected();
        let told = leg.watch.expect(now, expected);
        self.tell_quiet(slot, told);
    }

    pub(super) fn tell_quiet(&mut self, slot: usize, told: Option<Told>) {
        match told {
            Some(Told::Quiet(since)) => {
                let why = self.leg(slot).and_then(Leg::obstacle);
                self.tell(slot, Happened::Quiet { since, why });
            }
            Some(Told::Over) => self.tell(slot, Happened::QuietOver),
            None => {}
        }
    }

    /// From now on silence of this call is counted.
    pub(super) fn expect_sound(&mut self, now: Moment, call: CallId) {
        let Some(silence) = self.config.silence else { return };
        let Some(known) = self.calls.get_mut(&call) else { return };
        known.expected_since = Some(now);
        if known.wake_at.is_none() {
            known.wake_at = Some(now + silence);
            self.timetable.insert((now + silence, Wake::Call(call)));
        }
    }

    /// The call's last leg has gone.
    pub(super) fn forget_call(&mut self, call: CallId) {
        if let Some(at) = self.calls.remove(&call).and_then(|known| known.wake_at) {
            self.timetable.remove(&(at, Wake::Call(call)));
        }
    }

    fn watch(&mut self, now: Moment, call: CallId) {
        let Some(silence) = self.config.silence else { return };
        let Some(known) = self.calls.get(&call) else { return };
        let legs = || known.slots.iter().filter_map(|slot| self.leg(*slot));
        let expected = legs().any(|leg| leg.codec().is_some() && !leg.held);
        let last = legs().filter_map(|leg| leg.heard_at).chain(known.expected_since).max();
        let quiet = last.map_or(Duration::ZERO, |last| now.since(last));
        let first = known.slots.first().copied();
        let (since, at) = match (expected, last) {
            (true, Some(last)) if quiet < silence => (None, last + silence),
            _ => (Some(now), now + silence),
        };
        if expected
            && quiet >= silence
            && let Some(slot) = first
        {
            self.tell(slot, Happened::Silent { seconds: quiet.as_secs() });
        }
        if let Some(known) = self.calls.get_mut(&call) {
            known.expected_since = since.or(known.expected_since);
            known.wake_at = Some(at);
            self.timetable.insert((at, Wake::Call(call)));
        }
    }

    /// Puts a leg into the first free slot.
    pub(super) fn seat(&mut self, leg: Leg) -> usize {
        let (id, call) = (leg.id, leg.call);
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.legs.push(None);
                self.legs.len() - 1
            }
        };
        if let Some(place) = self.legs.get_mut(slot) {
            *place = Some(leg);
        }
        self.by_id.insert(id, slot);
        self.calls.entry(call).or_default().slots.push(slot);
        slot
    }

    /// The leg in a slot goes on under another name, in another call.
    pub(super) fn rename(&mut self, slot: usize, call: CallId, id: LegId) {
        let Some(leg) = self.legs.get_mut(slot).and_then(Option::as_mut) else { return };
        let (old_id, old_call) = (std::mem::replace(&mut leg.id, id), std::mem::replace(&mut leg.call, call));
        leg.begin_anew();
        self.by_id.remove(&old_id);
        self.by_id.insert(id, slot);
        self.leave_call(slot, old_call);
        self.calls.entry(call).or_default().slots.push(slot);
    }

    fn leave_call(&mut self, slot: usize, call: CallId) {
        if let Some(known) = self.calls.get_mut(&call) {
            known.slots.retain(|other| *other != slot);
            if known.slots.is_empty() {
                self.forget_call(call);
            }
        }
    }

    /// Takes a leg out of its slot and out of every table.
    pub(super) fn unseat(&mut self, slot: usize) -> Option<Leg> {
        let leg = self.legs.get_mut(slot)?.take()?;
        self.by_id.remove(&leg.id);
        self.free.push(slot);
        if let Some(at) = leg.wake_at {
            self.timetable.remove(&(at, Wake::Leg(slot)));
        }
        self.leave_call(slot, leg.call);
        Some(leg)
    }
}
