//! Recording on demand: by keys that are typed in a call, and by a button of the browser's phone (REC-01). Who may is the rules' to say; what
//! becomes of it is `record`'s.

use std::time::Duration;

use media::LegId;
use shared::reason::Reason;
use shared::recording_rule::{CODE_KEYS_MAX, OwnCallRecording, RecordAction, RecordingRules, RecordingState};
use shared::{CallId, ExtensionId};

use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::stage::{Event, info};

/// Keys that are further apart belong to no code.
const KEY_TIME_MAX: Duration = Duration::from_secs(3);

impl Pbx {
    /// A key was pressed in a call, or an INFO says so: whoever is at the other end hears it as before.
    pub(super) fn hear_key(&mut self, outside: &mut Outside, id: CallId, event: &Event) {
        let (leg, key) = match event {
            Event::Digit(leg, key) => (*leg, *key),
            Event::Info(leg, _, kind, body) => match info::read(kind, body) {
                info::Info::Digit(key) => (*leg, key),
                info::Info::Empty | info::Info::Unknown => return,
            },
            _ => return,
        };
        let rules = &self.directory.plan.recording_rules;
        let Some(call) = self.calls.get_mut(&id) else { return };
        let talks = call.pair().is_some_and(|(caller, callee)| leg == caller || leg == callee);
        let is_person = call.legs.get(&leg).is_some_and(|leg| leg.extension.is_some());
        if !talks || !is_person {
            call.recorded.typed.remove(&leg);
            return;
        }
        let (last, typed) = call.recorded.typed.entry(leg).or_insert_with(|| (outside.now, String::new()));
        if outside.now.since(*last) > KEY_TIME_MAX {
            typed.clear();
        }
        *last = outside.now;
        if typed.len() >= CODE_KEYS_MAX {
            typed.remove(0);
        }
        typed.push(key);
        let Some(code) = code(rules, typed) else { return };
        typed.clear();
        let state = call.recorded.state();
        let action = match (code, state) {
            (Code::Toggle, RecordingState::Off) => RecordAction::Start,
            (Code::Toggle, RecordingState::On | RecordingState::Paused) => RecordAction::Stop,
            (Code::Pause, RecordingState::On) => RecordAction::Pause,
            (Code::Pause, RecordingState::Paused) => RecordAction::Resume,
            (Code::Pause, RecordingState::Off) => return,
        };
        // Why it was refused stands in the trace; a telephone has no ear for it.
        let _ = self.act_on_recording(outside, id, leg, action);
    }

    /// What an extension wants of the recording of its call, by the Call-ID of its phone. None where there is no such call; a sentence where
    /// it cannot be.
    pub fn record_call(
        &mut self,
        outside: &mut Outside,
        own: ExtensionId,
        sip_call_id: &str,
        action: RecordAction,
    ) -> Option<Result<OwnCallRecording, String>> {
        let (id, leg) = self.calls.values().filter(|call| !call.is_over()).find_map(|call| {
            let legs = call.legs.values().filter(|leg| leg.extension == Some(own));
            let named = legs.filter_map(|leg| Some((leg.id, outside.stack.dialog_names(leg.dialog?)?.0)));
            let mut named = named.filter(|(_, known)| *known == sip_call_id);
            named.next().map(|(leg, _)| (call.id, leg))
        })?;
        let is_allowed = self.may_record(own);
        if action != RecordAction::Look
            && let Err(refusal) = self.act_on_recording(outside, id, leg, action)
        {
            return Some(Err(refusal));
        }
        let recorded = &self.calls.get(&id)?.recorded;
        Some(Ok(OwnCallRecording { state: recorded.state(), by_rule: recorded.is_by_rule(), is_allowed }))
    }

    fn may_record(&self, own: ExtensionId) -> bool {
        let known = self.directory.extension(own);
        let groups = known.map(|known| known.groups.as_slice()).unwrap_or_default();
        groups.iter().any(|group| self.directory.plan.recording_rules.on_demand.contains(group))
    }

    fn act_on_recording(
        &mut self,
        outside: &mut Outside,
        id: CallId,
        leg: LegId,
        action: RecordAction,
    ) -> Result<(), String> {
        let refused = |words: &str| Err(words.to_owned());
        let Some(call) = self.calls.get(&id) else { return refused("The call is over.") };
        let known = call.legs.get(&leg);
        let number = known.map(|leg| leg.number.clone()).unwrap_or_default();
        let (talks, state, by_rule) = (call.pair().is_some(), call.recorded.state(), call.recorded.is_by_rule());
        let is_ending = call.recorded.is_ending();
        if !known.and_then(|leg| leg.extension).is_some_and(|own| self.may_record(own)) {
            self.note_recording(outside, id, &number, Reason::RecordingRefused);
            return refused("You may not have calls recorded. Your company's administrator can allow it.");
        }
        match (action, state) {
            (RecordAction::Start, RecordingState::Off) if !talks || is_ending => {
                refused("There is nothing to record just now. Try again when you talk.")
            }
            (RecordAction::Start, RecordingState::Off) => match self.demand_recording(outside, id, leg) {
                true => Ok(()),
                false => refused("The company's room for recordings is used up."),
            },
            (RecordAction::Stop, RecordingState::On | RecordingState::Paused) if by_rule => {
                self.note_recording(outside, id, &number, Reason::RecordingKept);
                refused("Your company wants this call recorded. You may pause it.")
            }
            (RecordAction::Stop, RecordingState::On | RecordingState::Paused) => {
                self.note_recording(outside, id, &number, Reason::RecordingStopped);
                self.stop_recording(outside, id);
                Ok(())
            }
            (RecordAction::Pause, RecordingState::On) => {
                if self.pause_recording(outside, id, true) {
                    self.note_recording(outside, id, &number, Reason::RecordingPaused);
                    self.tell(outside, id);
                }
                Ok(())
            }
            (RecordAction::Resume, RecordingState::Paused) => {
                if self.pause_recording(outside, id, false) {
                    self.note_recording(outside, id, &number, Reason::RecordingResumed);
                    self.tell(outside, id);
                }
                Ok(())
            }
            // It is so already.
            _ => Ok(()),
        }
    }

    fn note_recording(&mut self, outside: &Outside, id: CallId, number: &str, reason: Reason) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.history.note(outside.now, "media", "", number, reason);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Toggle,
    Pause,
}

/// The code that was just typed to its end.
fn code(rules: &RecordingRules, typed: &str) -> Option<Code> {
    let codes = [(Code::Toggle, &rules.toggle_code), (Code::Pause, &rules.pause_code)];
    codes.into_iter().find(|(_, code)| !code.is_empty() && typed.ends_with(code.as_str())).map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: REC-01
    #[test]
    fn rec_01_a_code_is_what_was_typed_last() {
        let rules = RecordingRules::default();
        for (typed, expected) in [
            ("*1", Some(Code::Toggle)),
            ("9*2", Some(Code::Pause)),
            ("*", None),
            ("*12", None),
            ("1*", None),
            ("", None),
        ] {
            assert_eq!(code(&rules, typed), expected, "{typed}");
        }
        let none = RecordingRules { toggle_code: String::new(), ..rules };
        assert_eq!(code(&none, "5"), None);
    }
}
