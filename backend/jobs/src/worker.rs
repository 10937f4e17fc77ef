//! Claims jobs, runs them, tries again with growing pauses, gives up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Result;
use shared::Moment;
use shared::event::{EventCode, NewEvent};
use store::{ClaimedJob, Job, Lane, Store};
use tokio::sync::watch;

use crate::client::acme::Authority;
use crate::client::email::{Email, Letter};
use crate::client::object_storage::ObjectStorages;
use crate::{move_recording, order_certificate, purge, send_email, send_queue_notice, send_voicemail};

/// Jobs that one claim takes.
const JOBS_MAX: u64 = 8;
/// How long a claimed job is left to this worker: longer than all of one claim can take.
pub const LEASE: Duration = Duration::from_secs(300);
/// How long a job of the storage is left to this worker: longer than the longest recording takes there and back.
const STORAGE_LEASE: Duration = Duration::from_secs(3_600);
/// How long a job of the storage that is in hand may go on when the worker is to stop.
const STORAGE_STOP_TIME_MAX: Duration = Duration::from_secs(10);
/// What is told where a storage is away: always the same, so that it is counted. The log and the job have the server's words.
const STORAGE_AWAY: &str = "the server does not take them";
/// The pause between two looks for work.
const POLL: Duration = Duration::from_secs(2);
/// Tries of a job before it is given up: with the pauses below, about two days. A mail has a time of its own.
pub const TRIES_MAX: u32 = 10;
/// The pause after the first failure; each later one is four times as long, …
const PAUSE_FIRST: Duration = Duration::from_secs(30);
/// … up to this.
const PAUSE_MAX: Duration = Duration::from_secs(6 * 3_600);

/// How long a mail is tried (MAIL-03): with the pauses above, ten times.
pub const MAIL_LIFE: Duration = Duration::from_secs(24 * 3_600);

/// What became of one try.
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// It is done, and comes again then.
    Again(Moment),
    /// It failed and may succeed later.
    Retry(anyhow::Error),
    /// It failed for good.
    GiveUp(anyhow::Error),
}

/// Does the stored work.
pub struct Worker<C> {
    store: Store,
    email: Email,
    authority: Authority,
    storages: ObjectStorages,
    clock: C,
    sign_at: Arc<AtomicI64>,
}

impl<C: Fn() -> Moment> Worker<C> {
    /// A worker that asks `clock` for the time.
    pub fn new(store: Store, email: Email, clock: C) -> Self {
        Self {
            store,
            email,
            authority: Authority::default(),
            storages: ObjectStorages::default(),
            clock,
            sign_at: Arc::default(),
        }
    }

    /// Asks certificate authorities through this.
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.authority = authority;
        self
    }

    /// Speaks with object storages through this.
    pub fn with_storages(mut self, storages: ObjectStorages) -> Self {
        self.storages = storages;
        self
    }

    /// When it last looked for work, in microseconds: its sign of life.
    pub fn sign_at(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.sign_at)
    }

    /// Works until `stop` becomes true or its sender is gone; the job in hand is finished first. What speaks with an object storage is done
    /// by [`Worker::run_storage`].
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.store.enqueue((self.clock)(), None, &Job::Purge).await {
            tracing::error!(%error, "the purge could not be stored");
        }
        while !*stop.borrow() {
            self.sign_at.store((self.clock)().0, Ordering::Relaxed);
            let done = self.run_claimed(Some(Lane::Others)).await;
            if !rest(done, &mut stop).await {
                return;
            }
        }
    }

    /// Does what speaks with an object storage, one job at a time, beside [`Worker::run`] and until the same `stop`: a storage that hangs
    /// holds up nothing else, and no stop for long.
    pub async fn run_storage(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let done = self.run_one_of_storage(&mut stop.clone()).await;
            if !rest(done, &mut stop).await {
                return;
            }
        }
    }

    /// Runs what is due of all lanes, at most one claim of it, and answers how many jobs that were.
    pub async fn run_due(&self) -> Result<usize> {
        self.run_claimed(None).await
    }

    async fn run_one_of_storage(&self, stop: &mut watch::Receiver<bool>) -> Result<usize> {
        let claimed = self.store.claim_jobs_of((self.clock)(), Some(Lane::Storage), STORAGE_LEASE, 1).await?;
        let Some(job) = claimed.into_iter().next() else { return Ok(0) };
        let stopped = async {
            let _ = stop.wait_for(|stop| *stop).await;
            tokio::time::sleep(STORAGE_STOP_TIME_MAX).await;
        };
        let outcome = tokio::select! {
            outcome = self.run_one(&job) => outcome,
            // The next start begins it anew.
            () = stopped => Outcome::Again((self.clock)()),
        };
        self.settle(&job, outcome).await?;
        Ok(1)
    }

    async fn run_claimed(&self, lane: Option<Lane>) -> Result<usize> {
        let jobs = self.store.claim_jobs_of((self.clock)(), lane, LEASE, JOBS_MAX).await?;
        let count = jobs.len();
        for job in jobs {
            let outcome = self.run_one(&job).await;
            self.settle(&job, outcome).await?;
        }
        Ok(count)
    }

    async fn run_one(&self, job: &ClaimedJob) -> Outcome {
        if job.tries > TRIES_MAX && job.job.singleton().is_none() && !job.job.is_lasting() {
            return Outcome::GiveUp(anyhow::anyhow!("its worker died again and again"));
        }
        match &job.job {
            Job::SendEmail { to, subject, text } => {
                let letter = Letter { to, subject, text, attachment: None, id: Some(job.id.0) };
                send_email::run(&self.store, &self.email, job.tenant_id, letter).await
            }
            Job::SendVoicemail { voicemail_id } => {
                send_voicemail::run(&self.store, &self.email, job, *voicemail_id).await
            }
            Job::SendQueueNotice { queue_call_id, manager_id, lost } => {
                send_queue_notice::run(&self.store, &self.email, job, *queue_call_id, *manager_id, *lost).await
            }
            Job::MoveRecording { recording_id } => {
                move_recording::run(&self.store, &self.storages, (self.clock)(), job.tenant_id, *recording_id).await
            }
            Job::RemoveObjects { keys } => move_recording::remove(&self.store, &self.storages, keys).await,
            Job::RemoveTenantObjects { tenant_id } => {
                move_recording::remove_tenant(&self.store, &self.storages, *tenant_id).await
            }
            Job::OrderCertificate => order_certificate::run(&self.store, &self.authority, (self.clock)()).await,
            Job::Purge => purge::run(&self.store, (self.clock)()).await,
        }
    }

    async fn settle(&self, job: &ClaimedJob, outcome: Outcome) -> Result<()> {
        let now = (self.clock)();
        match outcome {
            Outcome::Done => self.store.finish_job(job.id).await?,
            Outcome::Again(at) => self.store.repeat_job(job.id, at).await?,
            Outcome::Retry(error) => self.note_failure(now, job, &error, next_try(now, job)).await?,
            Outcome::GiveUp(error) => self.note_failure(now, job, &error, None).await?,
        }
        Ok(())
    }

    /// Tried again then, or given up.
    async fn note_failure(
        &self,
        now: Moment,
        job: &ClaimedJob,
        error: &anyhow::Error,
        retry_at: Option<Moment>,
    ) -> Result<()> {
        let words = format!("{error:#}");
        let (id, kind, tries) = (job.id, job.job.kind(), job.tries);
        match retry_at {
            Some(_) => tracing::warn!(%id, job = kind, tries, error = words, "a job failed and is tried again"),
            None => tracing::error!(%id, job = kind, tries, error = words, "a job was given up"),
        }
        match event(job, &words, retry_at) {
            Some(event) => self.store.fail_job_aloud(now, job, &words, retry_at, event).await?,
            None => self.store.fail_job(now, job.id, &words, retry_at).await?,
        }
        Ok(())
    }
}

