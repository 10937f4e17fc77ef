//! Somebody is told something, and that is all: that it is ready for calls of queues, or not.

use bytes::Bytes;
use media::LegId;
use shared::language::Language;
use shared::reason::Reason;
use shared::{ExtensionId, QueueId};
use speech::{Phrase, phrase};

use crate::controls::{Command, Controls};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::queue::QueueAct;
use crate::stage::{Ending, Event, Next};

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

/// Somebody who is told.
#[derive(Debug)]
pub struct Tell {
    alone: Alone,
    code: AgentCode,
}

impl Tell {
    /// Of a caller with its offer.
    pub const fn new(leg: LegId, offer: Bytes, code: AgentCode) -> Self {
        Self { alone: Alone::new(leg, offer), code }
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
                let AgentCode { extension, is_ready, queue, is_member, language, .. } = self.code;
                if is_member {
                    controls.commands.push(Command::Queue(QueueAct::Ready { extension, is_ready, queue }));
                }
                self.alone.say(clips(language, [self.words().0]), controls);
                Next::Stay
            }
            Heard::Said => Next::End(Ending::new(self.words().1, self.code.number.as_str(), 0)),
            _ => Next::Stay,
        }
    }

    const fn words(&self) -> (Phrase, Reason) {
        match (self.code.is_member, self.code.is_ready) {
            (false, _) => (phrase::AGENT_NOT_MEMBER, Reason::AgentUnknown),
            (true, true) => (phrase::AGENT_READY, Reason::AgentSetReady),
            (true, false) => (phrase::AGENT_NOT_READY, Reason::AgentSetNotReady),
        }
    }
}
