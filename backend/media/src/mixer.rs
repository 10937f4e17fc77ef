//! A room: whoever is in it hears all others and not itself, in steps of 20 ms.
//!
//! What is made for one listener is dear, so it is made once for all who hear the same: those who say nothing hear
//! everybody, and their frame is encoded once for each codec. Only who is heard has a sum of its own. A room always has the rate of
//! the best codec, so that nothing changes in it when somebody comes who hears more than the others.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use shared::Moment;

use crate::codec::resample::Resampler;
use crate::codec::{Codec, Encoder, opus};
use crate::command::{Saying, SoundName};
use crate::player::{Player, Sound};
use crate::room_tape::RoomTape;
use crate::translator::{FRAME, Translator};

/// Samples a second of a room.
const RATE: u32 = opus::RATE;
/// And of a telephone without more.
const NARROW: u32 = 8_000;
/// A frame whose largest sample is below this is taken for silence.
const SILENCE: i16 = 48;
/// So many frames after the last that was none, its leg still has a sum of its own: the two must not alternate within a word.
const HANGOVER: u32 = 50;
/// Where a sum would be louder, all of it is made softer, …
const PEAK_MAX: i32 = 29_000;
/// … and slowly as loud as it was again, by this much a frame.
const RECOVERY: f32 = 0.02;
/// The most that waits to be said to all; more is not said.
const ANNOUNCEMENTS_MAX: usize = 8;
/// A frame whose samples are on average above this, of 32,767, may be speech: rooms are not still.
const SPEECH_MEAN: u32 = 200;
/// So many such frames in a row are …
const SPEECH_FRAMES: u32 = 3;
/// … and so many without any end it: pauses between words are none.
const SPEECH_PAUSE: u32 = 35;
/// Who speaks is told so often at most, …
const SPEAKERS_EVERY: Duration = Duration::from_millis(300);
/// … and of no more than so many.
const SPEAKERS_MAX: usize = 16;

