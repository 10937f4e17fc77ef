//! Hours as one line of text, for the cell of a file: `office`, `never`, or `mon 09:00-12:00 13:00-18:00 | fri 22:00-06:00`.

use crate::date::Weekday;
use crate::hours::{Hours, Span, Week};

/// Stands between two days.
const BETWEEN: &str = " | ";
/// A day by the first letters of its name.
const LETTERS: usize = 3;
const OFFICE: &str = "office";
const NEVER: &str = "never";

/// The text of hours.
pub fn write(hours: &Hours) -> String {
    let Hours::Own { week } = hours else { return OFFICE.to_owned() };
    let days = Weekday::ALL.into_iter().filter(|day| !week.day(*day).is_empty());
    let texts: Vec<String> = days.map(|day| format!("{}{}", short(day), spans(week.day(day)))).collect();
    if texts.is_empty() { NEVER.to_owned() } else { texts.join(BETWEEN) }
}

/// The hours that a text says, empty being those of the office; none where it says no hours.
pub fn read(text: &str) -> Option<Hours> {
    let text = text.trim().to_lowercase();
    match text.as_str() {
        "" | OFFICE => return Some(Hours::Tenant),
        NEVER => return Some(Hours::Own { week: Week::default() }),
        _ => {}
    }
    let mut week = Week::default();
    for part in text.split('|') {
        let mut words = part.split_whitespace();
        let name = words.next()?;
        let day = Weekday::ALL.into_iter().find(|day| name == short(*day) || name == day.key())?;
        let spans = words.map(span).collect::<Option<Vec<Span>>>().filter(|spans| !spans.is_empty())?;
        week.day_mut(day).extend(spans);
    }
    Some(Hours::Own { week })
}

fn short(day: Weekday) -> &'static str {
    day.key().get(..LETTERS).unwrap_or_else(|| day.key())
}

fn spans(spans: &[Span]) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    spans.iter().map(|span| format!(" {}-{}", clock(span.from), clock(span.to))).collect()
}

/// `09:00-18:00`, and with the dash that people see.
fn span(text: &str) -> Option<Span> {
    let (from, to) = text.split_once(['-', '–'])?;
    Some(Span::new(minute(from)?, minute(to)?))
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: INB-07, OH-04
    #[test]
    fn inb_07_hours_are_written_and_read_as_one_line() {
        let week = Week {
            monday: vec![Span::new(540, 720), Span::new(780, 1_080)],
            friday: vec![Span::new(1_320, 360)],
            sunday: vec![Span::new(0, 0)],
            ..Week::default()
        };
        for (hours, text) in [
            (Hours::Tenant, "office"),
            (Hours::Own { week: Week::default() }, "never"),
            (Hours::Own { week }, "mon 09:00-12:00 13:00-18:00 | fri 22:00-06:00 | sun 00:00-00:00"),
        ] {
            assert_eq!(write(&hours), text);
            assert_eq!(read(text), Some(hours));
        }
        assert_eq!(read(""), Some(Hours::Tenant));
        let monday =
            |from, to| Some(Hours::Own { week: Week { monday: vec![Span::new(from, to)], ..Week::default() } });
        assert_eq!(read("Monday 9:00–18:30"), monday(540, 1_110));
        for wrong in
            ["x", "mon", "mon 9-18", "mon 09:00", "mon 24:00-01:00", "mo 09:00-10:00", "mon 09:00-10:00 |", "|"]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
