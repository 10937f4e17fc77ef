//! Cardinals of the languages that count in thousands: English, Spanish, German, French.

use shared::language::Language;

use super::Agreement;
use crate::table::{HUNDREDS, HUNDREDS_AND, HUNDREDS_F, N, N_F, N_M, Phrase, THOUSANDS, of_number, phrase};

const THOUSAND: u64 = 1_000;
const MILLION: u64 = 1_000_000;

pub(super) fn cardinal(language: Language, value: u64, agreement: Agreement) -> Vec<Phrase> {
    if value == 0 {
        return vec![phrase::N_0];
    }
    let (upper, lower) = (value / MILLION, value % MILLION);
    let mut said = Vec::new();
    if language == Language::EsEs {
        // Spanish has no word for a thousand millions.
        scaled(language, upper, phrase::MILLION_ONE, phrase::MILLIONS, &mut said);
    } else {
        scaled(language, upper / THOUSAND, phrase::BILLION_ONE, phrase::BILLIONS, &mut said);
        scaled(language, upper % THOUSAND, phrase::MILLION_ONE, phrase::MILLIONS, &mut said);
    }
    below_million(language, lower, agreement, &mut said);
    said
}

/// So many millions: a noun of its own, with which its number agrees.
fn scaled(language: Language, count: u64, one: Phrase, many: Phrase, said: &mut Vec<Phrase>) {
    match count {
        0 => {}
        1 => said.push(one),
        _ => {
            let agreement = if language == Language::DeDe { Agreement::Feminine } else { Agreement::Masculine };
            below_million(language, count, agreement, said);
            said.push(many);
        }
    }
}

fn below_million(language: Language, value: u64, agreement: Agreement, said: &mut Vec<Phrase>) {
    let (thousands, rest) = (value / THOUSAND, value % THOUSAND);
    if let Some(whole) = of_number(THOUSANDS, thousands) {
        said.push(whole);
    } else if thousands > 0 {
        hundreds(language, thousands, agreement, true, said);
        // "Thousand" itself is no feminine noun, whatever follows: "doscientas veintiún mil libras".
        tens(language, thousands % 100, Agreement::Masculine, true, said);
        said.push(phrase::THOUSAND);
    }
    hundreds(language, rest, agreement, false, said);
    tens(language, rest % 100, agreement, false, said);
}

fn hundreds(language: Language, value: u64, agreement: Agreement, before_thousand: bool, said: &mut Vec<Phrase>) {
    let hundreds = value / 100;
    let followed = !value.is_multiple_of(100) || (before_thousand && language == Language::FrFr);
    let forms = [
        (agreement == Agreement::Feminine).then(|| of_number(HUNDREDS_F, hundreds)).flatten(),
        followed.then(|| of_number(HUNDREDS_AND, hundreds)).flatten(),
    ];
    let own = forms.into_iter().flatten().find(|form| form.is_in(language));
    said.extend(own.or_else(|| of_number(HUNDREDS, hundreds)));
}

fn tens(language: Language, value: u64, agreement: Agreement, before_thousand: bool, said: &mut Vec<Phrase>) {
    if value == 0 {
        return;
    }
    let form = match agreement {
        _ if value == 80 && before_thousand => Some(phrase::N_80_AND),
        Agreement::None => None,
        Agreement::Masculine => of_number(N_M, value),
        Agreement::Feminine => of_number(N_F, value),
    };
    said.extend(form.filter(|form| form.is_in(language)).or_else(|| of_number(N, value)));
}
