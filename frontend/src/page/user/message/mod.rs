//! What the people of a company write to each other (MSG-02): who there is on the left, the conversation on the right.

mod conversation;
pub mod people;
pub mod unread;

use leptos::prelude::*;
use shared::ExtensionId;
use shared::message::Conversation;

use crate::page::Head;
use crate::place::Place;
use crate::ui::icon::{Glyph, Icon};
use crate::ui::notice::Empty;

/// The whole page; with somebody chosen, the conversation too. On a phone one of both fills the screen.
#[component]
pub fn MessagesPage(#[prop(optional)] with: Option<ExtensionId>) -> impl IntoView {
    let talks: RwSignal<Vec<Conversation>> = RwSignal::new(Vec::new());
    view! {
        <div class="page" class:chat-open=with.is_some()>
            <Head title="Messages" />
            <div class="chat">
                <people::People with talks />
                {match with {
                    Some(extension_id) => view! { <conversation::ConversationView extension_id talks /> }.into_any(),
                    None => view! {
                        <section class="card chat-none" aria-label="Conversation">
                            <Empty
                                glyph=Glyph::Message
                                title="Choose somebody"
                                text="Your conversation with them stands here. Messages reach phones and browsers, and wait for whoever is away."
                            />
                        </section>
                    }.into_any(),
                }}
            </div>
        </div>
    }
}

/// Back to the list, on a phone.
#[component]
fn Back() -> impl IntoView {
    view! {
        <a class="button-icon chat-back" href=Place::Messages.path() aria-label="All people" title="All people" data-testid="chat-back">
            <Icon glyph=Glyph::Back />
        </a>
    }
}
