//! What has happened to the tenant.

use leptos::prelude::*;
use shared::event::ListEvents;

use crate::page::Head;
use crate::page::event::{EventTable, Filters};
use crate::page::log::TenantLogTabs;
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
        <div class="page">
            <Head title="Events" text="What has happened to your company's telephones by itself." />
            <TenantLogTabs />
            <EventTable listing filters />
        </div>
    }
}
