//! How one's own mailbox is set up (EXT-06), and what callers hear first (EXT-07).

use leptos::prelude::*;
use shared::fact::Fact;
use shared::prompt::{ListGreetings, Prompt};
use shared::voicemail::{GetOwnMailbox, Mailbox as State, UpdateOwnMailbox};

use super::greeting::Greetings;
use crate::live::{self, Event};
use crate::page::mailbox::{Draft, FIELDS, GreetingFields, MailboxFields};
use crate::session;
use crate::ui::button::{Button, Look};
use crate::ui::card::Card;
use crate::ui::fetch::Fetch;
use crate::ui::form::{Form, FormView};
use crate::ui::listing::{Listing, Phase};
use crate::ui::toast;

#[component]
pub fn Mailbox() -> impl IntoView {
    let mailbox = Fetch::new(GetOwnMailbox::default);
    let greetings: Listing<Prompt> = Listing::new(ListGreetings::default, |ask, cursor| ask.cursor = cursor);
    let own = session::who().with_untracked(|who| who.as_ref().and_then(|who| who.account.extension_id));
    live::subscribe(move |event| match event {
        Event::Reload | Event::Changed(_) => greetings.reload(),
        Event::Fact(fact) => {
            // The telephone has recorded or dropped one: which one is played has changed with it.
            if let Fact::GreetingRecorded { extension_id, .. } | Fact::GreetingDropped { extension_id } = &fact.fact
                && Some(*extension_id) == own
            {
                mailbox.reload();
                greetings.reload();
            }
            // Or one more was recorded, which nothing plays yet.
            if matches!(&fact.fact, Fact::PromptRecorded { prompt } if prompt.extension_id.is_some() && prompt.extension_id == own)
            {
                greetings.reload();
            }
        }
    });
    let state = Memo::new(move |_| mailbox.get());
    // The fields that are on the page now: a greeting that is removed is taken out of them.
    let draft = RwSignal::new(None::<Draft>);
    view! {
        {mailbox.failure()}
        <div class="contents" hidden=move || mailbox.problem().is_some()>
            {move || match state.get() {
                None => mailbox.skeleton("card p-4.5", "h-96"),
                Some(current) => {
                    let fields = Draft::of(&current);
                    draft.set(Some(fields));
                    view! { <OwnForm fields mailbox greetings /> }.into_any()
                }
            }}
            <Greetings listing=greetings removed=move |id| {
                if let Some(draft) = draft.get_untracked() {
                    draft.forget(id);
                }
            } />
        </div>
    }
}

#[component]
fn OwnForm(fields: Draft, mailbox: Fetch<State>, greetings: Listing<Prompt>) -> impl IntoView {
    let form = Form::new();
    let options = Signal::derive(move || {
        let row = |prompt: &Prompt| (prompt.id.to_string(), prompt.name.clone());
        let rows = greetings.rows.with(|rows| rows.iter().map(|known| row(&known.item)).collect::<Vec<_>>());
        (greetings.phase.get() == Phase::Ready).then_some(rows)
    });
    let submit = move |()| {
        let change = fields.change();
        form.send(change.check(), UpdateOwnMailbox { change }, move |fresh: State| {
            mailbox.set(fresh);
            toast::good("Your mailbox was saved.");
        });
    };
    view! {
        <Card title="Mailbox" testid="mailbox">
            <FormView form fields=FIELDS.to_vec() submit>
                <MailboxFields draft=fields form />
                <GreetingFields draft=fields greetings=options />
                <div><Button label="Save" look=Look::Primary submit=true busy=form.busy testid="save-mailbox" /></div>
            </FormView>
        </Card>
    }
}
