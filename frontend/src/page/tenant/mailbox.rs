//! The mailbox of an extension, as an administrator sets it up (EXT-06).

use leptos::prelude::*;
use shared::ExtensionId;
use shared::extension::ExtensionRow;
use shared::voicemail::{GetMailbox, Mailbox, UpdateMailbox};

use crate::page::extension::ExtensionDialog;
use crate::page::mailbox::{Draft, FIELDS, MailboxFields};
use crate::ui::dialog::FormFoot;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The mailbox of the chosen extension.
#[component]
pub fn MailboxDialog(open: RwSignal<bool>, chosen: RwSignal<Option<ExtensionRow>>) -> impl IntoView {
    view! { <ExtensionDialog open chosen what="Mailbox of" about=move |id| view! { <Loaded id open /> }.into_any() /> }
}

#[component]
fn Loaded(id: ExtensionId, open: RwSignal<bool>) -> impl IntoView {
    let mailbox = Fetch::new(move || GetMailbox { extension_id: id });
    let came = Memo::new(move |_| mailbox.map(|_| ()).is_some());
    view! {
        {mailbox.failure()}
        {move || match came.get() {
            false => mailbox.skeleton("p-1", "h-64"),
            true => untrack(|| mailbox.get()).map(|mailbox| view! { <EditForm id mailbox open /> }).into_any(),
        }}
    }
}

#[component]
fn EditForm(id: ExtensionId, mailbox: Mailbox, open: RwSignal<bool>) -> impl IntoView {
    let form = Form::new();
    let draft = Draft::of(&mailbox);
    let submit = move |()| {
        let change = draft.change();
        form.send(change.check(), UpdateMailbox { extension_id: id, change }, move |_: Mailbox| {
            open.set(false);
            toast::good("The mailbox was saved.");
        });
    };
    view! {
        <FormView form fields=FIELDS.to_vec() submit>
            <MailboxFields draft form />
            <p class="hint">"Greetings are brought and chosen by the person, on the page of their own mailbox."</p>
            <FormFoot open form testid="save-mailbox" />
        </FormView>
    }
}
