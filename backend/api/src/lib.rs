//! HTTP: the portals' operations and the portals themselves.
//!
//! Map: `router` is the table of contents, every operation on one page; `route` serves an operation of `shared`,
//! `request` reads it and `answer` writes what it gave; `caller` says who asks and which store a handler is given.
//! `admin`, `tenant` and `user` are the portals, one file per noun; `csv_file`, `ladder_file` and `sound_file` write files; `upload` takes sounds. `sign_in`, `session`, `setup`, `account`, `token`,
//! `password` and `origin` are the way in; `failed` notes what was refused; `live` is what happens, as it happens; `door` asks the switch. `spa`,
//! `openapi` and `headers` are what browsers get beside, `provisioning` what desk phones get; `error` is the only place that knows HTTP statuses.
//!
//! **Invariant:** a handler of the tenant's and the user's portal is given a `TenantStore` and nothing wider; that an
//! operation is served by a handler for its own access is checked by the compiler (`route`).
//! **Invariant:** every refusal is `application/problem+json`; no error tells more than its reader may know.
//! **Invariant:** every body, wait, queue and connection has a bound with a name.

mod account;
mod acme;
mod admin;
mod answer;
mod caller;
mod conference;
mod csv_file;
mod dictation;
mod door;
mod error;
mod failed;
mod headers;
mod health;
mod ladder_file;
mod limit;
mod live;
mod mac;
mod member_state;
mod openapi;
mod origin;
pub mod password;
mod provisioning;
mod request;
mod route;
mod router;
mod session;
mod setup;
mod sign_in;
mod sound_file;
mod spa;
mod tenant;
mod time_span;
mod token;
mod upload;
mod user;
mod wallboard;

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use shared::Moment;
use shared::diagnosis::Finding;
use shared::event::NewEvent;
use shared::health::ServiceRow;
use shared::mail_server::MailTest;
use shared::network::NetworkState;
use shared::phone_credential::PhoneCredentialKey;
use shared::port::{OutgoingRow, PortRow};
use store::{Outgoing, Store};
use tokio::sync::{Semaphore, watch};

pub use admin::certificate::make_local_certificate;
pub use door::{ListenersAsk, ListenersDoor, LiveDoor};
pub use headers::TLS_HEADER;
pub use route::{AnswerKind, Entry};

/// Tells how the parts of the process stand.
pub type ServicesDoor = Arc<dyn Fn() -> Vec<ServiceRow> + Send + Sync>;

/// Reads the time; the only clock there is in here.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Lets the process look at itself, one look at a time.
pub type Checks = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Vec<Finding>> + Send>> + Send + Sync>;

/// Sends a test mail by a server to somebody, and tells what came of it.
pub type MailDoor = Arc<dyn Fn(Outgoing, String) -> Pin<Box<dyn Future<Output = MailTest> + Send>> + Send + Sync>;

/// Takes what has happened, for the event log (LOG-01). It never waits.
pub type EventsDoor = Arc<dyn Fn(NewEvent) + Send + Sync>;

/// What the process stands on: its ports beside the listeners of SIP, and whom it connects to (SYS-07).
#[derive(Clone)]
pub struct Ground {
    /// The ports.
    pub rows: Vec<PortRow>,
    /// Whom it connects to.
    pub outgoing: Vec<OutgoingRow>,
    /// Tells the DNS servers that are asked.
    pub resolvers: Arc<dyn Fn() -> Vec<String> + Send + Sync>,
}

