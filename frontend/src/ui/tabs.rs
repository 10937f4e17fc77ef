//! Parts of a page under addresses of their own.

use leptos::prelude::*;
use leptos_router::components::A;

/// Links that look like tabs: address and word; the one that is open is marked.
#[component]
pub fn Tabs(#[prop(into)] label: String, tabs: Vec<(String, &'static str)>) -> impl IntoView {
    let tabs = tabs.into_iter().map(|(href, word)| {
        let testid = format!("tab-{}", word.to_lowercase().replace(' ', "-"));
        view! { <A href=href exact=true attr:class="tab" attr:data-testid=testid>{word}</A> }
    });
    view! { <nav class="tabs" aria-label=label>{tabs.collect_view()}</nav> }
}
