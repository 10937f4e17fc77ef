//! The numbers of the installation: which tenant has them on which trunk, and what is done with them (TRK-08).

use leptos::prelude::*;
use shared::number::{AssignNumbers, ListNumbers, NumberBlock, NumberUse, WithdrawNumbers};
use shared::tenant::ListTenants;
use shared::trunk::ListTrunks;
use shared::{TenantId, TrunkId};

use super::trunk::TrunkTabs;
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::page::number;
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Field, Search, Select, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::records::{Noun, RecordDialogs, Records};
use crate::ui::table::{Column, Nothing, Table};

/// The most that can be chosen in the form.
const CHOICES_MAX: u32 = 500;

const NOUN: Noun<NumberBlock> = Noun {
    word: "number block",
    name: |row| &row.numbers,
    removed: "The tenant does not have the numbers any more: calls to them are refused, and they may be given to somebody else.",
    add_testid: "add-numbers",
    edit_testid: "edit-numbers",
};

#[component]
pub fn NumbersPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListNumbers { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
        }
    });
    let records = Records::new(listing, NOUN);
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Link,
            title: "No number yet",
            text: "Give a tenant the numbers that a trunk brings. From then on its administrator leads them where they are to ring.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nobody has it", text: "Try another number, trunk or tenant." },
    });
    let lead = |rule: &NumberUse| {
        let number = if rule.number == "*" { "All others".to_owned() } else { rule.number.clone() };
        let rule = format!(" → {}{}", rule.name, if rule.enabled { "" } else { " (off)" });
        view! { <li><span class="figures">{number}</span><span class="text-soft">{rule}</span></li> }.into_any()
    };
    let columns = vec![
        number::block(),
        number::trunk(),
        Column::new("Tenant", |row: &NumberBlock| {
            view! { <span class="cell-clip">{row.tenant_name.clone()}</span> }.into_any()
        }),
        number::used(),
        number::leads(lead).wide(),
        Column::new("", move |row: &NumberBlock| records.removal(row, None)),
    ];
    view! {
        <div class="page">
            <TrunkTabs tools=records.add() />
            <section class="card" aria-label="Numbers">
                <div class="filters"><Search value=search label="Whose is it? Search number, trunk or tenant" /></div>
                <Table listing columns label="Numbers" nothing />
            </section>
        </div>
        <RecordDialogs records form=move |_| view! { <AssignForm records /> }.into_any()
            remove=|row| WithdrawNumbers { trunk_id: row.trunk_id, tenant_id: row.tenant_id, numbers: row.numbers.clone() } />
    }
}

#[component]
fn AssignForm(records: Records<NumberBlock>) -> impl IntoView {
    let form = Form::new();
    let [trunk, tenant, numbers] = [(); 3].map(|()| RwSignal::new(String::new()));
    let trunks = Fetch::new(|| ListTrunks { limit: Some(CHOICES_MAX), ..ListTrunks::default() });
    let tenants = Fetch::new(|| ListTenants { limit: Some(CHOICES_MAX), ..ListTenants::default() });
    let trunk_options = move || {
        let rows = trunks.get().map(|page| page.rows).unwrap_or_default();
        let mut options = vec![(String::new(), "Choose a trunk".to_owned())];
        options.extend(rows.into_iter().map(|row| (row.id.to_string(), row.settings.name)));
        options
    };
    let tenant_options = move || {
        let rows = tenants.get().map(|page| page.rows).unwrap_or_default();
        let mut options = vec![(String::new(), "Choose a tenant".to_owned())];
        options.extend(rows.into_iter().map(|row| (row.tenant.id.to_string(), row.tenant.name)));
        options
    };
    let submit = move |()| {
        let (of, to) = (trunk.get_untracked().parse::<TrunkId>(), tenant.get_untracked().parse::<TenantId>());
        let (Ok(trunk_id), Ok(tenant_id)) = (of, to) else {
            return form.mark(
                [
                    ("trunk_id", trunk.with_untracked(String::is_empty)),
                    ("tenant_id", tenant.with_untracked(String::is_empty)),
                ]
                .into_iter()
                .filter(|(_, missing)| *missing)
                .map(|(field, _)| shared::problem::FieldProblem::new(field, "Choose one."))
                .collect(),
            );
        };
        let operation = AssignNumbers { trunk_id, tenant_id, numbers: numbers.get_untracked() };
        let problems = operation.check();
        form.send(problems, operation, move |()| {
            records.saved("The tenant has the numbers from now on.".to_owned());
        });
    };
    view! {
        <FormView form fields=vec!["trunk_id", "tenant_id", "numbers"] submit>
            {trunks.failure()}
            {tenants.failure()}
            {move || view! { <Select name="trunk_id" label="Trunk that brings them" value=trunk options=trunk_options() /> }}
            {move || form.problem("trunk_id").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            {move || view! { <Select name="tenant_id" label="Tenant that gets them" value=tenant options=tenant_options() /> }}
            {move || form.problem("tenant_id").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <Field name="numbers" label="Numbers" value=numbers form inputmode="tel" placeholder="12025550100;12025550110-12025550119"
                hint="One, a range, or with * for each digit that may be any; several with a semicolon. * alone is every number." />
            <FormFoot open=records.editing() form />
        </FormView>
    }
}
