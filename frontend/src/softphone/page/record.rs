//! Recording the call in front, for those who may (REC-01).

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::fact::Fact;
use shared::recording_rule::{OwnCallRecording, RecordAction, RecordOwnCall, RecordingState};

use super::super::state::CallView;
use super::icon::{Sign, SignIcon};
use crate::live::{self, Event};
use crate::ui::toast;
use crate::{api, session};

/// Begins, pauses and ends a recording; nothing for those who may not.
#[component]
pub fn RecordButtons(call: Memo<Option<CallView>>) -> impl IntoView {
    let stands = RwSignal::new(OwnCallRecording::default());
    let busy = RwSignal::new(false);
    let act = move |action: RecordAction| {
        let Some(sip_call_id) = call.with_untracked(|call| call.as_ref().map(|call| call.sip_call_id.clone())) else {
            return;
        };
        // A look takes nobody's button away.
        let is_wish = action != RecordAction::Look;
        if is_wish {
            busy.set(true);
        }
        spawn_local(async move {
            let answer = api::call(RecordOwnCall { sip_call_id, action }).await;
            if is_wish {
                busy.try_set(false);
            }
            match answer {
                Ok(fresh) => drop(stands.try_set(fresh)),
                // What a look does not find is not shown.
                Err(_) if !is_wish => {}
                Err(problem) => toast::refused(problem),
            }
        });
    };
    let talking = Memo::new(move |_| call.with(|call| call.as_ref().is_some_and(CallView::is_answered)));
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    // What a rule wants, or somebody types, begins, pauses and ends by itself; of a pause the call's own fact tells.
    live::subscribe(move |event| {
        let may_differ = match event {
            Event::Reload => true,
            Event::Changed(_) => false,
            Event::Fact(fact) => match &fact.fact {
                Fact::RecordingBegun { .. } | Fact::RecordingEnded { .. } => true,
                Fact::CallChanged { record, .. } => {
                    own.is_some() && [record.caller_extension_id, record.callee_extension_id].contains(&own)
                }
                _ => false,
            },
        };
        if may_differ && talking.get_untracked() {
            act(RecordAction::Look);
        }
    });
    // How it stands is asked when the call is answered too, and when it was held or handed on.
    let about = Memo::new(move |_| {
        talking.get().then(|| call.with(|call| call.as_ref().map(|call| (call.held, call.number.clone()))))
    });
    Effect::new(move |_| {
        if about.get().is_some() {
            act(RecordAction::Look);
        }
    });
    let state = Memo::new(move |_| stands.get().state);
    let shown = move || talking.get() && stands.get().is_allowed;
    let is_on = move || state.get() != RecordingState::Off;
    let toggle = move |_| act(if is_on() { RecordAction::Stop } else { RecordAction::Start });
    let pause = move |_| match state.get_untracked() {
        RecordingState::Paused => act(RecordAction::Resume),
        RecordingState::On | RecordingState::Off => act(RecordAction::Pause),
    };
    let words = move || match state.get() {
        RecordingState::Off => "Record",
        RecordingState::On => "Recording",
        RecordingState::Paused => "Paused",
    };
    let pause_sign = Signal::derive(move || match state.get() {
        RecordingState::Paused => Sign::Play,
        RecordingState::On | RecordingState::Off => Sign::Pause,
    });
    let pause_words = move || if state.get() == RecordingState::Paused { "Go on" } else { "Pause it" };
    view! {
        <Show when=shown>
            <button type="button" class="round" data-testid="record-button" aria-pressed=move || is_on().to_string()
                aria-label="Record" title="Record the call" disabled=move || busy.get() || (is_on() && stands.get().by_rule) on:click=toggle>
                <span class="round-face"><SignIcon sign=Sign::Record /></span>
                <span data-testid="record-state">{words}</span>
            </button>
            <Show when=is_on>
                <button type="button" class="round" data-testid="record-pause-button"
                    aria-pressed=move || (state.get() == RecordingState::Paused).to_string()
                    aria-label="Pause the recording" title="Pause the recording" disabled=move || busy.get() on:click=pause>
                    <span class="round-face"><SignIcon sign=pause_sign /></span>
                    <span>{pause_words}</span>
                </button>
            </Show>
        </Show>
    }
}
