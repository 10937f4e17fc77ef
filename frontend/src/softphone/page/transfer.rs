//! Handing the running call on: to a number, or to the other call.

use leptos::html;
use leptos::prelude::*;

use super::super::agent;
use super::super::state::{CallKey, CallView, Input};
use super::icon::{Sign, SignIcon};
use super::{NAMES, TRANSFER, picked};

/// May the call be handed on now?
fn may(call: &CallView) -> bool {
    call.is_answered() && call.transferring.is_none()
}

/// Opens and folds the form.
#[component]
pub fn TransferButton(call: Memo<Option<CallView>>) -> impl IntoView {
    let open = TRANSFER.with(Clone::clone);
    let toggle = open.clone();
    let able = Memo::new(move |_| call.get().is_some_and(|call| may(&call)));
    view! {
        <button
            type="button"
            class="round"
            data-testid="transfer-button"
            title="Transfer (T)"
            aria-expanded=move || (open.get() && able.get()).to_string()
            disabled=move || !able.get()
            on:click=move |_| toggle.update(|open| *open = !*open)
        >
            <span class="round-face"><SignIcon sign=Sign::Transfer /></span>
            <span>"Transfer"</span>
        </button>
    }
}

/// The number to hand the call on to. The focus goes into it as soon as it is there.
#[component]
pub fn TransferForm(call: Memo<Option<CallView>>, key: CallKey) -> impl IntoView {
    let open = TRANSFER.with(Clone::clone);
    let folded = open.clone();
    let shown = Memo::new(move |_| open.get() && call.get().is_some_and(|call| may(&call)));
    let fold = Callback::new(move |()| folded.set(false));
    move || shown.get().then(|| view! { <Form key fold /> })
}

#[component]
fn Form(key: CallKey, fold: Callback<()>) -> impl IntoView {
    let number = RwSignal::new(String::new());
    let node = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = node.get() {
            // Without focus the number is only one press further away.
            let _ = input.focus();
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let number = number.get_untracked();
        if !number.trim().is_empty() {
            agent::send(Input::Transfer { key, number });
            fold.run(());
        }
    };
    let escape = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            fold.run(());
        }
    };
    let people = NAMES
        .with_borrow(|names| names.iter().map(|(number, name)| (number.clone(), name.clone())).collect::<Vec<_>>());
    let options = people.into_iter().map(|(number, name)| view! { <option value=number>{name}</option> });
    view! {
        <form class="call-transfer" autocomplete="off" data-testid="transfer-form" on:submit=submit on:keydown=escape>
            <label class="sr-only" for="transfer-input">"Number to transfer the call to"</label>
            <input
                id="transfer-input"
                node_ref=node
                class="input"
                data-testid="transfer-input"
                type="text"
                inputmode="tel"
                list="transfer-people"
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                placeholder="Transfer to number"
                prop:value=move || number.get()
                on:input=move |event| number.set(event_target_value(&event))
            />
            <datalist id="transfer-people">{options.collect_view()}</datalist>
            <button type="submit" class="button button-primary" data-testid="transfer-submit">"Transfer"</button>
        </form>
    }
}

/// Connects the two calls with each other.
#[component]
pub fn JoinButton() -> impl IntoView {
    let able = picked(|view| view.can_join());
    view! {
        <button
            type="button"
            class="button button-secondary"
            data-testid="join-button"
            title="Connect both with each other and leave the calls"
            disabled=move || !able.get()
            on:click=|_| agent::send(Input::Join)
        >
            <SignIcon sign=Sign::Join />
            <span>"Connect both"</span>
        </button>
    }
}
