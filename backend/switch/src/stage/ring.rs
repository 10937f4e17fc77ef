//! The caller waits, and hears that devices ring, until one answers or none will.

use bytes::Bytes;
use media::{LegId, What};
use shared::reason::Reason;

use crate::controls::{Command, Controls};
use crate::leg::Signalling;
use crate::stage::fork::{Fork, Rings, Turn};
use crate::stage::{Ending, Event, Next, Stage, Talk, info};

/// What the caller has heard so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    Ringing,
    Early,
}

/// A caller and the devices that ring for it.
#[derive(Debug)]
pub struct Ring {
    caller: LegId,
    /// The caller's offer; empty when it waits for ours.
    offer: Bytes,
    fork: Box<Fork>,
    told: Told,
}

impl Ring {
    /// Rings `groups` one after the other for `seconds` in all, as tests have them.
    #[cfg(test)]
    pub fn new(caller: LegId, offer: Bytes, groups: Vec<Vec<LegId>>, seconds: u32) -> Self {
        let batches = groups.into_iter().map(Vec::into).collect();
        Self::of(caller, offer, Rings { batches, seconds, ..Rings::default() })
    }

    /// Rings these for a caller.
    pub fn of(caller: LegId, offer: Bytes, rings: Rings) -> Self {
        let offers = !offer.is_empty();
        let fork = Box::new(Fork::new(offers.then_some(caller), offers, rings));
        Self { caller, offer, fork, told: Told::Nothing }
    }

    /// Takes the caller's offer and calls the first devices.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        controls.open(self.caller);
        if !self.offer.is_empty() {
            controls.order(self.caller, What::RemoteOffer(self.offer.clone()));
        }
        let turn = self.fork.start(controls);
        self.turn(turn, controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::MediaOffer(leg, offer) if leg == self.caller => self.offer_made(offer, controls),
            Event::MediaAnswer(leg, answer) if leg == self.caller => self.answer_made(answer, controls),
            Event::Rejected(leg, reason, value) if leg == self.caller => {
                let status = if reason == Reason::PortsSpent { 503 } else { 488 };
                Next::End(Ending::new(reason, value, status))
            }
            Event::Cancelled(leg) if leg == self.caller => {
                controls.set(leg, Signalling::Over);
                Next::End(Ending::new(Reason::CallerGaveUp, "", 487))
            }
            Event::Unconfirmed(leg) if leg == self.caller => {
                controls.set(leg, Signalling::Over);
                Next::End(Ending::new(Reason::PrackMissing, controls.device(leg), 504))
            }
            Event::FlowLost(leg) if leg == self.caller || self.fork.winner() == Some(leg) => lost(leg, controls),
            Event::FlowBack(leg) => back(leg, controls),
            Event::Timeout => match overdue(self.caller, controls) {
                Some(ending) => Next::End(ending),
                None => self.forked(Event::Timeout, controls),
            },
            Event::HangUp => Next::End(Ending::new(Reason::HungUpByAdmin, "", 480)),
            Event::TenantRemoved => Next::End(Ending::new(Reason::TenantSuspended, "", 480)),
            // Offers of a winner that the caller has not been connected to are too early (RFC 3261, 14.2).
            Event::Offered(leg, _) => {
                controls.note("ring", leg, Reason::OfferUntimely);
                controls.commands.push(Command::RefuseOffer(leg, 491));
                Next::Stay
            }
            Event::Info(_, request, kind, body) => {
                controls.commands.push(Command::Respond(request, info::reply(info::read(&kind, &body))));
                Next::Stay
            }
            Event::Replace(_, new, _) => {
                controls.end(new, 481, Reason::Overloaded);
                Next::Stay
            }
            event => self.forked(event, controls),
        }
    }

    fn forked(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        let turn = self.fork.handle(event, controls);
        self.turn(turn, controls)
    }

    fn turn(&mut self, turn: Turn, controls: &mut Controls<'_>) -> Next {
        match turn {
            Turn::Nothing => {}
            Turn::Rings if self.told < Told::Ringing => {
                self.told = Told::Ringing;
                controls.ring(self.caller, None);
            }
            Turn::Rings => {}
            Turn::Early(leg) | Turn::Won(leg) => {
                let like = Some(leg);
                let what = if self.offer.is_empty() { What::MakeOffer { like } } else { What::MakeAnswer { like } };
                controls.order(self.caller, what);
            }
            Turn::Goes(hosted) => return Next::Go(hosted.stage(self.caller, self.offer.clone())),
            Turn::Failed(ending) => return Next::End(ending),
        }
        Next::Stay
    }

    /// The caller sent no offer: ours goes out in the 200, its answer comes in the ACK.
    fn offer_made(&mut self, offer: Bytes, controls: &mut Controls<'_>) -> Next {
        let Some(winner) = self.fork.winner() else { return Next::Stay };
        controls.accept(self.caller, offer);
        self.talk(winner, controls)
    }

    fn answer_made(&mut self, answer: Bytes, controls: &mut Controls<'_>) -> Next {
        // An answer made for early media is not yet the one for the device that won.
        let Some(heard) = self.fork.heard() else { return Next::Stay };
        if self.fork.winner().is_some() {
            controls.accept(self.caller, answer);
            controls.order(self.caller, What::Connect(heard));
            return self.talk(heard, controls);
        }
        self.told = Told::Early;
        controls.ring(self.caller, Some(answer));
        controls.order(self.caller, What::Connect(heard));
        Next::Stay
    }

    /// May somebody else answer?
    pub const fn is_open(&self) -> bool {
        self.fork.is_open()
    }

    fn talk(&self, winner: LegId, controls: &mut Controls<'_>) -> Next {
        let place = controls.place(winner);
        controls.history.answered(controls.now, &place);
        if picked_up(winner, controls) {
            // The call stands in the list of whoever has answered it, whomever it was for.
            controls.history.record.callee_extension_id = controls.extension(winner);
        }
        controls.changed();
        Next::Go(Stage::Talk(Talk::new(self.caller, winner)))
    }
}

