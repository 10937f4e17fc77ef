//! Recordings of calls: as soon as two talk of whom one is to be recorded, and until the call is over, whoever takes whose place
//! (REC-01, REC-05, EXT-11). Whether a call is recorded is decided here and nowhere else; what somebody in it wants comes from `demand`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use media::{Clip, LegId, Recording as Tape, Saying, SoundFile, SoundName, What};
use shared::fact::Fact;
use shared::language::Language;
use shared::reason::Reason;
use shared::recording::{PAUSES_MAX, Recording, RecordingPause, RecordingPlace};
use shared::recording_rule::RecordingState;
use shared::{CallId, ExtensionId, Moment, RecordingId, SoundId};
use speech::phrase;

use crate::call::Call;
use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::plan::ExtensionPlan;

/// The number of what both are told: nobody waits for its end.
const ANNOUNCEMENT: u32 = u32::MAX - 1;

/// What a call knows of its recording.
#[derive(Debug, Default)]
pub struct Recorded {
    taping: Option<Taping>,
    /// Who wants it recorded, beside the rules.
    wanted_by: Option<LegId>,
    /// Was it told that it is not recorded, and why?
    is_told: bool,
    /// What was typed on each leg, and when the last key.
    pub(super) typed: BTreeMap<LegId, (Moment, String)>,
}

/// What is recorded of a call.
#[derive(Debug)]
struct Taping {
    id: RecordingId,
    file: SoundFile,
    since: Moment,
    /// Does a rule want it? Else somebody in the call.
    by_rule: bool,
    /// Legs that are on it, or were.
    legs: BTreeSet<LegId>,
    extension_ids: Vec<ExtensionId>,
    paused_since: Option<Moment>,
    paused: Duration,
    pauses: Vec<RecordingPause>,
    /// Somebody has ended it; these legs have not left it yet.
    leaving: Option<BTreeSet<LegId>>,
}

impl Recorded {
    /// How it stands.
    pub(super) fn state(&self) -> RecordingState {
        match &self.taping {
            Some(taping) if taping.leaving.is_some() => RecordingState::Off,
            Some(taping) if taping.paused_since.is_some() => RecordingState::Paused,
            Some(_) => RecordingState::On,
            None => RecordingState::Off,
        }
    }

    /// Does a rule want it?
    pub(super) fn is_by_rule(&self) -> bool {
        self.taping.as_ref().is_some_and(|taping| taping.by_rule)
    }

    /// Is one just being ended, so that the next cannot begin yet?
    pub(super) fn is_ending(&self) -> bool {
        self.taping.as_ref().is_some_and(|taping| taping.leaving.is_some())
    }
}

impl Taping {
    /// How long it is by now.
    fn length(&self, now: Moment) -> Duration {
        let paused = self.paused_since.map_or(Duration::ZERO, |since| now.since(since));
        now.since(self.since).saturating_sub(self.paused).saturating_sub(paused)
    }

    fn pause(&mut self, now: Moment) {
        self.paused_since.get_or_insert(now);
    }

    fn resume(&mut self, now: Moment) {
        let at_millis = millis(self.length(now));
        let Some(since) = self.paused_since.take() else { return };
        let time = now.since(since);
        self.paused += time;
        if self.pauses.len() < PAUSES_MAX && millis(time) > 0 {
            self.pauses.push(RecordingPause { at_millis, millis: millis(time) });
        }
    }

    /// The pauses until now, the one that goes on among them.
    fn told(&self, now: Moment) -> Fact {
        let at_millis = millis(self.length(now));
        let goes_on = self.paused_since.map(|_| RecordingPause { at_millis, millis: 0 });
        let pauses = self.pauses.iter().copied().chain(goes_on).take(PAUSES_MAX).collect();
        Fact::RecordingPaused { recording_id: self.id, pauses }
    }

