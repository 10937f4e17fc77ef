//! What will become a call's record, and the trace of decisions that explains it.

use std::collections::BTreeMap;
use std::time::Duration;

use media::LegId;
use shared::Moment;
use shared::call_record::{CallRecord, CallStatus, LegQuality, PARKED};
use shared::fact::Fact;
use shared::reason::{Reason, TraceStep};

use crate::leg::Side;

/// The most steps of one trace; the last place is kept for the end.
pub const TRACE_STEPS_MAX: usize = 64;
/// How often a running call's figures are told.
const FIGURES_EVERY: Duration = Duration::from_secs(30);
/// The most steps about a side that is quiet, or is heard again: a bad network must not fill the trace.
const QUIET_NOTES_MAX: usize = 16;
/// Below this talk time silence says nothing.
const HEARD_AFTER_SECONDS: u64 = 2;
/// From here on loss is noted, in hundredths of a per cent; …
const LOSS_NOTED: u64 = 300;
/// … of a call with so few packets it says nothing.
const PACKETS_LOST_MIN: u64 = 10;
/// From here on jitter is noted, in microseconds.
const JITTER_NOTED: u64 = 50_000;
/// The longest value in a step.
pub const VALUE_CHARACTERS_MAX: usize = 160;

/// A record and its trace in the making.
#[derive(Clone, Debug)]
pub struct History {
    /// The record as it stands.
    pub record: CallRecord,
    trace: Vec<TraceStep>,
    /// The figures of legs that are gone, by side.
    closed: Vec<LegQuality>,
    /// The latest figures of those that are there.
    measured: BTreeMap<LegId, LegQuality>,
    /// How often a side was noted to be quiet.
    quiet_noted: usize,
    told_at: Option<Moment>,
}

impl History {
    /// Of a call that has just come in, with the steps taken so far.
    pub fn open(record: CallRecord, trace: Vec<TraceStep>) -> Self {
        Self { record, trace, closed: Vec::new(), measured: BTreeMap::new(), quiet_noted: 0, told_at: None }
    }

    /// The decisions so far, oldest first; at most [`TRACE_STEPS_MAX`].
    pub fn trace(&self) -> Vec<TraceStep> {
        self.trace.clone()
    }

    /// Notes a decision, unless the trace is full.
    pub fn note(&mut self, at: Moment, name: &str, rule: &str, value: &str, code: Reason) {
        if self.trace.len() + 1 < TRACE_STEPS_MAX {
            self.trace.push(step(at, name, rule, value, code));
        }
    }

    /// A device rings.
    pub fn rang(&mut self, now: Moment) {
        self.record.rang_at.get_or_insert(now);
    }

    /// Somebody answered, on this contact.
    pub fn answered(&mut self, now: Moment, contact: &str) {
        self.record.rang_at.get_or_insert(now);
        self.record.answered_at = Some(now);
        self.record.status = CallStatus::Talking;
        self.record.final_destination = contact.to_owned();
    }

    /// Somebody on this contact has come in the place of one of the two.
    pub fn moved(&mut self, contact: &str) {
        if !contact.is_empty() {
            self.record.final_destination = contact.to_owned();
        }
    }

    /// It waits in this slot.
    pub fn parked(&mut self, slot: &str) {
        self.record.final_destination = format!("{PARKED}{slot}");
    }

    /// It is over. `status` is the SIP status with which it failed, if it was never answered.
    pub fn ended(&mut self, now: Moment, rule: &str, value: &str, reason: Reason, status: u16) {
        let record = &mut self.record;
        record.ended_at = Some(now);
        record.ended_reason = Some(reason);
        record.status = match reason {
            _ if record.answered_at.is_some() => CallStatus::Answered,
            Reason::NoAnswer | Reason::CallerGaveUp => CallStatus::NoAnswer,
            _ => CallStatus::Failed,
        };
        record.fail_code = if record.answered_at.is_some() { 0 } else { status };
        self.trace.push(step(now, "end", rule, value, reason));
    }

