//! Cards and the tiles of the home pages.

use leptos::prelude::*;
use leptos_router::components::A;

use super::icon::{Glyph, Icon};

/// A titled part of a page.
#[component]
pub fn Card(
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] tools: Option<AnyView>,
    #[prop(optional)] flush: bool,
    #[prop(optional, into)] testid: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card" data-testid=testid aria-label=move || title.get()>
            <div class="card-head">
                <h2>{move || title.get()}</h2>
                {tools}
            </div>
            <div class=if flush { "mt-2" } else { "card-body" }>{children()}</div>
        </section>
    }
}

/// One figure of a home page; `max` adds the limit and how much of it is used.
#[component]
pub fn Stat(
    glyph: Glyph,
    #[prop(into)] label: &'static str,
    #[prop(into)] value: Signal<Option<u64>>,
    #[prop(optional, into)] max: Signal<Option<u64>>,
    #[prop(optional, into)] href: Option<String>,
    testid: &'static str,
) -> impl IntoView {
    let share = move || {
        let (value, max) = (value.get()?, max.get()?);
        (max > 0).then(|| (value.saturating_mul(100) / max).min(100))
    };
    let inside = view! {
        <span class="stat-label">
            <Icon glyph />
            {label}
        </span>
        <span class="stat-value block" data-testid=testid>
            {move || match value.get() {
                Some(value) => view! { <span>{grouped(value)}</span> }.into_any(),
                None => view! { <span class="skeleton my-1 h-6 w-16"></span> }.into_any(),
            }}
            {move || value.get().and(max.get()).map(|max| view! { <span class="stat-of">" / "{grouped(max)}</span> })}
        </span>
        {move || {
            share()
                .map(|share| {
                    view! {
                        <span class="meter block" aria-hidden="true">
                            <i style:width=format!("{share}%")></i>
                        </span>
                    }
                })
        }}
    };
    match href {
        Some(href) => view! { <A href=href attr:class="card stat">{inside}</A> }.into_any(),
        None => view! { <div class="card stat">{inside}</div> }.into_any(),
    }
}

/// `12 345`, with thin spaces between groups of three.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_by_three() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
    }
}
