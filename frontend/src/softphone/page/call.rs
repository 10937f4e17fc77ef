//! The calls on the phone's page: the one in front with its controls, the other one, and those that just ended.

use leptos::prelude::*;

use super::super::agent;
use super::super::quality::Verdict;
use super::super::sound;
use super::super::state::{CallKey, CallView, EndKind, Input, Stage};
use super::dial::Pad;
use super::icon::{Sign, SignIcon};
use super::record::RecordButtons;
use super::transfer::{JoinButton, TransferButton, TransferForm};
use super::{KEYPAD, Timer, call_memo, dial, focus_key, initials, picked};
use crate::ui::icon::{Glyph, Icon};

/// All calls that do not wait to be answered.
#[component]
pub fn Calls() -> impl IntoView {
    let keys = picked(|view| {
        let shown = view.calls.iter().filter(|call| call.stage != Stage::Incoming);
        shown.map(|call| (call.key, call.is_live())).collect::<Vec<_>>()
    });
    view! {
        <div class="stack empty:hidden">
            <For each=move || keys.get() key=|entry| *entry let:entry>
                {if entry.1 { view! { <Call key=entry.0 /> }.into_any() } else { view! { <Ended key=entry.0 /> }.into_any() }}
            </For>
            <Silenced />
        </div>
    }
}

#[component]
fn Call(key: CallKey) -> impl IntoView {
    let call = call_memo(key);
    let focus = focus_key();
    let front = Memo::new(move |_| focus.get() == Some(key));
    let state = move || call.get().map(|call| call.state());
    let trouble = move || call.get().and_then(|call| call.trouble);
    view! {
        <article
            class="card call"
            class:call-behind=move || !front.get()
            data-testid=move || if front.get() { "call-state" } else { "other-call-state" }
            data-state=state
            aria-label=move || call.get().map(|call| format!("Call with {}", call.title()))
        >
            <Who call />
            {move || trouble().map(|text| view! {
                <div class="notice notice-warn" role="alert"><Icon glyph=Glyph::Alert /><span>{text}</span></div>
            })}
            {move || if front.get() {
                view! { <Controls call key /> }.into_any()
            } else {
                view! { <Behind key /> }.into_any()
            }}
        </article>
    }
}

/// Name, number, state and clock.
#[component]
fn Who(call: Memo<Option<CallView>>) -> impl IntoView {
    view! {
        <div class="call-who">
            <span class="call-avatar" class:call-avatar-calls=move || call.get().is_some_and(|call| !call.is_answered()) aria-hidden="true">
                {move || call.get().as_ref().map(initials)}
            </span>
            <div class="call-names">
                <span class="call-title" data-testid="call-title">{move || call.get().map(|call| call.title().to_owned())}</span>
                <span class="call-number figures">
                    {move || call.get().filter(|call| !call.name.is_empty()).map(|call| call.number)}
                </span>
            </div>
            <div class="call-state">
                <span data-testid="call-state-text">{move || call.get().map(|call| call.sentence())}</span>
                <Timer call />
            </div>
        </div>
    }
}

#[component]
fn Controls(call: Memo<Option<CallView>>, key: CallKey) -> impl IntoView {
    let answered = Memo::new(move |_| call.get().is_some_and(|call| call.is_answered()));
    let keypad = KEYPAD.with(Clone::clone);
    let (open, toggle) = (keypad.clone(), keypad);
    let opened = Memo::new(move |_| open.get() && call.get().is_some());
    let press = move |digit: char| {
        sound::key(digit);
        agent::send(Input::Digit(key, digit));
    };
    view! {
        <div class="call-controls">
            <MuteButton call key words=true />
            <HoldButton call key words=true />
            <button
                type="button"
                class="round"
                data-testid="keypad-toggle"
                aria-expanded=move || opened.get().to_string()
                disabled=move || !answered.get()
                on:click=move |_| toggle.update(|open| *open = !*open)
            >
                <span class="round-face"><SignIcon sign=Sign::Keypad /></span>
                <span>"Keypad"</span>
            </button>
            <RecordButtons call />
            <TransferButton call />
            <HangUpButton key words=true />
        </div>
        <TransferForm call key />
        {move || (opened.get() && answered.get()).then(|| view! {
            <Pad press=press label="Keypad of the call" />
        })}
        <Quality />
    }
}

/// What can be done with the call that is not in front.
#[component]
fn Behind(key: CallKey) -> impl IntoView {
    view! {
        <div class="call-behind-tools">
            <JoinButton />
            <button type="button" class="button button-secondary" data-testid="swap-button" on:click=|_| agent::send(Input::Swap)>
                <Icon glyph=Glyph::ArrowsBoth />
                <span>"Swap calls"</span>
            </button>
            <button
                type="button"
                class="button button-danger-quiet"
                data-testid="other-hangup-button"
                on:click=move |_| agent::send(Input::HangUp(key))
            >
                <Icon glyph=Glyph::PhoneDown />
                <span>"Hang up"</span>
            </button>
        </div>
    }
}

