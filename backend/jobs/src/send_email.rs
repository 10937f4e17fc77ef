//! `SendEmail`: one plain text to one person, by the server that is set when it goes out (MAIL-03).

use shared::TenantId;
use shared::mail_server::MailFailure;
use store::Store;

use crate::client::email::{Email, Failure, Letter};
use crate::worker::Outcome;

pub(crate) async fn run(store: &Store, email: &Email, tenant: Option<TenantId>, letter: Letter<'_>) -> Outcome {
    let outgoing = match store.outgoing_mail_server(tenant).await {
        Ok(Some(outgoing)) => outgoing,
        Ok(None) => return Outcome::Retry(no_server().into()),
        Err(error) => return Outcome::Retry(error.into()),
    };
    match email.send(&outgoing, letter).await {
        Ok(_) => Outcome::Done,
        Err(failure) if failure.permanent => Outcome::GiveUp(failure.into()),
        Err(failure) => Outcome::Retry(failure.into()),
    }
}

fn no_server() -> Failure {
    let text = "No mail server is set.".to_owned();
    Failure { kind: MailFailure::NoServer, text, answer: None, permanent: false }
}
