//! Work that follows: stored in the transaction of its cause, claimed with a lease, done at least once.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use shared::event::NewEvent;
use shared::{ExtensionId, JobId, Moment, QueueCallId, RecordingId, TenantId, VoicemailId};

use crate::connect::Writing;
use crate::entity::{
    acme_challenge, activity, agent_span, ip_entry, job, ladder_piece, link, message, refusal, refusal_ladder,
    registration, session, sign_in_failure,
};
use crate::text::{from_json, json, outside, word};
use crate::{Error, Result, Store};

/// The word of the job that sends an e-mail.
pub(crate) const SEND_EMAIL: &str = "send_email";
/// The word of the job that mails a voice message.
pub(crate) const SEND_VOICEMAIL: &str = "send_voicemail";
/// The word of the job that mails a manager of a queue.
const SEND_QUEUE_NOTICE: &str = "send_queue_notice";
/// Jobs that one claim takes at most.
const CLAIM_MAX: u64 = 32;
/// How long refused registrations are kept after their last time.
const REFUSALS_KEPT: Duration = Duration::from_secs(30 * 86_400);
/// How long a binding that ran out is kept: the switch may be down and pick it up again.
const REGISTRATIONS_KEPT: Duration = Duration::from_secs(86_400);
/// How long messages are kept.
const MESSAGES_KEPT: Duration = Duration::from_secs(365 * 86_400);
/// How long it is known how members of queues stood.
const AGENT_SPANS_KEPT: Duration = Duration::from_secs(366 * 86_400);
/// How long a file may wait for its row.
const FILES_KEPT: Duration = Duration::from_secs(86_400);
/// Voice messages that one transaction removes.
const VOICEMAILS_PURGED_MAX: u64 = 5_000;
/// How long a job that was given up can be looked at.
const GIVEN_UP_KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Words of the jobs that speak with an object storage.
const MOVE_RECORDING: &str = "move_recording";
const REMOVE_OBJECTS: &str = "remove_objects";
const REMOVE_TENANT_OBJECTS: &str = "remove_tenant_objects";
const STORAGE_KINDS: [&str; 3] = [MOVE_RECORDING, REMOVE_OBJECTS, REMOVE_TENANT_OBJECTS];

/// Which jobs somebody claims: a storage that hangs holds up nobody's mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Those that speak with an object storage.
    Storage,
    /// All others.
    Others,
}

/// A stored piece of work.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Sends an e-mail.
    SendEmail {
        /// The recipient's address.
        to: String,
        /// The subject.
        subject: String,
        /// The plain text.
        text: String,
    },
    /// Mails whoever it is for that a voice message is there, and the message itself where that is wanted (VM-06).
    SendVoicemail {
        /// Which.
        voicemail_id: VoicemailId,
    },
    /// Mails a manager of a queue that a call is late, or was lost.
    SendQueueNotice {
        /// Of which call.
        queue_call_id: QueueCallId,
        /// Whom.
        manager_id: ExtensionId,
        /// Was it lost? Else it is late.
        lost: bool,
    },
    /// Moves a recording that has ended into the object storage (REC-08).
    MoveRecording {
        /// Which.
        recording_id: RecordingId,
    },
    /// Removes objects that no row names any more.
    RemoveObjects {
        /// Their names.
        keys: Vec<String>,
    },
    /// Removes all objects of a tenant that is no more.
    RemoveTenantObjects {
        /// Which.
        tenant_id: TenantId,
    },
    /// Removes what has run out. It exists once and comes again.
    Purge,
    /// Has a certificate issued by ACME. It exists once and comes again before the certificate's end.
    OrderCertificate,
}

