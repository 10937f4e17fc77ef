//! The tenant's own mail server, in the place of the provider's (MAIL-01, MAIL-02).

use leptos::prelude::*;
use shared::mail_server::{GetOwnMailServer, OwnMailServer};

use crate::page::Head;
use crate::page::mail_server::{Fields, MailFields, NAMES, test_as_tenant};
use crate::page::user::account::SettingsTabs;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

#[component]
pub fn MailServerPage() -> impl IntoView {
    let server = Fetch::new(GetOwnMailServer::default);
    view! {
        <div class="page max-w-2xl!">
            <Head title="Settings" />
            <SettingsTabs />
            {server.failure()}
            <div hidden=move || server.problem().is_some()>
                {move || match server.get() {
                    None => view! { <div class="card p-4.5"><span class="skeleton h-40 w-full"></span></div> }.into_any(),
                    Some(current) => view! { <Present current server /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Present(current: OwnMailServer, server: Fetch<OwnMailServer>) -> impl IntoView {
    let form = Form::new();
    let OwnMailServer { own, provider_sender } = current;
    let fields = Fields::of(&own);
    let submit = move |()| {
        let operation = untrack(|| fields.form());
        form.send(operation.check(), operation.into_own(), move |fresh: OwnMailServer| {
            let is_set = !fresh.own.server.is_empty();
            server.set(fresh);
            toast::good(match is_set {
                true => "Your company's mails go out by it from now on.",
                false => "Your company's mails go out by the provider's server from now on.",
            });
        });
    };
    let state = own.server.is_empty().then(|| match &provider_sender {
        Some(sender) => (Kind::Plain, format!("Your company's mails go out by the provider's server, from {sender}.")),
        None => (Kind::Warn, "Neither your company nor the provider has a mail server: nothing is mailed.".to_owned()),
    });
    view! {
        <Card title="Mail server" testid="mail-server">
            <FormView form fields=NAMES.all() submit>
                {state.map(|(kind, text)| view! { <Notice kind text /> })}
                <MailFields fields names=NAMES form has_password=own.has_password empty_means="Empty: the provider's server is used." test=test_as_tenant />
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-mail-server" /></div>
            </FormView>
        </Card>
    }
}
