//! One room as it stands: who takes part and who speaks, and what a moderator does about it.

use leptos::prelude::*;
use shared::conference::{ConferenceChange, ConferenceStanding, Participant, ParticipantState};
use shared::{CallId, ConferenceRoomId};

use super::{Side, Speakers, carry_out, name};
use crate::time;
use crate::ui::badge::{Badge, Tone};
use crate::ui::button::{Button, Look};
use crate::ui::dialog::Confirm;
use crate::ui::field::{Field, Select};
use crate::ui::icon::{Glyph, Icon};
use crate::ui::menu::{Menu, MenuItem};
use crate::ui::notice::Empty;

/// The room of that id. `moderates` shows the controls; `people` are number and words of those who can be invited; `changed` asks how it
/// stands.
#[component]
pub fn RoomView(
    side: Side,
    room_id: ConferenceRoomId,
    #[prop(into)] standing: Signal<Option<ConferenceStanding>>,
    #[prop(into)] moderates: Signal<bool>,
    #[prop(into)] people: Signal<Vec<(String, String)>>,
    speakers: Speakers,
    changed: Callback<()>,
) -> impl IntoView {
    let act = Callback::new(move |change: ConferenceChange| carry_out(side, room_id, change, changed));
    let now = time::ticking();
    let is_there = Memo::new(move |_| standing.with(Option::is_some));
    let rows = move || standing.get().map(|standing| standing.participants).unwrap_or_default();
    // Until the facts tell it, who speaks is as the room was when it was asked about.
    let speaks = move |call: CallId| {
        let told = speakers.with(|all| all.get(&room_id).map(|speakers| speakers.contains(&call)));
        told.unwrap_or_else(|| {
            let all = standing.get().map(|standing| standing.participants).unwrap_or_default();
            all.iter().any(|one| one.call_id == call && one.speaks)
        })
    };
    let places = move || rows().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        {move || moderates.get().then(|| view! { <Controls standing act /> })}
        {move || match is_there.get() {
            false => view! {
                <Empty glyph=Glyph::People title="Nobody is in the room" text="Whoever comes appears here at once." />
            }
            .into_any(),
            true => view! {
                <p class="px-4.5 pb-2 text-sm text-soft figures" data-testid="conference-time">
                    {move || standing.with(|standing| standing.as_ref().map(|standing| {
                        format!("For {}", time::duration(now.get().since(standing.started_at).as_secs()))
                    }))}
                    {move || standing.with(|standing| standing.as_ref().is_some_and(|standing| standing.recorded)).then_some(" · is recorded")}
                </p>
                <ul class="divide-y divide-line pb-1" aria-label="Participants" data-testid="participants">
                    <For each=places key=|(place, one)| {
                        (one.call_id, *place, one.state as u8, one.moderator, one.muted, one.name.clone(), one.number.clone())
                    } let:row>
                        {participant(row.0, row.1, moderates, act, speaks)}
                    </For>
                </ul>
            }
            .into_any(),
        }}
        {move || moderates.get().then(|| view! { <Invite people act /> })}
    }
}

fn participant(
    place: usize,
    one: Participant,
    moderates: Signal<bool>,
    act: Callback<ConferenceChange>,
    speaks: impl Fn(CallId) -> bool + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (call_id, muted, moderator) = (one.call_id, one.muted, one.moderator);
    let (name, number) = name(&one, place);
    let label = name.clone();
    let speaks = Memo::new(move |_| speaks(call_id));
    let state = match one.state {
        ParticipantState::Joined => None,
        ParticipantState::Invited => Some(("Is being called", Tone::Accent)),
        ParticipantState::Waits => Some(("Waits for a moderator", Tone::Warn)),
    };
    view! {
        <li class="row" data-testid="participant" data-number=one.number.clone() data-speaks=move || speaks.get().to_string()>
            <span class="speaker" class:speaker-on=move || speaks.get() aria-hidden="true"><Icon glyph=Glyph::Microphone /></span>
            <div class="min-w-0 flex-1 basis-40">
                <p class="relative truncate font-medium">
                    {name}
                    <span class="sr-only">{move || speaks.get().then_some(" speaks")}</span>
                </p>
                <p class="truncate text-sm text-faint figures">{number}</p>
            </div>
            <span class="flex flex-wrap justify-end gap-1.5">
                {state.map(|(text, tone)| view! { <Badge text tone /> })}
                {moderator.then(|| view! { <Badge text="Moderator" tone=Tone::Accent /> })}
                {muted.then(|| view! { <Badge text="Muted" tone=Tone::Warn /> })}
            </span>
            {move || moderates.get().then(|| {
                let label = label.clone();
                let (word, change) = match muted {
                    true => ("Unmute", ConferenceChange::Unmute { call_id }),
                    false => ("Mute", ConferenceChange::Mute { call_id }),
                };
                let promote = match moderator {
                    true => ("No moderator any more", ConferenceChange::Demote { call_id }),
                    false => ("Make a moderator", ConferenceChange::Promote { call_id }),
                };
                let face = view! { <Icon glyph=Glyph::More /> }.into_any();
                view! {
                    <span class="flex items-center gap-1.5" role="group" aria-label=label.clone()>
                        <Button label=word small=true testid="mute" press=move |()| act.run(change.clone()) />
                        <Menu label=format!("More for {label}") testid="participant-menu" face>
                            <MenuItem glyph=Glyph::Key label=promote.0 testid="promote" press=move |()| act.run(promote.1.clone()) />
                            <MenuItem glyph=Glyph::PhoneDown label="Hang up" bad=true testid="hang-up"
                                press=move |()| act.run(ConferenceChange::HangUp { call_id }) />
                        </Menu>
                    </span>
                }
            })}
        </li>
    }
}

