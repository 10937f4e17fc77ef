//! What a file is, by its first bytes.

use crate::Refused;
use crate::page::{Fields, Page};
use crate::stream::HEAD_MAGIC;

/// A kind of file that is taken, with what a decoder is to read of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Wav(Vec<u8>),
    Mp3(&'a [u8]),
    OggVorbis(&'a [u8]),
    OggOpus,
}

/// Files that people take for sound files, by their beginning.
const UNSUPPORTED: [(&[u8], &str); 5] = [
    (b"fLaC", "FLAC"),
    (b"FORM", "AIFF"),
    (b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (b"#!AMR", "AMR"),
    (b"\x30\x26\xb2\x75", "Windows Media"),
];

pub(super) fn of(bytes: &[u8]) -> Result<Kind<'_>, Refused> {
    if bytes.starts_with(b"RIFF") {
        return if bytes.get(8..12) == Some(b"WAVE") { wav(bytes).map(Kind::Wav) } else { Err(Refused::Unknown) };
    }
    if bytes.starts_with(b"OggS") {
        return ogg(bytes);
    }
    if let Some((_, name)) = UNSUPPORTED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(Refused::Unsupported((*name).into()));
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Err(Refused::Unsupported("MP4 or AAC".into()));
    }
    let sound = after_tags(bytes);
    if is_mp3(sound) { Ok(Kind::Mp3(sound)) } else { Err(Refused::Unknown) }
}

/// A WAV of nothing but its format and its sound, which lies in it as it says. Programs differ in what else they write, and some
/// leave out lengths: one that was never filled in, because the sound went down a pipe, is what there is.
fn wav(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    const NEVER_FILLED_IN: [u32; 3] = [0, u32::MAX, 0x7fff_ffff];
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut format = None;
    loop {
        let mut fields = Fields(rest);
        let (Some(name), Some(length)) = (fields.take::<4>(), fields.take().map(u32::from_le_bytes)) else {
            return Err(Refused::Broken("it ends before its sound begins"));
        };
        let body = fields.0.get(..length as usize);
        match &name {
            b"fmt " => format = Some(wav_format(body.ok_or(Refused::Broken("its format is cut off"))?)?),
            b"data" => {
                let format = format.ok_or(Refused::Broken("it does not say how its sound is coded"))?;
                let sound = if NEVER_FILLED_IN.contains(&length) { Some(fields.0) } else { body };
                return Ok(wav_of(&format, sound.ok_or(Refused::Broken("its sound is cut off"))?));
            }
            _ => {}
        }
        // A chunk of odd length is followed by a byte that is not counted.
        let next = (length as usize).saturating_add(length as usize & 1);
        rest = fields.0.get(next..).unwrap_or_default();
    }
}

/// The format in the length in which the decoder expects it: PCM and float have no extension, µ-law and A-law have an empty one.
fn wav_format(format: &[u8]) -> Result<Vec<u8>, Refused> {
    const FORMAT_BYTES_MAX: usize = 1_024;
    let short = Refused::Broken("its format is cut off");
    let (plain, _) = format.split_at_checked(16).ok_or(short.clone())?;
    match Fields(plain).take().map(u16::from_le_bytes) {
        Some(1 | 3) => Ok(plain.to_vec()),
        Some(6 | 7) => Ok([plain, &[0, 0]].concat()),
        _ if format.len() <= FORMAT_BYTES_MAX => Ok(format.to_vec()),
        _ => Err(short),
    }
}

fn wav_of(format: &[u8], sound: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    let whole = length(20 + format.len() + sound.len());
    let (of_format, of_sound) = (length(format.len()), length(sound.len()));
    [b"RIFF".as_slice(), &whole, b"WAVEfmt ", &of_format, format, b"data", &of_sound, sound].concat()
}

