//! Cardinal numbers, and telephone numbers digit by digit.

mod chinese;
mod european;

use shared::language::Language;

use crate::table::{N, Phrase, of_number, phrase};

/// From here on nobody follows; each digit is said instead.
const TOO_LARGE: u64 = 1_000_000_000_000;

/// What a number agrees with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// With nothing, as in counting to ten.
    None,
    /// With a masculine or neuter noun after it, or in Chinese with a measure word.
    Masculine,
    /// With a feminine noun after it.
    Feminine,
}

/// A cardinal number that stands alone.
pub fn number(language: Language, value: i64) -> Vec<Phrase> {
    let mut said = Vec::new();
    if value < 0 {
        said.push(phrase::MINUS);
    }
    said.extend(cardinal(language, value.unsigned_abs(), Agreement::None));
    said
}

/// Each sign of a telephone number; what is neither a digit nor `+`, `*` or `#` is passed over.
pub fn digits(language: Language, dialled: &str) -> Vec<Phrase> {
    let one_on_the_telephone = if language == Language::ZhCn { phrase::N_1_YAO } else { phrase::N_1 };
    dialled
        .chars()
        .filter_map(|sign| match sign {
            '+' => Some(phrase::PLUS),
            '*' => Some(phrase::STAR),
            '#' => Some(phrase::HASH),
            // In Chinese "yi" and "qi" are too easily taken for each other.
            '1' => Some(one_on_the_telephone),
            _ => sign.to_digit(10).and_then(|digit| of_number(N, digit.into())),
        })
        .collect()
}

pub(crate) fn cardinal(language: Language, value: u64, agreement: Agreement) -> Vec<Phrase> {
    if value >= TOO_LARGE {
        return each_digit(value);
    }
    match language {
        Language::ZhCn => chinese::cardinal(value, agreement),
        Language::EnUs | Language::EsEs | Language::DeDe | Language::FrFr => {
            european::cardinal(language, value, agreement)
        }
    }
}

/// The digits of a number, as after a decimal point or in a Chinese year.
pub(crate) fn each_digit(value: u64) -> Vec<Phrase> {
    value
        .to_string()
        .chars()
        .filter_map(|sign| sign.to_digit(10).and_then(|digit| of_number(N, digit.into())))
        .collect()
}
