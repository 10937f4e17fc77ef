//! `SendEmail`: one plain text to one person.

use crate::client::email::{Email, Failure};
use crate::worker::Outcome;

pub(crate) async fn run(email: &Email, to: &str, subject: &str, text: &str) -> Outcome {
    match email.send(to, subject, text).await {
        Ok(()) => Outcome::Done,
        Err(Failure::Permanent(error)) => Outcome::GiveUp(error),
        Err(Failure::Transient(error)) => Outcome::Retry(error),
    }
}
