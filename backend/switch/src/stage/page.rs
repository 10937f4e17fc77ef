//! Somebody speaks out of the telephones of a group, which answer by themselves (PAG-02). They are heard only while they press
//! themselves in (PAG-03).

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use media::{LegId, Part, What};
use shared::reason::Reason;
use shared::{CallId, Moment};

use crate::controls::{Command, Controls};
use crate::leg::Signalling;
use crate::stage::fork::{Rings, code_of, insist};
use crate::stage::{Ending, Event, Next, QueueNews, info, ring, talk};

/// The key by which a member makes itself heard, and the one by which it only listens again.
const TALK_KEY: char = '*';
const LISTEN_KEY: char = '#';

/// How far the caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// Nobody listens yet.
    Waits,
    /// It has been told that somebody's telephone does something.
    Rings,
    /// Somebody listens: its description is being made.
    Answering,
    /// It speaks.
    Speaks,
}

/// A caller and the telephones that it speaks out of.
#[derive(Debug)]
pub struct Page {
    caller: LegId,
    /// The caller's offer; empty when it waits for ours.
    offer: Bytes,
    how: Caller,
    room: CallId,
    /// The devices of each member: the first that answers is the one.
    members: Vec<Vec<LegId>>,
    seconds: u32,
    until: Moment,
    /// Called, and not listening yet.
    called: BTreeSet<LegId>,
    /// Listening.
    there: BTreeSet<LegId>,
    insisted: BTreeSet<LegId>,
    /// Legs whose new offer awaits our answer.
    answering: BTreeSet<LegId>,
    /// Legs whose request for an offer awaits ours, and then their answer.
    offering: BTreeSet<LegId>,
}

impl Page {
    /// With a batch of devices for each member.
    pub fn new(caller: LegId, offer: Bytes, room: CallId, rings: Rings) -> Self {
        let seconds = rings.seconds;
        let members: Vec<Vec<LegId>> = rings.batches.into_iter().map(|batch| batch.legs).collect();
        Self {
            caller,
            offer,
            how: Caller::Waits,
            room,
            called: members.iter().flatten().copied().collect(),
            members,
            seconds,
            until: Moment::default(),
            there: BTreeSet::new(),
            insisted: BTreeSet::new(),
            answering: BTreeSet::new(),
            offering: BTreeSet::new(),
        }
    }

    /// Whose codecs the telephones are offered first.
    fn like(&self) -> Option<LegId> {
        (!self.offer.is_empty()).then_some(self.caller)
    }