    /// A leg's figures so far. True when it is time to tell those who watch.
    pub fn leg_measured(&mut self, now: Moment, leg: LegId, side: Side, quality: LegQuality) -> bool {
        let silent_since = self.measured.get(&leg).and_then(|known| known.silent_since);
        self.measured.insert(leg, LegQuality { side: side.word().to_owned(), silent_since, ..quality });
        self.add_legs_up();
        let due = self.told_at.is_none_or(|at| now.since(at) >= FIGURES_EVERY);
        if due {
            self.told_at = Some(now);
        }
        due
    }

    /// Nothing is heard from a leg since then, perhaps for a known reason, or it is heard again.
    pub fn leg_quiet(
        &mut self,
        now: Moment,
        (leg, side): (LegId, Side),
        number: &str,
        quiet: Option<(Moment, Option<Reason>)>,
    ) {
        let since = quiet.map(|(since, _)| since);
        let known = self
            .measured
            .entry(leg)
            .or_insert_with(|| LegQuality { side: side.word().to_owned(), ..LegQuality::default() });
        let was_told = since.is_some() && known.silent_since == since;
        known.silent_since = since;
        known.heard |= since.is_none();
        self.add_legs_up();
        if self.quiet_noted < QUIET_NOTES_MAX {
            self.quiet_noted += 1;
            if let Some((_, Some(why))) = quiet {
                self.note(now, "media", "", number, why);
            }
            // The same quiet is told again when its reason has become known.
            if !was_told {
                let code = if since.is_none() { Reason::SoundIsBack } else { no_audio_from(side) };
                self.note(now, "media", "", number, code);
            }
        }
    }

    /// A leg is gone; one that took another's place adds to it.
    pub fn leg_closed(&mut self, leg: LegId, side: Side, quality: LegQuality) {
        self.measured.remove(&leg);
        add_up(&mut self.closed, LegQuality { side: side.word().to_owned(), ..quality });
        self.add_legs_up();
    }

    fn add_legs_up(&mut self) {
        let mut legs = self.closed.clone();
        for quality in self.measured.values() {
            add_up(&mut legs, quality.clone());
        }
        self.record.legs = legs;
    }

    /// The closed record with its trace.
    pub fn close(mut self) -> Fact {
        for leg in &mut self.record.legs {
            leg.silent_since = None;
        }
        if self.record.answered_at.is_some() && self.record.talk_seconds() >= HEARD_AFTER_SECONDS {
            let at = self.record.ended_at.unwrap_or(self.record.started_at);
            let silent = |side: Side| self.record.legs.iter().any(|leg| leg.side == side.word() && !leg.heard);
            let end = self.trace.pop();
            for side in [Side::Caller, Side::Callee] {
                let code = no_audio_from(side);
                let noted = self.trace.iter().any(|step| step.code == code);
                if silent(side) && !noted && self.trace.len() + 1 < TRACE_STEPS_MAX {
                    self.trace.push(step(at, "media", "", "", code));
                }
            }
            for leg in &self.record.legs {
                for (code, value) in flaws(leg) {
                    if self.trace.len() + 1 < TRACE_STEPS_MAX {
                        self.trace.push(step(at, "media", "", &value, code));
                    }
                }
            }
            self.trace.extend(end);
        }
        Fact::CallEnded { record: self.record, trace: self.trace }
    }
}

/// To the figures of the same side, the caller's first.
fn add_up(legs: &mut Vec<LegQuality>, quality: LegQuality) {
    match legs.iter_mut().find(|known| known.side == quality.side) {
        Some(known) => known.add(quality),
        None => {
            legs.push(quality);
            legs.sort_by_key(|leg| leg.side != Side::Caller.word());
        }
    }
}

