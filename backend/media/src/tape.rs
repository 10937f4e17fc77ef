//! A recording: what one leg says, or two of a call on tracks of their own, in steps of 20 ms.

use shared::Moment;

use crate::codec::{Codec, opus};
use crate::command::{Recording, SoundFile};
use crate::translator::{FRAME, Translator};

/// Samples a second of what is recorded.
pub const RATE: u32 = opus::RATE;
/// Frames that are handed on together.
const FRAMES_AT_ONCE: u64 = 10;
/// A frame whose samples are on average below this, of 32,767, is taken for silence: rooms are not still.
const SILENCE_MEAN: u32 = 120;
const TRACKS_MAX: u8 = 2;

/// A recording.
#[derive(Debug)]
pub(crate) struct Tape {
    pub(crate) file: SoundFile,
    tracks: Vec<Track>,
    mixed: bool,
    /// Frames that are not handed on yet.
    pending: Vec<i16>,
    frames: u64,
    /// Is what is said left out?
    pub(crate) is_paused: bool,
    /// Frames of silence in a row, and how many are told of.
    still: u64,
    hush: Option<u64>,
    /// When the next step is due.
    pub(crate) next_at: Moment,
}

#[derive(Debug, Default)]
struct Track {
    slot: Option<usize>,
    input: Option<Box<Translator>>,
}

/// What a step has brought.
#[derive(Debug, Default)]
pub(crate) struct Stepped {
    /// So much is to be handed on.
    pub(crate) samples: Option<Vec<i16>>,
    /// It has just been silent for as long as was asked; the legs that are told.
    pub(crate) hushed: Vec<usize>,
}

impl Tape {
    pub(crate) fn new(now: Moment, recording: Recording) -> Self {
        let tracks = (0..recording.tracks.clamp(1, TRACKS_MAX)).map(|_| Track::default()).collect();
        let hush = recording.hush.map(|hush| u64::try_from(hush.as_millis() / 20).unwrap_or(u64::MAX));
        let (file, mixed) = (recording.file, recording.mixed);
        Self { file, tracks, mixed, pending: Vec::new(), frames: 0, is_paused: false, still: 0, hush, next_at: now }
    }

    /// How many tracks are handed on.
    pub(crate) fn tracks(&self) -> u8 {
        if self.mixed { 1 } else { u8::try_from(self.tracks.len()).unwrap_or(TRACKS_MAX) }
    }

    pub(crate) fn enter(&mut self, track: u8, slot: usize) {
        if let Some(track) = self.tracks.get_mut(usize::from(track)) {
            *track = Track { slot: Some(slot), input: None };
        }
    }

    /// The leg is recorded no more. True where it was the last.
    pub(crate) fn leave(&mut self, slot: usize) -> bool {
        for track in self.tracks.iter_mut().filter(|track| track.slot == Some(slot)) {
            track.slot = None;
        }
        self.tracks.iter().all(|track| track.slot.is_none())
    }

    pub(crate) const fn millis(&self) -> u64 {
        self.frames * 20
    }

    /// A packet of a leg that is recorded.
    pub(crate) fn hear(
        &mut self,
        now: Moment,
        slot: usize,
        (from, source): (Codec, (u64, u32)),
        sequence: u16,
        payload: &[u8],
    ) {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.slot == Some(slot)) {
            Translator::feed(&mut track.input, now, (from, RATE, source), sequence, payload);
        }
    }

    /// The next 20 ms.
    pub(crate) fn step(&mut self, now: Moment) -> Stepped {
        // Nobody listens: what was late is made up for at once, so that the recording is as long as the call.
        self.next_at = self.next_at + FRAME;
        if self.is_paused {
            self.leave_out(now);
            return Stepped::default();
        }
        let (count, mixed) = (usize::from(self.tracks()), self.mixed);
        let samples = RATE as usize / 50;
        let start = self.pending.len();
        self.pending.resize(start + samples * count, 0);
        let mut is_still = true;
        for (index, track) in self.tracks.iter_mut().enumerate() {
            let input = track.input.as_mut().filter(|input| input.next_at.is_some_and(|at| at <= now));
            let Some(frame) = input.and_then(|input| input.frame(now)) else { continue };
            let mean = frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum::<u32>() / samples as u32;
            is_still &= mean < SILENCE_MEAN;
            let first = if mixed { 0 } else { index };
            let places = self.pending.iter_mut().skip(start + first).step_by(count);
            places.zip(frame).for_each(|(place, sample)| *place = place.saturating_add(sample));
        }
        self.frames += 1;
        self.still = if is_still { self.still + 1 } else { 0 };
        let hushed = self.hush == Some(self.still);
        let hushed = if hushed { self.tracks.iter().filter_map(|track| track.slot).collect() } else { Vec::new() };
        let samples = self.frames.is_multiple_of(FRAMES_AT_ONCE).then(|| std::mem::take(&mut self.pending));
        Stepped { samples, hushed }
    }

    /// Takes what is due and keeps nothing of it, so that nothing said in a pause is heard after it.
    fn leave_out(&mut self, now: Moment) {
        for input in self.tracks.iter_mut().filter_map(|track| track.input.as_mut()) {
            if input.next_at.is_some_and(|at| at <= now) {
                let _ = input.frame(now);
            }
        }
    }

    /// What is left at the end.
    pub(crate) fn rest(&mut self) -> Vec<i16> {
        std::mem::take(&mut self.pending)
    }
}