/// Who takes part, by the slots of their legs.
#[derive(Debug)]
pub(crate) struct Room {
    members: BTreeMap<usize, Member>,
    gain: f32,
    /// The sum of the step.
    sum: Vec<i32>,
    common: Common,
    /// What is said to all: the first now, the others after it.
    announcements: VecDeque<Player>,
    pub(crate) tape: Option<RoomTape>,
    /// Those who speak, as was told, and when.
    told: Vec<usize>,
    told_at: Option<Moment>,
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
    /// Frames in a row that may be speech, and how long what was counts still.
    voiced: u32,
    speaks: u32,
    level: u32,
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
    /// The sum of the step before, for whoever begins to hear another.
    last: Vec<i16>,
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
            gain: 1.0,
            sum: Vec::new(),
            common: Common::default(),
            announcements: VecDeque::new(),
            tape: None,
            told: Vec::new(),
            told_at: None,
            next_at: now,
        }
    }

    pub(crate) fn enter(&mut self, slot: usize) {
        self.members.entry(slot).or_default();
    }

    pub(crate) fn leave(&mut self, slot: usize) {
        self.members.remove(&slot);
        self.told.retain(|told| *told != slot);
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
            Translator::feed(&mut member.input, now, (from, RATE, source), sequence, payload);
        }
    }

    /// Something is said to all, after what is being said to them; the sounds that are to be fetched for it.
    pub(crate) fn announce(&mut self, saying: Saying) -> Vec<SoundName> {
        if self.announcements.len() >= ANNOUNCEMENTS_MAX {
            return Vec::new();
        }
        let player = Player::new(Saying { repeats: false, ..saying });
        let wanted = player.wanted();
        self.announcements.push_back(player);
        wanted
    }

    /// A sound that was fetched, or that is not there.
    pub(crate) fn bring(&mut self, name: SoundName, sound: Option<&Sound>) {
        self.announcements.iter_mut().for_each(|player| player.bring(name, sound));
    }

    /// Those who speak, where they are others than were told; the loudest of them.
    pub(crate) fn speakers(&mut self, now: Moment) -> Option<Vec<usize>> {
        if self.told_at.is_some_and(|at| now.since(at) < SPEAKERS_EVERY) {
            return None;
        }
        let speaking = self.members.iter().filter(|(_, member)| member.speaks > 0);
        let mut speaking: Vec<(u32, usize)> = speaking.map(|(slot, member)| (member.level, *slot)).collect();
        if speaking.len() > SPEAKERS_MAX {
            speaking.sort_unstable_by(|one, other| other.cmp(one));
            speaking.truncate(SPEAKERS_MAX);
        }
        let mut slots: Vec<usize> = speaking.into_iter().map(|(_, slot)| slot).collect();
        slots.sort_unstable();
        if slots == self.told {
            return None;
        }
        self.told_at = Some(now);
        self.told.clone_from(&slots);
        Some(slots)
    }

    /// What is to be handed on of its recording, after a step.
    pub(crate) fn recorded(&mut self, missed: u64) -> Option<Vec<i16>> {
        let Self { tape, sum, gain, .. } = self;
        let tape = tape.as_mut()?;
        let samples: Vec<i16> = sum.iter().map(|sum| softer(*sum, *gain)).collect();
        tape.keep(&samples, missed)
    }

    /// Adds up what has been said.
    pub(crate) fn step(&mut self, now: Moment) {
        // A clock that was not asked for long does not make up for it in a burst.
        self.next_at = (self.next_at + FRAME).max(now);
        self.common.last = self.sum.iter().map(|sum| softer(*sum, self.gain)).collect();
        self.sum.clear();
        self.sum.resize(RATE as usize / 50, 0);
        if !self.common.samples.contains_key(&NARROW) {
            self.common.narrow = None;
        }
        self.common.samples.clear();
        self.common.payloads.clear();
        for member in self.members.values_mut() {
            let input = member.input.as_mut().filter(|input| input.next_at.is_some_and(|at| at <= now));
            member.frame = input.and_then(|input| input.frame(now)).filter(|frame| frame.len() == self.sum.len());
            let peak = member.frame.iter().flatten().map(|sample| sample.saturating_abs()).max();
            member.loud = if peak >= Some(SILENCE) { HANGOVER } else { member.loud.saturating_sub(1) };
            member.listen();
            // Many who say nothing would together be a hiss.
            let said = member.frame.iter().flatten().filter(|_| member.loud > 0);
            for (sum, sample) in self.sum.iter_mut().zip(said) {
                *sum += i32::from(*sample);
            }
        }
        self.say();
        let peak = self.sum.iter().map(|sum| sum.abs()).max().unwrap_or(0).max(1);
        let wanted = (PEAK_MAX as f32 / peak as f32).min(1.0);
        self.gain = if wanted < self.gain { wanted } else { (self.gain + RECOVERY).min(wanted) };
    }

    /// Adds what is being said to all.
    fn say(&mut self) {
        while let Some(player) = self.announcements.front_mut() {
            if let Some(frame) = player.frame(RATE) {
                self.sum.iter_mut().zip(frame).for_each(|(sum, sample)| *sum += i32::from(sample));
                return;
            }
            self.announcements.pop_front();
        }
    }

    /// What a leg with this codec hears in the step; nothing where its frame cannot be made.
    pub(crate) fn heard(&mut self, slot: usize, codec: Codec) -> Option<Heard<'_>> {
        let Self { members, gain, sum, common, .. } = self;
        let narrower = codec.rate() < RATE;
        let member = members.get_mut(&slot)?;
        if member.loud > 0 {
            let own = member.frame.iter().flatten().map(|sample| i32::from(*sample)).chain(std::iter::repeat(0));
            let all = sum.iter().zip(own).map(|(sum, own)| softer(sum - own, *gain)).collect();
            if narrower && member.narrow.is_none() {
                // It begins where the common one is, so that the change is not heard.
                narrowed(&mut member.narrow, common.last.clone());
            }
            return Some(Heard::Own(if narrower { narrowed(&mut member.narrow, all) } else { all }));
        }
        member.narrow = None;
        if !common.payloads.contains_key(&codec) {
            let samples = common.samples.entry(codec.rate()).or_insert_with(|| {
                let all = sum.iter().map(|sum| softer(*sum, *gain)).collect();
                if narrower && common.narrow.is_none() {
                    narrowed(&mut common.narrow, common.last.clone());
                }
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

impl Member {
    /// Was that speech?
    fn listen(&mut self) {
        let frame = self.frame.as_deref().unwrap_or_default();
        let sum: u32 = frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum();
        self.level = sum / u32::try_from(frame.len()).unwrap_or(u32::MAX).max(1);
        self.voiced = if self.level >= SPEECH_MEAN { self.voiced.saturating_add(1) } else { 0 };
        self.speaks = if self.voiced >= SPEECH_FRAMES { SPEECH_PAUSE } else { self.speaks.saturating_sub(1) };
    }
}

fn softer(sample: i32, gain: f32) -> i16 {
    // A conversion with `as` clips at the ends of the range.
    (sample as f32 * gain) as i16
}

fn narrowed(resampler: &mut Option<Resampler>, samples: Vec<i16>) -> Vec<i16> {
    let mut out = Vec::with_capacity(samples.len());
    resampler.get_or_insert_with(|| Resampler::new(RATE, NARROW)).run(&samples, &mut out);
    out
}
