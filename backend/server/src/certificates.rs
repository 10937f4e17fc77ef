//! The certificate that is served: made when there is none, replaced when the store has another, renewed and warned of
//! before its end (TRN-06, OPS-03).

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use certificate::Pair;
use shared::certificate::{CertificateSource, WARNING_DAYS, renewal_at, warning_days};
use shared::event::{EventCode, NewEvent};
use store::{Actor, Change, Store};
use tokio::sync::broadcast::error::RecvError;

use crate::clock::Clock;
use crate::events::EventDoor;
use crate::transport::tls::Served;

/// How often the end of the certificate is looked at.
const WATCH_PAUSE: Duration = Duration::from_secs(3_600);
/// The pause before a certificate that could not be loaded is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Keeps what is served true.
pub struct Certificates {
    /// Where it is from.
    pub store: Store,
    /// What is served.
    pub served: Arc<Served>,
    /// For what is made.
    pub clock: Clock,
    /// Names and addresses of this process.
    pub own_names: Vec<String>,
    /// To the event log.
    pub events: EventDoor,
}

impl Certificates {
    /// Serves the stored certificate; where there is none, one of the installation's own root is made.
    pub async fn begin(&self) -> anyhow::Result<()> {
        if self.store.server_certificate().await?.is_none() {
            self.make().await?;
        }
        self.load().await
    }

    /// Follows changes for ever.
    pub async fn follow(self) {
        let mut changes = self.store.changes();
        loop {
            tokio::select! {
                change = changes.recv() => match change {
                    Ok(Change::CertificateChanged) | Err(RecvError::Lagged(_)) => self.replace().await,
                    Ok(_) => {}
                    Err(RecvError::Closed) => return,
                },
                () = tokio::time::sleep(WATCH_PAUSE) => {}
            }
            if let Err(error) = self.watch().await {
                tracing::error!(error = format!("{error:#}"), "the certificate's end could not be looked at");
            }
        }
    }

    async fn make(&self) -> anyhow::Result<()> {
        let actor = Actor::belfry();
        let made = api::make_local_certificate(&self.store, self.clock.now(), &actor, &self.own_names).await;
        made.map_err(|error| anyhow!("a certificate could not be made: {error}"))
    }

    async fn load(&self) -> anyhow::Result<()> {
        let stored = self.store.server_certificate().await?.context("there is no certificate")?;
        self.served.replace(Pair::stored(&stored.chain, &stored.key)?.certified()?);
        Ok(())
    }

    /// Puts what is stored in the place of what is served.
    async fn replace(&self) {
        while let Err(error) = self.load().await {
            tracing::error!(error = format!("{error:#}"), "the certificate could not be loaded; trying again");
            tokio::time::sleep(RETRY_PAUSE).await;
        }
        let described = self.store.server_certificate().await.ok().flatten();
        let described = described.and_then(|stored| Pair::stored(&stored.chain, &stored.key).ok()?.describe().ok());
        if let Some(served) = described {
            self.events.tell(NewEvent::new(EventCode::CertificateChanged, served.names.join(", ")));
        }
    }

    /// Renews what is ours to renew, and warns of what is not.
    async fn watch(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let Some(stored) = self.store.server_certificate().await? else { return Ok(()) };
        let description = Pair::stored(&stored.chain, &stored.key)?.describe()?;
        let Some(days) = warning_days(now, description.not_after) else { return Ok(()) };
        if stored.source == CertificateSource::Local && WARNING_DAYS.first().is_some_and(|first| days <= *first) {
            return self.make().await;
        }
        let words = format!("certificate for {} ends on {}", description.names.join(", "), description.not_after);
        // What is renewed by its authority is warned of once half of the time for that is over.
        let renewal = renewal_at(description.not_before, description.not_after);
        let overdue = (renewal.seconds() + description.not_after.seconds()) / 2;
        if stored.source == CertificateSource::Acme && now.seconds() < overdue {
            return Ok(());
        }
        if self.store.warn_of_certificate(now, days, &words).await? {
            tracing::warn!(days, "the certificate ends soon: {words}");
            let code = if days == 0 { EventCode::CertificateExpired } else { EventCode::CertificateExpiring };
            self.events.tell(NewEvent::new(code, words));
        }
        Ok(())
    }
}
