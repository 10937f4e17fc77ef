//! Whether a fax machine calls: its calling tone is 1100 Hz for half a second, every three and a half (ITU-T T.30, 4.2).

use crate::codec::{Codec, g711};

use g711::Law;

/// The tone, in Hz; 38 Hz off either way is right.
const HERTZ: [f32; 3] = [1_072.0, 1_100.0, 1_128.0];
/// Samples a second of what is looked at: a fax does not survive any other codec.
const RATE: f32 = 8_000.0;
/// Samples that are looked at together: 20 ms.
const WINDOW: usize = 160;
/// Of the energy of a window so much is the tone's.
const SHARE_MIN: f32 = 0.85;
/// The mean square of a window below which there is nothing: about -43 dBm0.
const ENERGY_MIN: f32 = 20_000.0;
/// Windows of the tone: from 400 ms, with which the machine may have begun before it was listened to, to 700 ms. A tone that is
/// longer is none of a fax.
const WINDOWS: std::ops::RangeInclusive<u32> = 20..=35;

/// Listens to one leg until the tone was heard.
#[derive(Debug, Default)]
pub(crate) struct Fax {
    samples: Vec<i16>,
    /// Windows of the tone in a row.
    windows: u32,
}

impl Fax {
    /// A packet of the leg; true where the tone has just ended.
    pub(crate) fn hear(&mut self, codec: Codec, payload: &[u8]) -> bool {
        let Some(law) = Law::of(codec) else { return false };
        g711::decode(law, payload, &mut self.samples);
        let mut heard = false;
        while self.samples.len() >= WINDOW {
            let window: Vec<i16> = self.samples.drain(..WINDOW).collect();
            if is_tone(&window) {
                self.windows = self.windows.saturating_add(1);
            } else {
                heard |= WINDOWS.contains(&std::mem::take(&mut self.windows));
            }
        }
        heard
    }
}

/// Is a window nearly nothing but the tone? Goertzel's filter at its middle and a little off it.
fn is_tone(window: &[i16]) -> bool {
    let energy: f32 = window.iter().map(|sample| f32::from(*sample).powi(2)).sum();
    if energy < ENERGY_MIN * window.len() as f32 {
        return false;
    }
    HERTZ.into_iter().any(|hertz| {
        let coefficient = 2.0 * (std::f32::consts::TAU * hertz / RATE).cos();
        let (mut last, mut before) = (0.0, 0.0);
        for sample in window {
            let next = f32::from(*sample) + coefficient * last - before;
            (before, last) = (last, next);
        }
        let power = last * last + before * before - coefficient * last * before;
        2.0 * power / (window.len() as f32 * energy) >= SHARE_MIN
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sound in µ-law: a tone of so many hertz for so many milliseconds, and silence.
    fn heard(sounds: &[(f32, usize)]) -> bool {
        let mut fax = Fax::default();
        let mut told = false;
        for (hertz, millis) in sounds {
            let samples: Vec<i16> = (0..millis * 8)
                .map(|place| ((std::f32::consts::TAU * hertz * place as f32 / RATE).sin() * 6_000.0) as i16)
                .collect();
            for piece in samples.chunks(160) {
                let mut payload = Vec::new();
                g711::encode(Law::Mu, piece, &mut payload);
                told |= fax.hear(Codec::Pcmu, &payload);
            }
        }
        told
    }

    // covers: IVR-11
    #[test]
    fn ivr_11_the_calling_tone_is_told_from_other_sounds() {
        let silence = (0.0, 500);
        for hertz in [1_062.0, 1_100.0, 1_138.0] {
            assert!(heard(&[silence, (hertz, 500), silence]), "{hertz}");
        }
        assert!(heard(&[(1_100.0, 430), silence]), "the first may have begun before");
        for other in [
            &[(1_100.0, 300), silence][..],
            &[(1_100.0, 2_000), silence],
            &[(1_000.0, 500), silence],
            &[(1_200.0, 500), silence],
            &[(440.0, 500), silence],
            &[silence, silence],
        ] {
            assert!(!heard(other), "{other:?}");
        }
        let mut fax = Fax::default();
        assert!(!fax.hear(Codec::Opus, &[0; 200]), "nothing is heard in Opus");
    }
}