    fn ended(mut self, at: Moment) -> Fact {
        self.resume(at);
        let millis = millis(self.length(at));
        let Self { id: recording_id, file, extension_ids, pauses, .. } = self;
        Fact::RecordingEnded { recording_id, extension_ids, sound_id: file.id, millis, pauses }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Why a call is recorded, or is not.
enum Verdict {
    /// Nobody wants it.
    No,
    /// It would be, were not both outside.
    Outside,
    /// A rule wants it: its name.
    Rule(String),
    /// Somebody in it does.
    Demand,
}

impl Pbx {
    /// After each event of a call.
    pub(super) fn follow_recording(&mut self, outside: &mut Outside, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        if call.is_over() || call.recorded.is_ending() {
            return;
        }
        let Some((caller, callee)) = call.pair() else { return };
        if call.recorded.taping.is_none() {
            let rule = match self.verdict(call, caller, callee) {
                Verdict::No => return,
                Verdict::Outside => return self.not_recorded(outside, id, Reason::OutsideNotRecorded),
                Verdict::Rule(_) | Verdict::Demand if self.directory.plan.storage_full => {
                    return self.not_recorded(outside, id, Reason::RecordingRoomless);
                }
                Verdict::Rule(name) => Some(name),
                Verdict::Demand => None,
            };
            self.begin_recording(outside, id, rule.as_deref());
        }
        let (mixed, announced) = (!self.directory.plan.recording.tracks, self.directory.plan.recording.announced);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let lane = (id, call.lane);
        let Some(taping) = &mut call.recorded.taping else { return };
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

    fn verdict(&self, call: &Call, caller: LegId, callee: LegId) -> Verdict {
        let rule = self.rule_of(call, caller, callee);
        let of = |leg: LegId| call.legs.get(&leg).and_then(|leg| leg.extension);
        let are_outside = of(caller).is_none() && of(callee).is_none();
        match rule {
            Some(_) if are_outside && self.directory.plan.recording_rules.no_external_recording => Verdict::Outside,
            Some(name) => Verdict::Rule(name),
            None if call.recorded.wanted_by.is_some() => Verdict::Demand,
            None => Verdict::No,
        }
    }

    /// The rule by which it is recorded: the tenant's, an extension's, a group's, a trunk's.
    fn rule_of(&self, call: &Call, caller: LegId, callee: LegId) -> Option<String> {
        let plan = &self.directory.plan;
        let rules = &plan.recording_rules;
        if plan.recording.all {
            return Some("all calls".to_owned());
        }
        let legs = || [caller, callee].into_iter().filter_map(|leg| call.legs.get(&leg));
        let people = || legs().filter_map(|leg| self.directory.extension(leg.extension?));
        if let Some(known) = people().find(|known| known.record_calls) {
            return Some(known.number.clone());
        }
        let in_group = |known: &&ExtensionPlan| known.groups.iter().any(|id| rules.extension_groups.contains(id));
        if let Some(known) = people().find(in_group) {
            return Some(format!("group of {}", known.number));
        }
        if let Some(group) = call.group.filter(|group| rules.ring_groups.contains(group)) {
            let known = plan.ring_groups.iter().find(|known| known.id == group);
            return Some(known.map(|known| known.settings.number.clone()).unwrap_or_default());
        }
        if let Some(queue) = call.queue.filter(|queue| rules.queues.contains(queue)) {
            return Some(self.directory.queue(queue).map(|known| known.settings.number.clone()).unwrap_or_default());
        }
        let trunk = legs().filter_map(|leg| leg.trunk).find(|trunk| rules.trunks.contains(trunk));
        trunk.map(|_| "trunk".to_owned())
    }

    /// Somebody in the call wants it recorded; false where there is no room for it.
    pub(super) fn demand_recording(&mut self, outside: &mut Outside, id: CallId, leg: LegId) -> bool {
        let full = self.directory.plan.storage_full;
        let Some(call) = self.calls.get_mut(&id) else { return false };
        if full {
            call.history.note(outside.now, "media", "", "", Reason::RecordingRoomless);
            return false;
        }
        call.recorded.wanted_by = Some(leg);
        self.follow_recording(outside, id);
        true
    }

    /// Somebody in the call ends a recording that no rule wants. It is over when its media says so.
    pub(super) fn stop_recording(&mut self, outside: &mut Outside, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let lane = (id, call.lane);
        call.recorded.wanted_by = None;
        let Some(taping) = call.recorded.taping.as_mut().filter(|taping| !taping.by_rule) else { return };
        let there: BTreeSet<LegId> = taping.legs.iter().copied().filter(|leg| call.legs.contains_key(leg)).collect();
        for leg in &there {
            outside.order(lane, *leg, What::StopRecording);
        }
        taping.resume(outside.now);
        taping.leaving = Some(there);
        self.left_recording(outside, id, None);
    }

    /// A leg is recorded no more, as its media says.
    pub(super) fn left_recording(&mut self, outside: &mut Outside, id: CallId, leg: Option<LegId>) {
        let (tenant, now) = (self.id(), outside.now);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(leaving) = call.recorded.taping.as_mut().and_then(|taping| taping.leaving.as_mut()) else { return };
        if let Some(leg) = leg {
            leaving.remove(&leg);
        }
        if leaving.is_empty()
            && let Some(taping) = call.recorded.taping.take()
        {
            outside.fact(Some(tenant), taping.ended(now));
        }
    }

    /// What is said is left out from now on, or kept again. False where nothing is recorded, or it is so already.
    pub(super) fn pause_recording(&mut self, outside: &mut Outside, id: CallId, pause: bool) -> bool {
        let now = outside.now;
        let Some(call) = self.calls.get_mut(&id) else { return false };
        let lane = (id, call.lane);
        let Some(taping) = call.recorded.taping.as_mut().filter(|taping| taping.leaving.is_none()) else {
            return false;
        };
        if taping.paused_since.is_some() == pause {
            return false;
        }
        let Some(leg) = taping.legs.iter().copied().find(|leg| call.legs.contains_key(leg)) else { return false };
        if pause {
            taping.pause(now)
        } else {
            taping.resume(now)
        }
        let told = taping.told(now);
        outside.order(lane, leg, What::PauseRecording(pause));
        outside.fact(Some(self.id()), told);
        true
    }

    /// Tells once that it is not recorded.
    fn not_recorded(&mut self, outside: &mut Outside, id: CallId, why: Reason) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if !std::mem::replace(&mut call.recorded.is_told, true) {
            call.history.note(outside.now, "media", "", "", why);
        }
    }

    fn begin_recording(&mut self, outside: &mut Outside, id: CallId, rule: Option<&str>) {
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
            place: RecordingPlace::Server,
            pauses: Vec::new(),
        };
        match rule {
            Some(rule) => call.history.note(now, "media", rule, "", Reason::CallRecorded),
            None => {
                let wanting = call.recorded.wanted_by.and_then(|leg| call.legs.get(&leg));
                let number = wanting.map(|leg| leg.number.clone()).unwrap_or_default();
                call.history.note(now, "media", "", &number, Reason::RecordedOnDemand);
            }
        }
        call.recorded.taping = Some(Taping {
            id: recording_id,
            file: SoundFile { tenant, id: sound_id },
            since: now,
            by_rule: rule.is_some(),
            legs: BTreeSet::new(),
            extension_ids: ends.into_iter().flatten().collect(),
            paused_since: None,
            paused: Duration::ZERO,
            pauses: Vec::new(),
            leaving: None,
        });
        outside.fact(Some(tenant), Fact::RecordingBegun { recording });
    }

    /// The call is over and its media gone, so that nothing more comes to the recording.
    pub(super) fn end_recording(&self, outside: &mut Outside, call: &mut Call) {
        let tenant = self.id();
        let Some(taping) = call.recorded.taping.take() else { return };
        let ended_at = call.history.record.ended_at.unwrap_or(outside.now);
        outside.fact(Some(tenant), taping.ended(ended_at));
    }
}
