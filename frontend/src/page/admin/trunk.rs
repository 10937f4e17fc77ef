//! The provider's trunks: how each stands, how it is set up, and which tenant has which numbers on it (TRK-01…TRK-13).

use leptos::prelude::*;
use shared::TenantId;
use shared::fact::Fact;
use shared::tenant::ListTenants;
use shared::trunk::{CreateTrunk, DeleteTrunk, ListTrunks, Trunk, TrunkAssignment, TrunkSettings, UpdateTrunk, check};
use shared::trunk_test::TestTrunk;

use crate::live::{self, Event};
use crate::page::Head;
use crate::page::filter::bound;
use crate::page::trunk::{Fields, NAMES, NOUN, TestDialog, Testing, TrunkFields, mode_word, place, state};
use crate::place::Place;
use crate::ui::button::{Button, IconButton};
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Search, Select, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};
use crate::ui::tabs::Tabs;

/// The most tenants that can be chosen in the form.
const TENANTS_MAX: u32 = 500;

#[component]
pub fn TrunksPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListTrunks { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(None) => listing.reload(),
        Event::Fact(fact) if matches!(fact.fact, Fact::TrunkChanged { .. }) => listing.reload(),
        Event::Fact(_) | Event::Changed(Some(_)) => {}
    });
    let records = Records::new(listing, NOUN);
    let testing = Testing::new();
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Link,
            title: "No trunk yet",
            text: "A trunk leads to a provider, a gateway or another SIP server. Assign it to tenants, each with its numbers.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another name or host." },
    });
    view! {
        <div class="page">
            <TrunkTabs tools=records.add() />
            <section class="card" aria-label="Trunks">
                <div class="filters"><Search value=search label="Search name or host" /></div>
                <Table listing columns=columns(records, testing) label="Trunks" nothing />
            </section>
        </div>
        <TestDialog testing test=|trunk_id| TestTrunk { trunk_id } />
        <RecordDialogs records wide=true remove=|trunk| DeleteTrunk { trunk_id: trunk.id }
            form=move |trunk| view! { <TrunkForm trunk records /> }.into_any() />
    }
}

#[component]
pub fn TrunkTabs(tools: AnyView) -> impl IntoView {
    let tabs = vec![(Place::AdminTrunks.path(), "Trunks"), (Place::AdminNumbers.path(), "Numbers")];
    view! {
        <Head title="Trunks" text="The ways to the public network: providers, gateways, other SIP servers." tools />
        <Tabs label="Trunks" tabs />
    }
}

fn columns(records: Records<Trunk>, testing: Testing) -> Vec<Column<Trunk>> {
    vec![
        Column::new("Trunk", |row: &Trunk| {
            let owner =
                row.owner_id.and_then(|_| row.assignments.first()).map(|own| format!("{}'s own", own.tenant_name));
            view! {
                <span class="cell-clip font-medium" data-testid="trunk" data-name=row.settings.name.clone()>{row.settings.name.clone()}</span>
                <span class="cell-sub cell-clip">{place(row)}</span>
                {owner.map(|owner| view! { <span class="cell-sub">{owner}</span> })}
            }
            .into_any()
        }),
        Column::new("State", |row: &Trunk| state(row).into_any()),
        Column::new("Kind", |row: &Trunk| {
            view! { <span class="text-soft">{mode_word(row.settings.mode)}</span> }.into_any()
        })
        .wide(),
        Column::new("Tenants", |row: &Trunk| {
            let names: Vec<&str> = row.assignments.iter().take(3).map(|known| known.tenant_name.as_str()).collect();
            let more = row.assignments.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let text = if names.is_empty() { "–".to_owned() } else { format!("{}{more}", names.join(", ")) };
            view! { <span class="cell-clip">{text}</span> }.into_any()
        })
        .medium(),
        Column::new("Calls", |row: &Trunk| {
            let max = row.settings.calls_max.map(|max| format!(" of {max}")).unwrap_or_default();
            view! { <span class="figures whitespace-nowrap">{row.standing.calls}{max}</span> }.into_any()
        })
        .medium()
        .end(),
        Column::new("", move |row: &Trunk| records.actions(row, Some(testing.item(row)), true)),
    ]
}

