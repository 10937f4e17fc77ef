//! Stub.

use leptos::prelude::*;

#[component]
pub fn ActivityPage() -> impl IntoView { view! { <div class="page"><h1>"ActivityPage"</h1></div> } }
