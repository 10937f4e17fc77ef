//! Who listens to two who talk, and may be heard by one of them or by both (CTI-03 to CTI-05), in steps of 20 ms.
//!
//! The two stay connected as they were: what they say to each other goes on as it is. Only who hears a supervisor beside the other gets
//! a sum in its place, and only while that lasts.

use std::collections::{BTreeMap, BTreeSet};

use shared::Moment;

use crate::codec::resample::Resampler;
use crate::codec::{Codec, opus};
use crate::command::HeardBy;
use crate::translator::{FRAME, Translator};

/// Samples a second where nobody has more.
const NARROW: u32 = 8_000;

/// Those who listen to the talks of one call, by the slots of their legs.
#[derive(Debug)]
pub(crate) struct Monitor {
    listeners: BTreeMap<usize, Listener>,
    inputs: BTreeMap<usize, Input>,
    rate: u32,
    /// When the next step is due.
    pub(crate) next_at: Moment,
}

#[derive(Clone, Copy, Debug)]
struct Listener {
    /// The leg that is listened to, with whomever it is connected to.
    of: usize,
    heard: HeardBy,
}

/// What a leg says that is heard here, and what its own sum is made with.
#[derive(Debug, Default)]
struct Input {
    translator: Option<Box<Translator>>,
    /// What it has said in this step.
    frame: Option<Vec<i16>>,
    narrow: Option<Resampler>,
}

impl Monitor {
    pub(crate) const fn new(now: Moment) -> Self {
        Self { listeners: BTreeMap::new(), inputs: BTreeMap::new(), rate: NARROW, next_at: now }
    }

    /// The leg listens to another from now on, or is heard otherwise than before.
    pub(crate) fn enter(&mut self, slot: usize, of: usize, heard: HeardBy) {
        self.listeners.insert(slot, Listener { of, heard });
        if heard == HeardBy::Nobody
            && let Some(input) = self.inputs.get_mut(&slot)
        {
            // Nothing of what it has said and not been heard is to come.
            input.translator = None;
        }
    }

    /// The leg listens no more. True where it did.
    pub(crate) fn leave(&mut self, slot: usize) -> bool {
        self.listeners.remove(&slot).is_some()
    }

    /// The leg is no more, nor is whoever listened to it.
    pub(crate) fn forget(&mut self, slot: usize) {
        self.listeners.remove(&slot);
        self.listeners.retain(|_, listener| listener.of != slot);
        self.inputs.remove(&slot);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.listeners.is_empty()
    }

    pub(crate) fn listens(&self, slot: usize) -> bool {
        self.listeners.contains_key(&slot)
    }

    /// Those who listen.
    pub(crate) fn listeners(&self) -> impl Iterator<Item = usize> {
        self.listeners.keys().copied()
    }

    /// The legs that are listened to.
    pub(crate) fn watched(&self) -> BTreeSet<usize> {
        self.listeners.values().map(|listener| listener.of).collect()
    }

    /// Who is heard here from now on, beside those who listen; those who are no more.
    pub(crate) fn follow(&mut self, talkers: &BTreeSet<usize>) -> Vec<usize> {
        let Self { listeners, inputs, .. } = self;
        let is_in = |slot: &usize| talkers.contains(slot) || listeners.contains_key(slot);
        let gone = inputs.keys().copied().filter(|slot| !is_in(slot)).collect();
        inputs.retain(|slot, _| is_in(slot));
        for slot in talkers.iter().chain(listeners.keys()) {
            inputs.entry(*slot).or_default();
        }
        gone
    }

    /// A packet of a leg that is heard here.
    pub(crate) fn hear(
        &mut self,
        now: Moment,
        slot: usize,
        (from, source): (Codec, (u64, u32)),
        sequence: u16,
        payload: &[u8],
    ) {
        let unheard = self.listeners.get(&slot).is_some_and(|listener| listener.heard == HeardBy::Nobody);
        if let Some(input) = self.inputs.get_mut(&slot).filter(|_| !unheard) {
            Translator::feed(&mut input.translator, now, (from, self.rate, source), sequence, payload);
        }
    }

    /// Takes what has been said. `wide` says whether anybody has more than eight kilohertz.
    pub(crate) fn step(&mut self, now: Moment, wide: bool) {
        // A clock that was not asked for long does not make up for it in a burst.
        self.next_at = (self.next_at + FRAME).max(now);
        self.rate = if wide { opus::RATE } else { NARROW };
        let length = self.rate as usize / 50;
        for input in self.inputs.values_mut() {
            let due = input.translator.as_mut().filter(|input| input.next_at.is_some_and(|at| at <= now));
            input.frame = due.and_then(|input| input.frame(now)).filter(|frame| frame.len() == length);
        }
    }

    /// Those who listen and are heard by this leg, where it is one of the two.
    pub(crate) fn heard_by(&self, slot: usize) -> Vec<usize> {
        let is_heard = |listener: &Listener| match listener.heard {
            HeardBy::Nobody => false,
            HeardBy::One => listener.of == slot,
            HeardBy::Both => true,
        };
        self.listeners.iter().filter(|(_, listener)| is_heard(listener)).map(|(slot, _)| *slot).collect()
    }

    /// The others who listen and are heard by all.
    pub(crate) fn loud_beside(&self, slot: usize) -> impl Iterator<Item = usize> {
        let loud = self.listeners.iter().filter(|(_, listener)| listener.heard == HeardBy::Both);
        loud.map(|(other, _)| *other).filter(move |other| *other != slot)
    }

    /// The sum of what these have said in the step, for a leg with this codec.
    pub(crate) fn sum(&mut self, slot: usize, of: impl IntoIterator<Item = usize>, codec: Codec) -> Vec<i16> {
        let mut sum = vec![0i32; self.rate as usize / 50];
        for other in of {
            let frame = self.inputs.get(&other).and_then(|input| input.frame.as_ref());
            for (sum, sample) in sum.iter_mut().zip(frame.into_iter().flatten()) {
                *sum += i32::from(*sample);
            }
        }
        let clip = |sample: i32| sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        let all: Vec<i16> = sum.into_iter().map(clip).collect();
        if codec.rate() >= self.rate {
            return all;
        }
        let input = self.inputs.entry(slot).or_default();
        let mut out = Vec::with_capacity(all.len());
        input.narrow.get_or_insert_with(|| Resampler::new(opus::RATE, NARROW)).run(&all, &mut out);
        out
    }
}