/// One tenant of the form.
#[derive(Clone, Copy)]
struct Share {
    key: u32,
    tenant: RwSignal<String>,
    pool: RwSignal<String>,
}

#[component]
fn TrunkForm(trunk: Option<Trunk>, records: Records<Trunk>) -> impl IntoView {
    let form = Form::new();
    let settings = trunk.as_ref().map_or_else(TrunkSettings::default, |trunk| trunk.settings.clone());
    let fields = Fields::of(&settings);
    let id = trunk.as_ref().map(|trunk| trunk.id);
    let has_password = trunk.as_ref().is_some_and(|trunk| trunk.has_password);
    let own = trunk.as_ref().is_some_and(|trunk| trunk.owner_id.is_some());
    let share = |key: u32, tenant: String, pool: &str| Share {
        key,
        tenant: RwSignal::new(tenant),
        pool: RwSignal::new(pool.to_owned()),
    };
    let assignments = trunk.map(|trunk| trunk.assignments).unwrap_or_default();
    let shares = RwSignal::new(
        assignments
            .iter()
            .zip(0_u32..)
            .map(|(known, key)| share(key, known.tenant_id.to_string(), &known.did_pool))
            .collect::<Vec<_>>(),
    );
    let last = StoredValue::new(u32::MAX / 2);
    let tenants = Fetch::new(|| ListTenants { limit: Some(TENANTS_MAX), ..ListTenants::default() });
    let submit = move |()| {
        let settings = match fields.settings() {
            Ok(settings) => settings,
            Err(problems) => return form.mark(problems),
        };
        let assignments: Vec<TrunkAssignment> = shares
            .get_untracked()
            .iter()
            .filter_map(|share| {
                let tenant_id = share.tenant.get_untracked().parse::<TenantId>().ok()?;
                let did_pool = share.pool.get_untracked();
                Some(TrunkAssignment { tenant_id, tenant_name: String::new(), did_pool })
            })
            .collect();
        let password = filled(fields.password.get_untracked());
        let problems = check(&settings, password.as_deref(), &assignments);
        let name = settings.name.clone();
        let finish = move |_: Trunk| {
            records.saved(format!("The trunk {name} is set up so from now on."));
        };
        match id {
            Some(trunk_id) => {
                form.send(problems, UpdateTrunk { trunk_id, settings, password, assignments }, finish);
            }
            None => form.send(problems, CreateTrunk { settings, password, assignments }, finish),
        }
    };
    let add = move |()| {
        let key = last.get_value();
        last.set_value(key + 1);
        shares.update(|all| all.push(share(key, String::new(), "")));
    };
    let choices = move || {
        let rows = tenants.get().map(|page| page.rows).unwrap_or_default();
        let mut options = vec![(String::new(), "Choose a tenant".to_owned())];
        options.extend(rows.into_iter().map(|row| (row.tenant.id.to_string(), row.tenant.name)));
        options
    };
    view! {
        <FormView form fields=NAMES.to_vec() submit>
            <TrunkFields fields form has_password />
            <fieldset class="grid gap-3">
                <legend class="label mb-2">"Tenants and their numbers"</legend>
                <p class="text-sm text-soft">
                    "Numbers such as 12025550100;12025550110-12025550119;1202556****, or * for all. Without numbers a tenant can call out only."
                </p>
                {tenants.failure()}
                <For each=move || shares.get() key=|share| share.key let:share>
                    <div class="flex flex-wrap items-end gap-2" data-testid="share">
                        <div class="min-w-40 flex-1">
                            {move || view! { <Select name="tenant" label="Tenant" value=share.tenant options=choices() /> }}
                        </div>
                        <div class="min-w-48 flex-2">
                            <Field name="pool" label="Numbers" value=share.pool optional=true />
                        </div>
                        {(!own).then(|| view! {
                            <IconButton glyph=Glyph::Trash label="Take off" press=move |()| shares.update(|all| all.retain(|known| known.key != share.key)) />
                        })}
                    </div>
                </For>
                {(!own).then(|| view! { <div><Button label="Add tenant" icon=Glyph::Plus small=true testid="add-share" press=add /></div> })}
            </fieldset>
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
