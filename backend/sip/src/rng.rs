//! Branches, tags and Call-IDs: a counter under SHA-256, so that a seed replays exactly and nobody guesses the next.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::view::Message;

/// A seeded generator.
#[derive(Clone)]
pub(crate) struct Rng {
    key: [u8; 32],
    counter: u64,
    pool: [u64; 4],
    left: usize,
}

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rng(***)")
    }
}

impl Rng {
    pub fn new(seed: u64) -> Self {
        let key = Sha256::new().chain_update(b"belfry sip rng").chain_update(seed.to_be_bytes()).finalize().into();
        Self { key, counter: 0, pool: [0; 4], left: 0 }
    }

    pub fn next(&mut self) -> u64 {
        if self.left == 0 {
            let block: [u8; 32] =
                Sha256::new().chain_update(self.key).chain_update(self.counter.to_be_bytes()).finalize().into();
            self.counter += 1;
            for (slot, part) in self.pool.iter_mut().zip(block.chunks_exact(8)) {
                *slot = part.iter().fold(0, |sum, b| sum << 8 | u64::from(*b));
            }
            self.left = self.pool.len();
        }
        self.left -= 1;
        self.pool.get(self.left).copied().unwrap_or_default()
    }

    /// A tag: 16 hexadecimal digits.
    pub fn tag(&mut self) -> String {
        format!("{:016x}", self.next())
    }

    /// The To tag of a response without state: the same for each repeat of the request (RFC 3261, 8.2.7).
    pub fn stateless_tag(&self, request: &Message) -> String {
        let branch = request.branch();
        let hash = Sha256::new()
            .chain_update(self.key)
            .chain_update(b"tag")
            .chain_update(request.call_id())
            .chain_update(branch);
        hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
    }

    /// A Call-ID: 32 hexadecimal digits.
    pub fn call_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }

    /// A wait between two bounds, in steps of 10 ms (RFC 3261, 14.1).
    pub fn wait(&mut self, from_millis: u64, to_millis: u64) -> Duration {
        let steps = to_millis.saturating_sub(from_millis) / 10 + 1;
        Duration::from_millis(from_millis + self.next() % steps * 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_replays_and_another_differs() {
        let (mut a, mut b, mut c) = (Rng::new(7), Rng::new(7), Rng::new(8));
        let (a, b, c): (Vec<_>, Vec<_>, Vec<_>) = (
            (0..9).map(|_| a.next()).collect(),
            (0..9).map(|_| b.next()).collect(),
            (0..9).map(|_| c.next()).collect(),
        );
        assert_eq!(a, b);
        assert_ne!(a, c);
    }

    #[test]
    fn waits_stay_in_their_bounds() {
        let mut rng = Rng::new(1);
        for _ in 0..1000 {
            let wait = rng.wait(2_100, 4_000);
            assert!((Duration::from_millis(2_100)..=Duration::from_millis(4_000)).contains(&wait));
        }
    }
}
