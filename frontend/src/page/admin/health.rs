//! The parts of the process, and whether each lives (HOME-03).

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use shared::health::{ListServices, ServiceRow, ServiceState};

use super::system::SystemTabs;
use crate::live::{self, Event};
use crate::page::Head;
use crate::time;
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;

/// How often the page asks, in milliseconds.
const ASK_MILLIS: u32 = 5_000;

#[component]
pub fn ServicesPage() -> impl IntoView {
    let rows = Fetch::new(ListServices::default);
    let again = StoredValue::new_local(Some(Interval::new(ASK_MILLIS, move || rows.reload())));
    on_cleanup(move || drop(again.try_update_value(Option::take)));
    live::subscribe(move |event| {
        if matches!(event, Event::Reload) {
            rows.reload();
        }
    });
    view! {
        <div class="page">
            <Head title="Services" text="The parts of Belfry and what listens. One that is silent for 30 seconds is shown as stopped, and stands among the events." />
            <SystemTabs />
            {rows.failure()}
            <div hidden=move || rows.problem().is_some()>
                <Card title="Parts" flush=true>
                    {move || match rows.get() {
                        None => rows.skeleton("card-body", "h-40"),
                        Some(rows) => view! {
                            <ul class="divide-y divide-line pb-1" data-testid="services">{rows.into_iter().map(line).collect_view()}</ul>
                        }
                        .into_any(),
                    }}
                </Card>
            </div>
        </div>
    }
}

fn line(row: ServiceRow) -> impl IntoView {
    let (tone, word) = match row.state {
        ServiceState::Running => (Tone::Good, "Running"),
        ServiceState::Stopped => (Tone::Bad, "Stopped"),
    };
    let name = row.name.clone();
    let sign = row.last_sign_at.map(|at| format!("last sign {}", time::ago(at, time::now())));
    view! {
        <li class="row flex-wrap" data-testid="service-row" data-name=row.name data-state=word>
            <span class="min-w-0 flex-1 basis-52">
                <span class="block font-medium">{name}</span>
                <span class="block text-sm text-soft wrap-anywhere figures">{row.figure}</span>
            </span>
            <span class="text-sm text-faint">{sign}</span>
            <Badge tone dot=true text=word />
        </li>
    }
}
