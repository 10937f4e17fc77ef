//! How much a Vorbis file asks for before it has given anything.
//!
//! The tables that its setup header describes (Vorbis I, 3.2.1) may be a million times as large as their description, so they are
//! counted before the decoder makes them.

use crate::Refused;
use crate::stream::Packets;

/// Codewords of all codebooks together. Encoders that are in use make some ten thousand.
const ENTRIES_MAX: u64 = 128 * 1_024;
/// Numbers in all codebooks together: 16 MB. Encoders that are in use make some hundred thousand.
const VALUES_MAX: u64 = 4 * 1_024 * 1_024;

const SETUP_MAGIC: &[u8] = b"\x05vorbis";
const CODEBOOK_SYNC: u64 = 0x56_4342;

/// What the codebooks of a file amount to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Size {
    entries: u64,
    values: u64,
}

/// Refuses a file whose codebooks are larger than those of any encoder.
pub(super) fn check(file: &[u8]) -> Result<(), Refused> {
    let setup = Packets::of(file)?.nth(2).ok_or(Refused::Broken("its third header is missing"))??;
    let codebooks = setup.bytes.strip_prefix(SETUP_MAGIC).ok_or(Refused::Broken("its third header is missing"))?;
    size(codebooks).map(|_| ())
}

fn size(codebooks: &[u8]) -> Result<Size, Refused> {
    let mut bits = Bits { bytes: codebooks, at: 0 };
    let count = bits.take(8)? + 1;
    let mut size = Size::default();
    for _ in 0..count {
        let (sync, dimensions, entries) = (bits.take(24)?, bits.take(16)?, bits.take(24)?);
        if sync != CODEBOOK_SYNC {
            return Err(Refused::Broken("a codebook is damaged"));
        }
        size.entries += entries;
        size.values += entries * dimensions;
        if size.entries > ENTRIES_MAX || size.values > VALUES_MAX {
            return Err(Refused::Broken("its codebooks are larger than any encoder makes them"));
        }
        skip_lengths(&mut bits, entries)?;
        skip_values(&mut bits, entries, dimensions)?;
    }
    Ok(size)
}

/// The lengths of the codewords: in order and counted, or one by one.
fn skip_lengths(bits: &mut Bits<'_>, entries: u64) -> Result<(), Refused> {
    if bits.take(1)? == 1 {
        bits.take(5)?;
        let mut counted = 0;
        while counted < entries {
            let number_bits = u64::BITS - (entries - counted).leading_zeros();
            counted += bits.take(number_bits)?;
        }
        return Ok(());
    }
    let is_sparse = bits.take(1)? == 1;
    for _ in 0..entries {
        if !is_sparse || bits.take(1)? == 1 {
            bits.take(5)?;
        }
    }
    Ok(())
}

fn skip_values(bits: &mut Bits<'_>, entries: u64, dimensions: u64) -> Result<(), Refused> {
    let kind = bits.take(4)?;
    if kind == 0 {
        return Ok(());
    }
    bits.skip(64);
    let value_bits = bits.take(4)? + 1;
    bits.skip(1);
    let values = match kind {
        1 => lattice(entries, dimensions),
        2 => entries * dimensions,
        _ => return Err(Refused::Broken("a codebook is damaged")),
    };
    bits.skip(values * value_bits);
    Ok(())
}

/// The largest number that, to the power of `dimensions`, is no more than `entries` (Vorbis I, 9.2.3).
fn lattice(entries: u64, dimensions: u64) -> u64 {
    let dimensions = u32::try_from(dimensions).unwrap_or(u32::MAX);
    let fits = |number: &u64| number.checked_pow(dimensions).is_some_and(|power| power <= entries);
    // Without dimensions every number would fit.
    if dimensions == 0 { 0 } else { (1..=entries).take_while(fits).last().unwrap_or_default() }
}

/// Bits from the least significant one on (Vorbis I, 2.1.4).
struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Result<u64, Refused> {
        let mut value = 0;
        for place in 0..count {
            let byte = usize::try_from(self.at / 8).ok().and_then(|at| self.bytes.get(at));
            let byte = byte.ok_or(Refused::Broken("a codebook is cut off"))?;
            value |= u64::from(byte >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Ok(value)
    }

    fn skip(&mut self, count: u64) {
        self.at = self.at.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers, each with the bits that it takes.
    fn packed(numbers: &[(u64, u32)]) -> Vec<u8> {
        let bits: Vec<u64> =
            numbers.iter().flat_map(|(number, count)| (0..*count).map(move |at| number >> at & 1)).collect();
        bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |value, bit| value << 1 | *bit as u8)).collect()
    }

    #[test]
    fn the_codebooks_of_an_encoder_are_counted_to_their_end() {
        let file = include_bytes!("../../tests/it/fixture/tone_48000.ogg");
        let setup = Packets::of(file).unwrap().nth(2).unwrap().unwrap();
        let size = size(setup.bytes.strip_prefix(SETUP_MAGIC).unwrap()).unwrap();
        assert!((1_000..20_000).contains(&size.entries) && (5_000..200_000).contains(&size.values), "{size:?}");
        assert_eq!(check(file), Ok(()));
    }

    #[test]
    fn a_short_header_that_asks_for_gigabytes_is_refused() {
        let book = [(CODEBOOK_SYNC, 24), (32, 16), (128 * 1_024, 24), (1, 1), (16, 5), (128 * 1_024, 18)];
        let values = [(1, 4), (0, 32), (0, 32), (0, 4), (0, 1), (0, 1)];
        let books: Vec<(u64, u32)> = std::iter::repeat_n([book.as_slice(), &values].concat(), 256).flatten().collect();
        let header = packed(&[[(255, 8)].as_slice(), &books].concat());
        assert!(header.len() < 6_000);
        assert_eq!(size(&header), Err(Refused::Broken("its codebooks are larger than any encoder makes them")));
        let one = packed(&[[(0, 8)].as_slice(), &book, &values].concat());
        assert_eq!(size(&one), Ok(Size { entries: 131_072, values: 4_194_304 }));
    }

    #[test]
    fn codewords_that_are_never_counted_up_do_not_keep_it_busy() {
        let book = packed(&[(0, 8), (CODEBOOK_SYNC, 24), (1, 16), (100_000, 24), (1, 1), (0, 5)]);
        let endless = [book, vec![0; 1_000]].concat();
        assert_eq!(size(&endless), Err(Refused::Broken("a codebook is cut off")));
    }

    #[test]
    fn the_lattice_is_that_of_the_specification() {
        for (entries, dimensions, number) in [(81, 4, 3), (80, 4, 2), (6_561, 8, 3), (1, 5, 1), (0, 5, 0), (7, 0, 0)] {
            assert_eq!(lattice(entries, dimensions), number);
        }
        assert_eq!(lattice(131_072, u64::from(u16::MAX)), 1);
    }
}
