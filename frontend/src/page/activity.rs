//! The activity log, the same for the provider and for a tenant.

use leptos::prelude::*;
use shared::activity::Activity;

use crate::time::{self, Style};
use crate::ui::field::Search;
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Column, Nothing, Table};

/// The table with its search.
#[component]
pub fn ActivityTable(listing: Listing<Activity>, search: RwSignal<String>) -> impl IntoView {
    let columns = vec![
        Column::new("Who", |row: &Activity| {
            let acting =
                row.acting_for.clone().map(|name| view! { <span class="cell-sub">{format!("as {name}")}</span> });
            view! { <span class="block cell-clip font-medium">{row.actor.clone()}</span>{acting} }.into_any()
        }),
        Column::new("What", |row: &Activity| {
            let at = time::show(row.at, Style::Short);
            view! {
                {spoken(&row.operation)}
                <span class="cell-sub">{row.subject.clone()}</span>
                <span class="cell-sub phone-only figures">{at}</span>
            }
            .into_any()
        }),
        Column::new("When", |row: &Activity| {
            view! { <span class="whitespace-nowrap text-soft figures">{time::show(row.at, Style::Full)}</span> }
                .into_any()
        })
        .medium(),
    ];
    let nothing = Signal::derive(move || match search.with(String::is_empty) {
        true => Nothing {
            glyph: Glyph::Activity,
            title: "Nothing has been changed yet",
            text: "Every change that somebody makes is written down here, with their name.",
        },
        false => Nothing { glyph: Glyph::Search, title: "Nothing matches", text: "Try another word." },
    });
    view! {
        <section class="card" aria-label="Activity">
            <div class="filters"><Search value=search label="Search who and what" /></div>
            <Table listing columns label="Activity" nothing />
        </section>
    }
}

/// `CreateExtension` as `Create extension`.
fn spoken(operation: &str) -> String {
    let mut text = String::with_capacity(operation.len() + 4);
    for (index, letter) in operation.chars().enumerate() {
        if index > 0 && letter.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(if index > 0 { letter.to_ascii_lowercase() } else { letter });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_spoken() {
        assert_eq!(spoken("CreateExtension"), "Create extension");
        assert_eq!(spoken("SignIn"), "Sign in");
        assert_eq!(spoken(""), "");
    }
}
