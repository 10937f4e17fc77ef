//! What everybody has changed, over all tenants.

use leptos::prelude::*;
use shared::activity::ListAllActivity;

use crate::page::activity::ActivityTable;
use crate::page::filter::bound;
use crate::page::log::LogPage;
use crate::ui::field::filled;
use crate::ui::listing::Listing;

#[component]
pub fn ActivityPage() -> impl IntoView {
    let search = bound("search");
    let listing = Listing::new(
        move || ListAllActivity { search: filled(search.get()), ..Default::default() },
        |ask, cursor| ask.cursor = cursor,
    );
    view! {
        <LogPage title="Activity" text="Every change in the installation, with who made it.">
            <ActivityTable listing search />
        </LogPage>
    }
}