/// Shuts and opens the microphone.
#[component]
pub fn MuteButton(call: Memo<Option<CallView>>, key: CallKey, #[prop(optional)] words: bool) -> impl IntoView {
    let muted = Memo::new(move |_| call.get().is_some_and(|call| call.muted));
    let sign = Signal::derive(move || if muted.get() { Sign::MicrophoneOff } else { Sign::Microphone });
    view! {
        <button
            type="button"
            class="round"
            data-testid="mute-button"
            aria-pressed=move || muted.get().to_string()
            aria-label="Mute"
            title="Mute (M)"
            on:click=move |_| agent::send(Input::SetMuted(key, !muted.get_untracked()))
        >
            <span class="round-face"><SignIcon sign /></span>
            {words.then(|| view! { <span>{move || if muted.get() { "Muted" } else { "Mute" }}</span> })}
        </button>
    }
}

/// Puts the call on hold and takes it up again.
#[component]
pub fn HoldButton(call: Memo<Option<CallView>>, key: CallKey, #[prop(optional)] words: bool) -> impl IntoView {
    let held = Memo::new(move |_| call.get().is_some_and(|call| call.held));
    let answered = Memo::new(move |_| call.get().is_some_and(|call| call.is_answered()));
    let sign = Signal::derive(move || if held.get() { Sign::Play } else { Sign::Pause });
    view! {
        <button
            type="button"
            class="round"
            data-testid="hold-button"
            aria-pressed=move || held.get().to_string()
            aria-label="Hold"
            title="Hold (H)"
            disabled=move || !answered.get()
            on:click=move |_| agent::send(Input::SetHeld(key, !held.get_untracked()))
        >
            <span class="round-face"><SignIcon sign /></span>
            {words.then(|| view! { <span>{move || if held.get() { "Resume" } else { "Hold" }}</span> })}
        </button>
    }
}

/// Ends the call.
#[component]
pub fn HangUpButton(key: CallKey, #[prop(optional)] words: bool) -> impl IntoView {
    view! {
        <button
            type="button"
            class="round round-bad"
            data-testid="hangup-button"
            aria-label="Hang up"
            title="Hang up"
            on:click=move |_| agent::send(Input::HangUp(key))
        >
            <span class="round-face"><Icon glyph=Glyph::PhoneDown /></span>
            {words.then_some(view! { <span>"Hang up"</span> })}
        </button>
    }
}

/// A small word on how well the call is heard.
#[component]
fn Quality() -> impl IntoView {
    let quality = agent::quality();
    move || {
        let quality = quality.get()?;
        let class = match quality.verdict {
            Verdict::Good => "dot dot-good",
            Verdict::Fair => "dot dot-warn",
            Verdict::Poor | Verdict::Silent => "dot dot-bad",
        };
        Some(view! {
            <p class="call-quality figures" data-testid="call-quality" title="Mean opinion score of 1 to 4.4, packets lost, jitter, round trip">
                <span class=class aria-hidden="true"></span>
                <span>{quality.sentence()}</span>
                <span class="text-faint">{quality.detail()}</span>
            </p>
        })
    }
}

/// A call that just ended, until its time is over or it is dismissed.
#[component]
fn Ended(key: CallKey) -> impl IntoView {
    let call = call_memo(key);
    let alone = picked(move |view| {
        view.focus().is_none()
            && view.calls.iter().rev().find(|call| !call.is_live()).is_some_and(|call| call.key == key)
    });
    move || {
        let call = call.get()?;
        let Stage::Ended(ending) = &call.stage else { return None };
        let (class, glyph) = match ending.kind {
            EndKind::Failed | EndKind::Missed => ("notice notice-bad call-over", Glyph::Alert),
            _ => ("notice notice-plain call-over", Glyph::PhoneDown),
        };
        let (number, again, name) = (call.number.clone(), call.number.clone(), call.name.clone());
        let callable = matches!(ending.kind, EndKind::Missed) || (call.outgoing && !number.is_empty());
        let who = if ending.sentence.contains(&number) { String::new() } else { call.title().to_owned() };
        Some(view! {
            <div
                class=class
                data-testid=if alone.get() { "call-state" } else { "ended-call" }
                data-state="ended"
                data-number=number
            >
                <Icon glyph />
                <div class="call-over-words">
                    <strong data-testid="call-ending">{ending.sentence.clone()}</strong>
                    <span>{ending.detail.clone()}</span>
                    <span>{who}</span>
                </div>
                {callable.then(|| view! {
                    <button type="button" class="link text-current" on:click=move |_| dial(again.clone(), name.clone())>
                        "Call again"
                    </button>
                })}
                <button type="button" class="button-icon" aria-label="Dismiss" on:click=move |_| agent::send(Input::Dismiss(key))>
                    <Icon glyph=Glyph::Close />
                </button>
            </div>
        })
    }
}

/// The browser keeps the page silent until it is pressed.
#[component]
pub fn Silenced() -> impl IntoView {
    let silenced = agent::silenced();
    move || {
        silenced.get().then(|| {
            view! {
                <button type="button" class="button button-primary" on:click=|_| agent::sound_changed()>
                    <SignIcon sign=Sign::Speaker />
                    <span>"Turn the sound on"</span>
                </button>
            }
        })
    }
}
