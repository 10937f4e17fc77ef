//! Stub.

use leptos::prelude::*;

#[component]
pub fn CallsPage() -> impl IntoView { view! { <div class="page"><h1>"CallsPage"</h1></div> } }

#[component]
pub fn CallPage(call_id: shared::CallId) -> impl IntoView { view! { <div class="page"><h1>"CallPage"</h1></div> } }
