//! The week: a bar for each day, and the spans that it is drawn from (OH-01).

use leptos::prelude::*;
use shared::date::{Wall, Weekday};
use shared::hours::{DAY_MINUTES, SPANS_MAX, Span};
use wasm_bindgen::JsCast as _;

use super::draft::{SpanText, WeekDraft};
use crate::ui::button::{Button, IconButton, Look};
use crate::ui::field::element_id;
use crate::ui::form::Form;
use crate::ui::icon::{Glyph, Icon};

/// Puts the focus on an element as soon as it is there.
pub fn focus_soon(id: String) {
    request_animation_frame(move || {
        if let Some(element) = document().get_element_by_id(&id) {
            element.unchecked_into::<web_sys::HtmlElement>().focus().ok();
        }
    });
}

/// The days of a week, drawn and in their fields; `field` is its place in the form, such as `week`.
#[component]
pub fn WeekGrid(
    draft: WeekDraft,
    #[prop(into)] field: String,
    form: Form,
    #[prop(into)] wall: Signal<Option<Wall>>,
) -> impl IntoView {
    let field = StoredValue::new(field);
    // Each day with the one before it, whose nights reach into it.
    let before: Vec<_> = draft.days.iter().cycle().skip(6).take(7).map(|(_, spans)| *spans).collect();
    let days = draft.days.into_iter().zip(before).map(move |((day, spans), before)| {
        view! { <Day draft field day spans before form wall /> }
    });
    view! {
        <div>
            <p class="hint">"A span that ends at or before its beginning ends on the next day: 22:00 to 06:00 is a night, 09:00 to 00:00 is until midnight."</p>
            <div class="hours-scale" aria-hidden="true">
                <span>"00"</span><span>"06"</span><span>"12"</span><span>"18"</span><span>"24"</span>
            </div>
            {days.collect_view()}
        </div>
    }
}

#[component]
fn Day(
    draft: WeekDraft,
    field: StoredValue<String>,
    day: Weekday,
    spans: RwSignal<Vec<SpanText>>,
    before: RwSignal<Vec<SpanText>>,
    form: Form,
    wall: Signal<Option<Wall>>,
) -> impl IntoView {
    let add_id = element_id("add-span");
    let focus_add = add_id.clone();
    let add = move |_| {
        let fresh = SpanText::empty();
        focus_soon(fresh.key.clone());
        form.clear();
        spans.update(|spans| spans.push(fresh));
    };
    let remove = Callback::new(move |key: String| {
        form.clear();
        spans.update(|spans| spans.retain(|span| span.key != key));
        focus_soon(focus_add.clone());
    });
    let copy = move |()| {
        form.clear();
        draft.copy_to_weekdays(day);
    };
    let full = move || spans.with(Vec::len) >= SPANS_MAX;
    let problem = move || form.problem(&format!("{}.{}", field.get_value(), day.key()));
    let keys = move || spans.with(|spans| spans.iter().map(|span| span.key.clone()).collect::<Vec<_>>());
    view! {
        <fieldset class="hours-day" data-testid=format!("hours-{}", day.key())>
            <legend class="sr-only">{day.word()}</legend>
            <span class="hours-name" aria-hidden="true">{day.word()}</span>
            {move || bar(day, &spans.get(), &before.get(), wall.get())}
            <div class="hours-spans">
                {move || spans.with(Vec::is_empty).then(|| view! { <span class="text-faint" data-testid="hours-closed">"Closed"</span> })}
                <For each=keys key=Clone::clone let:key>
                    <SpanFields field day spans key form remove />
                </For>
                <span class="hours-tools">
                    <button type="button" id=add_id class="button button-quiet button-small" data-testid="add-span" disabled=full
                        aria-label=format!("Add a span to {}", day.word()) on:click=add>
                        <Icon glyph=Glyph::Plus />
                        <span>"Add"</span>
                    </button>
                    <Button label="Copy to all weekdays" look=Look::Quiet small=true icon=Glyph::Copy testid="copy-day" press=copy />
                </span>
                {move || problem().map(said)}
            </div>
        </fieldset>
    }
}

/// What is wrong, below the fields that it is about.
pub fn said(problem: String) -> impl IntoView {
    view! {
        <p class="problem basis-full" role="alert">
            <Icon glyph=Glyph::Alert />
            <span>{problem}</span>
        </p>
    }
}

