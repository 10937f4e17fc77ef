//! Conference rooms: a number at which many meet (CONF-01…CONF-20, the sound).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::destination::is_dialled;
use crate::language::Language;
use crate::problem::FieldProblem;
use crate::{CallId, ConferenceRoomId, ExtensionId, Moment, Page, TenantId, operation};

/// The most who take part in one room (CONF-19).
pub const PARTICIPANTS_MAX: u32 = 200;
/// So many wrong PINs end a call (CONF-02).
pub const PIN_TRIES: u32 = 3;
/// The most characters of a subject.
pub const SUBJECT_CHARACTERS_MAX: usize = 100;
/// The number at which the search for one of a temporary room begins, and the last that it looks at (CONF-18).
pub const TEMPORARY_NUMBERS: std::ops::RangeInclusive<u32> = 7000..=9999;
/// The most temporary rooms that one extension has at the same time.
pub const TEMPORARY_ROOMS_MAX: usize = 5;
/// The most whom one invitation is mailed to.
pub const MAILED_MAX: usize = 50;
/// The most characters that somebody writes into an invitation.
pub const NOTE_CHARACTERS_MAX: usize = 1_000;

/// The most who are invited into one room and have not answered (CONF-10).
pub const INVITED_MAX: usize = 20;
/// A temporary room that nobody has entered for so many seconds is over (CONF-18).
pub const TEMPORARY_SECONDS: u64 = 3_600;

/// What somebody in a room does by telephone: a star, and then the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomKey {
    /// Is heard no more, or again.
    MuteOneself,
    /// Hears how many there are.
    Count,
    /// Becomes a moderator, by the moderators' PIN.
    Moderate,
    /// Locks the room, or opens it (CONF-11).
    Lock,
    /// Nobody but moderators is heard, or all are again (CONF-13).
    MuteAll,
    /// The room is recorded, or no more (CONF-12).
    Record,
    /// All are sent out.
    End,
}

impl RoomKey {
    /// All of them, as they stand in the handbook.
    pub const ALL: [Self; 7] =
        [Self::MuteOneself, Self::Count, Self::Moderate, Self::Lock, Self::MuteAll, Self::Record, Self::End];

    /// The key behind the star.
    pub const fn key(self) -> char {
        match self {
            Self::MuteOneself => '6',
            Self::Count => '7',
            Self::Moderate => '1',
            Self::Lock => '5',
            Self::MuteAll => '8',
            Self::Record => '9',
            Self::End => '0',
        }
    }

    /// That of a key, if it does anything.
    pub fn of(key: char) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.key() == key)
    }

    /// Is it for moderators alone?
    pub const fn is_for_moderators(self) -> bool {
        matches!(self, Self::Lock | Self::MuteAll | Self::Record | Self::End)
    }

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::MuteOneself => "Mute oneself, or be heard again",
            Self::Count => "Hear how many take part",
            Self::Moderate => "Become a moderator, by typing the moderators' PIN and #",
            Self::Lock => "Lock the room, or open it",
            Self::MuteAll => "Mute all but the moderators, or let all be heard again",
            Self::Record => "Record the room, or stop that",
            Self::End => "End the conference for all",
        }
    }
}

/// How a room is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ConferenceRoomSettings {
    /// Its number; no other of the tenant's has it.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// What callers have to type, 3–6 digits; empty asks for nothing. It is told to whoever is invited, hence no secret of the
    /// tenant's administrator (CONF-02, CONF-08).
    pub pin: String,
    /// What makes a caller a moderator, 3–6 digits; may be empty.
    pub moderator_pin: String,
    /// Extensions that are moderators without a PIN.
    pub moderators: Vec<ExtensionId>,
    /// Who calls from the room come from outside (CONF-07); may be empty.
    pub outbound_caller_id: String,
    /// How many take part at most, 1–200 (CONF-03).
    pub participants_max: u32,
    /// The language of the system's phrases (CONF-06).
    pub language: Language,
    /// Is nothing said and no tone played when somebody joins or leaves (CONF-06)?
    pub silent: bool,
    /// Do all wait, with music, until a moderator is there?
    pub waits_for_moderator: bool,
    /// Is it recorded from its beginning (CONF-12)?
    pub records: bool,
}

impl Default for ConferenceRoomSettings {
    fn default() -> Self {
        Self {
            number: String::new(),
            subject: String::new(),
            pin: String::new(),
            moderator_pin: String::new(),
            moderators: Vec::new(),
            outbound_caller_id: String::new(),
            participants_max: 9,
            language: Language::default(),
            silent: false,
            waits_for_moderator: false,
            records: false,
        }
    }
}

