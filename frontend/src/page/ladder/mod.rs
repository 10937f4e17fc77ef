//! The SIP ladder: who said what to whom, and when; each message unfolds. The diagram is an ordered list, so that it reads
//! the same without eyes.

mod layout;
mod message;

use std::collections::BTreeSet;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::call_record::CallRecord;
use shared::ladder::{Ladder, LadderFormat};
use shared::operation::File;
use shared::{Operation, Problem};

use self::layout::{Band, Columns, Row, rows};
use self::message::opened;
use crate::api;
use crate::time;
use crate::ui::button::{Button, Look};
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::toast;

/// The card of a call's page, or the part of a dialog. `record` says when sound ran; `save` lets the browser keep the file.
#[component]
pub fn LadderCard(
    ladder: Fetch<Ladder>,
    #[prop(optional, into)] record: Signal<Option<CallRecord>>,
    save: Callback<LadderFormat>,
) -> impl IntoView {
    let open = RwSignal::new(BTreeSet::new());
    let filled = move || ladder.map(|ladder| !ladder.messages.is_empty()).unwrap_or(false);
    view! {
        <section class="card" aria-label="SIP ladder" data-testid="ladder">
            <div class="card-head">
                <h2>"SIP ladder"</h2>
                {move || filled().then(|| view! {
                    <span class="flex gap-2">
                        <Button label="JSON" look=Look::Secondary icon=Glyph::Download small=true testid="ladder-json" press=move |()| save.run(LadderFormat::Json) />
                        <Button label="pcap" look=Look::Secondary icon=Glyph::Download small=true testid="ladder-pcap" press=move |()| save.run(LadderFormat::Pcap) />
                    </span>
                })}
            </div>
            <div class="card-body">
                {ladder.failure()}
                {move || match ladder.map(|ladder| ladder.messages.len()) {
                    None => ladder.skeleton("", "h-40"),
                    Some(0) => view! {
                        <p class="text-soft" data-testid="ladder-empty">
                            "Nothing was captured: it is switched off, or it was too long ago."
                        </p>
                    }
                    .into_any(),
                    Some(_) => ().into_any(),
                }}
                <Show when=filled>
                    <Diagram ladder record open />
                </Show>
            </div>
        </section>
    }
}

/// Saves a ladder as a file.
pub fn keep<O: Operation<Output = File> + 'static>(operation: O) {
    spawn_local(async move {
        if let Err(Problem { title, .. }) = api::save(operation).await {
            toast::bad(title);
        }
    });
}

#[component]
fn Diagram(ladder: Fetch<Ladder>, record: Signal<Option<CallRecord>>, open: RwSignal<BTreeSet<u32>>) -> impl IntoView {
    let columns = Memo::new(move |_| ladder.map(Columns::of).unwrap_or_default());
    let list = Memo::new(move |_| {
        let record = record.get();
        ladder.map(|ladder| rows(ladder, record.as_ref())).unwrap_or_default()
    });
    let left_out = move || ladder.map(|ladder| ladder.left_out).unwrap_or_default();
    view! {
        <div class="ladder">
            <div
                class="ladder-head"
                aria-hidden="true"
                style:grid-template-columns=move || columns.with(Columns::template)
                style:min-width=move || columns.with(Columns::least)
            >
                {move || columns.get().heads().into_iter().map(|(label, side)| view! {
                    <span><strong>{label}</strong><small>{side}</small></span>
                }).collect_view()}
            </div>
            <ol class="ladder-rows" aria-label="Messages, oldest first">
                <For
                    each=move || list.get()
                    key=move |row| (row.key(), columns.with(Columns::count))
                    children=move |row| {
                        let columns = columns.get_untracked();
                        match row {
                            Row::Message(number) => step(ladder, number, columns, open).into_any(),
                            Row::Sound(bands, seconds) => sound(&bands, seconds, &columns).into_any(),
                        }
                    }
                />
            </ol>
        </div>
        {move || Some(left_out()).filter(|count| *count > 0).map(|count| view! {
            <p class="mt-3 text-sm text-soft">{count} " more messages are not kept."</p>
        })}
    }
}

fn step(ladder: Fetch<Ladder>, number: u32, columns: Columns, open: RwSignal<BTreeSet<u32>>) -> impl IntoView + use<> {
    let found = ladder.map(|ladder| layout::arrow(ladder, &columns, number)).flatten()?;
    let unfolded = move || open.with(|open| open.contains(&number));
    let turn = move |_| {
        open.update(|open| {
            if !open.remove(&number) {
                open.insert(number);
            }
        })
    };
    let class = format!("ladder-arrow ladder-{}{}", found.tone, if found.rightward { "" } else { " ladder-left" });
    let (left, width) = (columns.left_of(found.from), columns.width_of(found.from, found.to));
    let (lines, least) = (columns.lines(), columns.least());
    Some(view! {
        <li class="ladder-row" data-testid="ladder-message" data-title=found.title.clone() data-sent=found.sent.to_string()>
            <button
                type="button"
                class="ladder-line"
                style:background-size=lines
                style:min-width=least
                aria-expanded=move || unfolded().to_string()
                aria-label=found.spoken
                on:click=turn
            >
                <span class="ladder-time figures">{found.offset}</span>
                <span class=class style:left=left style:width=width>
                    <span class="ladder-title">
                        {found.title.clone()}
                        {found.with_sdp.then(|| view! { <i>"SDP"</i> })}
                        {found.again.then(|| view! { <em>"again"</em> })}
                    </span>
                </span>
            </button>
            {move || unfolded().then(|| ladder.map(|ladder| opened(ladder, number)).flatten())}
        </li>
    })
}

fn sound(bands: &[Band], seconds: Option<u64>, columns: &Columns) -> impl IntoView + use<> {
    let long = seconds.map_or_else(|| "now".to_owned(), time::duration);
    let spoken = bands.iter().map(|band| band.spoken.clone()).collect::<Vec<_>>().join(" ");
    let bands = bands
        .iter()
        .map(|band| {
            let (from, to) = columns.span(band.lane);
            view! {
                <span class="ladder-band" style:left=columns.left_of(from) style:width=columns.width_of(from, to)>
                    <strong>{band.codec.clone()}</strong>
                    <span>{band.figures.clone()}</span>
                </span>
            }
        })
        .collect_view();
    view! {
        <li class="ladder-row" data-testid="ladder-sound">
            <span class="sr-only">"Sound, " {long.clone()} ". " {spoken}</span>
            <div
                class="ladder-line ladder-sound"
                style:background-size=columns.lines()
                style:min-width=columns.least()
                aria-hidden="true"
            >
                <span class="ladder-time figures">{long}</span>
                {bands}
            </div>
        </li>
    }
}
