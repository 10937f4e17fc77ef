//! Who fails too often waits: the credential on that device, not the address (the office never goes dark).
//!
//! A key names tenant, user, and the device: its instance where it sends one, else address and port. Beside it counts a
//! key without the device, with a higher limit, for those who come from another port each time, and one without the user,
//! for those who try one password on many; a device that holds a binding of that user is never held back by these.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use shared::{Moment, TenantId};

/// After each failure a device waits this long for its next try: nobody guesses more than one password a second.
pub const PAUSE: Duration = Duration::from_secs(1);
/// Failures of one device within [`WINDOW`] after which it waits for [`WAIT`].
pub const DEVICE_FAILURES_MAX: u32 = 10;
/// Failures of one user from one address, whatever the device, within [`WINDOW`] after which each costs a [`PAUSE`] …
pub const ADDRESS_FAILURES_FREE: u32 = 20;
/// … and after which it waits for [`WAIT`].
pub const ADDRESS_FAILURES_MAX: u32 = 100;
/// Failures from one address, whoever was tried, within [`WINDOW`] after which each costs a [`PAUSE`].
pub const ANYBODY_FAILURES_FREE: u32 = 100;
/// Failures are counted over this time.
pub const WINDOW: Duration = Duration::from_secs(60);
/// Who has failed too often waits for so long.
pub const WAIT: Duration = Duration::from_secs(60);
/// Keys remembered; the oldest makes room.
pub const KEYS_MAX: usize = 20_000;

/// Whose failures are counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    tenant: Option<TenantId>,
    user: String,
    device: Device,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Device {
    Instance(IpAddr, String),
    Source(SocketAddr),
    Address(IpAddr),
    Anybody(IpAddr),
}

/// Somebody who tries.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// The tenant, where one was found.
    pub tenant: Option<TenantId>,
    /// The digest user name.
    pub user: &'a str,
    /// Where it came from.
    pub source: SocketAddr,
    /// `+sip.instance`, or empty.
    pub instance: &'a str,
    /// Does the device hold a binding of that user?
    pub is_known: bool,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: Moment,
    failures: u32,
    closed_until: Moment,
}

/// Counts failures, within bounds.
#[derive(Debug, Default)]
pub struct Throttle {
    counts: BTreeMap<Key, Count>,
    order: VecDeque<Key>,
}

impl Throttle {
    /// Has it to wait? For how long?
    pub fn wait(&self, now: Moment, attempt: &Attempt<'_>) -> Option<Duration> {
        let closed = |key: &Key| {
            let until = self.counts.get(key)?.closed_until;
            (until > now).then(|| until.since(now))
        };
        let [device, address, anybody] = keys(attempt);
        closed(&device).or_else(|| if attempt.is_known { None } else { closed(&address).or_else(|| closed(&anybody)) })
    }

    /// It has failed.
    pub fn failed(&mut self, now: Moment, attempt: &Attempt<'_>) {
        let [device, address, anybody] = keys(attempt);
        self.count(now, device, 1, DEVICE_FAILURES_MAX);
        self.count(now, address, ADDRESS_FAILURES_FREE, ADDRESS_FAILURES_MAX);
        self.count(now, anybody, ANYBODY_FAILURES_FREE, u32::MAX);
    }

    /// It was right: its device starts anew.
    pub fn succeeded(&mut self, attempt: &Attempt<'_>) {
        let [device, ..] = keys(attempt);
        if let Some(count) = self.counts.get_mut(&device) {
            (count.failures, count.closed_until) = (0, Moment::default());
        }
    }

    /// From the failure number `free` on each costs a pause, and the one number `max` a long one.
    fn count(&mut self, now: Moment, key: Key, free: u32, max: u32) {
        if !self.counts.contains_key(&key) {
            while self.order.len() >= KEYS_MAX {
                if let Some(oldest) = self.order.pop_front() {
                    self.counts.remove(&oldest);
                }
            }
            self.order.push_back(key.clone());
        }
        let fresh = Count { since: now, failures: 0, closed_until: Moment::default() };
        let count = self.counts.entry(key).or_insert(fresh);
        if now.since(count.since) > WINDOW {
            *count = Count { closed_until: count.closed_until, ..fresh };
        }
        count.failures += 1;
        if count.failures >= max {
            *count = Count { closed_until: now + WAIT, ..fresh };
        } else if count.failures >= free {
            count.closed_until = now + PAUSE;
        }
    }
}

