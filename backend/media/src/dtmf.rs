//! Keys pressed, as RFC 4733 events.

use crate::rtp::Header;

/// The sixteen keys by their event number (RFC 4733, 3.2).
const KEYS: &[u8; 16] = b"0123456789*#ABCD";
/// Octets of an event.
pub(crate) const EVENT_BYTES: usize = 4;

/// The event number of a key.
pub(crate) fn event_of(key: char) -> Option<u8> {
    KEYS.iter().position(|known| char::from(*known) == key.to_ascii_uppercase()).map(|index| index as u8)
}

/// The two frequencies of a key in Hz (ITU-T Q.23).
pub(crate) fn frequencies(key: char) -> Option<(f32, f32)> {
    const ROWS: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
    let place = b"123A456B789C*0#D".iter().position(|known| char::from(*known) == key.to_ascii_uppercase())?;
    Some((*ROWS.get(place / 4)?, *COLUMNS.get(place % 4)?))
}

/// One event packet's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) number: u8,
    pub(crate) end: bool,
    pub(crate) volume: u8,
    /// In samples of the events' clock.
    pub(crate) duration: u16,
}

impl Event {
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let [number, flags, high, low] = *payload.first_chunk::<EVENT_BYTES>()?;
        let duration = u16::from_be_bytes([high, low]);
        Some(Self { number, end: flags & 0x80 != 0, volume: flags & 0x3f, duration })
    }

    pub(crate) fn bytes(self) -> [u8; EVENT_BYTES] {
        let [high, low] = self.duration.to_be_bytes();
        [self.number, u8::from(self.end) << 7 | self.volume & 0x3f, high, low]
    }
}

/// Tells presses apart: every press once, whichever of its packets arrive.
#[derive(Debug, Default)]
pub(crate) struct Presses {
    last: Option<Press>,
}

#[derive(Clone, Copy, Debug)]
struct Press {
    ssrc: u32,
    timestamp: u32,
    number: u8,
    duration: u16,
    end: bool,
}

impl Presses {
    /// The key, when this packet is the first of its press.
    pub(crate) fn take(&mut self, header: &Header, event: Event) -> Option<char> {
        let seen = Press {
            ssrc: header.ssrc,
            timestamp: header.timestamp,
            number: event.number,
            duration: event.duration,
            end: event.end,
        };
        if let Some(last) = &mut self.last
            && last.ssrc == seen.ssrc
        {
            let later = seen.timestamp.wrapping_sub(last.timestamp);
            if later == 0 {
                last.duration = last.duration.max(seen.duration);
                last.end |= seen.end;
                return None;
            }
            if later >= 1 << 31 {
                return None;
            }
            // A press too long for sixteen bits goes on as a new segment (RFC 4733, 2.5.1.3).
            let segment =
                !last.end && last.number == seen.number && !header.marker && later == u32::from(last.duration);
            if segment {
                *last = seen;
                return None;
            }
        }
        self.last = Some(seen);
        KEYS.get(usize::from(event.number)).map(|key| char::from(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(timestamp: u32, number: u8, duration: u16, end: bool, marker: bool) -> (Header, Event) {
        let header = Header { marker, payload_type: 101, sequence: 0, timestamp, ssrc: 1, start: 12, end: 16 };
        (header, Event { number, end, volume: 10, duration })
    }

    fn presses(packets: &[(Header, Event)]) -> String {
        let mut presses = Presses::default();
        packets.iter().filter_map(|(header, event)| presses.take(header, *event)).collect()
    }

    #[test]
    fn a_press_counts_once_whatever_is_lost_repeated_or_late() {
        let start = packet(1_000, 5, 160, false, true);
        let middle = packet(1_000, 5, 480, false, false);
        let end = packet(1_000, 5, 800, true, false);
        let next = packet(9_000, 5, 800, true, false);
        assert_eq!(presses(&[start, middle, end, end, end]), "5");
        assert_eq!(presses(&[middle, end]), "5", "no start");
        assert_eq!(presses(&[end, end]), "5", "only ends");
        assert_eq!(presses(&[start, next]), "55", "no end");
        assert_eq!(presses(&[start, end, next, end]), "55", "an old end after the next press");
    }

    #[test]
    fn a_very_long_press_is_one_press() {
        let first = packet(0, 11, 65_535, false, true);
        let second = packet(65_535, 11, 160, false, false);
        assert_eq!(presses(&[first, second]), "#");
        let again = packet(65_535, 11, 160, false, true);
        assert_eq!(presses(&[first, again]), "##");
    }

    #[test]
    fn keys_and_events_map_both_ways() {
        for (index, key) in KEYS.iter().enumerate() {
            assert_eq!(event_of(char::from(*key)), Some(index as u8));
            assert!(frequencies(char::from(*key)).is_some());
        }
        assert_eq!(event_of('x'), None);
        assert_eq!(frequencies('5'), Some((770.0, 1_336.0)));
        let event = Event { number: 15, end: true, volume: 63, duration: 65_535 };
        assert_eq!(Event::read(&event.bytes()), Some(event));
        assert_eq!(Event::read(&[1, 2, 3]), None);
    }

    #[test]
    fn a_hook_flash_is_no_digit() {
        assert_eq!(presses(&[packet(1, 16, 160, false, true)]), "");
    }
}
