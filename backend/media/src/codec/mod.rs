//! Codecs: their names, and what turns their frames into samples and back.

pub(crate) mod g711;
pub(crate) mod opus;
pub(crate) mod resample;

use crate::sdp::Format;
use g711::Law;

/// A way to write sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Codec {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// RFC 6716, 7587.
    Opus,
}

impl Codec {
    /// All, in the order in which they are offered when nobody has a wish.
    pub(crate) const ALL: [Self; 3] = [Self::Pcmu, Self::Pcma, Self::Opus];

    /// As in an `a=rtpmap`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::Opus => "opus",
        }
    }

    /// Samples a second of its RTP timestamps.
    pub(crate) const fn clock(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// Samples a second that its frames are made from and become here.
    pub(crate) const fn rate(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma => 8_000,
            Self::Opus => opus::RATE,
        }
    }

    /// Which codec a format of a description is.
    pub(crate) fn of(format: &Format) -> Option<Self> {
        let known = |codec: &Self| format.name.eq_ignore_ascii_case(codec.name()) && format.clock == codec.clock();
        Self::ALL.into_iter().find(known)
    }
}

impl Law {
    /// The law of a codec, where it has one.
    pub(crate) const fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Pcmu => Some(Self::Mu),
            Codec::Pcma => Some(Self::A),
            Codec::Opus => None,
        }
    }
}

/// Turns samples into frames of 20 ms.
#[derive(Debug)]
pub(crate) enum Encoder {
    G711(Law),
    Opus(Box<opus::Encoder>),
}

impl Encoder {
    pub(crate) fn new(codec: Codec) -> Option<Self> {
        match Law::of(codec) {
            Some(law) => Some(Self::G711(law)),
            None => opus::Encoder::new().map(|encoder| Self::Opus(Box::new(encoder))),
        }
    }

    /// Does it write this codec?
    pub(crate) fn writes(&self, codec: Codec) -> bool {
        match self {
            Self::G711(law) => Law::of(codec) == Some(*law),
            Self::Opus(_) => codec == Codec::Opus,
        }
    }

    /// Writes a frame into `out`; false when there is none.
    pub(crate) fn encode(&mut self, samples: &[i16], out: &mut Vec<u8>) -> bool {
        match self {
            Self::G711(law) => {
                g711::encode(*law, samples, out);
                true
            }
            Self::Opus(encoder) => encoder.encode(samples, out),
        }
    }
}

/// How much a repeated frame loses each time, and how often it is repeated.
const DECAY: [f32; 3] = [0.7, 0.4, 0.15];

/// Turns packets into samples.
#[derive(Debug)]
pub(crate) enum Decoder {
    /// `last` is repeated, ever softer, in place of what is lost.
    G711 {
        law: Law,
        last: Vec<i16>,
        repeats: usize,
    },
    Opus(Box<opus::Decoder>),
}

impl Decoder {
    pub(crate) fn new(codec: Codec) -> Option<Self> {
        match Law::of(codec) {
            Some(law) => Some(Self::G711 { law, last: Vec::new(), repeats: 0 }),
            None => opus::Decoder::new().map(|decoder| Self::Opus(Box::new(decoder))),
        }
    }

    /// Adds the samples of a packet.
    pub(crate) fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        match self {
            Self::G711 { law, last, repeats } => {
                last.clear();
                g711::decode(*law, payload, last);
                *repeats = 0;
                out.extend_from_slice(last);
            }
            Self::Opus(decoder) => decoder.decode(payload, out),
        }
    }

    /// Adds 20 ms in place of a packet that is missing; `after` is the next one.
    pub(crate) fn conceal(&mut self, after: Option<&[u8]>, out: &mut Vec<i16>) {
        match self {
            Self::G711 { last, repeats, .. } => {
                let gain = DECAY.get(*repeats).copied().unwrap_or(0.0);
                *repeats += 1;
                let softer = last.iter().cycle().take(if last.is_empty() { 0 } else { 160 });
                let before = out.len();
                out.extend(softer.map(|sample| (f32::from(*sample) * gain) as i16));
                out.resize(before + 160, 0);
            }
            Self::Opus(decoder) => decoder.conceal(after, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Codec;

    #[test]
    fn what_is_offered_is_what_tests_of_trunks_look_for() {
        assert_eq!(Codec::ALL.map(Codec::name), shared::trunk_test::OWN_CODECS);
    }
}
