//! Times of reports, in a tenant's zone.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use shared::Moment;

use crate::error::{Error, Result};
use crate::tenant::call_record::check_span;

const DAY: Duration = Duration::from_secs(86_400);
/// Where nobody says since when.
const DEFAULT: Duration = DAY.saturating_mul(7);
/// The longest time of a report.
const SPAN_MAX: Duration = DAY.saturating_mul(366);
/// Up to here a chart has a slot for each hour, then for each day.
const HOURS_MAX: Duration = DAY.saturating_mul(2);

/// From when until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeSpan {
    pub(crate) from: Moment,
    pub(crate) until: Moment,
}

impl TimeSpan {
    /// What somebody asks for; the last seven days where nothing is said.
    pub(crate) fn of(now: Moment, from: Option<Moment>, until: Option<Moment>) -> Result<Self> {
        let until = until.unwrap_or(now);
        let from = from.unwrap_or(until - DEFAULT);
        check_span(Some(from), Some(until))?;
        match until.since(from) <= SPAN_MAX {
            true => Ok(Self { from, until }),
            false => Err(Error::field("from", "A report is of 366 days at most.")),
        }
    }

    /// The beginnings of its slots, and the end of the last: whole hours up to two days, else whole days of the zone.
    pub(crate) fn edges(self, zone: &TimeZone) -> Vec<Moment> {
        let by_hour = self.until.since(self.from) <= HOURS_MAX;
        let mut edges = Vec::new();
        let mut at =
            zoned(self.from, zone).and_then(|from| if by_hour { hour(&from) } else { from.start_of_day().ok() });
        while let Some(edge) = at {
            let moment = moment(&edge);
            edges.push(moment);
            if moment >= self.until {
                break;
            }
            at = match by_hour {
                true => edge.checked_add(SignedDuration::from_hours(1)).ok(),
                false => edge.checked_add(1.day()).and_then(|next| next.start_of_day()).ok(),
            };
        }
        edges
    }
}

/// When the day of a moment has begun in a zone.
pub(crate) fn midnight(now: Moment, zone: &TimeZone) -> Moment {
    zoned(now, zone).and_then(|now| now.start_of_day().ok()).map_or(now, |start| moment(&start))
}

fn hour(of: &Zoned) -> Option<Zoned> {
    let past = i64::from(of.minute()) * 60 + i64::from(of.second());
    let past = SignedDuration::new(past, of.subsec_nanosecond());
    of.checked_sub(past).ok()
}

fn zoned(moment: Moment, zone: &TimeZone) -> Option<Zoned> {
    Timestamp::from_microsecond(moment.0).ok().map(|stamp| stamp.to_zoned(zone.clone()))
}

fn moment(of: &Zoned) -> Moment {
    Moment(of.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    //
    #[test]
    fn slots_are_hours_and_days_of_the_zone_across_the_change_of_summer_time() {
        let berlin = crate::csv_file::zone("Europe/Berlin").unwrap();
        // 2026-10-25 02:30 in summer time: this day has 25 hours.
        let now = Moment::from_seconds(1_792_888_200);
        assert_eq!(midnight(now, &berlin), Moment::from_seconds(1_792_879_200));
        let week = TimeSpan::of(now, None, None).unwrap();
        let edges = week.edges(&berlin);
        assert_eq!(edges.len(), 9, "seven days begin within eight");
        let days: Vec<u64> = edges.windows(2).map(|pair| pair[1].since(pair[0]).as_secs() / 3_600).collect();
        assert_eq!(days, [24, 24, 24, 24, 24, 24, 24, 25]);
        let day = TimeSpan { from: midnight(now, &berlin), until: Moment::from_seconds(1_792_969_200) };
        assert_eq!(day.edges(&berlin).len(), 26, "25 hours");
        let kolkata = crate::csv_file::zone("Asia/Kolkata").unwrap();
        let short = TimeSpan { from: now, until: now + Duration::from_secs(60) };
        assert_eq!(short.edges(&kolkata)[0].seconds() % 3_600, 1_800);
        assert!(TimeSpan::of(now, Some(now), Some(now)).is_err());
        assert!(TimeSpan::of(now, Some(Moment(0)), None).is_err(), "longer than a year");
    }
}
