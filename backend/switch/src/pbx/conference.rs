//! Conference rooms in running calls: who comes in and leaves, where its sound is, and who is told (CONF-01…CONF-20). What is done to
//! a room is in `pbx/conference_change.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use media::{Clip, LegId, Saying, SoundName, Tone, What};
use shared::conference::{ConferenceChange, ConferenceRoom, ConferenceStanding, RoomKey, TEMPORARY_SECONDS};
use shared::fact::Fact;
use shared::reason::{Reason, TraceStep};
use shared::{CallId, ConferenceRoomId, ExtensionId, Moment};
use speech::{Phrase, phrase};

use crate::admission::Refusal;
use crate::conferences::{Entrant, Gone, Seat, Seated};
use crate::history::step;
use crate::leg::{Leg, Media, Side, Signalling};
use crate::mailbox::Pin;
use crate::outside::{FlowUser, Outside, Timer};
use crate::pbx::Pbx;
use crate::pbx::goal::{Host, Rung};
use crate::stage::{ConferenceAct, Door, Event, Told};

/// The number of what is said to all: nobody waits for its end.
const ANNOUNCEMENT: u32 = u32::MAX;

/// The room's name in the media engine, and the lane of all who are in it: each room is on one media worker for as long as it exists.
/// No call has a number that a store has given.
pub(super) const fn lane_of_room(room: ConferenceRoomId) -> CallId {
    CallId(room.0)
}

impl Pbx {
    /// A call to a room.
    pub(super) fn rung_conference(&self, id: ConferenceRoomId) -> Result<Rung, Refusal> {
        let known = self.directory.conference_room(id).ok_or_else(|| Refusal::NumberUnknown(id.to_string()))?;
        let settings = &known.settings;
        let note = (settings.subject.clone(), settings.number.clone(), Reason::RoutedToConference);
        Ok(Rung { notes: vec![note], host: Some(Host::Conference(id)), ..Rung::default() })
    }

    /// How a room would refuse a call now that comes to it.
    pub(super) fn refuses_now(&self, now: Moment, rung: &Rung) -> Option<(u16, TraceStep)> {
        let Some(Host::Conference(id)) = &rung.host else { return None };
        let known = self.directory.conference_room(*id)?;
        let closed = self.conferences.knock(known, CallId(0)).err()?;
        let (reason, status) = closed.refusal();
        Some((status, step(now, "conference", "", &known.settings.number, reason)))
    }

    /// A room as a call comes to it.
    pub(super) fn door(&self, id: ConferenceRoomId) -> Result<Door, Refusal> {
        let known = self.directory.conference_room(id).ok_or_else(|| Refusal::NumberUnknown(id.to_string()))?;
        let settings = &known.settings;
        let pin = |digits: &String| (!digits.is_empty()).then(|| Pin::new(digits.clone()));
        Ok(Door {
            room: id,
            lane: lane_of_room(id),
            number: settings.number.clone(),
            language: settings.language,
            pin: pin(&settings.pin),
            moderator_pin: pin(&settings.moderator_pin),
            moderators: settings.moderators.iter().copied().chain(known.owner_id).collect(),
        })
    }

    /// A call wants something of its room.
    pub(super) fn conference_act(&mut self, outside: &mut Outside, call: CallId, act: ConferenceAct) {
        let room = match act {
            ConferenceAct::Knock(room) | ConferenceAct::Enter(room, ..) => Some(room),
            ConferenceAct::Moderate | ConferenceAct::Press(_) => self.conferences.room_of(call),
        };
        let Some(known) = room.and_then(|room| self.directory.conference_room(room)).cloned() else {
            return self.tell_of_room(outside, call, Told::Over(Reason::ConferenceRemoved));
        };
        if matches!(act, ConferenceAct::Knock(_) | ConferenceAct::Enter(..)) {
            let legs = self.calls.get(&call).into_iter().flat_map(|call| call.legs.values());
            legs.filter_map(|leg| leg.dialog).for_each(|dialog| outside.stack.set_focus(dialog));
        }
        match act {
            ConferenceAct::Knock(_) => {
                let told = self.conferences.knock(&known, call).map_or_else(Told::Closed, |()| Told::Open);
                self.tell_of_room(outside, call, told);
            }
            ConferenceAct::Enter(_, leg, moderator) => self.enter_room(outside, &known, call, leg, moderator),
            ConferenceAct::Moderate => {
                let change = ConferenceChange::Promote { call_id: call };
                if self.change_room(outside, &known, &change, None).is_ok() {
                    self.tell_of_room(outside, call, Told::Done(None));
                }
            }
            ConferenceAct::Press(key) => self.press_in_room(outside, &known, call, key),
        }
    }

