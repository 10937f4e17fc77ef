//! What stands above the pages of the installation itself.

use leptos::prelude::*;

use crate::place::Place;
use crate::ui::tabs::Tabs;

#[component]
pub fn SystemTabs() -> impl IntoView {
    let tabs = [
        (Place::AdminSystem, "General"),
        (Place::AdminSystemAdvanced, "Advanced"),
        (Place::AdminNetwork, "Network"),
        (Place::AdminSecurity, "Security"),
        (Place::AdminIpList, "IP list"),
        (Place::AdminTransports, "Transports"),
        (Place::AdminPorts, "Ports"),
        (Place::AdminCertificate, "Certificate"),
        (Place::AdminMailServer, "Mail server"),
        (Place::AdminObjectStorage, "Object storage"),
        (Place::AdminCheck, "Check"),
        (Place::AdminServices, "Services"),
    ];
    let tabs = tabs.into_iter().map(|(place, word)| (place.path(), word)).collect();
    view! { <Tabs label="System" tabs /> }
}
