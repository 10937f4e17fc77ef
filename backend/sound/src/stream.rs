//! An Opus stream in Ogg (RFC 7845): its head, its packets, and how long it lasts.

use std::borrow::Cow;

use crate::page::{CONTINUED, Fields, LAST, NO_GRANULE, Page};
use crate::{RATE, Refused};

/// What granule positions count a second, whatever rate was encoded at (RFC 7845, 4).
pub(crate) const GRANULES: u32 = 48_000;
/// Granules in a sample of ours.
pub(crate) const GRANULES_A_SAMPLE: u64 = (GRANULES / RATE) as u64;
/// Granules in a packet of 20 ms.
pub(crate) const FRAME_GRANULES: u64 = GRANULES as u64 / 50;
/// The longest packet (RFC 6716, 3.2.5: 120 ms).
const PACKET_GRANULES_MAX: u64 = GRANULES as u64 * 120 / 1_000;

pub(crate) const HEAD_MAGIC: &[u8; 8] = b"OpusHead";
pub(crate) const TAGS_MAGIC: &[u8; 8] = b"OpusTags";

/// The identification header (RFC 7845, 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) channels: u8,
    /// What the decoder gives before the sound begins, in granules.
    pub(crate) pre_skip: u16,
    /// To be applied to what is decoded, in 1/256 dB.
    pub(crate) gain: i16,
}

impl Head {
    fn read(packet: &[u8]) -> Result<Self, Refused> {
        let short = || Refused::Broken("its head is short");
        let mut fields = Fields(packet);
        if fields.take::<8>().ok_or_else(short)? != *HEAD_MAGIC {
            return Err(Refused::Unknown);
        }
        let [version, channels] = fields.take().ok_or_else(short)?;
        let pre_skip = u16::from_le_bytes(fields.take().ok_or_else(short)?);
        let _rate_before_encoding: [u8; 4] = fields.take().ok_or_else(short)?;
        let gain = i16::from_le_bytes(fields.take().ok_or_else(short)?);
        let [family] = fields.take().ok_or_else(short)?;
        match (version, channels, family) {
            (0x10.., ..) => Err(Refused::Unsupported("a later version of Opus files".into())),
            (_, 1 | 2, 0) => Ok(Self { channels, pre_skip, gain }),
            _ => Err(Refused::Unsupported(format!("sound of {channels} channels"))),
        }
    }

    /// The packet that says this.
    pub(crate) fn packet(self) -> Vec<u8> {
        let mut packet = HEAD_MAGIC.to_vec();
        packet.extend([1, self.channels]);
        packet.extend(self.pre_skip.to_le_bytes());
        packet.extend(RATE.to_le_bytes());
        packet.extend(self.gain.to_le_bytes());
        packet.push(0);
        packet
    }
}

/// The packets of the first stream of a file; what else is multiplexed or chained is left out.
#[derive(Debug)]
pub(crate) struct Packets<'a> {
    rest: &'a [u8],
    serial: u32,
    /// The page at hand: what of it is not given yet.
    page: Option<(Page<'a>, &'a [u8], &'a [u8])>,
    /// The beginning of a packet that goes on on the next page.
    begun: Option<Vec<u8>>,
    ended: bool,
}

/// One packet.
#[derive(Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    /// On the last one that ends on a page: its granule position, and whether the stream ends with it.
    pub(crate) page_end: Option<(u64, bool)>,
}

/// The head of a file and the packets after head and tags.
pub(crate) fn open(file: &[u8]) -> Result<(Head, Packets<'_>), Refused> {
    let mut packets = Packets::of(file)?;
    let head = Head::read(&packets.next().ok_or(Refused::Empty)??.bytes)?;
    let tags = packets.next().ok_or(Refused::Broken("its second header is missing"))??;
    if !tags.bytes.starts_with(TAGS_MAGIC) {
        return Err(Refused::Broken("its second header is missing"));
    }
    Ok((head, packets))
}

impl<'a> Packets<'a> {
    /// All packets of the first stream, headers too, whatever it is coded with.
    pub(crate) fn of(file: &'a [u8]) -> Result<Self, Refused> {
        if file.is_empty() {
            return Err(Refused::Empty);
        }
        if !file.starts_with(b"OggS") {
            return Err(Refused::Unknown);
        }
        let first = Page::read(file).ok_or(Refused::Broken("its first page is torn"))?;
        Ok(Self { rest: file, serial: first.serial, page: None, begun: None, ended: false })
    }

