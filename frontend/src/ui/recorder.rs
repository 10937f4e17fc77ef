//! Recording by the browser's microphone, into a WAV file that is sent as a chosen one is.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AudioContext, AudioProcessingEvent, MediaStream, MediaStreamConstraints, MediaStreamTrack, ScriptProcessorNode,
};

use super::badge::{Dot, Tone};
use super::button::Button;
use super::file::{Chosen, base64_of};
use super::form::Form;
use super::icon::Glyph;
use super::toast;
use crate::{api, time};

/// A recording ends after so many seconds by itself.
const SECONDS_MAX: usize = 120;
/// Samples that the browser hands over at once.
const CHUNK: u32 = 4_096;
/// Voice needs no more samples a second; the browser's rate is divided by a whole number down to at least this.
const RATE: u32 = 16_000;

type Samples = Rc<RefCell<Vec<i16>>>;
type Hear = Closure<dyn Fn(AudioProcessingEvent)>;

/// A recording that runs.
struct Running {
    context: AudioContext,
    stream: MediaStream,
    /// The browser lets go of a node that nothing holds.
    tap: ScriptProcessorNode,
    rate: u32,
    samples: Samples,
    _hear: Hear,
}

impl Running {
    /// Gives the microphone back.
    fn end(self) -> (Vec<i16>, u32) {
        self.tap.set_onaudioprocess(None);
        for track in self.stream.get_tracks() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
        self.context.close().ok();
        (self.samples.take(), self.rate)
    }
}

/// Records in place of choosing a file, and plays what was recorded.
#[component]
pub fn Recorder(chosen: RwSignal<Option<Chosen>>, form: Form, name: &'static str) -> impl IntoView {
    let running = StoredValue::new_local(None::<Running>);
    let (recording, busy) = (RwSignal::new(false), RwSignal::new(false));
    let seconds = RwSignal::new(0_u64);
    let heard = RwSignal::new(None::<String>);
    let forget = move || {
        if let Some(address) = heard.try_get_untracked().flatten() {
            api::forget(&address);
        }
    };
    let stop = move || {
        let Some((samples, rate)) = running.try_update_value(Option::take).flatten().map(Running::end) else { return };
        recording.set(false);
        let bytes = wav(&samples, rate);
        let Ok((blob, address)) = api::blob(&bytes, "audio/wav") else {
            return toast::bad("The browser refused to keep the recording.");
        };
        forget();
        heard.set(Some(address));
        form.touch(name);
        spawn_local(async move {
            let Some(base64) = base64_of(&blob).await else { return };
            let file = Chosen { name: "Recording.wav".to_owned(), bytes: bytes.len() as u64, base64 };
            chosen.try_set(Some(file));
        });
    };
    let start = move || {
        busy.set(true);
        spawn_local(async move {
            let begun = begin(move |length| {
                if seconds.try_get_untracked().is_some_and(|shown| shown != length) {
                    seconds.set(length);
                }
            });
            let begun = begun.await;
            busy.try_set(false);
            match begun {
                // The dialog was closed while the browser asked.
                Ok(fresh) if recording.is_disposed() => drop(fresh.end()),
                Ok(fresh) => {
                    running.set_value(Some(fresh));
                    seconds.set(0);
                    recording.set(true);
                }
                Err(_) => toast::bad(
                    "The browser gives this page no microphone. Allow it beside the address, or choose a file.",
                ),
            }
        });
    };
    Effect::new(move |_| {
        if seconds.get() >= SECONDS_MAX as u64 {
            stop();
        }
    });
    on_cleanup(move || {
        if let Some(left) = running.try_update_value(Option::take).flatten() {
            left.end();
        }
        forget();
    });
    let label = Signal::derive(move || if recording.get() { "Stop recording" } else { "Record here" }.to_owned());
    let press = move |()| match recording.get_untracked() {
        true => stop(),
        false => start(),
    };
    // Another file takes the place of what was recorded.
    let own = move || chosen.with(|chosen| chosen.as_ref().is_none_or(|file| file.name == "Recording.wav"));
    view! {
        <div class="grid gap-2" data-testid="recorder">
            <div class="flex flex-wrap items-center gap-3">
                <Button label icon=Glyph::Microphone busy testid="record" press />
                {move || recording.get().then(|| view! { <Dot tone=Tone::Bad live=true /> })}
                <span class="text-sm text-soft figures" role="timer" aria-live="off">
                    {move || recording.get().then(|| format!("Recording, {}", time::duration(seconds.get())))}
                </span>
            </div>
            {move || heard.get().filter(|_| own() && !recording.get()).map(|address| view! {
                <audio controls class="w-full" src=address aria-label="What was recorded" data-testid="recorded"></audio>
            })}
        </div>
    }
}