impl Job {
    /// The word for logs; a job's content may be secret.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SendEmail { .. } => SEND_EMAIL,
            Self::SendVoicemail { .. } => SEND_VOICEMAIL,
            Self::SendQueueNotice { .. } => SEND_QUEUE_NOTICE,
            Self::MoveRecording { .. } => MOVE_RECORDING,
            Self::RemoveObjects { .. } => REMOVE_OBJECTS,
            Self::RemoveTenantObjects { .. } => REMOVE_TENANT_OBJECTS,
            Self::Purge => "purge",
            Self::OrderCertificate => "order_certificate",
        }
    }

    /// Is it tried until it is done? What lies in an object storage must not be lost sight of, however long that is away.
    pub const fn is_lasting(&self) -> bool {
        matches!(self, Self::MoveRecording { .. } | Self::RemoveObjects { .. } | Self::RemoveTenantObjects { .. })
    }

    /// The name under which it exists once; such a job is never given up.
    pub const fn singleton(&self) -> Option<&'static str> {
        match self {
            Self::SendEmail { .. }
            | Self::SendVoicemail { .. }
            | Self::SendQueueNotice { .. }
            | Self::MoveRecording { .. }
            | Self::RemoveObjects { .. }
            | Self::RemoveTenantObjects { .. } => None,
            Self::Purge => Some("purge"),
            Self::OrderCertificate => Some("order_certificate"),
        }
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

/// A job that is this worker's until its lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Its id.
    pub id: JobId,
    /// The tenant that it works for, if one.
    pub tenant_id: Option<TenantId>,
    /// What to do.
    pub job: Job,
    /// Which try this is, from one.
    pub tries: u32,
    /// When it was stored.
    pub created_at: Moment,
}

/// How many rows a purge removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Pieces of SIP ladders.
    pub ladders: u64,
    /// Messages that were old enough.
    pub messages: u64,
    /// Times of members of queues that were old enough.
    pub agent_spans: u64,
    /// Sessions that had run out.
    pub sessions: u64,
    /// Links that nobody took up in time.
    pub links: u64,
    /// Remembered failures of sign-ins.
    pub sign_in_failures: u64,
    /// Refused registrations.
    pub refusals: u64,
    /// Bindings that had run out.
    pub registrations: u64,
    /// Lines of the activity log.
    pub activity: u64,
    /// Lines of the event log.
    pub events: u64,
    /// Answers to certificate authorities.
    pub challenges: u64,
    /// Jobs that were given up.
    pub jobs: u64,
    /// Entries of the IP list that had ended.
    pub ip_entries: u64,
    /// Voice messages that were old enough (VM-05).
    pub voicemails: u64,
    /// Recordings that were old enough (T-06, REC-07).
    pub recordings: u64,
    /// Temporary conference rooms that nobody ever came to (CONF-18).
    pub conferences: u64,
    /// Sound files that belonged to nothing.
    pub files: u64,
}

impl Store {
    /// Stores a job, due at once. One that exists once and is there already stays as it is.
    pub async fn enqueue(&self, now: Moment, tenant: Option<TenantId>, job: &Job) -> Result<()> {
        let tx = self.write().await?;
        self.insert_job(&tx, now, tenant, job).await?;
        tx.commit().await
    }

    /// Takes jobs that are due, at most `limit`; nobody else gets them until `lease` has passed. A try is counted here,
    /// so that a job which kills its worker is given up too.
    pub async fn claim_jobs(&self, now: Moment, lease: Duration, limit: u64) -> Result<Vec<ClaimedJob>> {
        self.claim_jobs_of(now, None, lease, limit).await
    }

    /// The same of one lane alone.
    pub async fn claim_jobs_of(
        &self,
        now: Moment,
        lane: Option<Lane>,
        lease: Duration,
        limit: u64,
    ) -> Result<Vec<ClaimedJob>> {
        let of_lane = match lane {
            None => Condition::all(),
            Some(Lane::Storage) => Condition::all().add(job::Column::Kind.is_in(STORAGE_KINDS)),
            Some(Lane::Others) => Condition::all().add(job::Column::Kind.is_not_in(STORAGE_KINDS)),
        };
        let tx = self.write().await?;
        // SKIP LOCKED is PostgreSQL's; SQLite has one writer, and this transaction is it.
        let rows = job::Entity::find()
            .filter(job::Column::RunAt.lte(now.0))
            .filter(job::Column::GivenUpAt.is_null())
            .filter(of_lane)
            .order_by_asc(job::Column::RunAt)
            .order_by_asc(job::Column::Id)
            .limit(limit.min(CLAIM_MAX))
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&*tx)
            .await?;
        job::Entity::update_many()
            .col_expr(job::Column::RunAt, Expr::value((now + lease).0))
            .col_expr(job::Column::Tries, Expr::cust("tries + 1"))
            .filter(job::Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in rows {
            match self.open_job(&row) {
                Ok(job) => claimed.push(job),
                Err(error) => self.fail_job(now, JobId(row.id), &error.to_string(), None).await?,
            }
        }
        Ok(claimed)
    }

