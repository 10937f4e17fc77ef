//! A room: whoever is in it hears all others and not itself, in steps of 20 ms.
//!
//! What is made for one listener is dear, so it is made once for all who hear the same: those who say nothing hear
//! everybody, and their frame is encoded once for each codec. Only who is heard has a sum of its own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use shared::Moment;

use crate::codec::resample::Resampler;
use crate::codec::{Codec, Encoder, opus};
use crate::translator::{FRAME, Translator};

/// Samples a second of a room in which nobody has more.
const NARROW: u32 = 8_000;
/// A frame whose largest sample is below this is taken for silence.
const SILENCE: i16 = 48;
/// So many frames after the last that was none, its leg still has a sum of its own: the two must not alternate within a word.
const HANGOVER: u32 = 50;
/// Where a sum would be louder, all of it is made softer, …
const PEAK_MAX: i32 = 29_000;
/// … and slowly as loud as it was again, by this much a frame.
const RECOVERY: f32 = 0.02;

/// Who takes part, by the slots of their legs.
#[derive(Debug)]
pub(crate) struct Room {
    members: BTreeMap<usize, Member>,
    rate: u32,
    gain: f32,
    /// The sum of the step.
    sum: Vec<i32>,
    common: Common,
    /// When the next step is due.
    pub(crate) next_at: Moment,
}

#[derive(Debug, Default)]
struct Member {
    input: Option<Box<Translator>>,
    /// What it has said in this step.
    frame: Option<Vec<i16>>,
    /// Frames for which it still has a sum of its own.
    loud: u32,
    narrow: Option<Resampler>,
}

/// What all hear who say nothing.
#[derive(Debug, Default)]
struct Common {
    narrow: Option<Resampler>,
    encoders: BTreeMap<Codec, Encoder>,
    /// The samples of this step, by their rate: both laws of eight kilohertz are made of the same.
    samples: BTreeMap<u32, Vec<i16>>,
    /// The frames of this step.
    payloads: BTreeMap<Codec, Vec<u8>>,
}

/// What a leg hears in a step.
#[derive(Debug)]
pub(crate) enum Heard<'a> {
    /// Samples for it alone.
    Own(Vec<i16>),
    /// A frame in its codec that others get too.
    Common(&'a [u8]),
}

impl Room {
    pub(crate) fn new(now: Moment) -> Self {
        Self {
            members: BTreeMap::new(),
            rate: NARROW,
            gain: 1.0,
            sum: Vec::new(),
            common: Common::default(),
            next_at: now,
        }
    }

    pub(crate) fn enter(&mut self, slot: usize) {
        self.members.entry(slot).or_default();
    }

    pub(crate) fn leave(&mut self, slot: usize) {
        self.members.remove(&slot);
    }

    /// Nothing of what it has said and not been heard is to come.
    pub(crate) fn mute(&mut self, slot: usize) {
        if let Some(member) = self.members.get_mut(&slot) {
            *member = Member::default();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Those who take part.
    pub(crate) fn slots(&self) -> Vec<usize> {
        self.members.keys().copied().collect()
    }

    /// A packet of somebody who takes part.
    pub(crate) fn hear(
        &mut self,
        now: Moment,
        slot: usize,
        (from, source): (Codec, (u64, u32)),
        sequence: u16,
        payload: &[u8],
    ) {
        if let Some(member) = self.members.get_mut(&slot) {
            Translator::feed(&mut member.input, now, (from, self.rate, source), sequence, payload);
        }
    }

    /// Adds up what has been said. `wide` says whether anybody has more than eight kilohertz.
    pub(crate) fn step(&mut self, now: Moment, wide: bool) {
        // A clock that was not asked for long does not make up for it in a burst.
        self.next_at = (self.next_at + FRAME).max(now);
        self.rate = if wide { opus::RATE } else { NARROW };
        self.sum.clear();
        self.sum.resize(self.rate as usize / 50, 0);
        self.common.samples.clear();
        self.common.payloads.clear();
        for member in self.members.values_mut() {
            let input = member.input.as_mut().filter(|input| input.next_at.is_some_and(|at| at <= now));
            member.frame = input.and_then(|input| input.frame(now)).filter(|frame| frame.len() == self.sum.len());
            let peak = member.frame.iter().flatten().map(|sample| sample.saturating_abs()).max();
            member.loud = if peak >= Some(SILENCE) { HANGOVER } else { member.loud.saturating_sub(1) };
            for (sum, sample) in self.sum.iter_mut().zip(member.frame.iter().flatten()) {
                *sum += i32::from(*sample);
            }
        }
        let peak = self.sum.iter().map(|sum| sum.abs()).max().unwrap_or(0).max(1);
        let wanted = (PEAK_MAX as f32 / peak as f32).min(1.0);
        self.gain = if wanted < self.gain { wanted } else { (self.gain + RECOVERY).min(wanted) };
    }

    /// What a leg with this codec hears in the step; nothing where its frame cannot be made.
    pub(crate) fn heard(&mut self, slot: usize, codec: Codec) -> Option<Heard<'_>> {
        let Self { members, rate, gain, sum, common, .. } = self;
        let narrower = codec.rate() < *rate;
        let member = members.get_mut(&slot)?;
        if member.loud > 0 {
            let own = member.frame.iter().flatten().map(|sample| i32::from(*sample)).chain(std::iter::repeat(0));
            let all = sum.iter().zip(own).map(|(sum, own)| softer(sum - own, *gain)).collect();
            return Some(Heard::Own(if narrower { narrowed(&mut member.narrow, all) } else { all }));
        }
        if !common.payloads.contains_key(&codec) {
            let samples = common.samples.entry(codec.rate()).or_insert_with(|| {
                let all = sum.iter().map(|sum| softer(*sum, *gain)).collect();
                if narrower { narrowed(&mut common.narrow, all) } else { all }
            });
            let mut payload = Vec::with_capacity(160);
            if let Entry::Vacant(place) = common.encoders.entry(codec) {
                place.insert(Encoder::new(codec)?);
            }
            if !common.encoders.get_mut(&codec)?.encode(samples, &mut payload) {
                return None;
            }
            common.payloads.insert(codec, payload);
        }
        common.payloads.get(&codec).map(|payload| Heard::Common(payload))
    }
}

fn softer(sample: i32, gain: f32) -> i16 {
    // A conversion with `as` clips at the ends of the range.
    (sample as f32 * gain) as i16
}

fn narrowed(resampler: &mut Option<Resampler>, samples: Vec<i16>) -> Vec<i16> {
    let mut out = Vec::with_capacity(samples.len());
    resampler.get_or_insert_with(|| Resampler::new(opus::RATE, NARROW)).run(&samples, &mut out);
    out
}