impl ConferenceRoomSettings {
    /// What is wrong with it, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.number("number", &self.number);
        let subject = self.subject.trim();
        check.that(
            is_clean(subject) && (1..=SUBJECT_CHARACTERS_MAX).contains(&subject.chars().count()),
            "subject",
            "A subject has 1 to 100 characters and no control characters.",
        );
        for (field, pin) in [("pin", &self.pin), ("moderator_pin", &self.moderator_pin)] {
            let right =
                pin.is_empty() || ((3..=6).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit()));
            check.that(right, field, "A PIN has 3 to 6 digits.");
        }
        check.that(
            self.pin.is_empty() || self.pin != self.moderator_pin,
            "moderator_pin",
            "With the same PIN nobody could tell a moderator from the others.",
        );
        let twice = self
            .moderators
            .iter()
            .enumerate()
            .any(|(place, id)| self.moderators.iter().take(place).any(|other| other == id));
        check.that(!twice && self.moderators.len() <= 100, "moderators", "At most 100 moderators, each once.");
        check.that(
            !self.waits_for_moderator || !self.moderator_pin.is_empty() || !self.moderators.is_empty(),
            "waits_for_moderator",
            "Nobody can become a moderator: give a PIN for moderators, or name one.",
        );
        check.that(
            (1..=PARTICIPANTS_MAX).contains(&self.participants_max),
            "participants_max",
            "Between 1 and 200 participants.",
        );
        let id = self.outbound_caller_id.trim();
        check.that(
            id.is_empty() || is_dialled(id),
            "outbound_caller_id",
            "A number outside has 2 to 64 digits, which may follow a +.",
        );
        check.finish()
    }
}

/// One room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConferenceRoom {
    /// Its id.
    pub id: ConferenceRoomId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Whose temporary room it is: it goes with the last who leaves it (CONF-18). None for one that stays.
    pub owner_id: Option<ExtensionId>,
    /// How it is set up.
    #[serde(flatten)]
    pub settings: ConferenceRoomSettings,
}

/// Lists the tenant's rooms by number (CONF-08).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListConferenceRooms {
    /// Text that number or subject contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListConferenceRooms, Get, "/api/tenant/conference-rooms", TenantAdmin, Page<ConferenceRoom>);

/// Adds a room, within the tenant's limit (CONF-01, T-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateConferenceRoom {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: ConferenceRoomSettings,
}
operation!(CreateConferenceRoom, Post, "/api/tenant/conference-rooms", TenantAdmin, ConferenceRoom);

/// Sets a room up anew; who is in it stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateConferenceRoom {
    /// Which.
    pub conference_room_id: ConferenceRoomId,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: ConferenceRoomSettings,
}
operation!(UpdateConferenceRoom, Put, "/api/tenant/conference-rooms/{conference_room_id}", TenantAdmin, ConferenceRoom);

/// Removes a room that nothing leads to, and ends what goes on in it (CONF-08).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteConferenceRoom {
    /// Which.
    pub conference_room_id: ConferenceRoomId,
}
operation!(DeleteConferenceRoom, Delete, "/api/tenant/conference-rooms/{conference_room_id}", TenantAdmin, ());

/// Makes a room for oneself that goes with the last who leaves it, where the tenant allows it (CONF-18). Its number is the next
/// that is free from 7000 on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTemporaryConference {
    /// What it is about.
    pub subject: String,
    /// What callers have to type; may be empty.
    pub pin: String,
}
operation!(CreateTemporaryConference, Post, "/api/user/conferences", User, ConferenceRoom);

/// Removes a temporary room of one's own before its time, and ends what goes on in it (CONF-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteTemporaryConference {
    /// Which.
    pub conference_room_id: ConferenceRoomId,
}
operation!(DeleteTemporaryConference, Delete, "/api/user/conferences/{conference_room_id}", User, ());

/// Whom an invitation to a room is mailed to (MAIL-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ConferenceInvitation {
    /// Extensions that have an e-mail address.
    pub extension_ids: Vec<ExtensionId>,
    /// Addresses outside.
    pub emails: Vec<String>,
    /// What is written above the number; may be empty. When the conference begins, for one.
    pub note: String,
}

