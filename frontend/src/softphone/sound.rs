//! The sounds that the phone makes itself: ringing here, ringing there, keys. All made of sine waves.

use std::cell::{Cell, RefCell};

use gloo_timers::callback::Interval;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::AudioContext;

use super::device::{self, Use};
use super::state::{EndKind, PhoneView, Stage};

/// What is to be heard for as long as the phone is in a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sound {
    /// Nothing.
    #[default]
    Silence,
    /// A call waits and nothing else runs.
    Ring,
    /// A call waits while another runs: short, so that it does not cover the voice.
    Waiting,
    /// The other side rings.
    Ringback,
    /// The other side is busy or cannot be reached.
    Busy,
}

/// One beep: frequencies in hertz, begin and length in seconds, loudness 0–1.
type Beep = (&'static [f32], f64, f64, f32);

impl Sound {
    /// What is to be heard in this state.
    pub fn of(view: &PhoneView) -> Self {
        let running = view.running().any(|call| !call.held);
        if view.incoming().is_some() {
            return if running { Self::Waiting } else { Self::Ring };
        }
        match view.running().last() {
            Some(call) if call.stage == Stage::Ringing && !call.early_media => Self::Ringback,
            Some(_) => Self::Silence,
            None => match view.calls.last().map(|call| (&call.stage, call.outgoing)) {
                Some((Stage::Ended(ending), true)) if ending.kind == EndKind::Failed => Self::Busy,
                _ => Self::Silence,
            },
        }
    }

    /// The beeps of one turn, the milliseconds of a turn, and how many turns at most.
    const fn pattern(self) -> (&'static [Beep], u32, u32) {
        match self {
            Self::Silence => (&[], 0, 0),
            Self::Ring => (
                &[
                    (&[784.0, 1568.0], 0.0, 0.22, 0.22),
                    (&[988.0, 1976.0], 0.2, 0.22, 0.2),
                    (&[1175.0, 2350.0], 0.4, 0.5, 0.2),
                    (&[988.0, 1976.0], 0.95, 0.6, 0.18),
                ],
                3_000,
                u32::MAX,
            ),
            Self::Waiting => (&[(&[440.0], 0.0, 0.15, 0.08), (&[440.0], 0.3, 0.15, 0.08)], 4_000, u32::MAX),
            Self::Ringback => (&[(&[425.0], 0.0, 1.0, 0.07)], 5_000, u32::MAX),
            Self::Busy => (&[(&[425.0], 0.0, 0.3, 0.07)], 600, 4),
        }
    }

    const fn purpose(self) -> Use {
        match self {
            Self::Ring => Use::Ring,
            _ => Use::Speaker,
        }
    }
}

const BY_ITSELF: &[Beep] = &[(&[784.0], 0.0, 0.12, 0.15), (&[988.0], 0.14, 0.12, 0.15), (&[1175.0], 0.28, 0.2, 0.15)];

/// Makes the sounds.
#[derive(Default)]
pub struct Speaker {
    contexts: RefCell<Vec<(Use, AudioContext)>>,
    playing: Cell<Sound>,
    turns: RefCell<Option<Interval>>,
}

thread_local! {
    static SPEAKER: Speaker = Speaker::default();
}

/// From here on this is to be heard, and nothing else.
pub fn play(sound: Sound) {
    SPEAKER.with(|speaker| speaker.play(sound));
}

/// The sound of a key of the keypad.
pub fn key(digit: char) {
    if let Some(frequencies) = dual_tone(digit) {
        SPEAKER.with(|speaker| speaker.beep(Use::Speaker, &[(frequencies, 0.0, 0.12, 0.06)]));
    }
}

/// A call has been answered by itself: three short notes, so that nobody is overheard unawares.
pub fn by_itself() {
    SPEAKER.with(|speaker| speaker.beep(Use::Speaker, BY_ITSELF));
}

/// The test of a loudspeaker.
pub fn test(purpose: Use) {
    let sound = if purpose == Use::Ring { Sound::Ring } else { Sound::Ringback };
    SPEAKER.with(|speaker| speaker.beep(purpose, sound.pattern().0));
}

impl Speaker {
    fn play(&self, sound: Sound) {
        if self.playing.replace(sound) == sound {
            return;
        }
        self.turns.take();
        self.silence();
        let (beeps, millis, turns) = sound.pattern();
        if turns == 0 {
            return;
        }
        self.beep(sound.purpose(), beeps);
        let left = Cell::new(turns - 1);
        self.turns.replace(Some(Interval::new(millis, move || {
            if left.get() > 0 {
                left.set(left.get() - 1);
                SPEAKER.with(|speaker| speaker.beep(sound.purpose(), beeps));
            }
        })));
    }

    /// What was begun ends at once.
    fn silence(&self) {
        for (_, context) in self.contexts.take() {
            if let Ok(promise) = context.close() {
                spawn_local(async move {
                    JsFuture::from(promise).await.ok();
                });
            }
        }
    }

    fn beep(&self, purpose: Use, beeps: &[Beep]) {
        let Some(context) = self.context(purpose) else { return };
        for beep in beeps {
            // A browser without sound shows the call all the same.
            beep_once(&context, beep).ok();
        }
    }

    fn context(&self, purpose: Use) -> Option<AudioContext> {
        let mut contexts = self.contexts.borrow_mut();
        let known = contexts.iter().find(|(of, _)| *of == purpose).map(|(_, context)| context.clone());
        let context = match known {
            Some(context) => context,
            None => {
                let context = AudioContext::new().ok()?;
                contexts.push((purpose, context.clone()));
                context
            }
        };
        device::route(&context, &device::chosen_untracked(purpose));
        // Until the person has touched the page the browser keeps it silent.
        if let Ok(promise) = context.resume() {
            spawn_local(async move {
                JsFuture::from(promise).await.ok();
            });
        }
        Some(context)
    }
}

fn beep_once(context: &AudioContext, beep: &Beep) -> Result<(), wasm_bindgen::JsValue> {
    let (frequencies, begin, length, loudness) = *beep;
    let from = context.current_time() + begin + 0.02;
    let gain = context.create_gain()?;
    gain.gain().set_value_at_time(0.0001, from)?;
    gain.gain().linear_ramp_to_value_at_time(loudness, from + 0.015)?;
    gain.gain().set_value_at_time(loudness, from + length * 0.6)?;
    gain.gain().linear_ramp_to_value_at_time(0.0001, from + length)?;
    gain.connect_with_audio_node(&context.destination())?;
    for frequency in frequencies {
        let wave = context.create_oscillator()?;
        wave.frequency().set_value(*frequency);
        wave.connect_with_audio_node(&gain)?;
        wave.start_with_when(from)?;
        wave.stop_with_when(from + length + 0.02)?;
    }
    Ok(())
}

/// The two frequencies of a key (ITU-T Q.23).
const fn dual_tone(digit: char) -> Option<&'static [f32]> {
    Some(match digit {
        '1' => &[697.0, 1209.0],
        '2' => &[697.0, 1336.0],
        '3' => &[697.0, 1477.0],
        '4' => &[770.0, 1209.0],
        '5' => &[770.0, 1336.0],
        '6' => &[770.0, 1477.0],
        '7' => &[852.0, 1209.0],
        '8' => &[852.0, 1336.0],
        '9' => &[852.0, 1477.0],
        '*' => &[941.0, 1209.0],
        '0' => &[941.0, 1336.0],
        '#' => &[941.0, 1477.0],
        _ => return None,
    })
}
