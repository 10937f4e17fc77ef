//! An even loudness, so that one announcement is not louder than the other.
//!
//! Only the loud parts count: pauses say nothing about how loud somebody speaks. Gating in two steps is that of EBU R 128 (ITU-R
//! BS.1770-4), with plain power in the place of its weighting, which at 16 kHz changes little.

use crate::RATE;

/// What the loud parts are brought to, in dBFS of their effective value.
const TARGET_DB: f32 = -19.0;
/// What no sample goes above. The codec adds up to a decibel to it.
const CEILING_DB: f32 = -4.0;
/// What is softer is silence, and stays as it is.
const SILENCE_DB: f32 = -55.0;
/// So much below the mean a part no longer counts as loud.
const LOUD_DB: f32 = -10.0;
/// More than this is not made louder: it would be the noise of the room.
const GAIN_MAX_DB: f32 = 20.0;

/// A part whose loudness is one: 50 ms.
const PART: usize = RATE as usize / 20;
/// In such pieces peaks are held down: 10 ms.
const PIECE: usize = RATE as usize / 100;
/// For so many pieces before and after a peak.
const HOLD: usize = 3;

fn amplitude(db: f32) -> f32 {
    10_f32.powf(db / 20.0)
}

/// Brings mono sound at our rate to the loudness of the house; silence is left alone.
pub(super) fn even(samples: &mut [f32]) {
    let Some(loud) = loud_parts(samples) else { return };
    let gain = (amplitude(TARGET_DB) / loud).min(amplitude(GAIN_MAX_DB));
    samples.iter_mut().for_each(|sample| *sample *= gain);
    hold_down(samples);
}

/// The effective value of the parts that are loud; nothing where there are none.
fn loud_parts(samples: &[f32]) -> Option<f32> {
    let powers = samples.chunks(PART).map(|part| part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32);
    let heard: Vec<f32> = powers.filter(|power| *power > amplitude(SILENCE_DB).powi(2)).collect();
    let threshold = mean(&heard)? * amplitude(LOUD_DB).powi(2);
    let loud: Vec<f32> = heard.into_iter().filter(|power| *power >= threshold).collect();
    mean(&loud).map(f32::sqrt)
}

fn mean(values: &[f32]) -> Option<f32> {
    (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32)
}

/// Turns down what is above the ceiling, and its neighbourhood gradually, so that nothing is clipped.
fn hold_down(samples: &mut [f32]) {
    let ceiling = amplitude(CEILING_DB);
    let peak = |piece: &[f32]| piece.iter().fold(0_f32, |peak, sample| peak.max(sample.abs()));
    let needs: Vec<f32> = samples.chunks(PIECE).map(|piece| (ceiling / peak(piece).max(ceiling)).min(1.0)).collect();
    // At each border between pieces the least that one near it needs: a line between two such never exceeds a piece's own need.
    let border = |index: usize| {
        let near = needs.get(index.saturating_sub(HOLD)..needs.len().min(index + HOLD)).unwrap_or_default();
        near.iter().copied().fold(1.0, f32::min)
    };
    for (index, piece) in samples.chunks_mut(PIECE).enumerate() {
        let (from, to) = (border(index), border(index + 1));
        for (at, sample) in piece.iter_mut().enumerate() {
            *sample *= from + (to - from) * (at as f32 / PIECE as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn tone(level: f32, count: usize) -> Vec<f32> {
        (0..count).map(|n| (TAU * 440.0 * n as f32 / RATE as f32).sin() * level).collect()
    }

    fn decibels(samples: &[f32]) -> f32 {
        10.0 * (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).log10()
    }

    #[test]
    fn soft_and_loud_speech_come_out_alike_whatever_its_pauses() {
        for level in [0.02, 0.1, 0.9, 4.0] {
            let mut sound = [tone(level, 16_000), vec![0.0; 32_000], tone(level, 16_000)].concat();
            even(&mut sound);
            assert!((decibels(&sound[..16_000]) - TARGET_DB).abs() < 0.3, "{level}: {}", decibels(&sound[..16_000]));
        }
    }

    #[test]
    fn silence_is_left_alone() {
        let faint = tone(0.001, 16_000);
        let mut sound = faint.clone();
        even(&mut sound);
        assert_eq!(sound, faint);
        even(&mut []);
    }

    #[test]
    fn what_is_very_soft_is_not_all_noise_afterwards() {
        let mut sound = tone(0.004, 16_000);
        let before = decibels(&sound);
        even(&mut sound);
        assert!((decibels(&sound) - before - GAIN_MAX_DB).abs() < 0.3);
    }

    #[test]
    fn a_click_does_not_keep_the_rest_soft_and_is_held_down() {
        let mut sound = tone(0.02, 32_000);
        sound[16_000] = 1.0;
        even(&mut sound);
        let peak = sound.iter().fold(0_f32, |peak, sample| peak.max(sample.abs()));
        assert!(peak <= amplitude(CEILING_DB) * 1.001, "{peak}");
        assert!((decibels(&sound[..12_000]) - TARGET_DB).abs() < 3.0, "{}", decibels(&sound[..12_000]));
    }
}