/// Asks for the microphone and begins; `told` hears how many seconds there are.
async fn begin(told: impl Fn(u64) + 'static) -> Result<Running, JsValue> {
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&JsValue::TRUE);
    let devices = window().navigator().media_devices()?;
    let stream: MediaStream =
        JsFuture::from(devices.get_user_media_with_constraints(&constraints)?).await?.dyn_into()?;
    let context = AudioContext::new()?;
    // Where the browser has let it sleep because the question took long.
    drop(context.resume()?);
    let full = context.sample_rate() as u32;
    let factor = (full / RATE).max(1) as usize;
    let rate = full / factor as u32;
    let samples = Samples::default();
    let kept = Rc::clone(&samples);
    let hear = Hear::new(move |event: AudioProcessingEvent| {
        let Ok(chunk) = event.input_buffer().and_then(|buffer| buffer.get_channel_data(0)) else { return };
        let mut kept = kept.borrow_mut();
        if kept.len() < SECONDS_MAX * rate as usize {
            kept.extend(thinned(&chunk, factor));
        }
        told(kept.len() as u64 / u64::from(rate.max(1)));
    });
    let source = context.create_media_stream_source(&stream)?;
    let tap = context
        .create_script_processor_with_buffer_size_and_number_of_input_channels_and_number_of_output_channels(
            CHUNK, 1, 1,
        )?;
    tap.set_onaudioprocess(Some(hear.as_ref().unchecked_ref()));
    source.connect_with_audio_node(&tap)?;
    tap.connect_with_audio_node(&context.destination())?;
    Ok(Running { context, stream, tap, rate, samples, _hear: hear })
}

/// Every so many samples become one, their mean.
fn thinned(chunk: &[f32], factor: usize) -> impl Iterator<Item = i16> + '_ {
    chunk.chunks(factor.max(1)).map(|samples| {
        let mean = samples.iter().sum::<f32>() / samples.len() as f32;
        (mean.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16
    })
}

/// A WAV file of one channel, 16 bits a sample.
fn wav(samples: &[i16], rate: u32) -> Vec<u8> {
    const HEAD: u32 = 36;
    let length = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX - HEAD);
    let mut bytes = Vec::with_capacity(samples.len() * 2 + 44);
    bytes.extend(b"RIFF");
    bytes.extend((HEAD + length).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 2).to_le_bytes());
    bytes.extend(2_u16.to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_a_wav_file_of_one_channel() {
        let file = wav(&[0, 1, -1], 16_000);
        assert_eq!(file.len(), 44 + 6);
        assert_eq!((&file[..4], &file[8..16], &file[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
        assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
        assert_eq!(u32::from_le_bytes(file[24..28].try_into().unwrap()), 16_000);
        assert_eq!(u32::from_le_bytes(file[40..44].try_into().unwrap()), 6);
        assert_eq!(file[44..], [0, 0, 1, 0, 255, 255]);
    }

    #[test]
    fn samples_become_fewer_and_stay_within_bounds() {
        let thin = |chunk: &[f32], factor| thinned(chunk, factor).collect::<Vec<i16>>();
        assert_eq!(thin(&[1.0, 0.0, 0.5, 0.5], 2), [16_383, 16_383]);
        assert_eq!(thin(&[2.0, -2.0], 1), [i16::MAX, -i16::MAX]);
        assert_eq!(thin(&[], 3), [0_i16; 0]);
    }
}
