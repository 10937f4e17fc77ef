//! Reports (RFC 3550, 6): written for what we send and hear, read for what the peer says of it.

use std::time::Duration;

use shared::Moment;

use crate::quality::Reception;

/// How often a leg reports.
pub(crate) const REPORT_EVERY: Duration = Duration::from_secs(5);
/// The most packets of a compound that are read.
const COMPOUND_MAX: usize = 16;
/// Seconds from 1900 to 1970.
const NTP_OFFSET: u64 = 2_208_988_800;
const CNAME: &[u8] = b"belfry";

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;

/// What a report says of our stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) ssrc: u32,
    pub(crate) fraction: u8,
    pub(crate) lost: u32,
    pub(crate) jitter: u32,
    /// The middle of the time of our report that it has seen last, and how long ago in 1/65536 s.
    pub(crate) last: u32,
    pub(crate) delay: u32,
}

/// What a compound packet says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// The middle of the NTP time of a sender report.
    pub(crate) report: Option<u32>,
    pub(crate) blocks: Vec<Block>,
}

/// What we have sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) timestamp: u32,
    pub(crate) packets: u64,
    pub(crate) octets: u64,
}

/// The middle 32 bits of the NTP time, as reports refer to each other.
pub(crate) fn middle(now: Moment) -> u32 {
    (ntp(now) >> 16) as u32
}

fn ntp(now: Moment) -> u64 {
    let micros = u64::try_from(now.0).unwrap_or(0);
    let seconds = (micros / 1_000_000 + NTP_OFFSET) & 0xffff_ffff;
    (seconds << 32) | (((micros % 1_000_000) << 32) / 1_000_000)
}

/// A report of ours with our name: a sender's when something was sent, else a receiver's.
pub(crate) fn write(
    now: Moment,
    ssrc: u32,
    sent: Option<Sent>,
    heard: Option<(Reception, Option<(u32, Moment)>)>,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(72);
    let count = u8::from(heard.is_some());
    let words = 1 + if sent.is_some() { 5 } else { 0 } + 6 * u16::from(count);
    let kind = if sent.is_some() { SENDER_REPORT } else { RECEIVER_REPORT };
    bytes.extend_from_slice(&[0x80 | count, kind]);
    bytes.extend_from_slice(&words.to_be_bytes());
    bytes.extend_from_slice(&ssrc.to_be_bytes());
    if let Some(sent) = sent {
        bytes.extend_from_slice(&ntp(now).to_be_bytes());
        bytes.extend_from_slice(&sent.timestamp.to_be_bytes());
        bytes.extend_from_slice(&(sent.packets as u32).to_be_bytes());
        bytes.extend_from_slice(&(sent.octets as u32).to_be_bytes());
    }
    if let Some((reception, report)) = heard {
        let delay = |at| (now.since(at).as_micros() * 65_536 / 1_000_000) as u32;
        bytes.extend_from_slice(&reception.ssrc.to_be_bytes());
        bytes.extend_from_slice(&(u32::from(reception.fraction) << 24 | reception.lost & 0x00ff_ffff).to_be_bytes());
        bytes.extend_from_slice(&reception.highest.to_be_bytes());
        bytes.extend_from_slice(&reception.jitter.to_be_bytes());
        bytes.extend_from_slice(&report.map_or(0, |(middle, _)| middle).to_be_bytes());
        bytes.extend_from_slice(&report.map_or(0, |(_, at)| delay(at)).to_be_bytes());
    }
    // One chunk: SSRC, CNAME item, end, filled to a whole word.
    let padded = (CNAME.len() + 2) / 4 * 4 + 4;
    bytes.extend_from_slice(&[0x81, SOURCE_DESCRIPTION]);
    bytes.extend_from_slice(&((4 + padded) as u16 / 4).to_be_bytes());
    bytes.extend_from_slice(&ssrc.to_be_bytes());
    bytes.extend_from_slice(&[1, CNAME.len() as u8]);
    bytes.extend_from_slice(CNAME);
    bytes.resize(bytes.len() + padded - CNAME.len() - 2, 0);
    bytes
}

