//! What the tenant's own SIP clients are set up with (HOME-04).

use leptos::prelude::*;
use shared::network_overview::GetOwnNetworkOverview;

use super::registration::DeviceTabs;
use crate::live::{self, Event};
use crate::page::network_overview::Overview;
use crate::ui::fetch::Fetch;

#[component]
pub fn NetworkPage() -> impl IntoView {
    let overview = Fetch::new(GetOwnNetworkOverview::default);
    live::subscribe(move |event| match event {
        Event::Reload => overview.reload(),
        Event::Changed(_) => overview.reload_soon(),
        Event::Fact(_) => {}
    });
    view! {
        <div class="page">
            <DeviceTabs />
            {overview.failure()}
            <div class="grid gap-4" hidden=move || overview.problem().is_some()><Overview overview /></div>
        </div>
    }
}
