//! G.711: logarithmic bytes, by tables made at compile time.

const fn mu_to_linear(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((((byte & 0x0f) as i16) << 3) + 0x84) << ((byte >> 4) & 7);
    let magnitude = magnitude - 0x84;
    if byte & 0x80 == 0 { magnitude } else { -magnitude }
}

const fn linear_to_mu(sample: i16) -> u8 {
    let sign: u8 = if sample < 0 { 0x80 } else { 0 };
    let magnitude = (sample as i32).abs();
    let magnitude = (if magnitude > 32_635 { 32_635 } else { magnitude } + 0x84) as u32;
    let exponent = 24 - magnitude.leading_zeros();
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent as u8) << 4 | mantissa as u8)
}

const fn a_to_linear(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let mantissa = ((byte & 0x0f) as i16) << 4;
    let magnitude = match (byte >> 4) & 7 {
        0 => mantissa + 8,
        exponent => (mantissa + 0x108) << (exponent - 1),
    };
    if byte & 0x80 == 0 { -magnitude } else { magnitude }
}

const fn linear_to_a(sample: i16) -> u8 {
    let mask = if sample >= 0 { 0xd5 } else { 0x55 };
    let magnitude = (if sample >= 0 { sample } else { !sample } >> 3) as u16;
    let exponent = if magnitude < 32 { 0 } else { 11 - magnitude.leading_zeros() };
    let mantissa = if exponent < 2 { magnitude >> 1 } else { magnitude >> exponent } & 0x0f;
    ((exponent as u8) << 4 | mantissa as u8) ^ mask
}

// Evaluated by the compiler, which refuses an index outside.
#[allow(clippy::indexing_slicing)]
const fn linear_table(mu: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = if mu { mu_to_linear(byte as u8) } else { a_to_linear(byte as u8) };
        byte += 1;
    }
    table
}

#[allow(clippy::indexing_slicing)]
const fn crossing_table(from_mu: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let value = byte as u8;
        table[byte] = if from_mu { linear_to_a(mu_to_linear(value)) } else { linear_to_mu(a_to_linear(value)) };
        byte += 1;
    }
    table
}

static MU_TO_LINEAR: [i16; 256] = linear_table(true);
static A_TO_LINEAR: [i16; 256] = linear_table(false);
static MU_TO_A: [u8; 256] = crossing_table(true);
static A_TO_MU: [u8; 256] = crossing_table(false);

/// Which of the two laws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Law {
    Mu,
    A,
}

/// Writes the samples of `bytes` into `out`.
pub(crate) fn decode(law: Law, bytes: &[u8], out: &mut Vec<i16>) {
    let table = match law {
        Law::Mu => &MU_TO_LINEAR,
        Law::A => &A_TO_LINEAR,
    };
    out.extend(bytes.iter().map(|byte| table.get(usize::from(*byte)).copied().unwrap_or(0)));
}

/// Writes one byte a sample into `out`.
pub(crate) fn encode(law: Law, samples: &[i16], out: &mut Vec<u8>) {
    let encode = match law {
        Law::Mu => linear_to_mu,
        Law::A => linear_to_a,
    };
    out.extend(samples.iter().map(|sample| encode(*sample)));
}

/// Turns bytes of one law into bytes of the other, in place.
pub(crate) fn cross(from: Law, bytes: &mut [u8]) {
    let table = match from {
        Law::Mu => &MU_TO_A,
        Law::A => &A_TO_MU,
    };
    for byte in bytes {
        *byte = table.get(usize::from(*byte)).copied().unwrap_or(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_anchor_values_of_the_recommendation_hold() {
        assert_eq!((mu_to_linear(0xff), mu_to_linear(0x80), mu_to_linear(0x00)), (0, 32_124, -32_124));
        assert_eq!((a_to_linear(0xd5), a_to_linear(0xaa), a_to_linear(0x2a)), (8, 32_256, -32_256));
        assert_eq!((linear_to_mu(0), linear_to_a(0)), (0xff, 0xd5));
        assert_eq!((linear_to_mu(i16::MAX), linear_to_mu(i16::MIN)), (0x80, 0x00));
        assert_eq!((linear_to_a(i16::MAX), linear_to_a(i16::MIN)), (0xaa, 0x2a));
    }

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for byte in 0..=255u8 {
            // Minus zero of the µ-law comes back as plus zero.
            if byte != 0x7f {
                assert_eq!(linear_to_mu(mu_to_linear(byte)), byte);
            }
            assert_eq!(linear_to_a(a_to_linear(byte)), byte);
        }
    }

    #[test]
    fn the_error_of_every_sample_is_within_half_a_step() {
        for sample in i16::MIN..=i16::MAX {
            let tolerance = |value: i16| (i32::from(value).abs() >> 5) + 8;
            let mu = mu_to_linear(linear_to_mu(sample));
            let a = a_to_linear(linear_to_a(sample));
            let clipped = i32::from(sample).clamp(-32_124, 32_124);
            assert!((i32::from(mu) - clipped).abs() <= tolerance(sample), "µ {sample} {mu}");
            assert!(
                (i32::from(a) - i32::from(sample)).abs()
                    <= tolerance(sample) + 512 * i32::from(sample.unsigned_abs() > 32_000),
                "A {sample} {a}"
            );
        }
    }

    #[test]
    fn crossing_equals_decoding_and_encoding() {
        let mut bytes: Vec<u8> = (0..=255).collect();
        cross(Law::Mu, &mut bytes);
        for (from, to) in (0..=255u8).zip(&bytes) {
            assert_eq!(*to, linear_to_a(mu_to_linear(from)));
        }
    }
}
