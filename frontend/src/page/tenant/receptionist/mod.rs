//! Virtual receptionists: what answers, says what can be chosen, and leads on (IVR-01…IVR-24).

mod draft;
mod flow;
mod form;
mod layout;
mod part;
mod rows;
mod urls;

use leptos::prelude::*;
use shared::receptionist::{DeleteReceptionist, ListReceptionists, MenuAction, Receptionist};

use super::route::{Choices, RouteTabs};
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::softphone::CallButton;
use crate::ui::field::{Search, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};
use form::ReceptionistForm;

const NOUN: Noun<Receptionist> = Noun {
    word: "receptionist",
    name: |row| &row.settings.name,
    removed: "Whoever dials its number hears that it is not in use. Its prompts stay.",
    add_testid: "add-receptionist",
    edit_testid: "edit-receptionist",
};

#[component]
pub fn ReceptionistsPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListReceptionists { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let choices = Choices::new();
    let prompts = super::prompt::choices();
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
            glyph: Glyph::List,
            title: "No receptionist yet",
            text: "A receptionist has a number of its own. It answers, says what can be chosen, and leads callers on by the keys that they press.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or name." },
    });
    view! {
        <div class="page">
            <RouteTabs tools=records.add() />
            <section class="card" aria-label="Receptionists">
                <div class="filters"><Search value=search label="Search number or name" /></div>
                <Table listing columns=columns(records, choices, prompts) label="Receptionists" nothing />
            </section>
        </div>
        <RecordDialogs records wide=true remove=|one| DeleteReceptionist { receptionist_id: one.id }
            form=move |receptionist| view! { <ReceptionistForm receptionist choices prompts records /> }.into_any() />
    }
}

fn columns(
    records: Records<Receptionist>,
    choices: Choices,
    prompts: super::prompt::Prompts,
) -> Vec<Column<Receptionist>> {
    vec![
        Column::new("Receptionist", |row: &Receptionist| {
            let (number, name) = (row.settings.number.clone(), row.settings.name.clone());
            view! {
                <span class="block font-medium figures" data-testid="receptionist" data-number=row.settings.number.clone()>{number}</span>
                <span class="cell-sub cell-clip">{name}</span>
            }
            .into_any()
        }),
        Column::new("Choices", move |row: &Receptionist| {
            let rows = row.settings.rows.clone();
            let words = move || {
                let row =
                    |row: &shared::receptionist::MenuRow| format!("{} {}", row.keys, action_word(&row.action, choices));
                rows.iter().map(row).collect::<Vec<_>>().join(", ")
            };
            let count = count_word(row.settings.rows.len(), row.settings.urls.len());
            let ends = row.settings.open_ends().len();
            view! {
                <span class="block">{count}</span>
                <span class="cell-sub line-clamp-1 max-w-72 max-sm:hidden">{words}</span>
                {(ends > 0).then(|| view! { <span class="cell-sub text-warn-ink!" data-testid="open-ends">"Has an open end"</span> })}
            }
            .into_any()
        }),
        Column::new("Plays", move |row: &Receptionist| {
            let prompt = row.settings.prompt;
            let language = row.settings.language.name();
            view! {
                <span class="cell-clip block">{move || prompts.name(prompt)}</span>
                <span class="cell-sub">{language}</span>
            }
            .into_any()
        })
        .medium(),
        Column::new("Nothing typed", move |row: &Receptionist| {
            let action = row.settings.on_timeout.clone();
            view! { <span class="cell-clip block text-soft">{move || action_word(&action, choices)}</span> }.into_any()
        })
        .wide(),
        Column::new("", move |row: &Receptionist| {
            let (number, name) = (row.settings.number.clone(), row.settings.name.clone());
            view! {
                <span class="flex items-center justify-end gap-1.5">
                    <span class="max-sm:hidden">
                        <CallButton number=Signal::stored(number) name label="Call" testid="call-receptionist" />
                    </span>
                    {records.actions(row, None, true)}
                </span>
            }
            .into_any()
        }),
    ]
}

/// How many choices there are, and entries that ask somebody else.
fn count_word(choices: usize, entries: usize) -> String {
    let of = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    let words: Vec<_> =
        [of(choices, "choice", "choices"), of(entries, "entry", "entries")].into_iter().flatten().collect();
    if words.is_empty() { "None".to_owned() } else { words.join(", ") }
}

/// What is done, in words, watched.
fn action_word(action: &MenuAction, choices: Choices) -> String {
    match action {
        MenuAction::Nothing => "Ignored".to_owned(),
        MenuAction::Repeat => "Says it again".to_owned(),
        MenuAction::Lead { to } => choices.destination(to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_and_entries_are_counted_in_words() {
        for (choices, entries, expected) in
            [(0, 0, "None"), (1, 0, "1 choice"), (3, 1, "3 choices, 1 entry"), (0, 2, "2 entries")]
        {
            assert_eq!(count_word(choices, entries), expected);
        }
    }
}