    fn turn_page(&mut self) -> Result<bool, Refused> {
        loop {
            if self.ended || self.rest.is_empty() {
                let torn = self.begun.take().is_some();
                return if torn { Err(Refused::Broken("its last packet is torn")) } else { Ok(false) };
            }
            let page = Page::read(self.rest).ok_or(Refused::Broken("a page is torn"))?;
            self.rest = self.rest.get(page.length()..).unwrap_or_default();
            if page.serial != self.serial {
                continue;
            }
            self.ended = page.flags & LAST != 0;
            if (page.flags & CONTINUED != 0) != self.begun.is_some() && !page.lacing.is_empty() {
                return Err(Refused::Broken("a packet is torn"));
            }
            self.page = Some((page, page.lacing, page.body));
            return Ok(true);
        }
    }

    fn step(&mut self) -> Result<Option<Packet<'a>>, Refused> {
        loop {
            let Some((page, lacing, body)) = self.page.take() else {
                if self.turn_page()? {
                    continue;
                }
                return Ok(None);
            };
            let pieces = lacing.iter().position(|length| *length < u8::MAX).map(|last| last + 1);
            let (mine, lacing) = lacing.split_at(pieces.unwrap_or(lacing.len()));
            let length = mine.iter().map(|length| usize::from(*length)).sum();
            let (bytes, body) = body.split_at_checked(length).unwrap_or((body, &[]));
            if pieces.is_none() {
                if !mine.is_empty() {
                    self.begun.get_or_insert_default().extend_from_slice(bytes);
                }
                continue;
            }
            let bytes = match self.begun.take() {
                Some(mut begun) => {
                    begun.extend_from_slice(bytes);
                    Cow::Owned(begun)
                }
                None => Cow::Borrowed(bytes),
            };
            let is_last = lacing.iter().all(|length| *length == u8::MAX);
            self.page = Some((page, lacing, body));
            return Ok(Some(Packet { bytes, page_end: is_last.then_some((page.granule, page.flags & LAST != 0)) }));
        }
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            *self = Packets { rest: &[], serial: self.serial, page: None, begun: None, ended: true };
        }
        step.transpose()
    }
}

/// How long a packet lasts, in granules (RFC 6716, 3.1); nothing where it breaks the rules.
pub(crate) fn packet_granules(packet: &[u8]) -> Option<u64> {
    let (toc, rest) = packet.split_first()?;
    let configuration = toc >> 3;
    let frame: u64 = match (configuration, configuration & 3) {
        (..12, 0) => 480,
        (..12, 1) => 960,
        (..12, 2) => 1_920,
        (..12, _) => 2_880,
        (12..16, step) => 480 << (step & 1),
        (_, step) => 120 << step,
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(rest.first()? & 0x3f),
    };
    let total = frame * frames;
    (1..=PACKET_GRANULES_MAX).contains(&total).then_some(total)
}

/// What a walk through all packets of a file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) head: Head,
    /// The sound that is to be heard, in granules: without what is skipped at the start and cut at the end.
    pub(crate) granules: u64,
    /// Whether each packet lasts 20 ms.
    pub(crate) is_house: bool,
}

impl Measure {
    /// Samples of each channel at our rate.
    pub(crate) fn samples(&self) -> u64 {
        self.granules / GRANULES_A_SAMPLE
    }

    pub(crate) fn duration_ms(&self) -> u64 {
        self.granules * 1_000 / u64::from(GRANULES)
    }
}

