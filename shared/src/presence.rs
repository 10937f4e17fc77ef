//! How a person wants to be seen (EXT-21, MSG-01): set in the portal, told to whoever watches, kept until it is changed.

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::operation;
use crate::problem::FieldProblem;

/// The longest text beside a status, in characters; as long as a published note.
pub const NOTE_CHARACTERS_MAX: usize = 140;

/// What somebody has set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PresenceStatus {
    /// Can be called.
    #[default]
    Available,
    /// Is not there; devices ring all the same.
    Away,
    /// Is there and wants no calls; they are refused.
    DoNotDisturb,
}

impl PresenceStatus {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Available, Self::Away, Self::DoNotDisturb];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Away => "Away",
            Self::DoNotDisturb => "Do not disturb",
        }
    }
}

/// A status, with what its person says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnPresence {
    /// The status.
    pub status: PresenceStatus,
    /// Such as `Back at two`; empty where nothing is said.
    pub note: String,
}

/// One's own status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnPresence {}
operation!(GetOwnPresence, Get, "/api/user/presence", User, OwnPresence);

/// Sets one's own status; watchers see it at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateOwnPresence {
    /// The status.
    #[serde(default)]
    pub status: PresenceStatus,
    /// What is said of it.
    #[serde(default)]
    pub note: String,
}
operation!(UpdateOwnPresence, Put, "/api/user/presence", User, OwnPresence);

impl UpdateOwnPresence {
    /// What is wrong with the form.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let right = self.note.chars().count() <= NOTE_CHARACTERS_MAX && is_clean(&self.note);
        check.that(right, "note", "At most 140 characters, on one line.");
        check.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_a_short_line() {
        let of = |note: &str| UpdateOwnPresence { status: PresenceStatus::Away, note: note.to_owned() }.check().len();
        assert_eq!((of(""), of("Back at two"), of(&"é".repeat(140))), (0, 0, 0));
        assert_eq!((of("a\nb"), of(&"é".repeat(141))), (1, 1));
    }
}
