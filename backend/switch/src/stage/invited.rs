//! Somebody is called who is to come into a conference room (CONF-10): nobody else is in the call.

use shared::ConferenceRoomId;
use shared::reason::Reason;

use crate::controls::{Command, Controls};
use crate::stage::conference::{Conference, Door, Told};
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::{Ending, Event, Next, Stage, info, ring};

/// Devices that ring for a room.
#[derive(Debug)]
pub struct Invited {
    door: Door,
    fork: Fork,
}

impl Invited {
    /// To these.
    pub fn new(door: Door, rings: Rings) -> Self {
        Self { door, fork: Fork::new(None, false, rings) }
    }

    /// The room.
    pub const fn room(&self) -> ConferenceRoomId {
        self.door.room
    }

    /// Calls the first.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        let turn = self.fork.start(controls);
        self.turn(turn, controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::Conference(Told::Over(reason)) => {
                self.end(Ending::new(reason, self.door.number.as_str(), 480), controls)
            }
            Event::Conference(_) | Event::Silent(_) => Next::Stay,
            Event::HangUp => self.end(Ending::new(Reason::HungUpByAdmin, "", 480), controls),
            Event::TenantRemoved => self.end(Ending::new(Reason::TenantSuspended, "", 480), controls),
            Event::Offered(leg, _) => {
                controls.commands.push(Command::RefuseOffer(leg, 491));
                Next::Stay
            }
            Event::Info(_, request, kind, body) => {
                controls.commands.push(Command::Respond(request, info::reply(info::read(&kind, &body))));
                Next::Stay
            }
            Event::FlowBack(leg) => ring::back(leg, controls),
            Event::Replace(_, new, _) => {
                controls.end(new, 491, Reason::LegReplaced);
                Next::Stay
            }
            Event::PickedUp(leg, _) => {
                controls.end(leg, 404, Reason::NothingRings);
                Next::Stay
            }
            event => {
                let turn = self.fork.handle(event, controls);
                self.turn(turn, controls)
            }
        }
    }

    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing | Turn::Rings | Turn::Early(_) => Next::Stay,
            Turn::Won(leg) => {
                let place = controls.place(leg);
                controls.history.answered(controls.now, &place);
                controls.changed();
                Next::Go(Stage::Conference(Box::new(Conference::invited(leg, self.door.clone()))))
            }
            Turn::Failed(ending) => self.end(ending, controls),
            Turn::Goes(_) => self.end(Ending::new(Reason::NoAnswer, self.door.number.as_str(), 480), controls),
        }
    }

    fn end(&mut self, ending: Ending, controls: &mut Controls<'_>) -> Next {
        if let Some(winner) = self.fork.winner() {
            controls.end(winner, 487, ending.reason);
        }
        self.fork.stop(controls, ending.reason);
        Next::End(ending)
    }
}
