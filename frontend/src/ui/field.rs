//! Fields of forms: label, input, hint and problem, tied together for screen readers.

use std::cell::Cell;

use leptos::oco::Oco;
use leptos::prelude::*;

use super::form::Form;
use super::icon::{Glyph, Icon};

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// An id for an element that a label points at; every call gives another.
pub fn element_id(stem: &str) -> String {
    let number = NEXT.replace(NEXT.get().wrapping_add(1));
    format!("{stem}-{number}")
}

/// A line of text.
#[component]
pub fn Field(
    #[prop(into)] name: Oco<'static, str>,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    #[prop(optional, into)] form: Option<Form>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional, into)] inputmode: Option<&'static str>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] optional: bool,
    #[prop(optional, into)] testid: Option<String>,
    #[prop(optional, into)] suffix: Option<Signal<String>>,
    /// The id of a list of what can be chosen beside what is typed.
    #[prop(optional, into)]
    list: Option<String>,
    /// Under this the focus finds it.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView {
    let id = id.unwrap_or_else(|| element_id(&name));
    let below = format!("{id}-below");
    let (asked, touched) = (name.clone(), name.clone());
    let problem = Memo::new(move |_| form.and_then(|form| form.problem(&asked)));
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = node.get().filter(|_| autofocus) {
            input.focus().ok();
        }
    });
    view! {
        <div class="field">
            <label for=id.clone()>
                {label} {optional.then(|| view! { <span class="field-optional">" (optional)"</span> })}
            </label>
            <input
                node_ref=node
                id=id
                name=name.to_string()
                type=kind
                class="input"
                data-testid=testid.unwrap_or_else(|| format!("field-{name}"))
                data-autofocus=autofocus.then_some("")
                autocomplete=autocomplete
                autocapitalize="off"
                spellcheck="false"
                inputmode=inputmode
                list=list
                placeholder=placeholder
                aria-describedby=below.clone()
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=move || value.get()
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    if let Some(form) = form {
                        form.touch(&touched);
                    }
                }
            />
            <Below id=below problem hint suffix />
        </div>
    }
}

/// Several lines of text.
#[component]
pub fn TextField(
    name: &'static str,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    form: Form,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
) -> impl IntoView {
    let id = element_id(name);
    let below = format!("{id}-below");
    let problem = Memo::new(move |_| form.problem(name));
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <textarea
                id=id
                name=name
                class="input"
                data-testid=format!("field-{name}")
                spellcheck="false"
                placeholder=placeholder
                aria-describedby=below.clone()
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=move || value.get()
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    form.touch(name);
                }
            ></textarea>
            <Below id=below problem hint suffix=None />
        </div>
    }
}

#[component]
fn Below(
    id: String,
    problem: Memo<Option<String>>,
    hint: Option<String>,
    suffix: Option<Signal<String>>,
) -> impl IntoView {
    view! {
        <div id=id class="empty:hidden">
            {move || match problem.get() {
                Some(problem) => {
                    view! {
                        <p class="problem" role="alert">
                            <Icon glyph=Glyph::Alert />
                            <span>{problem}</span>
                        </p>
                    }
                        .into_any()
                }
                None => {
                    let live = suffix.map(|suffix| view! { <p class="hint">{move || suffix.get()}</p> });
                    let hint = hint.clone().map(|hint| view! { <p class="hint">{hint}</p> });
                    (hint, live).into_any()
                }
            }}
        </div>
    }
}

/// A choice of few; `options` are value and word.
#[component]
pub fn Select(
    #[prop(into)] name: Oco<'static, str>,
    #[prop(into)] label: String,
    value: RwSignal<String>,
    options: Vec<(String, String)>,
    #[prop(optional)] small: bool,
) -> impl IntoView {
    let id = element_id(&name);
    let options = options.into_iter().map(move |(key, word)| {
        let chosen = key.clone();
        view! { <option value=key prop:selected=move || value.with(|value| *value == chosen)>{word}</option> }
    });
    view! {
        <div class=if small { "contents" } else { "field" }>
            <label for=id.clone() class:sr-only=small>{label}</label>
            <select
                id=id
                name=name.to_string()
                class="input"
                class:input-small=small
                data-testid=format!("field-{name}")
                on:change=move |event| value.set(event_target_value(&event))
            >
                {options.collect_view()}
            </select>
        </div>
    }
}

/// On or off.
#[component]
pub fn Switch(
    #[prop(into)] name: Oco<'static, str>,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(into)] on: Signal<bool>,
    #[prop(into)] change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                name=name.to_string()
                data-testid=format!("field-{name}")
                prop:checked=move || on.get()
                on:change=move |event| change.run(event_target_checked(&event))
            />
            <span>
                <span class="label">{label}</span>
                {hint.map(|hint| view! { <span class="hint block">{hint}</span> })}
            </span>
        </label>
    }
}

/// The search of a list; it waits until the fingers rest.
#[component]
pub fn Search(value: RwSignal<String>, #[prop(into)] label: String) -> impl IntoView {
    /// How long the fingers rest, in milliseconds.
    const REST_MILLIS: u32 = 220;
    let waiting = StoredValue::new_local(None::<gloo_timers::callback::Timeout>);
    view! {
        <div class="search">
            <Icon glyph=Glyph::Search />
            <input
                type="search"
                class="input input-small"
                data-testid="search"
                placeholder=label.clone()
                aria-label=label
                autocomplete="off"
                spellcheck="false"
                prop:value=move || value.get()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    waiting
                        .set_value(
                            Some(
                                gloo_timers::callback::Timeout::new(
                                    REST_MILLIS,
                                    move || {
                                        value.try_set(text);
                                    },
                                ),
                            ),
                        );
                }
            />
        </div>
    }
}

/// Text of a field, or nothing where it is blank.
pub fn filled(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
