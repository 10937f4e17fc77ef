//! Stub.

use leptos::prelude::*;

#[component]
pub fn HomePage() -> impl IntoView { view! { <div class="page"><h1>"HomePage"</h1></div> } }
