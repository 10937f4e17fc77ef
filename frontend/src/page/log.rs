//! What stands above the logs.

use leptos::prelude::*;

use crate::place::Place;
use crate::ui::tabs::Tabs;

/// The logs of the installation.
#[component]
pub fn AdminLogTabs() -> impl IntoView {
    let tabs = vec![
        (Place::AdminEvents.path(), "Events"),
        (Place::AdminActivity.path(), "Activity"),
        (Place::AdminLogFiles.path(), "Log files"),
    ];
    view! { <Tabs label="Logs" tabs /> }
}

/// The logs of a tenant.
#[component]
pub fn TenantLogTabs() -> impl IntoView {
    let tabs = vec![(Place::TenantEvents.path(), "Events"), (Place::TenantActivity.path(), "Activity")];
    view! { <Tabs label="Logs" tabs /> }
}
