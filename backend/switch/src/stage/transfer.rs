//! One of two who talk is replaced (RFC 3515, 5589): the devices of somebody else ring, or a leg of another call is taken
//! over. Until that has come off, the two can still be brought back together.

use media::{LegId, LegKind, Tone, What};
use shared::ExtensionId;
use shared::reason::Reason;

use crate::controls::{Command, Controls};
use crate::leg::Media;
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::{Ending, Event, Hosted, Next, Stage, Talk, info, ring};

/// What a leg has asked for, after it was found to be allowed.
#[derive(Debug)]
pub struct Asked {
    /// Who asks, and leaves the call.
    pub by: LegId,
    /// The Event header of its notifications; none when it wants none (RFC 4488).
    pub subscription: Option<String>,
    /// The number that is to be connected.
    pub number: String,
    /// By which way.
    pub goal: Goal,
}

/// Who takes the place.
#[derive(Debug)]
pub enum Goal {
    /// Whoever answers of these.
    Devices(Rings),
    /// A leg that is borrowed from another call (RFC 3891).
    Leg(LegId),
    /// The same of a leg that has monitored the call, and takes the place unasked (CTI-06).
    TakeOver(LegId),
    /// Somebody of the house.
    Hosted(Box<Hosted>),
    /// Nobody yet: the other waits in a slot, and after so many seconds rings whoever asks (PARK-01).
    Park {
        /// Seconds.
        seconds: u32,
        /// Who asks.
        parker: ExtensionId,
    },
}

/// How far it is.
#[derive(Debug)]
enum Way {
    Blind(Box<Fork>),
    Hosted(Option<Box<Hosted>>),
    Attended(LegId, Loan),
}

/// How far it is with a leg that is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loan {
    /// Its media is taken over from the other call; whoever is there notices nothing.
    Adopting,
    /// Its media cannot be had: other media is to be offered.
    Describing,
    /// It has been offered.
    Offered,
}

/// A transfer under way.
#[derive(Debug)]
pub struct Transfer {
    /// The two as they were; it goes on until the end of the transfer.
    talk: Talk,
    by: LegId,
    remaining: LegId,
    subscription: Option<String>,
    number: String,
    way: Way,
    /// Is the place taken from whoever leaves it, and not given away?
    taking: bool,
    /// The status that the one who asked was told last.
    told: u16,
    /// It has hung up without waiting for the end.
    is_gone: bool,
}

impl Transfer {
    /// Out of a talk.
    pub fn new(talk: Talk, asked: Asked) -> Self {
        let Asked { by, subscription, number, goal } = asked;
        let remaining = talk.peer(by).unwrap_or(by);
        let taking = matches!(goal, Goal::TakeOver(_));
        let way = match goal {
            Goal::Devices(rings) => Way::Blind(Box::new(Fork::new(Some(remaining), true, rings))),
            Goal::Leg(leg) | Goal::TakeOver(leg) => Way::Attended(leg, Loan::Adopting),
            Goal::Hosted(hosted) => Way::Hosted(Some(hosted)),
            // Parking is a stage of its own.
            Goal::Park { .. } => Way::Blind(Box::new(Fork::new(Some(remaining), true, Rings::default()))),
        };
        Self { talk, by, remaining, subscription, number, way, taking, told: 0, is_gone: false }
    }

