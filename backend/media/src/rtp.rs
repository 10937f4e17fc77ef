//! RTP headers, read from a datagram and written over it in place (RFC 3550, 5.1), and the stream that a peer is sent.

use shared::Moment;

/// What a datagram on an RTP socket is (RFC 5761, 4).
pub(crate) fn is_rtcp(bytes: &[u8]) -> bool {
    matches!(bytes.get(1), Some(192..=223))
}

/// A packet late by less than this is reordered (RFC 3550, A.1).
pub(crate) const MISORDER_MAX: u16 = 100;

/// The fixed part of the header.
pub(crate) const HEADER_BYTES: usize = 12;

/// A header as read; `start..end` is the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Header {
    /// Reads a whole packet; none when a length in it points outside.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut header = Self::read_protected(bytes)?;
        if bytes.first()? & 0x20 != 0 {
            let padding = usize::from(*bytes.last()?);
            header.end = header.end.checked_sub(padding).filter(|end| padding > 0 && *end >= header.start)?;
        }
        Some(header)
    }

    /// Reads a packet whose end is encrypted: the padding is left in.
    pub(crate) fn read_protected(bytes: &[u8]) -> Option<Self> {
        let [flags, kind, sequence @ .., t0, t1, t2, t3, s0, s1, s2, s3] = *bytes.first_chunk::<HEADER_BYTES>()?;
        if flags >> 6 != 2 {
            return None;
        }
        let mut start = HEADER_BYTES + 4 * usize::from(flags & 0x0f);
        if flags & 0x10 != 0 {
            let [_, _, high, low] = *bytes.get(start..)?.first_chunk::<4>()?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        }
        (start <= bytes.len()).then_some(Self {
            marker: kind & 0x80 != 0,
            payload_type: kind & 0x7f,
            sequence: u16::from_be_bytes(sequence),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([s0, s1, s2, s3]),
            start,
            end: bytes.len(),
        })
    }

    /// Writes the fields over the start of a packet; flags, contributors and extension stay as they are.
    pub(crate) fn write(&self, bytes: &mut [u8]) {
        if let Some([_, kind, q0, q1, t0, t1, t2, t3, s0, s1, s2, s3]) = bytes.first_chunk_mut::<HEADER_BYTES>() {
            *kind = u8::from(self.marker) << 7 | self.payload_type & 0x7f;
            [*q0, *q1] = self.sequence.to_be_bytes();
            [*t0, *t1, *t2, *t3] = self.timestamp.to_be_bytes();
            [*s0, *s1, *s2, *s3] = self.ssrc.to_be_bytes();
        }
    }

    /// A packet made from nothing.
    pub(crate) fn packet(&self, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES + payload.len() + crate::engine::PACKET_TAIL_BYTES);
        bytes.extend_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        self.write(&mut bytes);
        bytes.extend_from_slice(payload);
        bytes
    }
}

/// Where the packets of an outgoing stream come from; when it changes, the stream is joined without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Passed on from a leg's stream.
    Passed { leg: u64, ssrc: u32 },
    /// Made here.
    Made,
}

/// The stream that a peer is sent: one SSRC whose sequence and timestamp never jump, whatever feeds it.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) ssrc: u32,
    /// Samples a second of its timestamps.
    pub(crate) clock: u32,
    sequence: u16,
    timestamp: u32,
    sent_at: Option<Moment>,
    origin: Option<Origin>,
    sequence_delta: u16,
    timestamp_delta: u32,
    event: Option<(u32, u32)>,
    /// Packets sent in all.
    pub(crate) packets: u64,
    /// Payload octets sent in all, as a sender report counts them.
    pub(crate) octets: u64,
}

impl Outgoing {
    pub(crate) fn new(ssrc: u32, first: u64) -> Self {
        Self {
            ssrc,
            clock: 8_000,
            sequence: first as u16 & 0x7fff,
            timestamp: (first >> 16) as u32,
            sent_at: None,
            origin: None,
            sequence_delta: 0,
            timestamp_delta: 0,
            event: None,
            packets: 0,
            octets: 0,
        }
    }

    /// Begins a stream anew under this source.
    pub(crate) fn renew(&mut self, ssrc: u32, first: u64) {
        let (packets, octets, clock) = (self.packets, self.octets, self.clock);
        *self = Self { packets, octets, clock, ..Self::new(ssrc, first) };
    }

