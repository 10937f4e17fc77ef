//! The mail server that mails go out by (MAIL-01, MAIL-02): the provider's, and a tenant's own in its place.

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean, is_domain};
use crate::operation;
use crate::problem::FieldProblem;

/// The longest user name, in bytes.
const USER_BYTES_MAX: usize = 256;
/// The longest password, in bytes.
const PASSWORD_BYTES_MAX: usize = 256;
/// The longest name of the sender, in characters.
const SENDER_NAME_CHARACTERS_MAX: usize = 64;

/// Said wherever a password is asked for: the one of the account itself is refused by the large providers.
pub const APP_PASSWORD_HINT: &str = "Gmail, Outlook and the like refuse the account's own password here: make an app password in the account's security settings and enter that.";

/// How the way to the mail server is kept secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// Not at all: anybody on the way reads along, the password too.
    None,
    /// It begins in the clear and changes to TLS, or is broken off (RFC 3207).
    #[default]
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Tls,
}

impl MailSecurity {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 3] = [Self::StartTls, Self::Tls, Self::None];

    /// As people write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::StartTls => "STARTTLS",
            Self::Tls => "TLS",
        }
    }

    /// On the wire of the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::StartTls => "start_tls",
            Self::Tls => "tls",
        }
    }

    /// The port that is usual for it.
    pub const fn port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Tls => 465,
        }
    }
}

/// A mail server as it is set; its password is kept back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailServer {
    /// Its name or address; empty means that there is none.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the way there is kept secret.
    pub security: MailSecurity,
    /// The user to log in as; empty means that nobody logs in.
    pub user: String,
    /// Is there a password?
    pub has_password: bool,
    /// The e-mail address that mails come from.
    pub sender: String,
    /// The name beside it; may be empty.
    pub sender_name: String,
    /// Is it what the process was started with (`--smtp`), and nothing set since?
    pub from_start: bool,
}

/// The provider's mail server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetMailServer {}
operation!(GetMailServer, Get, "/api/admin/mail-server", Admin, MailServer);

/// What a form of a mail server sends.
macro_rules! mail_form {
    ($(#[$doc:meta])* $name:ident { $($(#[$more_doc:meta])* $more:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default)]
        pub struct $name {
            $($(#[$more_doc])* pub $more: $type,)*
            /// Its name or address; empty takes it out of use.
            pub server: String,
            /// Its port.
            pub port: u16,
            /// How the way there is kept secret.
            pub security: MailSecurity,
            /// The user to log in as; empty where nobody has to.
            pub user: String,
            /// The password; without it, the one of before, if the server is the same.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub password: Option<String>,
            /// The e-mail address that mails come from.
            pub sender: String,
            /// The name beside it; may be empty.
            pub sender_name: String,
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({}:{}, ***)", stringify!($name), self.server, self.port)
            }
        }
    };
}

mail_form! {
    /// Sets the provider's mail server; mails that wait go out by it.
    UpdateMailServer {}
}
operation!(UpdateMailServer, Put, "/api/admin/mail-server", Admin, MailServer);

mail_form! {
    /// Sends a test mail by the server of the form, which is not kept; the answer is the server's own (MAIL-02).
    TestMailServer {
        /// Whom the test mail goes to.
        to: String,
    }
}
operation!(TestMailServer, Post, "/api/admin/mail-server/test", Admin, MailTest);

/// The tenant's own mail server; one without a name means that the provider's is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnMailServer {}
operation!(GetOwnMailServer, Get, "/api/tenant/mail-server", TenantAdmin, OwnMailServer);

/// What a tenant's mails go out by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnMailServer {
    /// The tenant's own.
    pub own: MailServer,
    /// The address that mails come from while there is no own server; none where the provider has no server either.
    pub provider_sender: Option<String>,
}

mail_form! {
    /// Sets the tenant's own mail server; without a name the provider's is used again.
    UpdateOwnMailServer {}
}
operation!(UpdateOwnMailServer, Put, "/api/tenant/mail-server", TenantAdmin, OwnMailServer);

mail_form! {
    /// Sends a test mail by the server of the form, which is not kept; the answer is the server's own (MAIL-02).
    TestOwnMailServer {
        /// Whom the test mail goes to.
        to: String,
    }
}
operation!(TestOwnMailServer, Post, "/api/tenant/mail-server/test", TenantAdmin, MailTest);

impl From<UpdateOwnMailServer> for UpdateMailServer {
    fn from(form: UpdateOwnMailServer) -> Self {
        let UpdateOwnMailServer { server, port, security, user, password, sender, sender_name } = form;
        Self { server, port, security, user, password, sender, sender_name }
    }
}

impl From<TestMailServer> for UpdateMailServer {
    fn from(form: TestMailServer) -> Self {
        let TestMailServer { to: _, server, port, security, user, password, sender, sender_name } = form;
        Self { server, port, security, user, password, sender, sender_name }
    }
}

impl From<TestOwnMailServer> for UpdateMailServer {
    fn from(form: TestOwnMailServer) -> Self {
        let TestOwnMailServer { to: _, server, port, security, user, password, sender, sender_name } = form;
        Self { server, port, security, user, password, sender, sender_name }
    }
}

impl UpdateMailServer {
    /// The same as a form of a tenant.
    pub fn into_own(self) -> UpdateOwnMailServer {
        let Self { server, port, security, user, password, sender, sender_name } = self;
        UpdateOwnMailServer { server, port, security, user, password, sender, sender_name }
    }

    /// The same as a test by the provider.
    pub fn into_test(self, to: String) -> TestMailServer {
        let Self { server, port, security, user, password, sender, sender_name } = self;
        TestMailServer { to, server, port, security, user, password, sender, sender_name }
    }

    /// The same as a test by a tenant.
    pub fn into_own_test(self, to: String) -> TestOwnMailServer {
        let Self { server, port, security, user, password, sender, sender_name } = self;
        TestOwnMailServer { to, server, port, security, user, password, sender, sender_name }
    }

    /// What is wrong with the form; with one that takes the server out of use nothing is.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        if self.server.trim().is_empty() {
            return check.finish();
        }
        check
            .that(
                is_host(self.server.trim()),
                "server",
                "A mail server is a name or an address, such as mail.example.com, without a port.",
            )
            .that(self.port != 0, "port", "A port is a number from 1 to 65535.")
            .that(
                self.user.len() <= USER_BYTES_MAX && is_clean(&self.user),
                "user",
                "A user name has at most 256 characters.",
            )
            .that(
                self.password.as_ref().is_none_or(|text| text.len() <= PASSWORD_BYTES_MAX && is_clean(text)),
                "password",
                "A password has at most 256 characters.",
            )
            .that(
                self.password.as_ref().is_none_or(|text| text.is_empty() || !self.user.trim().is_empty()),
                "user",
                "A password needs a user name.",
            )
            .email("sender", self.sender.trim())
            .that(
                self.sender_name.chars().count() <= SENDER_NAME_CHARACTERS_MAX && is_clean(&self.sender_name),
                "sender_name",
                "A name has at most 64 characters and no control characters.",
            );
        check.finish()
    }

    /// As [`Self::check`], for a test, which needs a server and somebody to write to.
    pub fn check_test(&self, to: &str) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.that(!self.server.trim().is_empty(), "server", "A test needs a server.").email("to", to.trim());
        let mut problems = check.finish();
        problems.extend(self.check());
        problems
    }
}

