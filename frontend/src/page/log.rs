//! The pages of the logs: what stands above each.

use leptos::prelude::*;

use crate::page::Head;
use crate::place::Place;
use crate::ui::tabs::Tabs;

/// A page of the logs, of the installation or (`tenant`) of a tenant.
#[component]
pub fn LogPage(
    title: &'static str,
    text: &'static str,
    #[prop(optional)] tools: Option<AnyView>,
    #[prop(optional)] tenant: bool,
    children: Children,
) -> impl IntoView {
    let head = match tools {
        Some(tools) => view! { <Head title text tools /> },
        None => view! { <Head title text /> },
    };
    let tabs = if tenant { of_tenant() } else { of_installation() };
    view! {
        <div class="page">
            {head}
            <Tabs label="Logs" tabs />
            {children()}
        </div>
    }
}

fn of_installation() -> Vec<(String, &'static str)> {
    vec![
        (Place::AdminEvents.path(), "Events"),
        (Place::AdminActivity.path(), "Activity"),
        (Place::AdminLogFiles.path(), "Log files"),
    ]
}

fn of_tenant() -> Vec<(String, &'static str)> {
    vec![(Place::TenantEvents.path(), "Events"), (Place::TenantActivity.path(), "Activity")]
}
