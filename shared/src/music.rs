//! Music on hold: what those hear who are held, parked or waiting (MOH-01 to MOH-04).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::problem::FieldProblem;
use crate::{SoundId, operation};

/// The most pieces that a tenant plays: Music 1 to Music 9 (MOH-04).
pub const MUSIC_MAX: usize = 9;

/// How long a piece stays the one that is played, where it is chosen at random (MOH-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MusicMode {
    /// All calls of a day hear the same; the day is that of the tenant's time zone.
    #[default]
    PerDay,
    /// Each call hears one of its own.
    PerCall,
}

/// A tenant's music on hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct MusicOnHold {
    /// Is it played? If not, those on hold hear a soft tone.
    pub enabled: bool,
    /// Prompts of the tenant: Music 1 comes first.
    pub sounds: Vec<SoundId>,
    /// Chosen at random; if not, Music 1 plays (MOH-02).
    pub random: bool,
    /// For how long.
    pub mode: MusicMode,
}

/// The tenant's music on hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetMusicOnHold {}
operation!(GetMusicOnHold, Get, "/api/tenant/music-on-hold", TenantAdmin, MusicOnHold);

/// Sets the tenant's music on hold, all of it. It counts for whoever is put on hold from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UpdateMusicOnHold {
    /// As [`MusicOnHold::enabled`].
    pub enabled: bool,
    /// As [`MusicOnHold::sounds`].
    pub sounds: Vec<SoundId>,
    /// As [`MusicOnHold::random`].
    pub random: bool,
    /// As [`MusicOnHold::mode`].
    pub mode: MusicMode,
}
operation!(UpdateMusicOnHold, Put, "/api/tenant/music-on-hold", TenantAdmin, MusicOnHold);

impl From<MusicOnHold> for UpdateMusicOnHold {
    fn from(MusicOnHold { enabled, sounds, random, mode }: MusicOnHold) -> Self {
        Self { enabled, sounds, random, mode }
    }
}

impl From<UpdateMusicOnHold> for MusicOnHold {
    fn from(UpdateMusicOnHold { enabled, sounds, random, mode }: UpdateMusicOnHold) -> Self {
        Self { enabled, sounds, random, mode }
    }
}

impl MusicOnHold {
    /// What is wrong with it, field by field; whether the sounds are there is known to the store.
    pub fn check(&self) -> Vec<FieldProblem> {
        let problem = |reason: String| vec![FieldProblem::new("sounds", reason)];
        let several = self.sounds.iter().collect::<BTreeSet<_>>().len() < self.sounds.len();
        match self.sounds.len() {
            0 if self.enabled => problem("Choose at least Music 1, or turn the music off.".to_owned()),
            count if count > MUSIC_MAX => problem(format!("At most {MUSIC_MAX} pieces can be played.")),
            _ if several => problem("The same piece is there twice.".to_owned()),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn music(enabled: bool, sounds: &[i64]) -> MusicOnHold {
        MusicOnHold { enabled, sounds: sounds.iter().copied().map(SoundId).collect(), ..MusicOnHold::default() }
    }

    // covers: MOH-01, MOH-04
    #[test]
    fn moh_01_music_needs_a_piece_and_takes_nine() {
        assert_eq!(music(false, &[]).check(), []);
        assert_eq!(music(true, &[1]).check(), []);
        assert_eq!(music(true, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).check(), []);
        for (wrong, reason) in [
            (music(true, &[]), "Choose at least Music 1"),
            (music(false, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), "At most 9"),
            (music(true, &[1, 2, 1]), "twice"),
        ] {
            let problems = wrong.check();
            assert_eq!(problems.len(), 1, "{wrong:?}");
            assert!(problems[0].field == "sounds" && problems[0].reason.contains(reason), "{problems:?}");
        }
    }

    // covers: MOH-03
    #[test]
    fn moh_03_it_changes_per_day_unless_told_otherwise() {
        assert_eq!(MusicOnHold::default().mode, MusicMode::PerDay);
        let read: MusicOnHold = serde_json::from_str(r#"{"enabled":true,"sounds":["5"],"random":true}"#).unwrap();
        assert_eq!((read.mode, read.sounds), (MusicMode::PerDay, vec![SoundId(5)]));
    }
}
