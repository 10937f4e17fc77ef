//! Claims jobs, runs them, tries again with growing pauses, gives up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Result;
use shared::Moment;
use store::{ClaimedJob, Job, Store};
use tokio::sync::watch;

use crate::client::acme::Authority;
use crate::client::email::Email;
use crate::{order_certificate, purge, send_email};

/// Jobs that one claim takes.
const JOBS_MAX: u64 = 8;
/// How long a claimed job is left to this worker: longer than all of one claim can take.
pub const LEASE: Duration = Duration::from_secs(300);
/// The pause between two looks for work.
const POLL: Duration = Duration::from_secs(2);
/// Tries of a job before it is given up: with the pauses below, about two days.
pub const TRIES_MAX: u32 = 10;
/// The pause after the first failure; each later one is four times as long, …
const PAUSE_FIRST: Duration = Duration::from_secs(30);
/// … up to this.
const PAUSE_MAX: Duration = Duration::from_secs(6 * 3_600);

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
    clock: C,
    sign_at: Arc<AtomicI64>,
}

impl<C: Fn() -> Moment> Worker<C> {
    /// A worker that asks `clock` for the time.
    pub fn new(store: Store, email: Email, clock: C) -> Self {
        Self { store, email, authority: Authority::default(), clock, sign_at: Arc::default() }
    }

    /// Asks certificate authorities through this.
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.authority = authority;
        self
    }

    /// When it last looked for work, in microseconds: its sign of life.
    pub fn sign_at(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.sign_at)
    }

    /// Works until `stop` becomes true or its sender is gone; the job in hand is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.store.enqueue((self.clock)(), None, &Job::Purge).await {
            tracing::error!(%error, "the purge could not be stored");
        }
        while !*stop.borrow() {
            self.sign_at.store((self.clock)().0, Ordering::Relaxed);
            match self.run_due().await {
                Ok(done) if done > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "jobs could not be claimed"),
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Runs what is due, at most one claim of it, and answers how many jobs that were.
    pub async fn run_due(&self) -> Result<usize> {
        let jobs = self.store.claim_jobs((self.clock)(), LEASE, JOBS_MAX).await?;
        let count = jobs.len();
        for job in jobs {
            let outcome = self.run_one(&job).await;
            self.settle(&job, outcome).await?;
        }
        Ok(count)
    }

    async fn run_one(&self, job: &ClaimedJob) -> Outcome {
        if job.tries > TRIES_MAX && job.job.singleton().is_none() {
            return Outcome::GiveUp(anyhow::anyhow!("its worker died again and again"));
        }
        match &job.job {
            Job::SendEmail { to, subject, text } => send_email::run(&self.email, to, subject, text).await,
            Job::OrderCertificate => order_certificate::run(&self.store, &self.authority, (self.clock)()).await,
            Job::Purge => purge::run(&self.store, (self.clock)()).await,
        }
    }

    async fn settle(&self, job: &ClaimedJob, outcome: Outcome) -> Result<()> {
        let now = (self.clock)();
        match outcome {
            Outcome::Done => self.store.finish_job(job.id).await?,
            Outcome::Again(at) => self.store.repeat_job(job.id, at).await?,
            Outcome::Retry(error) if job.tries < TRIES_MAX || job.job.singleton().is_some() => {
                tracing::warn!(id = %job.id, job = job.job.kind(), tries = job.tries, error = %format!("{error:#}"), "a job failed and is tried again");
                self.store.fail_job(now, job.id, &format!("{error:#}"), Some(now + pause(job.tries))).await?;
            }
            Outcome::Retry(error) | Outcome::GiveUp(error) => {
                tracing::error!(id = %job.id, job = job.job.kind(), tries = job.tries, error = %format!("{error:#}"), "a job was given up");
                self.store.fail_job(now, job.id, &format!("{error:#}"), None).await?;
            }
        }
        Ok(())
    }
}

impl<C> std::fmt::Debug for Worker<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
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
