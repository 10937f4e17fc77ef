//! The encoder of the house format.

use std::fmt;

use ropus::{Application, Bitrate, Channels, FrameDuration, Signal};

use crate::RATE;

const MONO_BITS_A_SECOND: u32 = 24_000;
const STEREO_BITS_A_SECOND: u32 = 40_000;
const COMPLEXITY: u8 = 5;
/// The longest frame that can be made (RFC 6716, 3.2.1).
const FRAME_BYTES_MAX: usize = 1_275;

/// Makes frames of 20 ms.
pub(crate) struct Encoder(ropus::Encoder);

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoder")
    }
}

impl Encoder {
    /// Nothing where `channels` is neither one nor two.
    pub(crate) fn new(channels: u8) -> Option<Self> {
        let (channels, bits) = match channels {
            1 => (Channels::Mono, MONO_BITS_A_SECOND),
            2 => (Channels::Stereo, STEREO_BITS_A_SECOND),
            _ => return None,
        };
        let encoder = ropus::Encoder::builder(RATE, channels, Application::Voip)
            .bitrate(Bitrate::try_bits(bits).ok()?)
            .complexity(COMPLEXITY)
            .signal(Signal::Voice)
            .frame_duration(FrameDuration::Ms20)
            .build();
        encoder.ok().map(Self)
    }

    /// By how many samples what is decoded comes later than what was encoded.
    pub(crate) fn delay(&self) -> u32 {
        self.0.lookahead()
    }

    /// One frame as a packet in `room`; nothing when `samples` is no 20 ms.
    pub(crate) fn encode<'a>(&mut self, samples: &[i16], room: &'a mut Room) -> Option<&'a [u8]> {
        let length = self.0.encode(samples, &mut room.0).ok()?;
        room.0.get(..length)
    }
}

/// Where a packet is made.
#[derive(Debug)]
pub(crate) struct Room([u8; FRAME_BYTES_MAX]);

impl Default for Room {
    fn default() -> Self {
        Self([0; FRAME_BYTES_MAX])
    }
}
