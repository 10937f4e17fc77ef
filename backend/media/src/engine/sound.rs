//! What legs are told, and what is kept of what they say.

use shared::{Moment, SoundId};

use super::timetable::Wake;
use super::{Engine, Output, Packet};
use crate::command::{Happened, Recording, Saying, SoundName};
use crate::player::Sound;
use crate::rtp::Header;
use crate::session::Payload;
use crate::tape::{Stepped, Tape};

impl Engine {
    pub(super) fn say(&mut self, now: Moment, slot: usize, saying: Saying) {
        let Some(leg) = self.leg_mut(slot) else { return };
        for name in leg.sounding.say(now, saying) {
            let waiting = self.awaited.entry(name).or_default();
            if waiting.is_empty() && !self.awaited_in_rooms.contains_key(&name) {
                self.outputs.push_back(Output::WantSound(name));
            }
            waiting.insert(slot);
        }
    }

    pub(super) fn bring(&mut self, name: SoundName, sound: Option<&Sound>) {
        for slot in self.awaited.remove(&name).unwrap_or_default() {
            if let Some(leg) = self.leg_mut(slot) {
                leg.sounding.bring(name, sound);
            }
        }
        for room in self.awaited_in_rooms.remove(&name).unwrap_or_default() {
            if let Some(room) = self.rooms.get_mut(&room) {
                room.bring(name, sound);
            }
        }
    }

    /// The leg is recorded from now on, instead of under another name.
    pub(super) fn record(&mut self, now: Moment, slot: usize, recording: Recording) {
        self.leave_tape(slot);
        let id = recording.file.id;
        let Some(leg) = self.leg_mut(slot) else { return };
        leg.tape = Some(id);
        let call = leg.call;
        let tape = self.tapes.entry(id).or_insert_with(|| {
            self.timetable.insert((now, Wake::Tape(id)));
            Tape::new(now, recording)
        });
        tape.enter(recording.track, slot);
        self.expect_sound(now, call);
        self.expect_leg(now, slot);
    }

    /// What is recorded with the leg leaves out what is said, or keeps it again.
    pub(super) fn pause_tape(&mut self, slot: usize, pause: bool) {
        let id = self.leg_mut(slot).and_then(|leg| leg.tape);
        if let Some(tape) = id.and_then(|id| self.tapes.get_mut(&id)) {
            tape.is_paused = pause;
        }
    }

    pub(super) fn leave_tape(&mut self, slot: usize) {
        let Some(id) = self.leg_mut(slot).and_then(|leg| leg.tape.take()) else { return };
        let Some(tape) = self.tapes.get_mut(&id) else { return };
        let (is_last, millis) = (tape.leave(slot), tape.millis());
        if is_last {
            self.end_tape(id);
        }
        self.tell(slot, Happened::Recorded { millis });
    }

    fn end_tape(&mut self, id: SoundId) {
        let Some(mut tape) = self.tapes.remove(&id) else { return };
        self.timetable.remove(&(tape.next_at, Wake::Tape(id)));
        let (file, tracks, samples) = (tape.file, tape.tracks(), tape.rest());
        if !samples.is_empty() {
            self.outputs.push_back(Output::Recorded { file, tracks, samples });
        }
        self.outputs.push_back(Output::RecordingOver(file));
    }

    /// A packet of a leg that is recorded.
    pub(super) fn hear_on_tape(
        &mut self,
        now: Moment,
        slot: usize,
        header: &Header,
        payload: Payload,
        packet: &Packet,
    ) {
        let Payload::Audio(codec) = payload else { return };
        let Some(leg) = self.legs.get(slot).and_then(Option::as_ref) else { return };
        let Some(id) = leg.tape else { return };
        let source = (leg.id.0, header.ssrc);
        let bytes = packet.buffer.get(header.start..header.end);
        if let (Some(tape), Some(bytes)) = (self.tapes.get_mut(&id), bytes) {
            tape.hear(now, slot, (codec, source), header.sequence, bytes);
        }
    }

    /// The next 20 ms of a recording.
    pub(super) fn wind(&mut self, now: Moment, id: SoundId) {
        let Some(tape) = self.tapes.get_mut(&id) else { return };
        let (file, tracks) = (tape.file, tape.tracks());
        let Stepped { samples, hushed } = tape.step(now);
        self.timetable.insert((tape.next_at, Wake::Tape(id)));
        if let Some(samples) = samples {
            self.outputs.push_back(Output::Recorded { file, tracks, samples });
        }
        for slot in hushed {
            self.tell(slot, Happened::Hushed);
        }
    }
}
