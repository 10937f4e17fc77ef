//! What the phone speaks into and rings on, with a level meter, test tones, and the fix where something is missing.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{AnalyserNode, AudioContext, MediaStream};

use super::super::device::{self, Device, Devices, Permission, Use};
use super::super::state::MediaTrouble;
use super::super::{agent, alert, sound};
use super::icon::{Sign, SignIcon};
use super::shortcut;
use crate::ui::field::{Switch, element_id};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::toast;

const METER_MILLIS: u32 = 80;

#[component]
pub fn Settings() -> impl IntoView {
    let keys_on = RwSignal::new(shortcut::are_on());
    let answers_itself = RwSignal::new(agent::answers_itself());
    let may_ask = RwSignal::new(alert::may_ask());
    let ask = move |_| {
        alert::ask(move |granted| {
            may_ask.try_set(alert::may_ask());
            if !granted {
                toast::bad("The browser will not show calls while another page is in front.");
            }
        });
    };
    view! {
        <details class="card phone-settings" data-testid="phone-settings">
            <summary class="card-head">
                <h2>"Sound and keys"</h2>
                <Icon glyph=Glyph::ChevronDown />
            </summary>
            <div class="card-body form">
                <Obstacle />
                <Choice purpose=Use::Microphone label="Microphone" testid="device-microphone" />
                <Meter />
                <Choice purpose=Use::Speaker label="Speaker for calls" testid="device-speaker" />
                <Choice purpose=Use::Ring label="Speaker for ringing" testid="device-ring" />
                {move || may_ask.get().then(|| view! {
                    <button type="button" class="button button-secondary" data-testid="ask-notifications" on:click=ask>
                        <SignIcon sign=Sign::Ring />
                        <span>"Show calls while another page is in front"</span>
                    </button>
                })}
                <Switch
                    name="phone-answers-itself"
                    label="Answer intercom and paging by itself"
                    hint="Three notes tell that the microphone is open. When you are paged, nobody hears you until you press *; # ends that."
                    on=answers_itself
                    change=move |on| {
                        answers_itself.set(on);
                        agent::set_answers_itself(on);
                    }
                />
                <Switch
                    name="phone-keys"
                    label="Single keys"
                    hint="Digits dial, Enter calls, M mutes, H holds, T transfers, Escape folds the keypad. In an incoming call Enter answers and Escape silences the ringing."
                    on=keys_on
                    change=move |on| {
                        keys_on.set(on);
                        shortcut::set_on(on);
                    }
                />
            </div>
        </details>
    }
}

/// What keeps the phone from hearing the person, with the fix.
#[component]
fn Obstacle() -> impl IntoView {
    let devices = device::devices();
    let trouble = move || {
        let Devices { inputs, permission, listed, .. } = devices.get();
        match permission {
            Permission::Insecure => Some(MediaTrouble::Insecure),
            Permission::Denied => Some(MediaTrouble::Denied),
            _ if listed && inputs.is_empty() => Some(MediaTrouble::NoMicrophone),
            _ => None,
        }
    };
    view! {
        {move || trouble().map(|trouble| view! {
            <div class="notice notice-warn" data-testid="device-trouble">
                <Icon glyph=Glyph::Alert />
                <span>{trouble.sentence()}</span>
            </div>
        })}
    }
}

#[component]
fn Choice(purpose: Use, label: &'static str, testid: &'static str) -> impl IntoView {
    let id = element_id("device");
    let devices = device::devices();
    let options = Memo::new(move |_| {
        devices
            .with(|devices| if purpose == Use::Microphone { devices.inputs.clone() } else { devices.outputs.clone() })
    });
    let chosen = Memo::new(move |_| device::chosen(purpose));
    let choose = move |event: web_sys::Event| {
        device::choose(purpose, &event_target_value(&event));
        match purpose {
            Use::Microphone => agent::microphone_changed(),
            Use::Speaker | Use::Ring => agent::sound_changed(),
        }
    };
    let option = move |(place, device): (usize, Device)| {
        let name = if device.label.is_empty() { format!("{label} {}", place + 1) } else { device.label };
        let id = device.id.clone();
        view! { <option value=device.id selected=move || chosen.with(|chosen| *chosen == id)>{name}</option> }
    };
    let test = (purpose != Use::Microphone).then(|| {
        view! {
            <button
                type="button"
                class="button button-secondary"
                data-testid=format!("{testid}-test")
                aria-label=format!("Test: {label}")
                on:click=move |_| sound::test(purpose)
            >
                <SignIcon sign=if purpose == Use::Ring { Sign::Ring } else { Sign::Speaker } />
                <span>"Test"</span>
            </button>
        }
    });
    let named = move || options.with(|options| options.iter().any(|device| !device.id.is_empty()));
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <div class="device-row">
                <select id=id class="input" data-testid=testid on:change=choose disabled=move || !named()>
                    <option value="" selected=move || chosen.with(String::is_empty)>"The browser's choice"</option>
                    {move || {
                        let real = options.get().into_iter().filter(|device| !device.id.is_empty() && device.id != "default");
                        real.enumerate().map(option).collect_view()
                    }}
                </select>
                {test}
            </div>
        </div>
    }
}

