//! The provider's tenants: the list, and a new one in three fields (T-01).

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use shared::TenantId;
use shared::account::ActForTenant;
use shared::tenant::{CreateTenant, ListTenants, TenantCreated, TenantRow, TenantSort};

use crate::live::{self, Event};
use crate::page::Head;
use crate::page::country::home_choices;
use crate::page::filter::{bound, opened_by};
use crate::place::Place;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::card::grouped;
use crate::ui::copy::Once;
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::field::{Field, Search, Select, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::icon::Glyph;
use crate::ui::listing::{Listing, Sorting};
use crate::ui::table::{Column, Nothing, Table};
use crate::ui::toast;
use crate::{api, session};

#[component]
pub fn TenantsPage() -> impl IntoView {
    let (search, status) = (bound("search"), bound("status"));
    let sorting = Sorting::by("name");
    let creating = opened_by("new");
    let listing = Listing::new(
        move || ListTenants {
            search: filled(search.get()),
            enabled: status.with(|status| match status.as_str() {
                "enabled" => Some(true),
                "suspended" => Some(false),
                _ => None,
            }),
            sort: match sorting.key.get() {
                "domain" => TenantSort::Domain,
                "created" => TenantSort::CreatedAt,
                _ => TenantSort::Name,
            },
            direction: sorting.direction.get(),
            ..Default::default()
        },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(Some(_)) => listing.reload(),
        Event::Fact(_) | Event::Changed(None) => {}
    });
    let manage = act_for();
    let nothing = Signal::derive(move || match search.with(String::is_empty) && status.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Building,
            title: "No tenant yet",
            text: "A tenant is one company with one SIP domain. Three fields make one.",
        },
        false => Nothing { glyph: Glyph::Search, title: "No tenant matches", text: "Try another name or domain." },
    });
    let choices = [("", "Any status"), ("enabled", "Enabled"), ("suspended", "Suspended")];
    let choices = choices.into_iter().map(|(key, word)| (key.to_owned(), word.to_owned())).collect();
    let tools = view! {
        <Button label="New tenant" icon=Glyph::Plus look=Look::Primary testid="create-tenant" press=move |()| creating.set(true) />
    };
    view! {
        <div class="page">
            <Head title="Tenants" text="Companies on this installation, each with a SIP domain of its own." tools=tools.into_any() />
            <section class="card" aria-label="Tenants">
                <div class="filters">
                    <Search value=search label="Search name or domain" />
                    <Select name="status" label="Status" value=status options=choices small=true />
                </div>
                <Table listing columns=columns(manage) label="Tenants" nothing sorting />
            </section>
        </div>
        <CreateDialog open=creating created=move |()| listing.reload() />
    }
}

fn columns(manage: Callback<TenantId>) -> Vec<Column<TenantRow>> {
    vec![
        Column::new("Name", |row: &TenantRow| {
            view! {
                <a class="row-link block cell-clip" href=Place::AdminTenant(row.tenant.id).path()>{row.tenant.name.clone()}</a>
                <span class="cell-sub cell-clip">{row.tenant.domain.clone()}</span>
            }
            .into_any()
        })
        .sort("name"),
        Column::new("Status", |row: &TenantRow| state(row.tenant.enabled).into_any()),
        Column::new("Online", |row: &TenantRow| {
            let text = format!("{} of {}", grouped(row.extensions_online), grouped(row.extensions));
            view! { <span class="text-soft">{text}</span> }.into_any()
        })
        .medium()
        .end(),
        Column::new("Running calls", |row: &TenantRow| grouped(row.live_calls).into_any()).medium().end(),
        Column::new("Calls, 24 hours", |row: &TenantRow| grouped(row.calls_today).into_any()).wide().end(),
        Column::new("Created", |row: &TenantRow| {
            view! { <span class="whitespace-nowrap text-soft">{time::show(row.tenant.created_at, Style::Day)}</span> }
                .into_any()
        })
        .wide()
        .sort("created"),
        Column::new("", move |row: &TenantRow| {
            let id = row.tenant.id;
            view! {
                <span class="row-tools"><Button label="Manage" small=true testid="manage" press=move |()| manage.run(id) /></span>
            }
            .into_any()
        })
        .medium(),
    ]
}

