//! One conversation with an SMTP server (RFC 5321), step by step, so that each failure has its own plain words.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message};
use rustls::CertificateError;
use shared::mail_server::{MailFailure, MailSecurity};
use shared::network::is_public;
use store::{Outgoing, StoredMailServer};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::email::{Failure, Letter};

/// How long one conversation may take in all.
pub const SMTP_TIMEOUT: Duration = Duration::from_secs(25);
/// How long one address of the server is waited for.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 4;
/// How long the goodbye may take, once the mail is taken.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// The most characters of a server's answer that are passed on.
const ANSWER_CHARACTERS_MAX: usize = 400;

/// Tells the addresses of this installation.
pub type OwnAddresses = Arc<dyn Fn() -> Vec<IpAddr> + Send + Sync>;

/// Finds the addresses of a host; none where nobody has the name.
pub type Lookup = Arc<dyn Fn(String, u16) -> Found + Send + Sync>;

/// What comes of a [`Lookup`].
pub type Found = Pin<Box<dyn Future<Output = anyhow::Result<Vec<SocketAddr>>> + Send>>;

fn by_the_machine(host: String, port: u16) -> Found {
    Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
}

/// The way to SMTP servers.
#[derive(Clone)]
pub struct Smtp {
    own_addresses: OwnAddresses,
    lookup: Lookup,
    root: Option<Arc<Vec<u8>>>,
    patience: Duration,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}

/// How far a conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Name,
    Connect,
    Greeting,
    Secure,
    Login,
    Sender,
    Recipient,
    Content,
}

impl Smtp {
    /// No tenant is led to one of `own_addresses`, nor inside the network that they stand in.
    pub fn new(own_addresses: OwnAddresses) -> Self {
        Self { own_addresses, lookup: Arc::new(by_the_machine), root: None, patience: SMTP_TIMEOUT }
    }

    /// Finds servers by this, instead of by the machine's own ways.
    pub fn with_lookup(mut self, lookup: Lookup) -> Self {
        self.lookup = lookup;
        self
    }

    /// Trusts this root (PEM) beside those of the system.
    pub fn with_root(mut self, pem: Vec<u8>) -> Self {
        self.root = Some(Arc::new(pem));
        self
    }

    /// Waits so long for all of a conversation, instead of [`SMTP_TIMEOUT`].
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends a letter; what the server says of it.
    pub(crate) async fn send(&self, outgoing: &Outgoing, letter: Letter<'_>) -> Result<String, Failure> {
        let server = &outgoing.server;
        let Written { from, to, content } = write(server, letter)?;
        let talk = Talk { server, deadline: Instant::now() + self.patience };
        let mut connection = self.connect(talk, outgoing.of_tenant).await?;
        if !server.user.is_empty() {
            let credentials = Credentials::new(server.user.clone(), server.password.clone());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            talk.step(Step::Login, connection.auth(&mechanisms, &credentials)).await?;
        }
        talk.step(Step::Sender, connection.command(Mail::new(Some(from), Vec::new()))).await?;
        talk.step(Step::Recipient, connection.command(Rcpt::new(to, Vec::new()))).await?;
        talk.step(Step::Content, connection.command(Data)).await?;
        let taken = talk.step(Step::Content, connection.message(&content)).await?;
        // It is taken, whatever comes of the goodbye.
        let _ = timeout(QUIT_TIMEOUT, connection.quit()).await;
        let lines: Vec<&str> = taken.message().collect();
        Ok(clean(&format!("{} {}", taken.code(), lines.join(" "))))
    }

    async fn connect(&self, talk: Talk<'_>, of_tenant: bool) -> Result<AsyncSmtpConnection, Failure> {
        let StoredMailServer { server: host, port, security, .. } = talk.server;
        let found = talk.within(Step::Name, (self.lookup)(host.clone(), *port)).await?.unwrap_or_default();
        if found.is_empty() {
            return Err(talk.fails(MailFailure::NameNotFound, format!("DNS knows no server {host}.")));
        }
        let own = if of_tenant { (self.own_addresses)() } else { Vec::new() };
        let may = |address: &SocketAddr| {
            !of_tenant || (is_public(address.ip()) && !own.contains(&address.ip().to_canonical()))
        };
        // What was looked at is what is connected to: a name that changes in between leads nowhere else.
        let allowed: Vec<SocketAddr> = found.into_iter().filter(may).take(ADDRESSES_MAX).collect();
        if allowed.is_empty() {
            let text = format!(
                "{host} is an address inside the provider's network, where a tenant's mail server must not be. Your provider can \
                 set it for all tenants."
            );
            return Err(talk.fails(MailFailure::Inside, text));
        }
        let mut last = None;
        for address in allowed {
            match self.connect_to(talk, address, *security).await {
                // Another address of the same server says the same, but for the connection itself.
                Err(failure) if matches!(failure.kind, MailFailure::Refused | MailFailure::Timeout) => {
                    last = Some(failure);
                }
                connected => return connected,
            }
        }
        Err(last.unwrap_or_else(|| talk.silent(Step::Connect)))
    }

