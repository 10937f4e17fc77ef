//! Codecs: their names, and what turns their frames into samples and back.

pub(crate) mod g711;

use crate::sdp::Format;

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

    /// Which codec a format of a description is.
    pub(crate) fn of(format: &Format) -> Option<Self> {
        let known = |codec: &Self| format.name.eq_ignore_ascii_case(codec.name()) && format.clock == codec.clock();
        Self::ALL.into_iter().find(known)
    }
}
