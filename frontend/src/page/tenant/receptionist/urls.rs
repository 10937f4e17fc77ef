//! Whom else a receptionist asks, edited where it stands (IVR-16…IVR-24).

use leptos::prelude::*;
use shared::action_url::{ACTION_URLS_MAX, ActionUrl};

use super::draft::{CALLER, GET, KEYS, POST, UrlDraft};
use crate::page::tenant::hours::focus_soon;
use crate::ui::button::Button;
use crate::ui::field::{Field, Select, Switch};
use crate::ui::form::Form;
use crate::ui::icon::{Glyph, Icon};

/// The entries, and a way to add one; `with_password` names those that have a password.
#[component]
pub fn UrlsEditor(urls: RwSignal<Vec<UrlDraft>>, with_password: StoredValue<Vec<String>>, form: Form) -> impl IntoView {
    let add = move |()| {
        form.clear();
        let fresh = UrlDraft::of(&ActionUrl::default());
        urls.update(|urls| urls.push(fresh));
        focus_soon(tool_id("name", fresh.key));
    };
    let full = Signal::derive(move || urls.with(Vec::len) >= ACTION_URLS_MAX);
    view! {
        <fieldset class="grid gap-3" data-testid="urls">
            <legend class="label mb-1">"Entries"</legend>
            <p class="hint">
                "A server of yours says what is done with a call: when certain keys are typed, which counts before a choice of the same keys, or when certain numbers call, before anything is said."
            </p>
            <Help />
            {move || urls.with(Vec::is_empty).then(|| view! {
                <p class="text-soft" data-testid="no-urls">"No entry yet."</p>
            })}
            <ol class="grid gap-3 empty:hidden">
                {move || urls.get().into_iter().enumerate().map(|(place, entry)| {
                    view! { <UrlFields place entry urls with_password form /> }
                }).collect_view()}
            </ol>
            {move || form.problem("urls").map(|text| view! { <p class="problem" role="alert">{text}</p> })}
            <div>
                <Button label="Add an entry" small=true icon=Glyph::Plus testid="add-url" disabled=full press=add />
            </div>
        </fieldset>
    }
}

