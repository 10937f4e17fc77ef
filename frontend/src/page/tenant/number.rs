//! The tenant's numbers: by which trunk they come, what they lead to, and which is free (TRK-08).

use leptos::prelude::*;
use shared::number::{ListOwnNumbers, NumberUse};

use super::route::{Choices, RouteTabs};
use crate::live::{self, Event};
use crate::page::filter::bound;
use crate::page::number;
use crate::ui::field::{Search, filled};
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Nothing, Table};

#[component]
pub fn NumbersPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListOwnNumbers { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    let choices = Choices::new();
    live::subscribe(move |event| {
        if matches!(event, Event::Reload | Event::Changed(_)) {
            listing.reload();
            choices.reload();
        }
    });
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Link,
            title: "No number yet",
            text: "Your provider gives you numbers on its trunks. Those of a trunk of your own are entered with it.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another number or trunk." },
    });
    let lead = move |rule: &NumberUse| {
        let (number, to, off) = (rule.number.clone(), rule.open.clone(), !rule.enabled);
        let callers = (!rule.callers.0.is_empty()).then(|| format!(" for {}", rule.callers.0));
        let number = if number == "*" { "All others".to_owned() } else { number };
        view! {
            <li title=rule.name.clone()>
                <span class="figures">{number}{callers}</span>
                <span class="text-soft">" → "{move || choices.destination(&to)}{off.then_some(" (off)")}</span>
            </li>
        }
        .into_any()
    };
    let columns = vec![number::block(), number::trunk().medium(), number::used(), number::leads(lead)];
    view! {
        <div class="page">
            <RouteTabs />
            <section class="card" aria-label="Numbers">
                <div class="filters"><Search value=search label="Search number or trunk" /></div>
                <Table listing columns label="Numbers" nothing />
            </section>
        </div>
    }
}
