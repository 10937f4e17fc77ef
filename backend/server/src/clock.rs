//! The one place that reads a clock: every other part is handed a [`Moment`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use shared::Moment;

/// Wall time at the start of the process, carried on by the monotonic clock: it never steps back, whatever is done to
/// the system's clock while the process runs.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: Moment,
    start: Instant,
}

#[allow(clippy::disallowed_methods)]
impl Clock {
    /// Reads the wall clock once.
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { wall: Moment(0) + wall, start: Instant::now() }
    }

    /// The time.
    pub fn now(&self) -> Moment {
        self.wall + self.start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_starts_at_the_wall_and_only_goes_forward() {
        let clock = Clock::start();
        let first = clock.now();
        assert!(first > Moment::from_seconds(1_700_000_000));
        assert!(clock.now() >= first);
    }
}