/// An open microphone and what measures it; dropped, it shuts.
struct Listening {
    context: AudioContext,
    stream: MediaStream,
    analyser: AnalyserNode,
}

impl Listening {
    fn to(stream: MediaStream) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(512);
        context.create_media_stream_source(&stream).ok()?.connect_with_audio_node(&analyser).ok()?;
        Some(Self { context, stream, analyser })
    }

    /// Percent of what a loud voice reaches.
    fn level(&self) -> f64 {
        let mut samples = [0.0_f32; 512];
        self.analyser.get_float_time_domain_data(&mut samples);
        level(&samples)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        for track in self.stream.get_audio_tracks().iter() {
            use wasm_bindgen::JsCast as _;
            track.unchecked_into::<web_sys::MediaStreamTrack>().stop();
        }
        if let Ok(promise) = self.context.close() {
            spawn_local(async move {
                wasm_bindgen_futures::JsFuture::from(promise).await.ok();
            });
        }
    }
}

/// From −60 dB to 0 dB as 0–100.
fn level(samples: &[f32]) -> f64 {
    let power = samples.iter().map(|sample| f64::from(sample * sample)).sum::<f64>() / samples.len().max(1) as f64;
    if power <= 1e-6 { 0.0 } else { (100.0 + power.log10() * 10.0 * 100.0 / 60.0).clamp(0.0, 100.0) }
}

/// Shows how loud the chosen microphone hears.
#[component]
fn Meter() -> impl IntoView {
    let level = RwSignal::new(0.0);
    let running = RwSignal::new(false);
    let turns = StoredValue::new_local(None::<Interval>);
    let stop = move || {
        turns.try_update_value(Option::take);
        running.try_set(false);
        level.try_set(0.0);
    };
    let start = move || {
        spawn_local(async move {
            match device::open_microphone().await {
                Err(trouble) => toast::bad(trouble.sentence()),
                Ok(stream) => {
                    let Some(listening) = Listening::to(stream).map(Rc::new) else { return };
                    let measure = Interval::new(METER_MILLIS, move || {
                        level.try_set(listening.level());
                    });
                    if running.try_set(true).is_none() {
                        turns.try_update_value(|turns| *turns = Some(measure));
                    }
                }
            }
        });
    };
    // Another choice is another microphone.
    Effect::new(move |before: Option<String>| {
        let chosen = device::chosen(Use::Microphone);
        if before.is_some_and(|before| before != chosen) && running.get_untracked() {
            stop();
            start();
        }
        chosen
    });
    on_cleanup(stop);
    view! {
        <div class="device-meter">
            <button
                type="button"
                class="button button-secondary"
                data-testid="meter-toggle"
                aria-pressed=move || running.get().to_string()
                on:click=move |_| if running.get_untracked() { stop() } else { start() }
            >
                <SignIcon sign=Sign::Microphone />
                <span>{move || if running.get() { "Stop" } else { "Test the microphone" }}</span>
            </button>
            <div
                class="level"
                role="meter"
                aria-label="Microphone level"
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", level.get())
                data-testid="level-meter"
            >
                <i style:clip-path=move || format!("inset(0 {:.0}% 0 0)", 100.0 - level.get())></i>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_goes_from_silence_to_full_scale() {
        assert_eq!(level(&[0.0; 8]), 0.0);
        assert_eq!(level(&[1.0, -1.0]), 100.0);
        assert!((level(&[0.0316, -0.0316]) - 50.0).abs() < 1.0);
    }
}