/// What is sent, and what is expected back (IVR-19, IVR-20, IVR-23).
#[component]
fn Help() -> impl IntoView {
    let sent = [
        ("from", "the number of whoever calls"),
        ("to", "the number of the receptionist"),
        ("input", "what was typed; empty where the caller's number has led here"),
        ("from_name", "the caller's name"),
        ("account_name", "the name of the receptionist"),
    ];
    let answers = [
        (r#"{"status_code": 200, "action": "call", "destination": "222"}"#, "sends the call to 222"),
        (r#"{"status_code": 200, "action": "hangup"}"#, "ends it"),
        (r#"{"status_code": 200, "action": "repeat"}"#, "says the prompt again"),
    ];
    let items = |items: &[(&'static str, &'static str)]| {
        let item = |&(code, word): &(&'static str, &'static str)| {
            view! { <li><code class="wrap-anywhere">{code}</code> " – " {word}</li> }
        };
        items.iter().map(item).collect_view()
    };
    view! {
        <details class="more" data-testid="urls-help">
            <summary>"What is sent, and what is expected back"</summary>
            <div class="mt-2 grid gap-2 text-sm text-soft">
                <p>"With GET this stands in the query of the address, with POST it is the body, as JSON:"</p>
                <ul class="list-disc pl-5">{items(&sent)}</ul>
                <p>"The answer is JSON:"</p>
                <ul class="list-disc pl-5">{items(&answers)}</ul>
                <p>"Any other answer, and none in time, counts as a wrong choice: “Wrong, or cannot be reached” says what is done then."</p>
            </div>
        </details>
    }
}

fn tool_id(tool: &str, key: u32) -> String {
    format!("url-{tool}-{key}")
}

fn options(words: &[(&str, &str)]) -> Vec<(String, String)> {
    words.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect()
}

#[component]
fn UrlFields(
    place: usize,
    entry: UrlDraft,
    urls: RwSignal<Vec<UrlDraft>>,
    with_password: StoredValue<Vec<String>>,
    form: Form,
) -> impl IntoView {
    let field = move |name: &str| format!("urls[{place}].{name}");
    let key = entry.key;
    let remove = move |_| {
        form.clear();
        urls.update(|urls| urls.retain(|known| known.key != key));
        let next = urls.with_untracked(|urls| urls.get(place).or(urls.last()).map(|entry| entry.key));
        if let Some(next) = next {
            focus_soon(tool_id("remove", next));
        }
    };
    let called = move || {
        entry.name.with(|name| match name.trim() {
            "" => format!("entry {}", place + 1),
            name => format!("entry {name}"),
        })
    };
    let triggers = options(&[(KEYS, "Keys that are typed"), (CALLER, "The caller's number")]);
    let asks = Memo::new(move |_| entry.asks());
    view! {
        <li class="grid gap-3 rounded-lg border border-line p-3" data-testid="url">
            <div class="url-head">
                <Field name=field("name") label="Name" value=entry.name form placeholder="Card numbers" id=tool_id("name", key) />
                <Select name=field("trigger") label="Listens to" value=entry.trigger options=triggers />
                <span class="sm:pt-6">
                    <button type="button" id=tool_id("remove", key) class="button-icon" data-testid="remove-url"
                        aria-label=move || format!("Remove {}", called()) title="Remove" on:click=remove>
                        <Icon glyph=Glyph::Trash />
                    </button>
                </span>
            </div>
            <Field name=field("list") label="Numbers" value=entry.list form placeholder="22, 810000-880000"
                hint="Commas between; ranges such as 810000-880000." />
            <Field name=field("action") label="Asks, or calls" value=entry.action form inputmode="url" placeholder="https://app.example/route"
                hint="An address that is asked what to do, or a number that the call goes to." />
            <div class="grid gap-3" hidden=move || !asks.get() data-testid="url-server">
                <Server place entry with_password form />
            </div>
        </li>
    }
}

/// How the server is asked (IVR-19…IVR-22).
#[component]
fn Server(place: usize, entry: UrlDraft, with_password: StoredValue<Vec<String>>, form: Form) -> impl IntoView {
    let field = move |name: &str| format!("urls[{place}].{name}");
    let kept = Memo::new(move |_| with_password.with_value(|names| entry.is_among(names)));
    let known = with_password.with_value(|names| !names.is_empty());
    let secret = if known { "A renamed entry needs its password again." } else { "It is never shown again." };
    view! {
        <div class="grid items-start gap-3 sm:grid-cols-3">
            <Select name=field("method") label="Method" value=entry.method options=options(&[(GET, "GET"), (POST, "POST")]) />
            <Field name=field("connect_seconds") label="Connects within (s)" value=entry.connect_seconds form inputmode="numeric" hint="1 to 10." />
            <Field name=field("answer_seconds") label="Answers within (s)" value=entry.answer_seconds form inputmode="numeric" hint="1 to 20." />
        </div>
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <Field name=field("user") label="User" value=entry.user form optional=true hint="HTTP Basic, where the server asks for it." />
            <div class="grid gap-2">
                <div hidden=move || kept.get() && entry.drops_password.get()>
                    <Field name=field("password") label="Password" value=entry.password form kind="password" autocomplete="new-password"
                        optional=true hint=secret />
                </div>
                <div class="grid gap-2" hidden=move || !kept.get()>
                    <p class="hint" data-testid="password-set">"A password is set; empty leaves it."</p>
                    <Switch name=field("drops_password") label="Take the password away" on=entry.drops_password
                        change=move |on| entry.drops_password.set(on) />
                </div>
            </div>
        </div>
    }
}
