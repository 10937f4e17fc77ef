//! What is seen of the phone: its page, and on every page the running call and the call that waits.

mod bar;
mod call;
mod dial;
mod icon;
mod incoming;
mod line;
mod list;
mod presence;
mod queue;
mod record;
mod setting;
mod shortcut;
mod transfer;
mod trial;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use gloo_timers::callback::Interval;
use leptos::prelude::*;

pub use bar::PhoneBar;
pub use trial::TrialCall;

use super::agent;
use super::state::{CallKey, CallView, Input, LineView, PhoneView};
use crate::page::user::conference::Here;
use crate::session::{self, Scope};
use crate::softphone::clock;
use crate::time;
use crate::ui::button::Button;
use crate::ui::icon::Glyph;

thread_local! {
    /// The phone's page shows the running call itself, so the bar need not.
    static ON_PAGE: ArcRwSignal<bool> = ArcRwSignal::new(false);
    /// The number in the input, kept while the person looks at another page.
    static NUMBER: ArcRwSignal<String> = ArcRwSignal::new(String::new());
    /// Is the keypad of the running call open?
    static KEYPAD: ArcRwSignal<bool> = ArcRwSignal::new(false);
    /// Is the transfer of the running call open?
    static TRANSFER: ArcRwSignal<bool> = ArcRwSignal::new(false);
    /// The names of the people that were listed, by number.
    static NAMES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

/// The phone's own page.
#[component]
pub fn PhonePage() -> impl IntoView {
    let on_page = ON_PAGE.with(Clone::clone);
    PAGES.set(PAGES.get() + 1);
    on_page.set(true);
    on_cleanup(move || {
        // The next page may be there before this one is gone.
        PAGES.set(PAGES.get().saturating_sub(1));
        if PAGES.get() == 0 {
            ON_PAGE.with(Clone::clone).try_set(false);
        }
    });
    let busy = picked(|view| view.focus().is_some());
    view! {
        <div class="page phone-page" data-testid="phone-page">
            <div class="page-head">
                <h1>"Phone"</h1>
                <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
                    <presence::OwnStatus />
                    <line::LineState />
                </div>
            </div>
            <div class="phone-grid">
                <div class="stack">
                    <call::Calls />
                    <Show when=move || busy.get()><Here /></Show>
                    <queue::AgentBar />
                    <dial::DialCard />
                </div>
                <div class="stack">
                    <list::Lists />
                    <setting::Settings />
                </div>
            </div>
        </div>
    }
}

/// The number in the input.
fn number() -> ArcRwSignal<String> {
    NUMBER.with(Clone::clone)
}

/// Calls what is in the input.
fn call_number() {
    let number = number();
    let typed = number.get_untracked();
    if !typed.trim().is_empty() {
        number.set(String::new());
        dial(typed, String::new());
    }
}

/// Calls somebody; a name that is not given is looked up.
fn dial(number: String, name: String) {
    let known = || NAMES.with_borrow(|names| names.get(number.trim()).cloned()).unwrap_or_default();
    let name = if name.is_empty() { known() } else { name };
    agent::send(Input::Dial { number, name });
}

/// Calls a number from any page. It is there for whoever has an extension, and can be pressed while the phone is ready;
/// the running call then stands above the page.
#[component]
pub fn CallButton(
    #[prop(into)] number: Signal<String>,
    #[prop(optional, into)] name: String,
    #[prop(into)] label: Signal<String>,
    testid: &'static str,
) -> impl IntoView {
    let who = session::who();
    let has_phone = Memo::new(move |_| who.get().is_some_and(|who| Scope::of(&who).user));
    let ready = picked(|view| view.line == LineView::Ready);
    let disabled = Signal::derive(move || !ready.get() || number.with(|number| number.trim().is_empty()));
    let name = StoredValue::new(name);
    let press = move |()| dial(number.get_untracked(), name.get_value());
    move || has_phone.get().then(|| view! { <Button label icon=Glyph::Phone small=true disabled testid press /> })
}

/// The phone's view, cut down to what `pick` takes of it.
fn picked<T: PartialEq + Send + Sync + 'static>(pick: impl Fn(&PhoneView) -> T + Send + Sync + 'static) -> Memo<T> {
    let view = agent::view();
    Memo::new(move |_| view.with(&pick))
}

/// The call that stands in front: the one that is heard, else the latest that runs.
fn focus_key() -> Memo<Option<CallKey>> {
    picked(|view| view.focus().map(|call| call.key))
}

/// One call, for as long as it is there.
fn call_memo(key: CallKey) -> Memo<Option<CallView>> {
    picked(move |view| view.call(key).cloned())
}

/// How long the call has run, as a clock; nothing before it was answered.
#[component]
fn Timer(call: Memo<Option<CallView>>) -> impl IntoView {
    let now = RwSignal::new(clock::now());
    let tick = StoredValue::new_local(Some(Interval::new(500, move || {
        now.try_set(clock::now());
    })));
    on_cleanup(move || {
        tick.try_update_value(Option::take);
    });
    let text = move || {
        let answered = call.get()?.answered_at?;
        Some(time::duration(now.get().since(answered).as_secs()))
    };
    view! { <span class="figures" data-testid="call-timer" role="timer" aria-live="off">{text}</span> }
}

/// The first letters of a name, or the number's end.
fn initials(call: &CallView) -> String {
    let letters: String = call.name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    if letters.is_empty() {
        call.number.chars().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect()
    } else {
        letters
    }
}
