//! Short messages at the edge, announced politely and gone by themselves.

use std::cell::Cell;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::Problem;

use super::button::IconButton;
use super::icon::{Glyph, Icon};

/// How long a message stays, in milliseconds.
const STAY_MILLIS: u32 = 6_000;
/// How many are shown at once.
const TOASTS_MAX: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: u32,
    good: bool,
    text: String,
}

thread_local! {
    static TOASTS: ArcRwSignal<Vec<Toast>> = ArcRwSignal::new(Vec::new());
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// Says that something worked.
pub fn good(text: impl Into<String>) {
    show(true, text.into());
}

/// Says that something did not.
pub fn bad(text: impl Into<String>) {
    show(false, text.into());
}

/// Says why the server has refused something: the reason of the field, or what it says in general.
pub fn refused(problem: Problem) {
    bad(problem.fields.into_iter().next().map_or(problem.title, |field| field.reason));
}

fn show(good: bool, text: String) {
    let id = NEXT.replace(NEXT.get().wrapping_add(1));
    TOASTS.with(Clone::clone).update(|toasts| {
        // The same sentence again only stays longer.
        toasts.retain(|toast| toast.text != text);
        toasts.push(Toast { id, good, text });
        if toasts.len() > TOASTS_MAX {
            toasts.remove(0);
        }
    });
    spawn_local(async move {
        TimeoutFuture::new(STAY_MILLIS).await;
        dismiss(id);
    });
}

fn dismiss(id: u32) {
    TOASTS.with(Clone::clone).update(|toasts| toasts.retain(|toast| toast.id != id));
}

/// Where the messages stand; once, at the top.
#[component]
pub fn Toasts() -> impl IntoView {
    let toasts = TOASTS.with(Clone::clone);
    view! {
        <div class="toasts" role="status" aria-live="polite" data-testid="toasts">
            <For each=move || toasts.get() key=|toast| toast.id let:toast>
                <div class=if toast.good { "toast toast-good" } else { "toast toast-bad" }>
                    <Icon glyph=if toast.good { Glyph::Check } else { Glyph::Alert } />
                    <span>{toast.text}</span>
                    <IconButton glyph=Glyph::Close label="Dismiss" press=move |()| dismiss(toast.id) />
                </div>
            </For>
        </div>
    }
}
