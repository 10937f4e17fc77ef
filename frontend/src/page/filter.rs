//! Filters that stand in the address: a page can be linked, reloaded and gone back to.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{query_signal_with_options, use_location, use_navigate, use_query_map};

use crate::ui::field::filled;

/// A signal that is one parameter of the address.
pub fn bound(name: &'static str) -> RwSignal<String> {
    let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
    let (read, write) = query_signal_with_options::<String>(name, options);
    let value = RwSignal::new(read.get_untracked().unwrap_or_default());
    Effect::new(move |_| {
        let fresh = read.get().unwrap_or_default();
        if value.get_untracked() != fresh {
            value.set(fresh);
        }
    });
    Effect::new(move |before: Option<String>| {
        let fresh = value.get();
        if before.is_some_and(|before| before != fresh) {
            write.set(filled(fresh.clone()));
        }
        fresh
    });
    value
}

/// A signal for a dialog that `?name` opens: the palette leads there.
pub fn opened_by(name: &'static str) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = use_navigate();
    Effect::new(move |_| {
        if query.with(|query| query.get(name).is_some()) {
            open.set(true);
            navigate(&path.get_untracked(), NavigateOptions { replace: true, scroll: false, ..Default::default() });
        }
    });
    open
}

/// A day of a filter.
pub fn day(name: &'static str, label: &'static str, value: RwSignal<String>) -> impl IntoView {
    view! {
        <label class="filter-day flex items-center gap-2 text-sm text-soft">
            <span>{label}</span>
            <input
                type="date"
                class="input input-small"
                data-testid=format!("field-{name}")
                prop:value=move || value.get()
                on:change=move |event| value.set(event_target_value(&event))
            />
        </label>
    }
}