    /// How many jobs wait, and how many were given up.
    pub async fn count_jobs(&self) -> Result<(u64, u64)> {
        let given_up = job::Entity::find().filter(job::Column::GivenUpAt.is_not_null()).count(&self.inner.db).await?;
        let waiting = job::Entity::find().filter(job::Column::GivenUpAt.is_null()).count(&self.inner.db).await?;
        Ok((waiting, given_up))
    }

    /// The job is done.
    pub async fn finish_job(&self, id: JobId) -> Result<()> {
        let tx = self.write().await?;
        job::Entity::delete_by_id(id.0).exec(&*tx).await?;
        tx.commit().await
    }

    /// The job is done and comes again then, its tries counted anew.
    pub async fn repeat_job(&self, id: JobId, run_at: Moment) -> Result<()> {
        let tx = self.write().await?;
        job::Entity::update_many()
            .col_expr(job::Column::RunAt, Expr::value(run_at.0))
            .col_expr(job::Column::Tries, Expr::value(0_i64))
            .filter(job::Column::Id.eq(id.0))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    /// The try failed; it is tried again then, or given up where there is no time to try again.
    pub async fn fail_job(&self, now: Moment, id: JobId, error: &str, retry_at: Option<Moment>) -> Result<()> {
        let tx = self.write().await?;
        self.write_failure(&tx, now, id, error, retry_at).await?;
        tx.commit().await
    }

    async fn write_failure(
        &self,
        tx: &Writing,
        now: Moment,
        id: JobId,
        error: &str,
        retry_at: Option<Moment>,
    ) -> Result<()> {
        let mut change = job::Entity::update_many()
            .col_expr(job::Column::LastError, Expr::value(outside(error)))
            .filter(job::Column::Id.eq(id.0));
        change = match retry_at {
            Some(at) => change.col_expr(job::Column::RunAt, Expr::value(at.0)),
            None => change.col_expr(job::Column::GivenUpAt, Expr::value(now.0)),
        };
        change.exec(&**tx).await?;
        Ok(())
    }

    /// As [`Store::fail_job`], with an event that tells of it.
    pub async fn fail_job_aloud(
        &self,
        now: Moment,
        job: &ClaimedJob,
        error: &str,
        retry_at: Option<Moment>,
        event: NewEvent,
    ) -> Result<()> {
        let tx = self.write().await?;
        self.write_failure(&tx, now, job.id, error, retry_at).await?;
        self.note_event(&tx, now, event).await?;
        tx.commit().await
    }

    /// Removes what has run out. The logs are kept as long as the settings say.
    pub async fn purge(&self, now: Moment) -> Result<Purged> {
        let settings = self.get_settings().await?;
        let days = |count: u32| now - Duration::from_secs(86_400).saturating_mul(count);
        let tx = self.write().await?;
        macro_rules! remove {
            ($module:ident, $column:ident, $until:expr) => {
                $module::Entity::delete_many()
                    .filter($module::Column::$column.lte($until.0))
                    .exec(&*tx)
                    .await?
                    .rows_affected
            };
        }
        let purged = Purged {
            sessions: remove!(session, ExpiresAt, now),
            links: remove!(link, ExpiresAt, now),
            sign_in_failures: remove!(sign_in_failure, ForgetAt, now),
            refusals: remove!(refusal, LastAt, (now - REFUSALS_KEPT)),
            registrations: remove!(registration, ExpiresAt, (now - REGISTRATIONS_KEPT)),
            activity: remove!(activity, At, (days(settings.activity_days))),
            events: self.purge_events(&tx, days(settings.event_days)).await?,
            ladders: remove!(ladder_piece, At, (days(settings.capture_days)))
                + remove!(refusal_ladder, At, (days(settings.capture_days))),
            agent_spans: remove!(agent_span, EndedAt, (now - AGENT_SPANS_KEPT)),
            messages: remove!(message, SentAt, (now - MESSAGES_KEPT)),
            challenges: remove!(acme_challenge, ExpiresAt, now),
            jobs: remove!(job, GivenUpAt, (now - GIVEN_UP_KEPT)),
            ip_entries: remove!(ip_entry, ExpiresAt, now),
            voicemails: 0,
            recordings: 0,
            conferences: 0,
            files: 0,
        };
        tx.commit().await?;
        let voicemails = match settings.voicemail_days {
            0 => 0,
            count => self.purge_old_voicemails(now, days(count)).await?,
        };
        let recordings = match settings.recording_days {
            0 => 0,
            count => self.purge_recordings(now, days(count)).await?,
        };
        let conferences = self.purge_temporary_conferences(now).await?;
        let files = self.sweep_files(now - FILES_KEPT).await?;
        self.weigh_all(now).await?;
        Ok(Purged { voicemails, recordings, conferences, files, ..purged })
    }

    /// Removes the voice messages that are so old, and then their sounds.
    async fn purge_old_voicemails(&self, now: Moment, until: Moment) -> Result<u64> {
        let mut count = 0;
        loop {
            let tx = self.write().await?;
            let gone = self.purge_voicemails(&tx, until, VOICEMAILS_PURGED_MAX).await?;
            let tenants: BTreeSet<TenantId> = gone.iter().map(|(tenant, _)| *tenant).collect();
            self.commit_weighed(tx, now, tenants).await?;
            let some = gone.len() as u64;
            self.remove_files(gone).await;
            count += some;
            if some < VOICEMAILS_PURGED_MAX {
                return Ok(count);
            }
        }
    }

    pub(crate) async fn insert_job(
        &self,
        tx: &Writing,
        now: Moment,
        tenant: Option<TenantId>,
        job: &Job,
    ) -> Result<()> {
        let id = self.next_id::<JobId>(now);
        let row = job::ActiveModel {
            id: Set(id.0),
            tenant_id: Set(tenant.map(i64::from)),
            kind: Set(word(&job.kind())?),
            singleton: Set(job.singleton().map(str::to_owned)),
            payload: Set(self.inner.keys.seal(&place(id.0), &json(job)?)?),
            run_at: Set(now.0),
            tries: Set(0),
            given_up_at: Set(None),
            last_error: Set(None),
            created_at: Set(now.0),
        };
        let insert = job::Entity::insert(row).on_conflict_do_nothing_on([job::Column::Singleton]);
        insert.exec_without_returning(&**tx).await?;
        Ok(())
    }

    /// A job that exists once is due now, as if it were new.
    pub(crate) async fn run_again(&self, tx: &Writing, now: Moment, job: &Job) -> Result<()> {
        job::Entity::update_many()
            .col_expr(job::Column::RunAt, Expr::value(now.0))
            .col_expr(job::Column::Tries, Expr::value(0_i64))
            .col_expr(job::Column::GivenUpAt, Expr::value(None::<i64>))
            .filter(job::Column::Singleton.eq(job.singleton()))
            .exec(&**tx)
            .await?;
        Ok(())
    }

    fn open_job(&self, row: &job::Model) -> Result<ClaimedJob> {
        let job = from_json(&self.inner.keys.open(&place(row.id), &row.payload)?);
        Ok(ClaimedJob {
            id: JobId(row.id),
            tenant_id: row.tenant_id.map(TenantId),
            job: job.map_err(|_| Error::Row(format!("a job {} is unknown to this version", row.kind)))?,
            tries: u32::try_from(row.tries + 1).unwrap_or(u32::MAX),
            created_at: Moment(row.created_at),
        })
    }
}

/// Where a job's payload is sealed.
fn place(id: i64) -> String {
    format!("job/{id}")
}
