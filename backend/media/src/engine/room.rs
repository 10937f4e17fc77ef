//! Rooms: who goes in and out, and what comes out of the mixer.

use std::time::Duration;

use shared::{CallId, Moment};

use super::timetable::Wake;
use super::{Engine, Output, Packet};
use crate::command::{Happened, LegId, Part, Saying, SoundFile};
use crate::mixer::{Heard, Room};
use crate::room_tape::RoomTape;
use crate::rtp::Header;
use crate::session::Payload;
use crate::translator::FRAME;

impl Engine {
    /// The leg takes part in a room, which is made for the first.
    pub(super) fn take_part(&mut self, now: Moment, slot: usize, part: Part) {
        let Some(leg) = self.leg(slot) else { return };
        let (before, call) = (leg.part, leg.call);
        if before.map(|before| before.room) != Some(part.room) {
            self.disconnect(now, slot);
            let next_at = self.rooms.entry(part.room).or_insert_with(|| Room::new(now)).next_at;
            self.timetable.insert((next_at, Wake::Room(part.room)));
        }
        if let Some(room) = self.rooms.get_mut(&part.room) {
            room.enter(slot);
            if !part.speaks {
                room.mute(slot);
            }
        }
        if let Some(leg) = self.leg_mut(slot) {
            leg.part = Some(part);
        }
        self.expect_sound(now, call);
        self.expect_leg(now, slot);
    }

    pub(super) fn leave_room(&mut self, slot: usize) {
        let Some(part) = self.leg_mut(slot).and_then(|leg| leg.part.take()) else { return };
        let Some(room) = self.rooms.get_mut(&part.room) else { return };
        room.leave(slot);
        if room.is_empty() {
            self.timetable.remove(&(room.next_at, Wake::Room(part.room)));
            self.stop_recording_room(slot, part.room);
            self.rooms.remove(&part.room);
        }
    }

    /// The room that a leg is in.
    pub(super) fn room_of(&self, slot: usize) -> Option<CallId> {
        self.leg(slot)?.part.map(|part| part.room)
    }

    /// Something is said to all in the leg's room.
    pub(super) fn announce(&mut self, slot: usize, saying: Saying) {
        let Some(id) = self.room_of(slot) else { return };
        let wanted = self.rooms.get_mut(&id).map(|room| room.announce(saying)).unwrap_or_default();
        for name in wanted {
            let is_asked_for = self.awaited.contains_key(&name) || self.awaited_in_rooms.contains_key(&name);
            self.awaited_in_rooms.entry(name).or_default().insert(id);
            if !is_asked_for {
                self.outputs.push_back(Output::WantSound(name));
            }
        }
    }

    /// The leg's room is recorded from now on, instead of under another name.
    pub(super) fn record_room(&mut self, slot: usize, file: SoundFile) {
        let Some(id) = self.room_of(slot) else { return };
        self.stop_recording_room(slot, id);
        if let Some(room) = self.rooms.get_mut(&id) {
            room.tape = Some(RoomTape::new(file));
        }
    }

    pub(super) fn stop_recording_room(&mut self, slot: usize, id: CallId) {
        let Some(mut tape) = self.rooms.get_mut(&id).and_then(|room| room.tape.take()) else { return };
        let (file, samples) = (tape.file, tape.rest());
        if !samples.is_empty() {
            self.outputs.push_back(Output::Recorded { file, tracks: 1, samples });
        }
        self.outputs.push_back(Output::RecordingOver(file));
        self.tell(slot, Happened::RoomRecorded(file.id));
    }

    /// A packet of a leg that speaks in a room.
    pub(super) fn hear_in_room(
        &mut self,
        now: Moment,
        slot: usize,
        header: &Header,
        payload: Payload,
        packet: &Packet,
    ) {
        let Payload::Audio(codec) = payload else { return };
        let Some(leg) = self.legs.get(slot).and_then(Option::as_ref) else { return };
        // Who holds the room may well send music, which is not for it.
        let Some(part) = leg.part.filter(|part| part.speaks && !leg.held) else { return };
        let source = (leg.id.0, header.ssrc);
        let bytes = packet.buffer.get(header.start..header.end);
        if let (Some(room), Some(bytes)) = (self.rooms.get_mut(&part.room), bytes) {
            room.hear(now, slot, (codec, source), header.sequence, bytes);
        }
    }

    /// The next 20 ms of a room.
    pub(super) fn mix(&mut self, now: Moment, id: CallId) {
        let Some(mut room) = self.rooms.remove(&id) else { return };
        let slots = room.slots();
        let late = now.since(room.next_at).as_micros() / Duration::as_micros(&FRAME).max(1);
        room.step(now);
        if let Some(samples) = room.recorded(u64::try_from(late).unwrap_or(0))
            && let Some(file) = room.tape.as_ref().map(|tape| tape.file)
        {
            self.outputs.push_back(Output::Recorded { file, tracks: 1, samples });
        }
        if let (Some(speakers), Some(first)) = (room.speakers(now), slots.first()) {
            let legs: Vec<LegId> = speakers.into_iter().filter_map(|slot| Some(self.leg(slot)?.id)).collect();
            self.tell(*first, Happened::Speakers(legs));
        }
        for slot in slots {
            let Some(leg) = self.leg_mut(slot) else { continue };
            if leg.sounding.is_active() || !leg.part.is_some_and(|part| part.hears) {
                continue;
            }
            let Some(codec) = leg.listening().map(|agreed| agreed.codec) else { continue };
            let made = match room.heard(slot, codec) {
                Some(Heard::Own(samples)) => leg.speak(now, &samples),
                Some(Heard::Common(payload)) => leg.utter(now, payload),
                None => None,
            };
            if let Some((transmit, bytes)) = made {
                self.send(transmit, bytes);
            }
        }
        self.timetable.insert((room.next_at, Wake::Room(id)));
        self.rooms.insert(id, room);
    }
}
