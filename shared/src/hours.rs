//! Office hours and holidays (OH-01, OH-02), and whether a company is open by them (OH-03).
//!
//! The clock on the company's wall decides: a span that lies in an hour which the clocks leave out does not happen that
//! day, and one in an hour that comes twice happens twice. Whoever asks brings the wall's time along, from a database
//! of time zones.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::date::{Date, Wall, Weekday};
use crate::problem::FieldProblem;
use crate::{Moment, operation};

/// The most spans of one day (OH-01).
pub const SPANS_MAX: usize = 8;
/// The most holidays of a tenant (OH-02).
pub const HOLIDAYS_MAX: usize = 366;
/// The most days of one holiday.
pub const HOLIDAY_DAYS_MAX: i64 = 366;
/// The most days of one that comes every year: it ends before it begins again.
pub const YEARLY_DAYS_MAX: i64 = 365;
/// Minutes of a day.
pub const DAY_MINUTES: u16 = 1_440;
/// How far ahead the next change is looked for.
pub const CHANGE_DAYS_MAX: u64 = 60;

/// A part of a day, in minutes since 00:00. One that ends at or before its beginning ends on the next day; it belongs to the
/// day that it begins on. `09:00` to `00:00` is until midnight, `00:00` to `00:00` the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// Its first minute, 0 to 1439.
    pub from: u16,
    /// The minute that is no longer part of it, 0 to 1439.
    pub to: u16,
}

impl Span {
    /// A span by its ends.
    pub const fn new(from: u16, to: u16) -> Self {
        Self { from, to }
    }

    /// Its end in minutes since 00:00 of the day that it begins on, up to 2879.
    pub const fn end(self) -> u16 {
        if self.to <= self.from { self.to.saturating_add(DAY_MINUTES) } else { self.to }
    }

    /// Does it hold that minute, counted from 00:00 of the day that it begins on?
    const fn holds(self, minute: u16) -> bool {
        self.from <= minute && minute < self.end()
    }

    const fn overlaps(self, other: Self) -> bool {
        self.from < other.end() && other.from < self.end()
    }

    fn check(self, check: &mut Check, field: &str) {
        const TIME: &str = "Enter a time from 00:00 to 23:59; to programs it is the minute of the day, 0 to 1439.";
        check.that(self.from < DAY_MINUTES, &format!("{field}.from"), TIME);
        check.that(self.to < DAY_MINUTES, &format!("{field}.to"), TIME);
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}–{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// When a week's days are open; a day without spans is closed (OH-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Week {
    /// The spans of Monday.
    pub monday: Vec<Span>,
    /// The spans of Tuesday.
    pub tuesday: Vec<Span>,
    /// The spans of Wednesday.
    pub wednesday: Vec<Span>,
    /// The spans of Thursday.
    pub thursday: Vec<Span>,
    /// The spans of Friday.
    pub friday: Vec<Span>,
    /// The spans of Saturday.
    pub saturday: Vec<Span>,
    /// The spans of Sunday.
    pub sunday: Vec<Span>,
}

impl Week {
    /// Monday to Friday from nine to six: what a tenant begins with.
    pub fn initial() -> Self {
        let mut week = Self::default();
        for day in [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday] {
            week.day_mut(day).push(Span::new(9 * 60, 18 * 60));
        }
        week
    }

    /// The spans of a day.
    pub const fn day(&self, day: Weekday) -> &Vec<Span> {
        match day {
            Weekday::Monday => &self.monday,
            Weekday::Tuesday => &self.tuesday,
            Weekday::Wednesday => &self.wednesday,
            Weekday::Thursday => &self.thursday,
            Weekday::Friday => &self.friday,
            Weekday::Saturday => &self.saturday,
            Weekday::Sunday => &self.sunday,
        }
    }

    /// The spans of a day, to be changed.
    pub const fn day_mut(&mut self, day: Weekday) -> &mut Vec<Span> {
        match day {
            Weekday::Monday => &mut self.monday,
            Weekday::Tuesday => &mut self.tuesday,
            Weekday::Wednesday => &mut self.wednesday,
            Weekday::Thursday => &mut self.thursday,
            Weekday::Friday => &mut self.friday,
            Weekday::Saturday => &mut self.saturday,
            Weekday::Sunday => &mut self.sunday,
        }
    }

    /// Each day's spans in the order of the day.
    pub fn sorted(mut self) -> Self {
        Weekday::ALL.into_iter().for_each(|day| self.day_mut(day).sort());
        self
    }

