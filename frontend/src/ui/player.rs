//! Plays a sound of the server: fetched when it is first asked for, one at a time, with a line or its picture to seek in.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::operation::File;
use shared::{Operation, Problem};

use super::field::element_id;
use super::icon::{Glyph, Icon};
use super::toast;
use crate::{api, time};

/// The bars of a picture.
const BARS: usize = 72;
/// Its size in the units of the drawing; it is stretched to the room that there is.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 32.0;
/// The least height of a bar: silence is seen too.
const BAR_MIN: f64 = 2.0;

thread_local! {
    /// The one that is heard; another that begins makes it pause.
    static HEARD: RefCell<Option<web_sys::HtmlMediaElement>> = const { RefCell::new(None) };
}

type Load = Rc<dyn Fn() -> LocalBoxFuture<'static, Result<String, Problem>>>;

/// A sound and how far it is; copy it freely.
#[derive(Clone, Copy)]
pub struct Sound {
    load: StoredValue<Load, LocalStorage>,
    address: RwSignal<Option<String>>,
    millis: u64,
    node: NodeRef<html::Audio>,
    busy: RwSignal<bool>,
    playing: RwSignal<bool>,
    /// In milliseconds.
    at: RwSignal<f64>,
    begun: Callback<()>,
}

impl Sound {
    /// The sound that `ask` asks for, so long; `begun` is called when it begins to be heard.
    pub fn new<O: Operation<Output = File> + 'static>(
        ask: impl Fn() -> O + 'static,
        millis: u64,
        begun: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let load: Load = Rc::new(move || Box::pin(api::open(ask())));
        let sound = Self {
            load: StoredValue::new_local(load),
            address: RwSignal::new(None),
            millis,
            node: NodeRef::new(),
            busy: RwSignal::new(false),
            playing: RwSignal::new(false),
            at: RwSignal::new(0.0),
            begun: Callback::new(move |()| begun()),
        };
        on_cleanup(move || {
            if let Some(address) = sound.address.try_get_untracked().flatten() {
                api::forget(&address);
            }
        });
        sound
    }

    fn toggle(self) {
        match self.playing.get_untracked() {
            true => self.pause(),
            false => self.play(),
        }
    }

    fn pause(self) {
        if let Some(audio) = self.node.get_untracked() {
            audio.pause().ok();
        }
    }

    fn play(self) {
        if self.busy.get_untracked() {
            return;
        }
        if self.address.with_untracked(Option::is_some) {
            return self.start();
        }
        self.busy.set(true);
        let loading = self.load.with_value(|load| load());
        spawn_local(async move {
            let answer = loading.await;
            self.busy.try_set(false);
            match answer {
                Ok(address) if self.address.is_disposed() => api::forget(&address),
                Ok(address) => {
                    self.address.set(Some(address));
                    self.start();
                }
                Err(problem) => toast::bad(problem.title),
            }
        });
    }

    fn start(self) {
        let (Some(audio), Some(address)) = (self.node.get_untracked(), self.address.get_untracked()) else { return };
        if audio.src().is_empty() {
            audio.set_src(&address);
            audio.set_current_time(self.at.get_untracked() / 1_000.0);
        }
        HEARD.with_borrow_mut(|heard| {
            if let Some(before) = heard.take().filter(|before| !before.is_same_node(Some(&audio))) {
                before.pause().ok();
            }
            *heard = Some(audio.clone().into());
        });
        // A browser that does not play it says so by the element's own event.
        let begun = audio.play();
        spawn_local(async move {
            if let Ok(promise) = begun {
                wasm_bindgen_futures::JsFuture::from(promise).await.ok();
            }
        });
    }

    fn seek(self, millis: f64) {
        self.at.set(millis.clamp(0.0, self.millis as f64));
        if let Some(audio) = self.node.get_untracked().filter(|audio| !audio.src().is_empty()) {
            audio.set_current_time(self.at.get_untracked() / 1_000.0);
        }
    }
}

