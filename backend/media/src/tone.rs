//! Sounds that the engine makes itself.

use std::f32::consts::TAU;

use crate::command::Tone;
use crate::dtmf;

/// Full scale of a tone of one frequency; about -12 dBm0.
const LEVEL: f32 = 8_000.0;
/// Of the music on hold.
const SOFT: f32 = 2_500.0;
/// Edges are rounded over this long, so that they do not click.
const FADE_SECONDS: f32 = 0.01;

/// A stretch of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    millis: u32,
    frequencies: (f32, f32),
    level: f32,
}

const fn silence(millis: u32) -> Stretch {
    Stretch { millis, frequencies: (0.0, 0.0), level: 0.0 }
}

const fn note(millis: u32, frequency: f32, level: f32) -> Stretch {
    Stretch { millis, frequencies: (frequency, 0.0), level }
}

const RINGBACK: &[Stretch] = &[note(1_000, 425.0, LEVEL), silence(4_000)];
const BUSY: &[Stretch] = &[note(500, 425.0, LEVEL), silence(500)];
const CONGESTION: &[Stretch] = &[note(250, 425.0, LEVEL), silence(250)];
const HOLD: &[Stretch] = &[note(600, 440.0, SOFT), silence(200), note(600, 554.37, SOFT), silence(2_600)];
const BEEP: &[Stretch] = &[note(400, 1_000.0, LEVEL)];
const BEEP_MILLIS: u64 = 400;
const JOINED: &[Stretch] = &[note(120, 659.26, SOFT), note(180, 880.0, SOFT)];
const LEFT: &[Stretch] = &[note(120, 880.0, SOFT), note(180, 659.26, SOFT)];
const CHIME_MILLIS: u64 = 300;
/// How long busy and congestion last.
const WARNING_MILLIS: u64 = 5_000;

/// A sound being played.
#[derive(Debug)]
pub(crate) struct Sound {
    pattern: Vec<Stretch>,
    /// None: until it is stopped.
    ends: Option<u64>,
    /// In milliseconds; frames are whole ones.
    position: u64,
}

impl Sound {
    pub(crate) fn tone(tone: Tone) -> Self {
        let (pattern, ends) = match tone {
            Tone::Ringback => (RINGBACK, None),
            Tone::Busy => (BUSY, Some(WARNING_MILLIS)),
            Tone::Congestion => (CONGESTION, Some(WARNING_MILLIS)),
            Tone::Hold => (HOLD, None),
            Tone::Beep => (BEEP, Some(BEEP_MILLIS)),
            Tone::Joined => (JOINED, Some(CHIME_MILLIS)),
            Tone::Left => (LEFT, Some(CHIME_MILLIS)),
        };
        Self { pattern: pattern.to_vec(), ends, position: 0 }
    }

    /// Does it end by itself?
    pub(crate) const fn ends(&self) -> bool {
        self.ends.is_some()
    }

    /// The two frequencies of a key, for as long as it is played.
    pub(crate) fn key(key: char) -> Option<Self> {
        let frequencies = dtmf::frequencies(key)?;
        Some(Self { pattern: vec![Stretch { millis: 100, frequencies, level: LEVEL }], ends: Some(100), position: 0 })
    }

    /// The next 20 ms at `rate`; none at the end.
    pub(crate) fn frame(&mut self, rate: u32) -> Option<Vec<i16>> {
        if self.ends.is_some_and(|ends| self.position >= ends) {
            return None;
        }
        let count = u64::from(rate / 50);
        let frame = (0..count).map(|n| self.sample(self.position as f32 / 1_000.0, n as f32 / rate as f32)).collect();
        self.position += 20;
        Some(frame)
    }

    /// The sample `offset` seconds into the frame that begins at `start` seconds.
    fn sample(&self, start: f32, offset: f32) -> i16 {
        let length: u32 = self.pattern.iter().map(|stretch| stretch.millis).sum();
        let length = length as f32 / 1_000.0;
        let mut at = (start + offset) % length.max(0.02);
        for stretch in &self.pattern {
            let seconds = stretch.millis as f32 / 1_000.0;
            if at < seconds {
                return stretch.at(at, seconds);
            }
            at -= seconds;
        }
        0
    }
}

impl Stretch {
    fn at(&self, at: f32, seconds: f32) -> i16 {
        let (low, high) = self.frequencies;
        let second = if high > 0.0 { (TAU * high * at).sin() } else { 0.0 };
        let edge = (at.min(seconds - at) / FADE_SECONDS).clamp(0.0, 1.0);
        (((TAU * low * at).sin() + second) * self.level * edge) as i16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(mut sound: Sound, rate: u32, frames: usize) -> Vec<i16> {
        (0..frames).map_while(|_| sound.frame(rate)).flatten().collect()
    }

    /// The power of one frequency (Goertzel), of one when the signal is that frequency alone.
    fn share(samples: &[i16], frequency: f32, rate: f32) -> f32 {
        let coefficient = 2.0 * (TAU * frequency / rate).cos();
        let (mut one, mut two) = (0.0f32, 0.0f32);
        for sample in samples {
            (one, two) = (f32::from(*sample) + coefficient * one - two, one);
        }
        let power = one * one + two * two - coefficient * one * two;
        let total: f32 = samples.iter().map(|s| f32::from(*s).powi(2)).sum();
        2.0 * power / (total * samples.len() as f32).max(1.0)
    }

    #[test]
    fn ringback_is_425_hertz_one_second_of_five() {
        let samples = play(Sound::tone(Tone::Ringback), 8_000, 500);
        assert_eq!(samples.len(), 80_000);
        assert!(share(&samples[..8_000], 425.0, 8_000.0) > 0.9);
        assert!(samples[8_000..40_000].iter().all(|s| *s == 0));
        assert!(share(&samples[40_000..48_000], 425.0, 8_000.0) > 0.9);
    }

    #[test]
    fn busy_and_congestion_end_after_five_seconds() {
        for tone in [Tone::Busy, Tone::Congestion] {
            assert_eq!(play(Sound::tone(tone), 16_000, 1_000).len(), 80_000);
        }
        assert_eq!(play(Sound::tone(Tone::Hold), 8_000, 1_000).len(), 160_000);
    }

    #[test]
    fn a_key_is_its_two_frequencies() {
        let samples = play(Sound::key('8').unwrap(), 8_000, 100);
        assert_eq!(samples.len(), 800);
        for frequency in [852.0, 1_336.0] {
            assert!(share(&samples, frequency, 8_000.0) > 0.4);
        }
        assert!(share(&samples, 697.0, 8_000.0) < 0.02);
        assert!(Sound::key('?').is_none());
    }

    #[test]
    fn no_sound_clicks() {
        for tone in [Tone::Ringback, Tone::Busy, Tone::Congestion, Tone::Hold] {
            let samples = play(Sound::tone(tone), 8_000, 300);
            let steepest = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().unwrap();
            assert!(steepest < 3_200, "{tone:?}: {steepest}");
        }
    }
}
