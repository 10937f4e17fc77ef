//! A caller whom the server has answered is led on: somebody rings, and the caller hears that.

use std::sync::Arc;

use bytes::Bytes;
use media::{Clip, LegId, Saying, SoundName, Tone, What};
use shared::ExtensionId;
use shared::destination::Destination;
use shared::queue::Queue;
use shared::reason::Reason;

use crate::controls::{Command, Controls};
use crate::stage::fork::{Fork, Turn};
use crate::stage::transfer::{bring_together, leg_of};
use crate::stage::{Ending, Event, Hosted, Onto, Stage, Talk, info, ring};

/// Where a caller is to be led.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aim {
    /// To a place that was set up.
    Place(Destination),
    /// To somebody of the tenant, by the number that was typed.
    Inside(String),
    /// To a number of the tenant, or to one outside as its rules allow.
    Reached(String),
    /// To the mailbox of an extension, for whoever has its PIN.
    Mailbox(ExtensionId),
    /// To wherever a queue sends those whom nobody has answered.
    Otherwise(Arc<Queue>),
    /// To a number that a queue calls back.
    CallBack(Arc<Queue>, String),
    /// To a number as the extension that listens to its mailbox would dial it.
    Dialled(String),
}

/// What an event has come to for the stage that leads.
#[derive(Debug)]
pub enum Led {
    /// Nothing.
    Nothing,
    /// The call goes on in another stage.
    Goes(Stage),
    /// Nobody is there; or the place is to end the call.
    Failed(Ending),
    /// The caller is gone.
    Over(Ending),
    /// It is no affair of it.
    Other(Event),
}

/// A caller on the way to somebody.
#[derive(Debug)]
pub struct Lead {
    leg: LegId,
    /// What is said meanwhile, before it rings.
    prompt: Option<SoundName>,
    fork: Option<Box<Fork>>,
}

/// The number of what is said on the way: the one who leads has said nothing by it.
const ON_THE_WAY: u32 = u32::MAX;

impl Lead {
    /// Asks for the way there; the answer comes as [`Event::Onward`].
    pub fn start(leg: LegId, aim: Aim, prompt: Option<SoundName>, controls: &mut Controls<'_>) -> Self {
        *controls.wake = None;
        controls.order(leg, What::Stop);
        controls.commands.push(Command::Lead(aim));
        Self { leg, prompt, fork: None }
    }

    /// Something has happened. Whatever the caller's own leg does is for the stage.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Led {
        match event {
            Event::HangUp | Event::TenantRemoved | Event::Silent(_) => Led::Other(event),
            event if leg_of(&event) == Some(self.leg) && !matches!(event, Event::Said(_, ON_THE_WAY)) => {
                Led::Other(event)
            }
            Event::Timeout => {
                if let Some(ending) = ring::overdue(self.leg, controls) {
                    self.stop(controls);
                    return Led::Over(ending);
                }
                let turn = self.fork.as_mut().map_or(Turn::Nothing, |fork| fork.handle(Event::Timeout, controls));
                self.turn(turn, controls)
            }
            Event::Onward(onward) if self.fork.is_none() => match onward {
                Ok(Onto::Rings(rings)) => {
                    match self.prompt {
                        Some(prompt) => {
                            let clips = vec![Clip::Sound(prompt)];
                            controls.order(self.leg, What::Say(Saying { number: ON_THE_WAY, clips, repeats: false }));
                        }
                        None => controls.order(self.leg, What::Play(Tone::Ringback)),
                    }
                    let mut fork = Box::new(Fork::new(Some(self.leg), false, rings));
                    let turn = fork.start(controls);
                    self.fork = Some(fork);
                    self.turn(turn, controls)
                }
                Ok(Onto::Hosted(hosted)) => self.hosted(*hosted),
                Err(ending) => Led::Failed(ending.unwrap_or_else(|| Ending::new(Reason::NumberUnknown, "", 404))),
            },
            Event::Said(leg, ON_THE_WAY) if leg == self.leg => {
                controls.order(leg, What::Play(Tone::Ringback));
                Led::Nothing
            }
            event => match &mut self.fork {
                None => Led::Other(event),
                Some(fork) => match event {
                    Event::Offered(leg, _) => {
                        controls.commands.push(Command::RefuseOffer(leg, 491));
                        Led::Nothing
                    }
                    Event::Info(_, request, kind, body) => {
                        let reply = info::reply(info::read(&kind, &body));
                        controls.commands.push(Command::Respond(request, reply));
                        Led::Nothing
                    }
                    Event::FlowBack(leg) => {
                        ring::back(leg, controls);
                        Led::Nothing
                    }
                    event => {
                        let turn = fork.handle(event, controls);
                        self.turn(turn, controls)
                    }
                },
            },
        }
    }

    /// May somebody else answer what rings?
    pub fn is_open(&self) -> bool {
        self.fork.as_ref().is_some_and(|fork| fork.is_open())
    }

    /// Nobody is rung any more.
    pub fn stop(&mut self, controls: &mut Controls<'_>) {
        if let Some(fork) = &mut self.fork {
            if let Some(winner) = fork.winner() {
                controls.end(winner, 487, Reason::CallerGaveUp);
            }
            fork.stop(controls, Reason::CallerGaveUp);
        }
    }

    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Led {
        match turn {
            Turn::Nothing | Turn::Rings | Turn::Early(_) => Led::Nothing,
            Turn::Goes(hosted) => self.hosted(*hosted),
            Turn::Failed(ending) => {
                // Whoever has answered and cannot be heard is not kept.
                self.stop(controls);
                Led::Failed(ending)
            }
            Turn::Won(leg) => {
                bring_together(leg, self.leg, controls);
                if ring::picked_up(leg, controls) || controls.extension(leg).is_some() {
                    controls.history.record.callee_extension_id = controls.extension(leg);
                }
                let number = controls.number(leg);
                controls.history.note(controls.now, "routing", "", &number, Reason::LedTo);
                controls.changed();
                Led::Goes(Stage::Talk(Talk::new(self.leg, leg)))
            }
        }
    }

    fn hosted(&self, hosted: Hosted) -> Led {
        Led::Goes(hosted.stage(self.leg, Bytes::new()))
    }
}
