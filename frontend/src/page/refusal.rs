//! Refused registrations and other requests: who, from where, how often, and why.

use leptos::prelude::*;
use shared::fact::Fact;
use shared::ladder::{ExportAnyRefusalLadder, ExportRefusalLadder, GetAnyRefusalLadder, GetRefusalLadder};
use shared::registration::RegistrationRefusal;

use super::ladder::{LadderCard, keep};
use super::trace::Timeline;
use crate::live::{self, Event};
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::grouped;
use crate::ui::dialog::Dialog;
use crate::ui::fetch::Fetch;
use crate::ui::field::Search;
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Column, Nothing, Table};

/// The table with its search; a row opens its explanation. `any` asks for ladders as the provider.
#[component]
pub fn RefusalTable(
    listing: Listing<RegistrationRefusal>,
    search: RwSignal<String>,
    #[prop(optional)] any: bool,
) -> impl IntoView {
    live::subscribe(move |event| match event {
        Event::Reload => listing.reload(),
        Event::Fact(fact) if matches!(fact.fact, Fact::RegistrationRefused { .. }) => listing.reload(),
        Event::Fact(_) | Event::Changed(_) => {}
    });
    let shown = RwSignal::new(None::<RegistrationRefusal>);
    let open = RwSignal::new(false);
    let explain = move |row: RegistrationRefusal| {
        shown.set(Some(row));
        open.set(true);
    };
    let columns = vec![
        Column::new("For", move |row: &RegistrationRefusal| {
            let (item, user) = (row.clone(), row.user.clone());
            view! {
                <button type="button" class="row-link block cell-clip text-left" data-testid="explain" on:click=move |_| explain(item.clone())>
                    {if user.is_empty() { "nobody named".to_owned() } else { user }}
                </button>
                <span class="cell-sub figures">{row.source.clone()}</span>
            }
            .into_any()
        }),
        Column::new("Reason", |row: &RegistrationRefusal| {
            let sentence = row.trace.last().map_or_else(|| format!("SIP {}", row.status), |step| step.sentence());
            let last = time::show(row.last_at, Style::Short);
            let last = if row.count > 1 { format!("{last}, {} times", grouped(row.count)) } else { last };
            view! {
                <span class="line-clamp-2">{sentence}</span>
                <span class="cell-sub phone-only figures">{last}</span>
            }
            .into_any()
        }),
        Column::new("Device", |row: &RegistrationRefusal| {
            view! { <span class="block cell-clip text-soft">{row.user_agent.clone()}</span> }.into_any()
        })
        .wide(),
        Column::new("Times", |row: &RegistrationRefusal| {
            let tone = if row.count >= 100 { Tone::Bad } else { Tone::Plain };
            view! { <Badge tone text=grouped(row.count) /> }.into_any()
        })
        .medium()
        .end(),
        Column::new("Last", |row: &RegistrationRefusal| {
            view! { <span class="whitespace-nowrap text-soft">{time::show(row.last_at, Style::Short)}</span> }
                .into_any()
        })
        .medium(),
    ];
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Shield,
            title: "Nothing was refused",
            text: "When a device is not let in, or asks for what it may not have, its address and the reason stand here within seconds.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or address." },
    });
    view! {
        <section class="card" aria-label="Refused requests">
            <div class="filters"><Search value=search label="Search user, address or device" /></div>
            <Table listing columns label="Refused requests" nothing />
        </section>
        <Dialog open title="Why it was refused" wide=true>
            {move || shown.get().map(|row| explanation(row, any))}
        </Dialog>
    }
}

fn explanation(row: RegistrationRefusal, any: bool) -> impl IntoView {
    let refusal_id = row.id;
    let ladder = match any {
        true => Fetch::new(move || GetAnyRefusalLadder { refusal_id }),
        false => Fetch::new(move || GetRefusalLadder { refusal_id }),
    };
    let save = Callback::new(move |format| match any {
        true => keep(ExportAnyRefusalLadder { refusal_id, format }),
        false => keep(ExportRefusalLadder { refusal_id, format }),
    });
    let device = if row.user_agent.is_empty() { "–".to_owned() } else { row.user_agent };
    view! {
        <dl class="facts mb-5">
            <div><dt>"User"</dt><dd>{row.user}</dd></div>
            <div><dt>"From"</dt><dd class="figures">{row.source}</dd></div>
            <div><dt>"Device"</dt><dd>{device}</dd></div>
            <div><dt>"Answer"</dt><dd>{format!("SIP {}", row.status)}</dd></div>
            <div><dt>"Times"</dt><dd class="figures">{grouped(row.count)}</dd></div>
            <div><dt>"First"</dt><dd>{time::show(row.first_at, Style::Full)}</dd></div>
        </dl>
        <Timeline steps=row.trace />
        <div class="mt-5"><LadderCard ladder save /></div>
    }
}
