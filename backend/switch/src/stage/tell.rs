//! Somebody is told something, and that is all: that it is ready for calls of queues, or not, or what its status is from
//! now on (EXT-21).

use std::time::Duration;

use bytes::Bytes;
use media::{Clip, LegId, Tone};
use shared::language::Language;
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::{ExtensionId, QueueId};
use speech::{Phrase, phrase};

use crate::controls::{Command, Controls};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::queue::QueueAct;
use crate::stage::{Ending, Event, Next};

/// Between two tones.
const PAUSE: Duration = Duration::from_millis(200);

/// What somebody has dialled of queues.
#[derive(Clone, Debug)]
pub struct AgentCode {
    /// Who.
    pub extension: ExtensionId,
    /// Its number.
    pub number: String,
    /// Is it to be ready?
    pub is_ready: bool,
    /// In which queue; none for all of its own.
    pub queue: Option<QueueId>,
    /// Is it a member there at all?
    pub is_member: bool,
    /// In which language it is told.
    pub language: Language,
}

/// What somebody has dialled of its own status.
#[derive(Clone, Debug)]
pub struct StatusCode {
    /// Who.
    pub extension: ExtensionId,
    /// Its number.
    pub number: String,
    /// To what it is set.
    pub status: PresenceStatus,
}

/// What somebody is told.
#[derive(Clone, Debug)]
pub enum News {
    /// How ready it is.
    Agent(AgentCode),
    /// What its status is.
    Status(StatusCode),
}

/// Somebody who is told.
#[derive(Debug)]
pub struct Tell {
    alone: Alone,
    news: News,
}

impl Tell {
    /// Of a caller with its offer.
    pub const fn new(leg: LegId, offer: Bytes, news: News) -> Self {
        Self { alone: Alone::new(leg, offer), news }
    }

    /// Answers.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.enter(controls);
        self.heard(heard, controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.handle(event, controls);
        self.heard(heard, controls)
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match heard {
            Heard::Over(ending) => Next::End(ending),
            Heard::Up => {
                let said = match &self.news {
                    News::Agent(code) => {
                        let AgentCode { extension, is_ready, queue, is_member, language, .. } = *code;
                        if is_member {
                            controls.commands.push(Command::Queue(QueueAct::Ready { extension, is_ready, queue }));
                        }
                        clips(language, [code.words().0])
                    }
                    News::Status(code) => {
                        controls.commands.push(Command::SetStatus(code.extension, code.status));
                        tones(code.status)
                    }
                };
                self.alone.say(said, controls);
                Next::Stay
            }
            Heard::Said => Next::End(match &self.news {
                News::Agent(code) => Ending::new(code.words().1, code.number.as_str(), 0),
                News::Status(code) => {
                    let rule = code.status.word().to_owned();
                    Ending { rule, ..Ending::new(Reason::StatusSet, code.number.as_str(), 0) }
                }
            }),
            _ => Next::Stay,
        }
    }
}

impl AgentCode {
    const fn words(&self) -> (Phrase, Reason) {
        match (self.is_member, self.is_ready) {
            (false, _) => (phrase::AGENT_NOT_MEMBER, Reason::AgentUnknown),
            (true, true) => (phrase::AGENT_READY, Reason::AgentSetReady),
            (true, false) => (phrase::AGENT_NOT_READY, Reason::AgentSetNotReady),
        }
    }
}

/// A status is confirmed by tones, which need no language: one for available, two for away, three for do not disturb, like its digit.
fn tones(status: PresenceStatus) -> Vec<Clip> {
    let count = match status {
        PresenceStatus::Available => 1,
        PresenceStatus::Away => 2,
        PresenceStatus::DoNotDisturb => 3,
    };
    let tone = || [Clip::Tone(Tone::Beep), Clip::Silence(PAUSE)];
    std::iter::repeat_with(tone).take(count).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::Hosted;
    use crate::stage::testing::{A, Scene};

    // covers: EXT-21
    #[test]
    fn ext_21_a_status_is_set_when_the_call_is_answered_and_confirmed_by_as_many_tones_as_its_digit() {
        for (status, said) in [
            (PresenceStatus::Available, "1 Say Beep …"),
            (PresenceStatus::Away, "1 Say Beep … Beep …"),
            (PresenceStatus::DoNotDisturb, "1 Say Beep … Beep … Beep …"),
        ] {
            let mut scene = Scene::new();
            let code = StatusCode { extension: ExtensionId(101), number: "101".into(), status };
            let before = scene.enter(Hosted::Status(code).stage(A, "offer".into()));
            assert!(!before.iter().any(|word| word.starts_with("SetStatus")), "{before:?}");
            let words = scene.after(Event::MediaAnswer(A, "answer".into()));
            assert_eq!(words[words.len() - 2..], [format!("SetStatus 101 {status:?}"), said.to_owned()]);
            assert_eq!(scene.after(Event::Said(A, 1)), ["End status_set 0"]);
        }
    }
}
