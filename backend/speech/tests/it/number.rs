//! Cardinals and telephone numbers.

use shared::language::Language::{self, DeDe, EnUs, EsEs, FrFr, ZhCn};
use speech::{digits, number, phrase, sentence};

use crate::says;

// covers: LNG-01
#[test]
fn lng_01_numbers_are_said_in_english() {
    let rows = [
        (0, "zero"),
        (1, "one"),
        (13, "thirteen"),
        (21, "twenty-one"),
        (40, "forty"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (101, "one hundred one"),
        (512, "five hundred twelve"),
        (1_000, "one thousand"),
        (2_026, "two thousand twenty-six"),
        (21_000, "twenty-one thousand"),
        (100_001, "one hundred thousand one"),
        (1_000_000, "one million"),
        (2_500_000, "two million five hundred thousand"),
        (999_999_999, "nine hundred ninety-nine million nine hundred ninety-nine thousand nine hundred ninety-nine"),
        (3_000_000_000, "three billion"),
        (-7, "minus seven"),
    ];
    says(EnUs, &rows, |value| number(EnUs, value));
}

// covers: LNG-01
#[test]
fn lng_01_numbers_are_said_in_spanish() {
    let rows = [
        (0, "cero"),
        (1, "uno"),
        (16, "dieciséis"),
        (21, "veintiuno"),
        (22, "veintidós"),
        (31, "treinta y uno"),
        (99, "noventa y nueve"),
        (100, "cien"),
        (101, "ciento uno"),
        (121, "ciento veintiuno"),
        (200, "doscientos"),
        (500, "quinientos"),
        (555, "quinientos cincuenta y cinco"),
        (700, "setecientos"),
        (900, "novecientos"),
        (1_000, "mil"),
        (1_001, "mil uno"),
        (2_000, "dos mil"),
        (21_000, "veintiún mil"),
        (31_500, "treinta y un mil quinientos"),
        (100_000, "cien mil"),
        (101_000, "ciento un mil"),
        (1_000_000, "un millón"),
        (21_000_000, "veintiún millones"),
        (200_000_000, "doscientos millones"),
        (1_000_000_000, "mil millones"),
        (2_000_000_000, "dos mil millones"),
        (-15, "menos quince"),
    ];
    says(EsEs, &rows, |value| number(EsEs, value));
}

// covers: LNG-01
#[test]
fn lng_01_numbers_are_said_in_german() {
    let rows = [
        (0, "null"),
        (1, "eins"),
        (11, "elf"),
        (16, "sechzehn"),
        (17, "siebzehn"),
        (21, "einundzwanzig"),
        (30, "dreißig"),
        (76, "sechsundsiebzig"),
        (100, "einhundert"),
        (101, "einhundert eins"),
        (734, "siebenhundert vierunddreißig"),
        (1_000, "eintausend"),
        (1_001, "eintausend eins"),
        (2_021, "zweitausend einundzwanzig"),
        (21_000, "einundzwanzig tausend"),
        (101_000, "einhundert ein tausend"),
        (1_000_000, "eine Million"),
        (2_000_000, "zwei Millionen"),
        (101_000_000, "einhundert eine Millionen"),
        (1_000_000_000, "eine Milliarde"),
        (-3, "minus drei"),
    ];
    says(DeDe, &rows, |value| number(DeDe, value));
}

// covers: LNG-01
#[test]
fn lng_01_numbers_are_said_in_french() {
    let rows = [
        (0, "zéro"),
        (1, "un"),
        (17, "dix-sept"),
        (21, "vingt et un"),
        (22, "vingt-deux"),
        (70, "soixante-dix"),
        (71, "soixante et onze"),
        (72, "soixante-douze"),
        (80, "quatre-vingts"),
        (81, "quatre-vingt-un"),
        (91, "quatre-vingt-onze"),
        (99, "quatre-vingt-dix-neuf"),
        (100, "cent"),
        (101, "cent un"),
        (180, "cent quatre-vingts"),
        (200, "deux cents"),
        (201, "deux cent un"),
        (1_000, "mille"),
        (1_999, "mille neuf cent quatre-vingt-dix-neuf"),
        (21_000, "vingt et un mille"),
        (80_000, "quatre-vingt mille"),
        (100_000, "cent mille"),
        (200_000, "deux cent mille"),
        (1_000_000, "un million"),
        (80_000_000, "quatre-vingts millions"),
        (200_000_000, "deux cents millions"),
        (2_000_000_000, "deux milliards"),
        (-80, "moins quatre-vingts"),
    ];
    says(FrFr, &rows, |value| number(FrFr, value));
}

// covers: LNG-01
#[test]
fn lng_01_numbers_are_said_in_chinese() {
    let rows = [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (111, "一百一十一"),
        (222, "二百二十二"),
        (1_000, "一千"),
        (1_001, "一千零一"),
        (1_010, "一千零一十"),
        (2_200, "两千二百"),
        (10_000, "一万"),
        (10_010, "一万零一十"),
        (10_020, "一万零二十"),
        (12_345, "一万两千三百四十五"),
        (20_000, "两万"),
        (100_000, "十万"),
        (101_000, "十万一千"),
        (1_020_300, "一百零二万零三百"),
        (100_000_000, "一亿"),
        (100_000_020, "一亿零二十"),
        (100_020_000, "一亿零两万"),
        (100_005_000, "一亿零五千"),
        (999_999_999, "九亿九千九百九十九万九千九百九十九"),
        (-5, "负五"),
    ];
    says(ZhCn, &rows, |value| number(ZhCn, value));
}

// covers: LNG-01
#[test]
fn lng_01_any_number_at_all_is_said_in_every_language() {
    for language in Language::ALL {
        for value in (-3_000..30_000).chain([i64::MIN, i64::MAX, 999_999_999_999, 1_000_000_000_000]) {
            let said = number(language, value);
            assert!(!said.is_empty(), "{value} in {language:?}");
            assert!(said.iter().all(|phrase| phrase.is_in(language)), "{value} in {language:?}: {said:?}");
        }
    }
    assert_eq!(number(EnUs, 1_000_000_000_000).len(), 13);
}

// covers: LNG-01
#[test]
fn lng_01_two_numbers_are_never_said_alike() {
    for language in Language::ALL {
        let mut said: Vec<_> = (0..20_000).map(|value| sentence(language, &number(language, value))).collect();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), 20_000, "{language:?}");
    }
}

// covers: LNG-01
#[test]
fn lng_01_a_telephone_number_is_said_digit_by_digit() {
    assert_eq!(sentence(EnUs, &digits(EnUs, "+1 (202) 55")), "plus one two zero two five five");
    assert_eq!(sentence(EsEs, &digits(EsEs, "*97#")), "asterisco nueve siete almohadilla");
    assert_eq!(sentence(DeDe, &digits(DeDe, "*21#")), "Stern zwei eins Raute");
    assert_eq!(sentence(FrFr, &digits(FrFr, "0-18")), "zéro un huit");
    assert_eq!(sentence(ZhCn, &digits(ZhCn, "110")), "幺幺零");
    assert_eq!(digits(EnUs, "alice"), []);
    assert_eq!(digits(EnUs, "#"), [phrase::HASH]);
}
