//! Days, times of the day, and how long something takes.

use jiff::civil::{Date, Time};
use shared::language::Language;

use crate::noun::{count, counted};
use crate::number::{each_digit, number};
use crate::table::{DAYS, HOURS, MONTHS, N, Phrase, WEEKDAYS, of_number, phrase};

/// Up to here a weekday is enough; a week ago it would be taken for today.
const WEEKDAY_DAYS_MAX: i64 = 6;

/// A day, in the shortest way that is clear today.
pub fn date(language: Language, date: Date, today: Date) -> Vec<Phrase> {
    match date.duration_until(today).as_hours() / 24 {
        0 => vec![phrase::TODAY],
        1 => vec![phrase::YESTERDAY],
        2..=WEEKDAY_DAYS_MAX => {
            of_number(WEEKDAYS, date.weekday().to_monday_one_offset().unsigned_abs().into()).into_iter().collect()
        }
        _ => full_date(language, date, (date.year() != today.year()).then(|| date.year())),
    }
}

fn full_date(language: Language, date: Date, year: Option<i16>) -> Vec<Phrase> {
    let day = of_number(DAYS, date.day().unsigned_abs().into());
    let month = of_number(MONTHS, date.month().unsigned_abs().into());
    let year = year.map(|year| said_year(language, year.unsigned_abs().into())).unwrap_or_default();
    match language {
        Language::EnUs => month.into_iter().chain(day).chain(year).collect(),
        Language::EsEs => {
            let of = (!year.is_empty()).then_some(phrase::OF);
            day.into_iter().chain(month).chain(of).chain(year).collect()
        }
        Language::DeDe | Language::FrFr => day.into_iter().chain(month).chain(year).collect(),
        Language::ZhCn => {
            let sign = (!year.is_empty()).then_some(phrase::YEAR);
            year.into_iter().chain(sign).chain(month).chain(day).collect()
        }
    }
}

fn said_year(language: Language, year: u64) -> Vec<Phrase> {
    let century = of_number(N, year / 100);
    let rest = of_number(N, year % 100).filter(|&rest| rest != phrase::N_0);
    match (language, year) {
        (Language::EnUs, 1100..2000 | 2010..) => {
            let between = match year % 100 {
                0 => Some(phrase::HUNDRED),
                1..10 => Some(phrase::OH),
                _ => None,
            };
            century.into_iter().chain(between).chain(rest).collect()
        }
        (Language::DeDe, 1100..2000) => century.into_iter().chain([phrase::HUNDRED]).chain(rest).collect(),
        (Language::ZhCn, _) => each_digit(year),
        _ => number(language, i64::try_from(year).unwrap_or(i64::MAX)),
    }
}

/// A time of the day to the minute: twelve hours in English, twenty-four elsewhere.
pub fn time(language: Language, time: Time) -> Vec<Phrase> {
    let hour = u64::from(time.hour().unsigned_abs());
    let minute = u64::from(time.minute().unsigned_abs());
    let plain = of_number(N, minute).filter(|_| minute > 0);
    let single = (1..10).contains(&minute);
    if language == Language::EnUs {
        let on_the_dial = of_number(N, if hour % 12 == 0 { 12 } else { hour % 12 });
        let half = if hour < 12 { phrase::AM } else { phrase::PM };
        return on_the_dial.into_iter().chain(single.then_some(phrase::OH)).chain(plain).chain([half]).collect();
    }
    let mut said: Vec<_> = of_number(HOURS, hour).into_iter().collect();
    match language {
        _ if minute == 0 => {}
        Language::EsEs => said.extend(single.then_some(phrase::AND).into_iter().chain(plain)),
        // The minute that is not said is feminine: "neuf heures vingt et une".
        Language::FrFr => said.extend(counted(language, minute, phrase::MINUTE)),
        Language::ZhCn => {
            let zero = single.then_some(phrase::N_0);
            said.extend(zero.into_iter().chain(plain).chain([phrase::CLOCK_MINUTE]));
        }
        Language::DeDe | Language::EnUs => said.extend(plain),
    }
    said
}

/// A day and a time of it, such as "yesterday at nine a.m.".
pub fn moment(language: Language, day: Date, at: Time, today: Date) -> Vec<Phrase> {
    let mut said = date(language, day, today);
    said.extend(Some(phrase::AT).filter(|at| at.is_in(language)));
    said.extend(time(language, at));
    said
}

/// How long: hours and minutes, minutes and seconds, or seconds.
pub fn duration(language: Language, seconds: u32) -> Vec<Phrase> {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let hours = (hours, phrase::HOUR, phrase::HOURS);
    let minutes = (minutes, phrase::MINUTE, phrase::MINUTES);
    let rest = (rest, phrase::SECOND, phrase::SECONDS);
    let (large, small) = match seconds {
        0..60 => (None, rest),
        60..3600 => (Some(minutes), rest),
        _ => (Some(hours), minutes),
    };
    let Some((n, one, many)) = large else { return count(language, small.0.into(), small.1, small.2) };
    let mut said = count(language, n.into(), one, many);
    if small.0 > 0 {
        // Chinese has the word, but puts parts of a duration side by side.
        said.extend((language != Language::ZhCn).then_some(phrase::AND));
        said.extend(count(language, small.0.into(), small.1, small.2));
    }
    said
}
