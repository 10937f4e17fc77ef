//! Opus at sixteen kilohertz, mono, through ropus: what telephony needs of it.

use std::fmt;

use ropus::{Application, Bitrate, Channels, DecodeMode, FrameDuration, InbandFec, Signal};

/// Samples a second on our side; the stream itself says what it carries.
pub(crate) const RATE: u32 = 16_000;
const BITS_A_SECOND: u32 = 24_000;
const COMPLEXITY: u8 = 5;
/// What the in-band redundancy is laid out for.
const LOSS_PERCENT: u8 = 5;
/// The longest packet (RFC 6716, 3.2.5: 120 ms) in samples.
const SAMPLES_MAX: usize = RATE as usize * 120 / 1_000;
const FRAME_SAMPLES: usize = RATE as usize / 50;
/// The longest frame that is made.
const FRAME_BYTES_MAX: usize = 400;

/// Makes frames of 20 ms.
pub(crate) struct Encoder(ropus::Encoder);

/// Reads packets of any length and sampling rate.
pub(crate) struct Decoder(ropus::Decoder);

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("opus::Encoder")
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("opus::Decoder")
    }
}

impl Encoder {
    pub(crate) fn new() -> Option<Self> {
        let encoder = ropus::Encoder::builder(RATE, Channels::Mono, Application::Voip)
            .bitrate(Bitrate::try_bits(BITS_A_SECOND).ok()?)
            .complexity(COMPLEXITY)
            .signal(Signal::Voice)
            .frame_duration(FrameDuration::Ms20)
            .packet_loss_perc(LOSS_PERCENT)
            .inband_fec(InbandFec::Enabled)
            .build();
        encoder.ok().map(Self)
    }

    /// Writes one frame into `out`; false when `samples` is no 20 ms.
    pub(crate) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> bool {
        let mut frame = [0; FRAME_BYTES_MAX];
        let written = self.0.encode(samples, &mut frame).ok().and_then(|length| frame.get(..length));
        out.extend_from_slice(written.unwrap_or_default());
        written.is_some()
    }
}

impl Decoder {
    pub(crate) fn new() -> Option<Self> {
        ropus::Decoder::new(RATE, Channels::Mono).ok().map(Self)
    }

    /// Adds the samples of a packet; a broken one is concealed.
    pub(crate) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let mut samples = [0; SAMPLES_MAX];
        match self.0.decode(payload, &mut samples, DecodeMode::Normal).ok().and_then(|count| samples.get(..count)) {
            Some(decoded) if !payload.is_empty() => out.extend_from_slice(decoded),
            _ => self.conceal(None, out),
        }
    }

    /// Adds 20 ms for a lost packet, from what the packet after it repeats of it where that is at hand.
    pub(crate) fn conceal(&mut self, after: Option<&[u8]>, out: &mut Vec<i16>) {
        let mut samples = [0; FRAME_SAMPLES];
        let repeated = after.is_some_and(|payload| self.0.decode(payload, &mut samples, DecodeMode::Fec).is_ok());
        if !repeated && self.0.decode(&[], &mut samples, DecodeMode::Normal).is_err() {
            samples = [0; FRAME_SAMPLES];
        }
        out.extend_from_slice(&samples);
    }
}
