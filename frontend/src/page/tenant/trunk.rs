//! The trunks that the tenant may use, and its own (TRK-07).

use leptos::prelude::*;
use shared::fact::Fact;
use shared::trunk::{CreateOwnTrunk, DeleteOwnTrunk, ListUsableTrunks, Trunk, TrunkSettings, UpdateOwnTrunk, check};
use shared::trunk_test::TestUsableTrunk;

use super::route::RouteTabs;
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::page::trunk::{Fields, NAMES, NOUN, TestDialog, Testing, TrunkFields, mode_word, place, state};
use crate::ui::badge::Badge;
use crate::ui::button::Button;
use crate::ui::dialog::FormFoot;
use crate::ui::field::{Field, Search, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};

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
    let records = Records::new(listing, NOUN);
    let testing = Testing::new();
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Link,
            title: "No trunk yet",
            text: "Your provider assigns trunks to you with your numbers. You may add one of your own, to a gateway in your office for instance.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another name or host." },
    });
    view! {
        <div class="page">
            <RouteTabs tools=records.add() />
            <section class="card" aria-label="Trunks">
                <div class="filters"><Search value=search label="Search name or host" /></div>
                <Table listing columns=columns(records, testing) label="Trunks" nothing />
            </section>
        </div>
        <TestDialog testing test=|trunk_id| TestUsableTrunk { trunk_id } />
        <RecordDialogs records wide=true remove=|trunk| DeleteOwnTrunk { trunk_id: trunk.id }
            form=move |trunk| view! { <OwnForm trunk records /> }.into_any() />
    }
}

fn columns(records: Records<Trunk>, testing: Testing) -> Vec<Column<Trunk>> {
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
        Column::new("", move |row: &Trunk| match row.owner_id {
            // The provider's trunk is the provider's to change.
            None => {
                let own = row.clone();
                view! { <Button label="Test" small=true testid="test-trunk" press=move |()| testing.begin(own.clone()) /> }
                    .into_any()
            }
            Some(_) => records.actions(row, Some(testing.item(row)), true),
        }),
    ]
}

#[component]
fn OwnForm(trunk: Option<Trunk>, records: Records<Trunk>) -> impl IntoView {
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
            records.saved(format!("The trunk {name} is set up so from now on."));
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
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
