//! Sentences that stand out, and what a list shows instead of rows.

use leptos::prelude::*;
use shared::Problem;

use super::button::Button;
use super::icon::{Glyph, Icon};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    Good,
    Warn,
    Bad,
}

#[component]
pub fn Notice(kind: Kind, #[prop(into)] text: String) -> impl IntoView {
    let (class, glyph) = match kind {
        Kind::Plain => ("notice notice-plain", Glyph::Info),
        Kind::Good => ("notice notice-good", Glyph::Check),
        Kind::Warn => ("notice notice-warn", Glyph::Alert),
        Kind::Bad => ("notice notice-bad", Glyph::Alert),
    };
    view! {
        <div class=class role=(kind == Kind::Bad).then_some("alert")>
            <Icon glyph />
            <span>{text}</span>
        </div>
    }
}

/// Nothing is there, and what to do about it.
#[component]
pub fn Empty(
    glyph: Glyph,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] action: Option<AnyView>,
) -> impl IntoView {
    view! {
        <div class="empty" data-testid="empty">
            <span class="empty-icon"><Icon glyph /></span>
            <strong>{title}</strong>
            <p>{text}</p>
            {action.map(|action| view! { <div class="mt-3">{action}</div> })}
        </div>
    }
}

/// It could not be loaded.
#[component]
pub fn Failed(problem: Problem, #[prop(into)] retry: Callback<()>) -> impl IntoView {
    view! {
        <div class="empty" role="alert" data-testid="failed">
            <span class="empty-icon"><Icon glyph=Glyph::Alert /></span>
            <strong>"This could not be loaded"</strong>
            <p>{problem.title}</p>
            <div class="mt-3">
                <Button label="Try again" testid="retry" press=retry />
            </div>
        </div>
    }
}
