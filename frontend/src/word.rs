//! The words and colours of what the switch says.

use shared::call_record::{CallDirection, CallStatus};

use crate::ui::badge::Tone;
use crate::ui::icon::Glyph;

/// How a call stands.
pub const fn status(status: CallStatus) -> (&'static str, Tone) {
    match status {
        CallStatus::Ringing => ("Ringing", Tone::Accent),
        CallStatus::Talking => ("Talking", Tone::Good),
        CallStatus::Answered => ("Answered", Tone::Plain),
        CallStatus::NoAnswer => ("No answer", Tone::Warn),
        CallStatus::Failed => ("Failed", Tone::Bad),
    }
}

/// Where a call went.
pub const fn direction(direction: CallDirection) -> (&'static str, Glyph) {
    match direction {
        CallDirection::Ext => ("Internal", Glyph::ArrowsBoth),
        CallDirection::In => ("Inbound", Glyph::ArrowIn),
        CallDirection::Out => ("Outbound", Glyph::ArrowOut),
    }
}

/// Every status with its word on the wire.
pub const STATUSES: [(&str, CallStatus); 5] = [
    ("ringing", CallStatus::Ringing),
    ("talking", CallStatus::Talking),
    ("answered", CallStatus::Answered),
    ("no_answer", CallStatus::NoAnswer),
    ("failed", CallStatus::Failed),
];

/// Every direction with its word on the wire.
pub const DIRECTIONS: [(&str, CallDirection); 3] =
    [("ext", CallDirection::Ext), ("in", CallDirection::In), ("out", CallDirection::Out)];

/// The choices of a filter: anything first.
pub fn status_choices() -> Vec<(String, String)> {
    let rest = STATUSES.iter().map(|(key, value)| ((*key).to_owned(), status(*value).0.to_owned()));
    std::iter::once((String::new(), "Any status".to_owned())).chain(rest).collect()
}

/// The choices of a filter: anything first.
pub fn direction_choices() -> Vec<(String, String)> {
    let rest = DIRECTIONS.iter().map(|(key, value)| ((*key).to_owned(), direction(*value).0.to_owned()));
    std::iter::once((String::new(), "Any direction".to_owned())).chain(rest).collect()
}

/// The status of that word.
pub fn read_status(word: &str) -> Option<CallStatus> {
    STATUSES.iter().find(|(key, _)| *key == word).map(|(_, value)| *value)
}

/// The direction of that word.
pub fn read_direction(word: &str) -> Option<CallDirection> {
    DIRECTIONS.iter().find(|(key, _)| *key == word).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_filters_are_those_of_the_wire() {
        for (key, value) in STATUSES {
            assert_eq!(serde_json::to_value(value).unwrap(), key);
        }
        for (key, value) in DIRECTIONS {
            assert_eq!(serde_json::to_value(value).unwrap(), key);
        }
        assert_eq!(read_status("no_answer"), Some(CallStatus::NoAnswer));
        assert_eq!(read_direction(""), None);
    }
}