    /// Begins.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        if !self.taking {
            controls.history.note(controls.now, "transfer", "", &self.number, Reason::TransferStarted);
        }
        self.notify(100, controls);
        match &mut self.way {
            Way::Blind(fork) => {
                // Who has handed it on is no longer listened to, nor listens.
                controls.order(self.remaining, What::Disconnect);
                controls.order(self.remaining, What::Play(Tone::Ringback));
                let turn = fork.start(controls);
                self.turn(turn, controls)
            }
            Way::Hosted(hosted) => match hosted.take() {
                Some(hosted) => self.hosted(*hosted, controls),
                None => Next::Stay,
            },
            Way::Attended(leg, _) => {
                controls.adopt(*leg);
                Next::Stay
            }
        }
    }

    /// May somebody else answer what rings?
    pub const fn is_open(&self) -> bool {
        match &self.way {
            Way::Blind(fork) => fork.is_open(),
            Way::Attended(..) | Way::Hosted(_) => false,
        }
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::PickedUp(leg, _) if !self.is_open() => {
                controls.end(leg, 404, Reason::NothingRings);
                Next::Stay
            }
            Event::Ended(leg, _) if leg == self.by => {
                controls.gone(leg);
                self.is_gone = true;
                Next::Stay
            }
            // What the one who remains hears is the affair of the transfer now.
            Event::Held(leg, held) if leg == self.by => {
                if let Some(known) = controls.legs.get_mut(&leg) {
                    known.held = held;
                }
                Next::Stay
            }
            Event::Timeout => self.timeout(controls),
            Event::HangUp | Event::TenantRemoved | Event::Silent(_) => self.talked(event, controls),
            Event::Replace(_, new, _) => {
                controls.end(new, 491, Reason::TransferFailed);
                Next::Stay
            }
            event if leg_of(&event).is_some_and(|leg| leg != self.by && leg != self.remaining) => {
                self.aimed(event, controls)
            }
            event @ Event::Onward(_) => self.aimed(event, controls),
            event => self.talked(event, controls),
        }
    }

    /// An event of the two who talked.
    fn talked(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let next = self.talk.handle(event, controls);
        if matches!(next, Next::End(_)) {
            self.abandon(controls);
            self.finish(487, controls);
        }
        next
    }

    /// An event of whoever is to take the place.
    fn aimed(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match (&mut self.way, event) {
            (_, Event::Offered(leg, _)) => {
                controls.commands.push(Command::RefuseOffer(leg, 491));
                Next::Stay
            }
            (_, Event::Info(_, request, kind, body)) => {
                controls.commands.push(Command::Respond(request, info::reply(info::read(&kind, &body))));
                Next::Stay
            }
            (_, Event::FlowBack(leg)) => ring::back(leg, controls),
            (Way::Blind(fork), event) => {
                let turn = fork.handle(event, controls);
                self.turn(turn, controls)
            }
            (Way::Hosted(_), _) => Next::Stay,
            (Way::Attended(leg, loan), Event::MediaOffer(_, offer)) => {
                *loan = Loan::Offered;
                controls.commands.push(Command::Offer(*leg, offer, self.remaining));
                Next::Stay
            }
            (Way::Attended(leg, loan @ Loan::Adopting), Event::Rejected(..)) => {
                *loan = Loan::Describing;
                let leg = *leg;
                self.describe(leg, controls);
                Next::Stay
            }
            (Way::Attended(leg, loan), event) => {
                let (leg, loan) = (*leg, *loan);
                self.attended(leg, loan, event, controls)
            }
        }
    }

    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing => Next::Stay,
            Turn::Rings => {
                self.notify(180, controls);
                Next::Stay
            }
            Turn::Early(leg) => {
                self.notify(183, controls);
                controls.order(self.remaining, What::Stop);
                controls.order(self.remaining, What::Connect(leg));
                Next::Stay
            }
            Turn::Won(leg) => self.connect(leg, Reason::TransferredBlind, controls),
            Turn::Goes(hosted) => self.hosted(*hosted, controls),
            Turn::Failed(ending) => self.fail(ending.status, ending.reason, controls),
        }
    }

    /// The leg's media is on another worker, so it is offered media on this one.
    fn describe(&self, leg: LegId, controls: &mut Controls<'_>) {
        if let Some(known) = controls.legs.get_mut(&leg) {
            known.media = Media::None;
        }
        controls.open(leg);
        if controls.legs.get(&leg).is_some_and(|leg| leg.kind() == LegKind::Browser) {
            controls.order(leg, What::OwnCertificate);
        }
        controls.order(leg, What::MakeOffer { like: Some(self.remaining) });
    }

    fn attended(&mut self, leg: LegId, loan: Loan, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::OfferAnswered(_, answer) => {
                controls.order(leg, What::RemoteAnswer(answer));
                Next::Stay
            }
            Event::Ready(_) => {
                let reason = if self.taking { Reason::TakenOver } else { Reason::TransferredAttended };
                let next = self.connect(leg, reason, controls);
                controls.commands.push(Command::Keep(leg));
                next
            }
            Event::OfferRefused(_, status) => {
                controls.close(leg);
                controls.commands.push(Command::GiveBack(leg));
                self.fail(status, Reason::OfferRefused, controls)
            }
            Event::Rejected(_, reason, value) => {
                controls.history.note(controls.now, "media", "", &value, reason);
                // Once it has answered our offer nothing brings its session with the other call back.
                if loan == Loan::Offered {
                    self.abandon(controls);
                } else {
                    controls.close(leg);
                    controls.commands.push(Command::GiveBack(leg));
                }
                self.fail(488, reason, controls)
            }
            Event::Ended(..) => {
                controls.gone(leg);
                let next = self.fail(480, Reason::DeviceUnreachable, controls);
                controls.commands.push(Command::Lose(leg));
                next
            }
            _ => Next::Stay,
        }
    }

    /// The two who are to talk can.
    fn connect(&mut self, leg: LegId, reason: Reason, controls: &mut Controls<'_>) -> Next {
        if self.taking {
            let from = controls.number(self.by);
            controls.history.note(controls.now, "monitor", &self.number, &from, reason);
        } else {
            controls.history.note(controls.now, "transfer", "", &self.number, reason);
        }
        bring_together(leg, self.remaining, controls);
        if matches!(self.way, Way::Blind(_)) {
            ring::picked_up(leg, controls);
        }
        self.finish(200, controls);
        if !self.is_gone {
            controls.end(self.by, 0, reason);
        }
        controls.changed();
        let talk = std::mem::replace(&mut self.talk, Talk::new(self.by, self.remaining)).with(self.by, leg);
        let adopted = matches!(self.way, Way::Attended(_, Loan::Adopting));
        Next::Go(Stage::Talk(if adopted { talk.renewing(leg) } else { talk }))
    }

    /// Somebody of the house takes the place.
    fn hosted(&mut self, hosted: Hosted, controls: &mut Controls<'_>) -> Next {
        controls.history.note(controls.now, "transfer", "", &self.number, Reason::TransferredBlind);
        self.finish(200, controls);
        if !self.is_gone {
            controls.end(self.by, 0, Reason::TransferredBlind);
        }
        controls.order(self.remaining, What::Stop);
        Next::Go(hosted.stage(self.remaining, bytes::Bytes::new()))
    }

    /// Nobody takes the place: the two are brought back together, if both are still there.
    fn fail(&mut self, status: u16, reason: Reason, controls: &mut Controls<'_>) -> Next {
        if let Way::Blind(fork) = &mut self.way {
            fork.stop(controls, reason);
        }
        controls.history.note(controls.now, "transfer", reason.code(), &self.number, Reason::TransferFailed);
        self.finish(status, controls);
        if self.is_gone {
            let ending = Ending::new(Reason::TransferFailed, self.number.as_str(), 0);
            return Next::End(Ending { rule: reason.code().to_owned(), ..ending });
        }
        let on_hold = controls.legs.get(&self.by).is_some_and(|leg| leg.held);
        controls.hold(self.remaining, on_hold);
        controls.order(self.by, What::Connect(self.remaining));
        let talk = std::mem::replace(&mut self.talk, Talk::new(self.by, self.remaining));
        Next::Go(Stage::Talk(talk))
    }

    /// The call ends: whoever was to take the place is let go.
    fn abandon(&mut self, controls: &mut Controls<'_>) {
        match &mut self.way {
            Way::Blind(fork) => fork.stop(controls, Reason::CallerGaveUp),
            Way::Hosted(_) => {}
            Way::Attended(leg, _) => {
                controls.end(*leg, 0, Reason::TransferFailed);
                controls.commands.push(Command::Lose(*leg));
            }
        }
    }

    fn timeout(&mut self, controls: &mut Controls<'_>) -> Next {
        if let Some(ending) = ring::overdue(self.remaining, controls) {
            self.abandon(controls);
            self.finish(487, controls);
            return Next::End(ending);
        }
        if !self.is_gone && ring::overdue(self.by, controls).is_some() {
            controls.end(self.by, 0, Reason::FlowLostEnded);
            self.is_gone = true;
        }
        match &mut self.way {
            Way::Blind(fork) => {
                let turn = fork.handle(Event::Timeout, controls);
                self.turn(turn, controls)
            }
            // The stack says in any case what has become of the offer.
            Way::Attended(..) | Way::Hosted(_) => Next::Stay,
        }
    }

    fn notify(&mut self, status: u16, controls: &mut Controls<'_>) {
        self.say(status, false, controls);
    }

    fn finish(&mut self, status: u16, controls: &mut Controls<'_>) {
        self.say(status, true, controls);
        self.subscription = None;
    }

    fn say(&mut self, status: u16, last: bool, controls: &mut Controls<'_>) {
        if let Some(event) = self.subscription.clone().filter(|_| !self.is_gone && (last || status > self.told)) {
            controls.commands.push(Command::Notify(self.by, event, status, last));
        }
        self.told = self.told.max(status);
    }
}

