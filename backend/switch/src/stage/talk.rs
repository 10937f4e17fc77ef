//! Two talk, until one hangs up; in between holds, new offers, digits, lost and regained connections.

use std::collections::BTreeSet;

use bytes::Bytes;
use media::{CodecPair, LegId, What};
use shared::reason::Reason;
use sip::EndCause;

use crate::controls::{Command, Controls};
use crate::leg::Signalling;
use crate::stage::{Asked, Ending, Event, Goal, Next, Onto, Park, QueueNews, Stage, Transfer, info, ring};

/// Two legs that hear each other.
#[derive(Debug)]
pub struct Talk {
    caller: LegId,
    callee: LegId,
    /// Legs whose new offer awaits our answer.
    answering: BTreeSet<LegId>,
    /// Legs whose request for an offer awaits ours, and then their answer.
    offering: BTreeSet<LegId>,
    /// The leg that is taken over, and the one that takes it over.
    replacing: Option<(LegId, LegId)>,
    codecs: Option<CodecPair>,
    /// The legs that are offered a description anew, because somebody else is at the other end, or does something else.
    renewing: BTreeSet<LegId>,
    /// The leg whose offer is answered when the other has answered what was passed on of it.
    passing: Option<LegId>,
}

impl Talk {
    /// Between these two.
    pub fn new(caller: LegId, callee: LegId) -> Self {
        Self {
            caller,
            callee,
            answering: BTreeSet::new(),
            offering: BTreeSet::new(),
            replacing: None,
            codecs: None,
            renewing: BTreeSet::new(),
            passing: None,
        }
    }

    /// As this talk, with somebody else in the place of `old`. The one who remains is told by a new offer, which also finds
    /// a codec that both have.
    pub fn with(self, old: LegId, new: LegId) -> Self {
        let (caller, callee) = if old == self.caller { (new, self.callee) } else { (self.caller, new) };
        let remaining = if old == self.caller { self.callee } else { self.caller };
        let busy = self.answering.contains(&remaining) || self.offering.contains(&remaining);
        let keep = |mut legs: BTreeSet<LegId>| {
            legs.remove(&old);
            legs
        };
        Self {
            answering: keep(self.answering),
            offering: keep(self.offering),
            renewing: BTreeSet::from_iter((!busy).then_some(remaining)),
            ..Self::new(caller, callee)
        }
    }

    /// As this talk; a leg that comes from another call is told in the same way with whom it talks now.
    pub fn renewing(mut self, leg: LegId) -> Self {
        self.renewing.insert(leg);
        self
    }

