//! A call that waits: a panel over every page. It does not keep the person from the page behind it.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::super::state::{CallKey, CallView, Input};
use super::super::{agent, clock};
use super::{call_memo, initials, picked};
use crate::ui::icon::{Glyph, Icon};

/// A key that was meant for a text must not answer: none counts so soon after the panel took the focus from one.
const KEY_GRACE_MICROS: i64 = 700_000;

#[component]
pub fn Incoming() -> impl IntoView {
    let keys = picked(|view| view.incoming().map(|call| call.key).into_iter().collect::<Vec<_>>());
    view! {
        <For each=move || keys.get() key=|key| *key let:key>
            <Waiting key />
        </For>
    }
}

#[component]
fn Waiting(key: CallKey) -> impl IntoView {
    let call = call_memo(key);
    let busy = picked(|view| view.calls.iter().any(CallView::is_answered));
    let answer = NodeRef::<html::Button>::new();
    let shown_at = clock::now();
    let typing = is_typing();
    take_focus(answer);
    let trouble = move || call.get().and_then(|call| call.trouble);
    let quiet = RwSignal::new(false);
    let pressed = move |event: web_sys::MouseEvent| {
        let by_key = event.detail() == 0;
        if !by_key || !typing || clock::now().0 - shown_at.0 >= KEY_GRACE_MICROS {
            agent::send(Input::Answer(key));
        }
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            quiet.set(true);
            agent::quiet(key);
        }
    };
    view! {
        <section
            class="incoming"
            role="alertdialog"
            aria-labelledby="incoming-who"
            aria-describedby="incoming-how"
            data-testid="incoming-call"
            data-state="incoming"
            on:keydown=on_key
        >
            <span class="call-avatar call-avatar-calls" aria-hidden="true">{move || call.get().as_ref().map(initials)}</span>
            <div class="call-names">
                <span class="text-sm text-soft">
                    {move || match (quiet.get(), busy.get()) {
                        (true, _) => "Incoming call, ringing silenced",
                        (false, true) => "Another call is waiting",
                        (false, false) => "Incoming call",
                    }}
                </span>
                <strong id="incoming-who" class="call-title" data-testid="incoming-title">
                    {move || call.get().map(|call| call.title().to_owned())}
                </strong>
                <span class="call-number figures" data-testid="incoming-number">{move || call.get().map(|call| call.number)}</span>
            </div>
            {move || trouble().map(|text| view! {
                <div class="notice notice-bad incoming-trouble" role="alert"><Icon glyph=Glyph::Alert /><span>{text}</span></div>
            })}
            <div class="incoming-tools">
                <button
                    type="button"
                    class="button button-decline"
                    data-testid="decline-button"
                    on:click=move |_| agent::send(Input::Decline(key))
                >
                    <Icon glyph=Glyph::PhoneDown />
                    <span>"Decline"</span>
                </button>
                <button type="button" class="button button-answer" data-testid="answer-button" node_ref=answer on:click=pressed>
                    <Icon glyph=Glyph::Phone />
                    <span>{move || if busy.get() { "Hold and answer" } else { "Answer" }}</span>
                </button>
            </div>
            <p id="incoming-how" class="sr-only">"Enter answers. Escape silences the ringing and lets the call wait."</p>
        </section>
    }
}

/// Has a text the focus?
fn is_typing() -> bool {
    document()
        .active_element()
        .is_some_and(|element| element.closest("input, textarea, select, [contenteditable]").ok().flatten().is_some())
}

/// The focus goes to the button, and back to where it was when the call is no longer there.
fn take_focus(answer: NodeRef<html::Button>) {
    let before = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let before = StoredValue::new_local(before);
    Effect::new(move |_| {
        if let Some(button) = answer.get() {
            request_animation_frame(move || {
                button.focus().ok();
            });
        }
    });
    on_cleanup(move || {
        let Some(Some(before)) = before.try_get_value() else { return };
        let lost = document().active_element().is_none_or(|element| {
            element.tag_name() == "BODY" || element.closest(".incoming").ok().flatten().is_some()
        });
        if lost && before.is_connected() {
            before.focus().ok();
        }
    });
}
