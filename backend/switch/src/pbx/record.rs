//! Recordings of calls: as soon as two talk of whom one is to be recorded, and until the call is over, whoever takes whose place
//! (REC-01, REC-05, EXT-11).

use std::collections::BTreeSet;

use media::{Clip, LegId, Recording as Tape, Saying, SoundFile, SoundName, What};
use shared::fact::Fact;
use shared::language::Language;
use shared::reason::Reason;
use shared::recording::Recording;
use shared::{CallId, ExtensionId, Moment, RecordingId, SoundId};
use speech::phrase;

use crate::call::Call;
use crate::outside::Outside;
use crate::pbx::Pbx;

/// The number of what both are told: nobody waits for its end.
const ANNOUNCEMENT: u32 = u32::MAX - 1;

/// What is recorded of a call.
#[derive(Debug)]
pub struct Taping {
    id: RecordingId,
    file: SoundFile,
    since: Moment,
    /// Legs that are on it, or were.
    legs: BTreeSet<LegId>,
    extension_ids: Vec<ExtensionId>,
}

impl Pbx {
    /// After each event of a call.
    pub(super) fn follow_recording(&mut self, outside: &mut Outside, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        if call.is_over() {
            return;
        }
        let Some((caller, callee)) = call.pair() else { return };
        if call.taping.is_none() {
            if !self.is_recorded(call, caller, callee) {
                return;
            }
            self.begin_recording(outside, id);
        }
        let (mixed, announced) = (!self.directory.plan.recording.tracks, self.directory.plan.recording.announced);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let lane = (id, call.lane);
        let Some(taping) = &mut call.taping else { return };
        for (leg, track) in [(caller, 0), (callee, 1)] {
            if !taping.legs.insert(leg) {
                continue;
            }
            let tape = Tape { file: taping.file, track, tracks: 2, mixed, hush: None };
            outside.order(lane, leg, What::Record(tape));
            if announced {
                let clips = vec![Clip::Sound(SoundName::Phrase(Language::default(), phrase::RECORDED.name()))];
                outside.order(lane, leg, What::Say(Saying { number: ANNOUNCEMENT, clips, repeats: false }));
            }
        }
    }

    fn is_recorded(&self, call: &Call, caller: LegId, callee: LegId) -> bool {
        let is_wanted = |leg: LegId| {
            let extension = call.legs.get(&leg).and_then(|leg| leg.extension);
            extension.and_then(|id| self.directory.extension(id)).is_some_and(|known| known.record_calls)
        };
        self.directory.plan.recording.all || is_wanted(caller) || is_wanted(callee)
    }

    fn begin_recording(&mut self, outside: &mut Outside, id: CallId) {
        let (tenant, now) = (self.id(), outside.now);
        let tracks = if self.directory.plan.recording.tracks { 2 } else { 1 };
        let Some(call) = self.calls.get_mut(&id) else { return };
        let (recording_id, sound_id) = (outside.ids.next::<RecordingId>(now), outside.ids.next::<SoundId>(now));
        let record = &call.history.record;
        let ends = [record.caller_extension_id, record.callee_extension_id];
        let recording = Recording {
            id: recording_id,
            tenant_id: tenant,
            call_id: id,
            caller: record.caller.clone(),
            caller_name: record.caller_name.clone(),
            callee: record.callee.clone(),
            callee_name: record.callee_name.clone(),
            caller_extension_id: record.caller_extension_id,
            callee_extension_id: record.callee_extension_id,
            started_at: now,
            millis: None,
            bytes: None,
            tracks,
            heard_at: None,
            sha256: None,
            sound_id,
        };
        call.history.note(now, "media", "", "", Reason::CallRecorded);
        call.taping = Some(Taping {
            id: recording_id,
            file: SoundFile { tenant, id: sound_id },
            since: now,
            legs: BTreeSet::new(),
            extension_ids: ends.into_iter().flatten().collect(),
        });
        outside.fact(Some(tenant), Fact::RecordingBegun { recording });
    }

    /// The call is over and its media gone, so that nothing more comes to the recording.
    pub(super) fn end_recording(&self, outside: &mut Outside, call: &mut Call) {
        let tenant = self.id();
        let Some(taping) = call.taping.take() else { return };
        let ended_at = call.history.record.ended_at.unwrap_or(outside.now);
        let millis = u64::try_from(ended_at.since(taping.since).as_millis()).unwrap_or(u64::MAX);
        let Taping { id: recording_id, file, extension_ids, .. } = taping;
        outside.fact(Some(tenant), Fact::RecordingEnded { recording_id, extension_ids, sound_id: file.id, millis });
    }
}
