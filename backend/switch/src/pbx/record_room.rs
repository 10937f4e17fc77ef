//! Recordings of conference rooms (CONF-12): all that is heard in one, on one track, whoever comes and goes.

use media::{Clip, LegId, SoundFile, SoundName, What};
use shared::conference::{ConferenceRoom, PARTICIPANTS_MAX};
use shared::fact::Fact;
use shared::reason::Reason;
use shared::recording::{Recording, RecordingPlace};
use shared::{CallId, Moment, RecordingId, SoundId};
use speech::phrase;

use crate::conferences::{EndingTaping, RoomTaping};
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::pbx::conference::lane_of_room;

impl Pbx {
    /// Somebody has come into a room: is it to be recorded from its beginning (CONF-12)? That is with whoever is there `alone`, so
    /// that a recording which a moderator has stopped does not begin again with the next who comes.
    pub(super) fn follow_room_recording(
        &mut self,
        outside: &mut Outside,
        room: &ConferenceRoom,
        (call, leg): (CallId, LegId),
        alone: bool,
    ) {
        let extension = self.calls.get(&call).and_then(|call| call.legs.get(&leg)).and_then(|leg| leg.extension);
        match self.conferences.taping(room.id) {
            Some(Some(taping)) => {
                let is_new = extension.filter(|id| !taping.extension_ids.contains(id));
                if taping.extension_ids.len() < 2 * PARTICIPANTS_MAX as usize {
                    taping.extension_ids.extend(is_new);
                }
            }
            Some(None) if room.settings.records && alone => self.record_room(outside, room, call, leg),
            Some(None) | None => {}
        }
    }

    /// The room is recorded from now on; false where nobody is in it.
    pub(super) fn begin_room_recording(&mut self, outside: &mut Outside, room: &ConferenceRoom) -> bool {
        let Some((call, leg)) = self.conferences.anybody(room.id) else { return false };
        if !self.conferences.is_recorded(room.id) {
            self.record_room(outside, room, call, leg);
        }
        true
    }

    fn record_room(&mut self, outside: &mut Outside, room: &ConferenceRoom, id: CallId, leg: LegId) {
        let (tenant, now) = (self.id(), outside.now);
        let extension_ids = self.conferences.extensions(room.id);
        let full = self.directory.plan.storage_full;
        let Some(call) = self.calls.get_mut(&id) else { return };
        if full {
            return call.history.note(now, "media", "", "", Reason::RecordingRoomless);
        }
        let (recording_id, sound_id) = (outside.ids.next::<RecordingId>(now), outside.ids.next::<SoundId>(now));
        let file = SoundFile { tenant, id: sound_id };
        let record = &call.history.record;
        let recording = Recording {
            id: recording_id,
            tenant_id: tenant,
            call_id: id,
            caller: record.caller.clone(),
            caller_name: record.caller_name.clone(),
            callee: room.settings.number.clone(),
            callee_name: room.settings.subject.clone(),
            caller_extension_id: record.caller_extension_id,
            callee_extension_id: None,
            started_at: now,
            millis: None,
            bytes: None,
            tracks: 1,
            heard_at: None,
            sha256: None,
            sound_id,
            place: RecordingPlace::Server,
            pauses: Vec::new(),
        };
        call.history.note(now, "media", "", &room.settings.number, Reason::ConferenceRecorded);
        if let Some(taping) = self.conferences.taping(room.id) {
            *taping = Some(RoomTaping { id: recording_id, file, since: now, extension_ids });
        }
        outside.fact(Some(tenant), Fact::RecordingBegun { recording });
        outside.order((id, lane_of_room(room.id)), leg, What::RecordRoom(file));
        if self.directory.plan.recording.announced {
            let clips = vec![Clip::Sound(SoundName::Phrase(room.settings.language, phrase::CONF_RECORDING.name()))];
            self.announce(outside, room, (id, leg), clips);
        }
    }

    /// The room is recorded no more.
    pub(super) fn stop_room_recording(&mut self, outside: &mut Outside, room: &ConferenceRoom) {
        let Some(taping) = self.conferences.taping(room.id).and_then(Option::take) else { return };
        let Some((call, leg)) = self.conferences.anybody(room.id) else {
            return self.end_room_recording(outside, taping, outside.now);
        };
        outside.order((call, lane_of_room(room.id)), leg, What::StopRecordingRoom);
        self.await_room_recording(outside, call, taping);
    }

    /// Nothing more comes to the recording of a room: it was stopped by this call, or this call has left as the last. It is over
    /// when its media says so, or all media of the call is gone.
    pub(super) fn await_room_recording(&mut self, outside: &mut Outside, call: CallId, taping: RoomTaping) {
        let at = outside.now;
        if !self.calls.contains_key(&call) {
            return self.end_room_recording(outside, taping, at);
        }
        if let Some(EndingTaping { at, taping, .. }) = self.conferences.await_media(EndingTaping { call, at, taping }) {
            self.end_room_recording(outside, taping, at);
        }
    }

    /// The media of a room has nothing more of this recording.
    pub(super) fn room_recorded(&mut self, outside: &mut Outside, sound: SoundId) {
        if let Some(EndingTaping { at, taping, .. }) = self.conferences.is_whole(sound) {
            self.end_room_recording(outside, taping, at);
        }
    }

    /// All media of a call is gone.
    pub(super) fn end_room_recordings(&mut self, outside: &mut Outside, call: CallId) {
        for EndingTaping { at, taping, .. } in self.conferences.media_gone(call) {
            self.end_room_recording(outside, taping, at);
        }
    }

    /// The recording of a room ended at that time, and its sound is whole.
    pub(super) fn end_room_recording(&self, outside: &mut Outside, taping: RoomTaping, at: Moment) {
        let RoomTaping { id: recording_id, file, since, extension_ids } = taping;
        let millis = u64::try_from(at.since(since).as_millis()).unwrap_or(u64::MAX);
        let ended = Fact::RecordingEnded { recording_id, extension_ids, sound_id: file.id, millis, pauses: Vec::new() };
        outside.fact(Some(self.id()), ended);
    }
}