/// What was bad about the sound of an end, above the limits that people notice.
fn flaws(leg: &LegQuality) -> Vec<(Reason, String)> {
    let caller = leg.side == Side::Caller.word();
    let mut flaws = Vec::new();
    let loss = leg.loss_per_ten_thousand();
    if loss >= LOSS_NOTED && leg.packets_lost >= PACKETS_LOST_MIN {
        let code = if caller { Reason::LossFromCaller } else { Reason::LossFromCallee };
        flaws.push((code, format!("{}.{:02}", loss / 100, loss % 100)));
    }
    if leg.jitter_micros >= JITTER_NOTED {
        let code = if caller { Reason::JitterFromCaller } else { Reason::JitterFromCallee };
        flaws.push((code, (leg.jitter_micros / 1_000).to_string()));
    }
    flaws
}

const fn no_audio_from(side: Side) -> Reason {
    match side {
        Side::Caller => Reason::NoAudioFromCaller,
        Side::Callee => Reason::NoAudioFromCallee,
    }
}

/// A step with its value cut to what a page can show.
pub fn step(at: Moment, name: &str, rule: &str, value: &str, code: Reason) -> TraceStep {
    TraceStep { at, step: name.to_owned(), rule: clean(rule), value: clean(value), code }
}

/// Without control characters, and not longer than [`VALUE_CHARACTERS_MAX`].
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(VALUE_CHARACTERS_MAX).collect()
}

#[cfg(test)]
pub mod tests {
    use shared::{CallId, TenantId};

    use super::*;

    pub fn record(now: Moment) -> CallRecord {
        CallRecord {
            caller: "101".into(),
            caller_name: "Alice".into(),
            callee: "102".into(),
            ..CallRecord::open(CallId(1), TenantId(1), now)
        }
    }

    fn closed(history: History) -> (CallRecord, Vec<TraceStep>) {
        match history.close() {
            Fact::CallEnded { record, trace } => (record, trace),
            other => panic!("{other:?}"),
        }
    }

    // covers: CDR-04
    #[test]
    fn cdr_04_a_status_follows_from_answer_and_reason() {
        let now = Moment::from_seconds(1_000);
        let ended = |answered: bool, reason, status| {
            let mut history = History::open(record(now), Vec::new());
            if answered {
                history.answered(now, "sip:102@a");
            }
            history.ended(now, "", "", reason, status);
            let (record, _) = closed(history);
            (record.status, record.fail_code)
        };
        assert_eq!(ended(true, Reason::CallerHungUp, 0), (CallStatus::Answered, 0));
        assert_eq!(ended(false, Reason::NoAnswer, 480), (CallStatus::NoAnswer, 480));
        assert_eq!(ended(false, Reason::CallerGaveUp, 487), (CallStatus::NoAnswer, 487));
        assert_eq!(ended(false, Reason::DeviceBusy, 486), (CallStatus::Failed, 486));
    }

    #[test]
    fn a_trace_is_bounded_and_always_holds_its_end() {
        let now = Moment::from_seconds(1_000);
        let mut history = History::open(record(now), Vec::new());
        for _ in 0..1_000 {
            history.note(now, "ring", "", "x\r\ny", Reason::RingingDevice);
        }
        history.ended(now, "", "60", Reason::NoAnswer, 480);
        let (_, trace) = closed(history);
        assert_eq!(trace.len(), TRACE_STEPS_MAX);
        assert_eq!(trace.last().unwrap().code, Reason::NoAnswer);
        assert_eq!(trace[0].value, "xy");
    }

    #[test]
    fn a_silent_side_is_named_before_the_end_and_legs_stand_callers_first() {
        let now = Moment::from_seconds(1_000);
        let mut history = History::open(record(now), Vec::new());
        history.answered(now, "sip:102@a");
        let later = Moment::from_seconds(1_010);
        history.ended(later, "", "", Reason::CallerHungUp, 0);
        let quality = |heard, packets_received| LegQuality { heard, packets_received, ..LegQuality::default() };
        history.leg_closed(LegId(2), Side::Callee, quality(false, 0));
        history.leg_closed(LegId(1), Side::Caller, quality(false, 3));
        history.leg_closed(LegId(3), Side::Caller, quality(true, 4));
        let (record, trace) = closed(history);
        assert_eq!(record.legs.iter().map(|leg| leg.side.as_str()).collect::<Vec<_>>(), ["caller", "callee"]);
        assert_eq!(record.legs[0].packets_received, 7);
        let codes: Vec<_> = trace.iter().map(|step| step.code).collect();
        assert_eq!(codes, [Reason::NoAudioFromCallee, Reason::CallerHungUp]);
    }

