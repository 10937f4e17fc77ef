//! Files of every kind that is taken. Those in `fixture` were made by ffmpeg: two seconds, or one, of 440 Hz.

use std::time::Duration;

use sound::{Limits, Refused, import, import_without_end, read, wav};

use crate::tone;

fn assert_is_440(name: &str, bytes: &[u8], duration_ms: u64) {
    let imported = import(bytes, Limits::default()).unwrap_or_else(|refused| panic!("{name}: {refused}"));
    assert!(imported.duration_ms.abs_diff(duration_ms) <= 20, "{name}: {} ms", imported.duration_ms);
    assert_eq!(read::duration_ms(&imported.file), Ok(imported.duration_ms), "{name}");
    let heard = tone::heard(&tone::of_wav(&wav::to_wav(&imported.file).unwrap()));
    assert!((heard.hertz - 440.0).abs() < 1.0, "{name}: {} Hz", heard.hertz);
    let decibels = 20.0 * heard.level.log10();
    assert!((decibels + 19.0).abs() < 1.5, "{name}: {decibels} dBFS");
    assert!(20.0 * heard.peak.log10() < -3.0, "{name}: {}", heard.peak);
    assert_eq!(read::channels(&imported.file), Ok(1));
}

#[test]
fn wav_of_every_rate_keeps_its_frequency_and_its_length() {
    for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
        assert_is_440(&format!("{rate} Hz"), &tone::wav_16(rate, &tone::samples(440.0, rate, 1.5)), 1_500);
    }
}

#[test]
fn wav_of_every_width_is_taken() {
    let samples = tone::samples(440.0, 16_000, 1.0);
    let each = |bytes: fn(i16) -> Vec<u8>| samples.iter().flat_map(|s| bytes(*s)).collect::<Vec<u8>>();
    for (name, format, bits, data) in [
        ("8 bits", 1, 8, each(|s| vec![((s >> 8) + 128) as u8])),
        ("24 bits", 1, 24, each(|s| (i32::from(s) << 8).to_le_bytes()[..3].to_vec())),
        ("32 bits", 1, 32, each(|s| (i32::from(s) << 16).to_le_bytes().to_vec())),
        ("float", 3, 32, each(|s| (f32::from(s) / 32_768.0).to_le_bytes().to_vec())),
        ("double", 3, 64, each(|s| (f64::from(s) / 32_768.0).to_le_bytes().to_vec())),
    ] {
        assert_is_440(name, &tone::wav(format, 1, 16_000, bits, &data), 1_000);
    }
}

#[test]
fn the_silence_at_the_end_of_a_recording_is_cut_off_before_it_is_levelled() {
    let mut samples = tone::samples(440.0, 16_000, 1.5);
    samples.extend(std::iter::repeat_n(0, 16_000 * 2));
    let spoken = tone::wav_16(16_000, &samples);
    let cut = import_without_end(&spoken, Limits::default(), Duration::from_secs(2)).unwrap();
    assert_eq!(cut.duration_ms, 1_500);
    assert_eq!(import(&spoken, Limits::default()).unwrap().duration_ms, 3_500);
    let all = import_without_end(&spoken, Limits::default(), Duration::from_secs(4));
    assert_eq!(all, Err(Refused::Empty));
}

#[test]
fn stereo_is_mixed_to_mono() {
    let left_only: Vec<u8> =
        tone::samples(440.0, 44_100, 1.0).iter().flat_map(|s| [s.to_le_bytes(), [0; 2]].concat()).collect();
    assert_is_440("left only", &tone::wav(1, 2, 44_100, 16, &left_only), 1_000);
}

#[test]
fn files_of_other_programs_are_taken() {
    for (name, bytes, duration_ms) in [
        ("µ-law", include_bytes!("fixture/mulaw_8000.wav").as_slice(), 1_000),
        ("A-law", include_bytes!("fixture/alaw_8000.wav"), 1_000),
        ("MP3", include_bytes!("fixture/tone_44100.mp3"), 2_000),
        ("MP3 in stereo", include_bytes!("fixture/stereo_22050.mp3"), 2_000),
        ("Vorbis", include_bytes!("fixture/tone_48000.ogg"), 2_000),
        ("Opus", include_bytes!("fixture/tone_20ms.opus"), 2_000),
        ("Opus in stereo, by 60 ms", include_bytes!("fixture/stereo_60ms.opus"), 2_000),
    ] {
        assert_is_440(name, bytes, duration_ms);
    }
}

#[test]
fn a_wav_from_a_pipe_is_taken_although_its_length_was_never_filled_in() {
    let mut wav = tone::wav_16(8_000, &tone::samples(440.0, 8_000, 1.0));
    for length in [u32::MAX, 0x7fff_ffff, 0] {
        wav[40..44].copy_from_slice(&length.to_le_bytes());
        assert_is_440(&format!("{length:x}"), &wav, 1_000);
    }
}

#[test]
fn what_is_imported_can_be_imported() {
    let once = import(include_bytes!("fixture/tone_44100.mp3"), Limits::default()).unwrap();
    assert_is_440("a file of the house", &once.file, once.duration_ms);
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let bytes = include_bytes!("fixture/tone_48000.ogg");
    assert_eq!(import(bytes, Limits::default()), import(bytes, Limits::default()));
}

#[test]
fn silence_stays_silent_and_keeps_its_length() {
    let imported = import(&tone::wav_16(8_000, &[0; 8_000]), Limits::default()).unwrap();
    assert_eq!(imported.duration_ms, 1_000);
    assert!(tone::of_wav(&wav::to_wav(&imported.file).unwrap()).iter().all(|sample| sample.abs() < 4));
}

#[test]
fn refusals_say_what_is_wrong() {
    let limits = Limits { bytes_max: 100_000, seconds_max: 1 };
    let refused = |bytes: &[u8]| import(bytes, limits).unwrap_err().to_string();
    let wav = |channels, rate| tone::wav(1, channels, rate, 16, &[0; 24_000]);
    for (bytes, sentence) in [
        (vec![], "The file holds no sound."),
        (tone::wav_16(8_000, &[]), "The file holds no sound."),
        (vec![0; 3_000], "This is not a sound file that is known here: WAV, MP3, Ogg Vorbis and Ogg Opus are."),
        (include_bytes!("fixture/tone_44100.mp3").to_vec(), "The sound is longer than 1 seconds."),
        (include_bytes!("fixture/tone_48000.ogg").to_vec(), "The sound is longer than 1 seconds."),
        (include_bytes!("fixture/tone_20ms.opus").to_vec(), "The sound is longer than 1 seconds."),
        (wav(6, 48_000), "The file is of a kind that is not supported: sound of 6 channels."),
        (wav(1, 192_000), "The file is of a kind that is not supported: a rate of 192000 Hz."),
    ] {
        assert_eq!(refused(&bytes), sentence);
    }
    let vorbis = include_bytes!("fixture/tone_48000.ogg");
    let opus = include_bytes!("fixture/tone_20ms.opus");
    let several = Limits { seconds_max: 10, ..limits };
    assert_eq!(
        import(&[vorbis.as_slice(), opus].concat(), several),
        Err(Refused::Unsupported("several streams in one file".into()))
    );
    let adpcm = include_bytes!("fixture/adpcm_8000.wav");
    assert!(matches!(import(adpcm, limits), Err(Refused::Unsupported(_))), "{:?}", import(adpcm, limits));
}
