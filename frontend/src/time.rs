//! Moments for people: in the tenant's time zone, by the browser's own calendar.

use std::cell::RefCell;
use std::collections::BTreeMap;

use gloo_timers::callback::Interval;
use js_sys::{Date, Function, Intl, Object, Reflect};
use leptos::prelude::*;
use shared::Moment;
use shared::date::Wall;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::session;

/// How much of a moment is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Style {
    /// `23 Nov, 20:10`
    Short,
    /// `23 Nov 2026, 20:10:50`
    Full,
    /// `20:10:50`
    Clock,
    /// `20:00`
    Hour,
    /// `23 Nov 2026`
    Day,
}

/// The browser's time.
pub fn now() -> Moment {
    Moment((Date::now() * 1_000.0) as i64)
}

/// The moment in the session's time zone.
pub fn show(moment: Moment, style: Style) -> String {
    with_format(session::time_zone(), style, |format| {
        let date = Date::new(&JsValue::from_f64(moment.millis() as f64));
        let text = format.format().call1(format, &date).ok().and_then(|text| text.as_string());
        text.unwrap_or_else(|| moment.rfc3339())
    })
}

/// Seconds as `0:05`, `12:34` or `1:02:03`.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long ago, in the coarsest unit that says something.
pub fn ago(moment: Moment, now: Moment) -> String {
    let seconds = now.since(moment).as_secs();
    let (count, unit) = match seconds {
        0..=44 => return "just now".to_owned(),
        45..=3_569 => (seconds.div_ceil(60), "minute"),
        3_570..=86_399 => (seconds.div_ceil(3_600), "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// The present, watched; it moves every second for as long as the current owner lives.
pub fn ticking() -> ReadSignal<Moment> {
    let (present, set) = signal(now());
    let beat = StoredValue::new_local(Some(Interval::new(1_000, move || {
        set.try_set(now());
    })));
    on_cleanup(move || {
        beat.try_update_value(Option::take);
    });
    present
}

/// What calendar and clock show in the session's time zone.
pub fn wall(moment: Moment) -> Option<Wall> {
    Some(Wall::of(moment, i32::try_from(offset_seconds(moment)?).ok()?))
}

/// The beginning of a day such as `2026-11-23` in the session's time zone, `days` later.
pub fn start_of_day(date: &str, days: i64) -> Option<Moment> {
    on_the_wall((days_of(date)? + days) * 86_400)
}

/// `2026-11-23T20:10`, as a field for day and time says it in the session's time zone.
pub fn field_text(moment: Moment) -> Option<String> {
    let Wall { date, minute } = wall(moment)?;
    Some(format!("{date}T{:02}:{:02}", minute / 60, minute % 60))
}

/// The moment that such a field says.
pub fn read_field(text: &str) -> Option<Moment> {
    on_the_wall(field_seconds(text)?)
}

/// `2026-11-23T20:10`, with seconds or without, as if it were UTC.
fn field_seconds(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once('T')?;
    let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
    seconds_of(&format!("{date} {clock}{seconds}"))
}

/// The moment at which the clocks of the session's zone show so many seconds since 1970.
fn on_the_wall(shown: i64) -> Option<Moment> {
    // The offset at that wall clock is found in two steps, since it may change during the day.
    let mut guess = Moment::from_seconds(shown);
    for _ in 0..2 {
        guess = Moment::from_seconds(shown - offset_seconds(guess)?);
    }
    Some(guess)
}

/// Seconds that the session's zone is ahead of UTC.
fn offset_seconds(at: Moment) -> Option<i64> {
    let zone = session::time_zone();
    let options = Object::new();
    if let Some(zone) = zone {
        Reflect::set(&options, &"timeZone".into(), &zone.into()).ok()?;
    }
    let date = Date::new(&JsValue::from_f64(at.millis() as f64));
    // Swedish writes `2026-11-23 20:10:50`, which can be read back.
    let wall: String = date.to_locale_string("sv-SE", &options).into();
    Some(seconds_of(&wall)? - at.seconds())
}

/// `2026-11-23 20:10:50` as if it were UTC.
fn seconds_of(wall: &str) -> Option<i64> {
    let (date, clock) = wall.split_once(' ')?;
    let mut parts = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    Some(days_of(date)? * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_of(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    // Years begin in March, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

thread_local! {
    /// A formatter is dear to make and lists need the same one many times.
    static FORMATS: RefCell<BTreeMap<(Option<String>, Style), Intl::DateTimeFormat>> = const { RefCell::new(BTreeMap::new()) };
}

fn with_format<R>(zone: Option<String>, style: Style, act: impl FnOnce(&Intl::DateTimeFormat) -> R) -> R {
    FORMATS.with_borrow_mut(|formats| {
        let key = (zone, style);
        let format = formats.entry(key.clone()).or_insert_with(|| new_format(key.0.as_deref(), style));
        act(format)
    })
}

fn new_format(zone: Option<&str>, style: Style) -> Intl::DateTimeFormat {
    let make = |zone: Option<&str>| -> Result<Intl::DateTimeFormat, JsValue> {
        let options = Object::new();
        let set = |name: &str, value: &str| Reflect::set(&options, &name.into(), &value.into());
        if matches!(style, Style::Short | Style::Full | Style::Day) {
            set("day", "numeric")?;
            set("month", "short")?;
        }
        if matches!(style, Style::Full | Style::Day) {
            set("year", "numeric")?;
        }
        if style != Style::Day {
            set("hour", "2-digit")?;
            set("minute", "2-digit")?;
            set("hourCycle", "h23")?;
        }
        if matches!(style, Style::Full | Style::Clock) {
            set("second", "2-digit")?;
        }
        if let Some(zone) = zone {
            set("timeZone", zone)?;
        }
        let constructor = Reflect::get(&Reflect::get(&js_sys::global(), &"Intl".into())?, &"DateTimeFormat".into())?;
        // The portal speaks English; so do its dates.
        let words = js_sys::Array::of2(&"en-GB".into(), &options);
        let constructor: &Function = constructor.unchecked_ref();
        Ok(Reflect::construct(constructor, &words)?.unchecked_into())
    };
    // A zone that this browser does not know is shown as its own.
    make(zone).or_else(|_| make(None)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_clock() {
        assert_eq!(duration(5), "0:05");
        assert_eq!(duration(754), "12:34");
        assert_eq!(duration(3_723), "1:02:03");
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(days_of("1970-01-01"), Some(0));
        assert_eq!(days_of("2000-02-29"), Some(951_782_400 / 86_400));
        assert_eq!(days_of("2019-09-27"), Some(1_569_567_973 / 86_400));
        for wrong in ["", "2026-13-01", "2026-1", "x-y-z", "0001-01-01"] {
            assert_eq!(days_of(wrong), None, "{wrong}");
        }
        assert_eq!(seconds_of("2019-09-27 07:06:13"), Some(1_569_567_973));
        assert_eq!(field_seconds("2019-09-27T07:06"), Some(1_569_567_960));
        assert_eq!(field_seconds("2019-09-27T07:06:13"), Some(1_569_567_973));
        assert_eq!(field_seconds("2019-09-27"), None);
    }

    #[test]
    fn the_past_is_told_in_one_unit() {
        let now = Moment::from_seconds(1_000_000);
        let before = |seconds: i64| ago(Moment::from_seconds(1_000_000 - seconds), now);
        assert_eq!(before(3), "just now");
        assert_eq!(before(60), "1 minute ago");
        assert_eq!(before(7_200), "2 hours ago");
        assert_eq!(before(200_000), "2 days ago");
    }
}
