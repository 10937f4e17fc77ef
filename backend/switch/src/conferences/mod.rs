//! The conferences of a tenant: who is in which room, who is heard there, and what is done to them (CONF-01…CONF-20). Pure: calls,
//! sound and facts are the affair of `pbx/conference.rs`.

mod terms;

use std::collections::{BTreeMap, VecDeque};

use media::LegId;
use shared::conference::{
    ConferenceChange, ConferenceRoom, ConferenceStanding, INVITED_MAX, PARTICIPANTS_MAX, Participant, ParticipantState,
};
use shared::{CallId, ConferenceRoomId, ExtensionId, Moment, SoundId};

pub use terms::{Closed, EndingTaping, Entrant, Gone, RoomTaping, Seat, Seated, Undone};

/// The most recordings of a tenant's rooms that wait for their media; beyond it the oldest counts as whole.
const ENDING_TAPINGS_MAX: usize = 256;

#[derive(Debug)]
struct Guest {
    entrant: Entrant,
    state: ParticipantState,
    /// By a moderator.
    muted: bool,
    /// By itself.
    hushed: bool,
    speaks: bool,
    since: Moment,
    told: Option<Seat>,
}

#[derive(Debug)]
struct Meeting {
    started_at: Moment,
    locked: bool,
    muted: bool,
    /// Has anybody come to it, and not only been called?
    entered: bool,
    taping: Option<RoomTaping>,
    guests: BTreeMap<CallId, Guest>,
}

impl Meeting {
    fn joined(&self) -> usize {
        self.guests.values().filter(|guest| guest.state == ParticipantState::Joined).count()
    }

    fn seat(&self, guest: &Guest) -> Option<Seat> {
        match guest.state {
            ParticipantState::Invited => None,
            ParticipantState::Waits => Some(Seat::Waits),
            ParticipantState::Joined => {
                let silenced = self.muted && !guest.entrant.moderator;
                Some(Seat::Sits { speaks: !guest.muted && !guest.hushed && !silenced })
            }
        }
    }

    /// Those who wait come in when they need to no longer.
    fn open(&mut self, waits_for_moderator: bool) {
        let moderated =
            self.guests.values().any(|guest| guest.entrant.moderator && guest.state != ParticipantState::Invited);
        if !waits_for_moderator || moderated || self.joined() > 0 {
            for guest in self.guests.values_mut().filter(|guest| guest.state == ParticipantState::Waits) {
                guest.state = ParticipantState::Joined;
            }
        }
    }
}

/// What goes on in the rooms of a tenant.
#[derive(Debug, Default)]
pub struct Conferences {
    rooms: BTreeMap<ConferenceRoomId, Meeting>,
    by_call: BTreeMap<CallId, ConferenceRoomId>,
    /// Since when nobody is in a temporary room.
    empty_since: BTreeMap<ConferenceRoomId, Moment>,
    /// Recordings that wait for their media.
    ending: VecDeque<EndingTaping>,
}

impl Conferences {
    /// The room that a call takes part in, or is invited into.
    pub fn room_of(&self, call: CallId) -> Option<ConferenceRoomId> {
        self.by_call.get(&call).copied()
    }

    /// Rooms in which something goes on.
    pub fn rooms(&self) -> Vec<ConferenceRoomId> {
        self.rooms.keys().copied().collect()
    }

    /// The calls of a room, those included that are invited.
    pub fn calls(&self, room: ConferenceRoomId) -> Vec<CallId> {
        self.rooms.get(&room).map(|meeting| meeting.guests.keys().copied().collect()).unwrap_or_default()
    }

    /// Calls that are invited and have not answered.
    pub fn invited(&self, room: ConferenceRoomId) -> Vec<CallId> {
        let guests = self.rooms.get(&room).into_iter().flat_map(|meeting| &meeting.guests);
        guests.filter(|(_, guest)| guest.state == ParticipantState::Invited).map(|(call, _)| *call).collect()
    }

    /// Somebody who is in the room, by whom it can be reached.
    pub fn anybody(&self, room: ConferenceRoomId) -> Option<(CallId, LegId)> {
        let guests = &self.rooms.get(&room)?.guests;
        let seated = guests.iter().find(|(_, guest)| matches!(guest.told, Some(Seat::Sits { .. })))?;
        Some((*seated.0, seated.1.entrant.leg))
    }

    /// How many are in the room.
    pub fn joined(&self, room: ConferenceRoomId) -> usize {
        self.rooms.get(&room).map_or(0, Meeting::joined)
    }

