//! The keys of an extension's desk phones, as an administrator sets them (EXT-16).

use leptos::prelude::*;
use shared::ExtensionId;
use shared::extension::ExtensionRow;
use shared::phone_key::{GetPhoneKeys, PhoneKeys, UpdatePhoneKeys, check};

use crate::page::extension::ExtensionDialog;
use crate::page::phone_key::{Directory, Draft, KeyFields, PREFIX};
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The keys of the chosen extension.
#[component]
pub fn PhoneKeysDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>) -> impl IntoView {
    view! { <ExtensionDialog open chosen what="Phone keys of" wide=true about=move |id| view! { <Loaded id open /> }.into_any() /> }
}

#[component]
fn Loaded(id: ExtensionId, open: RwSignal<bool>) -> impl IntoView {
    let keys = Fetch::new(move || GetPhoneKeys { extension_id: id });
    let came = Memo::new(move |_| keys.map(|_| ()).is_some());
    view! {
        {keys.failure()}
        {move || match came.get() {
            false => keys.skeleton("p-1", "h-64"),
            true => untrack(|| keys.get()).map(|known| view! { <EditForm id known open /> }).into_any(),
        }}
    }
}

#[component]
fn EditForm(id: ExtensionId, known: PhoneKeys, open: RwSignal<bool>) -> impl IntoView {
    let form = Form::new();
    let (draft, directory) = (Draft::of(&known.keys), Directory::of_tenant());
    let submit = move |()| {
        let keys = draft.keys();
        form.send(check(&keys), UpdatePhoneKeys { extension_id: id, keys }, move |_: PhoneKeys| {
            open.set(false);
            toast::good("The keys were saved.");
        });
    };
    let hint = match known.room {
        None => "This extension has no phone that is configured from here yet: the keys wait for one.",
        Some(_) => "Phones have them at their next fetch, within a day; at once by Reprovision, on the page Phones.",
    };
    view! {
        <FormView form fields=vec!["keys"] prefixes=vec![PREFIX] submit>
            <p class="hint">{hint}</p>
            <KeyFields draft room=known.room directory form />
            <FormFoot open form testid="save-phone-keys" />
        </FormView>
    }
}