fn keys(attempt: &Attempt<'_>) -> [Key; 3] {
    let device = if attempt.instance.is_empty() {
        Device::Source(attempt.source)
    } else {
        Device::Instance(attempt.source.ip(), attempt.instance.to_owned())
    };
    let address = attempt.source.ip();
    let of_user = |device| Key { tenant: attempt.tenant, user: attempt.user.to_owned(), device };
    let anybody = Key { tenant: None, user: String::new(), device: Device::Anybody(address) };
    [of_user(device), of_user(Device::Address(address)), anybody]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(user: &'static str, port: u16) -> Attempt<'static> {
        let source = SocketAddr::new([192, 0, 2, 1].into(), port);
        Attempt { tenant: Some(TenantId(1)), user, source, instance: "", is_known: false }
    }

    // covers: S10
    #[test]
    fn s10_one_device_with_a_wrong_password_waits_and_its_neighbours_do_not() {
        let mut throttle = Throttle::default();
        let now = Moment::from_seconds(1_000);
        let bad = attempt("101", 5060);
        for _ in 1..DEVICE_FAILURES_MAX {
            throttle.failed(now, &bad);
            assert_eq!(throttle.wait(now, &bad), Some(PAUSE));
            assert_eq!(throttle.wait(now + PAUSE, &bad), None);
        }
        throttle.failed(now, &bad);
        assert_eq!(throttle.wait(now, &bad), Some(WAIT));
        assert_eq!(throttle.wait(now, &attempt("101", 5070)), None, "another device of the same extension");
        assert_eq!(throttle.wait(now, &attempt("102", 5060)), None, "another extension behind the same address");
        assert_eq!(throttle.wait(now + WAIT, &bad), None);
    }

    // covers: S10
    #[test]
    fn s10_who_tries_fifty_times_a_second_is_heard_once_a_second_whatever_port_and_user() {
        let users = ["101", "102", "103", "104", "105", "106", "107", "108", "109", "110", "111", "112"];
        for (ports, names, heard_max) in [(1, 1, 60), (60_000, 1, 82), (1, 12, 165), (60_000, 12, 165)] {
            let mut throttle = Throttle::default();
            let mut heard = 0;
            for tick in 0..50_u64 * 60 {
                let now = Moment::from_seconds(1_000) + Duration::from_millis(20 * tick);
                let bad = attempt(users[(tick % names) as usize], 1_024 + (tick % ports) as u16);
                if throttle.wait(now, &bad).is_none() {
                    heard += 1;
                    throttle.failed(now, &bad);
                }
            }
            assert!(heard <= heard_max, "{heard} tries in a minute by {ports} ports and {names} users");
        }
    }

    #[test]
    fn an_instance_names_the_device_over_all_ports() {
        let mut throttle = Throttle::default();
        let now = Moment::from_seconds(1_000);
        for port in 0..10 {
            throttle.failed(now, &Attempt { instance: "<urn:a>", ..attempt("101", 5060 + port) });
        }
        assert!(throttle.wait(now, &Attempt { instance: "<urn:a>", ..attempt("101", 6000) }).is_some());
        assert!(throttle.wait(now, &Attempt { instance: "<urn:b>", ..attempt("101", 6000) }).is_none());
    }

    #[test]
    fn who_comes_from_another_port_each_time_waits_too_but_not_the_registered_device() {
        let mut throttle = Throttle::default();
        let now = Moment::from_seconds(1_000);
        for port in 0..100 {
            throttle.failed(now, &attempt("101", 1_024 + port));
        }
        assert!(throttle.wait(now, &attempt("101", 9_000)).is_some());
        assert!(throttle.wait(now, &Attempt { is_known: true, ..attempt("101", 9_000) }).is_none());
        assert!(throttle.wait(now + PAUSE, &attempt("102", 9_000)).is_none());
    }

    #[test]
    fn slow_failures_and_a_success_between_them_do_not_add_up() {
        let mut throttle = Throttle::default();
        let bad = attempt("101", 5060);
        let mut now = Moment::from_seconds(1_000);
        for _ in 0..50 {
            throttle.failed(now, &bad);
            now = now + Duration::from_secs(10);
            assert_eq!(throttle.wait(now, &bad), None);
        }
        for _ in 0..50 {
            throttle.failed(now, &bad);
            throttle.succeeded(&bad);
        }
        assert_eq!(throttle.wait(now + PAUSE, &bad), None);
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut throttle = Throttle::default();
        for number in 0..50_000_u32 {
            let source = SocketAddr::new(number.to_be_bytes().into(), 5060);
            throttle.failed(Moment(i64::from(number)), &Attempt { source, ..attempt("101", 0) });
        }
        assert!(throttle.counts.len() <= KEYS_MAX && throttle.order.len() <= KEYS_MAX);
    }
}
