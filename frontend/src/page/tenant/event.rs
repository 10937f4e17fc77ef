//! What has happened to the tenant.

use leptos::prelude::*;
use shared::event::ListEvents;

use crate::page::event::{EventTable, Filters};
use crate::page::log::LogPage;
use crate::ui::field::filled;
use crate::ui::listing::Listing;

#[component]
pub fn EventsPage() -> impl IntoView {
    let filters = Filters::bound();
    let listing = Listing::new(
        move || ListEvents {
            search: filled(filters.search.get()),
            level: filters.level(),
            source: filters.source(),
            ..Default::default()
        },
        |ask, cursor| ask.cursor = cursor,
    );
    view! {
        <LogPage title="Events" text="What has happened to your company's telephones by itself." tenant=true>
            <EventTable listing filters />
        </LogPage>
    }
}
