//! Stub.

use leptos::prelude::*;

#[component]
pub fn ExtensionsPage() -> impl IntoView { view! { <div class="page"><h1>"ExtensionsPage"</h1></div> } }
