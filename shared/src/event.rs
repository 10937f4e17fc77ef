//! The event log: what has happened to the installation by itself (LOG-01). What people did is the activity log's.
//!
//! `docs/events.md` is the catalogue in prose; a test keeps them the same.

use serde::{Deserialize, Serialize};

use crate::{EventId, Moment, Page, TenantId, operation};

/// How bad it is, the mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventLevel {
    /// As it should be.
    #[default]
    Information,
    /// Something may fail soon.
    Warning,
    /// Something has failed.
    Error,
}

impl EventLevel {
    /// All of them, the mildest first.
    pub const ALL: [Self; 3] = [Self::Information, Self::Warning, Self::Error];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Information => "Information",
            Self::Warning => "Warning",
            Self::Error => "Error",
        }
    }
}

/// The part that it happened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventSource {
    /// The process itself.
    #[default]
    Server,
    /// What listens.
    Transport,
    /// The certificate.
    Certificate,
    /// Addresses and what stands between them.
    Network,
    /// Who is kept out.
    Security,
    /// The database.
    Database,
    /// Sound.
    Media,
    /// Calls.
    Call,
    /// Tenants.
    Tenant,
    /// Mail.
    Mail,
}

impl EventSource {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Server,
        Self::Transport,
        Self::Certificate,
        Self::Network,
        Self::Security,
        Self::Database,
        Self::Media,
        Self::Call,
        Self::Tenant,
        Self::Mail,
    ];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Server => "Server",
            Self::Transport => "Transport",
            Self::Certificate => "Certificate",
            Self::Network => "Network",
            Self::Security => "Security",
            Self::Database => "Database",
            Self::Media => "Media",
            Self::Call => "Calls",
            Self::Tenant => "Tenants",
            Self::Mail => "Mail",
        }
    }
}

/// Declares the catalogue: code, level, source, sentence, and what to do about it. One line is one event.
macro_rules! events {
    ($($name:ident = $code:literal, $level:ident, $source:ident, $sentence:literal, $fix:literal;)*) => {
        /// What kind of event it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum EventCode {
            $(#[doc = $sentence] #[serde(rename = $code)] $name,)*
        }

        impl EventCode {
            /// All codes, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word, as on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The code of a stable word; none of one that another version knows.
            pub fn find(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.code() == code)
            }

            /// How bad it is.
            pub const fn level(self) -> EventLevel {
                match self { $(Self::$name => EventLevel::$level,)* }
            }

            /// The part that it happens to.
            pub const fn source(self) -> EventSource {
                match self { $(Self::$name => EventSource::$source,)* }
            }

            /// The sentence, `{value}` to be filled in.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// What to do about it; empty where nothing is wrong.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix,)* }
            }
        }
    };
}

