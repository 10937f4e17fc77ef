//! From one codec to another: jitter buffer, decoder, resampler, in steps of 20 ms.

use std::time::Duration;

use shared::Moment;

use crate::codec::resample::Resampler;
use crate::codec::{Codec, Decoder};
use crate::jitter::{JitterBuffer, Pull};

/// The length of every frame that is made.
pub(crate) const FRAME: Duration = Duration::from_millis(20);
/// A packet may hold less than a frame; so many are taken for one.
const PULLS_MAX: usize = 16;

/// One direction between two legs.
#[derive(Debug)]
pub(crate) struct Translator {
    from: Codec,
    rate: u32,
    source: (u64, u32),
    buffer: JitterBuffer,
    decoder: Decoder,
    resampler: Resampler,
    samples: Vec<i16>,
    /// When the next frame is due; none while the source pauses.
    pub(crate) next_at: Option<Moment>,
}

impl Translator {
    /// From `from` to `rate` samples a second, for a stream of a leg.
    fn new(from: Codec, rate: u32, source: (u64, u32)) -> Option<Self> {
        let decoder = Decoder::new(from)?;
        let resampler = Resampler::new(from.rate(), rate);
        let buffer = JitterBuffer::new();
        Some(Self { from, rate, source, buffer, decoder, resampler, samples: Vec::new(), next_at: None })
    }

    /// Gives a packet of this codec and stream to the translator that is kept here, or to a new one where it is made for another.
    pub(crate) fn feed(
        kept: &mut Option<Box<Self>>,
        now: Moment,
        (from, rate, source): (Codec, u32, (u64, u32)),
        sequence: u16,
        payload: &[u8],
    ) {
        if kept.as_ref().is_none_or(|known| (known.from, known.rate, known.source) != (from, rate, source)) {
            *kept = Self::new(from, rate, source).map(Box::new);
        }
        if let Some(translator) = kept {
            translator.push(now, sequence, payload);
        }
    }

    fn push(&mut self, now: Moment, sequence: u16, payload: &[u8]) {
        if self.buffer.push(sequence, payload) && self.next_at.is_none() {
            self.next_at = Some(now + self.buffer.target());
        }
    }

    /// The frame that is due now, in samples of the other rate; none when the source has paused.
    pub(crate) fn frame(&mut self, now: Moment) -> Option<Vec<i16>> {
        let wanted = self.rate as usize / 50;
        let mut decoded = Vec::new();
        for _ in 0..PULLS_MAX {
            if self.samples.len() >= wanted {
                break;
            }
            decoded.clear();
            match self.buffer.pull() {
                Pull::Packet(payload) => self.decoder.decode(&payload, &mut decoded),
                Pull::Lost(after) => self.decoder.conceal(after.as_deref(), &mut decoded),
                Pull::Paused => {
                    self.next_at = None;
                    self.samples.clear();
                    return None;
                }
            }
            self.resampler.run(&decoded, &mut self.samples);
        }
        // A clock that was not asked for long does not make up for it in a burst.
        self.next_at = self.next_at.map(|at| (at + FRAME).max(now));
        let frame: Vec<i16> = self.samples.drain(..wanted.min(self.samples.len())).collect();
        (frame.len() == wanted).then_some(frame)
    }
}
