//! The terms of a conference: why a room is closed, where somebody is in it, who comes and who has gone.

use media::{LegId, SoundFile};
use shared::reason::Reason;
use shared::{CallId, ConferenceRoomId, ExtensionId, Moment, RecordingId};
use speech::{Phrase, phrase};

/// Why a room does not let somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// So many are there as may be (CONF-03).
    Full,
    /// A moderator has locked it (CONF-11).
    Locked,
}

impl Closed {
    /// The reason, and what a caller that was not answered is told.
    pub const fn refusal(self) -> (Reason, u16) {
        match self {
            Self::Full => (Reason::ConferenceFull, 486),
            Self::Locked => (Reason::ConferenceLocked, 403),
        }
    }

    /// In words.
    pub const fn phrase(self) -> Phrase {
        match self {
            Self::Full => phrase::CONF_FULL,
            Self::Locked => phrase::CONF_LOCKED,
        }
    }
}

/// Why something is not done in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Nobody is in it.
    Nobody,
    /// Whoever it is about is not in it.
    NotThere,
    /// Whoever asks is no moderator.
    NoModerator,
    /// It is full.
    Full,
    /// So many were invited that have not answered yet.
    TooManyInvited,
}

impl Undone {
    /// As a sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Nobody => "Nobody is in this room.",
            Self::NotThere => "This call is not in the room.",
            Self::NoModerator => "Only a moderator of the room can do that.",
            Self::Full => "No more may take part in this room.",
            Self::TooManyInvited => "Wait until some of those who were invited have answered.",
        }
    }
}

/// Where somebody is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// Outside, with music, until a moderator is there.
    Waits,
    /// In it: it hears all others. Do they hear it?
    Sits {
        /// Do they?
        speaks: bool,
    },
}

/// Somebody who comes in.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// The leg of its call.
    pub leg: LegId,
    /// The number.
    pub number: String,
    /// The name.
    pub name: String,
    /// The extension.
    pub extension_id: Option<ExtensionId>,
    /// As a moderator?
    pub moderator: bool,
}

/// Somebody whose seat is another than it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seated {
    /// The call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// The seat.
    pub seat: Seat,
    /// Has it come in with that?
    pub comes: bool,
    /// And is there nobody else?
    pub alone: bool,
}

/// Somebody has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Which room.
    pub room: ConferenceRoomId,
    /// Was it in it, and not only waiting or invited?
    pub joined: bool,
    /// Is nobody in it any more, so that what goes on in it is over?
    pub empty: bool,
    /// Has anybody come to it since something goes on in it, and not only been called?
    pub entered: bool,
    /// The extension.
    pub extension_id: Option<ExtensionId>,
    /// Its recording, where nobody is in it any more who could be heard.
    pub taping: Option<RoomTaping>,
}

/// A recording of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomTaping {
    /// Its id.
    pub id: RecordingId,
    /// Its sound.
    pub file: SoundFile,
    /// Since when.
    pub since: Moment,
    /// Extensions that have taken part.
    pub extension_ids: Vec<ExtensionId>,
}

/// A recording to which nothing more comes, and whose sound is not whole before its media says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingTaping {
    /// The call by which it ends; with its media all is there.
    pub call: CallId,
    /// When it was stopped, or the last had left.
    pub at: Moment,
    /// The recording.
    pub taping: RoomTaping,
}