    /// Rewrites the header of a packet that is passed on: same distances as in its own stream.
    pub(crate) fn pass(&mut self, now: Moment, leg: u64, header: &mut Header) {
        let origin = Origin::Passed { leg, ssrc: header.ssrc };
        let behind = self.sequence.wrapping_sub(header.sequence.wrapping_add(self.sequence_delta));
        // Far back is no late packet but a sender that starts anew. Its numbers are not used twice: under SRTP two
        // packets of one number would share their keystream.
        let anew = (MISORDER_MAX..0x8000).contains(&behind);
        if anew || self.origin != Some(origin) {
            let (sequence, timestamp) = self.next_position(now);
            self.origin = Some(origin);
            self.sequence_delta = sequence.wrapping_sub(header.sequence);
            self.timestamp_delta = timestamp.wrapping_sub(header.timestamp);
            header.marker = true;
        }
        header.sequence = header.sequence.wrapping_add(self.sequence_delta);
        header.timestamp = header.timestamp.wrapping_add(self.timestamp_delta);
        header.ssrc = self.ssrc;
        let ahead = header.sequence.wrapping_sub(self.sequence);
        if ahead < 0x8000 {
            self.sequence = header.sequence;
            self.timestamp = header.timestamp;
            self.sent_at = Some(now);
        }
        self.count(header);
    }

    /// The header of the next packet made here, `samples` of the clock after the one before.
    pub(crate) fn make(&mut self, now: Moment, payload_type: u8, samples: u32) -> Header {
        let (sequence, timestamp, marker) = if self.origin == Some(Origin::Made) {
            (self.sequence.wrapping_add(1), self.timestamp.wrapping_add(samples), false)
        } else {
            let (sequence, timestamp) = self.next_position(now);
            (sequence, timestamp, true)
        };
        self.origin = Some(Origin::Made);
        self.at(now, sequence, timestamp);
        Header { marker, payload_type, sequence, timestamp, ssrc: self.ssrc, start: 0, end: 0 }
    }

    /// The header of a packet of the named event named `key`: all packets of one event share one timestamp.
    pub(crate) fn event(&mut self, now: Moment, payload_type: u8, key: u32) -> Header {
        let sequence = self.sequence.wrapping_add(1);
        let (timestamp, marker) = match self.event {
            Some((known, timestamp)) if known == key => (timestamp, false),
            _ => (self.next_position(now).1, true),
        };
        if marker {
            // The clock goes on from the start of the event: what follows it comes after its whole duration.
            self.at(now, sequence, timestamp);
        }
        self.event = Some((key, timestamp));
        self.origin = None;
        self.sequence = sequence;
        Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc, start: 0, end: 0 }
    }

    /// Counts a packet made here.
    pub(crate) fn count_made(&mut self, payload_bytes: usize) {
        self.packets += 1;
        self.octets += payload_bytes as u64;
    }

    /// The timestamp that media sampled now has, for sender reports.
    pub(crate) fn timestamp_at(&self, now: Moment) -> u32 {
        let elapsed = self.sent_at.map_or(0, |at| samples(now, at, self.clock));
        self.timestamp.wrapping_add(elapsed)
    }

    fn at(&mut self, now: Moment, sequence: u16, timestamp: u32) {
        self.sequence = sequence;
        self.timestamp = timestamp;
        self.sent_at = Some(now);
    }

    fn count(&mut self, header: &Header) {
        self.packets += 1;
        self.octets += header.end.saturating_sub(header.start) as u64;
    }

    /// Where a new source goes on: the next sequence number, and the timestamp that has been reached by now.
    fn next_position(&self, now: Moment) -> (u16, u32) {
        match self.sent_at {
            None => (self.sequence, self.timestamp),
            Some(at) => {
                let elapsed = samples(now, at, self.clock).max(self.clock / 50);
                (self.sequence.wrapping_add(1), self.timestamp.wrapping_add(elapsed))
            }
        }
    }
}

