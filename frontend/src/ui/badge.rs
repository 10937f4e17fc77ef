//! Small words with a colour, and dots.

use leptos::prelude::*;

/// What a colour says; the words beside it say the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Plain,
    Good,
    Warn,
    Bad,
    Accent,
}

#[component]
pub fn Badge(
    #[prop(optional)] tone: Tone,
    #[prop(optional)] dot: bool,
    #[prop(optional)] live: bool,
    #[prop(into)] text: String,
) -> impl IntoView {
    let class = match tone {
        Tone::Plain => "badge",
        Tone::Good => "badge badge-good",
        Tone::Warn => "badge badge-warn",
        Tone::Bad => "badge badge-bad",
        Tone::Accent => "badge badge-accent",
    };
    view! { <span class=class>{dot.then(|| view! { <Dot tone live /> })} {text}</span> }
}

#[component]
pub fn Dot(#[prop(optional)] tone: Tone, #[prop(optional)] live: bool) -> impl IntoView {
    let class = match tone {
        Tone::Plain => "dot",
        Tone::Good => "dot dot-good",
        Tone::Warn => "dot dot-warn",
        Tone::Bad => "dot dot-bad",
        Tone::Accent => "dot dot-accent",
    };
    view! { <span class=class class:dot-live=live aria-hidden="true"></span> }
}
