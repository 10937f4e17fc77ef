//! Where the calls of an extension go, as an administrator sets it (EXT-05, EXT-08).

use leptos::prelude::*;
use shared::ExtensionId;
use shared::extension::ExtensionRow;
use shared::forwarding::{Forwarding, GetForwarding, UpdateForwarding};

use super::route::Choices;
use crate::page::extension::ExtensionDialog;
use crate::page::forwarding::{Draft, FIELDS, ForwardingFields, PREFIXES};
use crate::page::target::mailbox_word;
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The forwarding of the chosen extension.
#[component]
pub fn ForwardingDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>) -> impl IntoView {
    view! { <ExtensionDialog open chosen what="Forwarding of" wide=true about=move |id| view! { <Loaded id open /> }.into_any() /> }
}

#[component]
fn Loaded(id: ExtensionId, open: RwSignal<bool>) -> impl IntoView {
    let forwarding = Fetch::new(move || GetForwarding { extension_id: id });
    let came = Memo::new(move |_| forwarding.map(|_| ()).is_some());
    view! {
        {forwarding.failure()}
        {move || match came.get() {
            false => forwarding.skeleton("p-1", "h-64"),
            true => untrack(|| forwarding.get()).map(|forwarding| view! { <EditForm id forwarding open /> }).into_any(),
        }}
    }
}

#[component]
fn EditForm(id: ExtensionId, forwarding: Forwarding, open: RwSignal<bool>) -> impl IntoView {
    let form = Form::new();
    let choices = Choices::new();
    let draft = Draft::of(&forwarding);
    let own = [id.to_string(), mailbox_word(id)];
    let options = Signal::derive(move || {
        choices.targets().get().into_iter().filter(|(target, _)| !own.contains(target)).collect::<Vec<_>>()
    });
    let first = vec![(mailbox_word(id), "Its own voicemail".to_owned())];
    let submit = move |()| {
        let forwarding = draft.forwarding();
        form.send(forwarding.check(), UpdateForwarding { extension_id: id, forwarding }, move |_: Forwarding| {
            open.set(false);
            toast::good("Its calls go so from now on.");
        });
    };
    view! {
        <FormView form fields=FIELDS.to_vec() prefixes=PREFIXES.to_vec() submit>
            <ForwardingFields draft options first form />
            <FormFoot open form testid="save-forwarding" />
        </FormView>
    }
}
