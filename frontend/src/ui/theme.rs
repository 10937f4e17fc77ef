//! Light, dark, or as the system has it; kept by the browser.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use crate::browser;

/// The choice; `boot.js` reads the same key before the first paint.
const KEY: &str = "belfry.theme";

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
    System,
}

thread_local! {
    static THEME: ArcRwSignal<Theme> = ArcRwSignal::new(match browser::stored(KEY).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    });
}

/// The choice, to be watched.
pub fn theme() -> ArcRwSignal<Theme> {
    THEME.with(Clone::clone)
}

/// Chooses.
pub fn choose(theme: Theme) {
    let word = match theme {
        Theme::Light => Some("light"),
        Theme::Dark => Some("dark"),
        Theme::System => None,
    };
    browser::store(KEY, word);
    if let Some(root) = document().document_element() {
        match word {
            Some(word) => root.set_attribute("data-theme", word).ok(),
            None => root.remove_attribute("data-theme").ok(),
        };
    }
    THEME.with(Clone::clone).set(theme);
}

/// The other of light and dark than what is seen.
pub fn toggle() {
    let system_is_dark =
        || window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches());
    let dark = match theme().get_untracked() {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::System => system_is_dark(),
    };
    choose(if dark { Theme::Light } else { Theme::Dark });
}

/// The three choices side by side.
#[component]
pub fn ThemeChoice() -> impl IntoView {
    let choices = [
        (Theme::System, "System", Glyph::Screen, "theme-system"),
        (Theme::Light, "Light", Glyph::Sun, "theme-light"),
        (Theme::Dark, "Dark", Glyph::Moon, "theme-dark"),
    ];
    let buttons = choices.into_iter().map(|(choice, word, glyph, testid)| {
        let current = theme();
        view! {
            <button
                type="button"
                role="radio"
                class="segment"
                data-testid=testid
                aria-checked=move || if current.get() == choice { "true" } else { "false" }
                on:click=move |_| choose(choice)
            >
                <Icon glyph />
                {word}
            </button>
        }
    });
    view! { <div class="segments" role="radiogroup" aria-label="Theme">{buttons.collect_view()}</div> }
}
