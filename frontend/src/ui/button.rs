//! Buttons.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// How loud a button is; a page has one primary at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    Primary,
    #[default]
    Secondary,
    Quiet,
    Danger,
    DangerQuiet,
}

impl Look {
    /// The classes of a button or of a link that looks like one.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button button-secondary",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
            Self::DangerQuiet => "button button-danger-quiet",
        }
    }
}

/// A button with words. `busy` shows that its work is under way and takes no second press.
#[component]
pub fn Button(
    #[prop(optional)] look: Look,
    #[prop(optional, into)] icon: Option<Glyph>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] submit: bool,
    #[prop(optional)] small: bool,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(optional, into)] press: Option<Callback<()>>,
    #[prop(into)] label: Signal<String>,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=look.class()
            class:button-small=small
            data-testid=testid
            disabled=move || disabled.get()
            aria-disabled=move || busy.get().then_some("true")
            on:click=move |event| {
                if busy.get_untracked() {
                    event.prevent_default();
                } else if let Some(press) = press {
                    press.run(());
                }
            }
        >
            {move || {
                if busy.get() {
                    view! { <span class="spinner" aria-hidden="true"></span> }.into_any()
                } else {
                    icon.map(|glyph| view! { <Icon glyph /> }).into_any()
                }
            }}
            <span>{move || label.get()}</span>
        </button>
    }
}

/// A button that is only an icon; `label` is for those who do not see it.
#[component]
pub fn IconButton(
    glyph: Glyph,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(into)] press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button-icon"
            data-testid=testid
            aria-label=move || label.get()
            title=move || label.get()
            on:click=move |_| press.run(())
        >
            <Icon glyph />
        </button>
    }
}
