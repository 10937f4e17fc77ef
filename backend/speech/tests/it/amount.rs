//! Money.

use shared::language::Language::{self, DeDe, EnUs, EsEs, FrFr, ZhCn};
use speech::amount;

use crate::says;

const MICROS: i64 = 1_000_000;
/// A hundredth.
const CENT: i64 = MICROS / 100;

fn says_amounts(language: Language, rows: &[((i64, &str), &str)]) {
    says(language, rows, |(micros, currency)| amount(language, micros, currency));
}

// covers: LNG-01
#[test]
fn lng_01_amounts_are_said_in_english() {
    says_amounts(
        EnUs,
        &[
            ((0, "EUR"), "zero euros"),
            ((MICROS, "EUR"), "one euro"),
            ((12 * MICROS + 50 * CENT, "EUR"), "twelve euros and fifty cents"),
            ((CENT, "USD"), "one cent"),
            ((-3 * MICROS - CENT, "GBP"), "minus three pounds and one penny"),
            ((2 * MICROS + 2 * CENT, "GBP"), "two pounds and two pence"),
            ((5 * MICROS, "CNY"), "five yuan"),
            ((1_234 * MICROS, "CHF"), "one thousand two hundred thirty-four francs"),
            ((12 * MICROS + 5 * CENT, "SEK"), "twelve point zero five"),
            ((7 * MICROS, "SEK"), "seven"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_amounts_are_rounded_to_hundredths() {
    says_amounts(
        EnUs,
        &[
            ((4_999, "EUR"), "zero euros"),
            ((-4_999, "EUR"), "zero euros"),
            ((5_000, "EUR"), "one cent"),
            ((-5_000, "EUR"), "minus one cent"),
            ((999_999, "EUR"), "one euro"),
            ((12_345_678, "EUR"), "twelve euros and thirty-five cents"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_amounts_are_said_in_spanish() {
    says_amounts(
        EsEs,
        &[
            ((0, "EUR"), "cero euros"),
            ((MICROS, "EUR"), "un euro"),
            ((21 * MICROS + 21 * CENT, "EUR"), "veintiún euros con veintiún céntimos"),
            ((MICROS + CENT, "USD"), "un dólar con un centavo"),
            ((21 * MICROS, "GBP"), "veintiuna libras"),
            ((500 * MICROS, "GBP"), "quinientas libras"),
            ((MICROS * MICROS, "EUR"), "un millón de euros"),
            ((-2 * MICROS, "CHF"), "menos dos francos"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_amounts_are_said_in_german() {
    says_amounts(
        DeDe,
        &[
            ((0, "EUR"), "null Euro"),
            ((MICROS, "EUR"), "ein Euro"),
            ((12 * MICROS + 50 * CENT, "EUR"), "zwölf Euro fünfzig"),
            ((CENT, "EUR"), "ein Cent"),
            ((21 * CENT, "CHF"), "einundzwanzig Rappen"),
            ((-101 * MICROS, "GBP"), "minus einhundert ein Pfund"),
            ((2 * MICROS * MICROS, "USD"), "zwei Millionen Dollar"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_amounts_are_said_in_french() {
    says_amounts(
        FrFr,
        &[
            ((0, "EUR"), "zéro euro"),
            ((MICROS + 50 * CENT, "EUR"), "un euro et cinquante centimes"),
            ((80 * MICROS, "EUR"), "quatre-vingts euros"),
            ((21 * MICROS, "GBP"), "vingt et une livres"),
            ((200 * MICROS, "USD"), "deux cents dollars"),
            ((3 * MICROS * MICROS, "EUR"), "trois millions d'euros"),
            ((-CENT, "CHF"), "moins un centime"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_amounts_are_said_in_chinese() {
    says_amounts(
        ZhCn,
        &[
            ((2 * MICROS, "CNY"), "两元"),
            ((12 * MICROS + 34 * CENT, "CNY"), "十二元三角四分"),
            ((12 * MICROS + 5 * CENT, "CNY"), "十二元零五分"),
            ((2 * MICROS + 20 * CENT, "CNY"), "两元两角"),
            ((5 * CENT, "CNY"), "五分"),
            ((12 * MICROS + 50 * CENT, "EUR"), "十二欧元五十欧分"),
            ((-2 * MICROS, "USD"), "负两美元"),
            ((3 * MICROS + 14 * CENT, "JPY"), "三点一四"),
        ],
    );
}

// covers: LNG-01
#[test]
fn lng_01_any_amount_at_all_is_said_in_words_of_the_language() {
    for language in Language::ALL {
        for currency in ["EUR", "USD", "GBP", "CNY", "CHF", "XXX"] {
            for hundredths in (-100..30_000).chain([100_000_000, 999_999_999_999]) {
                let said = amount(language, hundredths * CENT, currency);
                assert!(
                    said.iter().all(|phrase| phrase.is_in(language)),
                    "{hundredths} {currency} in {language:?}: {said:?}"
                );
            }
            assert!(!amount(language, i64::MIN, currency).is_empty());
        }
    }
}
