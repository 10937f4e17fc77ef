//! Parts of a page under addresses of their own.

use leptos::prelude::*;
use leptos_router::components::A;
use wasm_bindgen::JsCast;

/// Links that look like tabs: address and word; the one that is open is marked.
#[component]
pub fn Tabs(#[prop(into)] label: String, tabs: Vec<(String, &'static str)>) -> impl IntoView {
    let tabs = tabs.into_iter().map(|(href, word)| {
        let testid = format!("tab-{}", word.to_lowercase().replace(' ', "-"));
        view! { <A href=href exact=true attr:class="tab" attr:data-testid=testid>{word}</A> }
    });
    let nav = NodeRef::<leptos::html::Nav>::new();
    let show = move || {
        let Some(nav) = nav.get_untracked() else { return };
        // The router marks the open one when it is on the page.
        request_animation_frame(move || {
            let open = nav.query_selector("[aria-current]").ok().flatten();
            if let Some(open) = open.and_then(|open| open.dyn_into::<web_sys::HtmlElement>().ok()) {
                nav.set_scroll_left(
                    open.offset_left() - nav.offset_left() - (nav.client_width() - open.offset_width()) / 2,
                );
            }
        });
    };
    nav.on_load(move |_| show());
    let resized = window_event_listener(leptos::ev::resize, move |_| show());
    on_cleanup(move || resized.remove());
    view! { <nav class="tabs" aria-label=label node_ref=nav>{tabs.collect_view()}</nav> }
}
