//! The form of a receptionist, and beside it the drawing of what it says.

use leptos::prelude::*;
use shared::language::Language;
use shared::receptionist::{CreateReceptionist, Receptionist, UpdateReceptionist};

use super::draft::{AFTER_DIGITS, Draft, POUND, WHEN_MATCHES};
use super::flow::{Flow, walk};
use super::part::{Part, PartPanel, PartTabs};
use super::rows::{RowsEditor, first_words};
use super::urls::UrlsEditor;
use crate::page::target::{SAY_AGAIN, TargetField};
use crate::page::tenant::pick::Everybody;
use crate::page::tenant::prompt::Prompts;
use crate::page::tenant::route::Choices;
use crate::place::Place;
use crate::softphone::TrialCall;
use crate::ui::dialog::FormFoot;
use crate::ui::field::{Field, Select, Switch};
use crate::ui::form::{Form, FormView};
use crate::ui::records::Records;

/// The fields whose problems stand beside them.
const FIELDS: [&str; 13] = [
    "number",
    "name",
    "prompt",
    "transfer_prompt",
    "gap_seconds",
    "dial_mode.digits",
    "rows",
    "timeout_seconds",
    "rounds",
    "on_timeout.to",
    "on_timeout.to.number",
    "on_failure.to",
    "urls",
];

#[component]
pub fn ReceptionistForm(
    receptionist: Option<Receptionist>,
    choices: Choices,
    prompts: Prompts,
    records: Records<Receptionist>,
) -> impl IntoView {
    let form = Form::new();
    let id = receptionist.as_ref().map(|one| one.id);
    let saved_number = receptionist.as_ref().map(|one| one.settings.number.clone());
    let with_password =
        StoredValue::new(receptionist.as_ref().map(|one| one.with_password.clone()).unwrap_or_default());
    let shown = RwSignal::new(Part::Choices);
    let draft = Draft::of(&receptionist.map(|one| one.settings).unwrap_or_default());
    let settings = Memo::new(move |_| draft.read());
    let everybody = Everybody::new();
    let numbers = Signal::derive(move || {
        let number = |(_, word): (String, String)| word.split(' ').next().map(str::to_owned);
        everybody.options().into_iter().filter_map(number).collect::<Vec<String>>()
    });
    let submit = move |()| {
        let settings = settings.get_untracked();
        let problems = draft.check();
        let passwords = with_password.with_value(|names| draft.passwords(names));
        let finish = move |one: Receptionist| {
            records.saved(format!("The receptionist {} answers so from now on.", one.settings.number));
        };
        match id {
            Some(receptionist_id) => {
                form.send(problems, UpdateReceptionist { receptionist_id, settings, passwords }, finish);
            }
            None => form.send(problems, CreateReceptionist { settings, passwords }, finish),
        }
    };
    view! {
        <div class="reception">
            <FormView form fields=FIELDS.to_vec() prefixes=vec!["rows[", "on_failure.to.", "urls["] submit>
                <PartTabs shown form />
                <PartPanel part=Part::Choices shown>
                    <Said draft prompts form />
                    <RowsEditor rows=draft.rows options=choices.targets() form />
                    <Dialling draft form />
                    <Ends draft choices form />
                </PartPanel>
                <PartPanel part=Part::Servers shown>
                    <UrlsEditor urls=draft.urls with_password form />
                </PartPanel>
                <FormFoot open=records.editing() form />
            </FormView>
            <div class="reception-side">
                <Flow settings choices numbers walked=walk(id) />
                {saved_number.map(|number| view! { <CallIt number /> })}
            </div>
        </div>
    }
}

