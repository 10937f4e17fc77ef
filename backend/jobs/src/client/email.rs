//! E-mail: an SMTP server, or a memory for tests and for installations that have none.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// How long one conversation with the server may take.
pub const SMTP_TIMEOUT: Duration = Duration::from_secs(20);

/// The door for e-mail.
#[derive(Clone)]
pub enum Email {
    /// To an SMTP server.
    Smtp {
        /// The connections to it.
        transport: AsyncSmtpTransport<Tokio1Executor>,
        /// The sender.
        from: Mailbox,
    },
    /// Kept, not sent.
    Memory(Arc<Mutex<Vec<Sent>>>),
}

/// An e-mail in the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The recipient.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// Why an e-mail did not go out.
#[derive(Debug)]
pub enum Failure {
    /// It never will: the server refused it for good, or the address is none.
    Permanent(anyhow::Error),
    /// It may later.
    Transient(anyhow::Error),
}

impl Email {
    /// A server by URL: `smtps://user:password@host:465`, or `smtp://host:587?tls=required` (`opportunistic` and, for a
    /// server on the same machine, no `tls` at all are taken too). `from` is `Name <address>` or an address.
    pub fn smtp(url: &str, from: &str) -> Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).context("the SMTP URL cannot be used")?;
        let from = from.parse().context("the sender's address cannot be used")?;
        Ok(Self::Smtp { transport: transport.timeout(Some(SMTP_TIMEOUT)).build(), from })
    }

    /// A memory, and what will be in it.
    pub fn memory() -> (Self, Arc<Mutex<Vec<Sent>>>) {
        let sent = Arc::default();
        (Self::Memory(Arc::clone(&sent)), sent)
    }

    /// Sends a plain text.
    pub(crate) async fn send(&self, to: &str, subject: &str, text: &str) -> Result<(), Failure> {
        match self {
            Self::Smtp { transport, from } => {
                let message = message(from, to, subject, text).map_err(Failure::Permanent)?;
                match transport.send(message).await {
                    Ok(_) => Ok(()),
                    Err(error) if error.is_permanent() => Err(Failure::Permanent(error.into())),
                    Err(error) => Err(Failure::Transient(error.into())),
                }
            }
            Self::Memory(sent) => {
                let mail = Sent { to: to.to_owned(), subject: subject.to_owned(), text: text.to_owned() };
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                Ok(())
            }
        }
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Smtp { .. } => "Smtp",
            Self::Memory(_) => "Memory",
        })
    }
}

fn message(from: &Mailbox, to: &str, subject: &str, text: &str) -> Result<Message> {
    Ok(Message::builder()
        .from(from.clone())
        .to(to.parse().context("the recipient's address")?)
        .subject(subject)
        .header(ContentType::TEXT_PLAIN)
        .body(text.to_owned())?)
}