/// The time between, in samples of `clock`.
pub(crate) fn samples(now: Moment, earlier: Moment, clock: u32) -> u32 {
    let micros = now.since(earlier).as_micros();
    (micros * u128::from(clock) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn incoming(sequence: u16, timestamp: u32, ssrc: u32) -> Header {
        Header { marker: false, payload_type: 0, sequence, timestamp, ssrc, start: 12, end: 172 }
    }

    #[test]
    fn a_header_is_read_back_as_written() {
        let header =
            Header { marker: true, payload_type: 101, sequence: 65_535, timestamp: 7, ssrc: 9, start: 12, end: 15 };
        let packet = header.packet(&[1, 2, 3]);
        assert_eq!(Header::read(&packet), Some(header));
    }

    #[test]
    fn lengths_that_point_outside_are_refused() {
        // covers: S13
        assert_eq!(Header::read(&[]), None);
        assert_eq!(Header::read(&[0x80; 11]), None);
        let contributors = [[0x8f, 0].as_slice(), &[0; 20]].concat();
        assert_eq!(Header::read(&contributors), None, "fifteen contributors in 22 bytes");
        let extension = [[0x90, 0].as_slice(), &[0; 12], &[0xff, 0xff]].concat();
        assert_eq!(Header::read(&extension), None, "a huge extension");
        let padding = [[0xa0, 0].as_slice(), &[0; 11], &[200]].concat();
        assert_eq!(Header::read(&padding), None, "more padding than packet");
        let no_padding = [[0xa0, 0].as_slice(), &[0; 12]].concat();
        assert_eq!(Header::read(&no_padding), None, "padding of nothing");
        assert_eq!(Header::read(&[0x40; 20]), None, "another version");
    }

    #[test]
    fn contributors_extension_and_padding_are_not_payload() {
        let mut packet = vec![0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend([0, 0, 0, 4]);
        packet.extend([0xbe, 0xde, 0, 1, 9, 9, 9, 9]);
        packet.extend([5, 6, 7, 0, 2]);
        let header = Header::read(&packet).unwrap();
        assert_eq!(&packet[header.start..header.end], [5, 6, 7]);
    }

    #[test]
    fn a_change_of_source_goes_on_where_the_other_stopped() {
        let mut out = Outgoing::new(77, 0x0001_fffe);
        let mut now = Moment(0);
        let mut last = None::<Header>;
        for (leg, ssrc, sequence, timestamp) in [
            (1, 5, 65_534, 0),
            (1, 5, 65_535, 160),
            (1, 5, 0, 320),
            (2, 6, 900, 4_000_000_000),
            (2, 6, 901, 4_000_000_160),
        ] {
            let mut header = incoming(sequence, timestamp, ssrc);
            out.pass(now, leg, &mut header);
            assert_eq!(header.ssrc, 77);
            if let Some(last) = last {
                assert_eq!(header.sequence, last.sequence.wrapping_add(1));
                assert_eq!(header.timestamp, last.timestamp.wrapping_add(160));
            }
            last = Some(header);
            now.0 += 20_000;
        }
        let made = out.make(now, 0, 160);
        assert_eq!(made.sequence, last.unwrap().sequence.wrapping_add(1));
        assert!(made.marker);
        assert!(!out.make(now, 0, 160).marker);
    }

    #[test]
    fn a_loss_in_the_source_stays_a_loss_and_a_late_packet_keeps_its_place() {
        let mut out = Outgoing::new(1, 10);
        let mut sequences = Vec::new();
        for sequence in [100, 103, 102, 104] {
            let mut header = incoming(sequence, u32::from(sequence) * 160, 5);
            out.pass(Moment(0), 1, &mut header);
            sequences.push(header.sequence);
        }
        assert_eq!(sequences, [10, 13, 12, 14]);
    }

    #[test]
    fn a_source_that_counts_from_far_back_again_goes_on_with_new_numbers() {
        let mut out = Outgoing::new(1, 10);
        let mut sequences = Vec::new();
        for sequence in [5_000, 5_001, 4_000, 4_001, 4_000] {
            let mut header = incoming(sequence, u32::from(sequence) * 160, 5);
            out.pass(Moment(0), 1, &mut header);
            sequences.push(header.sequence);
        }
        assert_eq!(sequences, [10, 11, 12, 13, 12]);
    }

    #[test]
    fn packets_of_one_event_share_a_timestamp() {
        let mut out = Outgoing::new(1, 0);
        let first = out.event(Moment(0), 101, 7);
        let second = out.event(Moment(20_000), 101, 7);
        let next = out.event(Moment(200_000), 101, 8);
        assert!(first.marker && !second.marker && next.marker);
        assert_eq!(first.timestamp, second.timestamp);
        assert_eq!(second.sequence, first.sequence.wrapping_add(1));
        assert_ne!(next.timestamp, first.timestamp);
    }
}