    /// Would the room let this call in? Whoever was invited has a place.
    pub fn knock(&self, room: &ConferenceRoom, call: CallId) -> Result<(), Closed> {
        let Some(meeting) = self.rooms.get(&room.id) else { return Ok(()) };
        if meeting.guests.contains_key(&call) {
            return Ok(());
        }
        if meeting.locked {
            return Err(Closed::Locked);
        }
        let max = room.settings.participants_max.min(PARTICIPANTS_MAX) as usize;
        if meeting.guests.len() >= max { Err(Closed::Full) } else { Ok(()) }
    }

    /// A call comes in, or waits before the room.
    pub fn enter(&mut self, now: Moment, room: &ConferenceRoom, call: CallId, entrant: Entrant) -> Result<(), Closed> {
        self.knock(room, call)?;
        let waits = room.settings.waits_for_moderator;
        let meeting = self.meeting(now, room.id);
        meeting.entered = true;
        meeting.guests.insert(call, guest(now, entrant, ParticipantState::Waits));
        meeting.open(waits);
        self.by_call.insert(call, room.id);
        Ok(())
    }

    /// A call to somebody who is to come in.
    pub fn invite(&mut self, now: Moment, room: &ConferenceRoom, call: CallId, entrant: Entrant) -> Result<(), Undone> {
        self.may_invite(room)?;
        let invited = guest(now, entrant, ParticipantState::Invited);
        self.meeting(now, room.id).guests.insert(call, invited);
        self.by_call.insert(call, room.id);
        Ok(())
    }

    /// A call takes the place of another that is about to leave: nothing is asked of it.
    pub fn admit(&mut self, now: Moment, room: ConferenceRoomId, call: CallId, entrant: Entrant) {
        self.meeting(now, room).guests.insert(call, guest(now, entrant, ParticipantState::Invited));
        self.by_call.insert(call, room);
    }

    /// May one more be invited?
    pub fn may_invite(&self, room: &ConferenceRoom) -> Result<(), Undone> {
        let Some(meeting) = self.rooms.get(&room.id) else { return Ok(()) };
        let max = room.settings.participants_max.min(PARTICIPANTS_MAX) as usize;
        let invited = meeting.guests.values().filter(|guest| guest.state == ParticipantState::Invited).count();
        match () {
            () if meeting.guests.len() >= max => Err(Undone::Full),
            () if invited >= INVITED_MAX => Err(Undone::TooManyInvited),
            () => Ok(()),
        }
    }

    fn meeting(&mut self, now: Moment, room: ConferenceRoomId) -> &mut Meeting {
        self.empty_since.remove(&room);
        self.rooms.entry(room).or_insert_with(|| Meeting {
            started_at: now,
            locked: false,
            muted: false,
            entered: false,
            taping: None,
            guests: BTreeMap::new(),
        })
    }

    /// A call is in its room no more.
    pub fn leave(&mut self, call: CallId) -> Option<Gone> {
        let room = self.by_call.remove(&call)?;
        let meeting = self.rooms.get_mut(&room)?;
        let gone = meeting.guests.remove(&call)?;
        let (empty, entered) = (meeting.guests.is_empty(), meeting.entered);
        let taping = if meeting.joined() == 0 { meeting.taping.take() } else { None };
        if empty {
            self.rooms.remove(&room);
        }
        let (joined, extension_id) = (gone.state == ParticipantState::Joined, gone.entrant.extension_id);
        Some(Gone { room, joined, empty, entered, extension_id, taping })
    }

    /// Does something for which nobody need be called; the changes of seats are told by [`Self::seated`].
    pub fn change(&mut self, room: &ConferenceRoom, change: &ConferenceChange) -> Result<(), Undone> {
        let meeting = self.rooms.get_mut(&room.id).ok_or(Undone::Nobody)?;
        let one = match change {
            ConferenceChange::Mute { call_id }
            | ConferenceChange::Unmute { call_id }
            | ConferenceChange::Promote { call_id }
            | ConferenceChange::Demote { call_id }
            | ConferenceChange::HangUp { call_id } => Some(meeting.guests.get_mut(call_id).ok_or(Undone::NotThere)?),
            _ => None,
        };
        match (change, one) {
            (ConferenceChange::Lock, _) => meeting.locked = true,
            (ConferenceChange::Unlock, _) => meeting.locked = false,
            (ConferenceChange::MuteAll, _) => meeting.muted = true,
            (ConferenceChange::UnmuteAll, _) => meeting.muted = false,
            (ConferenceChange::Mute { .. }, Some(guest)) => guest.muted = true,
            (ConferenceChange::Unmute { .. }, Some(guest)) => (guest.muted, guest.hushed) = (false, false),
            (ConferenceChange::Promote { .. }, Some(guest)) => guest.entrant.moderator = true,
            (ConferenceChange::Demote { .. }, Some(guest)) => guest.entrant.moderator = false,
            _ => {}
        }
        meeting.open(room.settings.waits_for_moderator);
        Ok(())
    }

