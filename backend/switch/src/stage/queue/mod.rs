//! A caller in a queue: it hears what there is to hear, members ring meanwhile, and the first who answers talks with it (Q-01…Q-22,
//! HAR-01, HAR-02). Who is rung, and when it is whose turn, is said by the queue (`switch/queue`).

mod rung;
mod said;
mod words;

use std::time::Duration;

use bytes::Bytes;
use media::{Clip, LegId, SoundFile, SoundName};
use shared::destination::Destination;
use shared::queue::{CallbackOffer, PositionAnnouncement};
use shared::queue_call::QueueOutcome;
use shared::queue_caller::{NUISANCE_SECONDS, NuisanceLevel};
use shared::reason::Reason;
use shared::{ExtensionId, Moment, SoundId};
use speech::{Phrase, phrase};

use crate::controls::{Command, Controls};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::fork::Fork;
use crate::stage::lead::{Aim, Lead, Led};
use crate::stage::{Ending, Event, Next};
pub use rung::rung_by;
pub use words::{Entrance, QueueAct, QueueNews, Visit};

/// How long a caller who was asked whether it is to be called back has for its answer.
const ANSWER_SECONDS: u64 = 10;

/// What it is doing.
#[derive(Debug)]
enum Doing {
    /// The leg is being answered.
    Answering,
    /// A nuisance hears that it is one, and may press a key.
    Warning,
    /// It is asked for a place in line.
    Entering,
    /// The introduction is said.
    Introducing,
    /// Music is heard.
    Waiting,
    /// Something is said.
    Saying,
    /// It is asked whether it is to be called back.
    Confirming,
    /// It is led on.
    Leading(Box<Lead>),
    /// The last words are said.
    Leaving(Option<Ending>),
}

/// A caller in a queue.
#[derive(Debug)]
pub struct Queueing {
    alone: Alone,
    visit: Visit,
    doing: Doing,
    /// Who rings for it.
    fork: Option<Box<Fork>>,
    /// Who rings, as the queue was told last.
    rung: Vec<ExtensionId>,
    /// When it has waited as long as may be; none while it is not in line.
    out_at: Option<Moment>,
    /// When its place is said next.
    place_at: Option<Moment>,
    /// When a callback is offered.
    offer_at: Option<Moment>,
    /// May the key for a callback be pressed?
    is_offered: bool,
    /// Until when a key is waited for.
    key_until: Option<Moment>,
}

impl Queueing {
    /// Of a caller with its offer.
    pub const fn new(leg: LegId, offer: Bytes, visit: Visit) -> Self {
        Self {
            alone: Alone::new(leg, offer),
            visit,
            doing: Doing::Answering,
            fork: None,
            rung: Vec::new(),
            out_at: None,
            place_at: None,
            offer_at: None,
            is_offered: false,
            key_until: None,
        }
    }

