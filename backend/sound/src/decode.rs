//! The samples of an Opus file, piece by piece, at our rate.

use ropus::{Channels, DecodeMode};

use crate::stream::{GRANULES_A_SAMPLE, Measure, open};
use crate::{RATE, Refused};

/// The longest packet (RFC 6716, 3.2.5: 120 ms) in samples of both channels.
const SAMPLES_MAX: usize = RATE as usize * 120 / 1_000 * 2;

/// Gives the sound of a measured file to `take` in pieces of a packet at most, interleaved where `channels` is two.
/// A decoder mixes down or doubles by itself where the file has another number of channels.
///
/// # Errors
///
/// [`Refused::Broken`] where a packet cannot be decoded.
pub(crate) fn each_piece(
    file: &[u8],
    measure: &Measure,
    channels: u8,
    mut take: impl FnMut(&[i16]),
) -> Result<(), Refused> {
    let undecodable = || Refused::Broken("a packet cannot be decoded");
    let layout = if channels == 2 { Channels::Stereo } else { Channels::Mono };
    let mut decoder = ropus::Decoder::new(RATE, layout).map_err(|_| undecodable())?;
    if measure.head.gain != 0 {
        decoder.set_gain(measure.head.gain.into()).map_err(|_| undecodable())?;
    }
    let mut skip = usize::from(measure.head.pre_skip) / GRANULES_A_SAMPLE as usize * layout.count();
    let mut left = usize::try_from(measure.samples()).unwrap_or(usize::MAX).saturating_mul(layout.count());
    let mut room = [0; SAMPLES_MAX];
    for packet in open(file)?.1 {
        if left == 0 {
            break;
        }
        let count = decoder.decode(&packet?.bytes, &mut room, DecodeMode::Normal).map_err(|_| undecodable())?;
        let decoded = room.get(..count * layout.count()).unwrap_or_default();
        let (skipped, heard) = decoded.split_at(skip.min(decoded.len()));
        skip -= skipped.len();
        let heard = heard.get(..left.min(heard.len())).unwrap_or_default();
        left -= heard.len();
        take(heard);
    }
    Ok(())
}
