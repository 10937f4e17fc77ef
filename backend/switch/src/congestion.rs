//! Is there more to do than can be done (SET-10…SET-12)? By what waits for the switchboard. Up to the tolerance all is
//! served; above it new work is refused and what runs goes on; above the maximum only what ends something is served.

use std::time::Duration;

use shared::setting::{CongestionMetric, Settings};
use sip::Load;

/// The longest that a message shall wait: T1 of RFC 3261, after which its sender sends it again and makes it worse.
pub const WAIT_MAX: Duration = Duration::from_millis(500);
/// The most messages that shall wait.
pub const SIZE_MAX: usize = 4_096;
/// How many figures the average of the service time is made of.
const AVERAGE_OVER: u64 = 16;

/// What waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queue {
    /// How many messages.
    pub length: usize,
    /// How long the oldest has waited.
    pub oldest: Duration,
}

/// Measures.
#[derive(Clone, Debug)]
pub struct Congestion {
    enabled: bool,
    metric: CongestionMetric,
    tolerance: u32,
    /// What one message takes on average, in nanoseconds.
    service_nanos: u64,
}

impl Congestion {
    /// By these settings.
    pub fn new(settings: &Settings) -> Self {
        let mut congestion = Self { enabled: true, metric: CongestionMetric::WaitTime, tolerance: 0, service_nanos: 0 };
        congestion.set(settings);
        congestion
    }

    /// By other settings from now on.
    pub fn set(&mut self, settings: &Settings) {
        self.enabled = settings.congestion_management;
        self.metric = settings.congestion_metric;
        self.tolerance = settings.congestion_tolerance;
    }

    /// So many messages were served in that time.
    pub fn served(&mut self, messages: usize, took: Duration) {
        let (Ok(messages), Ok(nanos)) = (u64::try_from(messages), u64::try_from(took.as_nanos())) else { return };
        let Some(each) = nanos.checked_div(messages) else { return };
        self.service_nanos = match self.service_nanos {
            0 => each,
            before => (before * (AVERAGE_OVER - 1) + each) / AVERAGE_OVER,
        };
    }

    /// How much of the maximum waits, in per cent.
    pub fn percent(&self, queue: Queue) -> u64 {
        let length = u64::try_from(queue.length).unwrap_or(u64::MAX);
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let (value, max) = match self.metric {
            CongestionMetric::WaitTime => (length.saturating_mul(self.service_nanos), nanos(WAIT_MAX)),
            CongestionMetric::TimeDepth => (nanos(queue.oldest), nanos(WAIT_MAX)),
            CongestionMetric::Size => (length, SIZE_MAX as u64),
        };
        value.saturating_mul(100) / max.max(1)
    }

    /// What is to be served while this waits.
    pub fn load(&self, queue: Queue) -> Load {
        if !self.enabled || queue.length == 0 {
            return Load::Light;
        }
        let tolerance = u64::from(self.tolerance);
        match self.percent(queue) {
            percent if percent > tolerance.max(100) => Load::Overwhelming,
            percent if percent > tolerance => Load::Heavy,
            _ => Load::Light,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut Settings)) -> Congestion {
        let mut settings = Settings::default();
        change(&mut settings);
        let mut congestion = Congestion::new(&settings);
        congestion.served(100, Duration::from_millis(10));
        congestion
    }

    fn queue(length: usize, oldest_millis: u64) -> Queue {
        Queue { length, oldest: Duration::from_millis(oldest_millis) }
    }

    // covers: SET-12
    #[test]
    fn set_12_79_per_cent_is_served_90_refuses_new_work_and_101_all_but_the_essential() {
        let congestion = with(|settings| settings.congestion_metric = CongestionMetric::TimeDepth);
        for (millis, percent, load) in [(395, 79, Load::Light), (450, 90, Load::Heavy), (505, 101, Load::Overwhelming)]
        {
            assert_eq!(congestion.percent(queue(1, millis)), percent);
            assert_eq!(congestion.load(queue(1, millis)), load);
        }
        let patient = with(|settings| settings.congestion_tolerance = 600);
        assert_eq!(patient.load(queue(25_000, 0)), Load::Light);
        assert_eq!(patient.load(queue(35_000, 0)), Load::Overwhelming);
    }

    // covers: SET-11
    #[test]
    fn set_11_the_wait_is_the_length_times_what_one_message_takes_on_average() {
        // 100 µs each: 4,000 messages wait 400 ms.
        let mut congestion = with(|_| {});
        assert_eq!(congestion.percent(queue(4_000, 9_999)), 80);
        for _ in 0..200 {
            congestion.served(10, Duration::from_millis(2));
        }
        assert!((158..=160).contains(&congestion.percent(queue(4_000, 0))), "the average follows");
        let by_size = with(|settings| settings.congestion_metric = CongestionMetric::Size);
        assert_eq!(by_size.percent(queue(SIZE_MAX / 2, 0)), 50);
    }

    // covers: SET-10
    #[test]
    fn set_10_switched_off_it_refuses_nothing() {
        let off = with(|settings| settings.congestion_management = false);
        assert_eq!(off.load(queue(1_000_000, 60_000)), Load::Light);
    }
}
