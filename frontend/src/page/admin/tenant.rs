//! Stub.

use leptos::prelude::*;

#[component]
pub fn TenantsPage() -> impl IntoView { view! { <div class="page"><h1>"TenantsPage"</h1></div> } }
