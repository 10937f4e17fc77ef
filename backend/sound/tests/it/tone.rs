//! Tones: made, put into WAV files, and measured.

use std::f64::consts::TAU;

/// Effective value of a tone's samples, full scale being one, and its frequency, from where it crosses zero.
pub struct Heard {
    pub level: f64,
    pub hertz: f64,
    pub peak: f64,
}

/// A tone of half of full scale.
pub fn samples(hertz: f64, rate: u32, seconds: f64) -> Vec<i16> {
    let count = (f64::from(rate) * seconds).round() as usize;
    (0..count).map(|n| ((TAU * hertz * n as f64 / f64::from(rate)).sin() * 16_384.0) as i16).collect()
}

/// A WAV of what is given already as bytes.
pub fn wav(format: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([format, channels].into_iter().flat_map(u16::to_le_bytes));
    wav.extend([rate, rate * u32::from(block)].into_iter().flat_map(u32::to_le_bytes));
    wav.extend([block, bits].into_iter().flat_map(u16::to_le_bytes));
    wav.extend(b"data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    wav
}

/// A WAV of 16 bits, mono.
pub fn wav_16(rate: u32, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    wav(1, 1, rate, 16, &data)
}

/// The samples of a WAV that `to_wav` made.
pub fn of_wav(wav: &[u8]) -> Vec<i16> {
    wav[44..].as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect()
}

/// What is heard in the middle of some sound at 16 kHz.
pub fn heard(samples: &[i16]) -> Heard {
    let middle: Vec<f64> =
        samples[samples.len() / 5..samples.len() * 4 / 5].iter().map(|s| f64::from(*s) / 32_768.0).collect();
    let crossings: Vec<f64> = middle
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| pair[0] < 0.0 && pair[1] >= 0.0)
        .map(|(at, pair)| at as f64 + pair[0] / (pair[0] - pair[1]))
        .collect();
    let periods = crossings.len().saturating_sub(1) as f64;
    let span = crossings.last().unwrap_or(&0.0) - crossings.first().unwrap_or(&0.0);
    Heard {
        level: (middle.iter().map(|s| s * s).sum::<f64>() / middle.len() as f64).sqrt(),
        hertz: if span > 0.0 { periods / span * 16_000.0 } else { 0.0 },
        peak: samples.iter().fold(0.0, |peak, s| (f64::from(*s).abs() / 32_768.0).max(peak)),
    }
}