    /// Is that minute in one of its spans, or in one of the day before that goes on?
    pub fn holds(&self, at: Wall) -> bool {
        let today = self.day(at.date.weekday()).iter().any(|span| span.holds(at.minute));
        today || self.holds_from_before(at)
    }

    fn holds_from_before(&self, at: Wall) -> bool {
        self.day(at.date.before().weekday()).iter().any(|span| span.holds(at.minute + DAY_MINUTES))
    }

    /// Notes what is wrong with it; `field` is its place in the form.
    pub fn check(&self, check: &mut Check, field: &str) {
        for day in Weekday::ALL {
            let (spans, field) = (self.day(day), format!("{field}.{}", day.key()));
            check.that(spans.len() <= SPANS_MAX, &field, "A day has at most 8 spans.");
            for (place, span) in spans.iter().take(SPANS_MAX).enumerate() {
                let field = format!("{field}[{place}]");
                span.check(check, &field);
                let overlaps = spans.iter().take(place).any(|before| before.overlaps(*span));
                check.that(!overlaps, &format!("{field}.from"), "This span overlaps another one of the day.");
            }
        }
    }
}

/// Days, or a part of them, on which the company is closed (OH-02).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Holiday {
    /// Its name.
    pub name: String,
    /// The first day.
    pub first_date: Date,
    /// The last day; the first for a single one.
    pub last_date: Date,
    /// Which part of each of the days; absent for all of it.
    #[serde(default)]
    pub time: Option<Span>,
    /// Does it come again every year from then on? What begins or ends on 29 February does so in leap years only.
    #[serde(default)]
    pub every_year: bool,
}

impl Holiday {
    /// Is that day one of its days?
    pub fn has(&self, date: Date) -> bool {
        if !self.every_year {
            return (self.first_date..=self.last_date).contains(&date);
        }
        let day = |date: Date| (date.month, date.day);
        let (first, last, day) = (day(self.first_date), day(self.last_date), day(date));
        let of_year = match first <= last {
            true => first <= day && day <= last,
            // Over the turn of the year.
            false => first <= day || day <= last,
        };
        date >= self.first_date && of_year
    }

    /// Is the company closed by it?
    fn closes(&self, at: Wall) -> bool {
        match self.time {
            None => self.has(at.date),
            Some(time) => {
                time.holds(at.minute) && self.has(at.date)
                    || time.holds(at.minute + DAY_MINUTES) && self.has(at.date.before())
            }
        }
    }

    fn check(&self, check: &mut Check, field: &str) {
        const REAL: &str = "Enter a day of the calendar.";
        let Self { name, first_date, last_date, time, every_year } = self;
        check.name(&format!("{field}.name"), name);
        check.that(first_date.is_real(), &format!("{field}.first_date"), REAL);
        let last = format!("{field}.last_date");
        check.that(last_date.is_real(), &last, REAL);
        if first_date.is_real() && last_date.is_real() {
            let days = last_date.days() - first_date.days() + 1;
            check.that(days >= 1, &last, "The last day is before the first.");
            match every_year {
                true => check.that(days <= YEARLY_DAYS_MAX, &last, "What comes every year has at most 365 days."),
                false => check.that(days <= HOLIDAY_DAYS_MAX, &last, "A holiday has at most 366 days."),
            };
        }
        if let Some(time) = time {
            time.check(check, &format!("{field}.time"));
        }
    }
}

/// When a tenant's company is open, by the tenant's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfficeHours {
    /// Each week (OH-01).
    pub week: Week,
    /// But for these days (OH-02).
    pub holidays: Vec<Holiday>,
}

impl Default for OfficeHours {
    fn default() -> Self {
        Self { week: Week::initial(), holidays: Vec::new() }
    }
}

/// How a company stands at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Standing {
    /// It is open.
    Open,
    /// It is outside the hours of the week.
    Closed,
    /// It is closed by a holiday.
    Holiday {
        /// Its name.
        name: String,
    },
}

impl Standing {
    /// Is it open?
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

impl OfficeHours {
    /// What is wrong with them, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        self.week.check(&mut check, "week");
        check.that(self.holidays.len() <= HOLIDAYS_MAX, "holidays", "There are at most 366 holidays.");
        for (place, holiday) in self.holidays.iter().take(HOLIDAYS_MAX).enumerate() {
            holiday.check(&mut check, &format!("holidays[{place}]"));
        }
        check.finish()
    }