    /// One mutes itself, or wants to be heard again. False where a moderator has muted it, or all: then nothing changes.
    pub fn hush(&mut self, call: CallId) -> bool {
        let Some(meeting) = self.room_of(call).and_then(|room| self.rooms.get_mut(&room)) else { return false };
        let all = meeting.muted;
        let Some(guest) = meeting.guests.get_mut(&call) else { return false };
        if guest.muted || (all && !guest.entrant.moderator) {
            return false;
        }
        guest.hushed = !guest.hushed;
        true
    }

    /// Is this call's a moderator?
    pub fn moderates(&self, call: CallId) -> bool {
        let room = self.room_of(call).and_then(|room| self.rooms.get(&room));
        room.and_then(|meeting| meeting.guests.get(&call)).is_some_and(|guest| guest.entrant.moderator)
    }

    /// Is the extension a moderator of the room: by its settings, for it is its own, or as one who is in it?
    pub fn is_moderated_by(&self, room: &ConferenceRoom, extension: ExtensionId) -> bool {
        let by_settings = room.owner_id == Some(extension) || room.settings.moderators.contains(&extension);
        let guests = self.rooms.get(&room.id).into_iter().flat_map(|meeting| meeting.guests.values());
        by_settings
            || guests
                .filter(|guest| guest.state != ParticipantState::Invited)
                .any(|guest| guest.entrant.moderator && guest.entrant.extension_id == Some(extension))
    }

    /// Locked, and muted.
    pub fn is_locked_and_muted(&self, room: ConferenceRoomId) -> (bool, bool) {
        self.rooms.get(&room).map_or((false, false), |meeting| (meeting.locked, meeting.muted))
    }

    /// A room was set up anew.
    pub fn reopen(&mut self, room: &ConferenceRoom) {
        if let Some(meeting) = self.rooms.get_mut(&room.id) {
            meeting.open(room.settings.waits_for_moderator);
        }
    }

    /// Those whose seat is another than they were told; they count as told.
    pub fn seated(&mut self, room: ConferenceRoomId) -> Vec<Seated> {
        let Some(meeting) = self.rooms.get_mut(&room) else { return Vec::new() };
        let seats = meeting.guests.iter().filter_map(|(call, guest)| Some((*call, meeting.seat(guest)?)));
        let changed: Vec<_> = seats
            .filter(|(call, seat)| meeting.guests.get(call).is_some_and(|guest| guest.told != Some(*seat)))
            .collect();
        let mut inside = meeting.guests.values().filter(|guest| matches!(guest.told, Some(Seat::Sits { .. }))).count();
        let mut seated = Vec::new();
        for (call, seat) in changed {
            let Some(guest) = meeting.guests.get_mut(&call) else { continue };
            let sits = matches!(seat, Seat::Sits { .. });
            let comes = sits && !matches!(guest.told, Some(Seat::Sits { .. }));
            seated.push(Seated { call, leg: guest.entrant.leg, seat, comes, alone: comes && inside == 0 });
            inside += usize::from(comes);
            guest.told = Some(seat);
        }
        seated
    }

    /// These legs speak in the room of this call; true where others do than before.
    pub fn speak(&mut self, call: CallId, legs: &[LegId]) -> Option<ConferenceRoomId> {
        let room = self.room_of(call)?;
        let mut changed = false;
        for guest in self.rooms.get_mut(&room)?.guests.values_mut() {
            let speaks = legs.contains(&guest.entrant.leg);
            changed |= std::mem::replace(&mut guest.speaks, speaks) != speaks;
        }
        changed.then_some(room)
    }

    /// The calls of those who speak.
    pub fn speakers(&self, room: ConferenceRoomId) -> Vec<CallId> {
        let guests = self.rooms.get(&room).into_iter().flat_map(|meeting| &meeting.guests);
        guests.filter(|(_, guest)| guest.speaks).map(|(call, _)| *call).collect()
    }

