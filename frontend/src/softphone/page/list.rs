//! People to call and calls to call back.

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use shared::call_record::{CallRecord, CallStatus, ListOwnCalls};
use shared::extension::{ListPeople, Person};
use shared::{ExtensionId, Problem};

use super::super::state::LineView;
use super::{NAMES, dial, picked};
use crate::live::{self, Event};
use crate::page::user::message::people::{standing, told};
use crate::ui::badge::Dot;
use crate::ui::field::{Search, filled};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::{Listing, Phase};
use crate::ui::notice::{Empty, Failed};
use crate::{session, time};

/// Who is online is asked for again so often, in milliseconds.
const PEOPLE_MILLIS: u32 = 15_000;
const RECENT_ROWS: u32 = 25;
/// The names that are remembered for numbers that are typed.
const NAMES_MAX: usize = 2_000;

/// The two lists side by side as tabs of one card.
#[component]
pub fn Lists() -> impl IntoView {
    let recent = RwSignal::new(false);
    let tab = move |is_recent: bool, word: &'static str, testid: &'static str| {
        view! {
            <button
                type="button"
                role="tab"
                class="segment"
                id=format!("{testid}-tab")
                aria-controls="phone-list"
                data-testid=testid
                aria-selected=move || (recent.get() == is_recent).to_string()
                aria-checked=move || (recent.get() == is_recent).to_string()
                on:click=move |_| recent.set(is_recent)
            >
                {word}
            </button>
        }
    };
    view! {
        <section class="card" aria-label="People and calls">
            <div class="card-head">
                <div class="segments" role="tablist" aria-label="People or recent calls">
                    {tab(false, "People", "tab-people")}
                    {tab(true, "Recent", "tab-recent")}
                </div>
            </div>
            <div id="phone-list" role="tabpanel" aria-labelledby=move || if recent.get() { "tab-recent-tab" } else { "tab-people-tab" }>
                {move || if recent.get() { view! { <Recent /> }.into_any() } else { view! { <People /> }.into_any() }}
            </div>
        </section>
    }
}