#[component]
fn SpanFields(
    field: StoredValue<String>,
    day: Weekday,
    spans: RwSignal<Vec<SpanText>>,
    key: String,
    form: Form,
    remove: Callback<String>,
) -> impl IntoView {
    let stored = StoredValue::new(key.clone());
    let place = move || {
        spans.with(|spans| stored.with_value(|key| spans.iter().position(|span| span.key == *key))).unwrap_or(0)
    };
    let name = move |end: &str| format!("{}.{}[{}].{end}", field.get_value(), day.key(), place());
    let text = move |part: fn(&SpanText) -> &String| {
        let found = spans.with(|spans| {
            stored.with_value(|key| spans.iter().find(|span| span.key == *key).map(|span| part(span).clone()))
        });
        found.unwrap_or_default()
    };
    let set = move |end: &str, change: &dyn Fn(&mut SpanText)| {
        form.touch(&untrack(|| name(end)));
        spans.update(|spans| {
            if let Some(span) = spans.iter_mut().find(|span| stored.with_value(|key| span.key == *key)) {
                change(span);
            }
        });
    };
    let wrong = move || form.problem(&name("from")).or_else(|| form.problem(&name("to")));
    let below = format!("{key}-below");
    let over = move || {
        let shown = spans.with(|spans| {
            stored.with_value(|key| spans.iter().find(|span| span.key == *key).and_then(SpanText::drawn))
        });
        shown.is_some_and(|span| span.end() > DAY_MINUTES)
    };
    view! {
        <span class="hours-span" role="group" aria-label=move || format!("{}, span {}", day.word(), place() + 1)>
            <input
                id=key
                type="time"
                class="input input-small"
                data-testid="span-from"
                aria-label=format!("{}, from", day.word())
                aria-describedby=below.clone()
                aria-invalid=move || form.problem(&name("from")).map(|_| "true")
                prop:value=move || text(|span| &span.from)
                on:input=move |event| set("from", &|span| span.from = event_target_value(&event))
            />
            <span aria-hidden="true">"–"</span>
            <input
                type="time"
                class="input input-small"
                data-testid="span-to"
                aria-label=format!("{}, to", day.word())
                aria-describedby=below.clone()
                aria-invalid=move || form.problem(&name("to")).map(|_| "true")
                prop:value=move || text(|span| &span.to)
                on:input=move |event| set("to", &|span| span.to = event_target_value(&event))
            />
            <IconButton glyph=Glyph::Trash label=format!("Remove this span of {}", day.word()) testid="remove-span"
                press=move |()| remove.run(stored.get_value()) />
            {move || over().then(|| view! { <span class="hint">"until the next day"</span> })}
        </span>
        <div id=below class="empty:hidden basis-full">{move || wrong().map(said)}</div>
    }
}

/// The bar of a day: what is open, the nights of the day before in another shade, and the present.
fn bar(day: Weekday, spans: &[SpanText], before: &[SpanText], wall: Option<Wall>) -> impl IntoView + use<> {
    const HEIGHT: u16 = 16;
    let rect = |class: &'static str, from: u16, to: u16| {
        view! { <rect class=class x=from y="0" width=to.saturating_sub(from) height=HEIGHT></rect> }
    };
    let drawn = |spans: &[SpanText]| spans.iter().filter_map(SpanText::drawn).collect::<Vec<Span>>();
    let night = |span: Span| span.end().checked_sub(DAY_MINUTES).filter(|end| *end > 0);
    let nights = drawn(before).into_iter().filter_map(night).map(|end| rect("hours-night", 0, end)).collect_view();
    let open = drawn(spans).into_iter().map(|span| rect("hours-open", span.from, span.end().min(DAY_MINUTES)));
    let lines = [6, 12, 18]
        .map(|hour: u16| view! { <line class="chart-line" x1=hour * 60 x2=hour * 60 y1="0" y2=HEIGHT></line> });
    let now = wall.filter(|wall| wall.date.weekday() == day).map(|wall| {
        view! { <line class="hours-now" x1=wall.minute x2=wall.minute y1="0" y2=HEIGHT></line> }
    });
    view! {
        <svg class="hours-bar" viewBox=format!("0 0 {DAY_MINUTES} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
            {nights}
            {open.collect_view()}
            {lines.into_iter().collect_view()}
            {now}
        </svg>
    }
}
