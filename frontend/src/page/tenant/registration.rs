//! Devices: those that are registered and those that were refused.

use leptos::prelude::*;
use shared::fact::Fact;
use shared::registration::{ListRefusals, ListRegistrations, Registration};

use crate::live::{self, Event};
use crate::page::Head;
use crate::page::filter::bound;
use crate::page::refusal::RefusalTable;
use crate::place::Place;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::field::{Search, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Column, Nothing, Table};
use crate::ui::tabs::Tabs;

#[component]
pub fn DeviceTabs(#[prop(optional)] tools: Option<AnyView>) -> impl IntoView {
    let tabs = vec![
        (Place::TenantRegistrations.path(), "Registered"),
        (Place::TenantPhones.path(), "Phones"),
        (Place::TenantRefusals.path(), "Refused"),
        (Place::TenantNetwork.path(), "Set up a phone"),
        (Place::TenantSystemExtensions.path(), "System extensions"),
    ];
    let tools = tools.unwrap_or_else(|| ().into_any());
    view! {
        <Head title="Devices" text="Phones and browsers that extensions can be reached on." tools />
        <Tabs label="Devices" tabs />
    }
}

#[component]
pub fn DevicesPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListRegistrations { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    live::subscribe(move |event| match event {
        Event::Reload => listing.reload(),
        Event::Fact(fact) => match &fact.fact {
            Fact::Registered { registration } => {
                let id = registration.id;
                if !listing.replace(registration.clone(), |known| known.id == id) && search.get_untracked().is_empty() {
                    listing.prepend(registration.clone());
                }
            }
            Fact::Unregistered { registration_id, .. } => listing.remove(|known| known.id == *registration_id),
            _ => {}
        },
        Event::Changed(_) => {}
    });
    let columns = vec![
        Column::new("Number", |row: &Registration| {
            view! { <span class="block cell-clip cell-number font-medium figures">{row.number.clone()}</span> }
                .into_any()
        }),
        Column::new("Device", |row: &Registration| {
            let agent = if row.user_agent.is_empty() { "Unnamed device".to_owned() } else { row.user_agent.clone() };
            view! { <span class="block cell-clip">{agent}</span><span class="cell-sub figures">{row.source.clone()}</span> }
                .into_any()
        }),
        Column::new("Connection", |row: &Registration| {
            let transport = row.transport.to_uppercase();
            match row.reachable {
                true => view! { <Badge tone=Tone::Good dot=true text=transport /> }.into_any(),
                false => view! { <Badge tone=Tone::Warn dot=true text=format!("{transport}, lost") /> }.into_any(),
            }
        }),
        Column::new("Since", |row: &Registration| {
            view! { <span class="whitespace-nowrap text-soft">{time::show(row.registered_at, Style::Short)}</span> }
                .into_any()
        })
        .medium(),
        Column::new("Until", |row: &Registration| {
            view! { <span class="whitespace-nowrap text-soft">{time::show(row.expires_at, Style::Short)}</span> }
                .into_any()
        })
        .wide(),
    ];
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Device,
            title: "No device is registered",
            text: "Open the browser phone, or enter an extension's SIP account in a desk phone.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or address." },
    });
    view! {
        <div class="page">
            <DeviceTabs />
            <section class="card" aria-label="Registered devices">
                <div class="filters"><Search value=search label="Search number, address or device" /></div>
                <Table listing columns label="Registered devices" nothing />
            </section>
        </div>
    }
}

#[component]
pub fn RefusalsPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListRefusals { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    view! {
        <div class="page">
            <DeviceTabs />
            <RefusalTable listing search />
        </div>
    }
}
