//! Rooms: who goes in and out, and what comes out of the mixer.

use shared::{CallId, Moment};

use super::timetable::Wake;
use super::{Engine, Packet};
use crate::codec::Codec;
use crate::command::Part;
use crate::leg::Leg;
use crate::mixer::{Heard, Room};
use crate::rtp::Header;
use crate::session::Payload;

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
            self.rooms.remove(&part.room);
        }
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
        let Some(part) = leg.part.filter(|part| part.speaks) else { return };
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
        let is_wide =
            |slot: &usize| self.leg(*slot).and_then(Leg::codec).is_some_and(|codec| codec.rate() > Codec::Pcmu.rate());
        room.step(now, slots.iter().any(is_wide));
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