    async fn connect_to(
        &self,
        talk: Talk<'_>,
        address: SocketAddr,
        security: MailSecurity,
    ) -> Result<AsyncSmtpConnection, Failure> {
        let hello = ClientId::default();
        if security == MailSecurity::Tls {
            let trust = Some(self.trust(talk)?);
            let open = AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT_TIMEOUT), &hello, trust, None);
            return talk.step(Step::Secure, open).await;
        }
        let connected = talk.within(Step::Connect, timeout(CONNECT_TIMEOUT, TcpStream::connect(address))).await?;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(talk.unconnected(&error)),
            Err(_) => return Err(talk.silent(Step::Connect)),
        };
        let open = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
        let mut connection = talk.step(Step::Greeting, open).await?;
        if security == MailSecurity::StartTls {
            if !connection.can_starttls() {
                let StoredMailServer { server, port, .. } = talk.server;
                let text = format!("{server} offers no STARTTLS on port {port}. Try TLS, which is usual on port 465.");
                return Err(talk.fails(MailFailure::TlsNotSpoken, text));
            }
            talk.step(Step::Secure, connection.starttls(self.trust(talk)?, &hello)).await?;
        }
        Ok(connection)
    }

    /// Whose certificates are trusted: those that the system knows; where it knows none, those that browsers know.
    fn trust(&self, talk: Talk<'_>) -> Result<TlsParameters, Failure> {
        let host = talk.server.server.clone();
        let store = match rustls_native_certs::load_native_certs().certs.is_empty() {
            true => CertificateStore::WebpkiRoots,
            false => CertificateStore::Default,
        };
        let mut builder = TlsParameters::builder(host).certificate_store(store);
        if let Some(root) = &self.root {
            builder = builder
                .add_root_certificate(Certificate::from_pem(root).map_err(|error| talk.failed(Step::Secure, &error))?);
        }
        builder.build().map_err(|error| talk.failed(Step::Secure, &error))
    }
}

/// With whom, and until when.
#[derive(Clone, Copy)]
struct Talk<'a> {
    server: &'a StoredMailServer,
    deadline: Instant,
}

