//! The activity log, the same for the provider and for a tenant.

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::activity::{Activity, FieldChange, UndoActivity};

use crate::api;
use crate::time::{self, Style};
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::dialog::Confirm;
use crate::ui::field::Search;
use crate::ui::icon::Glyph;
use crate::ui::listing::Listing;
use crate::ui::table::{Column, Nothing, Table};
use crate::ui::toast;

/// The table with its search; with `undoes`, changes of the tenant's configuration can be undone from it.
#[component]
pub fn ActivityTable(
    listing: Listing<Activity>,
    search: RwSignal<String>,
    #[prop(optional)] undoes: bool,
) -> impl IntoView {
    let (asking, chosen, busy) = (RwSignal::new(false), RwSignal::new(None::<Activity>), RwSignal::new(false));
    // At a desk it stands at the end of the line, on a phone below it.
    let undo = move |row: &Activity, testid: &'static str| {
        let line = row.clone();
        let press = move |()| {
            chosen.set(Some(line.clone()));
            asking.set(true);
        };
        (undoes && row.undoable).then(|| view! { <Button label="Undo" small=true look=Look::Quiet testid press /> })
    };
    let mut columns = vec![
        Column::new("Who", |row: &Activity| {
            let acting =
                row.acting_for.clone().map(|name| view! { <span class="cell-sub">{format!("as {name}")}</span> });
            let from = row.address.clone().map(|address| view! { <span class="cell-sub figures">{address}</span> });
            view! { <span class="block cell-clip font-medium">{row.actor.clone()}</span>{acting}{from} }.into_any()
        }),
        Column::new("What", move |row: &Activity| {
            let at = time::show(row.at, Style::Short);
            view! {
                <span class="flex flex-wrap items-center gap-2">
                    {spoken(&row.operation)}
                    {row.failure.as_ref().map(|_| view! { <Badge tone=Tone::Bad text="Refused" /> })}
                </span>
                <span class="cell-sub wrap-anywhere">{row.subject.clone()}</span>
                {row.failure.clone().map(|why| view! { <span class="cell-sub wrap-anywhere">{why}</span> })}
                {changed(&row.changes)}
                <span class="cell-sub phone-only figures">{at}</span>
                <span class="phone-only mt-1">{undo(row, "undo-below")}</span>
            }
            .into_any()
        }),
        Column::new("When", |row: &Activity| {
            view! { <span class="whitespace-nowrap text-soft figures">{time::show(row.at, Style::Full)}</span> }
                .into_any()
        })
        .medium(),
    ];
    if undoes {
        columns.push(Column::new("", move |row: &Activity| undo(row, "undo").into_any()).medium().end());
    }
    let text = Signal::derive(move || {
        let what =
            chosen.with(|line| line.as_ref().map(|line| format!("{}, {}", spoken(&line.operation), line.subject)));
        format!("{}: what was before is put back. It holds for calls at once.", what.unwrap_or_default())
    });
    let confirm = move |()| {
        let Some(line) = chosen.get_untracked() else { return };
        busy.set(true);
        spawn_local(async move {
            let answer = api::call(UndoActivity { activity_id: line.id }).await;
            busy.try_set(false);
            asking.try_set(false);
            match answer {
                Ok(()) => toast::good(format!("Undone: {}, {}.", spoken(&line.operation), line.subject)),
                Err(problem) => toast::refused(problem),
            }
            listing.reload();
        });
    };
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
        <Confirm open=asking title="Undo this change?" text busy action="Undo" confirm />
    }
}

/// What was before and what is after; more than a few are folded away.
fn changed(changes: &[FieldChange]) -> Option<AnyView> {
    const SHOWN_MAX: usize = 3;
    if changes.is_empty() {
        return None;
    }
    let value = |value: &Option<String>| match value.as_deref() {
        None => view! { <span class="text-faint">"nothing"</span> }.into_any(),
        Some("") => view! { <span class="text-faint">"empty"</span> }.into_any(),
        Some(text) => view! { <code class="wrap-anywhere">{text.to_owned()}</code> }.into_any(),
    };
    let rows = changes.iter().map(|change| {
        let arrow =
            change.before.is_some().then(|| view! { {value(&change.before)} <span aria-label="becomes">" → "</span> });
        view! {
            <li class="text-sm" data-testid="change" data-field=change.field.clone()>
                <span class="text-faint">{change.field.replace(['.', '_'], " ")} ": "</span>
                {arrow}
                {value(&change.after)}
            </li>
        }
    });
    let list = view! { <ul class="mt-1 grid gap-0.5">{rows.collect_view()}</ul> };
    Some(match changes.len() {
        0..=SHOWN_MAX => list.into_any(),
        many => view! {
            <details class="mt-1">
                <summary class="text-sm link cursor-pointer">{format!("{many} values")}</summary>
                {list}
            </details>
        }
        .into_any(),
    })
}

/// `CreateExtension` as `Create extension`.
fn spoken(operation: &str) -> String {
    /// Words that are written in capitals.
    const CAPITALS: [&str; 4] = ["ip", "sip", "acme", "turn"];
    let mut text = String::with_capacity(operation.len() + 4);
    for (index, letter) in operation.chars().enumerate() {
        if index > 0 && letter.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(if index > 0 { letter.to_ascii_lowercase() } else { letter });
    }
    let words =
        text.split(' ').map(|word| if CAPITALS.contains(&word) { word.to_uppercase() } else { word.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_spoken() {
        assert_eq!(spoken("CreateExtension"), "Create extension");
        assert_eq!(spoken("SignIn"), "Sign in");
        assert_eq!(spoken("CreateIpEntry"), "Create IP entry");
        assert_eq!(spoken(""), "");
    }
}