/// Number, name, and what callers hear.
#[component]
fn Said(draft: Draft, prompts: Prompts, form: Form) -> impl IntoView {
    let languages = Language::ALL.map(|language| (language.code().to_owned(), language.name().to_owned())).to_vec();
    let (said, led) = (draft.prompt.get_untracked(), draft.transfer_prompt.get_untracked());
    let problem = move |field: &'static str| {
        move || form.problem(field).map(|text| view! { <p class="problem" role="alert">{text}</p> })
    };
    view! {
        <div class="grid items-start gap-3 sm:grid-cols-2">
            <Field name="number" label="Number" value=draft.number form inputmode="numeric" placeholder="800" autofocus=true />
            <Field name="name" label="Name" value=draft.name form placeholder="Main menu" />
            <div class="grid gap-2">
                {move || view! { <Select name="prompt" label="Says" value=draft.prompt options=prompts.options("The system's welcome", &said) /> }}
                {problem("prompt")}
            </div>
            <div class="grid gap-2">
                {move || view! {
                    <Select name="transfer_prompt" label="While it leads on" value=draft.transfer_prompt options=prompts.options("Ringing only", &led) />
                }}
                {problem("transfer_prompt")}
            </div>
            <Select name="language" label="Language of the system's phrases" value=draft.language options=languages />
        </div>
        {prompts.failure()}
        <p class="hint">
            "Recordings of your own are brought under " <a class="link" href=Place::TenantPrompts.path()>"Prompts"</a> "."
        </p>
    }
}

/// Whether and when an extension is looked for in what is typed (IVR-07, IVR-12).
#[component]
fn Dialling(draft: Draft, form: Form) -> impl IntoView {
    let modes = [
        (WHEN_MATCHES, "As soon as it is somebody's number"),
        (AFTER_DIGITS, "After a number of digits"),
        (POUND, "After #"),
    ];
    let modes = modes.map(|(key, word)| (key.to_owned(), word.to_owned())).to_vec();
    let counts = move || draft.mode.with(|mode| mode != AFTER_DIGITS);
    view! {
        <fieldset class="grid gap-3">
            <legend class="label mb-1">"Typing"</legend>
            <Switch name="dials_extensions" label="Callers may type an extension" on=draft.dials_extensions
                change=move |on| draft.dials_extensions.set(on) />
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <div class="grid gap-3" hidden=move || !draft.dials_extensions.get()>
                    <Select name="dial_mode" label="An extension is looked for" value=draft.mode options=modes />
                    <div hidden=counts>
                        <Field name="dial_mode.digits" label="Digits" value=draft.digits form inputmode="numeric" />
                    </div>
                </div>
                <Field name="gap_seconds" label="Seconds between keys" value=draft.gap_seconds form inputmode="numeric"
                    hint="After so long without a key, what was typed is complete." />
            </div>
        </fieldset>
    }
}

/// What is done where no choice leads on (IVR-13, IVR-14).
#[component]
fn Ends(draft: Draft, choices: Choices, form: Form) -> impl IntoView {
    let (key, word) = SAY_AGAIN;
    let again = vec![(key.to_owned(), word.to_owned())];
    view! {
        <fieldset class="grid gap-3">
            <legend class="label mb-1">"Otherwise"</legend>
            <div class="grid items-start gap-3 sm:grid-cols-2">
                <Field name="timeout_seconds" label="Seconds without a key" value=draft.timeout_seconds form inputmode="numeric"
                    hint="Counted from the end of the prompt." />
                <Field name="rounds" label="Says it so often" value=draft.rounds form inputmode="numeric" hint="In all, before it gives up." />
                <TargetField name="on_timeout.to" label="Nothing was typed" target=draft.on_timeout options=choices.targets() form first=again />
                <TargetField name="on_failure.to" label="Wrong, or cannot be reached" target=draft.on_failure options=choices.targets() form
                    first=first_words() />
            </div>
        </fieldset>
    }
}

/// How it is heard: what is saved, not what is being typed.
#[component]
fn CallIt(number: String) -> impl IntoView {
    view! {
        <div class="flex flex-wrap items-center justify-between gap-2" data-testid="call-it">
            <p class="hint min-w-0 flex-1">"Hear it as callers do: dial " <strong class="figures">{number.clone()}</strong> ". It answers as it was last saved, and the drawing shows the way of the call."</p>
            <TrialCall number label="Call" testid="call-flow" />
        </div>
    }
}
