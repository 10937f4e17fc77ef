//! The port plan (SYS-07): every port with what it is for, whether it is open, and the lines for a firewall.

use leptos::prelude::*;
use shared::port::{Firewall, GetPortPlan, OutgoingRow, PortPlan, PortRow, PortState};

use super::system::SystemTabs;
use crate::live::{self, Event};
use crate::page::Head;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::Button;
use crate::ui::card::Card;
use crate::ui::copy::Copy;
use crate::ui::fetch::Fetch;
use crate::ui::notice::{Kind, Notice};

#[component]
pub fn PortsPage() -> impl IntoView {
    let plan = Fetch::new(GetPortPlan::default);
    live::subscribe(move |event| match event {
        Event::Reload => plan.reload(),
        Event::Changed(None) => plan.reload_soon(),
        Event::Changed(_) | Event::Fact(_) => {}
    });
    let again = view! { <Button label="Refresh" testid="refresh" press=move |()| plan.reload() /> };
    view! {
        <div class="page">
            <Head title="Ports" text="Every port of this installation: what it is for, who has to reach it, and whether it is open now." tools=again.into_any() />
            <SystemTabs />
            {plan.failure()}
            <div class="grid gap-4" hidden=move || plan.problem().is_some()>
                {move || match plan.get() {
                    None => plan.skeleton("card p-4.5", "h-60"),
                    Some(plan) => shown(plan).into_any(),
                }}
            </div>
        </div>
    }
}

fn shown(plan: PortPlan) -> impl IntoView {
    let PortPlan { rows, outgoing, collisions } = plan;
    let collisions = collisions.into_iter().map(|text| view! { <Notice kind=Kind::Warn text /> }).collect_view();
    let lines = rows.iter().map(line).collect_view();
    view! {
        {collisions}
        <Card title="Reached from outside" flush=true>
            <ul class="divide-y divide-line pb-1" data-testid="ports">{lines}</ul>
        </Card>
        <FirewallCard rows />
        <Card title="Reached from here" flush=true>
            <ul class="divide-y divide-line pb-1" data-testid="outgoing">{outgoing.into_iter().map(out).collect_view()}</ul>
        </Card>
    }
}

fn line(row: &PortRow) -> impl IntoView + use<> {
    let (tone, word, why) = match &row.state {
        PortState::Open if row.is_local() => (Tone::Plain, "This machine only", None),
        PortState::Open => (Tone::Good, "Open", None),
        PortState::ByCall => (Tone::Plain, "Opened by calls", None),
        PortState::Failed(reason) => (Tone::Bad, "Not open", Some(reason.clone())),
    };
    view! {
        <li class="row flex-wrap items-start!" data-testid="port-row" data-port=format!("{} {}", row.wire.word(), row.ports()) data-state=word>
            <span class="flex flex-1 items-baseline gap-2 sm:grid sm:w-32 sm:flex-none">
                <span class="font-medium figures">{row.ports()}</span>
                <span class="text-sm text-faint">{row.wire.word()}</span>
            </span>
            <span class="order-last grid w-full min-w-0 gap-0.5 sm:order-none sm:w-auto sm:flex-1">
                <span class="font-medium">{row.purpose.word()}</span>
                <span class="text-sm text-soft">{row.purpose.who()}</span>
                {why.map(|why| view! { <span class="text-sm text-bad-ink">{why}</span> })}
                <span class="text-sm text-faint">"On " <code>{row.address.clone()}</code> ", set by " {row.set_by.clone()}</span>
            </span>
            <Badge tone dot=true text=word />
        </li>
    }
}

#[component]
fn FirewallCard(rows: Vec<PortRow>) -> impl IntoView {
    let chosen = RwSignal::new(Firewall::default());
    let rows = StoredValue::new(rows);
    let text = Signal::derive(move || rows.with_value(|rows| chosen.get().lines(rows)));
    let options = Firewall::ALL.map(|known| {
        view! {
            <button type="button" role="radio" class="segment" data-testid=format!("firewall-{}", known.word())
                aria-checked=move || (chosen.get() == known).to_string() on:click=move |_| chosen.set(known)>
                {known.word()}
            </button>
        }
    });
    let tools = view! { <Copy text what="the lines for the firewall" testid="copy-firewall" /> };
    view! {
        <Card title="Lines for a firewall" testid="firewall" tools=tools.into_any()>
            <div class="grid gap-3">
                <div class="segments justify-self-start" role="radiogroup" aria-label="Firewall">{options.into_iter().collect_view()}</div>
                {move || match text.with(String::is_empty) {
                    true => view! { <p class="text-soft">"Nothing here is reached from another machine."</p> }.into_any(),
                    false => view! {
                        <pre class="overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-sm" tabindex="0" data-testid="firewall-lines">{text.get()}</pre>
                    }
                    .into_any(),
                }}
                <p class="text-sm text-soft">"A router before this machine forwards the same ports to it. What only this machine reaches is left out."</p>
            </div>
        </Card>
    }
}

fn out(row: OutgoingRow) -> impl IntoView {
    view! {
        <li class="row flex-wrap items-start!">
            <span class="w-full font-medium sm:w-32">{row.name}</span>
            <span class="grid w-full min-w-0 gap-0.5 sm:w-auto sm:flex-1">
                <span class="wrap-anywhere">{row.to}</span>
                <span class="text-sm text-soft">{row.why}</span>
            </span>
        </li>
    }
}
