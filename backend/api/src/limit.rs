//! How often one session may ask (API-14): a bucket each.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use shared::{Moment, SessionId};

use crate::error::{Error, Result};

/// Requests that a session may make at once after a pause.
pub(crate) const BURST: u64 = 400;
/// Requests a second that it may make for ever.
const PER_SECOND: u64 = 50;
/// Sessions that are watched at the same time.
const SESSIONS_MAX: usize = 100_000;

/// The buckets of the sessions that asked lately.
#[derive(Default)]
pub(crate) struct Rates {
    buckets: Mutex<BTreeMap<SessionId, Bucket>>,
}

struct Bucket {
    /// What is left, in thousandths of a request.
    left: u64,
    at: Moment,
}

impl Rates {
    /// Takes one request out of the session's bucket.
    pub(crate) fn admit(&self, now: Moment, session: SessionId) -> Result<()> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= SESSIONS_MAX && !buckets.contains_key(&session) {
            // A full bucket is as good as none.
            buckets.retain(|_, bucket| bucket.filled(now) < BURST * 1_000);
            if buckets.len() >= SESSIONS_MAX {
                return Err(Error::Busy);
            }
        }
        let bucket = buckets.entry(session).or_insert(Bucket { left: BURST * 1_000, at: now });
        bucket.left = bucket.filled(now);
        bucket.at = now;
        bucket.left = bucket.left.checked_sub(1_000).ok_or(Error::TooManyRequests)?;
        Ok(())
    }
}

impl Bucket {
    fn filled(&self, now: Moment) -> u64 {
        let millis = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        self.left.saturating_add(millis.saturating_mul(PER_SECOND)).min(BURST * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn api_14_a_session_that_asks_without_end_is_slowed_and_its_neighbour_is_not() {
        let (rates, now) = (Rates::default(), Moment::from_seconds(1_000));
        for _ in 0..BURST {
            rates.admit(now, SessionId(1)).unwrap();
        }
        assert!(matches!(rates.admit(now, SessionId(1)), Err(Error::TooManyRequests)));
        rates.admit(now, SessionId(2)).unwrap();
        let later = now + Duration::from_secs(1);
        for _ in 0..PER_SECOND {
            rates.admit(later, SessionId(1)).unwrap();
        }
        assert!(rates.admit(later, SessionId(1)).is_err());
    }
}