events! {
    ServerStarted = "server_started", Information, Server, "Belfry {value} has started.", "";
    ServerStopped = "server_stopped", Information, Server, "Belfry has stopped in good order.", "";
    ServerStoppedUnclean = "server_stopped_unclean", Warning, Server, "The process before this one ended without a stop; {value}.", "Look for the end of its log file, and for a word of the system about it, such as a lack of memory.";
    FaultContained = "fault_contained", Error, Server, "A fault ended the calls of one tenant: {value}.", "Send the server's log of that minute to Belfry's developers.";
    ServiceSilent = "service_silent", Error, Server, "{value} gives no sign of life any more.", "Look at the log of that minute; restart Belfry if it does not come back.";
    ServiceBack = "service_back", Information, Server, "{value} gives signs of life again.", "";
    EventsLeftOut = "events_left_out", Warning, Server, "So much happened at once that {value} events were not written down.", "Look at the events around this one for what came so often.";
    ListenerOpened = "listener_opened", Information, Transport, "SIP over {value} listens.", "";
    ListenerClosed = "listener_closed", Information, Transport, "SIP over {value} does not listen any more.", "";
    ListenerFailed = "listener_failed", Error, Transport, "A listener could not be opened: {value}", "Free the port, or choose another on the page Transports; it is tried again every few seconds.";
    CertificateChanged = "certificate_changed", Information, Certificate, "Another certificate is served, for {value}.", "";
    CertificateExpiring = "certificate_expiring", Warning, Certificate, "The certificate ends soon: {value}.", "Put a newer one in its place on the page Certificate; nothing has to be restarted.";
    CertificateExpired = "certificate_expired", Error, Certificate, "The certificate has run out: {value}.", "Put a newer one in its place on the page Certificate; browsers and phones refuse this one.";
    AddressChanged = "address_changed", Information, Network, "The public address has changed: {value}.", "";
    CertificateIssued = "certificate_issued", Information, Certificate, "The certificate authority has issued a certificate for {value}.", "";
    CertificateOrderFailed = "certificate_order_failed", Error, Certificate, "The certificate authority has issued no certificate: {value}.", "Let the name's DNS point here and port 80 reach --http-redirect; it is tried again by itself.";
    AddressBlocked = "address_blocked", Warning, Security, "An address was blocked: {value}.", "Look at the IP list, with what was seen of it; there it can be unblocked or allowed.";
    PinsSpent = "pins_spent", Warning, Security, "Somebody may be guessing a PIN: {value}.", "Look at the calls of that caller, and set a longer PIN; none is taken from it meanwhile.";
    PhoneGuessed = "phone_guessed", Warning, Security, "Somebody asks for the configuration of phones that are not there, from {value}.", "Block the address on the IP list, unless a phone asks there by an old link; nothing was told to it.";
    TrunkConnected = "trunk_connected", Information, Call, "The trunk {value}.", "";
    TrunkDisconnected = "trunk_disconnected", Error, Call, "The trunk {value}.", "Look at the trunk's page for what it answers; calls take the next way of their rule meanwhile.";
    EmergencyCall = "emergency_call", Warning, Call, "An emergency call: {value}.", "Whoever is in charge of the place should know of it.";
    StoreBacklog = "store_backlog", Error, Database, "New calls are refused, because {value} facts wait for the database.", "Look at the disk and the load of the database; calls are taken again by themselves.";
    StoreCaughtUp = "store_caught_up", Information, Database, "The database has caught up; calls are taken again.", "";
    DatabaseAway = "database_away", Error, Database, "The database takes nothing; what happens waits in memory.", "Look at the database, its disk and its log; nothing is lost while Belfry runs.";
    DatabaseBack = "database_back", Information, Database, "The database takes what happens again, after {value} seconds.", "";
    PortsSpent = "ports_spent", Error, Media, "A call found no free port for its sound.", "Widen the ports of sound under System, Advanced, and start Belfry anew when no call runs.";
    BrowserStreamsMissing = "browser_streams_missing", Warning, Media, "Browsers reach port {value} of sound over UDP only: another program has it over TCP.", "Free the port, or move the ports of sound under System, Advanced; browsers behind firewalls that let no UDP pass hear nothing.";
    QuotaReached = "quota_reached", Warning, Tenant, "A limit of the tenant is reached: {value}.", "Raise the limit on the tenant's page, or take away what is not needed.";
    StorageFull = "storage_full", Warning, Tenant, "The tenant's room for recordings, messages and prompts is used up: {value}. Nothing new is recorded.", "Delete what is not needed any more, or raise the limit on the tenant's page.";
    StorageFree = "storage_free", Information, Tenant, "The tenant has room for recordings, messages and prompts again: {value}.", "";
    ObjectStorageAway = "object_storage_away", Warning, Server, "Recordings wait to be moved into the object storage: {value}", "Try it on the page Object storage; what waits is moved by itself.";
    TenantCreated = "tenant_created", Information, Tenant, "The tenant {value} was created.", "";
    TenantSuspended = "tenant_suspended", Warning, Tenant, "The tenant {value} was suspended.", "";
    TenantResumed = "tenant_resumed", Information, Tenant, "The tenant {value} was taken up again.", "";
    TenantDeleted = "tenant_deleted", Information, Tenant, "The tenant {value} was deleted.", "";
    MailWaits = "mail_waits", Warning, Mail, "A mail could not be sent and is tried again: {value}", "Send a test mail on the page Mail server; what waits goes out by itself for a day.";
    MailGivenUp = "mail_given_up", Error, Mail, "A mail was given up: {value}", "Send a test mail on the page Mail server, put right what it says, and have the mail sent anew.";
    NoSound = "no_sound", Warning, Call, "No sound was heard {value}.", "Open the call: its page says which side is to be looked at.";
}