/// Walks through a file; `seconds_max` is how much sound it may hold.
pub(crate) fn measure(file: &[u8], seconds_max: u32) -> Result<Measure, Refused> {
    let (head, packets) = open(file)?;
    // What the encoder's delay and the last frame's padding add at most.
    let granules_max = u64::from(seconds_max) * u64::from(GRANULES) + u64::from(head.pre_skip) + FRAME_GRANULES;
    let (mut total, mut page_total, mut is_house) = (0, 0, true);
    let (mut start, mut end) = (None, None);
    for packet in packets {
        let packet = packet?;
        let granules = packet_granules(&packet.bytes).ok_or(Refused::Broken("a packet is no Opus"))?;
        is_house &= granules == FRAME_GRANULES;
        total += granules;
        page_total += granules;
        if total > granules_max {
            return Err(Refused::TooLong { seconds_max });
        }
        let Some((granule, is_end)) = packet.page_end else { continue };
        if granule != NO_GRANULE {
            // A stream that was cut out of a longer one begins later than at zero (RFC 7845, 4.3).
            let start = *start.get_or_insert(if is_end { 0 } else { granule.saturating_sub(total) });
            let heard = granule.saturating_sub(start);
            // Only sound of the last page is cut away (RFC 7845, 4.4).
            end = (is_end && heard <= total && heard + page_total >= total).then_some(heard);
        }
        page_total = 0;
    }
    let granules = end.unwrap_or(total).saturating_sub(u64::from(head.pre_skip));
    Ok(Measure { head, granules, is_house })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Draft, FIRST};

    const HEAD: Head = Head { channels: 1, pre_skip: 312, gain: 0 };

    /// A file of these pages of packets, after the headers; each page has its flags and granule position.
    fn file(pages: &[(u8, u64, &[&[u8]])]) -> Vec<u8> {
        let head = HEAD.packet();
        let headers: [(u8, u64, &[&[u8]]); 2] = [(FIRST, 0, &[&head]), (0, 0, &[TAGS_MAGIC])];
        let mut out = Vec::new();
        for (sequence, (flags, granule, packets)) in headers.iter().chain(pages).enumerate() {
            let mut draft = Draft::default();
            assert!(packets.iter().all(|packet| draft.add(packet)));
            draft.page(*flags, *granule, 1, sequence as u32).write(&mut out);
        }
        out
    }

    /// Wideband SILK, one frame of 20 ms.
    const FRAME: &[u8] = &[9 << 3, 1, 2, 3];

    #[test]
    fn a_head_is_read_as_it_was_written() {
        assert_eq!(Head::read(&HEAD.packet()), Ok(HEAD));
    }

    #[test]
    fn the_table_of_contents_tells_how_long_a_packet_is() {
        for (packet, granules) in [
            (&[9 << 3][..], Some(960)),
            (&[11 << 3], Some(2_880)),
            (&[16 << 3 | 1], Some(240)),
            (&[13 << 3], Some(960)),
            (&[31 << 3 | 3, 6], Some(5_760)),
            (&[31 << 3 | 3, 7], None),
            (&[31 << 3 | 3, 0], None),
            (&[3], None),
            (&[], None),
        ] {
            assert_eq!(packet_granules(packet), granules, "{packet:?}");
        }
    }

    #[test]
    fn the_last_page_says_where_the_sound_ends() {
        let whole = file(&[(0, 1_920, &[FRAME, FRAME]), (LAST, 2_500, &[FRAME])]);
        assert_eq!(measure(&whole, 1).unwrap().granules, 2_500 - 312);
        let lying = file(&[(0, 1_920, &[FRAME, FRAME]), (LAST, 500, &[FRAME])]);
        assert_eq!(measure(&lying, 1).unwrap().granules, 2_880 - 312);
        let cut_out = file(&[(0, 48_000 + 1_920, &[FRAME, FRAME]), (LAST, 48_000 + 2_880, &[FRAME])]);
        assert_eq!(measure(&cut_out, 1).unwrap().granules, 2_880 - 312);
    }

    #[test]
    fn a_packet_over_two_pages_is_put_together() {
        let packet: Vec<u8> = FRAME.iter().copied().chain([5; 600]).collect();
        let mut bytes = file(&[]);
        let page = |flags, granule, lacing, body| Page { flags, granule, serial: 1, sequence: 2, lacing, body };
        page(0, NO_GRANULE, &[255, 255], &packet[..510]).write(&mut bytes);
        page(CONTINUED | LAST, 960, &[94], &packet[510..]).write(&mut bytes);
        let packets: Vec<_> = open(&bytes).unwrap().1.map(|packet| packet.unwrap().bytes.into_owned()).collect();
        assert_eq!(packets, [packet]);
    }

    #[test]
    fn more_sound_than_is_taken_is_refused_while_it_is_counted() {
        let frames = [FRAME; 60];
        assert_eq!(measure(&file(&[(LAST, 57_600, &frames)]), 1), Err(Refused::TooLong { seconds_max: 1 }));
    }
}
