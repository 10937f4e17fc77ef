//! Who there is to write to: how they stand, and what was said last.

use leptos::prelude::*;
use shared::ExtensionId;
use shared::extension::{ListPeople, Person};
use shared::fact::Fact;
use shared::live::Light;
use shared::message::{Conversation, ListConversations};
use shared::presence::PresenceStatus;

use super::unread::figure;
use crate::live::{self, Event};
use crate::place::Place;
use crate::session;
use crate::ui::badge::{Dot, Tone};
use crate::ui::fetch::Fetch;
use crate::ui::field::{Search, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::{Listing, Phase};
use crate::ui::notice::{Empty, Failed};

/// The latest conversations, shown beside their people.
const CONVERSATIONS: u32 = 200;

#[component]
pub fn People(with: Option<ExtensionId>, talks: RwSignal<Vec<Conversation>>) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let listing: Listing<Person> = Listing::new(
        move || ListPeople { search: filled(search.get()), ..ListPeople::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let latest = Fetch::new(|| ListConversations { limit: Some(CONVERSATIONS), ..ListConversations::default() });
    Effect::new(move |_| {
        if let Some(page) = latest.get() {
            talks.set(page.rows);
        }
    });
    let lights = live::lights(listing);
    live::subscribe(move |event| match event {
        Event::Reload => {
            listing.reload();
            latest.reload();
        }
        Event::Changed(_) => {}
        Event::Fact(fact) => {
            if matches!(fact.fact, Fact::MessageSent { .. }) {
                latest.reload();
            }
        }
    });
    // Whoever was written to last stands first, the others follow by number.
    let people = Memo::new(move |_| {
        let talks = talks.get();
        let place = |id| talks.iter().position(|talk| talk.extension_id == id).unwrap_or(usize::MAX);
        let rows = listing.rows.get().into_iter().map(|row| row.item);
        let mut people: Vec<Person> = rows.filter(|person| Some(person.extension_id) != own).collect();
        people.sort_by_key(|person| place(person.extension_id));
        people
    });
    let row = move |person: Person| {
        let Person { extension_id: id, number, name, online, presence } = person;
        let (status, note) = (presence.status, presence.note);
        let (of, shown) = (number.clone(), number.clone());
        let light = Memo::new(move |_| standing(online, status, lights.with(|lights| lights.get(&of).copied())));
        let talk = Memo::new(move |_| talks.with(|talks| talks.iter().find(|talk| talk.extension_id == id).cloned()));
        let unread = move || talk.get().map(|talk| talk.unread).filter(|count| *count > 0 && with != Some(id));
        let said = move || {
            let message = talk.get()?.last;
            let mine = Some(message.sender_id) == own;
            Some(format!("{}{}", if mine { "You: " } else { "" }, first_line(&message.text)))
        };
        view! {
            <li>
                <a
                    class="chat-person"
                    href=Place::Conversation(id).path()
                    data-testid="chat-person"
                    data-number=number
                    data-light=move || light.get().0
                    aria-current=(with == Some(id)).then_some("true")
                >
                    <span class="people-dot" title=move || light.get().0>
                        {move || view! { <Dot tone=light.get().1 /> }}
                        <span class="sr-only">{move || light.get().0}</span>
                    </span>
                    <span class="chat-names">
                        <span class="chat-name">{name} <span class="people-number figures">{shown}</span></span>
                        <span class="chat-last">{move || said().unwrap_or_else(|| told(light.get().0, &note))}</span>
                    </span>
                    {move || unread().map(|count| view! {
                        <span class="chat-unread" data-testid="chat-unread">
                            {figure(count)}<span class="sr-only">" not read"</span>
                        </span>
                    })}
                </a>
            </li>
        }
    };
    view! {
        <section class="card chat-people" aria-label="People">
            <div class="phone-search"><Search value=search label="Find a person" /></div>
            {move || match (listing.phase.get(), people.with(Vec::is_empty)) {
                (Phase::Loading, _) => view! {
                    <div class="people-skeleton" role="status" aria-label="Loading">
                        <span class="skeleton h-5"></span>
                        <span class="skeleton h-5"></span>
                        <span class="skeleton h-5"></span>
                    </div>
                }.into_any(),
                (Phase::Failed(problem), _) => view! { <Failed problem retry=move |()| listing.retry() /> }.into_any(),
                (Phase::Ready, true) => view! {
                    <Empty glyph=Glyph::People title="Nobody to write to" text="The people of your company appear here as soon as they have an extension." />
                }.into_any(),
                (Phase::Ready, false) => ().into_any(),
            }}
            <ul class="chat-list" data-testid="chat-people">
                <For each=move || people.get() key=|person| (person.extension_id.0, person.online, person.name.clone(), person.presence.clone()) children=row />
            </ul>
            {move || listing.next.get().is_some().then(|| view! {
                <button type="button" class="button button-quiet button-wide" on:click=move |_| listing.more()>"Show more"</button>
            })}
        </section>
    }
}

/// How somebody stands, in a word and a colour.
pub fn standing(online: bool, presence: PresenceStatus, light: Option<Light>) -> (&'static str, Tone) {
    match light {
        Some(Light::Talking) => ("On the phone", Tone::Bad),
        Some(Light::Ringing) => ("Ringing", Tone::Warn),
        _ if presence == PresenceStatus::DoNotDisturb => (presence.word(), Tone::Bad),
        _ if !online => ("Offline", Tone::Plain),
        _ if presence == PresenceStatus::Away => (presence.word(), Tone::Warn),
        _ => ("Online", Tone::Good),
    }
}

/// How somebody stands, with what they say of it.
pub fn told(word: &str, note: &str) -> String {
    if note.is_empty() { word.to_owned() } else { format!("{word}: {note}") }
}

/// As much of a message as a line of the list shows.
fn first_line(text: &str) -> String {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_says_more_than_a_registration() {
        assert_eq!(standing(true, PresenceStatus::Away, Some(Light::Talking)).0, "On the phone");
        assert_eq!(standing(true, PresenceStatus::Available, Some(Light::Free)).0, "Online");
        assert_eq!(standing(false, PresenceStatus::Away, None).0, "Offline");
        assert_eq!(standing(true, PresenceStatus::Away, None).0, "Away");
        assert_eq!(standing(true, PresenceStatus::DoNotDisturb, Some(Light::Free)).0, "Do not disturb");
    }

    #[test]
    fn a_line_of_the_list_is_one_line() {
        assert_eq!(first_line("\n  \nLunch?\nNow"), "Lunch?");
        assert_eq!(first_line(&"é".repeat(100)).chars().count(), 80);
    }
}