    /// How the company stands: a holiday beats the week (OH-03).
    pub fn standing(&self, at: Wall) -> Standing {
        self.standing_by(&self.week, at)
    }

    /// The same by another week than the company's.
    fn standing_by(&self, week: &Week, at: Wall) -> Standing {
        let closed_by = |holiday: &Holiday| Standing::Holiday { name: holiday.name.clone() };
        if let Some(holiday) = self.holidays.iter().find(|holiday| holiday.closes(at)) {
            return closed_by(holiday);
        }
        if week.day(at.date.weekday()).iter().any(|span| span.holds(at.minute)) {
            return Standing::Open;
        }
        if !week.holds_from_before(at) {
            return Standing::Closed;
        }
        let yesterday = at.date.before();
        // A night that would have begun on a holiday did not begin.
        let off = self.holidays.iter().find(|holiday| holiday.time.is_none() && holiday.has(yesterday));
        off.map_or(Standing::Open, closed_by)
    }

    /// When the company next opens or closes; none where it does neither within [`CHANGE_DAYS_MAX`] days. `ahead` says by
    /// how many seconds the clocks are ahead of UTC at a moment.
    pub fn next_change(&self, now: Moment, ahead: impl Fn(Moment) -> i32) -> Option<Moment> {
        /// Clocks are changed at quarters of an hour.
        const QUARTER: i64 = 15;
        let wall = |moment: Moment| Wall::of(moment, ahead(moment));
        let is_open = self.standing(wall(now)).is_open();
        let marks = self.marks();
        let end = now + Duration::from_secs(CHANGE_DAYS_MAX * 86_400);
        let mut minutes = now.seconds().div_euclid(60);
        loop {
            let at = wall(Moment::from_seconds(minutes * 60)).minute;
            let mark = marks.range(at + 1..).next().copied().unwrap_or(DAY_MINUTES);
            minutes += i64::from(mark - at).min(QUARTER - minutes.rem_euclid(QUARTER));
            let moment = Moment::from_seconds(minutes * 60);
            if moment > end {
                return None;
            }
            if self.standing(wall(moment)).is_open() != is_open {
                return Some(moment);
            }
        }
    }

    /// The minutes of a day at which something may begin or end, but for midnight.
    fn marks(&self) -> BTreeSet<u16> {
        let week = Weekday::ALL.into_iter().flat_map(|day| self.week.day(day));
        let holidays = self.holidays.iter().filter_map(|holiday| holiday.time.as_ref());
        week.chain(holidays).flat_map(|span| [span.from, span.to]).filter(|mark| *mark < DAY_MINUTES).collect()
    }
}

/// By which hours something goes: an inbound or outbound rule, the forwarding of an extension (OH-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hours {
    /// By those of the tenant.
    #[default]
    Tenant,
    /// By a week of its own; the tenant's holidays hold all the same.
    Own {
        /// The week.
        week: Week,
    },
}

impl Hours {
    /// Notes what is wrong with them; `field` is their place in the form.
    pub fn check(&self, check: &mut Check, field: &str) {
        if let Self::Own { week } = self {
            week.check(check, &format!("{field}.week"));
        }
    }

    /// How it stands by them.
    pub fn standing(&self, tenant: &OfficeHours, at: Wall) -> Standing {
        match self {
            Self::Tenant => tenant.standing(at),
            Self::Own { week } => tenant.standing_by(week, at),
        }
    }
}

/// The tenant's office hours, and how it stands by them now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOfficeHours {}
operation!(GetOfficeHours, Get, "/api/tenant/office-hours", TenantAdmin, OfficeHoursNow);

/// Sets the tenant's office hours, all of them at once. A day that is left out is closed. They hold within a second for
/// calls that come in from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateOfficeHours {
    /// Each week.
    pub week: Week,
    /// But for these days.
    pub holidays: Vec<Holiday>,
}
operation!(UpdateOfficeHours, Put, "/api/tenant/office-hours", TenantAdmin, OfficeHoursNow);

impl From<UpdateOfficeHours> for OfficeHours {
    fn from(UpdateOfficeHours { week, holidays }: UpdateOfficeHours) -> Self {
        Self { week, holidays }
    }
}