    /// The recording of the room.
    pub fn taping(&mut self, room: ConferenceRoomId) -> Option<&mut Option<RoomTaping>> {
        self.rooms.get_mut(&room).map(|meeting| &mut meeting.taping)
    }

    /// All recordings of rooms, which are over now or earlier: each with when.
    pub fn take_tapings(&mut self, now: Moment) -> Vec<(RoomTaping, Moment)> {
        let going_on = self.rooms.values_mut().filter_map(|meeting| Some((meeting.taping.take()?, now)));
        going_on.chain(self.ending.drain(..).map(|ending| (ending.taping, ending.at))).collect()
    }

    /// A recording waits for its media; the oldest that does where there are too many.
    pub fn await_media(&mut self, ending: EndingTaping) -> Option<EndingTaping> {
        self.ending.push_back(ending);
        if self.ending.len() > ENDING_TAPINGS_MAX { self.ending.pop_front() } else { None }
    }

    /// The recording that waits for this sound to be whole, which it is.
    pub fn is_whole(&mut self, sound: SoundId) -> Option<EndingTaping> {
        let place = self.ending.iter().position(|ending| ending.taping.file.id == sound)?;
        self.ending.remove(place)
    }

    /// The recordings that wait for the media of this call, which is gone.
    pub fn media_gone(&mut self, call: CallId) -> Vec<EndingTaping> {
        let (gone, others) = std::mem::take(&mut self.ending).into_iter().partition(|ending| ending.call == call);
        self.ending = others;
        Vec::from(gone)
    }

    /// Is the room recorded?
    pub fn is_recorded(&self, room: ConferenceRoomId) -> bool {
        self.rooms.get(&room).is_some_and(|meeting| meeting.taping.is_some())
    }

    /// The extensions that are in a room or invited, each once.
    pub fn extensions(&self, room: ConferenceRoomId) -> Vec<ExtensionId> {
        let guests = self.rooms.get(&room).into_iter().flat_map(|meeting| meeting.guests.values());
        let mut extensions: Vec<ExtensionId> = guests.filter_map(|guest| guest.entrant.extension_id).collect();
        extensions.sort_unstable();
        extensions.dedup();
        extensions
    }

    /// A room as it stands; none where nobody is in it.
    pub fn standing(&self, room: &ConferenceRoom) -> Option<ConferenceStanding> {
        let meeting = self.rooms.get(&room.id)?;
        let mut guests: Vec<(&CallId, &Guest)> = meeting.guests.iter().collect();
        guests.sort_by_key(|(call, guest)| (!guest.entrant.moderator, guest.since, **call));
        let participant = |(call, guest): (&CallId, &Guest)| Participant {
            call_id: *call,
            number: guest.entrant.number.clone(),
            name: guest.entrant.name.clone(),
            extension_id: guest.entrant.extension_id,
            state: guest.state,
            moderator: guest.entrant.moderator,
            muted: guest.muted || guest.hushed || (meeting.muted && !guest.entrant.moderator),
            speaks: guest.speaks,
            since: guest.since,
        };
        Some(ConferenceStanding {
            room_id: room.id,
            number: room.settings.number.clone(),
            subject: room.settings.subject.clone(),
            started_at: meeting.started_at,
            locked: meeting.locked,
            muted: meeting.muted,
            recorded: meeting.taping.is_some(),
            participants: guests.into_iter().map(participant).collect(),
        })
    }

    /// Temporary rooms that nobody has been in: those of them that are new here, and since now count as empty.
    pub fn watch(&mut self, now: Moment, rooms: &[std::sync::Arc<ConferenceRoom>]) -> Vec<ConferenceRoomId> {
        self.empty_since.retain(|id, _| rooms.iter().any(|room| room.id == *id));
        let temporary = rooms.iter().filter(|room| room.owner_id.is_some() && !self.rooms.contains_key(&room.id));
        let new: Vec<_> = temporary.map(|room| room.id).filter(|id| !self.empty_since.contains_key(id)).collect();
        self.empty_since.extend(new.iter().map(|id| (*id, now)));
        new
    }

    /// Is nobody in a temporary room since then?
    pub fn is_forgotten(&self, room: ConferenceRoomId, since: Moment) -> bool {
        self.empty_since.get(&room).is_some_and(|empty| *empty <= since)
    }
}

fn guest(now: Moment, entrant: Entrant, state: ParticipantState) -> Guest {
    Guest { entrant, state, muted: false, hushed: false, speaks: false, since: now, told: None }
}

#[cfg(test)]
mod tests;