/// A leg that is new to the call talks with the one who has waited; who holds the other has music played to it.
pub fn bring_together(leg: LegId, remaining: LegId, controls: &mut Controls<'_>) {
    let place = controls.place(leg);
    controls.history.moved(&place);
    let on_hold = |leg| controls.legs.get(&leg).is_some_and(|leg| leg.held);
    let (by_new, by_remaining) = (on_hold(leg), on_hold(remaining));
    controls.hold(remaining, by_new);
    controls.order(leg, What::Connect(remaining));
    if by_remaining {
        controls.hold(leg, true);
    }
}

/// The leg that an event is about.
pub fn leg_of(event: &Event) -> Option<LegId> {
    match event {
        Event::Trying(leg)
        | Event::Progress(leg, ..)
        | Event::Answered(leg, _)
        | Event::Failed(leg, _)
        | Event::Redirected(leg, ..)
        | Event::Cancelled(leg)
        | Event::Unconfirmed(leg)
        | Event::Unreached(leg, _)
        | Event::Acknowledged(leg, _)
        | Event::Offered(leg, _)
        | Event::OfferAnswered(leg, _)
        | Event::OfferRefused(leg, _)
        | Event::Taken(leg)
        | Event::Ended(leg, _)
        | Event::Info(leg, ..)
        | Event::MediaOffer(leg, _)
        | Event::MediaAnswer(leg, _)
        | Event::Ready(leg)
        | Event::PassOn(leg)
        | Event::Rejected(leg, ..)
        | Event::Held(leg, _)
        | Event::Digit(leg, _)
        | Event::Said(leg, _)
        | Event::Hushed(leg)
        | Event::FaxCalls(leg)
        | Event::PickedUp(leg, _)
        | Event::FlowLost(leg)
        | Event::FlowBack(leg) => Some(*leg),
        Event::Replace(..)
        | Event::Queue(_)
        | Event::Pin(_)
        | Event::Transfer(_)
        | Event::Onward(_)
        | Event::Instructed(..)
        | Event::MonitorEnded
        | Event::PromptKept(_)
        | Event::Recalled(..)
        | Event::Conference(_)
        | Event::Connected(_)
        | Event::Silent(_)
        | Event::HangUp
        | Event::TenantRemoved
        | Event::Timeout => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::testing::{A, B, C, Scene};

    /// B, who talks with A, wants C in its place, a leg of another call.
    fn asked() -> (Scene, Vec<String>) {
        let mut scene = Scene::new();
        for leg in [A, B, C] {
            scene.up(leg);
        }
        scene.borrowed(C, LegId(9));
        scene.enter(Stage::Talk(Talk::new(A, B)));
        let asked =
            Asked { by: B, subscription: Some("refer".to_owned()), number: "103".to_owned(), goal: Goal::Leg(C) };
        let words = scene.after(Event::Transfer(Box::new(asked)));
        (scene, words)
    }

    #[test]
    fn the_media_of_a_borrowed_leg_is_adopted_and_both_are_told_with_whom_they_talk() {
        let (mut scene, words) = asked();
        assert_eq!(words, ["Notify 2 100", "3 Adopt 9"]);
        assert_eq!(
            scene.after(Event::Ready(C)),
            [
                "1 Stop",
                "3 Connect 1",
                "Notify 2 200 last",
                "Bye 2 transferred_attended",
                "2 Close",
                "Changed",
                "Keep 3",
                "1 MakeOffer like 3",
                "3 MakeOffer like 1",
            ]
        );
        assert_eq!(scene.after(Event::MediaOffer(C, "o".into())), ["Offer 3 of 1"]);
        assert_eq!(scene.after(Event::OfferRefused(C, 488)), [""; 0], "it hears and is heard without");
        assert_eq!(scene.after(Event::OfferAnswered(A, "a".into())), ["1 RemoteAnswer"]);
    }

    #[test]
    fn whoever_has_put_us_on_hold_leaves_the_other_with_music() {
        let (mut scene, _) = asked();
        scene.hold(A);
        let words = scene.after(Event::Ready(C));
        assert_eq!(words[..3], ["1 Stop", "3 Connect 1", "Music 3"]);
    }

    #[test]
    fn media_on_another_worker_is_offered_anew_and_a_refusal_gives_the_leg_back() {
        let (mut scene, _) = asked();
        let elsewhere = Event::Rejected(C, Reason::MediaOfferBad, String::new());
        assert_eq!(scene.after(elsewhere), ["3 Open Phone", "3 MakeOffer like 1"]);
        assert_eq!(scene.after(Event::MediaOffer(C, "o".into())), ["Offer 3 of 1"]);
        assert_eq!(
            scene.after(Event::OfferRefused(C, 488)),
            ["3 Close", "GiveBack 3", "Notify 2 488 last", "1 Stop", "2 Connect 1"]
        );
    }
}
