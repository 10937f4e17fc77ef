//! One of two who talked waits in a slot, until somebody takes it by the slot's number, or whoever has parked it is rung again
//! and answers (PARK-01).

use std::time::Duration;

use media::{LegId, What};
use shared::reason::Reason;
use shared::{ExtensionId, Moment};

use crate::controls::{Command, Controls};
use crate::leg::Side;
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::transfer::{bring_together, leg_of};
use crate::stage::{Asked, Ending, Event, Goal, Next, Stage, Talk, info, ring};

/// How often whoever has parked a call is rung for it before the call ends.
pub const RECALLS_MAX: u32 = 10;

/// A call that is parked.
#[derive(Debug)]
pub struct Park {
    /// The two as they were; one has left.
    talk: Talk,
    by: LegId,
    remaining: LegId,
    /// The side that is not there.
    side: Side,
    subscription: Option<String>,
    slot: String,
    seconds: u32,
    parker: Option<ExtensionId>,
    /// When the parker is rung.
    due: Moment,
    /// The parker's devices, and whoever else answers.
    fork: Fork,
    rings: bool,
    recalls: u32,
}

impl Park {
    /// Out of a talk; the number that was asked for is the slot.
    pub fn new(talk: Talk, asked: Asked) -> Self {
        let Asked { by, subscription, number: slot, goal } = asked;
        let remaining = talk.peer(by).unwrap_or(by);
        let (seconds, parker) = match goal {
            Goal::Park { seconds, parker } => (seconds, Some(parker)),
            Goal::Devices(_) | Goal::Leg(_) | Goal::TakeOver(_) | Goal::Hosted(_) => (0, None),
        };
        Self {
            talk,
            by,
            remaining,
            side: Side::Callee,
            subscription,
            slot,
            seconds,
            parker,
            due: Moment::default(),
            fork: nobody(remaining),
            rings: false,
            recalls: 0,
        }
    }

    /// The slot, and the side that is not there.
    pub fn place(&self) -> (&str, Side) {
        (&self.slot, self.side)
    }

    /// Does somebody ring for it, and nobody has answered?
    pub const fn is_open(&self) -> bool {
        self.rings && self.fork.is_open()
    }

    /// Whoever has parked it is told where, and leaves.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        if let Some(leg) = controls.legs.get(&self.by) {
            self.side = leg.side;
        }
        let number = controls.number(self.by);
        controls.history.note(controls.now, "transfer", &number, &self.slot, Reason::Parked);
        controls.history.parked(&self.slot);
        if let Some(event) = self.subscription.take() {
            controls.commands.push(Command::Notify(self.by, event, 200, true));
        }
        if let Some(parker) = self.parker {
            controls.commands.push(Command::TellSlot(parker, self.slot.clone(), self.remaining));
        }
        controls.order(self.remaining, What::Disconnect);
        controls.commands.push(Command::Music(self.remaining));
        controls.end(self.by, 0, Reason::Parked);
        controls.changed();
        self.wait(controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::Recalled(rings) => self.ring(rings, controls),
            Event::Timeout => self.timeout(controls),
            Event::HangUp | Event::TenantRemoved => self.talked(event, controls),
            // Who waits alone may well say nothing; how long is bounded here.
            Event::Silent(_) => Next::Stay,
            Event::Replace(_, new, _) => {
                controls.end(new, 491, Reason::Parked);
                Next::Stay
            }
            // It is not heard in either case.
            Event::Held(leg, held) => {
                if let Some(known) = controls.legs.get_mut(&leg) {
                    known.held = held;
                }
                Next::Stay
            }
            event if leg_of(&event) == Some(self.by) => Next::Stay,
            event if leg_of(&event).is_some_and(|leg| leg != self.remaining) => self.answering(event, controls),
            event => self.talked(event, controls),
        }
    }

    /// An event of the one who waits, or of the call.
    fn talked(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let next = self.talk.handle(event, controls);
        if matches!(next, Next::End(_)) {
            self.fork.stop(controls, Reason::CallerGaveUp);
        }
        next
    }

    /// An event of whoever takes it, or is rung for it.
    fn answering(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::Offered(leg, _) => {
                controls.commands.push(Command::RefuseOffer(leg, 491));
                Next::Stay
            }
            Event::Info(_, request, kind, body) => {
                controls.commands.push(Command::Respond(request, info::reply(info::read(&kind, &body))));
                Next::Stay
            }
            Event::FlowBack(leg) => ring::back(leg, controls),
            event => {
                let turn = self.fork.handle(event, controls);
                self.turn(turn, controls)
            }
        }
    }

    /// Nobody is rung for some time.
    fn wait(&mut self, controls: &mut Controls<'_>) -> Next {
        self.fork.stop(controls, Reason::NoAnswer);
        self.fork = nobody(self.remaining);
        self.rings = false;
        self.due = controls.now + Duration::from_secs(self.seconds.into());
        controls.wake_at(self.due);
        Next::Stay
    }

    /// Rings whoever has parked it.
    fn ring(&mut self, rings: Rings, controls: &mut Controls<'_>) -> Next {
        let free = !self.rings && self.fork.is_open();
        if rings.batches.is_empty() || !free {
            rings.legs().for_each(|unused| controls.gone(unused));
            return if free { self.stays(controls) } else { Next::Stay };
        }
        controls.history.note(controls.now, "transfer", "", &self.slot, Reason::ParkRecalls);
        self.rings = true;
        self.fork = Fork::new(Some(self.remaining), false, rings);
        let turn = self.fork.start(controls);
        self.turn(turn, controls)
    }

    /// Whoever has parked it has not taken it back.
    fn stays(&mut self, controls: &mut Controls<'_>) -> Next {
        controls.history.note(controls.now, "transfer", "", &self.slot, Reason::ParkRecallFailed);
        self.wait(controls)
    }

    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing | Turn::Rings | Turn::Early(_) => Next::Stay,
            Turn::Won(leg) => self.connect(leg, controls),
            Turn::Failed(_) | Turn::Goes(_) => self.stays(controls),
        }
    }

    fn connect(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        let number = controls.number(leg);
        controls.history.note(controls.now, "transfer", &self.slot, &number, Reason::Unparked);
        bring_together(leg, self.remaining, controls);
        controls.changed();
        let talk = std::mem::replace(&mut self.talk, Talk::new(self.by, self.remaining));
        Next::Go(Stage::Talk(talk.with(self.by, leg)))
    }

    fn timeout(&mut self, controls: &mut Controls<'_>) -> Next {
        if let Some(ending) = ring::overdue(self.remaining, controls) {
            self.fork.stop(controls, Reason::CallerGaveUp);
            return Next::End(ending);
        }
        if self.rings {
            let turn = self.fork.handle(Event::Timeout, controls);
            return self.turn(turn, controls);
        }
        // Who is about to take it keeps it.
        if controls.now < self.due || !self.fork.is_open() {
            let again = controls.now + Duration::from_secs(1);
            controls.wake_at(self.due.max(again));
            return Next::Stay;
        }
        self.recalls += 1;
        match self.parker.filter(|_| self.recalls <= RECALLS_MAX) {
            Some(parker) => {
                controls.commands.push(Command::Recall(parker, self.remaining));
                Next::Stay
            }
            None => {
                self.fork.stop(controls, Reason::ParkedInVain);
                Next::End(Ending::new(Reason::ParkedInVain, self.slot.as_str(), 0))
            }
        }
    }
}

/// A fork in which nobody rings, so that somebody can come and answer.
fn nobody(remaining: LegId) -> Fork {
    Fork::new(Some(remaining), false, Rings::default())
}