/// Reads a compound packet as far as it makes sense.
pub(crate) fn read(bytes: &[u8]) -> Heard {
    let mut heard = Heard::default();
    let mut rest = bytes;
    for _ in 0..COMPOUND_MAX {
        let Some([flags, kind, high, low]) = rest.first_chunk::<4>().copied() else { break };
        let length = 4 * (usize::from(u16::from_be_bytes([high, low])) + 1);
        let (Some(packet), 2) = (rest.get(4..length), flags >> 6) else { break };
        let blocks = match kind {
            SENDER_REPORT => {
                heard.report = word(packet, 6).or(heard.report);
                packet.get(24..)
            }
            RECEIVER_REPORT => packet.get(4..),
            _ => None,
        };
        let blocks = blocks.unwrap_or_default().chunks_exact(24).take(usize::from(flags & 0x1f));
        heard.blocks.extend(blocks.filter_map(block));
        rest = rest.get(length..).unwrap_or_default();
    }
    heard
}

fn block(bytes: &[u8]) -> Option<Block> {
    let loss = word(bytes, 4)?;
    Some(Block {
        ssrc: word(bytes, 0)?,
        fraction: (loss >> 24) as u8,
        lost: loss & 0x00ff_ffff,
        jitter: word(bytes, 12)?,
        last: word(bytes, 16)?,
        delay: word(bytes, 20)?,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
}

/// How long our report and the answer to it travelled (RFC 3550, 6.4.1); none when it makes no sense.
pub(crate) fn round_trip(now: Moment, block: &Block) -> Option<Duration> {
    let units = middle(now).wrapping_sub(block.last).wrapping_sub(block.delay);
    (block.last != 0 && units < 60 << 16).then(|| Duration::from_micros(u64::from(units) * 1_000_000 / 65_536))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_seconds(1_700_000_000);

    #[test]
    fn a_sender_report_is_read_back() {
        let reception = Reception { ssrc: 5, fraction: 12, lost: 34, highest: 0x1_0007, jitter: 9 };
        let sent = Sent { timestamp: 1, packets: 2, octets: 3 };
        let bytes = write(NOW, 77, Some(sent), Some((reception, Some((99, Moment(NOW.0 - 500_000))))));
        assert_eq!(bytes.len() % 4, 0);
        let heard = read(&bytes);
        assert_eq!(heard.report, Some(middle(NOW)));
        let block = Block { ssrc: 5, fraction: 12, lost: 34, jitter: 9, last: 99, delay: 32_768 };
        assert_eq!(heard.blocks, [block]);
        let name = &bytes[bytes.len() - 20..];
        assert_eq!(&name[..4], [0x81, 202, 0, 4], "a source description of five words: {name:?}");
        assert_eq!(&name[8..16], b"\x01\x06belfry");
    }

    #[test]
    fn a_receiver_report_without_anything_heard_is_its_head_and_the_name() {
        let bytes = write(NOW, 77, None, None);
        assert_eq!(&bytes[..8], [0x80, 201, 0, 1, 0, 0, 0, 77]);
        assert_eq!(read(&bytes), Heard::default());
    }

    #[test]
    fn lengths_that_point_outside_are_not_followed() {
        // covers: S13
        for bytes in [&[][..], &[0x80], &[0x9f, 200, 0xff, 0xff], &[0x9f, 201, 0, 1, 0, 0, 0, 1], &[0x9f, 200, 0, 0]] {
            assert_eq!(read(bytes), Heard::default(), "{bytes:?}");
        }
    }

    #[test]
    fn the_round_trip_is_what_is_left_of_the_time_between() {
        let later = NOW + Duration::from_millis(700);
        let block =
            Block { ssrc: 1, fraction: 0, lost: 0, jitter: 0, last: middle(NOW), delay: (65_536.0 * 0.6) as u32 };
        let trip = round_trip(later, &block).unwrap();
        assert!((99..=101).contains(&trip.as_millis()), "{trip:?}");
        assert_eq!(round_trip(NOW, &block), None, "from the future");
    }
}
