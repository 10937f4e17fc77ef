//! A file of the house as WAV.

use crate::read::{house, samples};
use crate::{RATE, Refused};

/// The longest sound that is made a WAV at once: two hours, half a gigabyte where it is stereo.
pub const SECONDS_MAX: u32 = 2 * 60 * 60;

/// PCM, in `wFormatTag`.
const PCM: u16 = 1;
const SAMPLE_BYTES: u16 = 2;
/// What stands before the samples, without the first eight bytes.
const HEADER_BYTES: u32 = 36;

/// A file of the house as WAV: PCM of 16 bits at 16 kHz, mono or stereo as the file is.
///
/// # Errors
///
/// As for [`crate::read::packets`]; [`Refused::TooLong`] past [`SECONDS_MAX`], [`Refused::Broken`] where a packet cannot be decoded.
pub fn to_wav(file: &[u8]) -> Result<Vec<u8>, Refused> {
    let measure = house(file)?;
    if measure.samples() > u64::from(SECONDS_MAX) * u64::from(RATE) {
        return Err(Refused::TooLong { seconds_max: SECONDS_MAX });
    }
    let channels = u16::from(measure.head.channels);
    let block = channels * SAMPLE_BYTES;
    let mut wav = Vec::with_capacity(44 + measure.samples() as usize * usize::from(block));
    wav.extend([0; 44]);
    samples(file, &measure, |piece| wav.extend(piece.iter().flat_map(|sample| sample.to_le_bytes())))?;
    let data_bytes = wav.len().saturating_sub(44) as u32;

    let mut header = Vec::with_capacity(44);
    header.extend(b"RIFF");
    header.extend((HEADER_BYTES + data_bytes).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16_u32.to_le_bytes());
    header.extend([PCM, channels].into_iter().flat_map(u16::to_le_bytes));
    header.extend([RATE, RATE * u32::from(block)].into_iter().flat_map(u32::to_le_bytes));
    header.extend([block, SAMPLE_BYTES * 8].into_iter().flat_map(u16::to_le_bytes));
    header.extend(b"data");
    header.extend(data_bytes.to_le_bytes());
    wav.splice(..44, header);
    Ok(wav)
}
