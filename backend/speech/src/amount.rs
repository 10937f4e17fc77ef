//! Money, to the hundredth.

use shared::language::Language;

use crate::noun::{count, counted};
use crate::number::{Agreement, cardinal, each_digit};
use crate::table::{Phrase, phrase};

const MICROS_PER_HUNDREDTH: u64 = 10_000;
const MILLION: u64 = 1_000_000;

/// The nouns of a currency.
struct Currency {
    one: Phrase,
    many: Phrase,
    /// After whole millions: "un millón de euros".
    of: Phrase,
    hundredth_one: Phrase,
    hundredth_many: Phrase,
}

/// An amount in millionths of a currency, rounded to its hundredths. Of a currency that is not known, the number is said.
pub fn amount(language: Language, micros: i64, currency: &str) -> Vec<Phrase> {
    let hundredths = (micros.unsigned_abs() + MICROS_PER_HUNDREDTH / 2) / MICROS_PER_HUNDREDTH;
    let (units, rest) = (hundredths / 100, hundredths % 100);
    let mut said = Vec::new();
    if micros < 0 && hundredths > 0 {
        said.push(phrase::MINUS);
    }
    let Some(currency) = of_code(currency) else {
        said.extend(decimal(language, units, rest));
        return said;
    };
    if units > 0 || rest == 0 {
        said.extend(whole(language, units, &currency));
    }
    if rest > 0 {
        said.extend(hundredths_said(language, units, rest, &currency));
    }
    said
}

fn of_code(code: &str) -> Option<Currency> {
    let [one, many, of, hundredth_one, hundredth_many] = match code {
        "EUR" => [phrase::EURO, phrase::EUROS, phrase::EUROS_OF, phrase::EURO_CENT, phrase::EURO_CENTS],
        "USD" => [phrase::DOLLAR, phrase::DOLLARS, phrase::DOLLARS_OF, phrase::CENT, phrase::CENTS],
        "GBP" => [phrase::POUND, phrase::POUNDS, phrase::POUNDS_OF, phrase::PENNY, phrase::PENCE],
        "CNY" => [phrase::YUAN_ONE, phrase::YUAN, phrase::YUAN_OF, phrase::FEN_ONE, phrase::FEN],
        "CHF" => [phrase::FRANC, phrase::FRANCS, phrase::FRANCS_OF, phrase::RAPPEN_ONE, phrase::RAPPEN],
        _ => return None,
    };
    Some(Currency { one, many, of, hundredth_one, hundredth_many })
}

fn whole(language: Language, units: u64, currency: &Currency) -> Vec<Phrase> {
    if units >= MILLION && units.is_multiple_of(MILLION) && currency.of.is_in(language) {
        let mut said = counted(language, units, currency.one);
        said.push(currency.of);
        return said;
    }
    count(language, units, currency.one, currency.many)
}

fn hundredths_said(language: Language, units: u64, rest: u64, currency: &Currency) -> Vec<Phrase> {
    if language == Language::ZhCn && currency.one == phrase::YUAN_ONE {
        return jiao_and_fen(units, rest);
    }
    if language == Language::DeDe && units > 0 {
        return cardinal(language, rest, Agreement::None);
    }
    let mut said: Vec<_> = Some(phrase::AND_CENTS).filter(|and| units > 0 && and.is_in(language)).into_iter().collect();
    said.extend(count(language, rest, currency.hundredth_one, currency.hundredth_many));
    said
}

/// A yuan has ten jiao of ten fen.
fn jiao_and_fen(units: u64, rest: u64) -> Vec<Phrase> {
    let (jiao, fen) = (rest / 10, rest % 10);
    let mut said = Vec::new();
    if jiao > 0 {
        said.extend(count(Language::ZhCn, jiao, phrase::JIAO, phrase::JIAO));
    } else if units > 0 {
        said.push(phrase::N_0);
    }
    if fen > 0 {
        said.extend(count(Language::ZhCn, fen, phrase::FEN_ONE, phrase::FEN));
    }
    said
}

fn decimal(language: Language, units: u64, rest: u64) -> Vec<Phrase> {
    let mut said = cardinal(language, units, Agreement::None);
    if rest > 0 {
        said.push(phrase::POINT);
        said.extend((rest < 10).then_some(phrase::N_0));
        said.extend(each_digit(rest));
    }
    said
}
