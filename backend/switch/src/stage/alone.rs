//! One leg alone with the server: it is answered, told things, and presses keys. What for is the affair of the stage that has it.

use bytes::Bytes;
use media::{Clip, LegId, Saying, SoundName, What};
use shared::language::Language;
use shared::reason::Reason;
use speech::Phrase;

use crate::controls::{Command, Controls};
use crate::leg::Signalling;
use crate::stage::transfer::leg_of;
use crate::stage::{Ending, Event, Onto, info, ring, talk};

/// What an event has come to for the stage.
#[derive(Debug)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// The leg is answered, and hears what is said.
    Up,
    /// A key was pressed.
    Key(char),
    /// All that was said last is said.
    Said,
    /// What is recorded has been silent for long.
    Hushed,
    /// The leg is a fax machine.
    Fax,
    /// The call is over.
    Over(Ending),
    /// It is about something else.
    Other(Event),
}

/// A leg that talks with the server.
#[derive(Debug)]
pub struct Alone {
    leg: LegId,
    /// Its offer, where it was not answered; empty when it waits for ours.
    offer: Bytes,
    is_up: bool,
    /// Its new offer awaits our answer.
    answering: bool,
    /// Its request for an offer awaits ours.
    offering: bool,
    /// What was said last, by its number.
    said: u32,
}

impl Alone {
    /// With a leg; the offer does not count where it is answered already.
    pub const fn new(leg: LegId, offer: Bytes) -> Self {
        Self { leg, offer, is_up: false, answering: false, offering: false, said: 0 }
    }

    /// The leg.
    pub const fn leg(&self) -> LegId {
        self.leg
    }

    /// It goes on with another leg.
    pub const fn moved(&mut self, leg: LegId) {
        self.leg = leg;
    }

    /// Has it offered a description, so that it could hear something before it is answered?
    pub const fn has_offer(&self) -> bool {
        !self.offer.is_empty()
    }