    /// Answers.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.enter(controls);
        self.heard(heard, controls)
    }

    /// May somebody else answer what rings?
    pub fn is_open(&self) -> bool {
        match &self.doing {
            Doing::Leading(lead) => lead.is_open(),
            _ => self.fork.as_ref().is_some_and(|fork| fork.is_open()),
        }
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let next = self.happened(event, controls);
        if matches!(next, Next::Stay) {
            self.report(controls);
            self.wake(controls);
        }
        next
    }

    fn happened(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let event = match &mut self.doing {
            Doing::Leading(lead) => match lead.handle(event, controls) {
                Led::Nothing => return Next::Stay,
                Led::Goes(stage) => return Next::Go(stage),
                Led::Failed(ending) | Led::Over(ending) => return Next::End(ending),
                Led::Other(event) => event,
            },
            _ => event,
        };
        match event {
            Event::Queue(news) => self.told(news, controls),
            // Who waits may well say nothing; how long is bounded here.
            Event::Silent(_) => Next::Stay,
            Event::Timeout => self.timeout(controls),
            // Whoever waited has handed its place on.
            Event::Taken(leg) if leg == self.alone.leg() => {
                self.stop(Reason::TransferredAttended, controls);
                Next::End(Ending::new(Reason::TransferredAttended, self.name(), 0))
            }
            event if self.is_of_members(&event) => self.members(event, controls),
            event => {
                let heard = self.alone.handle(event, controls);
                self.heard(heard, controls)
            }
        }
    }

    fn wake(&self, controls: &mut Controls<'_>) {
        if matches!(self.doing, Doing::Leading(_)) {
            return;
        }
        for at in [self.out_at, self.place_at, self.offer_at, self.key_until].into_iter().flatten() {
            controls.wake_at(at);
        }
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        let back = Some(self.callback_key()).filter(|_| self.is_offered);
        match (heard, &mut self.doing) {
            (Heard::Over(ending), doing) => {
                if let Doing::Leading(lead) = doing {
                    lead.stop(controls);
                }
                self.stop(Reason::CallerGaveUp, controls);
                Next::End(ending)
            }
            (Heard::Up, _) => self.begin(controls),
            (Heard::Key(key), Doing::Warning) => self.warned(key, controls),
            (Heard::Said, Doing::Warning) => match self.visit.nuisance {
                Some((_, NuisanceLevel::First, _)) => {
                    self.key_until = Some(controls.now + Duration::from_secs(NUISANCE_SECONDS.into()));
                    Next::Stay
                }
                _ => self.end_nuisance(controls),
            },
            (Heard::Said, Doing::Introducing) => {
                controls.commands.push(Command::Queue(QueueAct::Introduced));
                self.wait(controls)
            }
            (Heard::Said, Doing::Saying) => self.listen(controls),
            (Heard::Key(key), Doing::Waiting | Doing::Saying) if Some(key) == back => self.ask_back(controls),
            (Heard::Key('#'), Doing::Confirming) => {
                self.key_until = None;
                controls.commands.push(Command::Queue(QueueAct::CallBack));
                Next::Stay
            }
            (Heard::Key('*'), Doing::Confirming) => self.listen(controls),
            (Heard::Said, Doing::Confirming) => {
                self.key_until = Some(controls.now + Duration::from_secs(ANSWER_SECONDS));
                Next::Stay
            }
            (Heard::Said, Doing::Leaving(ending)) => ending.take().map_or(Next::Stay, Next::End),
            _ => Next::Stay,
        }
    }

    fn ask_in(&mut self, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Entering;
        let settings = &self.visit.queue.settings;
        let entrance = self.entrance(settings.introduces_first && settings.introduction.is_some());
        controls.commands.push(Command::Queue(QueueAct::Enter(Box::new(entrance))));
        Next::Stay
    }

    fn entrance(&self, is_held_back: bool) -> Entrance {
        let Visit { queue, caller, name, .. } = self.visit.clone();
        Entrance { queue, caller, name, is_held_back }
    }

    fn told(&mut self, news: QueueNews, controls: &mut Controls<'_>) -> Next {
        match news {
            QueueNews::Entered(since) => self.entered(since, controls),
            QueueNews::Out(outcome) => self.lead_on(outcome, controls),
            QueueNews::Rings(rings) => self.ring(rings, controls),
            QueueNews::Place(rank, seconds) => self.say_place(rank, seconds, controls),
            QueueNews::CalledBack(true) => {
                self.stop(Reason::CallbackAsked, controls);
                let value = self.visit.caller.clone();
                let words = self.words([phrase::QUEUE_CALLBACK_DONE]);
                self.leave(words, Ending::new(Reason::CallbackAsked, value, 0), controls)
            }
            QueueNews::CalledBack(false) => {
                let (now, value) = (controls.now, self.visit.caller.clone());
                controls.history.note(now, "queue", self.name(), &value, Reason::CallbackRefused);
                self.is_offered = false;
                self.listen(controls)
            }
        }
    }

    fn entered(&mut self, since: Moment, controls: &mut Controls<'_>) -> Next {
        let queue = self.visit.queue.clone();
        let settings = &queue.settings;
        let after = |seconds: u32| since + Duration::from_secs(seconds.into());
        self.out_at = Some(after(settings.wait_seconds_max));
        match settings.callback {
            CallbackOffer::Anytime => self.is_offered = self.visit.can_be_called,
            CallbackOffer::After { seconds } => {
                self.offer_at = Some(after(seconds)).filter(|_| self.visit.can_be_called)
            }
            CallbackOffer::Never => {}
        }
        match settings.introduction {
            Some(sound) => {
                self.doing = Doing::Introducing;
                let said = vec![Clip::Sound(self.kept(sound))];
                self.alone.say(said, controls);
                Next::Stay
            }
            None => self.wait(controls),
        }
    }

    /// It waits from now on: its place is said first, where that is said at all.
    fn wait(&mut self, controls: &mut Controls<'_>) -> Next {
        self.listen(controls);
        match self.visit.queue.settings.position {
            PositionAnnouncement::Never => {}
            PositionAnnouncement::Once | PositionAnnouncement::Every { .. } => self.ask_place(controls),
        }
        Next::Stay
    }

    /// Music is heard.
    fn listen(&mut self, controls: &mut Controls<'_>) -> Next {
        self.doing = Doing::Waiting;
        self.key_until = None;
        self.alone.hush(controls);
        controls.commands.push(Command::Music(self.alone.leg()));
        Next::Stay
    }

    fn timeout(&mut self, controls: &mut Controls<'_>) -> Next {
        let heard = self.alone.handle(Event::Timeout, controls);
        let Heard::Other(Event::Timeout) = heard else { return self.heard(heard, controls) };
        let now = controls.now;
        let is_due = |at: Option<Moment>| at.is_some_and(|at| now >= at);
        let is_answered = self.fork.as_ref().is_some_and(|fork| !fork.is_open());
        if is_due(self.out_at) && !is_answered {
            let name = self.visit.queue.settings.name.clone();
            let waited = self.visit.queue.settings.wait_seconds_max.to_string();
            controls.history.note(now, "queue", &name, &waited, Reason::QueueTimedOut);
            controls.commands.push(Command::Queue(QueueAct::Left(QueueOutcome::TimedOut)));
            return self.lead_on(QueueOutcome::TimedOut, controls);
        }
        if let Some(fork) = &mut self.fork {
            let turn = fork.handle(Event::Timeout, controls);
            let next = self.turn(turn, controls);
            if !matches!(next, Next::Stay) {
                return next;
            }
        }
        match &self.doing {
            Doing::Warning if is_due(self.key_until) => self.end_nuisance(controls),
            Doing::Confirming if is_due(self.key_until) => self.listen(controls),
            Doing::Waiting if is_due(self.offer_at) && !is_answered => self.offer(controls),
            Doing::Waiting if is_due(self.place_at) => {
                self.ask_place(controls);
                Next::Stay
            }
            _ => {
                // What is due while something else is said comes a little later.
                let later = now + Duration::from_secs(1);
                for at in [&mut self.place_at, &mut self.offer_at, &mut self.out_at] {
                    *at = at.map(|at| if now >= at { later } else { at });
                }
                Next::Stay
            }
        }
    }

    /// It is out of the line: it goes on as the queue says for those whom nobody has answered.
    fn lead_on(&mut self, outcome: QueueOutcome, controls: &mut Controls<'_>) -> Next {
        self.stop(Reason::NoAnswer, controls);
        (self.out_at, self.place_at, self.offer_at, self.key_until) = (None, None, None, None);
        let queue = self.visit.queue.clone();
        if queue.settings.otherwise == Destination::EndCall {
            let last = if outcome == QueueOutcome::NobodyThere { phrase::QUEUE_CLOSED } else { phrase::GOODBYE };
            let words = self.words([last]);
            return self.leave(words, Ending::new(Reason::EndedByQueue, self.name(), 0), controls);
        }
        controls.history.note(controls.now, "queue", self.name(), "", Reason::QueueOtherwise);
        let aim = Aim::Otherwise(queue);
        self.doing = Doing::Leading(Box::new(Lead::start(self.alone.leg(), aim, None, controls)));
        Next::Stay
    }

    fn leave(&mut self, words: Vec<Clip>, ending: Ending, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        (self.out_at, self.place_at, self.offer_at, self.key_until) = (None, None, None, None);
        self.doing = Doing::Leaving(Some(ending));
        self.alone.say(words, controls);
        Next::Stay
    }

    fn name(&self) -> &str {
        &self.visit.queue.settings.name
    }

    fn callback_key(&self) -> char {
        self.visit.queue.settings.callback_key
    }

    fn kept(&self, id: SoundId) -> SoundName {
        SoundName::Kept(SoundFile { tenant: self.visit.queue.tenant_id, id })
    }

    fn words(&self, phrases: impl IntoIterator<Item = Phrase>) -> Vec<Clip> {
        clips(self.visit.queue.settings.language, phrases)
    }
}

#[cfg(test)]
mod tests;
