//! A file of the house that grows.

use std::io;

use crate::FRAME_SAMPLES;
use crate::codec::{Encoder, Room};
use crate::page::{Draft, FIRST, LAST};
use crate::stream::{FRAME_GRANULES, GRANULES_A_SAMPLE, Head, TAGS_MAGIC};

/// Packets of a page: 480 ms, so that with the frame being filled nothing older than half a second is missing in the file.
const PAGE_PACKETS: u64 = 24;
/// Who made the file (RFC 7845, 5.2).
const VENDOR: &[u8] = b"belfry";

/// Writes a file of the house as its sound comes in. Each 480 ms a whole page goes out and is flushed, so that a file whose
/// writer was killed lacks half a second at most; [`mend`](crate::mend()) makes it whole.
#[derive(Debug)]
pub struct Writer<W: io::Write> {
    out: W,
    encoder: Encoder,
    channels: usize,
    serial: u32,
    sequence: u32,
    pre_skip: u64,
    /// Of what was pushed, what does not fill a frame yet.
    pending: Vec<i16>,
    /// Samples that were pushed, of all channels together.
    pushed: u64,
    packets: u64,
    page: Draft,
    page_packets: u64,
    /// A page may be torn: whatever came behind it would be lost when the file is mended.
    is_torn: bool,
}

impl<W: io::Write> Writer<W> {
    /// Begins a file of one or two channels. `serial` tells streams apart that are put into one file; any number will do.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] for another number of channels, and what `out` has to say.
    pub fn create(out: W, channels: u8, serial: u32) -> io::Result<Self> {
        let encoder = Encoder::new(channels).ok_or(io::ErrorKind::InvalidInput)?;
        let pre_skip = u64::from(encoder.delay()) * GRANULES_A_SAMPLE;
        let mut writer = Self {
            out,
            encoder,
            channels: channels.into(),
            serial,
            sequence: 0,
            pre_skip,
            pending: Vec::new(),
            pushed: 0,
            packets: 0,
            page: Draft::default(),
            page_packets: 0,
            is_torn: false,
        };
        let head = Head { channels, pre_skip: pre_skip as u16, gain: 0 };
        writer.header(FIRST, &head.packet())?;
        let vendor_length = (VENDOR.len() as u32).to_le_bytes();
        let no_comments = 0_u32.to_le_bytes();
        writer.header(0, &[TAGS_MAGIC.as_slice(), &vendor_length, VENDOR, &no_comments].concat())?;
        Ok(writer)
    }

    /// Adds samples at [`crate::RATE`], interleaved where the file is stereo; any number of them, encoded by 20 ms.
    ///
    /// # Errors
    ///
    /// What `out` has to say; the file then ends with its last whole page, and nothing more is written to it.
    pub fn push(&mut self, samples: &[i16]) -> io::Result<()> {
        self.pushed += samples.len() as u64;
        self.pending.extend_from_slice(samples);
        let pending = std::mem::take(&mut self.pending);
        let (frames, rest) = pending.split_at(pending.len() - pending.len() % self.frame_length());
        for frame in frames.chunks(self.frame_length()) {
            self.encode(frame)?;
        }
        self.pending = rest.to_vec();
        Ok(())
    }

    /// Writes a page of what there is, without waiting until it is full: for when no sound comes for a while.
    ///
    /// # Errors
    ///
    /// As for [`Writer::push`].
    pub fn flush(&mut self) -> io::Result<()> {
        if self.page.is_empty() { Ok(()) } else { self.turn_page(0, self.packets * FRAME_GRANULES) }
    }

