//! Blocked numbers: who outside is not heard and not called (NBL-01, NBL-02).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::blocked_number::{
    BlockedNumber, CreateBlockedNumber, DeleteBlockedNumber, ExportBlockedNumbers, ListBlockedNumbers,
    UpdateBlockedNumber, entry_of,
};

use super::blocked_number_import::ImportDialog;
use super::dialing::DialingTabs;
use crate::live::{self, Event};
use crate::page::Head;
use crate::page::filter::{bound, opened_by};
use crate::time::{self, Style};
use crate::ui::button::{Button, Look};
use crate::ui::dialog::{Confirm, Dialog, FormFoot};
use crate::ui::field::{Field, Search, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::table::{Column, Nothing, Table};
use crate::{api, ui::toast};

/// What is being done to an entry.
#[derive(Clone, Copy)]
struct Work {
    listing: Listing<BlockedNumber>,
    chosen: RwSignal<Option<BlockedNumber>>,
    editing: RwSignal<bool>,
    deleting: RwSignal<bool>,
    busy: RwSignal<bool>,
}

#[component]
pub fn BlockedNumbersPage() -> impl IntoView {
    let search = bound("search");
    let (adding, importing) = (opened_by("new"), opened_by("import"));
    let listing = Listing::new(
        move || ListBlockedNumbers { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(_) => listing.reload(),
        Event::Fact(_) => {}
    });
    let work = Work {
        listing,
        chosen: RwSignal::new(None),
        editing: RwSignal::new(false),
        deleting: RwSignal::new(false),
        busy: RwSignal::new(false),
    };
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Shield,
            title: "No number is blocked",
            text: "Calls from and to a number of this list are refused at once. Add one, or import a CSV file.",
        },
        false => Nothing { glyph: Glyph::Search, title: "No entry matches", text: "Try another number or word." },
    });
    let reload = Callback::new(move |()| listing.reload());
    view! {
        <div class="page">
            <Head title="Dialing" text="Calls from and to a blocked number are refused at once, without a prompt. Calls to emergency numbers are never blocked." tools=tools(adding, importing, search) />
            <DialingTabs />
            <section class="card" aria-label="Blocked numbers">
                <div class="filters">
                    <Search value=search label="Search number or note" />
                </div>
                <Table listing columns=columns(work) label="Blocked numbers" nothing />
            </section>
        </div>
        <Dialog open=adding title="Block a number">
            <EntryForm open=adding entry=None done=reload />
        </Dialog>
        <Dialog open=work.editing title=Signal::derive(move || named("Change", work.chosen))>
            {move || work.chosen.get().map(|entry| view! { <EntryForm open=work.editing entry=Some(entry) done=reload /> })}
        </Dialog>
        <ImportDialog open=importing done=reload />
        <Question work />
    }
}

fn named(verb: &str, chosen: RwSignal<Option<BlockedNumber>>) -> String {
    chosen.with(|row| row.as_ref().map(|row| format!("{verb} {}", row.number)).unwrap_or_default())
}

fn tools(adding: RwSignal<bool>, importing: RwSignal<bool>, search: RwSignal<String>) -> AnyView {
    let export = move |()| {
        let operation = ExportBlockedNumbers { search: filled(search.get_untracked()) };
        spawn_local(async move {
            if let Err(problem) = api::save(operation).await {
                toast::bad(problem.title);
            }
        });
    };
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    view! {
        <Menu label="More" class="button button-secondary px-2.5!" testid="blocked-more" face>
            <MenuItem glyph=Glyph::Upload label="Import CSV" testid="import-blocked" press=move |()| importing.set(true) />
            <MenuItem glyph=Glyph::Download label="Export CSV" testid="export-blocked" press=export />
        </Menu>
        <Button label="Block a number" icon=Glyph::Plus look=Look::Primary testid="block-number" press=move |()| adding.set(true) />
    }
    .into_any()
}

