//! The jitter buffer of a translated stream: puts packets in order and waits as long as it must, 40 to 200 ms.

use std::collections::BTreeMap;
use std::time::Duration;

/// The shortest wait.
const TARGET_MIN: Duration = Duration::from_millis(40);
/// The longest.
const TARGET_MAX: Duration = Duration::from_millis(200);
const STEP: Duration = Duration::from_millis(20);
/// The most packets that are kept.
const PACKETS_MAX: usize = 64;
/// So many frames in a row are made up before the stream counts as paused.
const CONCEALED_MAX: u32 = 5;
/// Pulls over which the depth is watched before the wait is shortened: five seconds.
const WATCH_PULLS: u32 = 250;
/// A sequence number further ahead than this begins a new stream.
const JUMP_MAX: u64 = 1_000;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pull {
    Packet(Vec<u8>),
    /// It did not come; this is the packet after it, where that is there.
    Lost(Option<Vec<u8>>),
    /// Nothing for so long that the stream has paused.
    Paused,
}

/// The packets of one stream.
#[derive(Debug)]
pub(crate) struct JitterBuffer {
    packets: BTreeMap<u64, Vec<u8>>,
    /// The number that is played next; none while paused.
    next: Option<u64>,
    /// The last extended sequence number.
    latest: Option<u64>,
    target: Duration,
    concealed: u32,
    pulls: u32,
    shallowest: usize,
}

impl JitterBuffer {
    pub(crate) fn new() -> Self {
        Self {
            packets: BTreeMap::new(),
            next: None,
            latest: None,
            target: TARGET_MIN,
            concealed: 0,
            pulls: 0,
            shallowest: usize::MAX,
        }
    }

    /// How long after the first packet of a pause the first pull is to be.
    pub(crate) fn target(&self) -> Duration {
        self.target
    }

    /// Takes a packet; true when it ends a pause.
    pub(crate) fn push(&mut self, sequence: u16, payload: &[u8]) -> bool {
        let number = self.extend(sequence);
        if self.next.is_some_and(|next| number < next) {
            return false;
        }
        self.packets.insert(number, payload.to_vec());
        if self.packets.len() > PACKETS_MAX {
            self.packets.pop_first();
        }
        let begins = self.next.is_none() && self.packets.len() == 1;
        self.latest = self.latest.max(Some(number));
        begins
    }

    /// What is to be played for the next 20 ms or so.
    pub(crate) fn pull(&mut self) -> Pull {
        self.watch();
        let first = self.packets.first_key_value().map(|(number, _)| *number);
        let Some(first) = first else { return self.starve() };
        let next = *self.next.get_or_insert(first);
        self.concealed = 0;
        // Far behind is not lost but skipped: the buffer had overflowed, or the sender has jumped.
        let next = if first - next.min(first) > u64::from(CONCEALED_MAX) { first } else { next };
        self.next = Some(next + 1);
        match self.packets.remove(&next) {
            Some(payload) => Pull::Packet(payload),
            None => Pull::Lost(self.packets.get(&(next + 1)).cloned()),
        }
    }

    /// Nothing is there: the packet may be late, so its turn does not pass, and the wait grows by what is made up.
    fn starve(&mut self) -> Pull {
        self.concealed += 1;
        if self.next.is_none() || self.concealed > CONCEALED_MAX {
            self.next = None;
            return Pull::Paused;
        }
        self.target = (self.target + STEP).min(TARGET_MAX);
        (self.pulls, self.shallowest) = (0, usize::MAX);
        Pull::Lost(None)
    }

    /// Skips a packet when there were too many at every pull of the last seconds.
    fn watch(&mut self) {
        self.shallowest = self.shallowest.min(self.packets.len());
        self.pulls += 1;
        if self.pulls < WATCH_PULLS {
            return;
        }
        if self.shallowest > 2 {
            self.target = self.target.saturating_sub(STEP).max(TARGET_MIN);
            if let Some((number, _)) = self.packets.pop_first() {
                self.next = Some(number + 1);
            }
        }
        (self.pulls, self.shallowest) = (0, usize::MAX);
    }

    /// The sequence number without its wrap.
    fn extend(&mut self, sequence: u16) -> u64 {
        let Some(latest) = self.latest else { return (1 << 32) + u64::from(sequence) };
        let ahead = sequence.wrapping_sub(latest as u16) as i16;
        let number = latest.saturating_add_signed(i64::from(ahead));
        if number.abs_diff(latest) > JUMP_MAX {
            self.packets.clear();
            self.next = None;
            self.latest = None;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(number: u8) -> Pull {
        Pull::Packet(vec![number])
    }

    #[test]
    fn packets_come_out_in_order_over_the_wrap() {
        let mut buffer = JitterBuffer::new();
        assert!(buffer.push(65_534, &[1]));
        for (sequence, byte) in [(0, 3), (65_535, 2), (0, 3), (1, 4)] {
            assert!(!buffer.push(sequence, &[byte]));
        }
        for byte in 1..=4 {
            assert_eq!(buffer.pull(), packet(byte));
        }
    }

    #[test]
    fn a_gap_is_lost_and_shows_the_packet_after_it() {
        let mut buffer = JitterBuffer::new();
        for sequence in [1u16, 2, 4] {
            buffer.push(sequence, &[sequence as u8]);
        }
        assert_eq!((buffer.pull(), buffer.pull()), (packet(1), packet(2)));
        assert_eq!(buffer.pull(), Pull::Lost(Some(vec![4])));
        assert!(!buffer.push(3, &[3]), "too late");
        assert_eq!(buffer.pull(), packet(4));
    }

    #[test]
    fn a_late_packet_is_waited_for_and_the_wait_grows() {
        let mut buffer = JitterBuffer::new();
        buffer.push(1, &[1]);
        assert_eq!(buffer.pull(), packet(1));
        assert_eq!(buffer.pull(), Pull::Lost(None));
        assert_eq!(buffer.target(), Duration::from_millis(60));
        buffer.push(2, &[2]);
        assert_eq!(buffer.pull(), packet(2));
    }

    #[test]
    fn a_stream_that_stops_pauses_and_begins_again() {
        let mut buffer = JitterBuffer::new();
        buffer.push(1, &[1]);
        buffer.pull();
        for _ in 0..CONCEALED_MAX {
            assert_eq!(buffer.pull(), Pull::Lost(None));
        }
        assert_eq!(buffer.pull(), Pull::Paused);
        assert!(buffer.push(9, &[9]));
        assert_eq!(buffer.pull(), packet(9));
        assert!(buffer.target() <= TARGET_MAX);
    }

    #[test]
    fn a_buffer_that_is_too_deep_gets_shallower() {
        let mut buffer = JitterBuffer::new();
        for sequence in 0..10u16 {
            buffer.push(sequence, &[0]);
        }
        let mut sequence = 10;
        while buffer.packets.len() > 4 {
            buffer.push(sequence, &[0]);
            sequence += 1;
            assert!(matches!(buffer.pull(), Pull::Packet(_)));
            assert!(sequence < 3_000, "{} packets deep", buffer.packets.len());
        }
    }

    #[test]
    fn a_flood_is_bounded() {
        let mut buffer = JitterBuffer::new();
        for sequence in 0..10_000u16 {
            buffer.push(sequence, &[0]);
            assert!(buffer.packets.len() <= PACKETS_MAX);
        }
        assert!(matches!(buffer.pull(), Pull::Packet(_)));
    }
}