    /// How much was pushed so far, in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        self.samples() * 1_000 / u64::from(crate::RATE)
    }

    /// Ends the stream and gives back where it went.
    ///
    /// # Errors
    ///
    /// As for [`Writer::push`].
    pub fn finish(mut self) -> io::Result<W> {
        let end = self.pre_skip + self.samples() * GRANULES_A_SAMPLE;
        let mut frame = std::mem::take(&mut self.pending);
        // The encoder holds back the last samples until silence has pushed them out. The last page needs a packet to end with.
        while self.packets * FRAME_GRANULES < end || self.page.is_empty() {
            frame.resize(self.frame_length(), 0);
            self.packet(&frame)?;
            frame.clear();
        }
        self.turn_page(LAST, end)?;
        Ok(self.out)
    }

    /// Of each channel.
    fn samples(&self) -> u64 {
        self.pushed / self.channels as u64
    }

    fn frame_length(&self) -> usize {
        FRAME_SAMPLES * self.channels
    }

    fn encode(&mut self, frame: &[i16]) -> io::Result<()> {
        self.packet(frame)?;
        if self.page_packets < PAGE_PACKETS { Ok(()) } else { self.flush() }
    }

    fn packet(&mut self, frame: &[i16]) -> io::Result<()> {
        let mut room = Room::default();
        let packet =
            self.encoder.encode(frame, &mut room).ok_or_else(|| io::Error::other("a frame was not encoded"))?;
        if !self.page.add(packet) {
            return Err(io::Error::other("a page was overfull"));
        }
        self.packets += 1;
        self.page_packets += 1;
        Ok(())
    }

    fn header(&mut self, flags: u8, packet: &[u8]) -> io::Result<()> {
        if !self.page.add(packet) {
            return Err(io::Error::other("a page was overfull"));
        }
        self.turn_page(flags, 0)
    }

    fn turn_page(&mut self, flags: u8, granule: u64) -> io::Result<()> {
        if self.is_torn {
            return Err(io::Error::other("the file has failed before"));
        }
        let mut bytes = Vec::new();
        self.page.page(flags, granule, self.serial, self.sequence).write(&mut bytes);
        self.page.clear();
        self.page_packets = 0;
        self.sequence += 1;
        // In one piece: a page that lies in two is torn more easily.
        let written = self.out.write_all(&bytes).and_then(|()| self.out.flush());
        self.is_torn = written.is_err();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    #[test]
    fn a_file_lasts_as_long_as_what_was_pushed() {
        for count in [0, 1, 319, 320, 321, 7_679, 7_680, 7_681, 16_000, 48_123] {
            for channels in [1, 2] {
                let mut writer = Writer::create(Vec::new(), channels, 7).unwrap();
                writer.push(&vec![0; count * usize::from(channels)]).unwrap();
                let file = writer.finish().unwrap();
                assert_eq!(read::duration_ms(&file), Ok(count as u64 / 16), "{count} samples, {channels} channels");
                assert_eq!(read::channels(&file), Ok(channels));
            }
        }
    }

    #[test]
    fn pieces_of_any_size_are_collected_to_frames() {
        let sound: Vec<i16> = (0..9_600).map(|n| (n * 37 % 2_000) as i16).collect();
        let written = |size| {
            let mut writer = Writer::create(Vec::new(), 2, 7).unwrap();
            sound.chunks(size).for_each(|piece| writer.push(piece).unwrap());
            writer.finish().unwrap()
        };
        assert!([1, 7, 640, 1_000, 9_600].windows(2).all(|sizes| written(sizes[0]) == written(sizes[1])));
    }

    #[test]
    fn what_was_pushed_half_a_second_ago_is_in_the_file() {
        let mut writer = Writer::create(Vec::new(), 1, 7).unwrap();
        for pushed_ms in (20..3_000).step_by(20) {
            writer.push(&[100; FRAME_SAMPLES]).unwrap();
            assert!(read::duration_ms(&writer.out).unwrap() + 500 >= pushed_ms, "after {pushed_ms} ms");
        }
        writer.flush().unwrap();
        assert!(read::duration_ms(&writer.out).unwrap() + 10 >= writer.duration_ms());
    }

    /// A disk that is full once, in the middle of a page.
    #[derive(Default)]
    struct Disk {
        bytes: Vec<u8>,
        was_full: bool,
    }

    impl io::Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.bytes.len() < 1_500 || self.was_full {
                self.bytes.extend_from_slice(bytes);
                return Ok(bytes.len());
            }
            self.was_full = true;
            self.bytes.extend_from_slice(&bytes[..20]);
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_is_written_behind_a_page_that_may_be_torn() {
        let mut disk = Disk::default();
        let mut writer = Writer::create(&mut disk, 1, 7).unwrap();
        let noise: Vec<i16> = (0..32_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 20) as i16).collect();
        assert_eq!(writer.push(&noise).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(writer.push(&noise).is_err() && writer.finish().is_err());
        assert!(disk.was_full && crate::mend(&disk.bytes).unwrap().len() > 1_000);
    }

    #[test]
    fn only_mono_and_stereo_are_written() {
        for channels in [0, 3, 255] {
            assert_eq!(Writer::create(Vec::new(), channels, 7).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }
}