/// What the process tells the API about itself.
#[derive(Clone)]
pub struct Config {
    /// The address that people open, without a slash at its end, such as `https://pbx.example`.
    pub public_url: String,
    /// The key that signs access tokens; another one signs everybody out within [`shared::account::Session`]'s life.
    pub jwt_key: [u8; 32],
    /// The key of the browser phones' credentials; the switch has the same.
    pub phone_credential_key: PhoneCredentialKey,
    /// The addresses that devices are told to send to.
    pub network: watch::Receiver<NetworkState>,
    /// Looks at the installation.
    pub checks: Checks,
    /// Sends test mails.
    pub mail: MailDoor,
    /// Takes events.
    pub events: EventsDoor,
    /// Names and addresses under which the process is reached, for a certificate of its own root (TRN-06).
    pub own_names: Vec<String>,
    /// Addresses of the server beside those of `network`; none is ever blocked (IPB-05).
    pub own_addresses: Vec<IpAddr>,
    /// The version of the binary; told to administrators only.
    pub version: String,
    /// When the process started.
    pub started_at: Moment,
    /// Reads the time.
    pub clock: Clock,
    /// Shall browsers that came over TLS never come without it again? Not with a certificate that they warn of.
    pub strict_transport: bool,
    /// Where the log's files lie (LOG-03).
    pub log_folder: PathBuf,
    /// Its ports.
    pub ground: Ground,
    /// How the parts of the process stand (HOME-03).
    pub services: ServicesDoor,
    /// Does a proxy stand before the server whose `X-Forwarded-Proto` and `X-Forwarded-For` may be believed?
    pub trusted_proxy: bool,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("public_url", &self.public_url)
            .field("jwt_key", &"***")
            .field("phone_credential_key", &"***")
            .field("own_names", &self.own_names)
            .field("own_addresses", &self.own_addresses)
            .field("version", &self.version)
            .field("started_at", &self.started_at)
            .field("strict_transport", &self.strict_transport)
            .field("trusted_proxy", &self.trusted_proxy)
            .finish_non_exhaustive()
    }
}

/// The whole HTTP side: `/api`, `/api/live` and the SPA. The server adds `/sip` beside it.
pub fn router(config: Config, store: Store, live: LiveDoor, listeners: ListenersDoor) -> axum::Router {
    router::all(App::new(config, store, live, listeners))
}

/// What a listener of plain HTTP serves beside HTTPS: answers to certificate authorities, and the way to the portal.
pub fn redirects(config: Config, store: Store, live: LiveDoor, listeners: ListenersDoor) -> axum::Router {
    acme::redirects(App::new(config, store, live, listeners))
}

/// Every operation that [`router`] serves, in the order of its page.
pub fn operations() -> Vec<Entry> {
    router::operations().entries
}

/// What every handler can reach. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) door: LiveDoor,
    pub(crate) listeners: ListenersDoor,
    pub(crate) tokens: token::Tokens,
    pub(crate) passwords: password::Passwords,
    pub(crate) lanes: sign_in::Lanes,
    pub(crate) rates: limit::Rates,
    /// How many refusals of a session are noted.
    pub(crate) failures: limit::Rates,
    /// A seat for each test mail under way.
    pub(crate) mail_tests: Semaphore,
    /// A seat for each test of the object storage.
    pub(crate) object_storage_tests: Semaphore,
    /// A seat for each sound on its way in, and one for each that is being converted.
    pub(crate) uploads: upload::Seats,
    /// Who has asked for configurations of phones that are not there.
    pub(crate) misses: provisioning::Misses,
    /// A seat for each live connection.
    pub(crate) live_seats: Arc<Semaphore>,
}

impl App {
    fn new(config: Config, store: Store, door: LiveDoor, listeners: ListenersDoor) -> Self {
        let tokens = token::Tokens::new(&config.jwt_key);
        Self {
            inner: Arc::new(Inner {
                config,
                store,
                door,
                listeners,
                tokens,
                passwords: password::Passwords::default(),
                lanes: sign_in::Lanes::default(),
                rates: limit::Rates::of_requests(),
                failures: limit::Rates::of_failures(),
                uploads: upload::Seats::default(),
                mail_tests: Semaphore::new(admin::mail_server::TESTS_MAX),
                object_storage_tests: Semaphore::new(admin::object_storage::TESTS_MAX),
                misses: provisioning::Misses::default(),
                live_seats: Arc::new(Semaphore::new(live::CONNECTIONS_MAX)),
            }),
        }
    }

    /// The one-time link of a token, as people open it. The token stands behind the `#`, which no server logs.
    pub(crate) fn link(&self, token: &str) -> String {
        format!("{}/link#{token}", self.config.public_url.trim_end_matches('/'))
    }

    pub(crate) fn now(&self) -> Moment {
        (self.inner.config.clock)()
    }
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}
