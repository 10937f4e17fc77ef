//! Counted things: the number agrees with the noun, and the noun with the number.

use shared::language::Language;

use crate::number::{Agreement, cardinal};
use crate::table::{Phrase, phrase};

/// Feminine nouns, by their singular. All others are masculine, or neuter, which counts alike.
const FEMININE: [(Language, &[Phrase]); 3] = [
    (Language::EsEs, &[phrase::HOUR, phrase::POUND]),
    (Language::DeDe, &[phrase::VM_NEW_ONE, phrase::VM_OLD_ONE, phrase::HOUR, phrase::MINUTE, phrase::SECOND]),
    (Language::FrFr, &[phrase::HOUR, phrase::MINUTE, phrase::SECOND, phrase::POUND]),
];

/// So many of a noun, such as "one new message" or "two new messages".
pub fn count(language: Language, n: u64, one: Phrase, many: Phrase) -> Vec<Phrase> {
    let mut said = counted(language, n, one);
    said.push(if is_singular(language, n) { one } else { many });
    said
}

/// The number alone, as it stands before a noun.
pub(crate) fn counted(language: Language, n: u64, one: Phrase) -> Vec<Phrase> {
    let feminine = FEMININE.iter().any(|(own, nouns)| *own == language && nouns.contains(&one));
    cardinal(language, n, if feminine { Agreement::Feminine } else { Agreement::Masculine })
}

fn is_singular(language: Language, n: u64) -> bool {
    match language {
        Language::FrFr => n < 2,
        Language::EnUs | Language::EsEs | Language::DeDe | Language::ZhCn => n == 1,
    }
}
