//! How much of a processor each thread takes, as the kernel counts it.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::Moment;

/// What the threads had taken when they were last looked at.
#[derive(Debug, Default)]
pub struct Processor {
    at: Moment,
    ticks: BTreeMap<String, u64>,
}

impl Processor {
    /// The share of one processor since the last look, in per cent, of the threads of each name.
    pub fn shares(&mut self, now: Moment) -> BTreeMap<String, u64> {
        let ticks = ticks_by_name();
        let passed = now.since(std::mem::replace(&mut self.at, now));
        let before = std::mem::replace(&mut self.ticks, ticks);
        self.ticks
            .iter()
            .filter_map(|(name, ticks)| {
                let taken = ticks.saturating_sub(*before.get(name)?);
                Some((name.clone(), per_cent(taken, passed)))
            })
            .collect()
    }
}

fn per_cent(ticks: u64, passed: Duration) -> u64 {
    // SAFETY: asks for a number.
    let per_second = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).unwrap_or(100).max(1);
    let millis = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX).max(1);
    ticks.saturating_mul(100_000) / per_second / millis
}

/// A thread that has just ended is left out.
fn ticks_by_name() -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for thread in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let Ok(stat) = std::fs::read_to_string(thread.path().join("stat")) else { continue };
        if let Some((name, ticks)) = read(&stat) {
            *all.entry(name).or_insert(0) += ticks;
        }
    }
    all
}

/// Name and ticks of a line (proc_pid_stat(5)); the name may hold anything, so its last bracket counts.
fn read(stat: &str) -> Option<(String, u64)> {
    let (head, tail) = stat.rsplit_once(')')?;
    let (_, name) = head.split_once('(')?;
    let mut fields = tail.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((name.to_owned(), user + system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_kernel_is_read_whatever_the_thread_is_called() {
        let line = "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0 100 1 1";
        assert_eq!(read(line), Some(("a) b (c".into(), 300)));
        assert_eq!(read("garbage"), None);
        assert_eq!(per_cent(0, Duration::ZERO), 0);
    }

    #[test]
    fn a_thread_that_works_is_seen() {
        let mut processor = Processor::default();
        processor.shares(Moment(1));
        assert!(!processor.ticks.is_empty());
        let shares = processor.shares(Moment(5_000_000));
        assert!(shares.values().all(|share| *share <= 100_000), "{shares:?}");
    }
}
