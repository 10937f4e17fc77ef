//! Somebody of a queue is called back: a member is rung first, hears what it is about, and then the caller is called.

use std::sync::Arc;

use bytes::Bytes;
use media::LegId;
use shared::ExtensionId;
use shared::queue::Queue;
use shared::queue_call::QueueOutcome;
use shared::reason::Reason;
use speech::phrase;

use crate::controls::{Command, Controls};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::lead::{Aim, Lead, Led};
use crate::stage::queue::{QueueAct, rung_by};
use crate::stage::{Ending, Event, Next, Stage, ring};

/// What it is doing.
#[derive(Debug)]
enum Doing {
    /// Members ring.
    Ringing(Box<Fork>),
    /// A member hears what it is about.
    Telling,
    /// The caller is called.
    Calling(Box<Lead>),
    /// The member hears that it was in vain.
    Leaving(Option<Ending>),
}

/// A callback.
#[derive(Debug)]
pub struct Callback {
    queue: Arc<Queue>,
    /// Whom it is for.
    number: String,
    doing: Doing,
    /// The member's leg, once one has answered.
    alone: Alone,
    /// Who rings, as the queue was told last.
    rung: Vec<ExtensionId>,
}

impl Callback {
    /// To this number.
    pub fn new(queue: Arc<Queue>, number: String, rung: Vec<ExtensionId>, rings: Rings) -> Self {
        let fork = Box::new(Fork::new(None, false, rings));
        let nobody = Alone::new(LegId(0), Bytes::new());
        Self { queue, number, doing: Doing::Ringing(fork), alone: nobody, rung }
    }

    /// Begins.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        let Doing::Ringing(fork) = &mut self.doing else { return Next::Stay };
        let turn = fork.start(controls);
        self.turn(turn, controls)
    }

    /// May somebody else answer what rings? A callback is for members.
    pub fn is_open(&self) -> bool {
        matches!(&self.doing, Doing::Calling(lead) if lead.is_open())
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match (&mut self.doing, event) {
            (Doing::Ringing(_), event) => self.ringing(event, controls),
            (Doing::Calling(lead), event) => match lead.handle(event, controls) {
                Led::Nothing => Next::Stay,
                Led::Goes(stage) => self.goes(stage, controls),
                Led::Failed(ending) => self.fail(&ending, controls),
                Led::Over(ending) => self.over(ending, controls),
                Led::Other(event) => self.of_member(event, controls),
            },
            (_, event) => self.of_member(event, controls),
        }
    }

    fn ringing(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let Doing::Ringing(fork) = &mut self.doing else { return Next::Stay };
        let Some(event) = ring::beside(event, controls) else { return Next::Stay };
        match event {
            Event::HangUp => Next::End(Ending::new(Reason::HungUpByAdmin, "", 480)),
            Event::TenantRemoved => Next::End(Ending::new(Reason::TenantSuspended, "", 480)),
            Event::Queue(_) | Event::Silent(_) => Next::Stay,
            Event::PickedUp(leg, _) => {
                controls.end(leg, 404, Reason::NothingRings);
                Next::Stay
            }
            Event::Redirected(leg, status, groups) => {
                groups.into_iter().flatten().for_each(|unused| controls.gone(unused));
                let turn = fork.handle(Event::Failed(leg, status), controls);
                self.turned(turn, controls)
            }
            event => {
                let turn = fork.handle(event, controls);
                self.turned(turn, controls)
            }
        }
    }

    fn turned(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        let next = self.turn(turn, controls);
        self.report(controls);
        next
    }

    fn report(&mut self, controls: &mut Controls<'_>) {
        let Doing::Ringing(fork) = &self.doing else { return };
        let rings = rung_by(fork, controls);
        if rings != self.rung && !rings.is_empty() {
            self.rung.clone_from(&rings);
            controls.commands.push(Command::Queue(QueueAct::Rings(rings)));
        }
    }

    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing | Turn::Rings | Turn::Early(_) | Turn::Goes(_) => Next::Stay,
            // It is somebody else's turn, in another call.
            Turn::Failed(ending) => Next::End(ending),
            Turn::Won(leg) => {
                let (number, extension) = (controls.number(leg), controls.extension(leg));
                controls.history.record.caller.clone_from(&number);
                controls.history.record.caller_extension_id = extension;
                controls.history.note(controls.now, "queue", self.name(), &number, Reason::CallbackTaken);
                controls.commands.push(Command::Queue(QueueAct::Rings(extension.into_iter().collect())));
                self.doing = Doing::Telling;
                self.alone = Alone::new(leg, Bytes::new());
                let heard = self.alone.enter(controls);
                self.heard(heard, controls)
            }
        }
    }

    fn of_member(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.handle(event, controls);
        self.heard(heard, controls)
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match (heard, &mut self.doing) {
            (Heard::Over(ending), _) => self.over(ending, controls),
            (Heard::Up, _) => {
                self.alone.say(clips(self.queue.settings.language, [phrase::QUEUE_CALLBACK_AGENT]), controls);
                Next::Stay
            }
            (Heard::Said, Doing::Telling) => {
                let aim = Aim::CallBack(self.queue.clone(), self.number.clone());
                self.doing = Doing::Calling(Box::new(Lead::start(self.alone.leg(), aim, None, controls)));
                Next::Stay
            }
            (Heard::Said, Doing::Leaving(ending)) => ending.take().map_or(Next::Stay, Next::End),
            _ => Next::Stay,
        }
    }

    /// The member is gone, or the call is ended by somebody else.
    fn over(&mut self, ending: Ending, controls: &mut Controls<'_>) -> Next {
        // As long as the caller was not called, it is another member's turn.
        if let Doing::Calling(lead) = &mut self.doing {
            lead.stop(controls);
            controls.commands.push(Command::Queue(QueueAct::Left(QueueOutcome::CallbackFailed)));
        }
        Next::End(ending)
    }

    fn goes(&self, stage: Stage, controls: &mut Controls<'_>) -> Next {
        controls.history.answered(controls.now, &self.number);
        controls.commands.push(Command::Queue(QueueAct::Answered(self.alone.leg())));
        controls.changed();
        Next::Go(stage)
    }

    /// Whoever was to be called back cannot be had.
    fn fail(&mut self, ending: &Ending, controls: &mut Controls<'_>) -> Next {
        let (now, number) = (controls.now, self.number.clone());
        controls.history.note(now, "queue", &ending.rule, &ending.value, ending.reason);
        controls.history.note(now, "queue", self.name(), &number, Reason::CallbackFailed);
        controls.commands.push(Command::Queue(QueueAct::Left(QueueOutcome::CallbackFailed)));
        self.doing = Doing::Leaving(Some(Ending::new(Reason::CallbackFailed, number, ending.status)));
        self.alone.say(clips(self.queue.settings.language, [phrase::NOT_AVAILABLE]), controls);
        Next::Stay
    }

    fn name(&self) -> &str {
        &self.queue.settings.name
    }
}
