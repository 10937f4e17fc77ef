//! Time zones as phones know them: by names of their own, by a rule as in POSIX, or by what the zone is ahead of UTC today. A phone that only
//! knows the latter learns of summer time at its next fetch, a day later at most.

/// A zone that vendors have names for.
pub struct Zone {
    /// In the database of time zones.
    name: &'static str,
    /// Its rule (POSIX, `TZ`).
    posix: &'static str,
    /// What it is ahead of UTC in winter, in minutes.
    pub standard_minutes: i32,
    /// As Yealink calls it.
    pub yealink: &'static str,
    /// As Snom does.
    pub snom: &'static str,
    /// As Aastra does; empty where that is not known.
    pub aastra: &'static str,
    /// As Cisco does.
    pub cisco: &'static str,
}

/// One row.
const fn zone(
    name: &'static str,
    posix: &'static str,
    standard_minutes: i32,
    [yealink, snom, aastra, cisco]: [&'static str; 4],
) -> Zone {
    Zone { name, posix, standard_minutes, yealink, snom, aastra, cisco }
}

/// The rule of Central Europe.
const CENTRAL: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
/// The rule of Western Europe.
const WESTERN: &str = "GMT0BST,M3.5.0/1,M10.5.0";
/// Cisco's name for most of Central Europe.
const CISCO_CENTRAL: &str = "W. Europe Standard/Daylight Time";
/// Cisco's name for the west of Central Europe.
const CISCO_ROMANCE: &str = "Romance Standard/Daylight Time";

/// The zones.
static ZONES: [Zone; 18] = [
    zone("Europe/Berlin", CENTRAL, 60, ["Germany(Berlin)", "GER+1", "DE-Berlin", CISCO_CENTRAL]),
    zone("Europe/Vienna", CENTRAL, 60, ["Austria(Vienna)", "AUT+1", "AT-Vienna", CISCO_CENTRAL]),
    zone("Europe/Zurich", CENTRAL, 60, ["Switzerland(Bern)", "CHE+1", "CH-Zurich", CISCO_CENTRAL]),
    zone("Europe/Paris", CENTRAL, 60, ["France(Paris)", "FRA+1", "FR-Paris", CISCO_ROMANCE]),
    zone("Europe/Madrid", CENTRAL, 60, ["Spain(Madrid)", "ESP+1", "ES-Madrid", CISCO_ROMANCE]),
    zone("Europe/Rome", CENTRAL, 60, ["Italy(Rome)", "ITA+1", "IT-Rome", CISCO_CENTRAL]),
    zone("Europe/Amsterdam", CENTRAL, 60, ["Netherlands(Amsterdam)", "NLD+1", "NL-Amsterdam", CISCO_CENTRAL]),
    zone("Europe/Brussels", CENTRAL, 60, ["Belgium(Brussels)", "BEL+1", "BE-Brussels", CISCO_ROMANCE]),
    zone("Europe/Stockholm", CENTRAL, 60, ["Sweden(Stockholm)", "SWE+1", "SE-Stockholm", CISCO_CENTRAL]),
    zone("Europe/London", WESTERN, 0, ["United Kingdom(London)", "GBR-0", "GB-London", "GMT Standard/Daylight Time"]),
    zone(
        "Europe/Dublin",
        "GMT0IST,M3.5.0/1,M10.5.0",
        0,
        ["Ireland(Dublin)", "IRL-0", "IE-Dublin", "GMT Standard/Daylight Time"],
    ),
    zone(
        "America/New_York",
        "EST5EDT,M3.2.0,M11.1.0",
        -300,
        ["United States-Eastern Time", "USA-5", "US-Eastern", "Eastern Standard/Daylight Time"],
    ),
    zone(
        "America/Chicago",
        "CST6CDT,M3.2.0,M11.1.0",
        -360,
        ["United States-Central Time", "USA-6", "US-Central", "Central Standard/Daylight Time"],
    ),
    zone(
        "America/Denver",
        "MST7MDT,M3.2.0,M11.1.0",
        -420,
        ["United States-Mountain Time", "USA-7", "US-Mountain", "Mountain Standard/Daylight Time"],
    ),
    zone(
        "America/Los_Angeles",
        "PST8PDT,M3.2.0,M11.1.0",
        -480,
        ["United States-Pacific Time", "USA-8", "US-Pacific", "Pacific Standard/Daylight Time"],
    ),
    zone(
        "America/Anchorage",
        "AKST9AKDT,M3.2.0,M11.1.0",
        -540,
        ["United States-Alaska Time", "USA-9", "US-Alaska", "Alaskan Standard/Daylight Time"],
    ),
    zone(
        "Pacific/Honolulu",
        "HST10",
        -600,
        ["United States-Hawaii-Aleutian", "USA-10", "US-Hawaii", "Hawaiian Standard Time"],
    ),
    zone("Asia/Shanghai", "CST-8", 480, ["China(Beijing)", "CHN+8", "", "China Standard/Daylight Time"]),
];

/// The zone of that name, where vendors have names for it.
pub fn named(name: &str) -> Option<&'static Zone> {
    ZONES.iter().find(|zone| zone.name == name)
}

