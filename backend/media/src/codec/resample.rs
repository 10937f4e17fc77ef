//! Between eight and sixteen kilohertz: a polyphase FIR of fixed ratio.

use std::f32::consts::TAU;

/// Taps at sixteen kilohertz; an even number, half of it for each phase.
const TAPS: usize = 64;
/// Where the passband ends, of sixteen kilohertz.
const CUTOFF: f32 = 3_600.0 / 16_000.0;

/// One direction's filter and what it remembers.
#[derive(Debug)]
pub(crate) enum Resampler {
    /// Both rates are the same.
    Same,
    /// 8 to 16 kHz: one filter for each of the two samples that a sample becomes.
    Up { phases: [Vec<f32>; 2], past: Vec<f32> },
    /// 16 to 8 kHz.
    Down { taps: Vec<f32>, past: Vec<f32> },
}

impl Resampler {
    pub(crate) fn new(from: u32, to: u32) -> Self {
        let taps = low_pass();
        match (from, to) {
            (8_000, 16_000) => {
                let phase = |first| taps.iter().skip(first).step_by(2).rev().map(|tap| 2.0 * tap).collect();
                Self::Up { phases: [phase(0), phase(1)], past: vec![0.0; TAPS / 2 - 1] }
            }
            (16_000, 8_000) => Self::Down { taps, past: vec![0.0; TAPS - 1] },
            _ => Self::Same,
        }
    }

    /// Adds the samples of `input`, an even number of them on the way down, at the other rate.
    pub(crate) fn run(&mut self, input: &[i16], out: &mut Vec<i16>) {
        match self {
            Self::Same => out.extend_from_slice(input),
            Self::Up { phases, past } => {
                past.extend(input.iter().map(|sample| f32::from(*sample)));
                for window in past.windows(TAPS / 2) {
                    out.extend(phases.iter().map(|phase| filtered(phase, window)));
                }
                past.drain(..past.len().saturating_sub(TAPS / 2 - 1));
            }
            Self::Down { taps, past } => {
                past.extend(input.iter().map(|sample| f32::from(*sample)));
                out.extend(past.windows(TAPS).step_by(2).map(|window| filtered(taps, window)));
                past.drain(..past.len().saturating_sub(TAPS - 1));
            }
        }
    }
}

fn filtered(taps: &[f32], window: &[f32]) -> i16 {
    // A conversion with `as` clips at the ends of the range.
    taps.iter().zip(window).map(|(tap, sample)| tap * sample).sum::<f32>().round() as i16
}

/// A windowed sinc (Blackman), of unity gain at zero.
fn low_pass() -> Vec<f32> {
    let tap = |index: usize| {
        let x = index as f32 - (TAPS - 1) as f32 / 2.0;
        let turn = TAU * index as f32 / (TAPS - 1) as f32;
        let window = 0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos();
        (TAU * CUTOFF * x).sin() / (TAU / 2.0 * x) * window
    };
    let taps: Vec<f32> = (0..TAPS).map(tap).collect();
    let gain: f32 = taps.iter().sum();
    taps.iter().map(|tap| tap / gain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(frequency: f32, rate: f32, count: usize) -> Vec<i16> {
        (0..count).map(|n| ((TAU * frequency * n as f32 / rate).sin() * 10_000.0) as i16).collect()
    }

    /// The effective level, after the filter has filled.
    fn level(samples: &[i16]) -> f32 {
        let settled = &samples[samples.len() / 2..];
        (settled.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / settled.len() as f32).sqrt()
    }

    fn run(from: u32, to: u32, input: &[i16]) -> Vec<i16> {
        let mut resampler = Resampler::new(from, to);
        let mut out = Vec::new();
        for chunk in input.chunks(from as usize / 50) {
            resampler.run(chunk, &mut out);
        }
        out
    }

    #[test]
    fn speech_frequencies_keep_their_level_both_ways() {
        for frequency in [100.0, 440.0, 1_000.0, 2_500.0, 3_000.0] {
            let up = run(8_000, 16_000, &tone(frequency, 8_000.0, 8_000));
            let down = run(16_000, 8_000, &tone(frequency, 16_000.0, 16_000));
            assert_eq!((up.len(), down.len()), (16_000, 8_000));
            for level in [level(&up), level(&down)] {
                assert!((6_700.0..7_400.0).contains(&level), "{frequency} Hz: {level}");
            }
        }
    }

    #[test]
    fn what_eight_kilohertz_cannot_carry_is_gone() {
        let down = run(16_000, 8_000, &tone(5_000.0, 16_000.0, 16_000));
        assert!(level(&down) < 30.0, "{}", level(&down));
    }

    #[test]
    fn a_full_scale_square_does_not_wrap() {
        let square: Vec<i16> = (0..1_600).map(|n| if n / 40 % 2 == 0 { i16::MAX } else { i16::MIN }).collect();
        let up = run(8_000, 16_000, &square);
        let steepest = up.windows(2).map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs()).max().unwrap();
        assert!(steepest < 50_000, "{steepest}");
    }
}
