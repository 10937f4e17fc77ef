//! The members who ring for a caller in a queue, until one of them talks with it.

use shared::ExtensionId;
use shared::reason::Reason;

use super::{Doing, QueueAct, Queueing};
use crate::controls::{Command, Controls};
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::transfer::{bring_together, leg_of};
use crate::stage::{Event, Next, Stage, Talk, info, ring};

impl Queueing {
    pub(super) fn is_of_members(&self, event: &Event) -> bool {
        let other = leg_of(event).is_some_and(|leg| leg != self.alone.leg());
        other && (self.fork.is_some() || !matches!(event, Event::PickedUp(..)))
    }

    /// An event of somebody who is rung.
    pub(super) fn members(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::Offered(leg, _) => controls.commands.push(Command::RefuseOffer(leg, 491)),
            Event::Info(_, request, kind, body) => {
                controls.commands.push(Command::Respond(request, info::reply(info::read(&kind, &body))));
            }
            Event::FlowBack(leg) => return ring::back(leg, controls),
            // Somebody's telephone does not send the call of a queue on.
            Event::Redirected(leg, status, groups) => {
                groups.into_iter().flatten().for_each(|unused| controls.gone(unused));
                return self.members(Event::Failed(leg, status), controls);
            }
            event => match &mut self.fork {
                Some(fork) => {
                    let turn = fork.handle(event, controls);
                    return self.turn(turn, controls);
                }
                // What rang for it and is let go.
                None => match event {
                    Event::Answered(leg, _) => {
                        controls.set(leg, crate::leg::Signalling::Up);
                        controls.end(leg, 0, Reason::Answered);
                    }
                    Event::Failed(leg, _) | Event::Unreached(leg, _) | Event::Ended(leg, _) => controls.gone(leg),
                    _ => {}
                },
            },
        }
        Next::Stay
    }

    pub(super) fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing | Turn::Rings | Turn::Early(_) | Turn::Goes(_) => Next::Stay,
            Turn::Failed(_) => {
                self.stop(Reason::MemberNoAnswer, controls);
                Next::Stay
            }
            Turn::Won(leg) => {
                self.fork = None;
                bring_together(leg, self.alone.leg(), controls);
                ring::picked_up(leg, controls);
                controls.history.record.callee_extension_id = controls.extension(leg);
                let number = controls.number(leg);
                controls.history.note(controls.now, "queue", self.name(), &number, Reason::QueueAnswered);
                controls.commands.push(Command::Queue(QueueAct::Answered(leg)));
                controls.changed();
                Next::Go(Stage::Talk(Talk::new(self.alone.leg(), leg)))
            }
        }
    }

    /// Nobody rings for it any more.
    pub(super) fn stop(&mut self, reason: Reason, controls: &mut Controls<'_>) {
        let Some(mut fork) = self.fork.take() else { return };
        if let Some(winner) = fork.winner() {
            controls.end(winner, 487, reason);
        }
        if reason == Reason::MemberNoAnswer {
            for leg in fork.ringing() {
                controls.note("ring", leg, reason);
            }
        }
        fork.stop(controls, reason);
    }

    /// Tells the queue who rings, where that has changed.
    pub(super) fn report(&mut self, controls: &mut Controls<'_>) {
        if matches!(self.doing, Doing::Answering | Doing::Warning | Doing::Leading(_) | Doing::Leaving(_)) {
            return;
        }
        let rings = self.fork.as_ref().map(|fork| rung_by(fork, controls)).unwrap_or_default();
        if rings != self.rung {
            self.rung.clone_from(&rings);
            controls.commands.push(Command::Queue(QueueAct::Rings(rings)));
        }
    }

    /// Members ring from now on, beside those who do.
    pub(super) fn ring(&mut self, rings: Rings, controls: &mut Controls<'_>) -> Next {
        if let Some(fork) = &mut self.fork {
            fork.join(rings, controls);
            return Next::Stay;
        }
        let mut fork = Box::new(Fork::new(Some(self.alone.leg()), false, rings));
        let turn = fork.start(controls);
        self.rung = rung_by(&fork, controls);
        self.fork = Some(fork);
        self.turn(turn, controls)
    }
}

/// Who rings, or is about to be connected.
pub fn rung_by(fork: &Fork, controls: &Controls<'_>) -> Vec<ExtensionId> {
    let mut rings: Vec<ExtensionId> = Vec::new();
    for extension in fork.ringing().chain(fork.winner()).filter_map(|leg| controls.extension(leg)) {
        if !rings.contains(&extension) {
            rings.push(extension);
        }
    }
    rings
}