    fn tell_of_room(&mut self, outside: &mut Outside, call: CallId, told: Told) {
        self.handle(outside, call, Event::Conference(told));
    }

    /// A call comes in; first its sound comes to where the room's is.
    fn enter_room(
        &mut self,
        outside: &mut Outside,
        room: &Arc<ConferenceRoom>,
        id: CallId,
        leg: LegId,
        moderator: bool,
    ) {
        if let Err(closed) = self.conferences.knock(room, id) {
            return self.tell_of_room(outside, id, Told::Closed(closed));
        }
        let lane = lane_of_room(room.id);
        let Some(call) = self.calls.get(&id).filter(|call| !call.is_over()) else { return };
        if call.lane != lane {
            if let Some(new) = self.move_leg(outside, id, leg, lane) {
                self.tell_of_room(outside, id, Told::Move(new));
            }
            return;
        }
        let Some(known) = call.legs.get(&leg) else { return };
        let record = &call.history.record;
        let (number, extension_id) = (known.number.clone(), known.extension);
        let own = extension_id.and_then(|id| self.directory.extension(id)).map(|own| own.name.clone());
        let by_record = if known.side == Side::Caller { &record.caller_name } else { &record.callee_name };
        let name = own.unwrap_or_else(|| by_record.clone());
        let entrant = Entrant { leg, number, name, extension_id, moderator };
        match self.conferences.enter(outside.now, room, id, entrant) {
            Ok(()) => self.refresh_room(outside, room, false),
            Err(closed) => self.tell_of_room(outside, id, Told::Closed(closed)),
        }
    }

    /// A leg goes on as another on a lane where its sound can be taken over, or is to be offered anew.
    fn move_leg(&mut self, outside: &mut Outside, id: CallId, leg: LegId, lane: CallId) -> Option<LegId> {
        let tenant = self.id();
        let call = self.calls.get_mut(&id)?;
        let old = call.legs.get_mut(&leg).filter(|leg| leg.signalling == Signalling::Up)?;
        let new = Leg { id: outside.new_leg(), media: Media::None, borrowed: Some((id, leg)), ..old.clone() };
        (old.signalling, old.dialog, old.lost_at) = (Signalling::Over, None, None);
        call.former = Some((leg, call.lane));
        call.lane = lane;
        if let Some(dialog) = new.dialog {
            outside.own(dialog, tenant, id, &new);
        }
        outside.use_flow(new.flow, FlowUser::Leg(tenant, id, new.id));
        if let Some(trunk) = new.trunk {
            outside.trunks.enter(trunk, (tenant, id, new.id));
        }
        let moved = new.id;
        call.legs.insert(moved, new);
        Some(moved)
    }