    /// Answers the leg, unless it was.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Heard {
        *controls.wake = None;
        if controls.legs.get(&self.leg).is_some_and(|leg| leg.signalling == Signalling::Up) {
            controls.order(self.leg, What::Disconnect);
            self.is_up = true;
            return Heard::Up;
        }
        self.describe(controls);
        Heard::Nothing
    }

    /// Has a description made for the leg.
    pub fn describe(&self, controls: &mut Controls<'_>) {
        let is_new = controls.open(self.leg);
        if is_new && !self.offer.is_empty() {
            controls.order(self.leg, What::RemoteOffer(self.offer.clone()));
        }
        let like = None;
        let what = if self.offer.is_empty() { What::MakeOffer { like } } else { What::MakeAnswer { like } };
        controls.order(self.leg, what);
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Heard {
        match event {
            Event::HangUp => Heard::Over(Ending::new(Reason::HungUpByAdmin, "", 480)),
            Event::TenantRemoved => Heard::Over(Ending::new(Reason::TenantSuspended, "", 480)),
            Event::Silent(seconds) => Heard::Over(Ending::new(Reason::MediaTimeout, seconds.to_string(), 480)),
            Event::Timeout => match ring::overdue(self.leg, controls) {
                Some(ending) => Heard::Over(ending),
                None => Heard::Other(Event::Timeout),
            },
            // The person goes on at another of its devices: it has to call anew.
            Event::Replace(old, new, _) if old == self.leg => {
                controls.end(new, 491, Reason::LegReplaced);
                Heard::Nothing
            }
            // What came too late to be rung, or to be answered by somebody else.
            Event::Onward(onto) => {
                onto.into_iter().flat_map(Onto::legs).for_each(|unused| controls.gone(unused));
                Heard::Nothing
            }
            Event::PickedUp(leg, _) => {
                controls.end(leg, 404, Reason::NothingRings);
                Heard::Nothing
            }
            // What rang beside it, and answers too late to be told that somebody else has.
            Event::Answered(leg, _) if leg != self.leg => {
                controls.set(leg, Signalling::Up);
                controls.end(leg, 0, Reason::Answered);
                Heard::Nothing
            }
            event if leg_of(&event) != Some(self.leg) => Heard::Other(event),
            event => self.own(event, controls),
        }
    }

    fn own(&mut self, event: Event, controls: &mut Controls<'_>) -> Heard {
        match event {
            Event::MediaOffer(leg, offer) if !self.is_up => {
                // Its answer comes in the ACK.
                controls.accept(leg, offer);
                Heard::Nothing
            }
            Event::MediaAnswer(leg, answer) if !self.is_up => {
                controls.accept(leg, answer);
                self.up(controls)
            }
            Event::Ready(leg) if !self.is_up => {
                let accepted = controls.legs.get(&leg).is_some_and(|leg| leg.signalling == Signalling::Up);
                if accepted { self.up(controls) } else { Heard::Nothing }
            }
            Event::MediaOffer(leg, offer) if self.offering => {
                controls.commands.push(Command::Answer(leg, offer));
                Heard::Nothing
            }
            Event::MediaAnswer(leg, answer) if self.answering => {
                self.answering = false;
                controls.commands.push(Command::Answer(leg, answer));
                Heard::Nothing
            }
            Event::Acknowledged(leg, answer) => {
                self.offering = false;
                if !answer.is_empty() {
                    controls.order(leg, What::RemoteAnswer(answer));
                }
                Heard::Nothing
            }
            Event::Rejected(leg, reason, value) if self.answering || self.offering => {
                (self.answering, self.offering) = (false, false);
                controls.history.note(controls.now, "media", "", &value, reason);
                controls.commands.push(Command::RefuseOffer(leg, 488));
                Heard::Nothing
            }
            Event::Rejected(_, reason, value) => {
                let status = if reason == Reason::PortsSpent { 503 } else { 488 };
                Heard::Over(Ending::new(reason, value, status))
            }
            Event::Cancelled(leg) => {
                controls.set(leg, Signalling::Over);
                Heard::Over(Ending::new(Reason::CallerGaveUp, "", 487))
            }
            Event::Unconfirmed(leg) => {
                controls.set(leg, Signalling::Over);
                Heard::Over(Ending::new(Reason::PrackMissing, controls.device(leg), 504))
            }
            Event::Ended(leg, cause) => {
                let ending = talk::ending(leg, true, cause, controls);
                controls.gone(leg);
                Heard::Over(ending)
            }
            Event::Offered(leg, offer) => {
                self.offered(leg, offer, controls);
                Heard::Nothing
            }
            // Nobody is there to whom fax or video could be passed on.
            Event::PassOn(leg) => {
                controls.order(leg, What::MakeAnswer { like: None });
                Heard::Nothing
            }
            Event::Info(_, request, kind, body) => {
                let info = info::read(&kind, &body);
                controls.commands.push(Command::Respond(request, info::reply(info)));
                match info {
                    info::Info::Digit(key) => Heard::Key(key),
                    info::Info::Empty | info::Info::Unknown => Heard::Nothing,
                }
            }
            Event::Digit(_, key) => Heard::Key(key),
            Event::Said(_, number) if number == self.said => Heard::Said,
            Event::Hushed(_) => Heard::Hushed,
            Event::FaxCalls(_) => Heard::Fax,
            Event::Held(leg, held) => {
                if let Some(known) = controls.legs.get_mut(&leg) {
                    known.held = held;
                }
                Heard::Nothing
            }
            Event::FlowLost(leg) => {
                ring::lost(leg, controls);
                Heard::Nothing
            }
            Event::FlowBack(leg) => {
                ring::back(leg, controls);
                Heard::Nothing
            }
            _ => Heard::Nothing,
        }
    }

    fn up(&mut self, controls: &mut Controls<'_>) -> Heard {
        self.is_up = true;
        let answerer = controls.history.record.callee.clone();
        if controls.history.record.answered_at.is_none() {
            controls.history.answered(controls.now, &answerer);
            controls.changed();
        }
        Heard::Up
    }

    fn offered(&mut self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) {
        if !self.is_up {
            controls.commands.push(Command::RefuseOffer(leg, 491));
        } else if offer.is_empty() {
            self.offering = true;
            controls.order(leg, What::MakeOffer { like: None });
        } else {
            self.answering = true;
            controls.order(leg, What::RemoteOffer(offer));
            controls.order(leg, What::MakeAnswer { like: None });
        }
    }

    /// Says something, instead of what is being said.
    pub fn say(&mut self, clips: Vec<Clip>, controls: &mut Controls<'_>) {
        self.said = self.said.wrapping_add(1);
        controls.order(self.leg, What::Say(Saying { number: self.said, clips, repeats: false }));
    }

    /// Says no more.
    pub fn hush(&mut self, controls: &mut Controls<'_>) {
        self.said = self.said.wrapping_add(1);
        controls.order(self.leg, What::Stop);
    }
}

/// Phrases as clips.
pub fn clips(language: Language, phrases: impl IntoIterator<Item = Phrase>) -> Vec<Clip> {
    phrases.into_iter().map(|phrase| Clip::Sound(SoundName::Phrase(language, phrase.name()))).collect()
}
