//! Says what was recorded before: clips one after the other, as frames of 20 ms.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use crate::codec::opus;
use crate::codec::resample::Resampler;
use crate::command::{Clip, Saying, SoundName};
use crate::tone;

/// A sound: its packets of Opus, mono.
pub type Sound = Arc<[Bytes]>;

/// Packets that make no frame in a row before the sound counts as over.
const EMPTY_PACKETS_MAX: usize = 16;

/// Something that is being said.
#[derive(Debug)]
pub(crate) struct Player {
    number: u32,
    /// What is still to come of it.
    clips: VecDeque<Part>,
    /// All of it, where it begins again.
    again: Vec<Part>,
    playing: Playing,
    /// From the rate of recorded sound to that of the leg.
    resampler: Option<(u32, Resampler)>,
}

/// A clip, with what was fetched for it.
#[derive(Clone, Debug)]
enum Part {
    Awaited(SoundName),
    Sound(Sound),
    Other(Clip),
}

#[derive(Debug)]
enum Playing {
    Nothing,
    Sound { packets: Sound, next: usize, decoder: Box<opus::Decoder>, samples: Vec<i16> },
    Tone(tone::Sound),
    Silence { frames: u64 },
}

impl Player {
    pub(crate) fn new(saying: Saying) -> Self {
        let part = |clip| match clip {
            Clip::Sound(name) => Part::Awaited(name),
            other => Part::Other(other),
        };
        let clips: VecDeque<Part> = saying.clips.into_iter().map(part).collect();
        let again = if saying.repeats { clips.iter().cloned().collect() } else { Vec::new() };
        Self { number: saying.number, clips, again, playing: Playing::Nothing, resampler: None }
    }

    pub(crate) const fn number(&self) -> u32 {
        self.number
    }

    /// The sounds that are to be fetched, each once.
    pub(crate) fn wanted(&self) -> Vec<SoundName> {
        let mut names: Vec<SoundName> = self.clips.iter().filter_map(Part::awaited).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// A sound was fetched; what is not there is left out.
    pub(crate) fn bring(&mut self, name: SoundName, sound: Option<&Sound>) {
        let is_it = |part: &Part| part.awaited() == Some(name);
        match sound {
            Some(sound) => {
                let all = self.clips.iter_mut().chain(&mut self.again);
                all.filter(|part| is_it(part)).for_each(|part| *part = Part::Sound(sound.clone()));
            }
            None => {
                self.clips.retain(|part| !is_it(part));
                self.again.retain(|part| !is_it(part));
            }
        }
    }

    /// The next 20 ms at `rate`; none at the end. While a sound is awaited there is silence.
    pub(crate) fn frame(&mut self, rate: u32) -> Option<Vec<i16>> {
        // A round of clips of which none makes a frame is the end of it.
        for _ in 0..=2 * self.again.len() + self.clips.len() + 1 {
            if let Some(frame) = self.of_clip(rate) {
                return Some(frame);
            }
            if matches!(self.clips.front(), Some(Part::Awaited(_))) {
                return Some(vec![0; rate as usize / 50]);
            }
            if self.clips.is_empty() {
                self.clips.extend(self.again.iter().cloned());
            }
            self.playing = self.clips.pop_front().map_or(Playing::Nothing, Part::play);
        }
        None
    }

    /// The next of what is playing; none when it is over.
    fn of_clip(&mut self, rate: u32) -> Option<Vec<i16>> {
        match &mut self.playing {
            Playing::Nothing => None,
            Playing::Tone(tone) => tone.frame(rate),
            Playing::Silence { frames } => {
                *frames = frames.checked_sub(1)?;
                Some(vec![0; rate as usize / 50])
            }
            Playing::Sound { packets, next, decoder, samples } => {
                let wanted = opus::RATE as usize / 50;
                for _ in 0..EMPTY_PACKETS_MAX {
                    if samples.len() >= wanted {
                        break;
                    }
                    let packet = packets.get(*next)?;
                    *next += 1;
                    decoder.decode(packet, samples);
                }
                let frame: Vec<i16> = samples.drain(..wanted.min(samples.len())).collect();
                if frame.len() < wanted {
                    return None;
                }
                if self.resampler.as_ref().is_none_or(|(known, _)| *known != rate) {
                    self.resampler = Some((rate, Resampler::new(opus::RATE, rate)));
                }
                let mut out = Vec::with_capacity(rate as usize / 50);
                let (_, resampler) = self.resampler.as_mut()?;
                resampler.run(&frame, &mut out);
                Some(out)
            }
        }
    }
}

impl Part {
    const fn awaited(&self) -> Option<SoundName> {
        match self {
            Self::Awaited(name) => Some(*name),
            Self::Sound(_) | Self::Other(_) => None,
        }
    }

    fn play(self) -> Playing {
        match self {
            Self::Sound(packets) => match opus::Decoder::new() {
                Some(decoder) => Playing::Sound { packets, next: 0, decoder: Box::new(decoder), samples: Vec::new() },
                None => Playing::Nothing,
            },
            Self::Other(Clip::Tone(tone)) => {
                let tone = tone::Sound::tone(tone);
                if tone.ends() { Playing::Tone(tone) } else { Playing::Nothing }
            }
            Self::Other(Clip::Silence(time)) => {
                Playing::Silence { frames: u64::try_from(time.as_millis() / 20).unwrap_or(u64::MAX) }
            }
            Self::Other(Clip::Sound(_)) | Self::Awaited(_) => Playing::Nothing,
        }
    }
}
