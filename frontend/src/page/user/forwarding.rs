//! Where one's own calls go (EXT-08, EXT-22).

use leptos::prelude::*;
use shared::forwarding::{Callee, Forwarding, GetOwnForwarding, OwnForwarding, UpdateOwnForwarding};

use super::account::SettingsTabs;
use crate::page::Head;
use crate::page::forwarding::{Draft, FIELDS, ForwardingFields, PREFIXES};
use crate::page::target::mailbox_word;
use crate::session;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

#[component]
pub fn ForwardingPage() -> impl IntoView {
    let own = Fetch::new(GetOwnForwarding::default);
    let came = Memo::new(move |_| own.map(|_| ()).is_some());
    view! {
        <div class="page max-w-4xl!">
            <Head title="Settings" />
            <SettingsTabs />
            {own.failure()}
            <div class="contents" hidden=move || own.problem().is_some()>
                {move || match came.get() {
                    false => own.skeleton("card p-4.5", "h-96"),
                    true => untrack(|| own.get()).map(|own| view! { <OwnForm own /> }).into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn OwnForm(own: OwnForwarding) -> impl IntoView {
    let form = Form::new();
    let draft = Draft::of(&own.forwarding);
    let mailboxes = own
        .people
        .iter()
        .map(|callee| (mailbox_word(callee.id), format!("Voicemail of {} {}", callee.number, callee.name)));
    let mailboxes: Vec<_> = mailboxes.collect();
    let mut choices = words(own.people);
    choices.extend(words(own.ring_groups));
    choices.extend(mailboxes);
    let own_id = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let first = own_id.map(|id| (mailbox_word(id), "My voicemail".to_owned())).into_iter().collect::<Vec<_>>();
    // Whoever is listed among the people may be oneself.
    choices.retain(|(word, _)| !first.iter().any(|(own, _)| own == word));
    let options = Signal::derive(move || choices.clone());
    let submit = move |()| {
        let forwarding = draft.forwarding();
        form.send(forwarding.check(), UpdateOwnForwarding { forwarding }, |_: Forwarding| {
            toast::good("Your calls go so from now on.");
        });
    };
    view! {
        <Card title="Forwarding" testid="forwarding">
            <FormView form fields=FIELDS.to_vec() prefixes=PREFIXES.to_vec() submit>
                <ForwardingFields draft options first form />
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-forwarding" /></div>
            </FormView>
        </Card>
    }
}

fn words<I: ToString>(callees: Vec<Callee<I>>) -> Vec<(String, String)> {
    callees.into_iter().map(|callee| (callee.id.to_string(), format!("{} {}", callee.number, callee.name))).collect()
}
