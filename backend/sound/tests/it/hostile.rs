//! Files that are made to do harm, or were damaged on their way.

use std::time::Instant;

use sound::{Limits, Refused, Writer, import, mend, read, wav};

use crate::tone;

const LIMITS: Limits = Limits { bytes_max: 1_000_000, seconds_max: 10 };

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut writer = Writer::create(Vec::new(), 1, 1).unwrap();
    writer.push(&tone::samples(440.0, 16_000, 1.0)).unwrap();
    vec![
        tone::wav_16(44_100, &tone::samples(440.0, 44_100, 0.3)),
        include_bytes!("fixture/mulaw_8000.wav").to_vec(),
        include_bytes!("fixture/adpcm_8000.wav").to_vec(),
        include_bytes!("fixture/tone_44100.mp3").to_vec(),
        include_bytes!("fixture/stereo_22050.mp3").to_vec(),
        include_bytes!("fixture/tone_48000.ogg").to_vec(),
        include_bytes!("fixture/tone_20ms.opus").to_vec(),
        include_bytes!("fixture/stereo_60ms.opus").to_vec(),
        writer.finish().unwrap(),
    ]
}

/// One change of one of many kinds; in half of the Ogg files checksums are made right again, so that it gets past them.
fn mutated(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.roll(4) {
        // Headers are where the harm is.
        let reach = if dice.roll(2) == 0 { bytes.len().min(200) } else { bytes.len() };
        let at = dice.roll(reach);
        match dice.roll(6) {
            0 => bytes.truncate(at + 1),
            1 => bytes[at] = dice.roll(256) as u8,
            2 => bytes[at] ^= 1 << dice.roll(8),
            3 => bytes[at] = [0, 0xff, 0x7f, 0x80][dice.roll(4)],
            4 => drop(bytes.splice(at..at, vec![dice.roll(256) as u8; dice.roll(300)])),
            _ => drop(bytes.drain(at..(at + dice.roll(300)).min(bytes.len() - 1).max(at))),
        }
    }
    if dice.roll(2) == 0 {
        right_checksums(&mut bytes);
    }
    bytes
}

/// Gives each page of an Ogg file the checksum of what it holds now.
fn right_checksums(bytes: &mut [u8]) {
    let mut at = 0;
    while bytes[at..].starts_with(b"OggS") && bytes.len() > at + 27 {
        let lacing = at + 27..at + 27 + usize::from(bytes[at + 26]);
        let Some(lengths) = bytes.get(lacing.clone()) else { return };
        let end = lacing.end + lengths.iter().map(|length| usize::from(*length)).sum::<usize>();
        let Some(page) = bytes.get_mut(at..end) else { return };
        page[22..26].fill(0);
        let sum = page.iter().fold(0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| sum << 1 ^ if sum >> 31 == 1 { 0x04c1_1db7 } else { 0 })
        });
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        at = end;
    }
}

#[test]
fn hundreds_of_damaged_files_are_taken_or_refused_and_nothing_else() {
    let mut dice = Dice(0x5eed_0f50_0d1e);
    let mut refused = 0;
    for seed in seeds() {
        for _ in 0..60 {
            let bytes = mutated(&seed, &mut dice);
            match import(&bytes, LIMITS) {
                Ok(imported) => {
                    assert!(imported.duration_ms <= u64::from(LIMITS.seconds_max) * 1_000 + 100);
                    assert_eq!(read::duration_ms(&imported.file), Ok(imported.duration_ms));
                }
                Err(_) => refused += 1,
            }
            let _ = (read::packets(&bytes), read::peaks(&bytes, 100), wav::to_wav(&bytes));
            if let Ok(mended) = mend(&bytes) {
                assert_eq!(mend(&mended), Ok(mended.clone()), "mending is done once");
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn noise_is_refused() {
    let mut dice = Dice(99);
    for length in 1..300 {
        let noise: Vec<u8> = (0..length * 7).map(|_| dice.roll(256) as u8).collect();
        assert!(import(&noise, LIMITS).is_err());
        for magic in
            [b"RIFF\xff\xff\xff\xffWAVE".as_slice(), b"OggS\0\x02", b"ID3\x04\0\0\x7f\x7f\x7f\x7f", b"\xff\xfb\x90\x44"]
        {
            assert!(import(&[magic, &noise].concat(), LIMITS).is_err(), "{magic:?}, {length}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_refused_where_its_format_can_tell() {
    for (index, whole) in seeds().into_iter().enumerate().filter(|(index, _)| [0, 1, 5, 6, 7].contains(index)) {
        for part in 1..40 {
            let cut = &whole[..whole.len() * part / 40 - 1];
            assert!(import(cut, LIMITS).is_err(), "file {index}, {part} of 40");
        }
    }
}

#[test]
fn a_small_file_of_endless_silence_is_refused_soon() {
    // Each packet of Opus has a byte or two and claims 120 ms; a page holds 255 of them.
    let started = Instant::now();
    let head = include_bytes!("fixture/tone_20ms.opus");
    let headers = head.windows(4).enumerate().filter(|(_, window)| *window == b"OggS").nth(2).unwrap().0;
    let mut bomb = head[..headers].to_vec();
    let body: Vec<u8> = [[3 << 3 | 3, 2]; 127].concat();
    for sequence in 2..2_000_u32 {
        bomb.extend(b"OggS\0\0");
        bomb.extend(u64::MAX.to_le_bytes());
        bomb.extend(&head[14..18]);
        bomb.extend(sequence.to_le_bytes());
        bomb.extend([0, 0, 0, 0, 127]);
        bomb.extend([2; 127]);
        bomb.extend(&body);
    }
    right_checksums(&mut bomb);
    assert_eq!(import(&bomb, LIMITS), Err(Refused::TooLong { seconds_max: 10 }));

    let silence = tone::wav(6, 1, 8_000, 8, &vec![0xd5; 900_000]);
    assert_eq!(import(&silence, LIMITS), Err(Refused::TooLong { seconds_max: 10 }));
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
