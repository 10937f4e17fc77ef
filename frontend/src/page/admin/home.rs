//! The provider's home: what all tenants are doing.

use leptos::prelude::*;
use shared::fact::Fact;
use shared::home::{AdminHome, BusyTenant, GetAdminHome};
use shared::live::ListAllLiveCalls;
use shared::tenant::ListTenants;
use shared::wizard::{GetWizard, WizardState};

use crate::live::{self, Event};
use crate::page::Head;
use crate::page::hours::Hours;
use crate::page::live_calls::{LiveCalls, Whose, follow};
use crate::place::Place;
use crate::time;
use crate::ui::button::Look;
use crate::ui::card::{Card, Stat, grouped};
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;
use crate::ui::notice::Empty;

/// How many names of tenants are known to the list of running calls.
const NAMES_MAX: u32 = 200;

#[component]
pub fn HomePage() -> impl IntoView {
    let home = Fetch::new(GetAdminHome::default);
    let calls = Fetch::new(ListAllLiveCalls::default);
    follow(calls);
    let tenants = Fetch::new(|| ListTenants { limit: Some(NAMES_MAX), ..Default::default() });
    live::subscribe(move |event| match event {
        Event::Reload => home.reload(),
        Event::Changed(_) => {
            home.reload_soon();
            tenants.reload_soon();
        }
        Event::Fact(fact) if matches!(fact.fact, Fact::CallsAlive { .. }) => {}
        Event::Fact(_) => home.reload_soon(),
    });
    let names = Signal::derive(move || {
        let rows = tenants.get().map(|page| page.rows).unwrap_or_default();
        rows.into_iter().map(|row| (row.tenant.id, row.tenant.name)).collect()
    });
    let figure = move |part: fn(&AdminHome) -> u64| Signal::derive(move || home.map(part));
    let running = Signal::derive(move || calls.map(|calls| calls.len() as u64).or(home.map(|home| home.live_calls)));
    let online = figure(|home| home.extensions_online);
    let version = move || {
        home.map(|home| format!("Belfry {}, started {}.", home.version, time::ago(home.started_at, time::now())))
            .unwrap_or_default()
    };
    let wizard = Fetch::new(GetWizard::default);
    let offered = move || wizard.map(|wizard| wizard.state != WizardState::Done) == Some(true);
    let tools = view! { <a class=Look::Secondary.class() href=Place::AdminWizard.path() data-testid="open-wizard">"Set-up wizard"</a> };
    // Grey boxes below a failure would promise what does not come.
    let failed = move || home.problem().is_some();
    view! {
        <div class="page">
            <Head title="Home" text=Signal::derive(version) tools=tools.into_any() />
            {move || offered().then(|| view! { <Offer /> })}
            {home.failure()}
            <div class="tiles" hidden=failed>
                <Stat glyph=Glyph::Phone label="Running calls" value=running testid="stat-live-calls" />
                <Stat glyph=Glyph::Building label="Tenants" value=figure(|home| home.tenants) href=Place::AdminTenants.path() testid="stat-tenants" />
                <Stat glyph=Glyph::People label="Extensions online" value=online max=figure(|home| home.extensions) testid="stat-extensions" />
                <Stat glyph=Glyph::Device label="Registered devices" value=figure(|home| home.registrations) testid="stat-registrations" />
            </div>
            <div class="columns" hidden=failed>
                <div class="stack">
                    <Hours hours=Signal::derive(move || home.map(|home| home.hours.clone())) />
                    <LiveCalls calls whose=Whose::Everybody(names) />
                </div>
                <Card title="Busiest tenants" flush=true>
                    {move || match home.map(|home| home.busiest.clone()) {
                        None => home.skeleton("card-body", "h-24"),
                        Some(busiest) if busiest.is_empty() => view! {
                            <Empty glyph=Glyph::Building title="All quiet" text="Tenants with running calls stand here." />
                        }
                        .into_any(),
                        Some(busiest) => view! {
                            <ul class="divide-y divide-line pb-1">{busiest.into_iter().map(busy).collect_view()}</ul>
                        }
                        .into_any(),
                    }}
                </Card>
            </div>
        </div>
    }
}

/// Offers the wizard to whoever has left it for later.
#[component]
fn Offer() -> impl IntoView {
    view! {
        <Card title="Not gone through the set-up yet" testid="wizard-offer">
            <div class="flex flex-wrap items-center justify-between gap-3">
                <p class="min-w-0 flex-1 basis-72 text-soft">"Five steps: network, SIP domain, transport, certificate and mail server. Each holds what counts today."</p>
                <a class=Look::Primary.class() href=Place::AdminWizard.path() data-testid="wizard-begin">"Go through it"</a>
            </div>
        </Card>
    }
}

fn busy(tenant: BusyTenant) -> impl IntoView {
    let calls = match tenant.live_calls {
        1 => "1 call".to_owned(),
        calls => format!("{} calls", grouped(calls)),
    };
    view! {
        <li>
            <a class="row hover:bg-hover" href=Place::AdminTenant(tenant.tenant_id).path()>
                <span class="min-w-0 flex-1">
                    <span class="block truncate font-medium">{tenant.name}</span>
                    <span class="block text-sm text-faint figures">{format!("{} online", tenant.extensions_online)}</span>
                </span>
                <span class="text-sm text-soft figures">{calls}</span>
            </a>
        </li>
    }
}