impl<C> std::fmt::Debug for Worker<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
}

/// Until the next look for work; false where there is to be none.
async fn rest(done: Result<usize>, stop: &mut watch::Receiver<bool>) -> bool {
    match done {
        Ok(done) if done > 0 => return true,
        Ok(_) => {}
        Err(error) => tracing::error!(%error, "jobs could not be claimed"),
    }
    tokio::select! {
        () = tokio::time::sleep(POLL) => true,
        changed = stop.changed() => changed.is_ok(),
    }
}

/// When a job that failed is tried again; none when it has been tried long enough.
fn next_try(now: Moment, job: &ClaimedJob) -> Option<Moment> {
    let at = now + pause(job.tries);
    let last = job.created_at + MAIL_LIFE;
    match &job.job {
        Job::SendEmail { .. } | Job::SendVoicemail { .. } | Job::SendQueueNotice { .. } => {
            (now < last).then(|| at.min(last))
        }
        other => (job.tries < TRIES_MAX || other.singleton().is_some() || other.is_lasting()).then_some(at),
    }
}

/// What is told of a mail: that it waits, once, and that it was given up.
fn event(job: &ClaimedJob, words: &str, retry_at: Option<Moment>) -> Option<NewEvent> {
    let what = match &job.job {
        Job::SendEmail { to, .. } => format!("to {to}"),
        Job::SendVoicemail { .. } => "of a voice message".to_owned(),
        Job::SendQueueNotice { .. } => "to the manager of a queue".to_owned(),
        // Told once a job, and the event log counts what is the same.
        Job::MoveRecording { .. } | Job::RemoveObjects { .. } | Job::RemoveTenantObjects { .. } => {
            let told = NewEvent::new(EventCode::ObjectStorageAway, STORAGE_AWAY);
            return (job.tries == 1).then_some(told);
        }
        Job::Purge | Job::OrderCertificate => return None,
    };
    let (code, value) = match retry_at {
        None => (EventCode::MailGivenUp, format!("{what}. {words}")),
        Some(_) if job.tries == 1 => (EventCode::MailWaits, words.to_owned()),
        Some(_) => return None,
    };
    Some(NewEvent { tenant_id: job.tenant_id, code, value })
}

/// The pause after that many tries.
fn pause(tries: u32) -> Duration {
    PAUSE_FIRST.saturating_mul(4_u32.saturating_pow(tries.saturating_sub(1))).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let pauses: Vec<u64> = [1, 2, 3, 4, 6, 100].map(pause).map(|pause| pause.as_secs()).into();
        assert_eq!(pauses, [30, 120, 480, 1_920, 21_600, 21_600]);
    }
}
