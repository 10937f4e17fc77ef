//! The trunks that the tenant may use, and its own (TRK-07).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::trunk::{CreateOwnTrunk, DeleteOwnTrunk, ListUsableTrunks, Trunk, TrunkSettings, UpdateOwnTrunk, check};

use super::route::RouteTabs;
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::page::trunk::{Fields, NAMES, TrunkFields, mode_word, place, state};
use crate::ui::badge::Badge;
use crate::ui::button::{Button, Look};
use crate::ui::dialog::{Confirm, Dialog};
use crate::ui::field::{Field, Search, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::listing::Listing;
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::table::{Column, Nothing, Table};
use crate::{api, ui::toast};

/// What is being done.
#[derive(Clone, Copy)]
struct Work {
    chosen: RwSignal<Option<Trunk>>,
    editing: RwSignal<bool>,
    removing: RwSignal<bool>,
}

#[component]
pub fn TrunksPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListUsableTrunks { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(_) => listing.reload(),
        Event::Fact(fact) if matches!(fact.fact, Fact::TrunkChanged { .. }) => listing.reload(),
        Event::Fact(_) => {}
    });
    let work = Work { chosen: RwSignal::new(None), editing: RwSignal::new(false), removing: RwSignal::new(false) };
    let add = move |()| {
        work.chosen.set(None);
        work.editing.set(true);
    };
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Link,
            title: "No trunk yet",
            text: "Your provider assigns trunks to you with your numbers. You may add one of your own, to a gateway in your office for instance.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another name or host." },
    });
    let reload = Callback::new(move |()| listing.reload());
    let title = Signal::derive(move || match work.chosen.get() {
        Some(trunk) => format!("Trunk {}", trunk.settings.name),
        None => "New trunk of your own".to_owned(),
    });
    let name = move || work.chosen.with(|trunk| trunk.as_ref().map(|known| known.settings.name.clone()));
    let question = Signal::derive(move || format!("Remove the trunk {}?", name().unwrap_or_default()));
    let busy = RwSignal::new(false);
    let remove = move |()| {
        let Some(trunk) = work.chosen.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(DeleteOwnTrunk { trunk_id: trunk.id }).await;
            busy.try_set(false);
            work.removing.try_set(false);
            match answer {
                Ok(()) => toast::good(format!("The trunk {} is gone.", trunk.settings.name)),
                Err(problem) => toast::bad(problem.fields.first().map_or(problem.title, |field| field.reason.clone())),
            }
            listing.reload();
        });
    };
    view! {
        <div class="page">
            <RouteTabs tools=view! { <Button label="Add trunk" icon=Glyph::Plus look=Look::Primary testid="add-trunk" press=add /> }.into_any() />
            <section class="card" aria-label="Trunks">
                <div class="filters"><Search value=search label="Search name or host" /></div>
                <Table listing columns=columns(work) label="Trunks" nothing />
            </section>
        </div>
        <Dialog open=work.editing title wide=true>
            {move || work.editing.get().then(|| view! { <OwnForm trunk=work.chosen.get_untracked() open=work.editing done=reload /> })}
        </Dialog>
        <Confirm open=work.removing title=question busy text="Calls that run go on; new ones take another way."
            action="Remove" confirm=remove />
    }
}

fn columns(work: Work) -> Vec<Column<Trunk>> {
    vec![
        Column::new("Trunk", |row: &Trunk| {
            let own = row.owner_id.is_some();
            view! {
                <span class="flex flex-wrap items-center gap-2" data-testid="trunk" data-name=row.settings.name.clone()>
                    <span class="cell-clip font-medium">{row.settings.name.clone()}</span>
                    {own.then(|| view! { <Badge text="Your own" /> })}
                </span>
                <span class="cell-sub cell-clip">{place(row)}</span>
            }
            .into_any()
        }),
        Column::new("State", |row: &Trunk| state(row).into_any()),
        Column::new("Your numbers", |row: &Trunk| {
            let pool = row.assignments.first().map(|own| own.did_pool.clone()).unwrap_or_default();
            let text = match pool.as_str() {
                "" => "None: calls out only".to_owned(),
                "*" => "All".to_owned(),
                _ => pool.replace(';', ", "),
            };
            view! { <span class="line-clamp-2 figures">{text}</span> }.into_any()
        })
        .medium(),
        Column::new("Kind", |row: &Trunk| {
            view! { <span class="text-soft">{mode_word(row.settings.mode)}</span> }.into_any()
        })
        .wide(),
        Column::new("", move |row: &Trunk| {
            if row.owner_id.is_none() {
                return ().into_any();
            }
            let (edit, gone) = (row.clone(), row.clone());
            let face = view! { <Icon glyph=Glyph::More /> }.into_any();
            view! {
                <span class="flex items-center justify-end gap-1.5">
                    <Button label="Edit" small=true testid="edit-trunk" press=move |()| {
                        work.chosen.set(Some(edit.clone()));
                        work.editing.set(true);
                    } />
                    <Menu label=format!("More for {}", row.settings.name) testid="row-menu" face>
                        <MenuItem glyph=Glyph::Trash label="Remove" bad=true testid="menu-remove" press=move |()| {
                            work.chosen.set(Some(gone.clone()));
                            work.removing.set(true);
                        } />
                    </Menu>
                </span>
            }
            .into_any()
        }),
    ]
}

#[component]
fn OwnForm(trunk: Option<Trunk>, open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let settings = trunk.as_ref().map_or_else(TrunkSettings::default, |trunk| trunk.settings.clone());
    let fields = Fields::of(&settings);
    let id = trunk.as_ref().map(|trunk| trunk.id);
    let has_password = trunk.as_ref().is_some_and(|trunk| trunk.has_password);
    let pool = trunk.and_then(|trunk| trunk.assignments.into_iter().next()).map(|own| own.did_pool);
    let did_pool = RwSignal::new(pool.unwrap_or_default());
    let submit = move |()| {
        let settings = match fields.settings() {
            Ok(settings) => settings,
            Err(problems) => return form.mark(problems),
        };
        let (did_pool, password) = (did_pool.get_untracked(), filled(fields.password.get_untracked()));
        let problems = check(&settings, password.as_deref(), &[]);
        let name = settings.name.clone();
        let finish = move |_: Trunk| {
            done.run(());
            open.set(false);
            toast::good(format!("The trunk {name} is set up so from now on."));
        };
        match id {
            Some(trunk_id) => form.send(problems, UpdateOwnTrunk { trunk_id, settings, password, did_pool }, finish),
            None => form.send(problems, CreateOwnTrunk { settings, password, did_pool }, finish),
        }
    };
    view! {
        <FormView form fields=NAMES.to_vec() submit>
            <TrunkFields fields form has_password />
            <Field name="did_pool" label="Your numbers on it" value=did_pool form optional=true placeholder="12025550100;12025550110-12025550119"
                hint="* for all. Without numbers it takes no calls in." />
            <div class="dialog-foot mt-1!">
                <Button label="Cancel" press=move |()| open.set(false) />
                <Button label="Save" look=Look::Primary submit=true busy=form.busy testid="submit" />
            </div>
        </FormView>
    }
}
