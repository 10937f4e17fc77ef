//! Somebody listens to the call of somebody else, whispers, barges in or takes over (CTI-03 to CTI-07). The leg is alone with the
//! server; what it hears, and who hears it, is ordered where both calls are known (`Command::Monitor`).

use bytes::Bytes;
use media::{LegId, Saying, What};
use shared::ExtensionId;
use shared::language::Language;
use shared::monitor::MonitorLevel;
use shared::reason::Reason;
use speech::phrase;

use crate::controls::{Command, Controls};
use crate::stage::alone::{Alone, Heard, clips};
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::{Ending, Event, Next, ring};

/// The number of what is said where there is nothing to listen to.
const NO_CALL: u32 = 1;

/// Whose call is listened to, as it was found when it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watching {
    /// Whose.
    pub extension: ExtensionId,
    /// The number.
    pub number: String,
    /// At which level it begins.
    pub level: MonitorLevel,
    /// Was there a call to listen to?
    pub talks: bool,
}

#[derive(Debug)]
enum Doing {
    /// The own devices of whoever has asked from a page ring.
    Calling(Box<Fork>),
    /// The leg is being answered.
    Answering,
    /// It is told, before any answer, that there is nothing to listen to.
    Refusing,
    /// It listens.
    Listening,
}

/// Somebody who listens.
#[derive(Debug)]
pub struct Monitor {
    alone: Alone,
    offer: Bytes,
    watching: Watching,
    doing: Doing,
}

impl Monitor {
    /// Of a caller with its offer.
    pub fn new(leg: LegId, offer: Bytes, watching: Watching) -> Self {
        let doing = if watching.talks { Doing::Answering } else { Doing::Refusing };
        Self { alone: Alone::new(leg, offer.clone()), offer, watching, doing }
    }

    /// Of whoever answers of these.
    pub fn of_devices(rings: Rings, watching: Watching) -> Self {
        let fork = Box::new(Fork::new(None, false, rings));
        // Whose leg it is, is known with the answer.
        let alone = Alone::new(LegId(0), Bytes::new());
        Self { alone, offer: Bytes::new(), watching, doing: Doing::Calling(fork) }
    }

    /// Answers, calls, or says why not.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        match &mut self.doing {
            Doing::Calling(fork) => {
                let turn = fork.start(controls);
                self.turn(turn, controls)
            }
            Doing::Answering | Doing::Listening => {
                let heard = self.alone.enter(controls);
                self.heard(heard, controls)
            }
            // Without an offer nothing can be said before the answer.
            Doing::Refusing if self.offer.is_empty() => Next::End(self.no_call()),
            Doing::Refusing => {
                *controls.wake = None;
                let leg = self.alone.leg();
                controls.open(leg);
                controls.order(leg, What::RemoteOffer(self.offer.clone()));
                controls.order(leg, What::MakeAnswer { like: None });
                Next::Stay
            }
        }
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match (event, &mut self.doing) {
            (Event::MonitorEnded, _) => {
                self.stop(controls);
                Next::End(Ending::new(Reason::MonitorOver, self.watching.number.as_str(), 480))
            }
            // The leg goes on in the call that it has listened to.
            (Event::Taken(leg), _) => {
                let ending = Ending::new(Reason::TakenOver, self.watching.number.as_str(), 0);
                Next::End(Ending { rule: controls.number(leg), ..ending })
            }
            (Event::MediaAnswer(leg, answer), Doing::Refusing) => {
                controls.ring(leg, Some(answer));
                let clips = clips(Language::default(), [phrase::MONITOR_NO_CALL]);
                controls.order(leg, What::Say(Saying { number: NO_CALL, clips, repeats: false }));
                Next::Stay
            }
            (Event::Said(_, NO_CALL) | Event::Rejected(..), Doing::Refusing) => Next::End(self.no_call()),
            (event @ (Event::HangUp | Event::TenantRemoved), Doing::Calling(_)) => {
                self.stop(controls);
                let heard = self.alone.handle(event, controls);
                self.heard(heard, controls)
            }
            // Nobody else listens in the place of whoever has asked.
            (Event::Redirected(leg, status, groups), Doing::Calling(fork)) => {
                groups.into_iter().flatten().for_each(|unused| controls.gone(unused));
                let turn = fork.handle(Event::Failed(leg, status), controls);
                self.turn(turn, controls)
            }
            (event, Doing::Calling(fork)) => {
                let Some(event) = ring::beside(event, controls) else { return Next::Stay };
                let turn = fork.handle(event, controls);
                self.turn(turn, controls)
            }
            (event, _) => {
                let heard = self.alone.handle(event, controls);
                self.heard(heard, controls)
            }
        }
    }

    fn no_call(&self) -> Ending {
        Ending::new(Reason::MonitorNoCall, self.watching.number.as_str(), 480)
    }

    fn stop(&mut self, controls: &mut Controls<'_>) {
        if let Doing::Calling(fork) = &mut self.doing {
            fork.stop(controls, Reason::CallerGaveUp);
        }
    }

    /// How it goes with the own devices.
    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing | Turn::Early(_) => Next::Stay,
            Turn::Rings => {
                controls.history.rang(controls.now);
                controls.changed();
                Next::Stay
            }
            Turn::Won(leg) => {
                let number = controls.number(leg);
                controls.history.answered(controls.now, &number);
                self.alone = Alone::new(leg, Bytes::new());
                self.doing = Doing::Answering;
                let heard = self.alone.enter(controls);
                self.heard(heard, controls)
            }
            Turn::Failed(ending) => Next::End(ending),
            Turn::Goes(_) => Next::End(self.no_call()),
        }
    }

    fn heard(&mut self, heard: Heard, controls: &mut Controls<'_>) -> Next {
        match heard {
            Heard::Over(ending) => return Next::End(ending),
            Heard::Up => {
                self.doing = Doing::Listening;
                self.ask(self.watching.level, controls);
            }
            Heard::Key(key) if matches!(self.doing, Doing::Listening) => {
                if let Some(level) = MonitorLevel::of_key(key) {
                    self.ask(level, controls);
                }
            }
            Heard::Key(_) | Heard::Nothing | Heard::Said | Heard::Hushed | Heard::Fax | Heard::Other(_) => {}
        }
        Next::Stay
    }

    fn ask(&self, level: MonitorLevel, controls: &mut Controls<'_>) {
        controls.commands.push(Command::Monitor(self.alone.leg(), self.watching.extension, level));
    }
}