/// Enabled or suspended, as a badge.
pub fn state(enabled: bool) -> impl IntoView {
    match enabled {
        true => view! { <Badge tone=Tone::Good dot=true text="Enabled" /> },
        false => view! { <Badge tone=Tone::Bad dot=true text="Suspended" /> },
    }
}

/// Begins to act for a tenant and goes to its pages (ACC-07).
pub fn act_for() -> Callback<TenantId> {
    let navigate = use_navigate();
    Callback::new(move |tenant_id| {
        let navigate = navigate.clone();
        spawn_local(async move {
            match api::call(ActForTenant { tenant_id }).await {
                Ok(fresh) => {
                    session::set(fresh);
                    navigate(&Place::TenantHome.path(), Default::default());
                }
                Err(problem) => toast::bad(problem.title),
            }
        });
    })
}

#[component]
fn CreateDialog(open: RwSignal<bool>, #[prop(into)] created: Callback<()>) -> impl IntoView {
    let result = RwSignal::new(None::<TenantCreated>);
    Effect::new(move |_| {
        if open.get() {
            result.set(None);
        }
    });
    let title = Signal::derive(move || match result.with(Option::is_some) {
        true => "The tenant is ready".to_owned(),
        false => "New tenant".to_owned(),
    });
    view! {
        <Dialog open title>
            {move || match result.get() {
                None => view! { <CreateForm open result created /> }.into_any(),
                Some(made) => invitation(made, open).into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn CreateForm(open: RwSignal<bool>, result: RwSignal<Option<TenantCreated>>, created: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let (name, domain, admin_email) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let country = RwSignal::new(String::new());
    let submit = move |()| {
        let operation = CreateTenant {
            name: name.get_untracked().trim().to_owned(),
            domain: domain.get_untracked().trim().to_lowercase(),
            admin_email: admin_email.get_untracked().trim().to_owned(),
            country: filled(country.get_untracked()),
            ..Default::default()
        };
        form.send(operation.check(), operation, move |made| {
            result.set(Some(made));
            created.run(());
        });
    };
    view! {
        <FormView form fields=&["name", "domain", "admin_email", "country"] submit>
            <Field name="name" label="Company" value=name form placeholder="Acme" autofocus=true />
            <Field name="domain" label="SIP domain" value=domain form placeholder="acme.example" inputmode="url"
                hint="Phones log in under this domain. It is unique on this installation." />
            <Field name="admin_email" label="Administrator's e-mail" value=admin_email form kind="email" placeholder="ada@acme.example" inputmode="email"
                hint="This person is invited to manage the tenant." />
            <div>
                <Select name="country" label="Country" value=country options=home_choices("To be said later") />
                <p class="hint mt-1">"Its numbers and emergency numbers may be called at once. Without a country no number with + may be."</p>
            </div>
            <FormFoot open form label="Create tenant" />
        </FormView>
    }
}

fn invitation(made: TenantCreated, open: RwSignal<bool>) -> impl IntoView {
    let path = Place::AdminTenant(made.tenant.id).path();
    view! {
        <p class="mb-4 text-soft">
            <strong class="text-ink">{made.tenant.name}</strong>
            " can be used at once. Send its administrator this link; it signs in once, and a password is chosen there."
        </p>
        <Once warning="The link is shown only here. Whoever has it becomes the administrator." rows=vec![("Invitation", made.invitation)] />
        <div class="dialog-foot">
            <a class=Look::Secondary.class() href=path on:click=move |_| open.set(false)>"Open tenant"</a>
            <Button label="Done" look=Look::Primary testid="done" press=move |()| open.set(false) />
        </div>
    }
}