#[component]
fn People() -> impl IntoView {
    let search = RwSignal::new(String::new());
    let listing: Listing<Person> = Listing::new(
        move || ListPeople { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let lights = live::lights(listing);
    let again = StoredValue::new_local(Some(Interval::new(PEOPLE_MILLIS, move || {
        if !document().hidden() {
            listing.reload();
        }
    })));
    on_cleanup(move || {
        again.try_update_value(Option::take);
    });
    let own = picked(|view| view.number.clone());
    Effect::new(move |_| {
        listing.rows.with(|rows| {
            NAMES.with_borrow_mut(|names| {
                if names.len() > NAMES_MAX {
                    names.clear();
                }
                names.extend(rows.iter().map(|row| (row.item.number.clone(), row.item.name.clone())));
            });
        });
    });
    let row = move |person: Person| {
        let number = person.number.clone();
        let mine = move || own.with(|own| *own == number);
        let (of, online) = (person.number.clone(), person.online);
        let (status, note) = (person.presence.status, StoredValue::new(person.presence.note.clone()));
        let light = Memo::new(move |_| standing(online, status, lights.with(|lights| lights.get(&of).copied())));
        let (dial, shown, name) = (person.number.clone(), person.number.clone(), person.name.clone());
        view! {
            <li class="people-row" data-testid="person" data-number=person.number data-online=person.online.to_string() data-light=move || light.get().0 class:hidden=mine>
                <span class="people-dot" title=move || note.with_value(|note| told(light.get().0, note))>
                    {move || view! { <Dot tone=light.get().1 /> }}
                    <span class="sr-only">{move || note.with_value(|note| told(light.get().0, note))}</span>
                </span>
                <span class="people-name">{person.name}</span>
                <span class="people-number figures">{shown}</span>
                <CallBack number=dial name />
            </li>
        }
    };
    view! {
        <div class="phone-search"><Search value=search label="Find a person" /></div>
        {state(listing.phase.into(), Callback::new(move |()| listing.retry()), Signal::derive(move || listing.rows.with(|rows| {
            rows.iter().all(|row| own.with(|own| *own == row.item.number))
        })), move || view! {
            <Empty glyph=Glyph::People title="Nobody to call" text="The people of your company appear here as soon as they have an extension." />
        }.into_any())}
        <ul class="people" aria-label="People" data-testid="people">
            <For each=move || listing.rows.get() key=|entry| entry.key let:entry>{row(entry.item)}</For>
        </ul>
        {move || listing.next.get().is_some().then(|| view! {
            <button type="button" class="button button-quiet button-wide" on:click=move |_| listing.more()>"Show more"</button>
        })}
    }
}

#[component]
fn Recent() -> impl IntoView {
    let listing: Listing<CallRecord> = Listing::new(
        || ListOwnCalls { limit: Some(RECENT_ROWS), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| {
        let changed = match event {
            Event::Reload => true,
            Event::Changed(_) => false,
            Event::Fact(fact) => {
                use shared::fact::Fact;
                matches!(fact.fact, Fact::CallStarted { .. } | Fact::CallChanged { .. } | Fact::CallEnded { .. })
            }
        };
        if changed {
            listing.reload();
        }
    });
    let own = session::who().get_untracked().and_then(|who| who.account.extension_id);
    view! {
        {state(listing.phase.into(), Callback::new(move |()| listing.retry()), Signal::derive(move || listing.rows.with(Vec::is_empty)), || view! {
            <Empty glyph=Glyph::List title="No calls yet" text="The calls that you make and take appear here." />
        }.into_any())}
        <ul class="people" aria-label="Recent calls" data-testid="recent">
            <For each=move || listing.rows.get() key=|entry| entry.key let:entry>
                {recent_row(&entry.item, own)}
            </For>
        </ul>
    }
}

fn recent_row(record: &CallRecord, own: Option<ExtensionId>) -> impl IntoView + use<> {
    let outgoing = record.caller_extension_id.is_some() && record.caller_extension_id == own;
    let missed = !outgoing && record.answered_at.is_none() && record.ended_at.is_some();
    let (number, name) = match outgoing {
        true => (record.callee.clone(), String::new()),
        false => (record.caller.clone(), record.caller_name.clone()),
    };
    let words = match (outgoing, missed, record.status) {
        (_, true, _) => "Missed",
        (true, _, CallStatus::NoAnswer) => "No answer",
        (true, _, CallStatus::Failed) => "Failed",
        (true, ..) => "Outgoing",
        (false, ..) => "Incoming",
    };
    let glyph = if outgoing { Glyph::ArrowOut } else { Glyph::ArrowIn };
    let title = if name.is_empty() { number.clone() } else { name.clone() };
    let shown = number.clone();
    view! {
        <li class="people-row" class:people-missed=missed data-testid="recent-call" data-number=shown>
            <span class="people-dot" title=words><Icon glyph /><span class="sr-only">{words}</span></span>
            <span class="people-name">{title}</span>
            <span class="people-number figures">{time::show(record.started_at, time::Style::Short)}</span>
            <CallBack number name />
        </li>
    }
}

/// Calls a number of a row.
#[component]
fn CallBack(number: String, name: String) -> impl IntoView {
    let ready = picked(|view| view.line == LineView::Ready);
    let label = format!(
        "Call {} {}",
        if name.is_empty() { &number } else { &name },
        if name.is_empty() { "" } else { &number }
    );
    let testid = format!("call-{number}");
    view! {
        <button
            type="button"
            class="button-icon people-call"
            data-testid=testid
            aria-label=label.trim().to_owned()
            title="Call"
            disabled=move || !ready.get()
            on:click=move |_| dial(number.clone(), name.clone())
        >
            <Icon glyph=Glyph::Phone />
        </button>
    }
}

/// What stands in place of rows.
fn state(
    phase: Signal<Phase>,
    retry: Callback<()>,
    empty: Signal<bool>,
    nothing: impl Fn() -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let failed = move |problem: Problem| view! { <Failed problem retry /> }.into_any();
    let shown = Memo::new(move |_| (phase.get(), empty.get()));
    move || match shown.get() {
        (Phase::Loading, _) => view! {
            <div class="people-skeleton" role="status" aria-label="Loading">
                <span class="skeleton h-5"></span>
                <span class="skeleton h-5"></span>
                <span class="skeleton h-5"></span>
            </div>
        }
        .into_any(),
        (Phase::Failed(problem), _) => failed(problem),
        (Phase::Ready, true) => nothing(),
        (Phase::Ready, false) => ().into_any(),
    }
}
