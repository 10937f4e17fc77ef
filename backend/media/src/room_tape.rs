//! A recording of a room: what is heard there, as one track, in steps of 20 ms.

use crate::command::SoundFile;
use crate::tape::RATE;

/// Frames that are handed on together.
const FRAMES_AT_ONCE: u64 = 10;
/// The most frames of silence that make up for steps that were late: a minute.
const MISSED_MAX: u64 = 3_000;

/// A recording of a room.
#[derive(Debug)]
pub(crate) struct RoomTape {
    pub(crate) file: SoundFile,
    /// Frames that are not handed on yet.
    pending: Vec<i16>,
    frames: u64,
}

impl RoomTape {
    pub(crate) const fn new(file: SoundFile) -> Self {
        Self { file, pending: Vec::new(), frames: 0 }
    }

    /// The next 20 ms, after so many steps that were missed; what is to be handed on.
    pub(crate) fn keep(&mut self, samples: &[i16], missed: u64) -> Option<Vec<i16>> {
        let missed = missed.min(MISSED_MAX);
        let silence = usize::try_from(missed).unwrap_or(0) * (RATE as usize / 50);
        self.pending.resize(self.pending.len() + silence, 0);
        self.pending.extend_from_slice(samples);
        self.frames += 1 + missed;
        let due = missed > 0 || self.frames.is_multiple_of(FRAMES_AT_ONCE);
        due.then(|| std::mem::take(&mut self.pending))
    }

    /// What is left at the end.
    pub(crate) fn rest(&mut self) -> Vec<i16> {
        std::mem::take(&mut self.pending)
    }
}
