//! Numbers that a peer cannot guess: SSRCs, first sequence numbers, ICE credentials.

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};

/// A seeded source; the same seed gives the same numbers, so that a simulation replays.
#[derive(Debug)]
pub(crate) struct Dice(StdRng);

#[cfg(feature = "browser")]
/// What an ICE credential may be made of (RFC 8839, 5.4: `ice-char`).
const ICE_CHARS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A synchronisation source; zero is left out because some devices take it for "none".
    pub(crate) fn ssrc(&mut self) -> u32 {
        (self.0.next_u32()).max(1)
    }

    #[cfg(feature = "browser")]
    /// A word of `length` ICE characters, six bits of chance each.
    pub(crate) fn word(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| {
                let index = (self.0.next_u32() & 63) as usize;
                char::from(ICE_CHARS.get(index).copied().unwrap_or(b'A'))
            })
            .collect()
    }
}