    /// Takes the caller's offer and calls all.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        controls.open(self.caller);
        if !self.offer.is_empty() {
            controls.order(self.caller, What::RemoteOffer(self.offer.clone()));
        }
        for leg in &self.called {
            controls.open(*leg);
            controls.order(*leg, What::MakeOffer { like: self.like() });
        }
        self.until = controls.now + Duration::from_secs(self.seconds.into());
        controls.wake_at(self.until);
        Next::Stay
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::MediaOffer(leg, offer) => self.offer_made(leg, offer, controls),
            Event::MediaAnswer(leg, answer) => self.answer_made(leg, answer, controls),
            Event::Progress(leg, ..) => self.progress(leg, controls),
            Event::Answered(leg, description) => self.answered(leg, description, controls),
            Event::Ready(leg) => self.ready(leg, controls),
            Event::Rejected(leg, reason, value) => self.rejected(leg, reason, value, controls),
            Event::Failed(leg, status) => self.failed(leg, status, true, controls),
            Event::Unreached(leg, status) => self.failed(leg, status, false, controls),
            Event::Redirected(leg, status, groups) => {
                groups.into_iter().flatten().for_each(|unused| controls.gone(unused));
                self.failed(leg, status, true, controls)
            }
            Event::Cancelled(leg) if leg == self.caller => {
                controls.set(leg, Signalling::Over);
                Next::End(Ending::new(Reason::CallerGaveUp, "", 487))
            }
            Event::Unconfirmed(leg) if leg == self.caller => {
                controls.set(leg, Signalling::Over);
                Next::End(Ending::new(Reason::PrackMissing, controls.device(leg), 504))
            }
            Event::Ended(leg, cause) => {
                let ending = talk::ending(leg, leg == self.caller, cause, controls);
                controls.gone(leg);
                if leg == self.caller { Next::End(ending) } else { self.left(leg, controls) }
            }
            Event::Digit(leg, key) => self.pressed(leg, key, controls),
            Event::Info(leg, request, kind, body) => {
                let info = info::read(&kind, &body);
                controls.commands.push(Command::Respond(request, info::reply(info)));
                match info {
                    info::Info::Digit(key) => self.pressed(leg, key, controls),
                    info::Info::Empty | info::Info::Unknown => Next::Stay,
                }
            }
            Event::Offered(leg, offer) => self.offered(leg, offer, controls),
            // Nobody is there to whom fax or video could be passed on.
            Event::PassOn(leg) => {
                controls.order(leg, What::MakeAnswer { like: None });
                Next::Stay
            }
            Event::Acknowledged(leg, answer) => {
                self.offering.remove(&leg);
                if !answer.is_empty() {
                    controls.order(leg, What::RemoteAnswer(answer));
                }
                Next::Stay
            }
            Event::Held(leg, held) => {
                if let Some(known) = controls.legs.get_mut(&leg) {
                    known.held = held;
                }
                Next::Stay
            }
            Event::FlowLost(leg) => ring::lost(leg, controls),
            Event::FlowBack(leg) => ring::back(leg, controls),
            Event::Silent(seconds) => Next::End(Ending::new(Reason::MediaTimeout, seconds.to_string(), 480)),
            Event::HangUp => Next::End(Ending::new(Reason::HungUpByAdmin, "", 480)),
            Event::TenantRemoved => Next::End(Ending::new(Reason::TenantSuspended, "", 480)),
            Event::Timeout => self.timeout(controls),
            Event::Replace(_, new, _) | Event::PickedUp(new, _) => {
                controls.end(new, 491, Reason::Overloaded);
                Next::Stay
            }
            Event::Onward(Ok(onto)) => {
                onto.legs().for_each(|unused| controls.gone(unused));
                Next::Stay
            }
            Event::Recalled(rings) => {
                rings.legs().for_each(|unused| controls.gone(unused));
                Next::Stay
            }
            Event::Cancelled(leg) | Event::Unconfirmed(leg) => {
                controls.gone(leg);
                Next::Stay
            }
            Event::Queue(news) => {
                if let QueueNews::Rings(rings) = news {
                    rings.legs().for_each(|unused| controls.gone(unused));
                }
                Next::Stay
            }
            Event::Onward(Err(_))
            | Event::Trying(_)
            | Event::OfferAnswered(..)
            | Event::OfferRefused(..)
            | Event::Transfer(_)
            | Event::Taken(_)
            | Event::Said(..)
            | Event::Instructed(..)
            | Event::MonitorEnded
            | Event::PromptKept(_)
            | Event::Hushed(_)
            | Event::FaxCalls(_)
            | Event::Conference(_)
            | Event::Pin(_)
            | Event::Connected(_) => Next::Stay,
        }
    }

    fn offer_made(&mut self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Next {
        let is_new = controls.legs.get(&leg).is_some_and(|leg| leg.signalling == Signalling::New);
        if leg == self.caller && self.how == Caller::Answering {
            self.begin(offer, controls);
        } else if self.called.contains(&leg) && is_new {
            controls.invite(leg, offer);
        } else if self.offering.contains(&leg) {
            controls.commands.push(Command::Answer(leg, offer));
        }
        Next::Stay
    }

    fn answer_made(&mut self, leg: LegId, answer: Bytes, controls: &mut Controls<'_>) -> Next {
        if leg == self.caller && self.how == Caller::Answering {
            self.begin(answer, controls);
        } else if self.answering.remove(&leg) {
            controls.commands.push(Command::Answer(leg, answer));
        }
        Next::Stay
    }

    /// The caller is answered, and speaks.
    fn begin(&mut self, description: Bytes, controls: &mut Controls<'_>) {
        self.how = Caller::Speaks;
        controls.accept(self.caller, description);
        controls.order(self.caller, self.part(true));
        // Whose telephone was first says nothing: the call went to the group.
        let group = controls.history.record.callee.clone();
        controls.history.answered(controls.now, &group);
        controls.changed();
    }

    fn part(&self, speaks: bool) -> What {
        What::Mix(Part { room: self.room, speaks, hears: true })
    }

    fn progress(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        if self.called.contains(&leg) && self.how == Caller::Waits {
            self.how = Caller::Rings;
            controls.history.rang(controls.now);
            controls.ring(self.caller, None);
            controls.changed();
        }
        Next::Stay
    }

    fn answered(&mut self, leg: LegId, description: Bytes, controls: &mut Controls<'_>) -> Next {
        controls.set(leg, Signalling::Up);
        if !self.called.contains(&leg) {
            controls.end(leg, 0, Reason::Answered);
            return Next::Stay;
        }
        if description.is_empty() {
            controls.note("page", leg, Reason::AnswerWithoutMedia);
            controls.end(leg, 0, Reason::AnswerWithoutMedia);
            return self.left(leg, controls);
        }
        controls.note("page", leg, Reason::Answered);
        controls.order(leg, What::RemoteAnswer(description));
        let own = self.members.iter().find(|devices| devices.contains(&leg));
        for other in own.into_iter().flatten().filter(|other| **other != leg) {
            if self.called.remove(other) {
                controls.end(*other, 487, Reason::Answered);
            }
        }
        Next::Stay
    }

    fn ready(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        if !self.called.remove(&leg) {
            return Next::Stay;
        }
        self.there.insert(leg);
        controls.order(leg, self.part(false));
        if matches!(self.how, Caller::Waits | Caller::Rings) {
            self.how = Caller::Answering;
            let like = Some(leg);
            let what = if self.offer.is_empty() { What::MakeOffer { like } } else { What::MakeAnswer { like } };
            controls.order(self.caller, what);
        }
        Next::Stay
    }

    fn rejected(&mut self, leg: LegId, reason: Reason, value: String, controls: &mut Controls<'_>) -> Next {
        if self.answering.remove(&leg) || self.offering.remove(&leg) {
            controls.history.note(controls.now, "media", "", &value, reason);
            controls.commands.push(Command::RefuseOffer(leg, 488));
            return Next::Stay;
        }
        if leg == self.caller {
            let status = if reason == Reason::PortsSpent { 503 } else { 488 };
            return Next::End(Ending::new(reason, value, status));
        }
        controls.history.note(controls.now, "media", "", &value, reason);
        controls.end(leg, 487, reason);
        self.left(leg, controls)
    }

    fn failed(&mut self, leg: LegId, status: u16, said: bool, controls: &mut Controls<'_>) -> Next {
        let like = self.like();
        if self.called.contains(&leg) && insist(&mut self.insisted, leg, status, like, controls) {
            return Next::Stay;
        }
        controls.gone(leg);
        if self.called.contains(&leg) {
            let device = controls.device(leg);
            controls.history.note(controls.now, "page", &status.to_string(), &device, code_of(status, said));
        }
        self.left(leg, controls)
    }

    /// A telephone is not there, or no more; the call ends with the last.
    fn left(&mut self, leg: LegId, controls: &Controls<'_>) -> Next {
        self.called.remove(&leg);
        self.there.remove(&leg);
        if !self.called.is_empty() || !self.there.is_empty() {
            return Next::Stay;
        }
        Next::End(match self.how {
            Caller::Speaks => Ending::new(Reason::CalleeHungUp, "", 0),
            _ => Ending::new(Reason::PageUnanswered, controls.history.record.callee.as_str(), 480),
        })
    }

    /// Whoever has not answered by itself by now is skipped; whoever is lost for too long is gone.
    fn timeout(&mut self, controls: &mut Controls<'_>) -> Next {
        if let Some(ending) = ring::overdue(self.caller, controls) {
            return Next::End(ending);
        }
        let lost: Vec<LegId> =
            self.there.iter().copied().filter(|leg| ring::overdue(*leg, controls).is_some()).collect();
        let mut next = Next::Stay;
        for leg in lost {
            controls.end(leg, 0, Reason::FlowLostEnded);
            next = self.left(leg, controls);
        }
        if controls.now < self.until {
            controls.wake_at(self.until);
            return next;
        }
        for leg in self.called.clone() {
            controls.note("page", leg, Reason::PageSkipped);
            controls.end(leg, 487, Reason::PageSkipped);
            next = self.left(leg, controls);
        }
        next
    }

    /// A key of one of those who listen.
    fn pressed(&mut self, leg: LegId, key: char, controls: &mut Controls<'_>) -> Next {
        let (speaks, code) = match key {
            TALK_KEY => (true, Reason::TalksBack),
            LISTEN_KEY => (false, Reason::ListensAgain),
            _ => return Next::Stay,
        };
        if self.there.contains(&leg) {
            controls.order(leg, self.part(speaks));
            let number = controls.number(leg);
            controls.history.note(controls.now, "page", "", &number, code);
            controls.changed();
        }
        Next::Stay
    }

    fn offered(&mut self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Next {
        let is_up = self.there.contains(&leg) || (leg == self.caller && self.how == Caller::Speaks);
        if !is_up {
            controls.commands.push(Command::RefuseOffer(leg, 491));
        } else if offer.is_empty() {
            self.offering.insert(leg);
            controls.order(leg, What::MakeOffer { like: None });
        } else {
            self.answering.insert(leg);
            controls.order(leg, What::RemoteOffer(offer));
            controls.order(leg, What::MakeAnswer { like: None });
        }
        Next::Stay
    }
}
