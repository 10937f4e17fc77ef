//! On every page: the running call as a small bar, the call that waits, and both in words for screen readers.

use leptos::prelude::*;
use leptos_router::components::A;

use super::super::state::{CallKey, PhoneView, Stage};
use super::call::{HangUpButton, HoldButton, MuteButton, Silenced};
use super::incoming::Incoming;
use super::shortcut;
use super::{ON_PAGE, Timer, call_memo, focus_key, picked};

/// The running call, on every page.
#[component]
pub fn PhoneBar() -> impl IntoView {
    shortcut::listen();
    let news = picked(news);
    let focus = focus_key();
    let on_page = ON_PAGE.with(Clone::clone);
    let shown = Memo::new(move |_| if on_page.get() { None } else { focus.get() });
    view! {
        <p class="sr-only" role="status" aria-live="assertive" data-testid="phone-news">{move || news.get()}</p>
        <Incoming />
        {move || shown.get().map(|key| view! { <Running key /> })}
    }
}

#[component]
fn Running(key: CallKey) -> impl IntoView {
    let call = call_memo(key);
    let others = picked(|view| view.running().count().saturating_sub(1));
    view! {
        <section class="phone-bar" aria-label="Running call" data-testid="phone-bar">
            <A href="/phone" attr:class="phone-bar-who" attr:data-testid="phone-bar-open">
                <span class="dot dot-good dot-live" aria-hidden="true"></span>
                <strong>{move || call.get().map(|call| call.title().to_owned())}</strong>
                <span
                    class="text-soft"
                    data-testid="call-state"
                    data-state=move || call.get().map(|call| call.state())
                >
                    {move || call.get().map(|call| call.sentence())}
                </span>
                <Timer call />
                {move || (others.get() > 0).then(|| view! { <span class="badge">"1 more on hold"</span> })}
            </A>
            <Silenced />
            <div class="phone-bar-tools">
                <MuteButton call key />
                <HoldButton call key />
                <HangUpButton key />
            </div>
        </section>
    }
}

/// What has changed, in one sentence; clocks and figures are left out, they would never be silent.
fn news(view: &PhoneView) -> String {
    if let Some(call) = view.incoming() {
        let number = if call.name.is_empty() { "" } else { &call.number };
        return format!("Incoming call from {} {number}", call.title());
    }
    let latest = view.focus().or_else(|| view.calls.last());
    latest.map_or_else(String::new, |call| {
        let detail = match &call.stage {
            Stage::Ended(ending) => ending.detail.clone(),
            _ if call.muted => "Muted".to_owned(),
            _ => String::new(),
        };
        format!("{}: {} {} {detail}", call.title(), call.sentence(), call.trouble.clone().unwrap_or_default())
            .trim()
            .to_owned()
    })
}
