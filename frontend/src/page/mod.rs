//! One folder a portal, one file a noun; `door` is for those who are not signed in yet.

pub mod activity;
pub mod admin;
pub mod balance;
pub mod call;
pub mod call_detail;
pub mod conference;
pub mod country;
pub mod dictation;
pub mod door;
pub mod event;
pub mod extension;
pub mod feature_code;
pub mod filter;
pub mod finding;
pub mod forwarding;
pub mod hours;
pub mod ladder;
pub mod live_calls;
pub mod log;
pub mod mail_server;
pub mod mailbox;
pub mod monitor;
pub mod network_overview;
pub mod number;
pub mod personal;
pub mod phone_key;
pub mod recording;
pub mod refusal;
pub mod sound;
pub mod sound_row;
pub mod storage;
pub mod target;
pub mod tenant;
pub mod tenant_option;
pub mod trace;
pub mod trunk;
pub mod user;
pub mod wallboard;

use leptos::prelude::*;

use crate::ui::button::Look;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;

/// There is no such page, or not for this account.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <div class="page">
            <h1 class="sr-only">"There is no such page"</h1>
            <Empty
                glyph=Glyph::Search
                title="There is no such page"
                text="The address is wrong, or the page belongs to another account."
                action=view! { <a class=Look::Secondary.class() href="/">"Go home"</a> }.into_any()
            />
        </div>
    }
}

/// The head of a page: title, a sentence, and its tools on the right.
#[component]
pub fn Head(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: Signal<String>,
    #[prop(optional)] tools: Option<AnyView>,
) -> impl IntoView {
    view! {
        <div class="page-head">
            <div class="min-w-0">
                <h1>{move || title.get()}</h1>
                {move || Some(text.get()).filter(|text| !text.is_empty()).map(|text| view! { <p>{text}</p> })}
            </div>
            {tools.map(|tools| view! { <div class="page-tools">{tools}</div> })}
        </div>
    }
}