fn columns(work: Work) -> Vec<Column<BlockedNumber>> {
    vec![
        Column::new("Number", move |row: &BlockedNumber| {
            let (item, number, description) = (row.clone(), row.number.clone(), row.description.clone());
            let alike =
                row.number.ends_with('*').then(|| view! { <span class="cell-sub">"and all that begin so"</span> });
            view! {
                <button type="button" class="row-link block cell-clip text-left font-semibold figures" data-testid="edit" on:click=move |_| {
                    work.chosen.set(Some(item.clone()));
                    work.editing.set(true);
                }>{number}</button>
                {alike}
                <span class="cell-sub cell-clip phone-only">{description}</span>
            }
            .into_any()
        }),
        Column::new("Note", |row: &BlockedNumber| {
            view! { <span class="block cell-clip text-soft">{row.description.clone()}</span> }.into_any()
        })
        .medium(),
        Column::new("Added", |row: &BlockedNumber| {
            view! { <span class="whitespace-nowrap text-soft">{time::show(row.created_at, Style::Day)}</span> }
                .into_any()
        })
        .wide(),
        Column::new("", move |row: &BlockedNumber| row_menu(work, row.clone())),
    ]
}

fn row_menu(work: Work, row: BlockedNumber) -> AnyView {
    let label = format!("Actions for {}", row.number);
    let row = StoredValue::new(row);
    let choose = move |what: RwSignal<bool>| {
        work.chosen.set(Some(row.get_value()));
        what.set(true);
    };
    let face = view! { <Icon glyph=Glyph::More /> }.into_any();
    view! {
        <span class="row-tools">
            <Menu label testid="row-menu" face>
                <MenuItem glyph=Glyph::Pencil label="Edit" testid="menu-edit" press=move |()| choose(work.editing) />
                <MenuItem glyph=Glyph::Trash label="Remove" bad=true testid="menu-delete" press=move |()| choose(work.deleting) />
            </Menu>
        </span>
    }
    .into_any()
}

#[component]
fn Question(work: Work) -> impl IntoView {
    let Work { listing, chosen, deleting, busy, .. } = work;
    let delete = move |()| {
        let Some(row) = chosen.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(DeleteBlockedNumber { blocked_number_id: row.id }).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    deleting.try_set(false);
                    toast::good(format!("{} is no longer blocked.", row.number));
                    listing.remove(|known| known.id == row.id);
                }
                Err(problem) => toast::bad(problem.title),
            }
        });
    };
    view! {
        <Confirm
            open=deleting
            title=Signal::derive(move || format!("{}?", named("Remove", chosen)))
            text="Calls from and to it are put through again."
            action="Remove"
            busy
            confirm=delete
        />
    }
}

/// The form of a new entry, or of a change.
#[component]
fn EntryForm(open: RwSignal<bool>, entry: Option<BlockedNumber>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let id = entry.as_ref().map(|entry| entry.id);
    let (number, description) = entry.map(|entry| (entry.number, entry.description)).unwrap_or_default();
    let (number, description) = (RwSignal::new(number), RwSignal::new(description));
    let meaning = Signal::derive(move || number.with(|text| meaning(text)));
    let saved = move |entry: BlockedNumber| {
        done.run(());
        open.set(false);
        toast::good(format!("{} is blocked from now on.", entry.number));
    };
    let submit = move |()| {
        let (number, description) = (number.get_untracked(), description.get_untracked());
        match id {
            None => {
                let operation = CreateBlockedNumber { number, description };
                form.send(operation.check(), operation, saved);
            }
            Some(blocked_number_id) => {
                let (number, description) = (Some(number), Some(description));
                let operation = UpdateBlockedNumber { blocked_number_id, number, description };
                form.send(operation.check(), operation, saved);
            }
        }
    };
    view! {
        <FormView form fields=&["number", "description"] submit>
            <Field name="number" label="Number" value=number form autofocus=true placeholder="+442079460000 or 0900*"
                hint="A user name will do, too. A * at the end stands for anything." suffix=meaning />
            <Field name="description" label="Note" value=description form optional=true placeholder="Why, for whoever reads the list" />
            <FormFoot open form label=if id.is_some() { "Save" } else { "Block" } />
        </FormView>
    }
}

/// How an entry will be compared.
fn meaning(text: &str) -> String {
    let Some(entry) = entry_of(text) else { return String::new() };
    let begins = if entry.ends_with('*') { "Numbers that begin with " } else { "The number " };
    let stem = entry.trim_end_matches('*');
    match stem.starts_with('+') {
        true => format!("{begins}{stem}, compared in E.164."),
        false => format!("{begins}{stem}, compared as dialled or delivered."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: NBL-01
    #[test]
    fn nbl_01_it_is_said_how_an_entry_will_be_compared() {
        assert_eq!(meaning("+44 20*"), "Numbers that begin with +4420, compared in E.164.");
        assert_eq!(meaning("110"), "The number 110, compared as dialled or delivered.");
        assert_eq!(meaning("*"), "");
    }
}
