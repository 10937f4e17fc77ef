//! A number to try: what the outbound rules would get of it, or which rule refuses it, by the function that judges calls.

use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::blocked_number::{BlockedNumbers, FindBlockedNumber};
use shared::country::{self, Country};
use shared::dialled::{Dialled, NumberRefusal, compact, gate, normalise};

use super::dialing::Draft;
use crate::api;
use crate::ui::badge::{Badge, Tone};
use crate::ui::card::Card;
use crate::ui::field::Field;

/// How long the fingers rest before the list of blocked numbers is asked, in milliseconds.
const REST_MILLIS: u32 = 300;

#[component]
pub fn Trial(draft: Draft) -> impl IntoView {
    let text = RwSignal::new(String::new());
    // The number that was asked for, and the entry that it meets.
    let blocked = RwSignal::new(None::<(String, String)>);
    let waiting = StoredValue::new_local(None::<Timeout>);
    Effect::new(move |_| {
        let number = text.get();
        let ask =
            (!number.trim().is_empty()).then(|| Timeout::new(REST_MILLIS, move || look_up(number, text, blocked)));
        waiting.set_value(ask);
    });
    let answer = Memo::new(move |_| {
        let (codes, number) = (draft.codes(), text.get());
        if number.trim().is_empty() {
            return None;
        }
        let judged = gate(&codes, &BlockedNumbers::default(), &number);
        let entry = blocked.get().filter(|(asked, _)| *asked == number).map(|(_, entry)| entry);
        let judged = match (judged, entry) {
            (Ok(dialled), Some(entry)) if !dialled.emergency => Err(NumberRefusal::Blocked(entry)),
            (judged, _) => judged,
        };
        Some((normalise(&codes, &number), judged.err()))
    });
    view! {
        <div class="lg:sticky lg:top-4">
            <Card title="Try a number" testid="dialing-trial">
                <div class="grid gap-4">
                    <Field name="trial" label="Dialled" value=text inputmode="tel" placeholder="+44 20 7946 0000"
                        hint="Judged by this page as it stands, saved or not, and by the blocked numbers." />
                    <div role="status" aria-live="polite">
                        {move || match answer.get() {
                            None => view! { <p class="text-faint">"The answer is shown here while you type."</p> }.into_any(),
                            Some((dialled, refusal)) => told(&text.get(), dialled, refusal),
                        }}
                    </div>
                </div>
            </Card>
        </div>
    }
}

fn look_up(number: String, text: RwSignal<String>, blocked: RwSignal<Option<(String, String)>>) {
    spawn_local(async move {
        let found = api::call(FindBlockedNumber { number: number.clone() }).await;
        // Somebody has typed on, or gone away.
        if text.try_get_untracked().as_ref() != Some(&number) {
            return;
        }
        blocked.set(found.ok().and_then(|found| found.entry).map(|entry| (number, entry)));
    });
}

fn told(text: &str, dialled: Dialled, refusal: Option<NumberRefusal>) -> AnyView {
    let (tone, word) = match (&refusal, dialled.emergency) {
        (Some(_), _) => (Tone::Bad, "Refused"),
        (None, true) => (Tone::Good, "Emergency"),
        (None, false) => (Tone::Good, "Allowed"),
    };
    let refused = refusal.as_ref().map(NumberRefusal::sentence);
    let country = country_of(&dialled);
    let sent = refusal.is_none().then(|| dialled.sent.clone());
    let unchanged = compact(text) == dialled.sent;
    let steps = dialled.steps.iter().map(|step| {
        view! {
            <li class="flex flex-wrap justify-between gap-x-3">
                <span class="text-soft">{step.rule.word()}</span>
                <span class="figures break-all">{step.number.clone()}</span>
            </li>
        }
    });
    let steps = steps.collect_view();
    view! {
        <div class="grid gap-3" data-testid="trial-answer">
            <div class="flex flex-wrap items-center gap-2">
                <Badge tone dot=true text=word />
                {refused.map(|reason| view! { <span data-testid="trial-reason">{reason}</span> })}
            </div>
            <dl class="facts">
                {sent.map(|sent| view! { <div><dt>"Sent to the rules"</dt><dd class="font-semibold figures" data-testid="trial-sent">{sent}</dd></div> })}
                {dialled.international.map(|number| view! { <div><dt>"In E.164"</dt><dd class="figures">{number}</dd></div> })}
                <div><dt>"Country"</dt><dd data-testid="trial-country">{country}</dd></div>
            </dl>
            {match unchanged && dialled.steps.is_empty() {
                true => view! { <p class="text-sm text-faint">"It is sent as it was dialled."</p> }.into_any(),
                false => view! { <ol class="grid gap-1 text-sm" data-testid="trial-steps">{steps}</ol> }.into_any(),
            }}
        </div>
    }
    .into_any()
}

fn country_of(dialled: &Dialled) -> String {
    let Some(international) = &dialled.international else {
        return if dialled.emergency { "an emergency number" } else { "at home" }.to_owned();
    };
    let names: Vec<&str> = country::of_number(international.trim_start_matches('+'))
        .into_iter()
        .map(|country: &Country| country.name)
        .collect();
    if names.is_empty() { "none that is known".to_owned() } else { names.join(", ") }
}
