//! Days of the calendar, and the clock on a wall: what a moment is where somebody lives.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Moment;

/// Seconds of a day without a change of the clock.
const DAY_SECONDS: i64 = 86_400;

/// A day of the Gregorian calendar; on the wire `2026-12-24`. It may be one that no calendar has, such as `2026-02-30`:
/// [`Date::is_real`] says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct Date {
    /// The year, four digits.
    pub year: u16,
    /// The month, January is 1.
    pub month: u8,
    /// The day of the month, the first is 1.
    pub day: u8,
}

impl Date {
    /// A day by its figures.
    pub const fn new(year: u16, month: u8, day: u8) -> Self {
        Self { year, month, day }
    }

    /// Reads `2026-12-24`.
    pub fn read(text: &str) -> Option<Self> {
        let part = |range: std::ops::Range<usize>| {
            let digits = text.get(range)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
        };
        let dashes = text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        if text.len() != 10 || !dashes {
            return None;
        }
        let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
        Some(Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? })
    }

    /// Is it in the calendar, from 1970 on?
    pub fn is_real(self) -> bool {
        (1..=12).contains(&self.month) && self.year >= 1970 && Self::of_day(self.days()) == self
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i64 {
        // Years begin in March, so that the leap day is the last one.
        let year = self.year as i64 - (self.month <= 2) as i64;
        let month = (self.month as i64 + 9) % 12;
        365 * year + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * month + 2) / 5
            + self.day as i64
            - 1
            - 719_468
    }

    /// The day that is so many days after 1970-01-01.
    pub fn of_day(days: i64) -> Self {
        let (year, month, day, ..) = Moment::from_seconds(days.saturating_mul(DAY_SECONDS)).utc();
        Self { year: u16::try_from(year).unwrap_or(0), month: month as u8, day: day as u8 }
    }

    /// The day before.
    pub fn before(self) -> Self {
        Self::of_day(self.days() - 1)
    }

    /// Which day of the week it is.
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        let place = (self.days() + 3).rem_euclid(7);
        Weekday::ALL.into_iter().nth(place as usize).unwrap_or(Weekday::Monday)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| de::Error::custom("a date is written like 2026-12-24"))
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// The first day of the week (ISO 8601).
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

impl Weekday {
    /// All of them, Monday first.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Its word on the wire.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// Its word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }
}

/// What calendar and clock on a wall show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall {
    /// The day.
    pub date: Date,
    /// Minutes since its 00:00 by that clock.
    pub minute: u16,
}

impl Wall {
    /// At a moment, where the clocks are so many seconds ahead of UTC just then.
    pub fn of(moment: Moment, ahead_seconds: i32) -> Self {
        let local = moment.seconds().saturating_add(i64::from(ahead_seconds));
        let minute = local.rem_euclid(DAY_SECONDS) / 60;
        Self { date: Date::of_day(local.div_euclid(DAY_SECONDS)), minute: minute as u16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (text, days, weekday) in [
            ("1970-01-01", 0, Weekday::Thursday),
            ("2000-02-29", 11_016, Weekday::Tuesday),
            ("2026-12-24", 20_811, Weekday::Thursday),
            ("2028-02-29", 21_243, Weekday::Tuesday),
        ] {
            let date = Date::read(text).unwrap();
            assert_eq!((date.days(), date.weekday(), date.to_string()), (days, weekday, text.to_owned()));
            assert_eq!(Date::of_day(days), date);
            assert!(date.is_real());
        }
        assert_eq!(Date::new(2027, 1, 1).before(), Date::new(2026, 12, 31));
        assert_eq!(Date::new(2028, 3, 1).before(), Date::new(2028, 2, 29));
    }

    #[test]
    fn a_day_that_no_calendar_has_is_read_and_found_out() {
        for text in ["2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "1969-12-31", "0000-00-00"] {
            assert!(!Date::read(text).unwrap().is_real(), "{text}");
        }
        for text in ["", "2026-1-1", "2026/01/01", "26-01-01", "2026-01-0x", "+026-01-01", "2026-01-011", "２026-1-1"]
        {
            assert_eq!(Date::read(text), None, "{text}");
        }
        assert!(serde_json::from_str::<Date>("\"tomorrow\"").unwrap_err().to_string().contains("2026-12-24"));
    }

    #[test]
    fn the_clock_on_the_wall_is_ahead_or_behind() {
        // 2026-12-31T23:30:00Z.
        let moment = Moment::from_seconds(1_798_759_800);
        assert_eq!(Wall::of(moment, 3_600), Wall { date: Date::new(2027, 1, 1), minute: 30 });
        assert_eq!(Wall::of(moment, -18_000), Wall { date: Date::new(2026, 12, 31), minute: 18 * 60 + 30 });
        assert_eq!(Wall::of(moment, 20_700), Wall { date: Date::new(2027, 1, 1), minute: 5 * 60 + 15 });
    }
}
