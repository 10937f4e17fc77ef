//! E-mail: by an SMTP server, or into a memory for tests.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use lettre::message::Mailbox;
use shared::mail_server::{MailFailure, MailSecurity, MailTest};
use store::{Outgoing, StoredMailServer};
use url::Url;

pub use super::smtp::{Found, Lookup, SMTP_TIMEOUT, Smtp};

/// The door for e-mail.
#[derive(Clone, Debug)]
pub enum Email {
    /// To SMTP servers.
    Smtp(Smtp),
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
    /// The name of the file that came with it.
    pub attachment: Option<String>,
}

/// A plain text for one person.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The text.
    pub text: &'a str,
    /// A file that comes with it.
    pub attachment: Option<Attachment<'a>>,
    /// What is the same when it is sent again, so that a mailbox can tell; none for one that is sent once.
    pub id: Option<i64>,
}

/// A file of a letter.
#[derive(Clone, Copy)]
pub struct Attachment<'a> {
    /// The name to save it as.
    pub name: &'a str,
    /// Its content type.
    pub kind: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
}

impl std::fmt::Debug for Attachment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.name, self.bytes.len())
    }
}

/// Why an e-mail did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: MailFailure,
    /// In plain words, a sentence or more; no secret.
    pub text: String,
    /// The server's own words.
    pub answer: Option<String>,
    /// Is it this mail's fault, for good? Else another try, or other settings, may help.
    pub permanent: bool,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.answer {
            Some(answer) => write!(f, "{} It said: {answer}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl std::error::Error for Failure {}

impl Email {
    /// A memory, and what will be in it.
    pub fn memory() -> (Self, Arc<Mutex<Vec<Sent>>>) {
        let sent = Arc::default();
        (Self::Memory(Arc::clone(&sent)), sent)
    }

    /// Sends a letter; what the server says of it.
    pub async fn send(&self, outgoing: &Outgoing, letter: Letter<'_>) -> Result<String, Failure> {
        match self {
            Self::Smtp(smtp) => smtp.send(outgoing, letter).await,
            Self::Memory(sent) => {
                let Letter { to, subject, text, attachment, .. } = letter;
                let attachment = attachment.map(|attachment| attachment.name.to_owned());
                let mail = Sent { to: to.to_owned(), subject: subject.to_owned(), text: text.to_owned(), attachment };
                sent.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                Ok("250 kept".to_owned())
            }
        }
    }

    /// Sends a test mail and tells what came of it (MAIL-02).
    pub async fn test(&self, outgoing: &Outgoing, to: &str, public_url: &str) -> MailTest {
        let text = format!(
            "This is the test mail that was asked for on the page Mail server of {public_url}.\n\n\
             That it has arrived shows that mails go out.\n"
        );
        let letter = Letter { to, subject: "Test mail from Belfry", text: &text, attachment: None, id: None };
        match self.send(outgoing, letter).await {
            Ok(answer) => MailTest {
                failure: None,
                text: format!("{} has taken the mail to {to}.", outgoing.server.server),
                answer: Some(answer),
            },
            Err(failure) => MailTest { failure: Some(failure.kind), text: failure.text, answer: failure.answer },
        }
    }
}

/// The server of an address such as `smtps://user:password@host:465` or `smtp://host:587?tls=required`, and of a sender
/// such as `Name <address>`. Without `tls` an `smtp` stays in the clear; `opportunistic` is taken for `required`, because who
/// stands in between could have it left out.
pub fn server_of_url(url: &str, from: &str) -> Result<StoredMailServer> {
    let url = Url::parse(url).context("smtp: the address cannot be read")?;
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
    let security = match (url.scheme(), tls.as_deref()) {
        ("smtps", _) => MailSecurity::Tls,
        ("smtp", None) => MailSecurity::None,
        ("smtp", Some("required" | "opportunistic")) => MailSecurity::StartTls,
        _ => bail!("smtp: the address begins with smtp:// or smtps://, and tls is required or left out"),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).context("smtp: the address names no server")?;
    let sender: Mailbox = from.parse().context("mail-from: the sender's address cannot be used")?;
    Ok(StoredMailServer {
        server: host.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(security.port()),
        security,
        user: decoded(url.username())?,
        password: decoded(url.password().unwrap_or_default())?,
        sender: sender.email.to_string(),
        sender_name: sender.name.unwrap_or_default(),
    })
}

fn decoded(text: &str) -> Result<String> {
    let text = percent_encoding::percent_decode_str(text).decode_utf8();
    Ok(text.context("smtp: user or password is no text")?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: MAIL-01
    #[test]
    fn mail_01_an_address_of_the_command_line_is_read_as_the_page_would_have_it() {
        let read =
            server_of_url("smtps://pbx%40example.com:se%3Acret@mail.example.com", "Belfry <pbx@example.com>").unwrap();
        let right = StoredMailServer {
            server: "mail.example.com".into(),
            port: 465,
            security: MailSecurity::Tls,
            user: "pbx@example.com".into(),
            password: "se:cret".into(),
            sender: "pbx@example.com".into(),
            sender_name: "Belfry".into(),
        };
        assert_eq!(read, right);
        let of = |url: &str| server_of_url(url, "pbx@example.com").map(|server| (server.security, server.port));
        assert_eq!(of("smtp://127.0.0.1:2525").unwrap(), (MailSecurity::None, 2525));
        assert_eq!(of("smtp://[::1]").unwrap(), (MailSecurity::None, 25));
        assert_eq!(of("smtp://mail.example.com?tls=required").unwrap(), (MailSecurity::StartTls, 587));
        assert_eq!(of("smtp://mail.example.com:25?tls=opportunistic").unwrap(), (MailSecurity::StartTls, 25));
        for wrong in ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://a?tls=maybe"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
        assert!(server_of_url("smtp://a", "nobody").unwrap_err().to_string().starts_with("mail-from"));
    }
}