/// The office hours, and how the company stands by them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfficeHoursNow {
    /// The hours.
    pub hours: OfficeHours,
    /// The time zone that they are meant in.
    pub time_zone: String,
    /// How the company stands now.
    pub standing: Standing,
    /// When it next opens or closes; absent where it does neither within 60 days.
    pub changes_at: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(hours: &OfficeHours) -> Vec<String> {
        hours.check().into_iter().map(|problem| problem.field).collect()
    }

    fn holiday(first: &str, last: &str) -> Holiday {
        let date = |text| Date::read(text).unwrap();
        Holiday { name: "Holiday".into(), first_date: date(first), last_date: date(last), ..Holiday::default() }
    }

    // covers: OH-01
    #[test]
    fn oh_01_a_wrong_span_is_named_by_its_place() {
        let monday = |spans: &[(u16, u16)]| {
            let monday = spans.iter().map(|(from, to)| Span::new(*from, *to)).collect();
            OfficeHours { week: Week { monday, ..Week::default() }, holidays: Vec::new() }
        };
        assert_eq!(OfficeHours::default().check(), []);
        for right in [&[(0, 0)][..], &[(540, 720), (780, 1_080)], &[(1_320, 360), (360, 720)], &[(720, 0), (0, 720)]] {
            assert_eq!(fields(&monday(right)), [""; 0], "{right:?}");
        }
        for (wrong, field) in [
            (&[(540, 1_440)][..], "week.monday[0].to"),
            (&[(0, 9), (u16::MAX, 10)], "week.monday[1].from"),
            (&[(540, 720), (719, 900)], "week.monday[1].from"),
            (&[(1_320, 360), (1_380, 1_400)], "week.monday[1].from"),
            (&[(1, 2); 9], "week.monday"),
        ] {
            assert!(fields(&monday(wrong)).contains(&field.to_owned()), "{wrong:?}: {:?}", fields(&monday(wrong)));
        }
        let mut check = Check::default();
        Hours::Own { week: monday(&[(1_500, 0)]).week }.check(&mut check, "open_hours");
        Hours::Tenant.check(&mut check, "closed_hours");
        let wrong: Vec<String> = check.finish().into_iter().map(|problem| problem.field).collect();
        assert_eq!(wrong, ["open_hours.week.monday[0].from"]);
    }

    // covers: OH-02
    #[test]
    fn oh_02_a_wrong_holiday_is_named_by_its_place() {
        let right = holiday("2026-12-24", "2027-01-02");
        let yearly = |first, last| Holiday { every_year: true, ..holiday(first, last) };
        for (wrong, field) in [
            (Holiday { name: " ".into(), ..right.clone() }, "holidays[1].name"),
            (Holiday { name: "x".repeat(65), ..right.clone() }, "holidays[1].name"),
            (holiday("2026-02-30", "2026-03-01"), "holidays[1].first_date"),
            (holiday("2026-12-24", "2026-12-32"), "holidays[1].last_date"),
            (holiday("2026-12-24", "2026-12-23"), "holidays[1].last_date"),
            (holiday("2026-12-24", "2027-12-25"), "holidays[1].last_date"),
            (yearly("2026-12-24", "2027-12-24"), "holidays[1].last_date"),
            (Holiday { time: Some(Span::new(840, 1_440)), ..right.clone() }, "holidays[1].time.to"),
        ] {
            let hours = OfficeHours { holidays: vec![right.clone(), wrong], ..OfficeHours::default() };
            assert_eq!(fields(&hours), [field]);
        }
        let many = |count| OfficeHours { holidays: vec![right.clone(); count], ..OfficeHours::default() };
        assert_eq!(fields(&many(HOLIDAYS_MAX)), [""; 0]);
        assert_eq!(fields(&many(HOLIDAYS_MAX + 1)), ["holidays"]);
        assert_eq!(fields(&OfficeHours { holidays: vec![yearly("2024-02-29", "2025-02-27")], ..many(0) }), [""; 0]);
    }

    #[test]
    fn a_day_that_is_left_out_is_closed_and_hours_have_a_kind() {
        let hours: Hours = serde_json::from_str(r#"{"kind":"own","week":{"monday":[{"from":540,"to":0}]}}"#).unwrap();
        let Hours::Own { week } = hours else { panic!("{hours:?}") };
        assert_eq!((week.monday.len(), week.tuesday.len()), (1, 0));
        assert_eq!(week.monday[0].to_string(), "09:00–00:00");
        assert_eq!(serde_json::to_string(&Hours::Tenant).unwrap(), r#"{"kind":"tenant"}"#);
    }
}