/// What is done with the room as a whole.
#[component]
fn Controls(standing: Signal<Option<ConferenceStanding>>, act: Callback<ConferenceChange>) -> impl IntoView {
    let (ending, busy) = (RwSignal::new(false), RwSignal::new(false));
    let has = move |pick: fn(&ConferenceStanding) -> bool| {
        Memo::new(move |_| standing.with(|standing| standing.as_ref().is_some_and(pick)))
    };
    let (locked, muted, recorded) = (has(|one| one.locked), has(|one| one.muted), has(|one| one.recorded));
    let is_empty = Signal::derive(move || standing.with(Option::is_none));
    let switch = move |on: Memo<bool>,
                       word: (&'static str, &'static str),
                       change: (ConferenceChange, ConferenceChange),
                       testid: &'static str| {
        let label = Signal::derive(move || (if on.get() { word.1 } else { word.0 }).to_owned());
        let press = move |()| act.run(if on.get_untracked() { change.1.clone() } else { change.0.clone() });
        view! { <Button label small=true disabled=is_empty testid press /> }
    };
    view! {
        <div class="flex flex-wrap gap-1.5 px-4.5 py-3" role="group" aria-label="The whole room">
            {switch(locked, ("Lock", "Unlock"), (ConferenceChange::Lock, ConferenceChange::Unlock), "lock")}
            {switch(muted, ("Mute all", "Unmute all"), (ConferenceChange::MuteAll, ConferenceChange::UnmuteAll), "mute-all")}
            {switch(recorded, ("Record", "Stop recording"), (ConferenceChange::Record, ConferenceChange::StopRecording), "record")}
            <Button label="End" icon=Glyph::PhoneDown look=Look::DangerQuiet small=true disabled=is_empty testid="end-conference"
                press=move |()| ending.set(true) />
        </div>
        <Confirm open=ending title="End the conference?" text="Everybody is sent out at once." action="End it" busy
            confirm=move |()| {
                ending.set(false);
                act.run(ConferenceChange::End);
            } />
    }
}

/// Calls somebody, who joins on answer (CONF-10).
#[component]
fn Invite(people: Signal<Vec<(String, String)>>, act: Callback<ConferenceChange>) -> impl IntoView {
    let (chosen, number) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // Whom one has chosen stands in the field, where any other number can be typed.
    Effect::new(move |_| {
        let choice = chosen.get();
        if !choice.is_empty() {
            number.set(choice);
            chosen.set(String::new());
        }
    });
    let options = move || {
        let first = (String::new(), "Choose somebody".to_owned());
        std::iter::once(first).chain(people.get()).collect::<Vec<_>>()
    };
    let invite = move || {
        let typed = number.get_untracked().trim().to_owned();
        if !typed.is_empty() {
            act.run(ConferenceChange::Invite { number: typed });
            number.set(String::new());
        }
    };
    let nobody = Signal::derive(move || number.with(|number| number.trim().is_empty()));
    view! {
        <form class="grid gap-2 border-t border-line px-4.5 py-3 sm:grid-cols-[1fr_1fr_auto] sm:items-end" novalidate
            on:submit=move |event| {
                event.prevent_default();
                invite();
            }>
            {move || view! { <Select name="person" label="Invite" value=chosen options=options() /> }}
            <Field name="invite" label="Extension or number outside" value=number inputmode="tel" placeholder="0044…" />
            <Button label="Call" icon=Glyph::Phone submit=true disabled=nobody testid="invite" />
        </form>
    }
}
