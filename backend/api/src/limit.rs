//! How often one session may ask (API-14): a bucket each.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use shared::{Moment, SessionId};

use crate::error::{Error, Result};

/// Requests that a session may make at once after a pause.
pub(crate) const BURST: u64 = 400;
/// Requests a minute that it may make for ever.
const PER_MINUTE: u64 = 3_000;
/// Refusals that are noted of a session at once after a pause.
const FAILURES_BURST: u64 = 60;
/// Refusals a minute that are noted for ever.
const FAILURES_PER_MINUTE: u64 = 6;
/// Sessions that are watched at the same time.
const SESSIONS_MAX: usize = 100_000;

/// The buckets of the sessions that asked lately.
pub(crate) struct Rates {
    burst: u64,
    per_minute: u64,
    buckets: Mutex<BTreeMap<SessionId, Bucket>>,
}

struct Bucket {
    /// What is left, in sixty thousandths of a request.
    left: u64,
    at: Moment,
}

/// A whole request.
const WHOLE: u64 = 60_000;

impl Rates {
    /// Of requests.
    pub(crate) fn of_requests() -> Self {
        Self { burst: BURST, per_minute: PER_MINUTE, buckets: Mutex::default() }
    }

    /// Of refusals that are noted.
    pub(crate) fn of_failures() -> Self {
        Self { burst: FAILURES_BURST, per_minute: FAILURES_PER_MINUTE, buckets: Mutex::default() }
    }

    /// Takes one request out of the session's bucket.
    pub(crate) fn admit(&self, now: Moment, session: SessionId) -> Result<()> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= SESSIONS_MAX && !buckets.contains_key(&session) {
            // A full bucket is as good as none.
            buckets.retain(|_, bucket| bucket.filled(now, self) < self.burst * WHOLE);
            if buckets.len() >= SESSIONS_MAX {
                return Err(Error::Busy);
            }
        }
        let bucket = buckets.entry(session).or_insert(Bucket { left: self.burst * WHOLE, at: now });
        bucket.left = bucket.filled(now, self);
        bucket.at = now;
        bucket.left = bucket.left.checked_sub(WHOLE).ok_or(Error::TooManyRequests)?;
        Ok(())
    }
}

impl Bucket {
    fn filled(&self, now: Moment, rates: &Rates) -> u64 {
        let millis = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        self.left.saturating_add(millis.saturating_mul(rates.per_minute)).min(rates.burst * WHOLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn api_14_a_session_that_asks_without_end_is_slowed_and_its_neighbour_is_not() {
        let (rates, now) = (Rates::of_requests(), Moment::from_seconds(1_000));
        for _ in 0..BURST {
            rates.admit(now, SessionId(1)).unwrap();
        }
        assert!(matches!(rates.admit(now, SessionId(1)), Err(Error::TooManyRequests)));
        rates.admit(now, SessionId(2)).unwrap();
        let later = now + Duration::from_secs(1);
        for _ in 0..PER_MINUTE / 60 {
            rates.admit(later, SessionId(1)).unwrap();
        }
        assert!(rates.admit(later, SessionId(1)).is_err());
    }
}
