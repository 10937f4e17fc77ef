//! The number to call: typed, pasted, or pressed on the pad.

use leptos::html;
use leptos::prelude::*;

use super::super::state::{CALLS_MAX, LineView};
use super::super::{alert, sound};
use super::icon::{Sign, SignIcon};
use super::{KEYPAD, TRANSFER, call_number, number, picked};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::toast;

/// The keys in reading order, with the letters of ITU-T E.161.
pub const KEYS: [(char, &str); 12] = [
    ('1', ""),
    ('2', "ABC"),
    ('3', "DEF"),
    ('4', "GHI"),
    ('5', "JKL"),
    ('6', "MNO"),
    ('7', "PQRS"),
    ('8', "TUV"),
    ('9', "WXYZ"),
    ('*', ""),
    ('0', "+"),
    ('#', ""),
];

/// The twelve keys.
#[component]
pub fn Pad(#[prop(into)] press: Callback<char>, #[prop(into)] label: &'static str) -> impl IntoView {
    let keys = KEYS.into_iter().map(|(digit, letters)| {
        let name = match digit {
            '*' => "star".to_owned(),
            '#' => "hash".to_owned(),
            digit => format!("{digit} {letters}").trim().to_owned(),
        };
        let testid = match digit {
            '*' => "keypad-star".to_owned(),
            '#' => "keypad-hash".to_owned(),
            digit => format!("keypad-{digit}"),
        };
        view! {
            <button type="button" class="pad-key" data-testid=testid aria-label=name on:click=move |_| press.run(digit)>
                <span class="pad-digit">{digit.to_string()}</span>
                <span class="pad-letters" aria-hidden="true">{letters}</span>
            </button>
        }
    });
    view! { <div class="pad" role="group" aria-label=label>{keys.collect_view()}</div> }
}

/// The card with the input, the pad and the call button. While a call runs it makes a second one, and is folded.
#[component]
pub fn DialCard() -> impl IntoView {
    let ready = picked(|view| view.line == LineView::Ready);
    let running = picked(|view| view.running().count());
    let unfolded = RwSignal::new(false);
    Effect::new(move |_| {
        if running.get() == 0 {
            unfolded.set(false);
            KEYPAD.with(Clone::clone).set(false);
            TRANSFER.with(Clone::clone).set(false);
        }
    });
    let node = NodeRef::<html::Input>::new();
    let number = number();
    let typed = number.clone();
    let empty = Memo::new(move |_| typed.with(|number| number.trim().is_empty()));
    let press = {
        let number = number.clone();
        move |digit: char| {
            sound::key(digit);
            number.update(|number| number.push(digit));
        }
    };
    let shown = move || running.get() == 0 || (running.get() < CALLS_MAX && unfolded.get());
    let (value, input, erase) = (number.clone(), number.clone(), number);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        // A press is what the browser wants to see before it asks the person about notifications.
        if alert::may_ask() {
            alert::ask(|_| ());
        }
        if ready.get_untracked() {
            call_number();
        } else {
            toast::bad("The phone is not connected to the server yet.");
        }
    };
    view! {
        <section class="card dial" class:hidden=move || !shown() aria-label="Dial">
            <form class="dial-form" autocomplete="off" on:submit=submit>
                <div class="dial-number">
                    <label class="sr-only" for="dial-input">"Number or name to call"</label>
                    <input
                        id="dial-input"
                        node_ref=node
                        class="dial-input"
                        data-testid="dial-input"
                        type="text"
                        inputmode="tel"
                        autocomplete="off"
                        autocapitalize="off"
                        spellcheck="false"
                        placeholder="Number or name"
                        prop:value=move || value.get()
                        on:input=move |event| input.set(event_target_value(&event))
                    />
                    <button
                        type="button"
                        class="button-icon dial-erase"
                        class:invisible=move || empty.get()
                        aria-label="Delete the last character"
                        title="Delete the last character"
                        on:click=move |_| erase.update(|number| { number.pop(); })
                    >
                        <SignIcon sign=Sign::Backspace />
                    </button>
                </div>
                <Pad press=press label="Dial pad" />
                <button
                    type="submit"
                    class="call-start"
                    data-testid="call-button"
                    aria-label="Call"
                    title="Call"
                    disabled=move || empty.get() || !ready.get()
                >
                    <Icon glyph=Glyph::Phone />
                </button>
            </form>
        </section>
        {move || (running.get() > 0 && running.get() < CALLS_MAX && !unfolded.get()).then(|| view! {
            <button
                type="button"
                class="button button-secondary"
                data-testid="second-call"
                on:click=move |_| {
                    unfolded.set(true);
                    if let Some(input) = node.get_untracked() {
                        request_animation_frame(move || { input.focus().ok(); });
                    }
                }
            >
                <Icon glyph=Glyph::Plus />
                <span>"Make a second call"</span>
            </button>
        })}
    }
}
