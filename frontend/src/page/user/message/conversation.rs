//! One conversation: what was said, and a line to say more.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::ExtensionId;
use shared::fact::Fact;
use shared::message::{Conversation, ListMessages, Message, ReadConversation, SendMessage, TEXT_BYTES_MAX};

use super::Back;
use super::unread::Unread;
use crate::live::{self, Event};
use crate::ui::button::{Button, Look};
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::listing::{Listing, Phase};
use crate::ui::notice::{Empty, Failed};
use crate::{api, session, time};

#[component]
pub fn ConversationView(extension_id: ExtensionId, talks: RwSignal<Vec<Conversation>>) -> impl IntoView {
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let unread = use_context::<Unread>();
    let listing: Listing<Message> = Listing::new(
        move || ListMessages { extension_id, cursor: None, limit: None },
        |ask, cursor| ask.cursor = cursor,
    );
    // Everybody's name, for the title of a conversation that has only begun.
    let person = Fetch::new(|| shared::extension::ListPeople {
        limit: Some(shared::page::PAGE_ROWS_MAX),
        ..shared::extension::ListPeople::default()
    });
    let title = move || {
        let known = talks.with(|talks| {
            let talk = talks.iter().find(|talk| talk.extension_id == extension_id)?;
            Some((talk.name.clone(), talk.number.clone()))
        });
        known.or_else(|| {
            person.map(|page| {
                let found = page.rows.iter().find(|person| person.extension_id == extension_id)?;
                Some((found.name.clone(), found.number.clone()))
            })?
        })
    };
    let read = move || {
        spawn_local(async move {
            if api::call(ReadConversation { extension_id }).await.is_ok()
                && let Some(unread) = unread
            {
                unread.ask();
            }
        });
        talks.try_update(|talks| {
            talks.iter_mut().filter(|talk| talk.extension_id == extension_id).for_each(|talk| talk.unread = 0);
        });
    };
    read();
    live::subscribe(move |event| match event {
        Event::Reload => listing.reload(),
        Event::Changed(_) => {}
        Event::Fact(fact) => match &fact.fact {
            Fact::MessageSent { message }
                if message.sender_id == extension_id || message.receiver_id == extension_id =>
            {
                show(listing, message.clone());
                if message.sender_id == extension_id {
                    read();
                }
            }
            Fact::MessageDelivered { message_id, .. } => {
                let known = listing.rows.with_untracked(|rows| {
                    rows.iter().find(|row| row.item.id == *message_id).map(|row| row.item.clone())
                });
                if let Some(message) = known {
                    listing.replace(Message { delivered_at: Some(fact.at), ..message }, |row| row.id == *message_id);
                }
            }
            _ => {}
        },
    });
    // The latest message stands at the bottom and is in sight.
    let end = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        listing.rows.track();
        if let Some(list) = end.get() {
            request_animation_frame(move || list.set_scroll_top(list.scroll_height()));
        }
    });
    view! {
        <section class="card chat-talk" aria-label="Conversation" data-testid="chat-talk">
            <header class="chat-head">
                <Back />
                <h2>{move || title().map(|(name, _)| name)}</h2>
                <span class="people-number figures">{move || title().map(|(_, number)| number)}</span>
            </header>
            <div class="chat-scroll" node_ref=end tabindex="0" role="log" aria-label="Messages">
                {move || match (listing.phase.get(), listing.rows.with(Vec::is_empty)) {
                    (Phase::Loading, _) => view! {
                        <div class="people-skeleton" role="status" aria-label="Loading">
                            <span class="skeleton h-5"></span>
                            <span class="skeleton h-5"></span>
                        </div>
                    }.into_any(),
                    (Phase::Failed(problem), _) => view! { <Failed problem retry=move |()| listing.retry() /> }.into_any(),
                    (Phase::Ready, true) => view! {
                        <Empty glyph=Glyph::Message title="Nothing was said yet" text="Write the first message below." />
                    }.into_any(),
                    (Phase::Ready, false) => ().into_any(),
                }}
                {move || listing.next.get().is_some().then(|| view! {
                    <button type="button" class="button button-quiet button-wide" on:click=move |_| listing.more()>"Show earlier messages"</button>
                })}
                <ol class="chat-lines">
                    <For each=move || listing.rows.get().into_iter().rev() key=|row| row.key let:row>
                        {line(row.item, own)}
                    </For>
                </ol>
            </div>
            <Compose extension_id listing />
        </section>
    }
}

/// Puts a message on top of the list, unless it stands there already.
fn show(listing: Listing<Message>, message: Message) {
    let known = listing.rows.with_untracked(|rows| rows.iter().any(|row| row.item.id == message.id));
    if !known {
        listing.prepend(message);
    }
}

fn line(message: Message, own: Option<ExtensionId>) -> impl IntoView {
    let mine = Some(message.sender_id) == own;
    let state = match (mine, message.delivered_at) {
        (true, Some(_)) => " · Delivered",
        (true, None) => " · Waiting",
        (false, _) => "",
    };
    view! {
        <li class="chat-line" class:chat-mine=mine data-testid="chat-message" data-mine=mine.to_string() data-delivered=message.delivered_at.is_some().to_string()>
            <p class="chat-text">{message.text}</p>
            <span class="chat-when">
                <span class="sr-only">{if mine { "You, " } else { "" }}</span>
                {time::show(message.sent_at, time::Style::Short)}{state}
            </span>
        </li>
    }
}

/// The line to say more: Enter sends, Shift and Enter begin a new line.
#[component]
fn Compose(extension_id: ExtensionId, listing: Listing<Message>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let send = move || {
        let operation = SendMessage { extension_id, text: text.get_untracked() };
        if busy.get_untracked() || operation.text.trim().is_empty() {
            return;
        }
        if let Some(wrong) = operation.check().into_iter().next() {
            return problem.set(Some(wrong.reason));
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::call(operation).await {
                Ok(message) => {
                    text.try_set(String::new());
                    show(listing, message);
                }
                Err(failure) => {
                    let why = failure.fields.first().map_or(failure.title, |field| field.reason.clone());
                    problem.try_set(Some(why));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="chat-form" on:submit=move |event| {
            event.prevent_default();
            send();
        }>
            <label class="sr-only" for="chat-text">"Message"</label>
            <textarea
                id="chat-text"
                class="input"
                rows="1"
                placeholder="Write a message"
                maxlength=TEXT_BYTES_MAX.to_string()
                data-testid="chat-text"
                aria-describedby="chat-problem"
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=move || text.get()
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    problem.set(None);
                }
                on:keydown=move |event| {
                    if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                        event.prevent_default();
                        send();
                    }
                }
            ></textarea>
            <Button label="Send" look=Look::Primary submit=true busy icon=Glyph::Send testid="chat-send" disabled=Signal::derive(move || text.with(|text| text.trim().is_empty())) />
            <p class="chat-problem" id="chat-problem" role="alert">{move || problem.get()}</p>
        </form>
    }
}