/// An Ogg file of which each page is whole.
fn ogg(bytes: &[u8]) -> Result<Kind<'_>, Refused> {
    let torn = Refused::Broken("a page is torn");
    let first = Page::read(bytes).ok_or(torn.clone())?;
    let (mut rest, mut is_one_stream) = (bytes, true);
    while !rest.is_empty() {
        let page = Page::read(rest).ok_or(torn.clone())?;
        is_one_stream &= page.serial == first.serial;
        rest = rest.get(page.length()..).unwrap_or_default();
    }
    match first.body {
        body if body.starts_with(HEAD_MAGIC) => Ok(Kind::OggOpus),
        // Only of the first one it is known here what it asks for.
        body if body.starts_with(b"\x01vorbis") && is_one_stream => Ok(Kind::OggVorbis(bytes)),
        body if body.starts_with(b"\x01vorbis") => Err(Refused::Unsupported("several streams in one file".into())),
        _ => Err(Refused::Unsupported("Ogg of neither Vorbis nor Opus".into())),
    }
}

/// What comes after tags of ID3v2 and the zeros that some programs put behind them.
fn after_tags(bytes: &[u8]) -> &[u8] {
    const HEADER_BYTES: usize = 10;
    const TAGS_MAX: usize = 4;
    let mut rest = bytes;
    for _ in 0..TAGS_MAX {
        let Some((b"ID3", [_, _, flags, size @ ..])) =
            rest.split_first_chunk::<3>().and_then(|(magic, rest)| Some((magic, rest.first_chunk::<7>()?)))
        else {
            break;
        };
        // Seven bits of each byte count, and a footer is as long as the header.
        let size = size.iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
        let footer = if flags & 0x10 == 0 { 0 } else { HEADER_BYTES };
        rest = rest.get(HEADER_BYTES + size + footer..).unwrap_or_default();
    }
    let zeros = rest.iter().take_while(|byte| **byte == 0).count();
    rest.get(zeros..).unwrap_or_default()
}

/// Whether a frame header of MPEG audio, layer III, begins here (ISO 11172-3, 2.4.1.3).
fn is_mp3(bytes: &[u8]) -> bool {
    let Some([first, second, third, _]) = bytes.first_chunk() else { return false };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let (bitrate, rate) = (third >> 4, third >> 2 & 3);
    *first == 0xff && second >> 5 == 7 && version != 1 && layer == 1 && !matches!(bitrate, 0 | 15) && rate != 3
}

#[cfg(test)]
mod tests {
    use super::*;

    const MP3: &[u8] = &[0xff, 0xfb, 0x90, 0x44, 1, 2, 3];

    #[test]
    fn an_mp3_is_known_behind_its_tags() {
        let tagged = [b"ID3\x04\0\0\0\0\x01\x02", [9; 130].as_slice(), &[0; 50], MP3].concat();
        assert_eq!(of(MP3), Ok(Kind::Mp3(MP3)));
        assert_eq!(of(&tagged), Ok(Kind::Mp3(MP3)));
        assert_eq!(of(&tagged[..100]), Err(Refused::Unknown));
    }

    #[test]
    fn what_is_known_and_not_taken_is_called_by_its_name() {
        assert_eq!(of(b"fLaC...."), Err(Refused::Unsupported("FLAC".into())));
        assert_eq!(of(b"\0\0\0\x20ftypM4A "), Err(Refused::Unsupported("MP4 or AAC".into())));
        assert_eq!(of(b"%PDF-1.7 ..."), Err(Refused::Unknown));
        assert_eq!(of(b"RIFF\0\0\0\0AVI "), Err(Refused::Unknown));
    }

    #[test]
    fn a_wav_that_says_more_than_it_has_is_refused() {
        let format = [7, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0];
        let wav = |length: u32| {
            let head = [b"RIFF\xff\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0", format.as_slice(), b"data"].concat();
            super::wav(&[&head, length.to_le_bytes().as_slice(), &[9; 16]].concat())
        };
        let whole = [b"RIFF\x36\0\0\0WAVEfmt \x12\0\0\0", format.as_slice(), b"\0\0data\x10\0\0\0", [9; 16].as_slice()]
            .concat();
        assert_eq!(wav(16), Ok(whole.clone()));
        assert_eq!(wav(u32::MAX), Ok(whole));
        assert_eq!(wav(17), Err(Refused::Broken("its sound is cut off")));
    }
}
