//! The extension that a tenant's administrator has as the own one.

use leptos::prelude::*;
use shared::account::{Account, SetOwnExtension};

use crate::page::tenant::pick::Everybody;
use crate::session;
use crate::ui::button::Button;
use crate::ui::card::Card;
use crate::ui::field::Select;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// Takes one of those that are no person's, or lets the own one go; the phone comes and goes with it.
#[component]
pub fn OwnExtension() -> impl IntoView {
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    let (form, chosen) = (Form::new(), RwSignal::new(own.map(|own| own.to_string()).unwrap_or_default()));
    let people = Everybody::of(|row| row.extension.email.is_none());
    let submit = move |()| {
        let operation = SetOwnExtension { extension_id: chosen.with_untracked(|chosen| chosen.parse().ok()) };
        form.send(Vec::new(), operation, |fresh: Account| {
            let text = match fresh.extension_id {
                Some(_) => "The extension is yours: your phone is ready here.",
                None => "You have no extension any more.",
            };
            // The portal stands anew where this changes what it holds.
            session::amend(|account| account.extension_id = fresh.extension_id);
            toast::good(text);
        });
    };
    view! {
        <Card title="My extension" testid="own-extension">
            {people.failure()}
            <FormView form fields=Vec::new() submit>
                {move || people.known().map(|options| {
                    let options = [(String::new(), "None".to_owned())].into_iter().chain(options).collect::<Vec<_>>();
                    view! { <Select name="extension_id" label="Extension" value=chosen options /> }
                })}
                <p class="hint">"With an extension of your own you have a phone in this browser, and calls and messages of your own. Extensions with an e-mail address belong to their people and are not among these."</p>
                <div><Button label="Save" submit=true busy=form.busy testid="save-own-extension" /></div>
            </FormView>
        </Card>
    }
}
