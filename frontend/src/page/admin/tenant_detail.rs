//! Stub.

use leptos::prelude::*;

#[component]
pub fn TenantPage(tenant_id: shared::TenantId) -> impl IntoView { view! { <div class="page"><h1>"TenantPage"</h1></div> } }
