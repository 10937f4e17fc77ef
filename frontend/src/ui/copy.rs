//! Copying, and what is shown once.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::icon::{Glyph, Icon};
use super::notice::{Kind, Notice};
use crate::browser;

/// How long the tick stands after copying, in milliseconds.
const DONE_MILLIS: u32 = 1_600;

/// A button that copies `text`.
#[component]
pub fn Copy(
    #[prop(into)] text: Signal<String>,
    #[prop(into)] what: String,
    #[prop(optional, into)] testid: Option<String>,
) -> impl IntoView {
    let done = RwSignal::new(false);
    let copy = move |_| {
        let text = text.get_untracked();
        spawn_local(async move {
            if browser::copy(&text).await {
                done.try_set(true);
                TimeoutFuture::new(DONE_MILLIS).await;
                done.try_set(false);
            } else {
                super::toast::bad("The browser does not allow copying; select the text instead.");
            }
        });
    };
    let label = format!("Copy {what}");
    view! {
        <button type="button" class="button-icon" data-testid=testid title=label.clone() aria-label=label on:click=copy>
            {move || if done.get() { view! { <Icon glyph=Glyph::Check /> } } else { view! { <Icon glyph=Glyph::Copy /> } }}
            <span class="sr-only" role="status">{move || done.get().then_some("Copied")}</span>
        </button>
    }
}

/// Values with a copy button each: name, value.
#[component]
pub fn Values<N: Into<String> + 'static>(rows: Vec<(N, String)>) -> impl IntoView {
    let rows = rows.into_iter().map(|(name, value)| {
        let name: String = name.into();
        let id = name.to_lowercase().replace(' ', "-");
        view! {
            <div class="once-row">
                <dt>{name.clone()}</dt>
                <dd data-testid=format!("value-{id}")>{value.clone()}</dd>
                <Copy text=value what=name.to_lowercase() testid=format!("copy-{id}") />
            </div>
        }
    });
    view! { <dl class="once">{rows.collect_view()}</dl> }
}

/// What is shown once and never again.
#[component]
pub fn Once(#[prop(into)] warning: String, rows: Vec<(&'static str, String)>) -> impl IntoView {
    view! {
        <div class="grid gap-4" data-testid="once">
            <Notice kind=Kind::Warn text=warning />
            <Values rows />
        </div>
    }
}
