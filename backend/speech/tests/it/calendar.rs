//! Dates, times and durations.

use jiff::civil::{self, Date};
use shared::language::Language::{self, DeDe, EnUs, EsEs, FrFr, ZhCn};
use speech::{date, duration, moment, sentence, time};

use crate::says;

/// A Wednesday.
const TODAY: Date = civil::date(2026, 3, 11);

type Day = (i16, i8, i8);

fn says_dates(language: Language, rows: &[(Day, &str)]) {
    says(language, rows, |(year, month, day)| date(language, civil::date(year, month, day), TODAY));
}

fn says_times(language: Language, rows: &[((i8, i8), &str)]) {
    says(language, rows, |(hour, minute)| time(language, civil::time(hour, minute, 0, 0)));
}

// covers: LNG-01
#[test]
fn lng_01_dates_are_said_in_english() {
    says_dates(
        EnUs,
        &[
            ((2026, 3, 11), "today"),
            ((2026, 3, 10), "yesterday"),
            ((2026, 3, 9), "Monday"),
            ((2026, 3, 5), "Thursday"),
            ((2026, 3, 4), "March fourth"),
            ((2026, 3, 12), "March twelfth"),
            ((2025, 12, 31), "December thirty-first twenty twenty-five"),
            ((2005, 1, 2), "January second two thousand five"),
            ((1999, 7, 3), "July third nineteen ninety-nine"),
            ((1905, 7, 3), "July third nineteen oh five"),
            ((1900, 7, 20), "July twentieth nineteen hundred"),
            ((2000, 8, 30), "August thirtieth two thousand"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_dates_are_said_in_spanish() {
    says_dates(
        EsEs,
        &[
            ((2026, 3, 11), "hoy"),
            ((2026, 3, 10), "ayer"),
            ((2026, 3, 7), "el sábado"),
            ((2026, 3, 1), "el uno de marzo"),
            ((2026, 1, 21), "el veintiuno de enero"),
            ((2025, 12, 31), "el treinta y uno de diciembre de dos mil veinticinco"),
            ((1999, 9, 3), "el tres de septiembre de mil novecientos noventa y nueve"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_dates_are_said_in_german() {
    says_dates(
        DeDe,
        &[
            ((2026, 3, 11), "heute"),
            ((2026, 3, 10), "gestern"),
            ((2026, 3, 8), "am Sonntag"),
            ((2026, 3, 1), "am ersten März"),
            ((2026, 1, 7), "am siebten Januar"),
            ((2026, 2, 20), "am zwanzigsten Februar"),
            ((2025, 12, 31), "am einunddreißigsten Dezember zweitausend fünfundzwanzig"),
            ((1999, 8, 8), "am achten August neunzehn hundert neunundneunzig"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_dates_are_said_in_french() {
    says_dates(
        FrFr,
        &[
            ((2026, 3, 11), "aujourd'hui"),
            ((2026, 3, 10), "hier"),
            ((2026, 3, 6), "vendredi"),
            ((2026, 3, 1), "le premier mars"),
            ((2026, 2, 21), "le vingt et un février"),
            ((2025, 8, 2), "le deux août deux mille vingt-cinq"),
            ((1980, 12, 31), "le trente et un décembre mille neuf cent quatre-vingts"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_dates_are_said_in_chinese() {
    says_dates(
        ZhCn,
        &[
            ((2026, 3, 11), "今天"),
            ((2026, 3, 10), "昨天"),
            ((2026, 3, 8), "星期天"),
            ((2026, 3, 2), "三月二号"),
            ((2026, 2, 10), "二月十号"),
            ((2025, 12, 31), "二零二五年十二月三十一号"),
            ((1999, 11, 20), "一九九九年十一月二十号"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_times_are_said_on_a_dial_of_twelve_hours_in_english() {
    says_times(
        EnUs,
        &[
            ((0, 0), "twelve a.m."),
            ((0, 5), "twelve oh five a.m."),
            ((9, 0), "nine a.m."),
            ((11, 59), "eleven fifty-nine a.m."),
            ((12, 0), "twelve p.m."),
            ((13, 30), "one thirty p.m."),
            ((23, 1), "eleven oh one p.m."),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_times_are_said_on_a_dial_of_twenty_four_hours_elsewhere() {
    says_times(
        EsEs,
        &[
            ((0, 0), "las cero"),
            ((1, 0), "la una"),
            ((1, 5), "la una y cinco"),
            ((9, 10), "las nueve diez"),
            ((13, 30), "las trece treinta"),
            ((21, 1), "las veintiuna y uno"),
        ],
    );
    says_times(
        DeDe,
        &[
            ((0, 0), "null Uhr"),
            ((1, 0), "ein Uhr"),
            ((1, 1), "ein Uhr eins"),
            ((9, 5), "neun Uhr fünf"),
            ((12, 45), "zwölf Uhr fünfundvierzig"),
            ((21, 30), "einundzwanzig Uhr dreißig"),
        ],
    );
    says_times(
        FrFr,
        &[
            ((0, 0), "zéro heure"),
            ((1, 0), "une heure"),
            ((2, 1), "deux heures une"),
            ((9, 5), "neuf heures cinq"),
            ((14, 21), "quatorze heures vingt et une"),
            ((21, 30), "vingt et une heures trente"),
        ],
    );
    says_times(
        ZhCn,
        &[
            ((0, 0), "零点"),
            ((2, 0), "两点"),
            ((2, 2), "两点零二分"),
            ((9, 10), "九点十分"),
            ((12, 30), "十二点三十分"),
            ((22, 22), "二十二点二十二分"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_a_moment_is_a_day_and_a_time_of_it() {
    let yesterday =
        |language| sentence(language, &moment(language, civil::date(2026, 3, 10), civil::time(14, 5, 59, 0), TODAY));
    assert_eq!(yesterday(EnUs), "yesterday at two oh five p.m.");
    assert_eq!(yesterday(EsEs), "ayer a las catorce y cinco");
    assert_eq!(yesterday(DeDe), "gestern um vierzehn Uhr fünf");
    assert_eq!(yesterday(FrFr), "hier à quatorze heures cinq");
    assert_eq!(yesterday(ZhCn), "昨天十四点零五分");
}

// covers: LNG-01
#[test]
fn lng_01_every_minute_of_a_day_is_said_in_words_of_the_language() {
    for language in Language::ALL {
        for minute in 0..24 * 60 {
            let at = civil::time((minute / 60) as i8, (minute % 60) as i8, 0, 0);
            let said = moment(language, TODAY, at, TODAY);
            assert!(said.iter().all(|phrase| phrase.is_in(language)), "{at} in {language:?}: {said:?}");
        }
    }
}

// covers: LNG-01
#[test]
fn lng_01_every_day_is_said_in_words_of_the_language() {
    for language in Language::ALL {
        for day in civil::date(1998, 1, 1).series(jiff::Span::new().days(1)).take(40 * 366) {
            let said = date(language, day, TODAY);
            assert!(said.iter().all(|phrase| phrase.is_in(language)), "{day} in {language:?}: {said:?}");
        }
    }
}

// covers: LNG-01
#[test]
fn lng_01_durations_are_said_in_every_language() {
    let says = |language, rows: &[(u32, &str)]| says(language, rows, |seconds| duration(language, seconds));
    says(
        EnUs,
        &[
            (0, "zero seconds"),
            (1, "one second"),
            (59, "fifty-nine seconds"),
            (60, "one minute"),
            (90, "one minute and thirty seconds"),
            (3_661, "one hour and one minute"),
            (7_200, "two hours"),
        ],
    );
    says(
        EsEs,
        &[
            (1, "un segundo"),
            (21, "veintiún segundos"),
            (60, "un minuto"),
            (121, "dos minutos y un segundo"),
            (3_600, "una hora"),
            (75_660, "veintiuna horas y un minuto"),
        ],
    );
    says(
        DeDe,
        &[
            (1, "eine Sekunde"),
            (21, "einundzwanzig Sekunden"),
            (60, "eine Minute"),
            (130, "zwei Minuten und zehn Sekunden"),
            (3_600, "eine Stunde"),
            (8_400, "zwei Stunden und zwanzig Minuten"),
        ],
    );
    says(
        FrFr,
        &[
            (0, "zéro seconde"),
            (1, "une seconde"),
            (21, "vingt et une secondes"),
            (90, "une minute et trente secondes"),
            (3_600, "une heure"),
            (75_600, "vingt et une heures"),
        ],
    );
    says(
        ZhCn,
        &[
            (2, "两秒"),
            (30, "三十秒"),
            (60, "一分钟"),
            (122, "两分钟两秒"),
            (7_200, "两小时"),
            (8_400, "两小时二十分钟"),
        ],
    );
}
