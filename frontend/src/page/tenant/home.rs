//! The tenant's home: its figures, its running calls, and what a phone is set up with.

use leptos::prelude::*;
use shared::fact::Fact;
use shared::home::{GetTenantHome, Network, TenantHome};
use shared::live::ListLiveCalls;

use crate::live::{self, Event};
use crate::page::Head;
use crate::page::hours::Hours;
use crate::page::live_calls::{LiveCalls, Whose, follow};
use crate::place::Place;
use crate::ui::card::{Card, Stat};
use crate::ui::copy::Values;
use crate::ui::fetch::Fetch;
use crate::ui::icon::Glyph;

#[component]
pub fn HomePage() -> impl IntoView {
    let home = Fetch::new(GetTenantHome::default);
    let calls = Fetch::new(ListLiveCalls::default);
    follow(calls);
    live::subscribe(move |event| match event {
        Event::Reload => home.reload(),
        Event::Fact(fact) if matches!(fact.fact, Fact::CallsAlive { .. }) => {}
        Event::Fact(_) | Event::Changed(_) => home.reload_soon(),
    });
    let figure = move |part: fn(&TenantHome) -> Option<u64>| Signal::derive(move || home.map(part).flatten());
    let running = Signal::derive(move || calls.map(|calls| calls.len() as u64).or(home.map(|home| home.live_calls)));
    // Grey boxes below a failure would promise what does not come.
    let failed = move || home.problem().is_some();
    view! {
        <div class="page">
            <Head title="Home" />
            {home.failure()}
            <div class="tiles" hidden=failed>
                <Stat glyph=Glyph::Phone label="Running calls" value=running max=figure(|home| home.concurrent_calls_max.map(u64::from)) testid="stat-live-calls" />
                <Stat glyph=Glyph::Device label="Extensions online" value=figure(|home| Some(home.extensions_online)) max=figure(|home| Some(home.extensions)) href=Place::TenantRegistrations.path() testid="stat-online" />
                <Stat glyph=Glyph::People label="Extensions" value=figure(|home| Some(home.extensions)) max=figure(|home| home.extensions_max.map(u64::from)) href=Place::TenantExtensions.path() testid="stat-extensions" />
                <Stat glyph=Glyph::Shield label="Refused, 24 hours" value=figure(|home| Some(home.refusals)) href=Place::TenantRefusals.path() testid="stat-refusals" />
            </div>
            <div class="columns" hidden=failed>
                <div class="stack">
                    <Hours hours=Signal::derive(move || home.map(|home| home.hours.clone())) />
                    <LiveCalls calls whose=Whose::Tenant />
                </div>
                <Card title="Set up a phone" testid="network">
                    {move || match home.map(|home| home.network.clone()) {
                        None => home.skeleton("", "h-32"),
                        Some(network) => setting(network).into_any(),
                    }}
                </Card>
            </div>
        </div>
    }
}

fn setting(network: Network) -> impl IntoView {
    let Network { domain, listeners } = network;
    let servers = listeners.into_iter().map(|listener| match listener.split_once(' ') {
        Some(("udp", address)) => ("UDP", address.to_owned()),
        Some(("tcp", address)) => ("TCP", address.to_owned()),
        Some(("tls", address)) => ("TLS", address.to_owned()),
        Some(("ws" | "wss", address)) => ("WebSocket", address.to_owned()),
        _ => ("Server", listener),
    });
    let rows = std::iter::once(("Domain", domain)).chain(servers).collect();
    view! {
        <Values rows />
        <p class="mt-3 text-sm text-soft">
            "User and password are those of the extension: "
            <a class="link" href=Place::TenantExtensions.path()>"make a new SIP secret"</a>
            " to see them. Browsers need nothing of this. "
            <a class="link" href=Place::TenantNetwork.path()>"All values"</a>
        </p>
    }
}
