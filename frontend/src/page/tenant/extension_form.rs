//! The forms of an extension: a new one, many, and a change.

use leptos::prelude::*;
use shared::extension::{
    CreateExtension, CreateExtensions, ExtensionCreated, ExtensionRow, ExtensionsCreated, RING_SECONDS_DEFAULT,
    UpdateExtension,
};
use shared::problem::FieldProblem;

use super::extension::account_rows;
use super::extension_group::InheritedRights;
use super::extension_import::Created;
use crate::ui::button::{Button, Look};
use crate::ui::copy::Values;
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::field::{Field, Switch, filled};
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// Creates one extension and shows its SIP account.
#[component]
pub fn CreateDialog(open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let made = RwSignal::new(None::<ExtensionCreated>);
    Effect::new(move |_| {
        if open.get() {
            made.set(None);
        }
    });
    let title = Signal::derive(move || match made.get() {
        Some(made) => format!("Extension {} is ready", made.extension.number),
        None => "New extension".to_owned(),
    });
    view! {
        <Dialog open title>
            {move || match made.get() {
                None => view! { <CreateForm open made done /> }.into_any(),
                Some(made) => view! {
                    {account_rows(made.sip)}
                    {made.invitation.map(|link| view! {
                        <p class="mb-2 mt-5 text-soft">"Send the person this link. It signs in once, and the browser phone works at once."</p>
                        <Values rows=vec![("Invitation", link)] />
                    })}
                    <div class="dialog-foot">
                        <Button label="Done" look=Look::Primary testid="done" press=move |()| open.set(false) />
                    </div>
                }
                .into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn CreateForm(open: RwSignal<bool>, made: RwSignal<Option<ExtensionCreated>>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let (number, name, email) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |()| {
        let operation = CreateExtension {
            number: number.get_untracked().trim().to_owned(),
            name: name.get_untracked().trim().to_owned(),
            email: filled(email.get_untracked()),
        };
        form.send(operation.check(), operation, move |answer| {
            made.set(Some(answer));
            done.run(());
        });
    };
    view! {
        <FormView form fields=&["number", "name", "email"] submit>
            <Field name="number" label="Number" value=number form placeholder="101" inputmode="numeric" autofocus=true />
            <Field name="name" label="Name" value=name form placeholder="Alice Adams" hint="Shown to those who are called." />
            <Field name="email" label="E-mail" value=email form kind="email" inputmode="email" optional=true
                hint="With it the person can sign in and use the browser phone." />
            <FormFoot open form label="Create extension" />
        </FormView>
    }
}

/// Creates extensions with consecutive numbers.
#[component]
pub fn ManyDialog(open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let made = RwSignal::new(None::<ExtensionsCreated>);
    Effect::new(move |_| {
        if open.get() {
            made.set(None);
        }
    });
    view! {
        <Dialog open title="Create many extensions">
            {move || match made.get() {
                None => view! { <ManyForm open made done /> }.into_any(),
                Some(made) => view! { <Created made open /> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn ManyForm(open: RwSignal<bool>, made: RwSignal<Option<ExtensionsCreated>>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let first_number = RwSignal::new(String::new());
    let count = RwSignal::new("10".to_owned());
    let name = RwSignal::new("Extension #".to_owned());
    let preview = Signal::derive(move || {
        let (first, count) = (first_number.get(), count.get().trim().parse::<u64>().unwrap_or(0));
        match first.trim().parse::<u64>() {
            Ok(number) if count > 0 => {
                let last = format!("{:0width$}", number.saturating_add(count - 1), width = first.trim().len());
                format!("{} to {last}, the first named “{}”.", first.trim(), name.get().replace('#', first.trim()))
            }
            _ => String::new(),
        }
    });
    let submit = move |()| {
        let operation = CreateExtensions {
            first_number: first_number.get_untracked().trim().to_owned(),
            // What is no number is refused by the check like zero.
            count: count.get_untracked().trim().parse().unwrap_or(0),
            name: name.get_untracked().trim().to_owned(),
        };
        form.send(operation.check(), operation, move |answer| {
            made.set(Some(answer));
            done.run(());
        });
    };
    view! {
        <FormView form fields=&["first_number", "count", "name"] submit>
            <div class="form-row">
                <Field name="first_number" label="First number" value=first_number form placeholder="200" inputmode="numeric" autofocus=true />
                <Field name="count" label="How many" value=count form inputmode="numeric" />
            </div>
            <Field name="name" label="Name" value=name form hint="# stands for the number." suffix=preview />
            <FormFoot open form label="Create extensions" />
        </FormView>
    }
}

/// Changes the chosen extension.
#[component]
pub fn EditDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>, done: Callback<()>) -> impl IntoView {
    let title = Signal::derive(move || {
        chosen.with(|row| row.as_ref().map(|row| format!("Extension {}", row.extension.number)).unwrap_or_default())
    });
    view! {
        <Dialog open title>
            {move || chosen.get().map(|row| view! { <EditForm row open done /> })}
        </Dialog>
    }
}

#[component]
fn EditForm(row: ExtensionRow, open: RwSignal<bool>, done: Callback<()>) -> impl IntoView {
    let form = Form::new();
    let before = row.extension;
    let id = before.id;
    let number = RwSignal::new(before.number);
    let name = RwSignal::new(before.name);
    let email = RwSignal::new(before.email.unwrap_or_default());
    let ring_seconds = RwSignal::new(before.ring_seconds.to_string());
    let enabled = RwSignal::new(before.enabled);
    let outbound_caller_id = RwSignal::new(before.outbound_caller_id);
    let emergency_caller_id = RwSignal::new(before.emergency_caller_id);
    let record_calls = RwSignal::new(before.record_calls);
    let submit = move |()| {
        let seconds = ring_seconds.get_untracked().trim().parse::<u32>();
        let operation = UpdateExtension {
            extension_id: id,
            number: Some(number.get_untracked().trim().to_owned()),
            name: Some(name.get_untracked().trim().to_owned()),
            email: Some(email.get_untracked().trim().to_owned()),
            enabled: Some(enabled.get_untracked()),
            ring_seconds: Some(*seconds.as_ref().unwrap_or(&RING_SECONDS_DEFAULT)),
            outbound_caller_id: Some(outbound_caller_id.get_untracked()),
            emergency_caller_id: Some(emergency_caller_id.get_untracked()),
            record_calls: Some(record_calls.get_untracked()),
        };
        let mut check = operation.check();
        if seconds.is_err() {
            check.push(FieldProblem::new("ring_seconds", "It rings between 5 and 600 seconds."));
        }
        form.send(check, operation, move |extension| {
            open.set(false);
            toast::good(format!("Extension {} was saved.", extension.number));
            done.run(());
        });
    };
    view! {
        <FormView form fields=&["number", "name", "email", "ring_seconds", "outbound_caller_id", "emergency_caller_id"] submit>
            <div class="form-row">
                <Field name="number" label="Number" value=number form inputmode="numeric" />
                <Field name="ring_seconds" label="Rings for, in seconds" value=ring_seconds form inputmode="numeric" />
            </div>
            <Field name="name" label="Name" value=name form />
            <Field name="email" label="E-mail" value=email form kind="email" inputmode="email" optional=true
                hint="Without it the person cannot sign in; taking it away takes the account away." />
            <div class="form-row">
                <Field name="outbound_caller_id" label="Caller id outside" value=outbound_caller_id form inputmode="tel" optional=true
                    hint="Empty: that of the outbound rule." />
                <Field name="emergency_caller_id" label="In an emergency" value=emergency_caller_id form inputmode="tel" optional=true
                    hint="Empty: the same as otherwise." />
            </div>
            <Switch name="enabled" label="Switched on" hint="Off: registrations and calls are refused." on=enabled change=move |on| enabled.set(on) />
            <Switch name="record_calls" label="Record its calls" hint="They stand under Recordings, for administrators and for the person."
                on=record_calls change=move |on| record_calls.set(on) />
            <InheritedRights id />
            <FormFoot open form label="Save" />
        </FormView>
    }
}
