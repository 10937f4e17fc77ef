//! SQLite (the embedded default) and PostgreSQL, one code; the only crate that knows sea-orm.
//!
//! Map: [`Store`] is the platform's view, [`TenantStore`] one tenant's; both answer the operations of `shared` by
//! methods of their names. One file per noun: `tenant`, `extension` (and `extension_file`: bulk and CSV), `call_record`,
//! `extension_group` (and `rights`: what follows from them), `registration`, `activity` (and `undo`, `undo_queue`: back to what was before), `event`, `home`, `hours`,
//! `forwarding`, `direct_number`, `balance`, `dialing`, `feature_code`, `blocked_number` (and `blocked_number_file`), `inbound_rule`
//! (and `inbound_rule_file`), `ring_group`, `receptionist`, `conference_room` (and `conference_fact`, `conference_mail`), `queue` (and `queue_fact`, `queue_call` what happens in them; `vip`,
//! `exclusive_agent`, `nuisance` who is treated in a way of its own there), `phone` (and `phone_key`, `phone_setup`: what a phone is told; `phone_credential`: what a browser's registers with) the phones, `destination` where calls are led to, `voicemail` (and `voicemail_fact`) what
//! callers leave, `recording` (and `recording_fact`, `recording_rule`) what was said in calls, `object_storage` where it lies then, `sound` and `files` what people bring to be played, `music` what of it those on hold hear, `storage` how much
//! all of that takes. Sign-in:
//! `account` (and `own_extension`: which an administrator has), `session`, `link`, `sign_in_failure`. The switch's feed: `change` and `plan` out, `fact` in (`monitor_fact`: who has monitored whom; `renewal`: the short way for a binding that stands; `ladder`: what was captured). `transport`,
//! `certificate` and `acme` are what SIP listens by, `ip_list` whom it hears. `job` is work that follows, `mail_server` what its mails go out by, `wizard` keeps the steps of the set-up in one transaction, `setting` what
//! the provider sets and the installation's own values. Below
//! them: `connect`
//! (opening and writing), `scope` (the one filter), `page` (cursors and search), `secret` (sealing, digests, tokens),
//! `text` (words, folding, CSV cells), `csv_file` (what is imported and exported), `entity` (the rows). `testing` gives each test a fresh database of either kind.
//!
//! **Invariant:** a [`TenantStore`] reads and writes its tenant's rows only; every query of it starts in `scope`.
//! Another tenant's id answers [`Error::NotFound`], as one that never was.
//! **Invariant:** what was answered `Ok` survives `kill -9`; a change and its line in the activity log are one
//! transaction.
//! **Invariant:** the store reads no clock: `now` is handed in. It draws its secrets from the operating system itself.
//! **Invariant:** no secret stands in the database in clear: SIP secrets and job payloads are sealed, links are stored as
//! hashes (those of phones sealed too, to be shown again), refresh tokens not at all.
//! **Invariant:** a sound's file comes before its row and goes after it; what a crash leaves between the two is swept by the purge.
//! **Invariant:** an extension has an e-mail address exactly when it has an account; `extension` alone writes both. One that an administrator
//! has as the own one has no address.
//! **Invariant:** on SQLite one writer at a time, by a lock and `BEGIN IMMEDIATE`; on PostgreSQL whoever counts against a
//! quota holds the tenant's row.

mod account;
mod acme;
mod activity;
mod balance;
mod blocked_number;
mod blocked_number_file;
mod bulk;
mod call_record;
mod certificate;
mod change;
mod conference_fact;
mod conference_mail;
mod conference_room;
mod connect;
mod csv_file;
mod destination;
mod dialing;
mod direct_number;
mod entity;
mod error;
mod event;
mod exclusive_agent;
mod extension;
mod extension_file;
mod extension_group;
mod fact;
mod feature_code;
mod files;
mod forwarding;
mod home;
mod hours;
mod inbound_rule;
mod inbound_rule_file;
mod ip_list;
mod job;
mod ladder;
mod link;
mod mail_server;
mod message;
mod monitor_fact;
mod music;
mod nuisance;
mod number;
mod object_storage;
mod outbound_rule;
mod own_extension;
mod page;
mod personal;
mod phone;
mod phone_credential;
mod phone_key;
mod phone_setup;
mod plan;
mod presence;
mod queue;
mod queue_call;
mod queue_fact;
mod receptionist;
mod recording;
mod recording_fact;
mod recording_rule;
mod registration;
mod renewal;
mod rights;
mod ring_group;
mod scope;
mod secret;
mod session;
mod session_account;
mod setting;
mod sign_in_failure;
mod sound;
mod storage;
mod subscription;
mod tenant;
mod tenant_profile;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod transport;
mod trunk;
mod turn;
mod undo;
mod undo_queue;
mod vip;
mod voicemail;
mod voicemail_fact;
mod wizard;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use sea_orm::DatabaseConnection;
use shared::id::IdSource;
use shared::{AccountId, Moment, TenantId};

