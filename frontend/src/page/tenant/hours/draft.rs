//! Hours as they stand in their fields: texts, until they are sent.

use leptos::prelude::*;
use shared::date::{Date, Weekday};
use shared::hours::{Holiday, OfficeHours, Span, UpdateOfficeHours, Week};

use crate::ui::field::element_id;

/// A span's two fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanText {
    /// Under this it is found again; also the id of its first field.
    pub key: String,
    pub from: String,
    pub to: String,
}

impl SpanText {
    pub fn of(span: Span) -> Self {
        Self { key: element_id("span"), from: clock(span.from), to: clock(span.to) }
    }

    pub fn empty() -> Self {
        Self { key: element_id("span"), from: String::new(), to: String::new() }
    }

    /// What its fields say; an empty one is a time that no day has.
    pub fn span(&self) -> Span {
        Span::new(minute(&self.from).unwrap_or(u16::MAX), minute(&self.to).unwrap_or(u16::MAX))
    }

    /// The same, where both fields are filled in.
    pub fn drawn(&self) -> Option<Span> {
        Some(Span::new(minute(&self.from)?, minute(&self.to)?))
    }
}

/// A holiday's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HolidayText {
    /// Under this it is found again; also the id of its first field.
    pub key: String,
    pub name: String,
    pub first: String,
    /// Empty for a single day.
    pub last: String,
    /// Empty, as `to`, for the whole day.
    pub from: String,
    pub to: String,
    pub every_year: bool,
}

impl HolidayText {
    fn of(holiday: &Holiday) -> Self {
        let Holiday { name, first_date, last_date, time, every_year } = holiday;
        let time = time.map(|time| (clock(time.from), clock(time.to)));
        let (from, to) = time.unwrap_or_default();
        let last = if last_date == first_date { String::new() } else { last_date.to_string() };
        let (name, first) = (name.clone(), first_date.to_string());
        Self { key: element_id("holiday"), name, first, last, from, to, every_year: *every_year }
    }

    pub fn empty() -> Self {
        Self { key: element_id("holiday"), ..Self::default() }
    }

    fn holiday(&self) -> Holiday {
        let first_date = Date::read(&self.first).unwrap_or_default();
        let last_date = if self.last.is_empty() { first_date } else { Date::read(&self.last).unwrap_or_default() };
        let whole_day = self.from.is_empty() && self.to.is_empty();
        let time = SpanText { key: String::new(), from: self.from.clone(), to: self.to.clone() };
        Holiday {
            name: self.name.trim().to_owned(),
            first_date,
            last_date,
            time: (!whole_day).then(|| time.span()),
            every_year: self.every_year,
        }
    }
}

/// The fields of a week.
#[derive(Clone, Copy, Debug)]
pub struct WeekDraft {
    pub days: [(Weekday, RwSignal<Vec<SpanText>>); 7],
}

impl WeekDraft {
    pub fn of(week: &Week) -> Self {
        let draft = Self { days: Weekday::ALL.map(|day| (day, RwSignal::new(Vec::new()))) };
        draft.fill(week);
        draft
    }

    /// Puts this week into the fields.
    pub fn fill(self, week: &Week) {
        for (day, spans) in self.days {
            spans.set(week.day(day).iter().copied().map(SpanText::of).collect());
        }
    }

    /// What the fields say, watched.
    pub fn read(self) -> Week {
        let mut week = Week::default();
        for (day, spans) in self.days {
            *week.day_mut(day) = spans.with(|spans| spans.iter().map(SpanText::span).collect());
        }
        week
    }

    /// Gives Monday to Friday the spans of this day.
    pub fn copy_to_weekdays(self, from: Weekday) {
        let Some(spans) = self.days.iter().find(|(day, _)| *day == from).map(|(_, spans)| spans.get_untracked()) else {
            return;
        };
        for (day, target) in self.days {
            if day != from && !matches!(day, Weekday::Saturday | Weekday::Sunday) {
                let copy = |span: &SpanText| SpanText { key: element_id("span"), ..span.clone() };
                target.set(spans.iter().map(copy).collect());
            }
        }
    }
}

/// All fields of the page of office hours.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    pub week: WeekDraft,
    pub holidays: RwSignal<Vec<HolidayText>>,
}

impl Draft {
    pub fn of(hours: &OfficeHours) -> Self {
        let draft = Self { week: WeekDraft::of(&hours.week), holidays: RwSignal::new(Vec::new()) };
        draft.fill(hours);
        draft
    }

    /// Puts these hours into the fields.
    pub fn fill(self, hours: &OfficeHours) {
        self.week.fill(&hours.week);
        self.holidays.set(hours.holidays.iter().map(HolidayText::of).collect());
    }

    /// What the fields say, watched.
    pub fn read(self) -> OfficeHours {
        let holidays = self.holidays.with(|holidays| holidays.iter().map(HolidayText::holiday).collect());
        OfficeHours { week: self.week.read(), holidays }
    }

    /// The operation that keeps what the fields say.
    pub fn operation(self) -> UpdateOfficeHours {
        let OfficeHours { week, holidays } = untrack(|| self.read());
        UpdateOfficeHours { week, holidays }
    }
}

/// `09:00`
pub fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Reads `09:00`, or `09:00:00` as some browsers say it.
fn minute(text: &str) -> Option<u16> {
    let mut parts = text.split(':').map(|part| part.parse::<u16>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_is_written() {
        for minutes in [0, 1, 540, 1_439] {
            assert_eq!(minute(&clock(minutes)), Some(minutes));
        }
        assert_eq!(minute("09:30:00"), Some(570));
        for wrong in ["", "9", "24:00", "10:60", "x:y", ":"] {
            assert_eq!(minute(wrong), None, "{wrong}");
        }
    }

    // covers: OH-02
    #[test]
    fn oh_02_an_empty_time_is_the_whole_day_and_an_empty_last_day_the_first() {
        let text = HolidayText { name: " Outing ".into(), first: "2026-11-26".into(), ..HolidayText::default() };
        let holiday = text.holiday();
        assert_eq!((holiday.name.as_str(), holiday.time), ("Outing", None));
        assert_eq!((holiday.first_date, holiday.last_date), (Date::new(2026, 11, 26), Date::new(2026, 11, 26)));
        let again = HolidayText::of(&holiday);
        assert_eq!(again.holiday(), holiday);
        let half = HolidayText { from: "12:00".into(), ..text };
        let hours = OfficeHours { holidays: vec![half.holiday()], ..OfficeHours::default() };
        assert_eq!(hours.check()[0].field, "holidays[0].time.to", "half a time is none");
    }
}
