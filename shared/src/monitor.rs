//! Listening to the calls of others: at which level, who may, and asking for it from a page (CTI-01 to CTI-08).

use std::collections::BTreeSet;

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

/// Whom the caller answers for, and whom it may monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnSupervision {}
operation!(GetOwnSupervision, Get, "/api/user/supervision", User, Supervision);

/// Whom somebody answers for as the manager of groups (GRP-04), and whose calls it may monitor (GRP-07).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Supervision {
    /// May calls of the tenant be monitored (CTI-01)? Off: nobody's, whatever lists say.
    pub monitoring: bool,
    /// The members of the groups that it manages.
    pub managed: BTreeSet<ExtensionId>,
    /// Is it on the monitor list of a group?
    pub is_monitor: bool,
    /// Do the monitors of such a group monitor everybody of the tenant?
    pub monitors_all: bool,
    /// The members of the groups on whose list it is.
    pub monitored: BTreeSet<ExtensionId>,
}

impl Supervision {
    /// May the calls of this extension be monitored?
    pub fn may_monitor(&self, extension: ExtensionId) -> bool {
        self.monitoring && (self.monitors_all || self.monitored.contains(&extension))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: CTI-08
    #[test]
    fn cti_08_who_is_monitored_is_said_by_the_lists_and_nobody_is_while_it_is_off() {
        let listed = Supervision { monitoring: true, monitored: [ExtensionId(2)].into(), ..Supervision::default() };
        let may = |of: &Supervision| [2, 3].map(|id| of.may_monitor(ExtensionId(id)));
        assert_eq!(may(&listed), [true, false]);
        assert_eq!(may(&Supervision { monitors_all: true, ..listed.clone() }), [true, true]);
        assert_eq!(may(&Supervision { monitoring: false, monitors_all: true, ..listed }), [false, false]);
        let manager = Supervision { monitoring: true, managed: [ExtensionId(2)].into(), ..Supervision::default() };
        assert_eq!(may(&manager), [false, false], "a manager sees calls, and listens to none");
    }

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
