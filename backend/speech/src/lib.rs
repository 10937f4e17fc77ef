//! What the server says to callers: its phrases in every language, and the grammar that makes sentences of them.
//!
//! Map: [`table`] holds the phrases, made at build time from `infra/prompts`, and gives their [`sound`] and [`text`]. [`number`](mod@number)
//! says cardinals and telephone numbers, [`noun`] counts things, [`calendar`] says dates and times, [`amount`](mod@amount) money. Each is a pure
//! function from a language and a value to phrases; who plays them one after the other has a sentence. How a language builds a number
//! is in `number/`, one file per kind of language.

pub mod amount;
pub mod calendar;
pub mod noun;
pub mod number;
pub mod table;

pub use amount::amount;
pub use calendar::{date, duration, moment, time};
pub use noun::count;
pub use number::{digits, number};
pub use table::{Phrase, phrase, sentence, sound, text};
