//! The registration: connecting, ready, or offline with the reason and a retry.

use leptos::prelude::*;

use super::super::agent;
use super::super::state::{Input, LineView};
use super::picked;
use crate::ui::badge::{Dot, Tone};

#[component]
pub fn LineState() -> impl IntoView {
    let line = picked(|view| view.line.clone());
    let number = picked(|view| view.number.clone());
    let words = move || match line.get() {
        LineView::Off => "Not signed in with an extension".to_owned(),
        LineView::Connecting => "Connecting…".to_owned(),
        LineView::Ready => format!("Ready as {}", number.get()),
        LineView::Offline { reason, .. } => format!("Offline. {reason}"),
    };
    let tone = move || match line.get() {
        LineView::Ready => Tone::Good,
        LineView::Connecting => Tone::Warn,
        LineView::Off => Tone::Plain,
        LineView::Offline { .. } => Tone::Bad,
    };
    let offline = Memo::new(move |_| matches!(line.get(), LineView::Offline { .. }));
    view! {
        <div class="phone-line" data-testid="phone-state" data-state=move || line.get().state() role="status">
            {move || view! { <Dot tone=tone() /> }}
            <span data-testid="phone-state-text">{words}</span>
            {move || offline.get().then(|| view! {
                <button
                    type="button"
                    class="link"
                    data-testid="phone-retry"
                    on:click=|_| agent::send(Input::NetworkChanged)
                >
                    "Try again now"
                </button>
            })}
        </div>
    }
}
