//! What has happened to the whole installation.

use leptos::prelude::*;
use shared::event::ListAllEvents;
use shared::tenant::ListTenants;

use crate::page::event::{EventTable, Filters};
use crate::page::filter::bound;
use crate::page::log::LogPage;
use crate::ui::fetch::Fetch;
use crate::ui::field::{Select, filled};
use crate::ui::listing::Listing;

/// Tenants to choose from.
const TENANTS_MAX: u32 = 200;

#[component]
pub fn EventsPage() -> impl IntoView {
    let filters = Filters::bound();
    let tenant = bound("tenant");
    let listing = Listing::new(
        move || ListAllEvents {
            search: filled(filters.search.get()),
            level: filters.level(),
            source: filters.source(),
            tenant_id: tenant.get().parse().ok(),
            ..Default::default()
        },
        |ask, cursor| ask.cursor = cursor,
    );
    let tenants = Fetch::new(|| ListTenants { limit: Some(TENANTS_MAX), ..Default::default() });
    let choice = move || {
        let rows = tenants.get().map(|page| page.rows).unwrap_or_default();
        let all = std::iter::once((String::new(), "All tenants".to_owned()));
        let options = all.chain(rows.into_iter().map(|row| (row.tenant.id.to_string(), row.tenant.name))).collect();
        view! { <Select name="tenant" label="Tenant" value=tenant options small=true /> }
    };
    view! {
        <LogPage title="Events" text="What the installation does and suffers by itself.">
            <EventTable listing filters tools=choice.into_any() />
        </LogPage>
    }
}