/// Has somebody answered that was not called? It is noted.
pub fn picked_up(winner: LegId, controls: &mut Controls<'_>) -> bool {
    let came_in = controls.legs.get(&winner).is_some_and(|leg| leg.target.is_none());
    if came_in {
        let number = controls.number(winner);
        controls.history.note(controls.now, "ring", "", &number, Reason::PickedUp);
    }
    came_in
}

/// The leg's connection is gone: it is waited for.
pub fn lost(leg: LegId, controls: &mut Controls<'_>) -> Next {
    let now = controls.now;
    if let Some(known) = controls.legs.get_mut(&leg).filter(|leg| leg.lost_at.is_none()) {
        known.lost_at = Some(now);
        controls.note("ring", leg, Reason::FlowLost);
        controls.wake_at(now + controls.flow_grace);
    }
    Next::Stay
}

/// The leg's device is back.
pub fn back(leg: LegId, controls: &mut Controls<'_>) -> Next {
    if let Some(known) = controls.legs.get_mut(&leg)
        && known.lost_at.take().is_some()
    {
        controls.note("ring", leg, Reason::LegReplaced);
    }
    Next::Stay
}

/// What devices that ring ask for beside is answered; any other event comes back.
pub fn beside(event: Event, controls: &mut Controls<'_>) -> Option<Event> {
    match event {
        Event::Offered(leg, _) => controls.commands.push(Command::RefuseOffer(leg, 491)),
        Event::Info(_, request, kind, body) => {
            controls.commands.push(Command::Respond(request, info::reply(info::read(&kind, &body))));
        }
        // There is no dialog yet that could go on at another device.
        Event::Replace(_, new, _) => controls.end(new, 491, Reason::LegReplaced),
        Event::FlowBack(leg) => drop(back(leg, controls)),
        event => return Some(event),
    }
    None
}

