//! From any rate to ours, piece by piece, through rubato.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _};

use crate::{RATE, Refused};

const RATE_MIN: u32 = 8_000;
const RATE_MAX: u32 = 96_000;
/// Samples that are converted at once, about.
const CHUNK: usize = 1_024;

/// Mono sound on its way to our rate, bounded in length.
pub(super) struct Resampler {
    rate: u32,
    /// Nothing where the rate is ours already.
    converter: Option<Fft<f32>>,
    seconds_max: u32,
    taken: u64,
    /// Of what was taken, what is yet to be converted.
    pending: Vec<f32>,
    room: Vec<f32>,
    out: Vec<f32>,
}

fn faulty<E>(_: E) -> Refused {
    Refused::Broken("its rate cannot be converted")
}

impl Resampler {
    pub(super) fn new(rate: u32, seconds_max: u32) -> Result<Self, Refused> {
        if !(RATE_MIN..=RATE_MAX).contains(&rate) {
            return Err(Refused::Unsupported(format!("a rate of {rate} Hz")));
        }
        let converter = match rate {
            RATE => None,
            _ => Some(Fft::new(rate as usize, RATE as usize, CHUNK, 1, FixedSync::Both).map_err(faulty)?),
        };
        Ok(Self { rate, converter, seconds_max, taken: 0, pending: Vec::new(), room: Vec::new(), out: Vec::new() })
    }

    /// Takes more sound; [`Refused::TooLong`] past what is taken.
    pub(super) fn push(&mut self, mono: &[f32]) -> Result<(), Refused> {
        self.taken += mono.len() as u64;
        if self.taken > u64::from(self.seconds_max) * u64::from(self.rate) {
            return Err(Refused::TooLong { seconds_max: self.seconds_max });
        }
        let Some(converter) = &mut self.converter else {
            self.out.extend_from_slice(mono);
            return Ok(());
        };
        self.pending.extend_from_slice(mono);
        let mut used = 0;
        while let Some(piece) = self.pending.get(used..used + converter.input_frames_next()) {
            used += piece.len();
            convert(converter, piece, &mut self.room, &mut self.out)?;
        }
        self.pending.drain(..used);
        Ok(())
    }

    /// The whole sound, as long as what was taken.
    pub(super) fn finish(mut self) -> Result<Vec<f32>, Refused> {
        let Some(converter) = &mut self.converter else { return Ok(self.out) };
        let length = (self.taken * u64::from(RATE)).div_ceil(u64::from(self.rate)) as usize;
        let delay = converter.output_delay();
        convert(converter, &self.pending, &mut self.room, &mut self.out)?;
        while self.out.len() < delay + length {
            convert(converter, &[], &mut self.room, &mut self.out)?;
        }
        self.out.truncate(delay + length);
        self.out.drain(..delay);
        Ok(self.out)
    }
}

/// Converts a piece, a short one as if silence followed.
fn convert(converter: &mut Fft<f32>, piece: &[f32], room: &mut Vec<f32>, out: &mut Vec<f32>) -> Result<(), Refused> {
    room.resize(converter.output_frames_max(), 0.0);
    let frames = room.len();
    let from = InterleavedSlice::new(piece, 1, piece.len()).map_err(faulty)?;
    let mut to = InterleavedSlice::new_mut(room.as_mut_slice(), 1, frames).map_err(faulty)?;
    let short = Indexing::new().partial_len(piece.len());
    let (_, made) = converter.process_into_buffer(&from, &mut to, Some(&short)).map_err(faulty)?;
    // Without progress whoever waits for more would wait for ever.
    if made == 0 {
        return Err(faulty(()));
    }
    out.extend_from_slice(room.get(..made).unwrap_or_default());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resampled(rate: u32, mono: &[f32], piece: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(rate, 10).unwrap();
        mono.chunks(piece).for_each(|piece| resampler.push(piece).unwrap());
        resampler.finish().unwrap()
    }

    #[test]
    fn a_click_stays_where_it_was_at_every_rate() {
        for rate in [8_000, 8_001, 11_025, 16_000, 22_050, 32_000, 44_100, 44_101, 48_000, 96_000] {
            let mut mono = vec![0.0; rate as usize];
            mono[rate as usize / 2] = 1.0;
            let sound = resampled(rate, &mono, 777);
            let loudest = (0..sound.len()).max_by(|a, b| sound[*a].abs().total_cmp(&sound[*b].abs())).unwrap();
            assert_eq!(sound.len(), 16_000, "{rate} Hz");
            assert!(loudest.abs_diff(8_000) <= 2, "{rate} Hz: {loudest}");
        }
    }

    #[test]
    fn a_decode_a_few_samples_keeps_its_length() {
        for length in [1, 2, 100, 441] {
            assert_eq!(resampled(44_100, &vec![0.5; length], 50).len(), (length * 160).div_ceil(441));
        }
    }

    #[test]
    fn too_much_sound_is_refused_as_it_comes() {
        let mut resampler = Resampler::new(8_000, 1).unwrap();
        assert_eq!(resampler.push(&[0.0; 8_000]), Ok(()));
        assert_eq!(resampler.push(&[0.0]), Err(Refused::TooLong { seconds_max: 1 }));
    }

    #[test]
    fn rates_of_no_telephone_and_no_studio_are_refused() {
        for rate in [0, 1, 7_999, 96_001, u32::MAX] {
            assert!(matches!(Resampler::new(rate, 1), Err(Refused::Unsupported(_))), "{rate} Hz");
        }
    }
}