impl ConferenceInvitation {
    /// What is wrong with it. That each extension has an address is not seen here.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let many = self.extension_ids.len() + self.emails.len();
        check.that((1..=MAILED_MAX).contains(&many), "emails", "An invitation goes to 1 to 50 people at once.");
        for (place, email) in self.emails.iter().take(MAILED_MAX).enumerate() {
            check.email(&format!("emails[{place}]"), email.trim());
        }
        let clean = self.note.lines().all(is_clean) && self.note.chars().count() <= NOTE_CHARACTERS_MAX;
        check.that(clean, "note", "At most 1000 characters, and no control characters but the ends of lines.");
        check.finish()
    }
}

/// Mails an invitation to a room: its number, subject and PIN (MAIL-03).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailConferenceInvitation {
    /// Which room.
    pub conference_room_id: ConferenceRoomId,
    /// To whom, and what is written to them.
    #[serde(flatten)]
    pub invitation: ConferenceInvitation,
}
operation!(
    MailConferenceInvitation,
    Post,
    "/api/tenant/conference-rooms/{conference_room_id}/invitations",
    TenantAdmin,
    ()
);

/// The same for a room that one owns or moderates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailOwnConferenceInvitation {
    /// Which room.
    pub conference_room_id: ConferenceRoomId,
    /// To whom, and what is written to them.
    #[serde(flatten)]
    pub invitation: ConferenceInvitation,
}
operation!(MailOwnConferenceInvitation, Post, "/api/user/conferences/{conference_room_id}/invitations", User, ());

/// How somebody takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParticipantState {
    /// Was invited, and is being called.
    #[default]
    Invited,
    /// Waits for a moderator.
    Waits,
    /// Is in the room.
    Joined,
}

/// Somebody in a room. The call is who takes part: each has one of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Participant {
    /// The call.
    pub call_id: CallId,
    /// The number.
    pub number: String,
    /// The name, as it came.
    pub name: String,
    /// The extension, if it is one of the tenant.
    pub extension_id: Option<ExtensionId>,
    /// How.
    pub state: ParticipantState,
    /// A moderator?
    pub moderator: bool,
    /// Heard by nobody (CONF-14)?
    pub muted: bool,
    /// Speaks just now?
    pub speaks: bool,
    /// Since when.
    pub since: Moment,
}

/// A room as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConferenceStanding {
    /// Which.
    pub room_id: ConferenceRoomId,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub subject: String,
    /// Since when somebody is in it.
    pub started_at: Moment,
    /// Can nobody else dial in (CONF-11)?
    pub locked: bool,
    /// Is nobody heard but moderators (CONF-13)?
    pub muted: bool,
    /// Is it recorded (CONF-12)?
    pub recorded: bool,
    /// Who takes part, moderators first, then in the order in which they came.
    pub participants: Vec<Participant>,
}

/// What is done in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ConferenceChange {
    /// Nobody else can dial in; who is invited can (CONF-11).
    Lock,
    /// Everybody can again.
    Unlock,
    /// Nobody is heard but moderators (CONF-13).
    MuteAll,
    /// All are heard again who are not muted themselves.
    UnmuteAll,
    /// One is not heard (CONF-14).
    Mute {
        /// Who.
        call_id: CallId,
    },
    /// One is heard again.
    Unmute {
        /// Who.
        call_id: CallId,
    },
    /// One becomes a moderator.
    Promote {
        /// Who.
        call_id: CallId,
    },
    /// One is a moderator no more.
    Demote {
        /// Who.
        call_id: CallId,
    },
    /// One is sent out (CONF-16).
    HangUp {
        /// Who.
        call_id: CallId,
    },
    /// Somebody is called and joins on answer, without a PIN (CONF-10).
    Invite {
        /// An extension, or a number outside as it would be dialled.
        number: String,
    },
    /// It is recorded from now on (CONF-12).
    Record,
    /// It is recorded no more.
    StopRecording,
    /// All are sent out.
    End,
}

impl ConferenceChange {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        if let Self::Invite { number } = self {
            let number = number.trim();
            check.that(
                crate::check::is_number(number) || is_dialled(number),
                "number",
                "The number of an extension, or 2 to 64 digits outside, which may follow a +.",
            );
        }
        check.finish()
    }

    /// What is done, for the log: `locked`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Lock => "locked",
            Self::Unlock => "unlocked",
            Self::MuteAll => "all muted",
            Self::UnmuteAll => "all heard again",
            Self::Mute { .. } => "one muted",
            Self::Unmute { .. } => "one heard again",
            Self::Promote { .. } => "one made a moderator",
            Self::Demote { .. } => "one a moderator no more",
            Self::HangUp { .. } => "one sent out",
            Self::Invite { .. } => "one invited",
            Self::Record => "recording begun",
            Self::StopRecording => "recording ended",
            Self::End => "ended",
        }
    }
}