/// Something that is to be written into the event log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewEvent {
    /// Whose; none is the installation's.
    pub tenant_id: Option<TenantId>,
    /// What.
    pub code: EventCode,
    /// What stands for `{value}`; never a secret.
    pub value: String,
}

impl NewEvent {
    /// An event of the installation.
    pub fn new(code: EventCode, value: impl Into<String>) -> Self {
        Self { tenant_id: None, code, value: value.into() }
    }

    /// An event of a tenant, which sees it too.
    pub fn of(tenant_id: TenantId, code: EventCode, value: impl Into<String>) -> Self {
        Self { tenant_id: Some(tenant_id), code, value: value.into() }
    }

    /// One plain sentence, with the value in its place.
    pub fn sentence(&self) -> String {
        self.code.sentence().replace("{value}", &self.value)
    }
}

/// A line of the event log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The tenant it concerns, if one.
    pub tenant_id: Option<TenantId>,
    /// Its name, in the list of the installation.
    pub tenant_name: Option<String>,
    /// When it first happened.
    pub at: Moment,
    /// When it last happened: the same again within a minute is counted.
    pub last_at: Moment,
    /// How often.
    pub count: u64,
    /// How bad it is.
    pub level: EventLevel,
    /// The part that it happened to.
    pub source: EventSource,
    /// A stable word for programs, such as `listener_failed`.
    pub code: String,
    /// One plain sentence.
    pub text: String,
    /// What to do about it; empty where nothing is wrong.
    pub fix: String,
}

/// Lists the installation's events, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListAllEvents {
    /// Text that the sentence contains.
    pub search: Option<String>,
    /// Only those that are so bad or worse.
    pub level: Option<EventLevel>,
    /// Only of this part.
    pub source: Option<EventSource>,
    /// Only of this tenant.
    pub tenant_id: Option<TenantId>,
    /// Not before.
    pub from: Option<Moment>,
    /// Not after.
    pub to: Option<Moment>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListAllEvents, Get, "/api/admin/events", Admin, Page<Event>);

impl ListAllEvents {
    /// The same question about the events of one tenant.
    pub fn within_one(&self) -> ListEvents {
        let Self { search, level, source, tenant_id: _, from, to, cursor, limit } = self.clone();
        ListEvents { search, level, source, from, to, cursor, limit }
    }
}

/// Lists the tenant's own events, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListEvents {
    /// Text that the sentence contains.
    pub search: Option<String>,
    /// Only those that are so bad or worse.
    pub level: Option<EventLevel>,
    /// Only of this part.
    pub source: Option<EventSource>,
    /// Not before.
    pub from: Option<Moment>,
    /// Not after.
    pub to: Option<Moment>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListEvents, Get, "/api/tenant/events", TenantAdmin, Page<Event>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_word_used_once_and_is_found_again() {
        let mut seen = std::collections::BTreeSet::new();
        for code in EventCode::ALL {
            assert!(seen.insert(code.code()), "{} twice", code.code());
            assert_eq!(EventCode::find(code.code()), Some(*code));
            assert!(code.sentence().ends_with(['.', '}']), "{}", code.sentence());
            assert!(EventSource::ALL.contains(&code.source()));
            let tenant = matches!(code.source(), EventSource::Tenant);
            let bad = code.level() > EventLevel::Information;
            assert!(tenant || bad != code.fix().is_empty(), "{}: what is wrong has a fix, and only that", code.code());
        }
        assert_eq!(EventCode::find("never"), None);
    }

    #[test]
    fn an_event_speaks() {
        let event = NewEvent::of(TenantId(1), EventCode::ServerStarted, "1.2.3");
        assert_eq!(event.sentence(), "Belfry 1.2.3 has started.");
    }
}
