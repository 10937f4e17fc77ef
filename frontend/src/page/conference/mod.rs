//! What goes on in a conference room, for the administrator's page and the moderator's own alike (CONF-08…CONF-17).

mod mail;
mod room;

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::conference::{
    ChangeConference, ChangeOwnConference, ConferenceChange, ConferenceRoom, ConferenceStanding, Participant,
    ParticipantState,
};
use shared::fact::Fact;
use shared::{CallId, ConferenceRoomId, Problem};

use crate::api;
use crate::live::{self, Event};
use crate::ui::toast;

pub use mail::MailDialog;
pub use room::RoomView;

/// Whose page it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The company's administrator.
    Tenant,
    /// Somebody with an extension.
    Own,
}

impl Side {
    async fn change(self, conference_room_id: ConferenceRoomId, change: ConferenceChange) -> Result<(), Problem> {
        match self {
            Self::Tenant => api::call(ChangeConference { conference_room_id, change }).await,
            Self::Own => api::call(ChangeOwnConference { conference_room_id, change }).await,
        }
    }
}

/// Who speaks, by room, as the facts tell it; a room of which they have told nothing is not in it.
pub type Speakers = RwSignal<BTreeMap<ConferenceRoomId, Vec<CallId>>>;

/// Follows the rooms by the facts: `reload` asks how they stand. A fact comes before it is stored, so whoever shows what is stored asks soon
/// and not at once.
pub fn follow(reload: impl Fn() + 'static) -> Speakers {
    let speakers: Speakers = RwSignal::new(BTreeMap::new());
    live::subscribe(move |event| match event {
        Event::Reload => {
            speakers.try_update(BTreeMap::clear);
            reload();
        }
        Event::Changed(_) => reload(),
        Event::Fact(fact) => match &fact.fact {
            Fact::ConferenceChanged { .. } => reload(),
            Fact::ConferenceSpeakers { room_id, speakers: now, .. } => {
                speakers.try_update(|all| all.insert(*room_id, now.clone()));
            }
            _ => {}
        },
    });
    speakers
}

/// Does a change in a room and asks how it stands then.
pub fn carry_out(side: Side, room: ConferenceRoomId, change: ConferenceChange, then: Callback<()>) {
    spawn_local(async move {
        let said = told(&change);
        match side.change(room, change).await {
            Ok(()) => {
                if let Some(said) = said {
                    toast::good(said);
                }
                then.try_run(());
            }
            Err(problem) => toast::refused(problem),
        }
    });
}

/// What is said of a change that is not seen on the page at once.
fn told(change: &ConferenceChange) -> Option<String> {
    match change {
        ConferenceChange::Invite { number } => Some(format!("{number} is being called.")),
        ConferenceChange::End => Some("The conference is over.".to_owned()),
        _ => None,
    }
}

/// What somebody is told who is to come.
pub fn invitation(room: &ConferenceRoom) -> String {
    let settings = &room.settings;
    let mut text = format!("Conference: {}\nNumber: {}", settings.subject, settings.number);
    if !settings.pin.is_empty() {
        text.push_str(&format!("\nPIN: {}", settings.pin));
    }
    text
}

/// How a room stands, in words.
pub fn standing_word(standing: Option<&ConferenceStanding>) -> String {
    let joined = |one: &&Participant| one.state == ParticipantState::Joined;
    match standing.map(|standing| standing.participants.iter().filter(joined).count()) {
        None => "Empty".to_owned(),
        Some(0) => "Waiting".to_owned(),
        Some(count) => format!("{count} in it"),
    }
}

/// What somebody in a room is called. Whoever may not know the others sees them as numbers in a row.
fn name(one: &Participant, place: usize) -> (String, String) {
    match (one.name.trim(), one.number.as_str()) {
        ("", "") => (format!("Participant {}", place + 1), String::new()),
        ("", number) => (number.to_owned(), String::new()),
        (name, number) => (name.to_owned(), number.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::conference::ConferenceRoomSettings;
    use shared::{Moment, TenantId};

    fn participant(name: &str, number: &str, state: ParticipantState) -> Participant {
        Participant {
            call_id: CallId(1),
            number: number.into(),
            name: name.into(),
            extension_id: None,
            state,
            moderator: false,
            muted: false,
            speaks: false,
            since: Moment(0),
        }
    }

    // covers: CONF-08
    #[test]
    fn conf_08_a_room_says_who_is_in_it_and_who_only_waits() {
        let mut standing = ConferenceStanding {
            room_id: ConferenceRoomId(1),
            number: "8008".into(),
            subject: "Monday".into(),
            started_at: Moment(0),
            locked: false,
            muted: false,
            recorded: false,
            participants: vec![participant("", "102", ParticipantState::Waits)],
        };
        assert_eq!(standing_word(None), "Empty");
        assert_eq!(standing_word(Some(&standing)), "Waiting");
        standing.participants.push(participant("Alice", "101", ParticipantState::Joined));
        assert_eq!(standing_word(Some(&standing)), "1 in it");
    }

    #[test]
    fn an_invitation_has_what_is_needed_to_come_and_a_hidden_name_is_a_place() {
        let settings = ConferenceRoomSettings { number: "8008".into(), subject: "Monday".into(), ..Default::default() };
        let mut room = ConferenceRoom { id: ConferenceRoomId(1), tenant_id: TenantId(1), owner_id: None, settings };
        assert_eq!(invitation(&room), "Conference: Monday\nNumber: 8008");
        room.settings.pin = "1234".into();
        room.settings.moderator_pin = "4321".into();
        assert_eq!(invitation(&room), "Conference: Monday\nNumber: 8008\nPIN: 1234");
        let joined = ParticipantState::Joined;
        assert_eq!(name(&participant("", "", joined), 1).0, "Participant 2");
        assert_eq!(name(&participant("", "+4930", joined), 1).0, "+4930");
        assert_eq!(name(&participant("Alice", "101", joined), 0), ("Alice".into(), "101".into()));
    }
}
