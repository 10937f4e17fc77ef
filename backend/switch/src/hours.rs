//! Is the company open? Decided at the moment that a call is routed, by the clock on the wall of the tenant's time zone
//! (OH-03); pure, the zone with its changes of the clock is handed in.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use shared::Moment;
use shared::date::Wall;
use shared::hours::{Hours, OfficeHours, Standing};

/// How something stands that goes by the company's hours or by its own (OH-04); a holiday of the company's beats either week.
pub fn is_open_by(own: &Hours, company: &OfficeHours, zone: &TimeZone, at: Moment) -> Standing {
    own.standing(company, wall(zone, at))
}

/// The clock on the wall of a time zone.
pub fn wall(zone: &TimeZone, at: Moment) -> Wall {
    // A moment that no calendar holds is taken for 1970.
    let timestamp = Timestamp::from_microsecond(at.0).unwrap_or_default();
    Wall::of(at, zone.to_offset(timestamp).seconds())
}

/// The same with its date, for what is said.
pub fn local(zone: &TimeZone, at: Moment) -> jiff::civil::DateTime {
    zone.to_datetime(Timestamp::from_microsecond(at.0).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZoneDatabase;
    use shared::date::Date;
    use shared::hours::{Holiday, Span, Week};

    const BERLIN: &str = "Europe/Berlin";
    const NEW_YORK: &str = "America/New_York";
    const KATHMANDU: &str = "Asia/Kathmandu";
    const KOLKATA: &str = "Asia/Kolkata";
    const LORD_HOWE: &str = "Australia/Lord_Howe";

    /// The zone as the bundled database has it, whatever this machine has.
    fn zone(name: &str) -> TimeZone {
        TimeZoneDatabase::bundled().get(name).unwrap()
    }

    fn moment(utc: &str) -> Moment {
        Moment(utc.parse::<Timestamp>().unwrap().as_microsecond())
    }

    fn span(text: &str) -> Span {
        let minutes = |clock: &str| {
            let (hour, minute) = clock.split_once(':').unwrap();
            hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
        };
        let (from, to) = text.split_once('-').unwrap();
        Span::new(minutes(from), minutes(to))
    }

    /// The same spans every day.
    fn daily(spans: &[&str]) -> Week {
        let day: Vec<Span> = spans.iter().map(|text| span(text)).collect();
        let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = std::array::from_fn(|_| day.clone());
        Week { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
    }

    fn holiday(name: &str, first: &str, last: &str) -> Holiday {
        let date = |text| Date::read(text).unwrap();
        Holiday { name: name.into(), first_date: date(first), last_date: date(last), ..Holiday::default() }
    }

    fn yearly(name: &str, first: &str, last: &str) -> Holiday {
        Holiday { every_year: true, ..holiday(name, first, last) }
    }

    fn stands(hours: &OfficeHours, zone_name: &str, utc: &str) -> String {
        match is_open_by(&Hours::Tenant, hours, &zone(zone_name), moment(utc)) {
            Standing::Open => "open".into(),
            Standing::Closed => "closed".into(),
            Standing::Holiday { name } => name,
        }
    }

    // covers: OH-01, OH-03
    #[test]
    fn oh_03_the_week_is_read_by_the_clock_on_the_tenants_wall() {
        let nine_to_six = OfficeHours::default();
        for (zone, utc, expected) in [
            // OH-01: Monday 2026-11-23; the first minute is open, the last is not.
            (BERLIN, "2026-11-23T07:59:59Z", "closed"),
            (BERLIN, "2026-11-23T08:00:00Z", "open"),
            (BERLIN, "2026-11-23T16:59:59Z", "open"),
            (BERLIN, "2026-11-23T17:00:00Z", "closed"),
            // OH-03: the same moment elsewhere.
            (NEW_YORK, "2026-11-23T16:59:59Z", "open"),
            (NEW_YORK, "2026-11-23T08:00:00Z", "closed"),
            ("UTC", "2026-11-23T08:59:59Z", "closed"),
            // OH-01: Saturday and Sunday.
            (BERLIN, "2026-11-21T10:00:00Z", "closed"),
            (BERLIN, "2026-11-22T10:00:00Z", "closed"),
            // OH-03: it is Monday there already, or Friday there still.
            ("Pacific/Auckland", "2026-11-22T20:30:00Z", "open"),
            ("Pacific/Honolulu", "2026-11-21T03:30:00Z", "open"),
            // OH-03: zones that are half an hour, or three quarters, off.
            (KOLKATA, "2026-11-23T03:29:00Z", "closed"),
            (KOLKATA, "2026-11-23T03:30:00Z", "open"),
            (KOLKATA, "2026-11-23T12:30:00Z", "closed"),
            (KATHMANDU, "2026-11-23T03:14:00Z", "closed"),
            (KATHMANDU, "2026-11-23T03:15:00Z", "open"),
        ] {
            assert_eq!(stands(&nine_to_six, zone, utc), expected, "{zone} {utc}");
        }
    }

    // covers: OH-01, OH-03
    #[test]
    fn oh_03_a_span_over_midnight_belongs_to_the_day_that_it_begins_on() {
        let friday = vec![span("09:00-12:00"), span("22:00-06:00")];
        let night = OfficeHours { week: Week { friday, ..Week::default() }, holidays: Vec::new() };
        let sunday = vec![span("23:00-01:00")];
        let turn = OfficeHours { week: Week { sunday, ..Week::default() }, holidays: Vec::new() };
        let always = OfficeHours { week: daily(&["00:00-00:00"]), holidays: Vec::new() };
        let evening = OfficeHours { week: daily(&["18:00-00:00"]), holidays: Vec::new() };
        for (hours, utc, expected) in [
            // OH-01: several spans a day.
            (&night, "2026-11-27T08:30:00Z", "open"),
            (&night, "2026-11-27T12:00:00Z", "closed"),
            // OH-03: Friday night and Saturday morning, and not Friday morning.
            (&night, "2026-11-27T04:00:00Z", "closed"),
            (&night, "2026-11-27T21:00:00Z", "open"),
            (&night, "2026-11-28T04:59:59Z", "open"),
            (&night, "2026-11-28T05:00:00Z", "closed"),
            // OH-03: from the last day of the week into the first.
            (&turn, "2026-11-29T22:00:00Z", "open"),
            (&turn, "2026-11-29T23:59:00Z", "open"),
            (&turn, "2026-11-30T00:00:00Z", "closed"),
            // OH-03: until midnight, and all day long.
            (&evening, "2026-11-27T22:59:59Z", "open"),
            (&evening, "2026-11-27T23:00:00Z", "closed"),
            (&always, "2026-11-27T23:00:00Z", "open"),
            (&always, "2026-11-28T11:11:00Z", "open"),
        ] {
            assert_eq!(stands(hours, BERLIN, utc), expected, "{utc}");
        }
    }

    // covers: OH-03
    #[test]
    fn oh_03_the_clocks_are_changed_by_the_database_of_zones() {
        let office = OfficeHours { week: daily(&["09:00-18:00"]), holidays: Vec::new() };
        let missing = OfficeHours { week: daily(&["02:15-02:45"]), holidays: Vec::new() };
        let across = OfficeHours { week: daily(&["01:30-03:30"]), holidays: Vec::new() };
        let night = OfficeHours { week: daily(&["22:00-06:00"]), holidays: Vec::new() };
        for (hours, zone, utc, expected) in [
            // OH-03: Berlin, 2026-03-29 and 2026-10-25: nine o'clock is another moment.
            (&office, BERLIN, "2026-03-28T07:59:00Z", "closed"),
            (&office, BERLIN, "2026-03-28T08:00:00Z", "open"),
            (&office, BERLIN, "2026-03-29T06:59:00Z", "closed"),
            (&office, BERLIN, "2026-03-29T07:00:00Z", "open"),
            (&office, BERLIN, "2026-10-24T07:00:00Z", "open"),
            (&office, BERLIN, "2026-10-25T07:59:00Z", "closed"),
            (&office, BERLIN, "2026-10-25T08:00:00Z", "open"),
            // OH-03: New York, 2026-03-08 and 2026-11-01.
            (&office, NEW_YORK, "2026-03-07T14:00:00Z", "open"),
            (&office, NEW_YORK, "2026-03-08T12:59:00Z", "closed"),
            (&office, NEW_YORK, "2026-03-08T13:00:00Z", "open"),
            (&office, NEW_YORK, "2026-10-31T13:00:00Z", "open"),
            (&office, NEW_YORK, "2026-11-01T13:59:00Z", "closed"),
            (&office, NEW_YORK, "2026-11-01T14:00:00Z", "open"),
            // OH-03: a span in the hour that is missing does not happen; the day before and after it does.
            (&missing, BERLIN, "2026-03-28T01:15:00Z", "open"),
            (&missing, BERLIN, "2026-03-29T00:59:59Z", "closed"),
            (&missing, BERLIN, "2026-03-29T01:00:00Z", "closed"),
            (&missing, BERLIN, "2026-03-29T01:15:00Z", "closed"),
            (&missing, BERLIN, "2026-03-30T00:15:00Z", "open"),
            (&missing, NEW_YORK, "2026-03-08T06:59:59Z", "closed"),
            (&missing, NEW_YORK, "2026-03-08T07:15:00Z", "closed"),
            (&missing, NEW_YORK, "2026-03-09T06:15:00Z", "open"),
            // OH-03: one in the hour that comes twice happens twice.
            (&missing, BERLIN, "2026-10-25T00:14:00Z", "closed"),
            (&missing, BERLIN, "2026-10-25T00:15:00Z", "open"),
            (&missing, BERLIN, "2026-10-25T00:45:00Z", "closed"),
            (&missing, BERLIN, "2026-10-25T01:15:00Z", "open"),
            (&missing, BERLIN, "2026-10-25T01:45:00Z", "closed"),
            // OH-03: one that holds the hour goes on through it, once an hour shorter and once longer.
            (&across, BERLIN, "2026-03-29T00:30:00Z", "open"),
            (&across, BERLIN, "2026-03-29T01:29:59Z", "open"),
            (&across, BERLIN, "2026-03-29T01:30:00Z", "closed"),
            (&across, NEW_YORK, "2026-11-01T05:30:00Z", "open"),
            (&across, NEW_YORK, "2026-11-01T06:30:00Z", "open"),
            (&across, NEW_YORK, "2026-11-01T08:29:59Z", "open"),
            (&across, NEW_YORK, "2026-11-01T08:30:00Z", "closed"),
            // OH-03: a night over the change ends by the new clock.
            (&night, BERLIN, "2026-03-29T03:59:59Z", "open"),
            (&night, BERLIN, "2026-03-29T04:00:00Z", "closed"),
            (&night, BERLIN, "2026-10-25T04:59:59Z", "open"),
            (&night, BERLIN, "2026-10-25T05:00:00Z", "closed"),
            // OH-03: where the clocks are changed by half an hour, 2026-10-04 from 02:00 to 02:30.
            (&missing, LORD_HOWE, "2026-10-03T15:29:59Z", "closed"),
            (&missing, LORD_HOWE, "2026-10-03T15:30:00Z", "open"),
            (&missing, LORD_HOWE, "2026-10-03T15:45:00Z", "closed"),
        ] {
            assert_eq!(stands(hours, zone, utc), expected, "{zone} {utc}");
        }
    }

    // covers: OH-02, OH-03
    #[test]
    fn oh_03_a_holiday_beats_the_week() {
        let half = Holiday { time: Some(span("12:00-00:00")), ..yearly("Half day", "2025-12-31", "2025-12-31") };
        let night = Holiday { time: Some(span("23:00-02:00")), ..holiday("Stocktaking", "2026-06-30", "2026-06-30") };
        let holidays = vec![
            holiday("Outing", "2026-11-26", "2026-11-27"),
            yearly("Christmas", "2026-12-24", "2026-12-26"),
            yearly("Leap day", "2024-02-29", "2024-02-29"),
            half,
            night,
            yearly("Winter break", "2030-12-30", "2031-01-02"),
        ];
        let always = OfficeHours { week: daily(&["00:00-00:00"]), holidays: holidays.clone() };
        let late = OfficeHours { week: daily(&["20:00-02:00"]), holidays };
        for (hours, utc, expected) in [
            // OH-02: a span of days, whole ones, in the tenant's zone; once.
            (&always, "2026-11-25T22:59:59Z", "open"),
            (&always, "2026-11-25T23:00:00Z", "Outing"),
            (&always, "2026-11-27T22:59:59Z", "Outing"),
            (&always, "2026-11-27T23:00:00Z", "open"),
            (&always, "2027-11-26T12:00:00Z", "open"),
            // OH-02: every year, from the first on.
            (&always, "2025-12-25T12:00:00Z", "open"),
            (&always, "2026-12-25T12:00:00Z", "Christmas"),
            (&always, "2031-12-26T12:00:00Z", "Christmas"),
            (&always, "2031-12-27T12:00:00Z", "open"),
            // OH-02: 29 February every year: in years that have one.
            (&always, "2028-02-29T12:00:00Z", "Leap day"),
            (&always, "2026-02-28T12:00:00Z", "open"),
            (&always, "2026-03-01T12:00:00Z", "open"),
            (&always, "2100-02-28T12:00:00Z", "open"),
            // OH-02: a part of the day.
            (&always, "2026-12-31T10:59:59Z", "open"),
            (&always, "2026-12-31T11:00:00Z", "Half day"),
            (&always, "2026-12-31T22:59:59Z", "Half day"),
            (&always, "2026-12-31T23:00:00Z", "open"),
            // OH-02: one over midnight belongs to the day that it begins on.
            (&always, "2026-06-30T20:59:00Z", "open"),
            (&always, "2026-06-30T21:00:00Z", "Stocktaking"),
            (&always, "2026-06-30T23:59:59Z", "Stocktaking"),
            (&always, "2026-07-01T00:00:00Z", "open"),
            // OH-02: over the turn of the year.
            (&always, "2030-12-29T12:00:00Z", "open"),
            (&always, "2030-12-30T12:00:00Z", "Winter break"),
            (&always, "2031-01-02T12:00:00Z", "Winter break"),
            (&always, "2031-01-03T12:00:00Z", "open"),
            (&always, "2036-01-01T12:00:00Z", "Winter break"),
            (&always, "2030-01-01T12:00:00Z", "open"),
            // OH-03: outside the week's hours too it is the holiday that closes.
            (&late, "2026-11-26T10:00:00Z", "Outing"),
            // OH-03: a night before a holiday ends with its day; one of a holiday does not begin.
            (&late, "2026-11-25T22:30:00Z", "open"),
            (&late, "2026-11-25T23:30:00Z", "Outing"),
            (&late, "2026-11-28T00:30:00Z", "Outing"),
            (&late, "2026-11-28T01:00:00Z", "closed"),
            (&late, "2026-11-28T20:00:00Z", "open"),
        ] {
            assert_eq!(stands(hours, BERLIN, utc), expected, "{utc}");
        }
    }

    // covers: OH-04
    #[test]
    fn oh_04_hours_of_ones_own_take_the_place_of_the_week_and_not_of_the_holidays() {
        let company =
            OfficeHours { holidays: vec![holiday("Outing", "2026-11-26", "2026-11-26")], ..OfficeHours::default() };
        let own = Hours::Own { week: daily(&["18:00-20:00"]) };
        for (hours, utc, expected) in [
            // OH-04: the company's.
            (&Hours::Tenant, "2026-11-25T08:00:00Z", Standing::Open),
            (&Hours::Tenant, "2026-11-25T18:00:00Z", Standing::Closed),
            // OH-04: its own.
            (&own, "2026-11-25T08:00:00Z", Standing::Closed),
            (&own, "2026-11-25T18:00:00Z", Standing::Open),
            // OH-02: received and made calls alike.
            (&own, "2026-11-26T18:00:00Z", Standing::Holiday { name: "Outing".into() }),
        ] {
            assert_eq!(is_open_by(hours, &company, &zone(BERLIN), moment(utc)), expected, "{utc}");
        }
    }

    // covers: OH-03
    #[test]
    fn oh_03_the_next_change_is_found_over_nights_holidays_and_changes_of_the_clock() {
        let office =
            OfficeHours { holidays: vec![holiday("Outing", "2026-11-26", "2026-11-27")], ..OfficeHours::default() };
        let missing = OfficeHours { week: daily(&["02:15-03:10"]), holidays: Vec::new() };
        let never = OfficeHours { week: Week::default(), holidays: Vec::new() };
        let away =
            OfficeHours { holidays: vec![holiday("Away", "2026-11-01", "2027-02-01")], ..OfficeHours::default() };
        let half = Holiday { time: Some(span("13:07-14:00")), ..yearly("Half", "2026-11-01", "2027-10-31") };
        let halves = OfficeHours { holidays: vec![half], ..OfficeHours::default() };
        for (hours, utc, expected) in [
            // OH-03: in the middle of a day, and of a minute.
            (&office, "2026-11-25T12:34:56Z", Some("2026-11-25T17:00:00Z")),
            // OH-03: at the very moment of a change the next one is told.
            (&office, "2026-11-25T08:00:00Z", Some("2026-11-25T17:00:00Z")),
            // OH-03: over the holiday and the weekend.
            (&office, "2026-11-25T17:00:00Z", Some("2026-11-30T08:00:00Z")),
            // OH-03: the clocks are changed into the span, and back before its end.
            (&missing, "2026-03-28T20:00:00Z", Some("2026-03-29T01:00:00Z")),
            (&missing, "2026-03-29T01:00:00Z", Some("2026-03-29T01:10:00Z")),
            (&missing, "2026-10-25T00:15:00Z", Some("2026-10-25T01:00:00Z")),
            (&missing, "2026-10-25T01:00:00Z", Some("2026-10-25T01:15:00Z")),
            // OH-02: a part of a day.
            (&halves, "2026-11-25T08:00:00Z", Some("2026-11-25T12:07:00Z")),
            (&halves, "2026-11-25T12:07:00Z", Some("2026-11-25T13:00:00Z")),
            // OH-03: it never opens, or not soon.
            (&never, "2026-11-25T08:00:00Z", None),
            (&away, "2026-11-25T08:00:00Z", None),
            (&away, "2027-01-20T08:00:00Z", Some("2027-02-02T08:00:00Z")),
        ] {
            let zone = zone(BERLIN);
            let ahead = |at: Moment| zone.to_offset(Timestamp::from_microsecond(at.0).unwrap()).seconds();
            assert_eq!(hours.next_change(moment(utc), ahead), expected.map(moment), "{utc}");
        }
    }
}
