//! Ring groups: one number that rings several people (RG-01…RG-05).

use leptos::prelude::*;
use shared::ring_group::{
    CreateRingGroup, DeleteRingGroup, ListRingGroups, RingGroup, RingGroupSettings, RingStrategy, UpdateRingGroup,
};

use super::member::MemberList;
use super::route::{Choices, RouteTabs};
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::page::target::{Target, TargetField};
use crate::ui::dialog::FormFoot;
use crate::ui::field::{Field, Search, Select, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};

const NOUN: Noun<RingGroup> = Noun {
    word: "ring group",
    name: |row| &row.settings.name,
    removed: "Whoever dials its number hears that it is not in use.",
    add_testid: "add-group",
    edit_testid: "edit-group",
};

#[component]
pub fn RingGroupsPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListRingGroups { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let choices = Choices::new();
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
            choices.reload();
        }
    });
    let records = Records::new(listing, NOUN);
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::People,
            title: "No ring group yet",
            text: "A group has a number of its own and rings several people: all at once, one after the other, or in turns.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or name." },
    });
    view! {
        <div class="page">
            <RouteTabs tools=records.add() />
            <section class="card" aria-label="Ring groups">
                <div class="filters"><Search value=search label="Search number or name" /></div>
                <Table listing columns=columns(records, choices) label="Ring groups" nothing />
            </section>
        </div>
        <RecordDialogs records remove=|group| DeleteRingGroup { ring_group_id: group.id }
            form=move |group| view! { <GroupForm group choices records /> }.into_any() />
    }
}

fn columns(records: Records<RingGroup>, choices: Choices) -> Vec<Column<RingGroup>> {
    vec![
        Column::new("Group", |row: &RingGroup| {
            view! {
                <span class="block font-medium figures" data-testid="group" data-number=row.settings.number.clone()>{row.settings.number.clone()}</span>
                <span class="cell-sub cell-clip">{row.settings.name.clone()}</span>
            }
            .into_any()
        }),
        Column::new("Rings", |row: &RingGroup| {
            let each = match row.settings.strategy {
                RingStrategy::Simultaneous => "",
                RingStrategy::Prioritized | RingStrategy::Cyclic | RingStrategy::LeastWorked => " each",
                RingStrategy::Paging => " to answer",
            };
            view! {
                <span class="block">{row.settings.strategy.word()}</span>
                <span class="cell-sub figures">{row.settings.ring_seconds}" s"{each}</span>
            }
            .into_any()
        })
        .medium(),
        Column::new("Members", move |row: &RingGroup| {
            let members = row.settings.members.clone();
            let names = move || {
                let known: Vec<String> = members.iter().map(|id| choices.extension_name(*id)).collect();
                known.join(", ")
            };
            view! { <span class="line-clamp-2">{names}</span> }.into_any()
        }),
        Column::new("Otherwise", move |row: &RingGroup| {
            if row.settings.strategy == RingStrategy::Paging {
                return view! { <span class="text-faint">"–"</span> }.into_any();
            }
            let otherwise = row.settings.otherwise.clone();
            view! { <span class="cell-clip text-soft">{move || choices.destination(&otherwise)}</span> }.into_any()
        })
        .wide(),
        Column::new("", move |row: &RingGroup| records.actions(row, None, true)),
    ]
}

const STRATEGIES: [(&str, RingStrategy); 5] = [
    ("simultaneous", RingStrategy::Simultaneous),
    ("prioritized", RingStrategy::Prioritized),
    ("cyclic", RingStrategy::Cyclic),
    ("least_worked", RingStrategy::LeastWorked),
    ("paging", RingStrategy::Paging),
];

#[component]
fn GroupForm(group: Option<RingGroup>, choices: Choices, records: Records<RingGroup>) -> impl IntoView {
    let form = Form::new();
    let id = group.as_ref().map(|group| group.id);
    let settings = group.map(|group| group.settings).unwrap_or_default();
    let (number, name) = (RwSignal::new(settings.number.clone()), RwSignal::new(settings.name.clone()));
    let strategy = STRATEGIES.iter().find(|(_, known)| *known == settings.strategy).map_or("", |(key, _)| key);
    let strategy = RwSignal::new(strategy.to_owned());
    let seconds = RwSignal::new(settings.ring_seconds.to_string());
    let skip_busy = RwSignal::new(settings.skip_busy);
    let members = RwSignal::new(settings.members.clone());
    let target = Target::of(&settings.otherwise);
    let caller_id = RwSignal::new(settings.outbound_caller_id.clone());
    let chosen = move || strategy.with(|chosen| STRATEGIES.iter().find(|(key, _)| key == chosen)).map(|(_, one)| *one);
    let pages = Memo::new(move |_| chosen() == Some(RingStrategy::Paging));
    let submit = move |()| {
        let settings = RingGroupSettings {
            number: number.get_untracked(),
            name: name.get_untracked(),
            strategy: untrack(chosen).unwrap_or_default(),
            ring_seconds: seconds.get_untracked().trim().parse().unwrap_or(0),
            skip_busy: skip_busy.get_untracked(),
            members: members.get_untracked(),
            otherwise: target.destination(),
            outbound_caller_id: caller_id.get_untracked().trim().to_owned(),
        };
        let problems = settings.check();
        let finish = move |group: RingGroup| {
            records.saved(format!("The ring group {} rings so from now on.", group.settings.number));
        };
        match id {
            Some(ring_group_id) => form.send(problems, UpdateRingGroup { ring_group_id, settings }, finish),
            None => form.send(problems, CreateRingGroup { settings }, finish),
        }
    };
    let strategies = STRATEGIES.iter().map(|(key, one)| ((*key).to_owned(), one.word().to_owned())).collect();
    view! {
        <FormView form fields=vec!["number", "name", "ring_seconds", "members", "otherwise", "otherwise.number", "outbound_caller_id"] submit>
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <Field name="number" label="Number" value=number form inputmode="numeric" placeholder="600" autofocus=true />
                <Field name="name" label="Name" value=name form placeholder="Sales" />
                <Select name="strategy" label="Rings" value=strategy options=strategies />
                <Field name="ring_seconds" label="Seconds" value=seconds form inputmode="numeric"
                    hint="Of all, or of each where they ring one after the other; for paging, to answer by themselves." />
            </div>
            <Show when=move || pages.get()>
                <p class="hint" data-testid="about-paging">
                    "Whoever dials the number speaks out of the telephones of all members who are free, and does not hear them. A member presses * to be heard and # to only listen again. Callers need the right for paging and intercom, which their group gives."
                </p>
            </Show>
            <MemberList members choices form />
            <div class="contents" class:hidden=move || pages.get()>
                <Switch name="skip_busy" label="Skip who is in a call" on=skip_busy change=move |on| skip_busy.set(on) />
                <TargetField name="otherwise" label="When nobody answers" target options=choices.targets() form />
                <Field name="outbound_caller_id" label="Caller id outside" value=caller_id form inputmode="tel" optional=true
                    hint="Who a call comes from that the group sends outside. It counts where the trunk has the number for you." />
            </div>
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