pub use account::AccountRow;
pub use acme::AcmeAccount;
pub use certificate::StoredCertificate;
pub use change::{Change, Follower, StoreClosed};
pub use error::{Error, Result};
pub use event::Happened;
pub use files::Files;
pub use job::{ClaimedJob, Job, Lane, Purged};
pub use link::{INVITATION_TTL, Purpose};
pub use mail_server::{Outgoing, StoredMailServer};
pub use object_storage::{Bucket, Move, StoredObjectStorage};
pub use phone::PhoneOwner;
pub use phone_credential::PhoneSubject;
pub use phone_setup::PhoneSetup;
pub use plan::{ActionPassword, Ha1Set, MailboxPin, PlanExtension, PlanMonitor, TenantPlanRow};
pub use queue_call::{AgentFigures, QueueNotice};
pub use secret::SecretKey;
pub use session::{REFRESH_GRACE, Rotation, SESSION_TTL};
pub use session_account::SessionAccount;
pub use sign_in_failure::{SIGN_IN_FAILURES_MAX, SIGN_IN_LOCK};
pub use sound::NewSound;
pub use text::csv_cell;
pub use trunk::PlanTrunk;
pub use turn::StoredTurn;
pub use voicemail::VoicemailNotice;
pub use wizard::{UploadedCertificate, WizardSteps};

/// The platform's view: all tenants. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: DatabaseConnection,
    /// SQLite has one writer; queueing for it here is fair, busy-waiting in the engine is not.
    writer: Option<Arc<tokio::sync::Mutex<()>>>,
    keys: secret::Keys,
    ids: Mutex<IdSource>,
    changes: change::Changes,
    mail: RwLock<Option<MailLinks>>,
    mail_server: RwLock<Option<StoredMailServer>>,
    refusals_written: AtomicU64,
    ladders_written: AtomicU64,
    written: renewal::WrittenRows,
    files: OnceLock<files::Files>,
    bucket: OnceLock<Arc<dyn Bucket>>,
}

/// One tenant's view: its data and nothing else. Cheap to clone.
#[derive(Clone)]
pub struct TenantStore {
    store: Store,
    id: TenantId,
}

/// Who does it, for the activity log (LOG-02).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account_id: AccountId,
    /// Its e-mail address.
    pub email: String,
    /// The name of the tenant that an admin acts for (ACC-07).
    pub acting_for: Option<String>,
    /// From which address.
    pub address: Option<String>,
}

impl Actor {
    /// What nobody does but the process itself.
    pub fn belfry() -> Self {
        Self { account_id: AccountId(0), email: "belfry".to_owned(), acting_for: None, address: None }
    }
}

/// How invitations go out by e-mail, where a mail server is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLinks {
    /// What stands before the token in a link, such as `https://pbx.example/link/`.
    pub prefix: String,
}

impl Store {
    /// The view of one tenant, whether it exists or not: of one that does not, everything is not found.
    pub fn tenant(&self, id: TenantId) -> TenantStore {
        TenantStore { store: self.clone(), id }
    }

    /// From now on every invitation is sent by e-mail too, as a job of the transaction that makes it, while a mail server is set.
    pub fn send_invitations(&self, links: MailLinks) {
        *self.inner.mail.write().unwrap_or_else(PoisonError::into_inner) = Some(links);
    }

    fn mail(&self) -> Option<MailLinks> {
        self.inner.mail.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next_id<I: From<i64>>(&self, now: Moment) -> I {
        self.inner.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now)
    }

    fn tell(&self, change: Change) {
        self.inner.changes.tell(change);
    }
}

impl TenantStore {
    /// Whose view it is.
    pub fn tenant_id(&self) -> TenantId {
        self.id
    }

    fn db(&self) -> &DatabaseConnection {
        &self.store.inner.db
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl std::fmt::Debug for TenantStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TenantStore({})", self.id)
    }
}
