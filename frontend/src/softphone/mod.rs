//! The browser phone.

use leptos::prelude::*;

/// Makes the phone known to everything below; once, at the top of a signed-in portal.
pub fn provide_softphone() {}

/// The phone's own page.
#[component]
pub fn PhonePage() -> impl IntoView {
    view! { <p>"Phone"</p> }
}

/// The running call, on every page.
#[component]
pub fn PhoneBar() -> impl IntoView {}
