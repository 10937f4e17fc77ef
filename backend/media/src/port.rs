//! The pairs of sockets that phones are given.

use std::collections::VecDeque;

use crate::engine::{PORTS_SPARE_MIN, SocketId};

/// An even port for RTP and the next for RTCP, both open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) rtp: SocketId,
    pub(crate) rtcp: SocketId,
    pub(crate) port: u16,
}

/// The last pairs are kept for sound.
const PAIRS_FOR_SOUND: usize = 8;

/// Pairs that are open and unused.
#[derive(Debug, Default)]
pub(crate) struct PortPool {
    spare: VecDeque<Pair>,
    /// Asked for and not yet given.
    outstanding: usize,
}

impl PortPool {
    pub(crate) fn put(&mut self, pair: Pair) {
        self.outstanding = self.outstanding.saturating_sub(1);
        self.spare.push_back(pair);
    }

    pub(crate) fn take(&mut self) -> Option<Pair> {
        let taken = self.spare.pop_front();
        if taken.is_none() {
            // Whatever was asked for did not come; the next shortage asks again.
            self.outstanding = 0;
        }
        taken
    }

    /// A pair for something beside sound; none when there are few left, so that it never costs a call.
    pub(crate) fn take_spare(&mut self) -> Option<Pair> {
        if self.spare.len() > PAIRS_FOR_SOUND { self.spare.pop_front() } else { None }
    }

    /// How many more to ask for, if it is time to ask.
    pub(crate) fn shortage(&mut self) -> Option<usize> {
        let coming = self.spare.len() + self.outstanding;
        if coming >= PORTS_SPARE_MIN {
            return None;
        }
        let more = 2 * PORTS_SPARE_MIN - coming;
        self.outstanding += more;
        Some(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(number: u32) -> Pair {
        Pair { rtp: SocketId(number), rtcp: SocketId(number + 1), port: number as u16 }
    }

    #[test]
    fn a_shortage_is_told_once_until_it_is_fed() {
        let mut pool = PortPool::default();
        assert_eq!(pool.shortage(), Some(2 * PORTS_SPARE_MIN));
        assert_eq!(pool.shortage(), None);
        for number in 0..2 * PORTS_SPARE_MIN as u32 {
            pool.put(pair(2 * number + 2));
        }
        assert_eq!(pool.shortage(), None);
        for _ in 0..=PORTS_SPARE_MIN {
            assert!(pool.take().is_some());
        }
        assert_eq!(pool.shortage(), Some(PORTS_SPARE_MIN + 1));
        assert_eq!(pool.shortage(), None);
    }

    #[test]
    fn a_pool_that_was_never_fed_asks_again_when_somebody_goes_without() {
        let mut pool = PortPool::default();
        assert!(pool.shortage().is_some());
        assert_eq!(pool.take(), None);
        assert!(pool.shortage().is_some());
    }
}
