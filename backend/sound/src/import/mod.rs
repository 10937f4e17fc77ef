//! A stranger's sound file becomes one of the house.

mod codebook;
mod foreign;
mod kind;
mod level;
mod resample;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use kind::Kind;
use resample::Resampler;

use crate::decode::each_piece;
use crate::stream::measure;
use crate::{RATE, Refused, Writer, page};

/// How large a file may be where nothing else is said: 20 MB.
pub const BYTES_MAX: usize = 20_000_000;
/// How long its sound may be where nothing else is said: ten minutes.
pub const SECONDS_MAX: u32 = 10 * 60;

/// How much is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of the file that comes in.
    pub bytes_max: usize,
    /// The most seconds of sound in it. Memory goes by this, some 130 kB for each second.
    pub seconds_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_max: BYTES_MAX, seconds_max: SECONDS_MAX }
    }
}

/// A sound that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// A whole file of the house, mono.
    pub file: Vec<u8>,
    /// How long it lasts, in milliseconds.
    pub duration_ms: u64,
}

/// Takes WAV (PCM of 8 to 32 bits, float, µ-law, A-law), MP3, Ogg Vorbis or Ogg Opus, mono or stereo, of 8 to 96 kHz; mixes it to
/// mono, brings it to 16 kHz and to an even loudness, and makes a file of the house of it. What the file is, its bytes say.
///
/// It computes for some seconds where the file is long: not for a thread that has others waiting.
///
/// # Errors
///
/// [`Refused`], in a sentence for whoever sent the file.
pub fn import(bytes: &[u8], limits: Limits) -> Result<Imported, Refused> {
    import_without_end(bytes, limits, Duration::ZERO)
}

/// As [`import()`], without so much of the end of it: silence by which a recording has ended itself.
///
/// # Errors
///
/// As for [`import()`]; [`Refused::Empty`] where nothing else is left.
pub fn import_without_end(bytes: &[u8], limits: Limits, end: Duration) -> Result<Imported, Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() > limits.bytes_max {
        return Err(Refused::TooLarge { bytes_max: limits.bytes_max });
    }
    // A fault of a decoder that only a crafted file finds must cost that file, not the process.
    let decoded = catch_unwind(AssertUnwindSafe(|| sound_of(bytes, limits)));
    let mut samples = decoded.unwrap_or(Err(Refused::Broken("it cannot be decoded")))?;
    let cut = usize::try_from(end.as_millis()).unwrap_or(usize::MAX).saturating_mul(RATE as usize) / 1_000;
    samples.truncate(samples.len().saturating_sub(cut));
    if samples.is_empty() {
        return Err(Refused::Empty);
    }
    level::even(&mut samples);
    // Any number serves, and the same file shall give the same bytes.
    let serial = page::checksum(0, bytes);
    let file = write(&samples, serial).map_err(|_| Refused::Broken("it cannot be encoded"))?;
    Ok(Imported { file, duration_ms: samples.len() as u64 * 1_000 / u64::from(RATE) })
}

/// The sound as mono at our rate, full scale being one.
fn sound_of(bytes: &[u8], limits: Limits) -> Result<Vec<f32>, Refused> {
    match kind::of(bytes)? {
        Kind::OggOpus => {
            let measure = measure(bytes, limits.seconds_max)?;
            let mut resampler = Resampler::new(RATE, limits.seconds_max)?;
            let mut mono = Vec::new();
            each_piece(bytes, &measure, 1, |piece| {
                mono.extend(piece.iter().map(|sample| f32::from(*sample) / 32_768.0));
            })?;
            resampler.push(&mono)?;
            resampler.finish()
        }
        Kind::OggVorbis(_) => {
            codebook::check(bytes)?;
            foreign::decode(bytes, Kind::OggVorbis(bytes), limits.seconds_max)
        }
        kind => foreign::decode(bytes, kind, limits.seconds_max),
    }
}

fn write(samples: &[f32], serial: u32) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::create(Vec::new(), 1, serial)?;
    for piece in samples.chunks(RATE as usize) {
        // A conversion with `as` clips at the ends of the range.
        let piece: Vec<i16> = piece.iter().map(|sample| (sample * 32_768.0).round() as i16).collect();
        writer.push(&piece)?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bytes_and_too_many_are_refused_before_anything_is_read() {
        let limits = Limits { bytes_max: 10, ..Limits::default() };
        assert_eq!(import(&[], limits), Err(Refused::Empty));
        assert_eq!(import(&[0; 11], limits), Err(Refused::TooLarge { bytes_max: 10 }));
        assert_eq!(import(&[0; 10], limits), Err(Refused::Unknown));
    }
}
