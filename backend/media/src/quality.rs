//! What a received stream is worth: packets, loss, jitter (RFC 3550, appendix A).

use shared::Moment;

use crate::rtp::{self, Header, MISORDER_MAX};

/// A jump of the sequence number up to this is loss; beyond it the sender has started anew (RFC 3550, A.1).
const DROPOUT_MAX: u16 = 3_000;

/// The figures of what a peer sends.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) ssrc: Option<u32>,
    base: u32,
    highest: u32,
    received: u64,
    /// A jump was seen to the number before this one.
    restart: Option<u16>,
    transit: Option<u32>,
    /// In samples, times sixteen.
    jitter: u32,
    clock: u32,
    earlier_received: u64,
    earlier_lost: u64,
    reported_expected: u64,
    reported_received: u64,
    /// The middle of the NTP time of the last sender report, and when it came.
    pub(crate) report: Option<(u32, Moment)>,
}

/// What a receiver report says about a stream (RFC 3550, 6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    pub(crate) fraction: u8,
    pub(crate) lost: u32,
    pub(crate) highest: u32,
    pub(crate) jitter: u32,
}

impl Incoming {
    /// Counts one packet; `paced` is false for packets whose timestamp says nothing about when they left, such as events.
    pub(crate) fn receive(&mut self, now: Moment, header: &Header, clock: u32, paced: bool) {
        if self.ssrc != Some(header.ssrc) {
            self.begin(header);
        }
        let ahead = header.sequence.wrapping_sub(self.highest as u16);
        if ahead < DROPOUT_MAX {
            self.highest = self.highest.wrapping_add(u32::from(ahead));
            self.restart = None;
        } else if ahead <= u16::MAX - MISORDER_MAX {
            if self.restart != Some(header.sequence) {
                self.restart = Some(header.sequence.wrapping_add(1));
                self.earlier_received += 1;
                return;
            }
            self.begin(header);
        }
        self.received += 1;
        if self.clock != clock {
            self.clock = clock;
            self.transit = None;
            self.jitter = 0;
        }
        if paced {
            self.pace(now, header, clock);
        }
    }

    /// Packets that came.
    pub(crate) fn received(&self) -> u64 {
        self.earlier_received + self.received
    }

    /// Packets that the sequence numbers show to be missing.
    pub(crate) fn lost(&self) -> u64 {
        self.earlier_lost + self.expected().saturating_sub(self.received)
    }

    /// Interarrival jitter in microseconds.
    pub(crate) fn jitter_micros(&self) -> u64 {
        let samples = u64::from(self.jitter >> 4);
        samples * 1_000_000 / u64::from(self.clock.max(1))
    }

    /// For the next report; the fraction is of the time since the last.
    pub(crate) fn reception(&mut self) -> Option<Reception> {
        let ssrc = self.ssrc?;
        let expected = self.expected();
        let expected_now = expected.saturating_sub(self.reported_expected);
        let received_now = self.received.saturating_sub(self.reported_received);
        (self.reported_expected, self.reported_received) = (expected, self.received);
        let lost_now = expected_now.saturating_sub(received_now);
        let fraction = (lost_now << 8).checked_div(expected_now).unwrap_or(0).min(255) as u8;
        let lost = expected.saturating_sub(self.received).min(0x007f_ffff) as u32;
        Some(Reception { ssrc, fraction, lost, highest: self.highest, jitter: self.jitter >> 4 })
    }

    fn expected(&self) -> u64 {
        match self.ssrc {
            Some(_) => u64::from(self.highest.wrapping_sub(self.base)) + 1,
            None => 0,
        }
    }

    fn begin(&mut self, header: &Header) {
        self.earlier_lost = self.lost();
        self.earlier_received += self.received;
        // One cycle up, so that a packet from before the first one does not wrap below zero.
        self.base = 0x1_0000 | u32::from(header.sequence);
        self.highest = self.base;
        self.received = 0;
        self.ssrc = Some(header.ssrc);
        self.restart = None;
        self.transit = None;
        (self.reported_expected, self.reported_received) = (0, 0);
    }

    fn pace(&mut self, now: Moment, header: &Header, clock: u32) {
        let arrival = rtp::samples(now, Moment(0), clock);
        let transit = arrival.wrapping_sub(header.timestamp);
        if let Some(last) = self.transit {
            let difference = (transit.wrapping_sub(last) as i32).unsigned_abs();
            // A sender that resets its clock has not jittered by hours.
            if difference < clock.saturating_mul(10) {
                self.jitter = self.jitter.saturating_add(difference).saturating_sub((self.jitter + 8) >> 4);
            }
        }
        self.transit = Some(transit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp, ssrc: 1, start: 12, end: 172 }
    }

    fn feed(incoming: &mut Incoming, sequences: impl IntoIterator<Item = u16>) {
        for sequence in sequences {
            incoming.receive(Moment(0), &header(sequence, 0), 8_000, false);
        }
    }

    #[test]
    fn loss_is_counted_over_the_wrap_of_the_sequence_number() {
        let mut incoming = Incoming::default();
        feed(&mut incoming, [65_533, 65_534, 1, 2]);
        assert_eq!((incoming.received(), incoming.lost()), (4, 2));
        let report = incoming.reception().unwrap();
        assert_eq!((report.fraction, report.lost, report.highest & 0xffff), (85, 2, 2));
        feed(&mut incoming, 3..=12);
        assert_eq!(incoming.reception().unwrap().fraction, 0);
    }

    #[test]
    fn reordered_and_repeated_packets_are_no_loss() {
        let mut incoming = Incoming::default();
        feed(&mut incoming, [10, 12, 11, 11, 13]);
        assert_eq!((incoming.received(), incoming.lost()), (5, 0));
    }

    #[test]
    fn a_sender_that_starts_anew_keeps_the_losses_of_before() {
        let mut incoming = Incoming::default();
        feed(&mut incoming, [1, 3, 30_000, 30_001, 30_002]);
        assert_eq!((incoming.received(), incoming.lost()), (5, 1));
        let mut other = header(500, 0);
        other.ssrc = 2;
        incoming.receive(Moment(0), &other, 8_000, false);
        assert_eq!((incoming.received(), incoming.lost()), (6, 1));
    }

    #[test]
    fn jitter_is_that_of_rfc_3550() {
        let mut incoming = Incoming::default();
        // Every second packet is 8 ms late: |D| is 64 samples each time, to which the estimate converges.
        for n in 0..2_000u32 {
            let late = i64::from(n % 2) * 8_000;
            incoming.receive(Moment(i64::from(n) * 20_000 + late), &header(n as u16, n * 160), 8_000, true);
        }
        let jitter = incoming.jitter_micros();
        assert!((7_500..=8_000).contains(&jitter), "{jitter}");
        let mut steady = Incoming::default();
        for n in 0..100u32 {
            steady.receive(Moment(i64::from(n) * 20_000), &header(n as u16, n * 160), 8_000, true);
        }
        assert_eq!(steady.jitter_micros(), 0);
    }
}
