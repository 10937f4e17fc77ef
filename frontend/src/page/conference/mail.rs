//! Mails an invitation to a room (MAIL-03).

use leptos::prelude::*;
use shared::conference::{ConferenceInvitation, MailConferenceInvitation, MailOwnConferenceInvitation};
use shared::{ConferenceRoomId, ExtensionId};

use super::Side;
use crate::page::tenant::pick::{Options, Picks, ids};
use crate::ui::dialog::{Dialog, FormFoot};
use crate::ui::field::TextField;
use crate::ui::form::{Form, FormView};
use crate::ui::toast;

/// The dialog; `people` are id and words of the extensions.
#[component]
pub fn MailDialog(
    side: Side,
    room_id: ConferenceRoomId,
    open: RwSignal<bool>,
    #[prop(into)] people: Signal<Options>,
) -> impl IntoView {
    view! {
        <Dialog open title="Mail an invitation">
            {move || open.get().then(|| view! { <MailForm side room_id open people /> })}
        </Dialog>
    }
}

#[component]
fn MailForm(side: Side, room_id: ConferenceRoomId, open: RwSignal<bool>, people: Signal<Options>) -> impl IntoView {
    let form = Form::new();
    let chosen = RwSignal::new(Vec::<String>::new());
    let (emails, note) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |()| {
        let invitation = ConferenceInvitation {
            extension_ids: ids::<ExtensionId>(chosen),
            emails: emails.with_untracked(|text| addresses(text)),
            note: note.get_untracked(),
        };
        let problems = invitation.check();
        let done = move |()| {
            open.set(false);
            toast::good("The invitation is on its way.");
        };
        let conference_room_id = room_id;
        match side {
            Side::Tenant => form.send(problems, MailConferenceInvitation { conference_room_id, invitation }, done),
            Side::Own => form.send(problems, MailOwnConferenceInvitation { conference_room_id, invitation }, done),
        }
    };
    view! {
        <FormView form fields=vec!["extension_ids", "emails", "note"] submit>
            <Picks name="extension_ids" label="Extensions" add="Add somebody" hint="They need an e-mail address." chosen options=people form />
            <TextField name="emails" label="Addresses outside" value=emails form hint="One a line, or separated by commas." />
            <TextField name="note" label="What you want to say" value=note form placeholder="Monday at ten" />
            <FormFoot open form />
        </FormView>
    }
}

fn addresses(text: &str) -> Vec<String> {
    let parts = text.split([',', ';', '\n', ' ']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn addresses_are_written_in_any_of_the_usual_ways() {
        assert_eq!(addresses("a@x.org, b@x.org;\nc@x.org\n"), ["a@x.org", "b@x.org", "c@x.org"]);
        assert!(addresses(" \n").is_empty());
    }
}
