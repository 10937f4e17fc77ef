//! What will become a call's record, and the trace of decisions that explains it.

use shared::Moment;
use shared::call_record::{CallRecord, CallStatus, LegQuality};
use shared::fact::Fact;
use shared::reason::{Reason, TraceStep};

use crate::leg::Side;

/// The most steps of one trace; the last place is kept for the end.
pub const TRACE_STEPS_MAX: usize = 64;
/// Below this talk time silence says nothing.
const HEARD_AFTER_SECONDS: u64 = 2;
/// The longest value in a step.
pub const VALUE_CHARACTERS_MAX: usize = 160;

/// A record and its trace in the making.
#[derive(Clone, Debug)]
pub struct History {
    /// The record as it stands.
    pub record: CallRecord,
    trace: Vec<TraceStep>,
}

impl History {
    /// Of a call that has just come in, with the steps taken so far.
    pub fn open(record: CallRecord, trace: Vec<TraceStep>) -> Self {
        Self { record, trace }
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

    /// A leg is gone; one that took another's place adds to it.
    pub fn leg_closed(&mut self, side: Side, quality: LegQuality) {
        let legs = &mut self.record.legs;
        if let Some(known) = legs.iter_mut().find(|known| known.side == side.word()) {
            known.codec = quality.codec;
            known.packets_received += quality.packets_received;
            known.packets_sent += quality.packets_sent;
            known.packets_lost += quality.packets_lost;
            known.jitter_micros = known.jitter_micros.max(quality.jitter_micros);
            known.heard |= quality.heard;
            return;
        }
        legs.push(LegQuality { side: side.word().to_owned(), ..quality });
        legs.sort_by_key(|leg| leg.side != Side::Caller.word());
    }

    /// The closed record with its trace.
    pub fn close(mut self) -> Fact {
        if self.record.answered_at.is_some() && self.record.talk_seconds() >= HEARD_AFTER_SECONDS {
            let at = self.record.ended_at.unwrap_or(self.record.started_at);
            let silent = |side: Side| self.record.legs.iter().any(|leg| leg.side == side.word() && !leg.heard);
            let end = self.trace.pop();
            for (side, code) in [(Side::Caller, Reason::NoAudioFromCaller), (Side::Callee, Reason::NoAudioFromCallee)] {
                if silent(side) && self.trace.len() + 1 < TRACE_STEPS_MAX {
                    self.trace.push(step(at, "media", "", "", code));
                }
            }
            self.trace.extend(end);
        }
        Fact::CallEnded { record: self.record, trace: self.trace }
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
    use shared::call_record::CallDirection;
    use shared::{CallId, TenantId};

    use super::*;

    pub fn record(now: Moment) -> CallRecord {
        CallRecord {
            id: CallId(1),
            tenant_id: TenantId(1),
            sip_call_id: "a".into(),
            caller: "101".into(),
            caller_name: "Alice".into(),
            caller_extension_id: None,
            callee: "102".into(),
            callee_extension_id: None,
            direction: CallDirection::Ext,
            status: CallStatus::Ringing,
            started_at: now,
            rang_at: None,
            answered_at: None,
            ended_at: None,
            ended_reason: None,
            fail_code: 0,
            final_destination: String::new(),
            did_cid: String::new(),
            outbound_caller_id: String::new(),
            cost: None,
            legs: Vec::new(),
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
        history.leg_closed(Side::Callee, quality(false, 0));
        history.leg_closed(Side::Caller, quality(false, 3));
        history.leg_closed(Side::Caller, quality(true, 4));
        let (record, trace) = closed(history);
        assert_eq!(record.legs.iter().map(|leg| leg.side.as_str()).collect::<Vec<_>>(), ["caller", "callee"]);
        assert_eq!(record.legs[0].packets_received, 7);
        let codes: Vec<_> = trace.iter().map(|step| step.code).collect();
        assert_eq!(codes, [Reason::NoAudioFromCallee, Reason::CallerHungUp]);
    }
}
