//! What everybody has changed, in this tenant.

use leptos::prelude::*;
use shared::activity::ListActivity;

use crate::page::activity::ActivityTable;
use crate::page::filter::bound;
use crate::page::log::LogPage;
use crate::ui::field::filled;
use crate::ui::listing::Listing;

#[component]
pub fn ActivityPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListActivity { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    view! {
        <LogPage title="Activity" text="Every change in this tenant, with who made it; most can be undone." tenant=true>
            <ActivityTable listing search undoes=true />
        </LogPage>
    }
}
