//! A writer is killed at any moment, and its file is mended.

use sound::{Writer, mend, read, wav};

use crate::tone;

/// Where each page of a file ends, and how many packets have ended by then; both headers are such packets.
fn pages(file: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut packets, mut pages) = (0, 0, Vec::new());
    while at < file.len() {
        assert!(file[at..].starts_with(b"OggS"));
        let lacing = &file[at + 27..at + 27 + usize::from(file[at + 26])];
        at += 27 + lacing.len() + lacing.iter().map(|length| usize::from(*length)).sum::<usize>();
        packets += lacing.iter().filter(|length| **length < 255).count();
        pages.push((at, packets));
    }
    pages
}

#[test]
fn whatever_is_torn_off_the_end_only_the_torn_page_is_lost() {
    let sound = tone::samples(440.0, 16_000, 3.0);
    let mut killed = Vec::new();
    let mut writer = Writer::create(&mut killed, 1, 1).unwrap();
    sound.chunks(320).for_each(|frame| writer.push(frame).unwrap());
    drop(writer);
    assert!(read::duration_ms(&killed).unwrap() >= 2_500);
    let mut writer = Writer::create(Vec::new(), 1, 1).unwrap();
    writer.push(&sound).unwrap();
    let finished = writer.finish().unwrap();

    for file in [killed, finished] {
        let (pages, whole) = (pages(&file), read::packets(&file).unwrap());
        assert!(pages.windows(2).all(|pair| pair[1].1 - pair[0].1 <= 25), "no page is longer than half a second");
        for length in file.len() - 2_048..=file.len() {
            let mended = mend(&file[..length]).unwrap();
            let kept = pages.iter().rev().find(|(end, _)| *end <= length).unwrap().1 - 2;
            assert_eq!(read::packets(&mended).unwrap(), whole[..kept], "{length} bytes");
            let lost_ms = 3_000_u64.saturating_sub(read::duration_ms(&mended).unwrap());
            assert!(lost_ms <= (whole.len() - kept) as u64 * 20 + 500, "{length} bytes: {lost_ms} ms");
        }
    }
}

#[test]
fn a_mended_file_sounds_as_before() {
    let mut killed = Vec::new();
    let mut writer = Writer::create(&mut killed, 2, 1).unwrap();
    let stereo: Vec<i16> = tone::samples(440.0, 16_000, 2.0).into_iter().flat_map(|sample| [sample, 0]).collect();
    writer.push(&stereo).unwrap();
    drop(writer);
    let mended = mend(&killed[..killed.len() - 5]).unwrap();
    let both = tone::of_wav(&wav::to_wav(&mended).unwrap());
    let left: Vec<i16> = both.chunks(2).map(|frame| frame[0]).collect();
    assert!((tone::heard(&left).hertz - 440.0).abs() < 1.0);
}

#[test]
fn an_independent_reader_finds_the_end_of_a_mended_file() {
    let mut killed = Vec::new();
    let mut writer = Writer::create(&mut killed, 1, 77).unwrap();
    writer.push(&tone::samples(440.0, 16_000, 1.0)).unwrap();
    drop(writer);
    let ours = read::packets(&mend(&killed).unwrap()).unwrap();
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(mend(&killed).unwrap()));
    let theirs: Vec<Vec<u8>> = std::iter::from_fn(|| reader.read_packet().unwrap()).map(|packet| packet.data).collect();
    assert_eq!(ours, theirs[2..]);
}
