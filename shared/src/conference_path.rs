//! Conferences in the words of other systems (CONF-20): the same rooms and the same changes at addresses that those know. A room goes by its
//! id or its number, somebody in it by the number.

use serde::{Deserialize, Serialize};

use crate::conference::{ConferenceChange, ConferenceRoom, ConferenceRoomSettings, Participant};
use crate::problem::FieldProblem;
use crate::{CallId, Page, operation};

/// Adds a room, as `CreateConferenceRoom` does. An extension gets a temporary one, of which only subject and PIN count (CONF-18).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateRoom {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: ConferenceRoomSettings,
}
operation!(CreateRoom, Post, "/api/conference_room/create", SignedIn, ConferenceRoom);

/// Sets a room up anew, as `UpdateConferenceRoom` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateRoom {
    /// Its id or its number.
    pub id: String,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: ConferenceRoomSettings,
}
operation!(UpdateRoom, Post, "/api/conference_room/update", TenantAdmin, ConferenceRoom);

/// Removes a room, as `DeleteConferenceRoom` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DestroyRoom {
    /// Its id or its number.
    pub id: String,
}
operation!(DestroyRoom, Post, "/api/conference_room/destroy", TenantAdmin, ());

/// Lists the rooms by number, as `ListConferenceRooms` does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListRooms {
    /// Text that number or subject contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListRooms, Get, "/api/conference_room/list", TenantAdmin, Page<ConferenceRoom>);

/// One room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ShowRoom {
    /// Its id or its number.
    pub id: String,
}
operation!(ShowRoom, Get, "/api/conference_room/show", TenantAdmin, ConferenceRoom);

/// Who takes part in a room now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListParticipants {
    /// The room's id or its number.
    pub id: String,
}
operation!(ListParticipants, Get, "/api/conference_room/participants/list", TenantAdmin, Vec<Participant>);

/// Does something in a room. Extensions may where they are moderators.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateParticipant {
    /// The room's id or its number.
    pub id: String,
    /// What: `mute`, `unmute`, `hangup` of one; `invite`; `lock`, `unlock`, `mute_all`, `unmute_all`, `record`, `stop_record` of the room.
    pub op: String,
    /// The number of whom it is about; of the room's operations nobody's.
    #[serde(default)]
    pub participant_extension: String,
}
operation!(UpdateParticipant, Post, "/api/conference_room/participants/update", SignedIn, ());

/// Makes somebody in a room a moderator, or one no more. Extensions may where they are moderators themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateChairman {
    /// The room's id or its number.
    pub id: String,
    /// The number of whom it is about.
    pub participant_extension: String,
    /// False takes it away; absent gives it.
    #[serde(default)]
    pub chairman: Option<bool>,
}
operation!(UpdateChairman, Post, "/api/conference_room/chairman/update", SignedIn, ());

impl UpdateParticipant {
    /// The change that is meant. `of` finds the call of a number in the room.
    pub fn change(&self, of: impl Fn(&str) -> Option<CallId>) -> Result<ConferenceChange, FieldProblem> {
        let who = || of(self.participant_extension.trim()).ok_or_else(nobody);
        Ok(match self.op.trim() {
            "mute" => ConferenceChange::Mute { call_id: who()? },
            "unmute" => ConferenceChange::Unmute { call_id: who()? },
            "hangup" | "hang_up" => ConferenceChange::HangUp { call_id: who()? },
            "invite" => ConferenceChange::Invite { number: self.participant_extension.trim().to_owned() },
            "lock" => ConferenceChange::Lock,
            "unlock" => ConferenceChange::Unlock,
            "mute_all" => ConferenceChange::MuteAll,
            "unmute_all" => ConferenceChange::UnmuteAll,
            "record" => ConferenceChange::Record,
            "stop_record" => ConferenceChange::StopRecording,
            "set_main" => return Err(FieldProblem::new("op", "A conference has no video, hence no main picture.")),
            _ => {
                let reason =
                    "One of mute, unmute, hangup, invite, lock, unlock, mute_all, unmute_all, record and stop_record.";
                return Err(FieldProblem::new("op", reason));
            }
        })
    }
}

impl UpdateChairman {
    /// The change that is meant, as in [`UpdateParticipant::change`].
    pub fn change(&self, of: impl Fn(&str) -> Option<CallId>) -> Result<ConferenceChange, FieldProblem> {
        let call_id = of(self.participant_extension.trim()).ok_or_else(nobody)?;
        Ok(match self.chairman {
            Some(false) => ConferenceChange::Demote { call_id },
            Some(true) | None => ConferenceChange::Promote { call_id },
        })
    }
}

fn nobody() -> FieldProblem {
    FieldProblem::new("participant_extension", "Nobody with this number is in the room.")
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: CONF-20
    #[test]
    fn conf_20_each_word_of_other_systems_is_one_change() {
        let call_id = CallId(7);
        let of = |number: &str| (number == "101").then_some(call_id);
        let asked = |op: &str, number: &str| {
            UpdateParticipant { id: "8008".into(), op: op.into(), participant_extension: number.into() }.change(of)
        };
        for (op, change) in [
            ("mute", ConferenceChange::Mute { call_id }),
            ("unmute", ConferenceChange::Unmute { call_id }),
            ("hangup", ConferenceChange::HangUp { call_id }),
            ("invite", ConferenceChange::Invite { number: "101".into() }),
            ("lock", ConferenceChange::Lock),
            ("unlock", ConferenceChange::Unlock),
            ("mute_all", ConferenceChange::MuteAll),
            ("unmute_all", ConferenceChange::UnmuteAll),
            ("record", ConferenceChange::Record),
            ("stop_record", ConferenceChange::StopRecording),
        ] {
            assert_eq!(asked(op, "101"), Ok(change), "{op}");
        }
        assert_eq!(asked("mute", "102").unwrap_err().field, "participant_extension");
        assert!(asked("set_main", "101").unwrap_err().reason.contains("no video"));
        assert!(asked("dance", "101").unwrap_err().reason.contains("mute_all"));
        let chairman =
            |chairman| UpdateChairman { id: "8008".into(), participant_extension: "101".into(), chairman }.change(of);
        assert_eq!(chairman(None), Ok(ConferenceChange::Promote { call_id }));
        assert_eq!(chairman(Some(false)), Ok(ConferenceChange::Demote { call_id }));
    }
}