/// The rooms in which somebody is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListConferences {}
operation!(ListConferences, Get, "/api/tenant/conferences", TenantAdmin, Vec<ConferenceStanding>);

/// Does something in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeConference {
    /// Which room.
    pub conference_room_id: ConferenceRoomId,
    /// What.
    #[serde(flatten)]
    pub change: ConferenceChange,
}
operation!(ChangeConference, Post, "/api/tenant/conferences/{conference_room_id}", TenantAdmin, ());

/// The rooms in which somebody is that one is in oneself, or is a moderator or the owner of. Numbers and names of the others are told
/// to whoever is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListOwnConferences {}
operation!(ListOwnConferences, Get, "/api/user/conferences", User, OwnConferences);

/// What somebody has to do with conferences.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OwnConferences {
    /// Rooms that one is in, or may moderate.
    pub standings: Vec<OwnConference>,
    /// May one make a temporary room (CONF-18)?
    pub may_create: bool,
    /// Temporary rooms of one's own, and rooms that name one as a moderator, whether somebody is in them or not.
    pub rooms: Vec<ConferenceRoom>,
}

/// A room that one is in, or may moderate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnConference {
    /// The room.
    #[serde(flatten)]
    pub standing: ConferenceStanding,
    /// May one change it?
    pub moderates: bool,
}

/// Does something in a room that one moderates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeOwnConference {
    /// Which room.
    pub conference_room_id: ConferenceRoomId,
    /// What.
    #[serde(flatten)]
    pub change: ConferenceChange,
}
operation!(ChangeOwnConference, Post, "/api/user/conferences/{conference_room_id}", User, ());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handbook_names_each_key_of_a_room() {
        let handbook = include_str!("../../docs/admin/conference-phone.md");
        for key in RoomKey::ALL {
            let who = if key.is_for_moderators() { "moderators" } else { "all" };
            let row = format!("| `*{}` | {who} | {} |", key.key(), key.word());
            assert!(handbook.contains(&row), "{row}");
            assert_eq!(RoomKey::of(key.key()), Some(key));
        }
        assert_eq!(RoomKey::of('#'), None);
    }

    // covers: CONF-01, CONF-02
    #[test]
    fn conf_01_a_form_names_what_is_wrong_with_it() {
        let right = ConferenceRoomSettings {
            number: "8008".into(),
            subject: "Monday".into(),
            pin: "1234".into(),
            moderator_pin: "4321".into(),
            ..ConferenceRoomSettings::default()
        };
        assert_eq!(right.check(), []);
        let fields = |settings: ConferenceRoomSettings| {
            settings.check().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(fields(ConferenceRoomSettings { moderator_pin: "1234".into(), ..right.clone() }), ["moderator_pin"]);
        let wrong = ConferenceRoomSettings {
            number: "8".into(),
            subject: " ".into(),
            pin: "12".into(),
            moderator_pin: "1234567".into(),
            moderators: vec![ExtensionId(1), ExtensionId(1)],
            participants_max: 201,
            outbound_caller_id: "x".into(),
            ..right.clone()
        };
        assert_eq!(
            fields(wrong),
            ["number", "subject", "pin", "moderator_pin", "moderators", "participants_max", "outbound_caller_id"]
        );
        let waits = ConferenceRoomSettings { waits_for_moderator: true, moderator_pin: String::new(), ..right };
        assert_eq!(fields(waits), ["waits_for_moderator"]);
    }

    // covers: CONF-10, MAIL-03
    #[test]
    fn an_invitation_is_called_or_mailed_to_whom_there_can_be() {
        for (number, right) in [("101", true), ("+4930123", true), (" 0049301 ", true), ("", false), ("al ice", false)]
        {
            let change = ConferenceChange::Invite { number: number.into() };
            assert_eq!(change.check().is_empty(), right, "{number}");
        }
        let fields = |invitation: ConferenceInvitation| {
            invitation.check().into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        let right = ConferenceInvitation {
            extension_ids: vec![ExtensionId(1)],
            emails: vec!["ann@example.org".into()],
            note: "Monday,\nten o'clock".into(),
        };
        assert_eq!(right.check(), []);
        assert_eq!(fields(ConferenceInvitation::default()), ["emails"]);
        let wrong = ConferenceInvitation { emails: vec!["ann".into()], note: "a\u{7}".into(), ..right.clone() };
        assert_eq!(fields(wrong), ["emails[0]", "note"]);
        let many = ConferenceInvitation { emails: vec!["ann@example.org".into(); MAILED_MAX], ..right };
        assert_eq!(fields(many), ["emails"]);
    }
}
