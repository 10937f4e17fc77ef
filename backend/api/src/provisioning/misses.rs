//! Who asks for configurations of phones that are not there (PH-16): counted by address and minute, refused above a limit, and told to the
//! provider once a minute.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use shared::Moment;

/// Misses of an address in a minute that are answered as such; whatever it asks for after them in that minute is refused.
pub(crate) const MISSES_A_MINUTE_MAX: u32 = 30;
/// Addresses that are counted in a minute; misses of more are refused.
const ADDRESSES_MAX: usize = 20_000;
/// Addresses that the provider is told of in a minute.
const TOLD_A_MINUTE_MAX: u32 = 10;

/// The misses of this minute.
#[derive(Default)]
pub(crate) struct Misses {
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    minute: i64,
    by_address: BTreeMap<IpAddr, u32>,
    told: u32,
}

/// What becomes of a miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Miss {
    /// It is answered.
    Answered,
    /// It is the last of this minute that is; the provider is to know.
    Last,
    /// It is too many.
    Refused,
}

impl Misses {
    /// Has the address missed too often in this minute to be answered at all?
    pub(crate) fn is_over(&self, now: Moment, address: IpAddr) -> bool {
        self.table(now).by_address.get(&network(address)).is_some_and(|misses| *misses >= MISSES_A_MINUTE_MAX)
    }

    /// Counts a miss.
    pub(crate) fn count(&self, now: Moment, address: IpAddr) -> Miss {
        let mut table = self.table(now);
        let address = network(address);
        if table.by_address.len() >= ADDRESSES_MAX && !table.by_address.contains_key(&address) {
            return Miss::Refused;
        }
        let misses = table.by_address.entry(address).or_default();
        *misses = misses.saturating_add(1);
        match (*misses).cmp(&MISSES_A_MINUTE_MAX) {
            std::cmp::Ordering::Less => Miss::Answered,
            std::cmp::Ordering::Greater => Miss::Refused,
            std::cmp::Ordering::Equal if table.told >= TOLD_A_MINUTE_MAX => Miss::Answered,
            std::cmp::Ordering::Equal => {
                table.told += 1;
                Miss::Last
            }
        }
    }

    /// The table of this minute.
    fn table(&self, now: Moment) -> MutexGuard<'_, Table> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.seconds().div_euclid(60);
        if table.minute != minute {
            *table = Table { minute, ..Table::default() };
        }
        table
    }
}

/// Whoever has one address of IPv6 has the 2^64 beside it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn address(last: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(0x0A00_0000 + last).into()
    }

    // covers: PH-16
    #[test]
    fn ph_16_an_address_is_refused_for_the_rest_of_its_minute_and_no_other() {
        let (misses, now) = (Misses::default(), Moment::from_seconds(600));
        let of_network = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, last]);
        for miss in 1..MISSES_A_MINUTE_MAX {
            assert_eq!(misses.count(now, of_network(miss as u16)), Miss::Answered);
            assert!(!misses.is_over(now, of_network(1)));
        }
        assert_eq!(misses.count(now, of_network(1)), Miss::Last);
        assert!(misses.is_over(now, of_network(999)), "an address of the same network is no other");
        assert_eq!(misses.count(now, of_network(2)), Miss::Refused);
        assert!(!misses.is_over(now, [0x2001, 0xdb8, 0, 8, 0, 0, 0, 1].into()));
        assert!(!misses.is_over(now, address(1)));
        assert!(!misses.is_over(now + Duration::from_secs(60), of_network(1)));
    }

    // covers: PH-16
    #[test]
    fn ph_16_the_provider_is_told_of_some_and_no_more_are_counted_than_there_is_room_for() {
        let (misses, now) = (Misses::default(), Moment::from_seconds(600));
        let mut told = 0;
        for last in 0..2 * TOLD_A_MINUTE_MAX {
            for _ in 0..MISSES_A_MINUTE_MAX {
                told += u32::from(misses.count(now, address(last)) == Miss::Last);
            }
        }
        assert_eq!(told, TOLD_A_MINUTE_MAX);
        for last in 0..ADDRESSES_MAX as u32 {
            misses.count(now, address(last));
        }
        let late = address(ADDRESSES_MAX as u32);
        assert_eq!(misses.count(now, late), Miss::Refused);
        assert!(!misses.is_over(now, late), "whoever knows what it asks for is answered");
        assert_eq!(misses.table(now).by_address.len(), ADDRESSES_MAX);
    }
}
