//! What is said, language by language, and whether each phrase has its sound.

// The lints know tests by their attribute, not what tests are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod amount;
mod calendar;
mod noun;
mod number;
mod table;

use shared::language::Language;
use speech::{Phrase, sentence};

/// Compares what is said with what is expected, for a whole table at once.
fn says<T: std::fmt::Debug + Copy>(language: Language, rows: &[(T, &str)], say: impl Fn(T) -> Vec<Phrase>) {
    for &(value, expected) in rows {
        assert_eq!(sentence(language, &say(value)), expected, "{value:?} in {language:?}");
    }
}
