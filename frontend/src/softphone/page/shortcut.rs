//! The keys: digits and Enter on the phone's page, M and H wherever a call runs. They can be switched off (WCAG 2.1.4).

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

use super::super::state::{Input, PhoneView, Stage};
use super::super::{agent, sound};
use super::{KEYPAD, ON_PAGE, TRANSFER, call_number, number};
use crate::browser;

/// Set when the person has switched single keys off.
const OFF: &str = "belfry.phone.keys-off";

/// Do single keys do something?
pub fn are_on() -> bool {
    browser::stored(OFF).is_none()
}

/// Switches them on or off.
pub fn set_on(on: bool) {
    browser::store(OFF, (!on).then_some("1"));
}

/// What a key means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    Phone(Key),
    Type(char),
    Erase,
    Clear,
    Call,
    Fold,
    Transfer,
}

/// The inputs that keys make; comparable, for the tests.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Mute(super::CallKey, bool),
    Hold(super::CallKey, bool),
    Digit(super::CallKey, char),
}

/// Listens for as long as the current owner lives.
pub fn listen() {
    browser::on_window("keydown", |event| {
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if modified || event.default_prevented() || event.repeat() || !are_on() || is_taken(&event) {
            return;
        }
        let on_page = ON_PAGE.with(Clone::clone).get_untracked();
        let act = agent::view().with_untracked(|view| read(&event.key(), view, on_page));
        if let Some(act) = act {
            event.prevent_default();
            carry_out(act);
        }
    });
}

fn read(key: &str, view: &PhoneView, on_page: bool) -> Option<Act> {
    let focus = view.focus();
    let mut letters = key.chars();
    let single = letters.next().filter(|_| letters.next().is_none());
    match (focus, key, single) {
        (Some(call), "m" | "M", _) => Some(Act::Phone(Key::Mute(call.key, !call.muted))),
        (Some(call), "h" | "H", _) if call.is_answered() => Some(Act::Phone(Key::Hold(call.key, !call.held))),
        _ if !on_page => None,
        (Some(call), "t" | "T", _) if call.is_answered() => Some(Act::Transfer),
        (Some(call), _, Some(digit)) if call.stage == Stage::Talking && is_dialled(digit) => {
            Some(Act::Phone(Key::Digit(call.key, digit)))
        }
        (None, _, Some(digit)) if is_dialled(digit) || digit == '+' => Some(Act::Type(digit)),
        (None, "Backspace", _) => Some(Act::Erase),
        (None, "Escape", _) => Some(Act::Clear),
        (None, "Enter", _) => Some(Act::Call),
        (Some(_), "Escape", _) => Some(Act::Fold),
        _ => None,
    }
}

const fn is_dialled(digit: char) -> bool {
    digit.is_ascii_digit() || matches!(digit, '*' | '#')
}

fn carry_out(act: Act) {
    match act {
        Act::Phone(Key::Mute(key, muted)) => agent::send(Input::SetMuted(key, muted)),
        Act::Phone(Key::Hold(key, held)) => agent::send(Input::SetHeld(key, held)),
        Act::Phone(Key::Digit(key, digit)) => {
            sound::key(digit);
            agent::send(Input::Digit(key, digit));
        }
        Act::Type(digit) => {
            sound::key(digit);
            number().update(|number| number.push(digit));
        }
        Act::Erase => number().update(|number| {
            number.pop();
        }),
        Act::Clear => number().set(String::new()),
        Act::Call => call_number(),
        Act::Fold => {
            KEYPAD.with(Clone::clone).set(false);
            TRANSFER.with(Clone::clone).set(false);
        }
        Act::Transfer => TRANSFER.with(Clone::clone).update(|open| *open = !*open),
    }
}

/// Does the key belong to the element that has the focus?
fn is_taken(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return false };
    let words = "input, textarea, select, [contenteditable], dialog, [role='menu'], .incoming";
    let pressed = matches!(event.key().as_str(), "Enter" | " " | "Escape");
    let taken = |selector: &str| target.closest(selector).ok().flatten().is_some();
    taken(words) || (pressed && taken("button, a, summary, [role='button']"))
}

#[cfg(test)]
mod tests {
    use super::super::super::state::{CallKey, CallView};
    use super::*;
    use shared::Moment;

    fn talking(stage: Stage) -> PhoneView {
        let key = CallKey(7);
        let call = CallView {
            key,
            sip_call_id: String::new(),
            outgoing: true,
            number: "102".into(),
            name: String::new(),
            stage,
            by_itself: false,
            muted: false,
            held: false,
            held_by_peer: false,
            early_media: false,
            interrupted: false,
            began_at: Moment(0),
            answered_at: None,
            transferring: None,
            trouble: None,
        };
        PhoneView { calls: vec![call], active: Some(key), ..PhoneView::default() }
    }

    #[test]
    fn m_and_h_act_on_the_running_call_on_every_page() {
        let view = talking(Stage::Talking);
        assert_eq!(read("m", &view, false), Some(Act::Phone(Key::Mute(CallKey(7), true))));
        assert_eq!(read("h", &view, false), Some(Act::Phone(Key::Hold(CallKey(7), true))));
        assert_eq!(read("h", &talking(Stage::Ringing), false), None);
        assert_eq!(read("5", &view, false), None);
    }

    #[test]
    fn digits_are_dialled_and_sent_into_a_call_on_the_phones_page_only() {
        let idle = PhoneView::default();
        assert_eq!(read("5", &idle, true), Some(Act::Type('5')));
        assert_eq!(read("5", &idle, false), None);
        assert_eq!(read("F5", &idle, true), None);
        assert_eq!(read("Enter", &idle, true), Some(Act::Call));
        assert_eq!(read("m", &idle, true), None);
        assert_eq!(read("#", &talking(Stage::Talking), true), Some(Act::Phone(Key::Digit(CallKey(7), '#'))));
    }

    #[test]
    fn t_opens_the_transfer_of_an_answered_call() {
        assert_eq!(read("t", &talking(Stage::Talking), true), Some(Act::Transfer));
        assert_eq!(read("t", &talking(Stage::Ringing), true), None);
        assert_eq!(read("t", &PhoneView::default(), true), None);
        assert_eq!(read("t", &talking(Stage::Talking), false), None);
    }

    #[test]
    fn escape_never_ends_a_call() {
        assert_eq!(read("Escape", &talking(Stage::Talking), true), Some(Act::Fold));
        assert_eq!(read("Escape", &talking(Stage::Incoming), false), None);
    }
}