    /// The ringing has connected them; a connection that was lost meanwhile is waited for still.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        *controls.wake = None;
        for leg in &self.renewing {
            controls.order(*leg, What::MakeOffer { like: self.peer(*leg) });
        }
        self.overdue(controls)
    }

    fn overdue(&self, controls: &mut Controls<'_>) -> Next {
        let over = [self.caller, self.callee].into_iter().find_map(|leg| ring::overdue(leg, controls));
        over.map_or(Next::Stay, Next::End)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::Offered(leg, offer) => self.offered(leg, offer, controls),
            Event::MediaAnswer(leg, answer) => self.answer_made(leg, answer, controls),
            Event::MediaOffer(leg, offer) => self.offer_made(leg, offer, controls),
            Event::Acknowledged(leg, answer) => self.acknowledged(leg, answer, controls),
            Event::Rejected(leg, reason, value) => self.rejected(leg, reason, value, controls),
            Event::Connected(pair) => self.connected(pair, controls),
            Event::Held(leg, held) => self.held(leg, held, controls),
            Event::Info(leg, request, kind, body) => {
                let info = info::read(&kind, &body);
                if let (info::Info::Digit(digit), Some(peer)) = (info, self.peer(leg)) {
                    controls.order(peer, What::SendDigit(digit));
                }
                controls.commands.push(Command::Respond(request, info::reply(info)));
                Next::Stay
            }
            Event::Ended(leg, cause) => self.ended(leg, cause, controls),
            Event::Cancelled(leg) | Event::Unconfirmed(leg) | Event::Failed(leg, _) | Event::Unreached(leg, _) => {
                self.replacement_gone(leg, controls)
            }
            Event::Answered(leg, _) => {
                controls.set(leg, Signalling::Up);
                controls.end(leg, 0, Reason::Answered);
                Next::Stay
            }
            Event::Replace(old, new, offer) => self.replace(old, new, offer, controls),
            Event::FlowLost(leg) => self.flow_lost(leg, controls),
            Event::FlowBack(leg) => ring::back(leg, controls),
            Event::Silent(seconds) => Next::End(Ending::new(Reason::MediaTimeout, seconds.to_string(), 0)),
            Event::HangUp => Next::End(Ending::new(Reason::HungUpByAdmin, "", 0)),
            Event::TenantRemoved => Next::End(Ending::new(Reason::TenantSuspended, "", 0)),
            Event::Timeout => self.overdue(controls),
            Event::OfferAnswered(leg, answer) => {
                if self.renewing.contains(&leg) {
                    controls.order(leg, What::RemoteAnswer(answer));
                }
                Next::Stay
            }
            Event::OfferRefused(leg, status) => {
                let device = controls.device(leg);
                controls.history.note(controls.now, "talk", &status.to_string(), &device, Reason::OfferRefused);
                self.renewed(leg, controls);
                Next::Stay
            }
            Event::Ready(leg) => {
                self.renewed(leg, controls);
                Next::Stay
            }
            Event::PassOn(leg) => self.pass_on(leg, controls),
            Event::Transfer(asked) => self.transfer(*asked),
            Event::Taken(leg) => Next::End(Ending::new(Reason::TransferredAttended, controls.number(leg), 0)),
            Event::Redirected(_, _, groups) => {
                groups.into_iter().flatten().for_each(|unused| controls.gone(unused));
                Next::Stay
            }
            Event::Onward(onto) => {
                onto.into_iter().flat_map(Onto::legs).for_each(|unused| controls.gone(unused));
                Next::Stay
            }
            Event::Queue(news) => {
                if let QueueNews::Rings(rings) = news {
                    rings.legs().for_each(|unused| controls.gone(unused));
                }
                Next::Stay
            }
            Event::Trying(_)
            | Event::Progress(..)
            | Event::Digit(..)
            | Event::Said(..)
            | Event::Hushed(_)
            | Event::FaxCalls(_)
            | Event::Conference(_)
            | Event::Pin(_)
            | Event::MonitorEnded
            | Event::PromptKept(_)
            | Event::Instructed(..) => Next::Stay,
            Event::PickedUp(leg, _) => {
                controls.end(leg, 404, Reason::NothingRings);
                Next::Stay
            }
            Event::Recalled(rings) => {
                rings.legs().for_each(|unused| controls.gone(unused));
                Next::Stay
            }
        }
    }

    fn transfer(&mut self, asked: Asked) -> Next {
        let talk = std::mem::replace(self, Self::new(self.caller, self.callee));
        if matches!(asked.goal, Goal::Park { .. }) {
            return Next::Go(Stage::Park(Box::new(Park::new(talk, asked))));
        }
        Next::Go(Stage::Transfer(Box::new(Transfer::new(talk, asked))))
    }

    /// Is nobody about to take the place of one of the two?
    pub const fn is_settled(&self) -> bool {
        self.replacing.is_none()
    }

    /// The other end.
    pub fn peer(&self, leg: LegId) -> Option<LegId> {
        match leg {
            leg if leg == self.caller => Some(self.callee),
            leg if leg == self.callee => Some(self.caller),
            _ => None,
        }
    }

    fn offered(&mut self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Next {
        let Some(peer) = self.peer(leg) else {
            controls.commands.push(Command::RefuseOffer(leg, 488));
            return Next::Stay;
        };
        let like = Some(peer);
        if offer.is_empty() {
            self.offering.insert(leg);
            controls.order(leg, What::MakeOffer { like });
        } else {
            self.answering.insert(leg);
            controls.order(leg, What::RemoteOffer(offer));
            controls.order(leg, What::MakeAnswer { like });
        }
        Next::Stay
    }

    /// Fax or video was offered, or taken away: the other is offered the same, unless it is in the middle of another offer.
    fn pass_on(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        let Some(peer) = self.peer(leg) else { return Next::Stay };
        let busy = [&self.renewing, &self.offering, &self.answering].iter().any(|legs| legs.contains(&peer));
        if busy || self.replacing.is_some() {
            controls.order(leg, What::MakeAnswer { like: Some(peer) });
            return Next::Stay;
        }
        controls.note("talk", leg, Reason::MediaPassedOn);
        self.passing = Some(leg);
        self.renewing.insert(peer);
        controls.order(peer, What::MakeOffer { like: Some(leg) });
        Next::Stay
    }

    /// An offer of ours to this leg is done with, however it went; false where there was none.
    fn renewed(&mut self, leg: LegId, controls: &mut Controls<'_>) -> bool {
        if !self.renewing.remove(&leg) {
            return false;
        }
        let waits = self.passing.take_if(|waits| *waits != leg);
        if let Some(waits) = waits.filter(|waits| self.answering.contains(waits)) {
            controls.order(waits, What::MakeAnswer { like: self.peer(waits) });
        }
        true
    }

    fn answer_made(&mut self, leg: LegId, answer: Bytes, controls: &mut Controls<'_>) -> Next {
        if self.answering.remove(&leg) {
            controls.commands.push(Command::Answer(leg, answer));
        } else if let Some((old, new)) = self.replacing.filter(|(_, new)| *new == leg) {
            self.replacing = None;
            return self.take_over(old, new, answer, controls);
        }
        Next::Stay
    }

    fn offer_made(&mut self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Next {
        if self.offering.contains(&leg) {
            controls.commands.push(Command::Answer(leg, offer));
        } else if let Some(peer) = self.peer(leg).filter(|_| self.renewing.contains(&leg)) {
            controls.commands.push(Command::Offer(leg, offer, peer));
        }
        Next::Stay
    }

    /// The answer to an offer of ours: in a re-INVITE without one, or in the INVITE that began the call.
    fn acknowledged(&mut self, leg: LegId, answer: Bytes, controls: &mut Controls<'_>) -> Next {
        let again = self.offering.remove(&leg);
        if let (false, Some(peer)) = (answer.is_empty(), self.peer(leg)) {
            controls.order(leg, What::RemoteAnswer(answer));
            if !again {
                controls.order(leg, What::Connect(peer));
            }
        }
        Next::Stay
    }

    fn rejected(&mut self, leg: LegId, reason: Reason, value: String, controls: &mut Controls<'_>) -> Next {
        controls.history.note(controls.now, "media", "", &value, reason);
        if self.answering.remove(&leg) || self.offering.remove(&leg) {
            controls.commands.push(Command::RefuseOffer(leg, 488));
            return Next::Stay;
        }
        if let Some((_, new)) = self.replacing.filter(|(_, new)| *new == leg) {
            self.replacing = None;
            controls.end(new, 488, reason);
            return Next::Stay;
        }
        if self.renewed(leg, controls) {
            return Next::Stay;
        }
        // Before the two were ever connected nothing can come of it; later the session stands as before.
        match (self.peer(leg), &self.codecs) {
            (Some(_), None) => Next::End(Ending::new(reason, value, 0)),
            _ => Next::Stay,
        }
    }

    fn connected(&mut self, pair: CodecPair, controls: &mut Controls<'_>) -> Next {
        if self.codecs.as_ref() != Some(&pair) {
            let (value, code) = match &pair {
                CodecPair::Passed(codec) => (codec.clone(), Reason::CommonCodec),
                CodecPair::Transcoded(one, other) => (format!("{one} and {other}"), Reason::Transcoded),
            };
            controls.history.note(controls.now, "media", "", &value, code);
            self.codecs = Some(pair);
        }
        Next::Stay
    }

    fn held(&mut self, leg: LegId, held: bool, controls: &mut Controls<'_>) -> Next {
        let Some(peer) = self.peer(leg) else { return Next::Stay };
        let Some(known) = controls.legs.get_mut(&leg).filter(|leg| leg.held != held) else { return Next::Stay };
        known.held = held;
        let number = known.number.clone();
        let code = if held { Reason::Held } else { Reason::Resumed };
        controls.history.note(controls.now, "talk", "", &number, code);
        controls.hold(peer, held);
        controls.changed();
        Next::Stay
    }

    fn ended(&mut self, leg: LegId, cause: EndCause, controls: &mut Controls<'_>) -> Next {
        controls.gone(leg);
        if self.peer(leg).is_none() {
            return self.replacement_gone(leg, controls);
        }
        Next::End(ending(leg, leg == self.caller, cause, controls))
    }

    fn flow_lost(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        if self.peer(leg).is_some() {
            return ring::lost(leg, controls);
        }
        Next::Stay
    }

    /// The same person has come back on another dialog (RFC 3891): the new leg is answered like any call.
    fn replace(&mut self, old: LegId, new: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Next {
        let (Some(peer), None) = (self.peer(old), self.replacing) else {
            controls.end(new, 491, Reason::Overloaded);
            return Next::Stay;
        };
        if offer.is_empty() {
            controls.end(new, 488, Reason::MediaOfferBad);
            return Next::Stay;
        }
        self.replacing = Some((old, new));
        controls.open(new);
        controls.order(new, What::RemoteOffer(offer));
        controls.order(new, What::MakeAnswer { like: Some(peer) });
        Next::Stay
    }

    fn take_over(&mut self, old: LegId, new: LegId, answer: Bytes, controls: &mut Controls<'_>) -> Next {
        let Some(peer) = self.peer(old) else {
            controls.end(new, 481, Reason::DeviceFailed);
            return Next::Stay;
        };
        controls.accept(new, answer);
        controls.order(new, What::Connect(peer));
        if controls.legs.get(&old).is_some_and(|leg| leg.held) {
            controls.order(peer, What::Stop);
        }
        if old == self.caller {
            self.caller = new;
        } else {
            self.callee = new;
        }
        self.answering.remove(&old);
        self.offering.remove(&old);
        let reason = self.taken(old, new, peer, controls);
        controls.end(old, 0, reason);
        controls.changed();
        Next::Stay
    }

    /// Notes who has come: the same person again, or somebody else (ADV-06), whose name the other end is told by a new offer.
    fn taken(&mut self, old: LegId, new: LegId, peer: LegId, controls: &mut Controls<'_>) -> Reason {
        if controls.extension(old) == controls.extension(new) {
            controls.note("talk", new, Reason::LegReplaced);
            return Reason::LegReplaced;
        }
        let (from, by, place) = (controls.number(old), controls.number(new), controls.place(new));
        controls.history.note(controls.now, "talk", &from, &by, Reason::TakenFromHold);
        controls.history.moved(&place);
        if !self.answering.contains(&peer) && !self.offering.contains(&peer) {
            self.renewing.insert(peer);
            controls.order(peer, What::MakeOffer { like: Some(new) });
        }
        Reason::TakenFromHold
    }

    fn replacement_gone(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        controls.gone(leg);
        if self.replacing.is_some_and(|(_, new)| new == leg) {
            self.replacing = None;
        }
        Next::Stay
    }
}

/// How a call ends with the dialog of this leg.
pub fn ending(leg: LegId, is_caller: bool, cause: EndCause, controls: &Controls<'_>) -> Ending {
    let lost = controls.legs.get(&leg).is_some_and(|leg| leg.lost_at.is_some());
    let device = controls.device(leg);
    match cause {
        EndCause::Bye(_) if is_caller => Ending::new(Reason::CallerHungUp, "", 0),
        EndCause::Bye(_) => Ending::new(Reason::CalleeHungUp, "", 0),
        EndCause::AckMissing => Ending::new(Reason::AckMissing, device, 0),
        EndCause::SessionTimer => Ending::new(Reason::SessionTimerExpired, device, 0),
        EndCause::Unreachable if lost => Ending::new(Reason::FlowLostEnded, device, 0),
        EndCause::Unreachable => Ending::new(Reason::DeviceUnreachable, device, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::testing::{A, B, C, Scene};

    fn talking() -> Scene {
        let mut scene = Scene::new();
        scene.up(A);
        scene.up(B);
        scene.enter(Stage::Talk(Talk::new(A, B)));
        scene
    }

    #[test]
    fn a_fax_is_offered_to_the_other_first_and_answered_whatever_comes_of_it() {
        for over in [Event::Ready(B), Event::OfferRefused(B, 488), Event::Rejected(B, Reason::FaxRefused, "".into())] {
            let mut scene = talking();
            assert_eq!(scene.after(Event::Offered(A, "o".into())), ["1 RemoteOffer", "1 MakeAnswer like 2"]);
            assert_eq!(scene.after(Event::PassOn(A)), ["2 MakeOffer like 1"]);
            assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Offer 2 of 1"]);
            assert_eq!(scene.after(over), ["1 MakeAnswer like 2"]);
            assert_eq!(scene.after(Event::MediaAnswer(A, "a".into())), ["Answer 1"]);
        }
        let mut scene = talking();
        scene.after(Event::Offered(B, "o".into()));
        scene.after(Event::Offered(A, "o".into()));
        assert_eq!(scene.after(Event::PassOn(A)), ["1 MakeAnswer like 2"], "the other waits for an answer itself");
    }

    #[test]
    fn either_side_may_hang_up() {
        let bye = |leg| Event::Ended(leg, EndCause::Bye(None));
        assert_eq!(talking().after(bye(A)), ["1 Close", "End caller_hung_up 0"]);
        assert_eq!(talking().after(bye(B)), ["2 Close", "End callee_hung_up 0"]);
        assert_eq!(talking().after(Event::Ended(A, EndCause::AckMissing)), ["1 Close", "End ack_missing 0"]);
        assert_eq!(
            talking().after(Event::Ended(B, EndCause::SessionTimer)),
            ["2 Close", "End session_timer_expired 0"]
        );
    }

    #[test]
    fn a_new_offer_is_answered_with_the_peers_codec_and_hold_plays_music() {
        let mut scene = talking();
        assert_eq!(scene.after(Event::Offered(A, "o".into())), ["1 RemoteOffer", "1 MakeAnswer like 2"]);
        assert_eq!(scene.after(Event::Held(A, true)), ["Music 2", "Changed"]);
        assert_eq!(scene.after(Event::MediaAnswer(A, "a".into())), ["Answer 1"]);
        assert_eq!(scene.after(Event::Held(A, true)), [""; 0]);
        assert_eq!(scene.after(Event::Held(A, false)), ["2 Stop", "Changed"]);
    }

    #[test]
    fn a_new_offer_that_cannot_be_used_leaves_the_call_as_it_is() {
        let mut scene = talking();
        scene.after(Event::Offered(B, "o".into()));
        let rejected = Event::Rejected(B, Reason::CodecMismatch, String::new());
        assert_eq!(scene.after(rejected), ["RefuseOffer 2 488"]);
    }

    #[test]
    fn an_answer_to_our_first_offer_that_cannot_be_used_ends_the_call_and_a_later_one_does_not() {
        let rejected = || Event::Rejected(A, Reason::CodecMismatch, String::new());
        assert_eq!(talking().after(rejected()), ["End codec_mismatch 0"]);
        let mut scene = talking();
        scene.after(Event::Connected(CodecPair::Passed("PCMU".into())));
        assert_eq!(scene.after(rejected()), [""; 0]);
    }

    #[test]
    fn a_request_for_an_offer_gets_one_and_its_answer_is_taken_from_the_ack() {
        let mut scene = talking();
        assert_eq!(scene.after(Event::Offered(B, Bytes::new())), ["2 MakeOffer like 1"]);
        assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Answer 2"]);
        assert_eq!(scene.after(Event::Acknowledged(B, "a".into())), ["2 RemoteAnswer"]);
    }

    #[test]
    fn a_digit_by_info_goes_to_the_other_side() {
        let mut scene = talking();
        let info = Event::Info(A, sip::RequestId(1), "application/dtmf-relay".into(), "Signal=7".into());
        assert_eq!(scene.after(info), ["2 SendDigit 7", "Respond 200"]);
    }

    #[test]
    fn a_lost_side_has_thirty_seconds_to_come_back() {
        let mut scene = talking();
        scene.after(Event::FlowLost(B));
        assert_eq!(scene.wake, Some(scene.now + std::time::Duration::from_secs(30)));
        scene.sleep(29);
        assert_eq!(scene.after(Event::Timeout), [""; 0]);
        scene.sleep(1);
        assert_eq!(scene.after(Event::Timeout), ["End flow_lost_ended 480"]);
    }

    #[test]
    fn the_same_person_takes_the_call_up_again_on_another_leg() {
        let mut scene = talking();
        scene.after(Event::FlowLost(A));
        scene.incoming(C);
        scene.same_person(A, C);
        assert_eq!(
            scene.after(Event::Replace(A, C, "o".into())),
            ["3 Open Phone", "3 RemoteOffer", "3 MakeAnswer like 2"]
        );
        assert_eq!(
            scene.after(Event::MediaAnswer(C, "a".into())),
            ["Accept 3", "3 Connect 2", "Bye 1 leg_replaced", "1 Close", "Changed"]
        );
        scene.sleep(31);
        assert_eq!(scene.after(Event::Timeout), [""; 0], "the old leg is waited for no more");
        assert_eq!(scene.after(Event::Ended(C, EndCause::Bye(None))), ["3 Close", "End caller_hung_up 0"]);
    }

    #[test]
    fn a_replacement_that_fails_leaves_the_call() {
        let mut scene = talking();
        scene.incoming(C);
        scene.after(Event::Replace(A, C, "o".into()));
        let rejected = Event::Rejected(C, Reason::CodecMismatch, String::new());
        assert_eq!(scene.after(rejected), ["Reject 3 488", "3 Close"]);
        assert_eq!(scene.after(Event::Ended(A, EndCause::Bye(None))), ["1 Close", "End caller_hung_up 0"]);
    }

    #[test]
    fn silence_and_administrators_end_it() {
        assert_eq!(talking().after(Event::Silent(120)), ["End media_timeout 0"]);
        assert_eq!(talking().after(Event::HangUp), ["End hung_up_by_admin 0"]);
    }
}
