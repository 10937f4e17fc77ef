//! Words of enums, folded and bounded text, cells of CSV files.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// The most characters of one text that a fact brings from outside.
pub(crate) const OUTSIDE_TEXT_MAX: usize = 512;

/// A cell that no spreadsheet takes for a formula: what begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets
/// an apostrophe before it. Quoting is the CSV writer's part.
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    if starts_a_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Takes back what [`csv_cell`] did.
pub(crate) fn csv_cell_value(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if starts_a_formula(rest) => rest,
        _ => cell,
    }
}

fn starts_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The word that an enum's value has on the wire, for its column.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(Error::Row("a value that is no word".into())),
    }
}

/// The value of a word from a column.
pub(crate) fn from_word<T: DeserializeOwned>(word: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|_| Error::Row(format!("the word {word} is unknown to this version")))
}

/// A value as JSON text, for its column.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Row(error.to_string()))
}

/// The value of JSON text from a column.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Row(error.to_string()))
}

/// Case-folded and trimmed, as keys and searched text are stored: the same on both engines, beyond ASCII too.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// What a search looks in: the parts, folded, a line each.
pub(crate) fn search_key<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut key = String::new();
    for part in parts {
        key.push('\n');
        key.push_str(&fold(part));
    }
    key
}

/// Text from outside as it may be stored: no NUL (PostgreSQL refuses it) and not longer than the bound.
pub(crate) fn outside(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(OUTSIDE_TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s19_no_cell_begins_a_formula_and_each_comes_back() {
        for text in ["=1+1", "+49", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let cell = csv_cell(text);
            assert_eq!(cell, format!("'{text}"));
            assert_eq!(csv_cell_value(&cell), text);
        }
        for text in ["", "101", "'quoted'", "a=b"] {
            assert_eq!(csv_cell(text), text);
            assert_eq!(csv_cell_value(text), text);
        }
    }

    #[test]
    fn text_from_outside_is_bounded_and_has_no_nul() {
        assert_eq!(outside("a\0b"), "ab");
        assert_eq!(outside(&"é".repeat(2_000)).chars().count(), OUTSIDE_TEXT_MAX);
    }

    #[test]
    fn words_of_this_version_come_back_and_others_are_told() {
        let status = shared::call_record::CallStatus::NoAnswer;
        assert_eq!(word(&status).unwrap(), "no_answer");
        assert_eq!(from_word::<shared::call_record::CallStatus>("no_answer").unwrap(), status);
        assert!(from_word::<shared::call_record::CallStatus>("maybe").is_err());
    }
}
