//! Stub.

use leptos::prelude::*;

#[component]
pub fn DevicesPage() -> impl IntoView { view! { <div class="page"><h1>"DevicesPage"</h1></div> } }

#[component]
pub fn RefusalsPage() -> impl IntoView { view! { <div class="page"><h1>"RefusalsPage"</h1></div> } }