/// A name, or an address of either family.
fn is_host(text: &str) -> bool {
    is_domain(text) || text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// Why a mail did not go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailFailure {
    /// No server is set.
    NoServer,
    /// DNS knows no such name.
    NameNotFound,
    /// A tenant's server would be inside the provider's network.
    Inside,
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    Timeout,
    /// The connection broke off, or could not be made.
    Broken,
    /// Its certificate is not trusted.
    TlsNotTrusted,
    /// It does not speak the kind of TLS that is set.
    TlsNotSpoken,
    /// User name or password is wrong, or it takes no login.
    LoginWrong,
    /// It does not take the sender.
    SenderRefused,
    /// It does not take the recipient.
    RecipientRefused,
    /// It does not take the mail.
    MailRefused,
}

/// What came of a test mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailTest {
    /// Why it did not go out; none where the server has taken it.
    pub failure: Option<MailFailure>,
    /// What happened, in plain words.
    pub text: String,
    /// The server's own last answer, such as `250 2.0.0 OK`; none where it gave none.
    pub answer: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right() -> UpdateMailServer {
        UpdateMailServer {
            server: "mail.example.com".into(),
            port: 587,
            user: "pbx".into(),
            password: Some("secret".into()),
            sender: "pbx@example.com".into(),
            sender_name: "Belfry".into(),
            ..UpdateMailServer::default()
        }
    }

    // covers: MAIL-01
    #[test]
    fn mail_01_each_wrong_field_is_named() {
        let wrong = |change: fn(&mut UpdateMailServer)| {
            let mut form = right();
            change(&mut form);
            form.check().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(right().check(), []);
        for server in ["mail.example.com:25", "smtp://mail.example.com", "a b", "-a.example", "a\r\nb"] {
            let form = UpdateMailServer { server: server.into(), ..right() };
            assert_eq!(form.check().len(), 1, "{server}");
        }
        for server in ["localhost", "192.0.2.25", "2001:db8::25"] {
            assert_eq!(UpdateMailServer { server: server.into(), ..right() }.check(), [], "{server}");
        }
        assert_eq!(wrong(|form| form.port = 0), ["port"]);
        assert_eq!(wrong(|form| form.user = "a\r\nRCPT".into()), ["user"]);
        assert_eq!(wrong(|form| form.user = String::new()), ["user"]);
        assert_eq!(wrong(|form| form.password = Some("x".repeat(257))), ["password"]);
        assert_eq!(wrong(|form| form.sender = "nobody".into()), ["sender"]);
        assert_eq!(wrong(|form| form.sender_name = "a\nBcc: b@c.example".into()), ["sender_name"]);
        assert_eq!(UpdateMailServer::default().check(), [], "none is right, too");
        let fields: Vec<_> = right().check_test("x").into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["to"]);
        assert_eq!(UpdateMailServer::default().check_test("a@b.example")[0].field, "server");
    }

    #[test]
    fn a_form_prints_without_its_password() {
        assert_eq!(format!("{:?}", right()), "UpdateMailServer(mail.example.com:587, ***)");
    }

    #[test]
    fn the_words_of_the_wire_are_those_of_the_page() {
        for security in MailSecurity::ALL {
            assert_eq!(serde_json::to_value(security).unwrap(), security.key());
        }
    }
}
