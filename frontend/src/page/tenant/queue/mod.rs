//! Call queues: callers wait in line until somebody is free (Q-01…Q-22). Here: the list; beside it a file a tab.

pub mod caller;
mod draft;
mod form;
pub mod history;
pub mod wallboard;

use leptos::prelude::*;
use shared::queue::{DeleteQueue, ListQueues, Queue};

use crate::live::{self, Event};
use crate::page::Head;
use crate::page::filter::bound;
use crate::page::tenant::route::Choices;
use crate::place::Place;
use crate::softphone::CallButton;
use crate::ui::field::{Search, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};
use crate::ui::tabs::Tabs;
use form::QueueForm;

const NOUN: Noun<Queue> = Noun {
    word: "queue",
    name: |row| &row.settings.name,
    removed: "Who waits in it is led to where calls go that nobody answers. What was counted of its calls stays.",
    add_testid: "add-queue",
    edit_testid: "edit-queue",
};

/// The tabs of queues.
#[component]
pub fn QueueTabs(#[prop(optional)] tools: Option<AnyView>) -> impl IntoView {
    let tabs = vec![
        (Place::TenantWallboard.path(), "Wallboard"),
        (Place::TenantQueues.path(), "Queues"),
        (Place::TenantQueueHistory.path(), "History"),
        (Place::TenantVips.path(), "VIPs"),
        (Place::TenantExclusiveAgents.path(), "Exclusive agents"),
        (Place::TenantNuisances.path(), "Nuisances"),
    ];
    let tools = tools.unwrap_or_else(|| ().into_any());
    view! {
        <Head title="Queues" text="Callers who wait in line, and who answers them." tools />
        <Tabs label="Queues" tabs />
    }
}

#[component]
pub fn QueuesPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListQueues { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let choices = Choices::new();
    let prompts = crate::page::tenant::prompt::choices();
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
            choices.reload();
            prompts.reload();
        }
    });
    let records = Records::new(listing, NOUN);
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Clock,
            title: "No queue yet",
            text: "A queue has a number of its own. Who dials it waits in line, with music, until one of its members is free.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or name." },
    });
    view! {
        <div class="page">
            <QueueTabs tools=records.add() />
            <section class="card" aria-label="Queues">
                <div class="filters"><Search value=search label="Search number or name" /></div>
                <Table listing columns=columns(records, choices) label="Queues" nothing />
            </section>
        </div>
        <RecordDialogs records wide=true remove=|queue| DeleteQueue { queue_id: queue.id }
            form=move |queue| view! { <QueueForm queue choices prompts records /> }.into_any() />
    }
}

fn columns(records: Records<Queue>, choices: Choices) -> Vec<Column<Queue>> {
    vec![
        Column::new("Queue", |row: &Queue| {
            view! {
                <span class="block font-medium figures" data-testid="queue-row" data-number=row.settings.number.clone()>{row.settings.number.clone()}</span>
                <span class="cell-sub cell-clip">{row.settings.name.clone()}</span>
            }
            .into_any()
        }),
        Column::new("Rings", |row: &Queue| {
            view! {
                <span class="block">{row.settings.strategy.word()}</span>
                <span class="cell-sub figures">{row.settings.ring_seconds}" s each"</span>
            }
            .into_any()
        })
        .medium(),
        Column::new("Members", move |row: &Queue| {
            let (members, managers) = (row.settings.members.clone(), row.settings.managers.clone());
            let names = |ids: Vec<shared::ExtensionId>| {
                move || ids.iter().map(|id| choices.extension_name(*id)).collect::<Vec<_>>().join(", ")
            };
            let managed = !managers.is_empty();
            let managers = names(managers);
            view! {
                <span class="line-clamp-2">{names(members)}</span>
                {managed.then(|| view! { <span class="cell-sub line-clamp-1">"Managed by "{managers}</span> })}
            }
            .into_any()
        }),
        Column::new("Otherwise", move |row: &Queue| {
            let otherwise = row.settings.otherwise.clone();
            view! { <span class="cell-clip text-soft">{move || choices.destination(&otherwise)}</span> }.into_any()
        })
        .wide(),
        Column::new("", move |row: &Queue| {
            let (number, name) = (row.settings.number.clone(), row.settings.name.clone());
            view! {
                <span class="flex items-center justify-end gap-1.5">
                    <span class="max-sm:hidden">
                        <CallButton number=Signal::stored(number) name label="Call" testid="call-queue" />
                    </span>
                    {records.actions(row, None, true)}
                </span>
            }
            .into_any()
        }),
    ]
}
