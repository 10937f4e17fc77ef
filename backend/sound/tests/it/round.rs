//! What is written is what is read.

use sound::{FRAME_SAMPLES, Refused, Writer, read, wav};

use crate::tone;

fn written(channels: u8, samples: &[i16]) -> Vec<u8> {
    let mut writer = Writer::create(Vec::new(), channels, 3).unwrap();
    writer.push(samples).unwrap();
    writer.finish().unwrap()
}

#[test]
fn the_two_channels_of_a_recording_stay_apart() {
    let (alice, bob) = (tone::samples(440.0, 16_000, 2.0), tone::samples(700.0, 16_000, 2.0));
    let stereo: Vec<i16> = alice.iter().zip(&bob).flat_map(|(left, right)| [*left, *right]).collect();
    let wav = wav::to_wav(&written(2, &stereo)).unwrap();
    assert_eq!((wav.len(), &wav[22..24]), (44 + 2 * 2 * 32_000, [2, 0].as_slice()));
    let both = tone::of_wav(&wav);
    for (channel, hertz) in [(0, 440.0), (1, 700.0)] {
        let one: Vec<i16> = both.iter().skip(channel).step_by(2).copied().collect();
        let heard = tone::heard(&one);
        assert!((heard.hertz - hertz).abs() < 2.0, "channel {channel}: {} Hz", heard.hertz);
        assert!((0.25..0.45).contains(&heard.level), "channel {channel}: {}", heard.level);
    }
}

#[test]
fn sound_comes_out_at_the_moment_at_which_it_went_in() {
    let mut samples = vec![0; 16_000];
    samples[8_000..].copy_from_slice(&tone::samples(440.0, 16_000, 0.5));
    let heard = tone::of_wav(&wav::to_wav(&written(1, &samples)).unwrap());
    let starts = heard.iter().position(|sample| sample.abs() > 4_000).unwrap();
    assert!(starts.abs_diff(8_000) < 32, "{starts}");
}

#[test]
fn packets_are_twenty_milliseconds_each_at_a_telephones_bandwidth() {
    for (channels, bits_a_second) in [(1, 24_000), (2, 40_000)] {
        let noise: Vec<i16> = (0..320_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 19) as i16).collect();
        let packets = read::packets(&written(channels, &noise)).unwrap();
        let seconds = 320_000.0 / 16_000.0 / f64::from(channels);
        assert_eq!(packets.len(), (seconds * 50.0) as usize + 1);
        let sent = packets.iter().map(|packet| packet.len() * 8).sum::<usize>() as f64 / seconds;
        assert!(sent < f64::from(bits_a_second) * 1.3, "{sent} bit/s");
    }
}

#[test]
fn peaks_draw_where_it_is_loud() {
    let samples = [vec![0; 16_000], tone::samples(440.0, 16_000, 1.0), vec![0; 16_000]].concat();
    let file = written(1, &samples);
    let peaks = read::peaks(&file, 30).unwrap();
    assert_eq!(peaks.len(), 30);
    assert!(peaks[..9].iter().chain(&peaks[21..]).all(|peak| *peak < 8), "{peaks:?}");
    assert!(peaks[11..19].iter().all(|peak| (100..160).contains(peak)), "{peaks:?}");
    assert_eq!(read::peaks(&file, 0), Ok(vec![]));
    assert_eq!(read::peaks(&file, usize::MAX).unwrap().len(), read::PEAKS_MAX);
}

#[test]
fn the_shortest_of_files_has_as_many_peaks_as_are_asked_for() {
    let peaks = read::peaks(&written(1, &[8_000; FRAME_SAMPLES / 4]), 1_000).unwrap();
    assert_eq!(peaks.len(), 1_000);
    assert!(peaks[500] > 0);
}

#[test]
fn a_stereo_file_of_one_packet_length_is_read_and_another_is_not() {
    assert_eq!(read::packets(include_bytes!("fixture/tone_20ms.opus")).unwrap().len(), 101);
    let other = read::packets(include_bytes!("fixture/stereo_60ms.opus"));
    assert_eq!(other, Err(Refused::Unsupported("packets of other than 20 ms".into())));
}

#[test]
fn an_independent_reader_finds_head_tags_and_the_same_packets() {
    let file = written(1, &tone::samples(440.0, 16_000, 1.0));
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(&file));
    let theirs: Vec<ogg::Packet> = std::iter::from_fn(|| reader.read_packet().unwrap()).collect();
    assert!(theirs[0].data.starts_with(b"OpusHead") && theirs[1].data.starts_with(b"OpusTags"));
    assert!(theirs[0].first_in_stream() && theirs.last().unwrap().last_in_stream());
    let ours = read::packets(&file).unwrap();
    assert!(ours.iter().zip(&theirs[2..]).all(|(ours, theirs)| *ours == theirs.data) && ours.len() + 2 == theirs.len());
}