    fn press_in_room(&mut self, outside: &mut Outside, room: &Arc<ConferenceRoom>, call: CallId, key: RoomKey) {
        if key.is_for_moderators() && !self.conferences.moderates(call) {
            return self.tell_of_room(outside, call, Told::NotAllowed);
        }
        let (locked, muted) = self.conferences.is_locked_and_muted(room.id);
        let toggled = |is: bool, off, on| if is { off } else { on };
        let change = match key {
            RoomKey::MuteOneself => {
                return match self.conferences.hush(call) {
                    true => self.refresh_room(outside, room, false),
                    false => self.tell_of_room(outside, call, Told::Done(Some(phrase::CONF_MUTED))),
                };
            }
            RoomKey::Count => {
                let count = i64::try_from(self.conferences.joined(room.id)).unwrap_or(i64::MAX);
                return self.tell_of_room(outside, call, Told::Count(count));
            }
            RoomKey::Moderate => return,
            RoomKey::Lock => toggled(locked, ConferenceChange::Unlock, ConferenceChange::Lock),
            RoomKey::MuteAll => toggled(muted, ConferenceChange::UnmuteAll, ConferenceChange::MuteAll),
            RoomKey::Record => {
                let recorded = self.conferences.is_recorded(room.id);
                toggled(recorded, ConferenceChange::StopRecording, ConferenceChange::Record)
            }
            RoomKey::End => ConferenceChange::End,
        };
        if self.change_room(outside, room, &change, None).is_err() {
            return self.tell_of_room(outside, call, Told::NotAllowed);
        }
        let told = match change {
            ConferenceChange::Lock => Told::Done(Some(phrase::CONF_LOCKED)),
            ConferenceChange::Unlock | ConferenceChange::StopRecording => Told::Done(None),
            _ => return,
        };
        self.tell_of_room(outside, call, told);
    }

    /// Tells everybody whose seat has changed, and all who watch the room. `all_told`: all have heard of it already.
    pub(super) fn refresh_room(&mut self, outside: &mut Outside, room: &Arc<ConferenceRoom>, all_told: bool) {
        let silent = room.settings.silent;
        for Seated { call, leg, seat, comes, alone } in self.conferences.seated(room.id) {
            let recorded = self.conferences.is_recorded(room.id) && self.directory.plan.recording.announced;
            let word = match seat {
                Seat::Waits => None,
                Seat::Sits { .. } if comes && recorded => Some(phrase::CONF_RECORDING),
                Seat::Sits { speaks: false } if comes => Some(phrase::CONF_MUTED),
                Seat::Sits { .. } if comes => (alone && !silent).then_some(phrase::CONF_ALONE),
                Seat::Sits { speaks } => {
                    (!all_told).then_some(if speaks { phrase::CONF_UNMUTED } else { phrase::CONF_MUTED })
                }
            };
            self.tell_of_room(outside, call, Told::Seat(seat, word));
            if !comes {
                continue;
            }
            self.follow_room_recording(outside, room, (call, leg), alone);
            if !silent && !alone {
                self.announce(outside, room, (call, leg), vec![Clip::Tone(Tone::Joined)]);
            }
        }
        self.tell_room(outside, room.id, None);
    }

    /// Something is said to all who are in the room of this leg.
    pub(super) fn announce(
        &self,
        outside: &mut Outside,
        room: &ConferenceRoom,
        (call, leg): (CallId, LegId),
        clips: Vec<Clip>,
    ) {
        let saying = Saying { number: ANNOUNCEMENT, clips, repeats: false };
        outside.order((call, lane_of_room(room.id)), leg, What::Announce(saying));
    }

    /// The same, by its phrase, to whoever is in the room.
    pub(super) fn announce_to_all(&self, outside: &mut Outside, room: &ConferenceRoom, word: Phrase) {
        if let Some(anybody) = self.conferences.anybody(room.id) {
            let clips = vec![Clip::Sound(SoundName::Phrase(room.settings.language, word.name()))];
            self.announce(outside, room, anybody, clips);
        }
    }

    /// After each event of a call: is it still in its room?
    pub(super) fn follow_conference(&mut self, outside: &mut Outside, id: CallId) {
        let Some(room) = self.conferences.room_of(id) else { return };
        let call = self.calls.get(&id);
        if call.is_some_and(|call| !call.is_over() && call.conference() == Some(room)) {
            return;
        }
        let Some(gone) = self.conferences.leave(id) else { return };
        let Gone { joined, empty, entered, taping, extension_id, .. } = gone;
        if let Some(taping) = taping {
            self.await_room_recording(outside, id, taping);
        }
        let known = self.directory.conference_room(room).cloned();
        if let Some(known) = known.as_ref().filter(|known| joined && !known.settings.silent)
            && let Some(anybody) = self.conferences.anybody(room)
        {
            self.announce(outside, known, anybody, vec![Clip::Tone(Tone::Left)]);
        }
        self.tell_room(outside, room, extension_id);
        let invited = self.conferences.invited(room);
        // Whoever is still being called would come to nobody.
        if joined && invited.len() == self.conferences.calls(room).len() {
            for call in invited {
                self.tell_of_room(outside, call, Told::Over(Reason::ConferenceEnded));
            }
        }
        if empty && !entered {
            // Who was called has not come: the room has its time to be entered anew.
            self.watch_rooms(outside);
        } else if empty && known.is_some_and(|known| known.owner_id.is_some()) {
            outside.fact(Some(self.id()), Fact::TemporaryConferenceOver { room_id: room });
        }
    }