/// The button, the line and the clock of a sound; `what` names it for those who do not see it. With `peaks` its picture stands
/// in place of the line.
#[component]
pub fn Player(
    sound: Sound,
    #[prop(into)] what: String,
    #[prop(optional, into)] peaks: Option<Signal<Option<Vec<u8>>>>,
) -> impl IntoView {
    let Sound { node, busy, playing, at, millis, .. } = sound;
    let (length, label) = (time::duration(millis.div_ceil(1_000)), what.clone());
    let whole = length.clone();
    let shown = Memo::new(move |_| time::duration((at.get() / 1_000.0) as u64));
    let share = Memo::new(move |_| if millis == 0 { 0.0 } else { (at.get() / millis as f64).clamp(0.0, 1.0) });
    let button = move || format!("{} {what}", if playing.get() { "Pause" } else { "Play" });
    let glyph = move || match (busy.get(), playing.get()) {
        (true, _) => view! { <span class="spinner" aria-hidden="true"></span> }.into_any(),
        (false, true) => view! { <Icon glyph=Glyph::Pause /> }.into_any(),
        (false, false) => view! { <Icon glyph=Glyph::Play /> }.into_any(),
    };
    let failed = move |_| {
        playing.set(false);
        if sound.address.with_untracked(Option::is_some) {
            toast::bad("This browser could not play the sound.");
        }
    };
    view! {
        <div class="player" data-testid="player" data-playing=move || playing.get().then_some("")>
            <button type="button" class="player-button" data-testid="play" aria-label=button on:click=move |_| sound.toggle()>
                {glyph}
            </button>
            <div class="player-track">
                {match peaks {
                    Some(peaks) => view! { <Picture peaks share /> }.into_any(),
                    None => view! { <span class="player-line" aria-hidden="true"><i style:width=move || format!("{:.1}%", share.get() * 100.0)></i></span> }.into_any(),
                }}
                <input
                    type="range"
                    class="player-seek"
                    data-testid="seek"
                    min="0"
                    max=millis.to_string()
                    step="100"
                    aria-label=format!("Position in {label}")
                    aria-valuetext=move || format!("{} of {whole}", shown.get())
                    prop:value=move || at.get().to_string()
                    on:input=move |event| sound.seek(event_target_value(&event).parse().unwrap_or(0.0))
                />
            </div>
            <span class="player-time figures" data-testid="player-time">
                {move || (playing.get() || at.get() > 0.0).then(|| format!("{} / ", shown.get()))}
                {length}
            </span>
            <audio
                node_ref=node
                preload="none"
                hidden
                on:play=move |_| { playing.set(true); sound.begun.run(()); }
                on:pause=move |_| playing.set(false)
                on:ended=move |_| { playing.set(false); at.set(0.0); }
                on:timeupdate=move |_| {
                    if let Some(audio) = node.get_untracked() {
                        at.set(audio.current_time() * 1_000.0);
                    }
                }
                on:error=failed
            ></audio>
        </div>
    }
}

/// How loud the sound is over its time; what has been heard has the colour.
#[component]
fn Picture(peaks: Signal<Option<Vec<u8>>>, share: Memo<f64>) -> impl IntoView {
    let id = element_id("heard");
    let clip = format!("url(#{id})");
    let path = Memo::new(move |_| peaks.with(|peaks| path(peaks.as_deref().unwrap_or_default())));
    view! {
        <svg class="player-picture" viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true" data-testid="waveform">
            <defs><clipPath id=id><rect x="0" y="0" height=HEIGHT width=move || share.get() * WIDTH></rect></clipPath></defs>
            <path class="player-wave" d=move || path.get()></path>
            <path class="player-wave player-heard" d=move || path.get() clip-path=clip></path>
        </svg>
    }
}

/// A line up and down for each bar.
fn path(peaks: &[u8]) -> String {
    let step = WIDTH / BARS as f64;
    let bar = |(index, peak): (usize, u8)| {
        let height = (f64::from(peak) / 255.0 * (HEIGHT - BAR_MIN)).max(BAR_MIN);
        format!("M{:.1} {:.1}v{height:.1}", step * (index as f64 + 0.5), (HEIGHT - height) / 2.0)
    };
    bars(peaks, BARS).into_iter().enumerate().map(bar).collect()
}

/// So many bars, each the loudest of its stretch.
fn bars(peaks: &[u8], count: usize) -> Vec<u8> {
    let stretch = |index: usize| {
        let first = index * peaks.len() / count;
        let end = ((index + 1) * peaks.len() / count).max(first + 1);
        peaks.iter().skip(first).take(end - first).copied().max().unwrap_or(0)
    };
    (0..count).map(stretch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_loudest_of_each_stretch() {
        assert_eq!(bars(&[1, 9, 3, 4, 0, 7], 3), [9, 4, 7]);
        assert_eq!(bars(&[5, 6], 4), [5, 5, 6, 6]);
        assert_eq!(bars(&[], 2), [0, 0]);
        assert_eq!(bars(&[9; 1_000], BARS), [9; BARS]);
    }

    #[test]
    fn every_bar_lies_within_the_picture() {
        for peaks in [vec![], vec![0, 255], vec![255; 500]] {
            let path = path(&peaks);
            let bars: Vec<&str> = path.split('M').skip(1).collect();
            assert_eq!(bars.len(), BARS);
            for bar in bars {
                let (place, height) = bar.split_once('v').unwrap();
                let (x, y) = place.split_once(' ').unwrap();
                let (x, y, height): (f64, f64, f64) = (x.parse().unwrap(), y.parse().unwrap(), height.parse().unwrap());
                assert!((0.0..=WIDTH).contains(&x) && y >= 0.0 && y + height <= HEIGHT + 0.2, "{bar}");
            }
        }
    }
}