    #[test]
    fn figures_of_a_running_call_are_the_latest_and_told_twice_a_minute() {
        let now = Moment::from_seconds(1_000);
        let mut history = History::open(record(now), Vec::new());
        history.answered(now, "sip:102@a");
        let quality = |packets_received| LegQuality { heard: true, packets_received, ..LegQuality::default() };
        let mut told = Vec::new();
        for n in 0..14u64 {
            let at = now + Duration::from_secs(5 * n);
            if history.leg_measured(at, LegId(1), Side::Caller, quality(250 * n)) {
                told.push(5 * n);
            }
        }
        assert_eq!(told, [0, 30, 60]);
        assert_eq!(history.record.legs[0].packets_received, 250 * 13);
        history.leg_closed(LegId(1), Side::Caller, quality(4_000));
        history.leg_measured(now, LegId(9), Side::Caller, quality(10));
        assert_eq!(history.record.legs.len(), 1);
        assert_eq!(history.record.legs[0].packets_received, 4_010, "a leg that took its place adds to it");
    }

    #[test]
    fn a_side_that_is_quiet_is_noted_while_it_is_and_the_trace_is_not_filled_with_it() {
        let now = Moment::from_seconds(1_000);
        let mut history = History::open(record(now), Vec::new());
        history.answered(now, "sip:102@a");
        history.leg_quiet(now, (LegId(2), Side::Callee), "102", Some((now, None)));
        assert_eq!(history.record.legs[0].silent_since, Some(now));
        history.leg_measured(now, LegId(2), Side::Callee, LegQuality { heard: true, ..LegQuality::default() });
        assert_eq!(history.record.legs[0].silent_since, Some(now), "figures do not end it");
        history.leg_quiet(now, (LegId(2), Side::Callee), "102", None);
        assert_eq!(history.record.legs[0].silent_since, None);
        for _ in 0..100 {
            history.leg_quiet(now, (LegId(2), Side::Callee), "102", Some((now, None)));
            history.leg_quiet(now, (LegId(2), Side::Callee), "102", None);
        }
        history.leg_quiet(now, (LegId(2), Side::Callee), "102", Some((now, None)));
        history.ended(now + Duration::from_secs(60), "", "", Reason::CallerHungUp, 0);
        let (record, trace) = closed(history);
        let codes: Vec<_> = trace.iter().map(|step| step.code).collect();
        assert_eq!(codes[..2], [Reason::NoAudioFromCallee, Reason::SoundIsBack]);
        assert_eq!(codes.len(), QUIET_NOTES_MAX + 1);
        assert_eq!(record.legs[0].silent_since, None, "an ended call is not quiet now");
    }

    #[test]
    fn what_stands_in_the_way_of_a_side_is_noted_when_it_is_known_and_the_quiet_once() {
        let now = Moment::from_seconds(1_000);
        let mut history = History::open(record(now), Vec::new());
        history.answered(now, "sip:102@a");
        let side = (LegId(2), Side::Callee);
        history.leg_quiet(now, side, "102", Some((now, Some(Reason::DtlsNotAgreed))));
        history.leg_quiet(now, side, "102", None);
        let later = now + Duration::from_secs(9);
        history.leg_quiet(later, side, "102", Some((later, None)));
        history.leg_quiet(later, side, "102", Some((later, Some(Reason::IceConsentLost))));
        history.ended(later, "", "", Reason::CallerHungUp, 0);
        let codes: Vec<_> = closed(history).1.iter().map(|step| step.code).collect();
        use Reason::{CallerHungUp, DtlsNotAgreed, IceConsentLost, NoAudioFromCallee, SoundIsBack};
        assert_eq!(
            codes,
            [DtlsNotAgreed, NoAudioFromCallee, SoundIsBack, NoAudioFromCallee, IceConsentLost, CallerHungUp]
        );
    }
}