    /// Others speak than before in the room of this call.
    pub(super) fn room_speakers(&mut self, outside: &mut Outside, call: CallId, legs: &[LegId]) {
        let Some(room_id) = self.conferences.speak(call, legs) else { return };
        let speakers = self.conferences.speakers(room_id);
        let extension_ids = self.watchers_of_room(room_id, None);
        outside.fact(Some(self.id()), Fact::ConferenceSpeakers { room_id, speakers, extension_ids });
    }

    /// A room stands otherwise than before.
    pub(super) fn tell_room(&self, outside: &mut Outside, room_id: ConferenceRoomId, gone: Option<ExtensionId>) {
        let extension_ids = self.watchers_of_room(room_id, gone);
        outside.fact(Some(self.id()), Fact::ConferenceChanged { room_id, extension_ids });
    }

    /// Those who are in it, those who moderate it, and whose it is.
    fn watchers_of_room(&self, room: ConferenceRoomId, gone: Option<ExtensionId>) -> Vec<ExtensionId> {
        let known = self.directory.conference_room(room);
        let moderators = known.into_iter().flat_map(|known| known.settings.moderators.iter().copied());
        let own = known.and_then(|known| known.owner_id);
        let all: BTreeSet<ExtensionId> =
            self.conferences.extensions(room).into_iter().chain(moderators).chain(own).chain(gone).collect();
        all.into_iter().collect()
    }

    /// How each room stands in which somebody is, by their numbers.
    pub fn conferences(&self) -> Vec<ConferenceStanding> {
        let rooms = self.directory.plan.conference_rooms.iter();
        let mut standings: Vec<_> = rooms.filter_map(|room| self.conferences.standing(room)).collect();
        standings.sort_by(|one, other| one.number.cmp(&other.number));
        standings
    }

    /// The rooms were set up anew: what goes on in one that is no more ends, and a temporary one is watched from now on.
    pub fn review_rooms(&mut self, outside: &mut Outside) {
        for room in self.conferences.rooms() {
            match self.directory.conference_room(room).cloned() {
                Some(known) => {
                    self.conferences.reopen(&known);
                    self.refresh_room(outside, &known, true);
                }
                None => {
                    self.send_all_out(outside, room, Reason::ConferenceRemoved);
                }
            }
        }
        self.watch_rooms(outside);
    }

    /// Temporary rooms in which nobody is have their time to be entered.
    fn watch_rooms(&mut self, outside: &mut Outside) {
        let until = outside.now + Duration::from_secs(TEMPORARY_SECONDS);
        for room in self.conferences.watch(outside.now, &self.directory.plan.conference_rooms) {
            outside.arm(until, Timer::Room(self.id(), room));
        }
    }

    /// Everybody is sent out; first those who are still called, for whom nobody would be there.
    pub(super) fn send_all_out(&mut self, outside: &mut Outside, room: ConferenceRoomId, reason: Reason) {
        for call in self.conferences.invited(room).into_iter().chain(self.conferences.calls(room)) {
            self.tell_of_room(outside, call, Told::Over(reason));
        }
    }

    /// A temporary room has had its time to be entered.
    pub fn room_due(&self, outside: &mut Outside, room: ConferenceRoomId) {
        let since = Moment(outside.now.0.saturating_sub(TEMPORARY_SECONDS as i64 * 1_000_000));
        if self.conferences.is_forgotten(room, since) && self.directory.conference_room(room).is_some() {
            self.tell_room(outside, room, None);
            outside.fact(Some(self.id()), Fact::TemporaryConferenceOver { room_id: room });
        }
    }
}