impl Talk<'_> {
    async fn within<T>(self, step: Step, work: impl Future<Output = T>) -> Result<T, Failure> {
        timeout_at(self.deadline, work).await.map_err(|_| self.silent(step))
    }

    async fn step<T>(self, step: Step, work: impl Future<Output = Result<T, Error>>) -> Result<T, Failure> {
        self.within(step, work).await?.map_err(|error| self.failed(step, &error))
    }

    fn fails(self, kind: MailFailure, text: String) -> Failure {
        Failure { kind, text, answer: None, permanent: false }
    }

    /// Nothing came in time.
    fn silent(self, step: Step) -> Failure {
        let StoredMailServer { server, port, security, .. } = self.server;
        let text = match step {
            Step::Name => format!("DNS does not answer when it is asked for {server}."),
            Step::Connect => format!(
                "{server} does not answer on port {port}. A firewall may stand between, or the port may be another one."
            ),
            Step::Greeting => format!(
                "{server} took the connection on port {port} and then said nothing. It may want TLS from the first byte; \
                 {} was tried.",
                security.word()
            ),
            Step::Secure => format!("{server} took the connection on port {port} and then did not speak TLS."),
            _ => format!("{server} went silent in the middle of the conversation."),
        };
        self.fails(MailFailure::Timeout, text)
    }

    fn unconnected(self, error: &std::io::Error) -> Failure {
        let StoredMailServer { server, port, .. } = self.server;
        match error.kind() {
            ErrorKind::ConnectionRefused => {
                let text = format!("{server} refuses connections on port {port}: nobody listens there.");
                self.fails(MailFailure::Refused, text)
            }
            ErrorKind::TimedOut => self.silent(Step::Connect),
            _ => self.fails(MailFailure::Broken, format!("{server} cannot be reached on port {port}: {error}.")),
        }
    }

    /// What a failure of that step means.
    fn failed(self, step: Step, error: &Error) -> Failure {
        let StoredMailServer { server, port, .. } = self.server;
        if let Some(code) = error.status() {
            let words = error.source().map(ToString::to_string).unwrap_or_default();
            return self.turned_down(step, clean(&format!("{code} {words}")), error.is_permanent());
        }
        if error.is_timeout() {
            // Lettre's own patience is with the connection, which it makes where TLS comes first.
            return self.silent(Step::Connect);
        }
        if let Some(secure) = secure_error(error) {
            return self.insecure(secure);
        }
        if step == Step::Login && error.is_client() {
            let text = format!(
                "{server} offers no login by name and password on port {port}. Many servers offer it only over STARTTLS or TLS."
            );
            return self.fails(MailFailure::LoginWrong, text);
        }
        if let Some(io) = io_error(error)
            && step == Step::Secure
            && io.kind() == ErrorKind::ConnectionRefused
        {
            return self.unconnected(io);
        }
        let text = match step {
            Step::Secure => {
                format!("{server} broke off on port {port} before TLS stood. It may speak another kind of security.")
            }
            Step::Greeting => {
                format!("{server} broke off on port {port} before its greeting. It may want TLS from the first byte.")
            }
            _ => format!("The connection to {server} broke off."),
        };
        self.fails(MailFailure::Broken, text)
    }

    /// The server has said no.
    fn turned_down(self, step: Step, answer: String, permanent: bool) -> Failure {
        let StoredMailServer { server, sender, .. } = self.server;
        let (kind, text) = match step {
            Step::Login => (MailFailure::LoginWrong, format!("{server} does not accept this user name and password.")),
            Step::Sender => (MailFailure::SenderRefused, format!("{server} does not take mails from {sender}.")),
            Step::Recipient => {
                (MailFailure::RecipientRefused, format!("{server} does not take mails to this recipient."))
            }
            Step::Content => (MailFailure::MailRefused, format!("{server} does not take this mail.")),
            Step::Secure => (MailFailure::TlsNotSpoken, format!("{server} turns TLS down.")),
            Step::Name | Step::Connect | Step::Greeting => {
                (MailFailure::Broken, format!("{server} turns this server away."))
            }
        };
        // The rest is mended in the settings, and the mail goes out then.
        let of_this_mail = matches!(step, Step::Recipient | Step::Content);
        Failure { kind, text, answer: Some(answer), permanent: permanent && of_this_mail }
    }

    fn insecure(self, error: &rustls::Error) -> Failure {
        let StoredMailServer { server, port, .. } = self.server;
        let why = match error {
            rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
                "nobody whom this server trusts has signed it".to_owned()
            }
            rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => "it is for another name".to_owned(),
            rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
                "it has expired".to_owned()
            }
            rustls::Error::InvalidCertificate(other) => other.to_string(),
            _ => {
                let text =
                    format!("{server} does not speak TLS on port {port}. Try STARTTLS, which is usual on port 587.");
                return self.fails(MailFailure::TlsNotSpoken, text);
            }
        };
        let text = format!("The certificate of {server} is not trusted: {why}.");
        self.fails(MailFailure::TlsNotTrusted, text)
    }
}

fn io_error(error: &Error) -> Option<&std::io::Error> {
    let mut source = error.source();
    while let Some(one) = source {
        if let Some(io) = one.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        source = one.source();
    }
    None
}

fn secure_error(error: &Error) -> Option<&rustls::Error> {
    io_error(error)?.get_ref()?.downcast_ref::<rustls::Error>()
}

/// A server's words, fit for a page and a log.
fn clean(words: &str) -> String {
    let words: String =
        words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ANSWER_CHARACTERS_MAX).collect();
    words.trim().to_owned()
}

struct Written {
    from: Address,
    to: Address,
    content: Vec<u8>,
}

fn write(server: &StoredMailServer, letter: Letter<'_>) -> Result<Written, Failure> {
    let unfit = |kind, text: String| Failure { kind, text, answer: None, permanent: true };
    let to: Address = letter
        .to
        .parse()
        .map_err(|_| unfit(MailFailure::RecipientRefused, format!("{} is no e-mail address.", letter.to)))?;
    let from: Address = server.sender.parse().map_err(|_| Failure {
        permanent: false,
        ..unfit(MailFailure::SenderRefused, format!("{} is no e-mail address to send from.", server.sender))
    })?;
    let name = Some(server.sender_name.clone()).filter(|name| !name.is_empty());
    // The same mail has the same id when it is sent again.
    let id = letter.id.map(|id| format!("<{id}.belfry@{}>", from.domain()));
    let message = Message::builder()
        .message_id(id)
        .from(Mailbox::new(name, from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(letter.subject);
    let message = match letter.attachment {
        None => message.header(ContentType::TEXT_PLAIN).body(letter.text.to_owned()),
        Some(file) => {
            // A kind that cannot be written is one that nobody knows.
            let octets = ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN);
            let kind = ContentType::parse(file.kind).unwrap_or(octets);
            let file = Attachment::new(file.name.to_owned()).body(file.bytes.to_vec(), kind);
            message.multipart(MultiPart::mixed().singlepart(SinglePart::plain(letter.text.to_owned())).singlepart(file))
        }
    }
    .map_err(|error| unfit(MailFailure::MailRefused, format!("The mail cannot be written: {error}.")))?;
    Ok(Written { from, to, content: message.formatted() })
}
