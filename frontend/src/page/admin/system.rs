//! What stands above the pages of the installation itself.

use leptos::prelude::*;

use crate::place::Place;
use crate::ui::tabs::Tabs;

#[component]
pub fn SystemTabs() -> impl IntoView {
    let tabs = vec![(Place::AdminSystem.path(), "General"), (Place::AdminSystemAdvanced.path(), "Advanced")];
    view! { <Tabs label="System" tabs /> }
}
