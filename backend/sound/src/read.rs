//! What a file of the house holds.

use std::borrow::Cow;

use bytes::Bytes;

use crate::decode::each_piece;
use crate::stream::{Measure, measure, open};
use crate::{FRAME_SAMPLES, Refused};

/// The longest file that is read: a day.
pub const SECONDS_MAX: u32 = 24 * 60 * 60;

/// The most peaks that are given at once.
pub const PEAKS_MAX: usize = 10_000;

pub(crate) fn house(file: &[u8]) -> Result<Measure, Refused> {
    let measure = measure(file, SECONDS_MAX)?;
    if measure.is_house { Ok(measure) } else { Err(Refused::Unsupported("packets of other than 20 ms".into())) }
}

/// The Opus packets of a file, each of 20 ms, in their order. The first holds [`delay_samples`] that are not meant to be heard,
/// some milliseconds, which a player may as well play.
///
/// # Errors
///
/// What is torn, no Ogg Opus, of more than two channels, of packets of other than 20 ms or longer than [`SECONDS_MAX`] is refused.
pub fn packets(file: &[u8]) -> Result<Vec<Bytes>, Refused> {
    house(file)?;
    let file = Bytes::copy_from_slice(file);
    let packets = open(&file)?.1.map(|packet| {
        Ok(match packet?.bytes {
            Cow::Borrowed(bytes) => file.slice_ref(bytes),
            Cow::Owned(bytes) => bytes.into(),
        })
    });
    packets.collect()
}

/// How many channels a file has: one or two.
///
/// # Errors
///
/// As for [`packets`].
pub fn channels(file: &[u8]) -> Result<u8, Refused> {
    Ok(house(file)?.head.channels)
}

/// How many samples of each channel at [`crate::RATE`] are decoded before the sound begins (RFC 7845, 5.1: pre-skip).
///
/// # Errors
///
/// As for [`packets`].
pub fn delay_samples(file: &[u8]) -> Result<usize, Refused> {
    Ok(usize::from(house(file)?.head.pre_skip) / crate::stream::GRANULES_A_SAMPLE as usize)
}

/// How long the sound of a file lasts, in milliseconds. Nothing is decoded for it.
///
/// # Errors
///
/// As for [`packets`].
pub fn duration_ms(file: &[u8]) -> Result<u64, Refused> {
    Ok(house(file)?.duration_ms())
}

/// The highest level in each of `count` equal parts of a file, both channels together, 255 being full scale: a picture of it.
/// No more than [`PEAKS_MAX`] are given.
///
/// # Errors
///
/// As for [`packets`], and [`Refused::Broken`] where a packet cannot be decoded.
pub fn peaks(file: &[u8], count: usize) -> Result<Vec<u8>, Refused> {
    let measure = house(file)?;
    let mut peaks = vec![0; count.min(PEAKS_MAX)];
    let parts = peaks.len() as u64;
    let channels = measure.head.channels;
    let total = measure.samples().max(1);
    let mut at = 0_u64;
    each_piece(file, &measure, channels, |samples| {
        for frame in samples.chunks(usize::from(channels)) {
            let level = frame.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or_default();
            // In a file of fewer samples than parts one sample fills several.
            let (from, to) = (at * parts / total, (at + 1) * parts / total);
            let (from, to) = (from as usize, (to as usize).max(from as usize + 1).min(peaks.len()));
            for peak in peaks.get_mut(from..to).unwrap_or_default() {
                *peak = (*peak).max((level >> 7).min(255) as u8);
            }
            at += 1;
        }
    })?;
    Ok(peaks)
}

/// The samples of a file at [`crate::RATE`], interleaved where it is stereo.
pub(crate) fn samples(file: &[u8], measure: &Measure, mut take: impl FnMut(&[i16])) -> Result<(), Refused> {
    each_piece(file, measure, measure.head.channels, |piece| {
        debug_assert!(piece.len() <= FRAME_SAMPLES * 2);
        take(piece);
    })
}