/// The rule of a zone, or of one that is always as far ahead as it is today.
pub fn posix(name: &str, offset_minutes: i32) -> String {
    // POSIX counts from west to east.
    named(name).map_or_else(|| format!("LCL{}", clock(-offset_minutes, "")), |zone| zone.posix.to_owned())
}

/// `+01:00`; before noon of Greenwich the sign is that of the argument, or nothing where `plus` is empty.
pub fn clock(minutes: i32, plus: &str) -> String {
    let sign = if minutes < 0 { "-" } else { plus };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// `+1`, `-4`, `+5:30`.
pub fn hours(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    match minutes.abs() % 60 {
        0 => format!("{sign}{}", minutes.abs() / 60),
        rest => format!("{sign}{}:{rest:02}", minutes.abs() / 60),
    }
}

/// Cisco's zones without summer time, by what they are ahead of UTC.
const CISCO_FIXED: [(i32, &str); 17] = [
    (-600, "Hawaiian Standard Time"),
    (-420, "US Mountain Standard Time"),
    (-360, "Canada Central Standard Time"),
    (-300, "SA Pacific Standard Time"),
    (-240, "SA Western Standard Time"),
    (-180, "SA Eastern Standard Time"),
    (0, "Greenwich Standard Time"),
    (120, "South Africa Standard Time"),
    (180, "Saudi Arabia Standard Time"),
    (240, "Arabian Standard Time"),
    (300, "West Asia Standard Time"),
    (330, "India Standard Time"),
    (360, "Central Asia Standard Time"),
    (420, "SE Asia Standard Time"),
    (480, "China Standard/Daylight Time"),
    (540, "Tokyo Standard Time"),
    (600, "E. Australia Standard Time"),
];

/// The zone by a name that Cisco knows; the nearest where it knows none.
pub fn cisco(name: &str, offset_minutes: i32) -> &'static str {
    let nearest = || CISCO_FIXED.iter().min_by_key(|(minutes, _)| (minutes - offset_minutes).abs());
    named(name).map_or_else(|| nearest().map_or("Greenwich Standard Time", |(_, name)| name), |zone| zone.cisco)
}

/// The zone as Cisco's oldest phones write it, by what it is ahead of UTC today.
pub const fn cisco_short(offset_minutes: i32) -> &'static str {
    match offset_minutes {
        -600 => "HST",
        -540 => "AKST",
        -480 => "PST",
        -420 => "MST",
        -360 => "CST",
        -300 => "EST",
        -240 => "AST",
        60 => "CET",
        120 => "EET",
        180 => "MSK",
        330 => "IST",
        420 => "SST",
        480 => "CCT",
        540 => "JST",
        _ => "GMT",
    }
}

/// Htek's code of a zone, by what it is ahead of UTC.
const HTEK: [(i32, u16); 34] = [
    (-660, 105),
    (-600, 2),
    (-540, 3),
    (-480, 6),
    (-420, 10),
    (-360, 14),
    (-300, 18),
    (-270, 19),
    (-240, 20),
    (-210, 26),
    (-180, 30),
    (-120, 31),
    (-60, 32),
    (0, 33),
    (60, 49),
    (120, 57),
    (180, 73),
    (210, 74),
    (240, 77),
    (300, 83),
    (330, 84),
    (360, 85),
    (420, 88),
    (480, 89),
    (540, 93),
    (570, 94),
    (600, 96),
    (630, 100),
    (660, 101),
    (690, 101),
    (720, 102),
    (765, 103),
    (780, 104),
    (840, 104),
];

/// The zone as Htek writes it; the nearest where it has none.
pub fn htek(offset_minutes: i32) -> u16 {
    HTEK.iter().min_by_key(|(minutes, _)| (minutes - offset_minutes).abs()).map_or(33, |(_, code)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_written_by_its_name_or_by_what_it_is_ahead_today() {
        assert_eq!(posix("Europe/Berlin", 120), "CET-1CEST,M3.5.0,M10.5.0/3");
        assert_eq!(posix("Asia/Kolkata", 330), "LCL-05:30");
        assert_eq!(posix("America/Sao_Paulo", -180), "LCL03:00");
        assert_eq!(
            (hours(60), hours(-300), hours(345), hours(0)),
            ("+1".into(), "-5".into(), "+5:45".into(), "+0".into())
        );
        assert_eq!((clock(60, "+"), clock(-210, "+")), ("+01:00".into(), "-03:30".into()));
        assert_eq!(cisco("Europe/Paris", 60), "Romance Standard/Daylight Time");
        assert_eq!(cisco("Asia/Kolkata", 330), "India Standard Time");
        assert_eq!(cisco("Asia/Kathmandu", 345), "India Standard Time");
        assert_eq!((htek(60), htek(345), htek(i32::from(i16::MIN))), (49, 84, 105));
    }

    #[test]
    fn no_zone_stands_twice_and_each_has_names() {
        for (place, zone) in ZONES.iter().enumerate() {
            assert!(ZONES[..place].iter().all(|known| known.name != zone.name), "{}", zone.name);
            for name in [zone.yealink, zone.snom, zone.cisco, zone.posix] {
                assert!(!name.is_empty(), "{}", zone.name);
            }
        }
        assert!(named("Mars/Olympus").is_none());
    }
}
