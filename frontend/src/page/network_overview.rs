//! What a SIP client is set up with (HOME-04): the same for the provider and, of its own domain, for a tenant.

use std::net::{IpAddr, SocketAddr};

use leptos::prelude::*;
use shared::network_overview::{NetworkOverview, ReachableTransport};

use crate::place::Place;
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::{Card, grouped};
use crate::ui::copy::{Copy, Values};
use crate::ui::fetch::Fetch;

/// The cards; `all` are the domains of all tenants.
#[component]
pub fn Overview(overview: Fetch<NetworkOverview>, #[prop(optional)] all: bool) -> impl IntoView {
    move || match overview.get() {
        None => overview.skeleton("card p-4.5", "h-40"),
        Some(shown) => cards(shown, all).into_any(),
    }
}

fn cards(shown: NetworkOverview, all: bool) -> impl IntoView {
    let server = shown.ipv4.public.or(shown.ipv4.private).map(IpAddr::V4);
    let server = server.or(shown.ipv6.public.or(shown.ipv6.private).map(IpAddr::V6));
    let transports = shown.transports.iter().map(|row| transport(row, server)).collect_view();
    let domains = match all {
        true => domains(&shown).into_any(),
        false => {
            let rows = shown.domains.iter().map(|own| ("Domain", own.domain.clone())).collect();
            view! {
                <Card title="SIP account" testid="overview-account">
                    <Values rows />
                    <p class="mt-3 text-sm text-soft">
                        "The user is the extension's number. The password is its SIP secret: "
                        <a class="link" href=Place::TenantExtensions.path()>"make a new one"</a>
                        " to see it. Browsers need nothing of this."
                    </p>
                </Card>
            }
            .into_any()
        }
    };
    let (silent, addresses) = (shown.transports.is_empty(), addresses(&shown));
    view! {
        {domains}
        <Card title="Transports" flush=true testid="overview-transports">
            {match silent {
                true => view! { <p class="card-body text-soft">"Nothing listens."</p> }.into_any(),
                false => view! { <ul class="divide-y divide-line pb-1">{transports}</ul> }.into_any(),
            }}
        </Card>
        <Card title="Addresses" testid="overview-addresses"><Values rows=addresses /></Card>
    }
}

/// Inside and outside are told apart only where they differ.
fn addresses(shown: &NetworkOverview) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    match (shown.ipv4.private, shown.ipv4.public) {
        (Some(private), Some(public)) if private != public => {
            rows.push(("From outside, IPv4", public.to_string()));
            rows.push(("From inside, IPv4", private.to_string()));
        }
        (private, public) => rows.extend(public.or(private).map(|one| ("IPv4", one.to_string()))),
    }
    match (shown.ipv6.private, shown.ipv6.public) {
        (Some(private), Some(public)) if private != public => {
            rows.push(("From outside, IPv6", public.to_string()));
            rows.push(("From inside, IPv6", private.to_string()));
        }
        (private, public) => rows.extend(public.or(private).map(|one| ("IPv6", one.to_string()))),
    }
    rows.push(("Portal", shown.portal.clone()));
    rows.extend(shown.dns_servers.iter().map(|server| ("DNS server", server.clone())));
    rows
}

fn domains(shown: &NetworkOverview) -> impl IntoView + use<> {
    let rows: Vec<(String, String)> =
        shown.domains.iter().map(|own| (own.tenant_name.clone(), own.domain.clone())).collect();
    let more = shown.domains_total.saturating_sub(rows.len() as u64);
    view! {
        <Card title="SIP domains" testid="overview-domains">
            {match rows.is_empty() {
                true => view! { <p class="text-soft">"There is no tenant yet; each brings its SIP domain."</p> }.into_any(),
                false => view! { <Values rows /> }.into_any(),
            }}
            {(more > 0).then(|| view! {
                <p class="mt-3 text-sm text-soft">
                    {format!("{} more stand on the page ", grouped(more))}
                    <a class="link" href=Place::AdminTenants.path()>"Tenants"</a> "."
                </p>
            })}
        </Card>
    }
}

fn transport(row: &ReachableTransport, server: Option<IpAddr>) -> impl IntoView + use<> {
    let word = row.protocol.word();
    let (tone, state, hint) = match (row.listening, row.local) {
        (false, _) => (Tone::Bad, "Does not listen", "Nobody is reached by it now."),
        (true, true) => (Tone::Plain, "This machine only", "Bound to 127.0.0.1: no other machine reaches it."),
        (true, false) => (Tone::Good, "Listening", ""),
    };
    let at = server.map(|server| SocketAddr::new(server, row.port).to_string());
    let at = at.unwrap_or_else(|| format!("port {}", row.port));
    let usable = row.listening && !row.local;
    view! {
        <li class="row flex-wrap" data-testid="overview-transport" data-protocol=word data-state=state>
            <span class="flex-1 font-medium sm:w-14 sm:flex-none">{word}</span>
            <span class="order-last w-full min-w-0 sm:order-none sm:w-auto sm:flex-1">
                <code class="text-sm wrap-anywhere">{at.clone()}</code>
                {(!hint.is_empty()).then(|| view! { <span class="block text-sm text-soft">{hint}</span> })}
            </span>
            <Badge tone dot=true text=state />
            {usable.then(|| view! { <Copy text=at what=format!("the address of {word}") /> })}
        </li>
    }
}
