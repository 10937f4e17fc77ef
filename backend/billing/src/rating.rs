//! A duration and a rate become an amount.

use std::time::Duration;

use shared::Money;

/// What a call costs: a price per minute, charged by increments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The price of a minute.
    pub per_minute: Money,
    /// Seconds that a call which was answered is charged for at least.
    pub first_seconds: u32,
    /// Seconds by which it is charged after that; zero counts as one.
    pub next_seconds: u32,
}

/// The charge for a call that was answered and lasted `talked`. Begun seconds and begun increments count whole; the
/// amount is rounded up to a millionth. `None` when it does not fit.
pub fn charge(talked: Duration, rate: Rate) -> Option<Money> {
    let seconds = talked.as_secs().checked_add(u64::from(talked.subsec_nanos() > 0))?;
    let first = u64::from(rate.first_seconds);
    let next = u64::from(rate.next_seconds.max(1));
    let charged = seconds.saturating_sub(first).div_ceil(next).checked_mul(next)?.checked_add(first)?;
    let sixtieths = i128::from(rate.per_minute.0) * i128::from(charged);
    let amount = sixtieths.div_euclid(60) + i128::from(sixtieths.rem_euclid(60) > 0);
    i64::try_from(amount).ok().map(Money)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_minute: Money(60_000), first_seconds: 30, next_seconds: 6 };

    #[test]
    fn begun_increments_count_whole() {
        for (millis, millionths) in
            [(0, 30_000), (30_000, 30_000), (30_001, 36_000), (36_000, 36_000), (61_000, 66_000)]
        {
            assert_eq!(charge(Duration::from_millis(millis), RATE), Some(Money(millionths)), "{millis} ms");
        }
    }

    #[test]
    fn a_part_of_a_millionth_is_rounded_up_and_nothing_wraps() {
        let rate = Rate { per_minute: Money(1), first_seconds: 0, next_seconds: 0 };
        assert_eq!(charge(Duration::from_secs(1), rate), Some(Money(1)));
        assert_eq!(charge(Duration::ZERO, rate), Some(Money(0)));
        assert_eq!(charge(Duration::MAX, Rate { per_minute: Money(i64::MAX), ..rate }), None);
    }
}
