//! One's own voicemail: what callers have left (VM-01), and how the mailbox is set up (EXT-06, EXT-07).

mod greeting;
mod message;
mod setting;
pub mod unheard;

use leptos::prelude::*;

use crate::page::Head;
use crate::place::Place;
use crate::ui::tabs::Tabs;
use message::Messages;

#[component]
pub fn VoicemailPage() -> impl IntoView {
    view! {
        <div class="page max-w-4xl!">
            <VoicemailHead />
            <Messages />
        </div>
    }
}

#[component]
pub fn MailboxPage() -> impl IntoView {
    view! {
        <div class="page max-w-4xl!">
            <VoicemailHead />
            <setting::Mailbox />
        </div>
    }
}

#[component]
fn VoicemailHead() -> impl IntoView {
    let tabs = vec![(Place::Voicemail.path(), "Messages"), (Place::Mailbox.path(), "Mailbox")];
    view! {
        <Head title="Voicemail" text="What callers leave for you while you cannot answer." />
        <Tabs label="Voicemail" tabs />
    }
}
