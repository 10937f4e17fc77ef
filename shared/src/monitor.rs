//! Listening to the calls of others: at which level, and asking for it from a page (CTI-01 to CTI-08).

use serde::{Deserialize, Serialize};

use crate::{ExtensionId, operation};

/// How far somebody who monitors a call takes part in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MonitorLevel {
    /// Hears both, and is heard by neither (CTI-03).
    #[default]
    Listen,
    /// Is heard by the extension that is monitored alone (CTI-04).
    Whisper,
    /// Is heard by both (CTI-05).
    Barge,
    /// Takes the place of the extension that is monitored (CTI-06).
    TakeOver,
}

impl MonitorLevel {
    /// All of them, in the order of their keys.
    pub const ALL: [Self; 4] = [Self::Listen, Self::Whisper, Self::Barge, Self::TakeOver];

    /// The key that is dialled or pressed for it (CTI-07).
    pub const fn key(self) -> char {
        match self {
            Self::Listen => '1',
            Self::Whisper => '2',
            Self::Barge => '3',
            Self::TakeOver => '4',
        }
    }

    /// The level of a key.
    pub fn of_key(key: char) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.key() == key)
    }

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Listen => "Listen",
            Self::Whisper => "Whisper",
            Self::Barge => "Barge in",
            Self::TakeOver => "Take over",
        }
    }
}

/// Rings the caller's own devices; whoever answers monitors the call of the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MonitorCall {
    /// Whose call.
    pub extension_id: ExtensionId,
    /// At which level it begins.
    #[serde(default)]
    pub level: MonitorLevel,
}
operation!(MonitorCall, Post, "/api/user/monitored-calls", User, ());

#[cfg(test)]
mod tests {
    use super::*;

    // covers: CTI-07
    #[test]
    fn cti_07_each_level_has_a_key_and_no_other_key_is_one() {
        let keys: String = MonitorLevel::ALL.into_iter().map(MonitorLevel::key).collect();
        assert_eq!(keys, "1234");
        for key in "0123456789*#ABCD".chars() {
            assert_eq!(MonitorLevel::of_key(key).map(MonitorLevel::key), Some(key).filter(|key| keys.contains(*key)));
        }
    }
}