/// Has the leg been waited for long enough? Wakes again if not.
pub fn overdue(leg: LegId, controls: &mut Controls<'_>) -> Option<Ending> {
    let until = controls.legs.get(&leg)?.lost_at? + controls.flow_grace;
    if controls.now >= until {
        return Some(Ending::new(Reason::FlowLostEnded, controls.device(leg), 480));
    }
    controls.wake_at(until);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::testing::{A, B, C, Scene};

    fn ringing(groups: Vec<Vec<LegId>>) -> Scene {
        let mut scene = Scene::new();
        scene.enter(Stage::Ring(Ring::new(A, Bytes::from_static(b"offer"), groups, 60)));
        scene
    }

    fn offered(groups: Vec<Vec<LegId>>) -> Scene {
        let first = groups[0].clone();
        let mut scene = ringing(groups);
        for leg in first {
            scene.after(Event::MediaOffer(leg, "o".into()));
        }
        scene
    }

    #[test]
    fn a_call_rings_the_device_with_the_callers_codecs_first() {
        let mut scene = Scene::new();
        let orders = scene.enter(Stage::Ring(Ring::new(A, "offer".into(), vec![vec![B]], 60)));
        assert_eq!(orders, ["1 Open Phone", "1 RemoteOffer", "2 Open Phone", "2 MakeOffer like 1"]);
        assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Invite 2"]);
        assert_eq!(scene.after(Event::Progress(B, 180, Bytes::new())), ["Changed", "Ring 1"]);
        assert_eq!(scene.after(Event::Progress(B, 180, Bytes::new())), [""; 0]);
        assert_eq!(scene.after(Event::Answered(B, "a".into())), ["2 RemoteAnswer"]);
        assert_eq!(scene.after(Event::Ready(B)), ["1 MakeAnswer like 2"]);
        assert_eq!(scene.after(Event::MediaAnswer(A, "a".into())), ["Accept 1", "1 Connect 2", "Changed"]);
        assert!(matches!(scene.stage, Some(Stage::Talk(_))));
    }

    // covers: SYS-02
    #[test]
    fn sys_02_the_first_answer_stops_the_other_device() {
        let mut scene = offered(vec![vec![B, C]]);
        scene.after(Event::Progress(B, 180, Bytes::new()));
        assert_eq!(
            scene.after(Event::Answered(C, "a".into())),
            ["Cancel 2 SIP;cause=200;text=\"Call completed elsewhere\"", "2 Close", "3 RemoteAnswer"]
        );
        assert_eq!(scene.after(Event::Failed(B, 487)), [""; 0]);
        scene.after(Event::Ready(C));
        assert_eq!(scene.after(Event::MediaAnswer(A, "a".into())), ["Accept 1", "1 Connect 3", "Changed"]);
    }

    #[test]
    fn the_second_group_rings_when_the_first_has_failed() {
        let mut scene = offered(vec![vec![B], vec![C]]);
        assert_eq!(scene.after(Event::Failed(B, 503)), ["2 Close", "3 Open Phone", "3 MakeOffer like 1"]);
        scene.after(Event::MediaOffer(C, "o".into()));
        assert_eq!(scene.after(Event::Failed(C, 486)), ["3 Close", "End device_busy 486"]);
    }

    #[test]
    fn a_decline_for_all_stops_all_and_a_busy_device_does_not() {
        let mut scene = offered(vec![vec![B, C]]);
        assert_eq!(scene.after(Event::Failed(B, 486)), ["2 Close"]);
        assert_eq!(scene.after(Event::Failed(C, 603)), ["3 Close", "End device_declined 603"]);
    }

    #[test]
    fn the_caller_hears_the_refusal_that_says_most() {
        for (first, second, told) in [
            (408, 486, "End device_busy 486"),
            (503, 408, "End device_overloaded 480"),
            (404, 503, "End device_unknown_user 404"),
            (302, 503, "End device_failed 480"),
            (488, 408, "End device_media_refused 488"),
        ] {
            let mut scene = offered(vec![vec![B, C]]);
            scene.after(Event::Failed(B, first));
            assert_eq!(scene.after(Event::Failed(C, second)).last().unwrap(), told);
        }
    }

    #[test]
    fn a_device_behind_tls_is_offered_keys_and_asked_once_more_with_nothing_else() {
        let mut scene = Scene::new();
        scene.over_tls(B);
        let orders = scene.enter(Stage::Ring(Ring::new(A, "offer".into(), vec![vec![B]], 60)));
        assert_eq!(
            orders,
            ["1 Open Phone", "1 RemoteOffer", "2 Open Phone", "2 Protect Optional", "2 MakeOffer like 1"]
        );
        assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Invite 2"]);
        assert_eq!(scene.after(Event::Failed(B, 488)), ["2 Protect Required", "2 MakeOffer like 1"]);
        assert_eq!(scene.after(Event::MediaOffer(B, "o".into())), ["Invite 2"]);
        assert_eq!(scene.after(Event::Failed(B, 488)), ["2 Close", "End device_media_refused 488"]);
    }

    #[test]
    fn nobody_answers_in_time() {
        let mut scene = offered(vec![vec![B]]);
        scene.sleep(59);
        assert_eq!(scene.after(Event::Timeout), [""; 0]);
        scene.sleep(1);
        assert_eq!(scene.after(Event::Timeout), ["End no_answer 480"]);
    }

    #[test]
    fn early_media_is_passed_on_and_another_device_may_still_answer() {
        let mut scene = offered(vec![vec![B, C]]);
        assert_eq!(scene.after(Event::Progress(B, 183, "e".into())), ["Changed", "2 RemoteAnswer"]);
        assert_eq!(scene.after(Event::Ready(B)), ["1 MakeAnswer like 2"]);
        assert_eq!(scene.after(Event::MediaAnswer(A, "a".into())), ["Ring 1 with description", "1 Connect 2"]);
        assert_eq!(scene.after(Event::Answered(C, "a".into())).last().unwrap(), "3 RemoteAnswer");
        assert_eq!(scene.after(Event::MediaAnswer(A, "old".into())), [""; 0], "made for the early device");
        assert_eq!(scene.after(Event::Ready(C)), ["1 MakeAnswer like 3"]);
        assert_eq!(scene.after(Event::MediaAnswer(A, "a".into())), ["Accept 1", "1 Connect 3", "Changed"]);
    }

    #[test]
    fn a_caller_without_an_offer_gets_ours_in_the_200() {
        let mut scene = Scene::new();
        let orders = scene.enter(Stage::Ring(Ring::new(A, Bytes::new(), vec![vec![B]], 60)));
        assert_eq!(orders, ["1 Open Phone", "2 Open Phone", "2 MakeOffer"]);
        scene.after(Event::MediaOffer(B, "o".into()));
        scene.after(Event::Answered(B, "a".into()));
        assert_eq!(scene.after(Event::Ready(B)), ["1 MakeOffer like 2"]);
        assert_eq!(scene.after(Event::MediaOffer(A, "o".into())), ["Accept 1", "Changed"]);
        assert_eq!(scene.after(Event::Acknowledged(A, "a".into())), ["1 RemoteAnswer", "1 Connect 2"]);
    }

    #[test]
    fn a_caller_who_gives_up_ends_it() {
        let mut scene = offered(vec![vec![B, C]]);
        assert_eq!(scene.after(Event::Cancelled(A)), ["End caller_gave_up 487"]);
    }

    #[test]
    fn a_description_that_cannot_be_used_is_488_and_no_ports_are_503() {
        let bad = |leg, reason| Event::Rejected(leg, reason, String::new());
        assert_eq!(offered(vec![vec![B]]).after(bad(A, Reason::CodecMismatch)), ["End codec_mismatch 488"]);
        assert_eq!(ringing(vec![vec![B]]).after(bad(B, Reason::PortsSpent)), ["End ports_spent 503"]);
    }

    #[test]
    fn a_caller_whose_connection_is_lost_is_waited_for() {
        let mut scene = offered(vec![vec![B]]);
        scene.after(Event::FlowLost(A));
        scene.sleep(20);
        scene.after(Event::FlowBack(A));
        scene.sleep(10);
        assert_eq!(scene.after(Event::Timeout), [""; 0]);
        scene.after(Event::FlowLost(A));
        scene.sleep(30);
        assert_eq!(scene.after(Event::Timeout), ["End flow_lost_ended 480"]);
    }
}
