//! `Purge`: removes what has run out, every hour.

use std::time::Duration;

use shared::Moment;
use store::Store;

use crate::worker::Outcome;

/// The pause between two purges.
const PAUSE: Duration = Duration::from_secs(3_600);

pub(crate) async fn run(store: &Store, now: Moment) -> Outcome {
    match store.purge(now).await {
        Ok(purged) => {
            tracing::debug!(?purged, "what had run out was removed");
            Outcome::Again(now + PAUSE)
        }
        Err(error) => Outcome::Retry(error.into()),
    }
}
