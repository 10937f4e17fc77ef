//! A call of one's own to a number of the house in the middle of setting it up: begun, typed into and ended in place, for the dialog
//! round it covers the phone.

use leptos::prelude::*;

use super::call::HangUpButton;
use super::dial::Pad;
use super::{CallButton, Timer, call_memo, picked};
use crate::softphone::agent;
use crate::softphone::sound;
use crate::softphone::state::Input;

/// A button that calls; while the call runs, its keys in the button's place.
#[component]
pub fn TrialCall(#[prop(into)] number: String, label: &'static str, testid: &'static str) -> impl IntoView {
    let wanted = number.clone();
    let key =
        picked(move |view| view.running().find(|call| call.outgoing && call.number == wanted).map(|call| call.key));
    move || match key.get() {
        None => view! { <CallButton number=Signal::stored(number.clone()) label testid /> }.into_any(),
        Some(key) => {
            let press = move |digit: char| {
                sound::key(digit);
                agent::send(Input::Digit(key, digit));
            };
            view! {
                <div class="grid gap-3" data-testid="trial-call">
                    <p class="text-center text-soft figures"><Timer call=call_memo(key) /></p>
                    <Pad press=press label="Keypad of the call" />
                    <div class="flex justify-center"><HangUpButton key /></div>
                </div>
            }
            .into_any()
        }
    }
}
