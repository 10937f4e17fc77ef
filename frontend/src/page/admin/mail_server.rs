//! The provider's mail server (MAIL-01, MAIL-02).

use leptos::prelude::*;
use shared::mail_server::{GetMailServer, MailServer};

use super::system::SystemTabs;
use crate::page::Head;
use crate::page::mail_server::{Fields, MailFields, NAMES, test_as_provider};
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::notice::{Kind, Notice};
use crate::ui::toast;

#[component]
pub fn MailServerPage() -> impl IntoView {
    let server = Fetch::new(GetMailServer::default);
    view! {
        <div class="page">
            <Head title="Mail server" text="By which invitations, alarms and the like go out; for all tenants that have none of their own." />
            <SystemTabs />
            {server.failure()}
            <div class="max-w-2xl" hidden=move || server.problem().is_some()>
                {move || match server.get() {
                    None => view! { <div class="card p-4.5"><span class="skeleton h-40 w-full"></span></div> }.into_any(),
                    Some(current) => view! { <Present current server /> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Present(current: MailServer, server: Fetch<MailServer>) -> impl IntoView {
    let form = Form::new();
    let fields = Fields::of(&current);
    let submit = move |()| {
        let operation = untrack(|| fields.form());
        form.send(operation.check(), operation, move |fresh: MailServer| {
            let is_set = !fresh.server.is_empty();
            server.set(fresh);
            toast::good(if is_set { "Mails go out by it from now on." } else { "No mails are sent from now on." });
        });
    };
    let state = match (current.server.is_empty(), current.from_start) {
        (true, _) => {
            Some((Kind::Warn, "No mail server is set: nothing is mailed, and links have to be handed over by hand."))
        }
        (false, true) => {
            Some((Kind::Plain, "This is what the server was started with. What is saved here takes its place."))
        }
        (false, false) => None,
    };
    view! {
        <Card title="Server" testid="mail-server">
            <FormView form fields=NAMES.all() submit>
                {state.map(|(kind, text)| view! { <Notice kind text /> })}
                <MailFields fields names=NAMES form has_password=current.has_password empty_means="Empty: nothing is mailed." test=test_as_provider />
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-mail-server" /></div>
            </FormView>
        </Card>
    }
}
