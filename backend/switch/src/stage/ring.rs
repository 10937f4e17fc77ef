//! Devices ring: all contacts of the highest preference at once, then the next; the first answer wins (RFC 3261, 16.7).

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use media::{LegId, Protection, What};
use shared::Moment;
use shared::reason::Reason;
use sip::Transport;

use crate::controls::{Command, Controls};
use crate::leg::Signalling;
use crate::stage::{Ending, Event, Next, Stage, Talk, info};

/// What the caller has heard so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Nothing,
    Ringing,
    Early,
}

/// Calls devices until one answers.
#[derive(Debug)]
pub struct Ring {
    caller: LegId,
    /// The caller's offer; empty when it waits for ours.
    offer: Bytes,
    groups: VecDeque<Vec<LegId>>,
    seconds: u32,
    give_up_at: Moment,
    trying: BTreeSet<LegId>,
    refusals: Vec<(u16, String)>,
    /// Devices that have refused an offer of open or protected sound, and were made one of protected sound only.
    insisted: BTreeSet<LegId>,
    early: Option<LegId>,
    winner: Option<LegId>,
    winner_ready: bool,
    told: Told,
}

impl Ring {
    /// Rings `groups` one after the other for `seconds` in all.
    pub fn new(caller: LegId, offer: Bytes, groups: Vec<Vec<LegId>>, seconds: u32) -> Self {
        Self {
            caller,
            offer,
            groups: groups.into(),
            seconds,
            give_up_at: Moment::default(),
            trying: BTreeSet::new(),
            refusals: Vec::new(),
            insisted: BTreeSet::new(),
            early: None,
            winner: None,
            winner_ready: false,
            told: Told::Nothing,
        }
    }

    /// Takes the caller's offer and calls the first devices.
    pub fn enter(&mut self, controls: &mut Controls<'_>) -> Next {
        self.give_up_at = controls.now + Duration::from_secs(self.seconds.into());
        controls.wake_at(self.give_up_at);
        controls.open(self.caller);
        if !self.offer.is_empty() {
            controls.order(self.caller, What::RemoteOffer(self.offer.clone()));
        }
        self.next_group(controls)
    }

    /// Something has happened.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Next {
        match event {
            Event::MediaOffer(leg, offer) => self.offer_made(leg, offer, controls),
            Event::Progress(leg, status, description) => self.progress(leg, status, description, controls),
            Event::Answered(leg, description) => self.answered(leg, description, controls),
            Event::Ready(leg) => self.ready(leg, controls),
            Event::MediaAnswer(leg, answer) if leg == self.caller => self.answer_made(answer, controls),
            Event::Failed(leg, status) => self.failed(leg, status, controls),
            Event::Rejected(leg, reason, value) => self.rejected(leg, reason, value, controls),
            Event::Cancelled(leg) if leg == self.caller => {
                controls.set(leg, Signalling::Over);
                Next::End(Ending::new(Reason::CallerGaveUp, "", 487))
            }
            Event::Ended(leg, _) => self.ended(leg, controls),
            Event::FlowLost(leg) if leg == self.caller || self.winner == Some(leg) => lost(leg, controls),
            Event::FlowBack(leg) => back(leg, controls),
            Event::Timeout => self.timeout(controls),
            Event::HangUp => Next::End(Ending::new(Reason::HungUpByAdmin, "", 480)),
            Event::TenantRemoved => Next::End(Ending::new(Reason::TenantSuspended, "", 480)),
            // Offers of a winner that the caller has not been connected to are too early (RFC 3261, 14.2).
            Event::Offered(leg, _) => {
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
            Event::MediaAnswer(..)
            | Event::Cancelled(_)
            | Event::FlowLost(_)
            | Event::Acknowledged(..)
            | Event::Connected(_)
            | Event::Held(..)
            | Event::Silent(_) => Next::Stay,
        }
    }

    /// Calls the next group, or gives up when there is none.
    fn next_group(&mut self, controls: &mut Controls<'_>) -> Next {
        let Some(group) = self.groups.pop_front() else { return Next::End(self.best_refusal()) };
        let like = (!self.offer.is_empty()).then_some(self.caller);
        for leg in group {
            self.trying.insert(leg);
            controls.open(leg);
            controls.order(leg, What::MakeOffer { like });
        }
        Next::Stay
    }

    fn offer_made(&mut self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Next {
        let fresh = controls.legs.get(&leg).is_some_and(|leg| leg.signalling == Signalling::New);
        match self.winner {
            // The caller sent no offer: ours goes out in the 200, its answer comes in the ACK.
            Some(winner) if leg == self.caller => {
                controls.accept(leg, offer);
                self.talk(winner, controls)
            }
            None if fresh && self.trying.contains(&leg) => {
                controls.invite(leg, offer);
                Next::Stay
            }
            _ => Next::Stay,
        }
    }

    fn progress(&mut self, leg: LegId, status: u16, description: Bytes, controls: &mut Controls<'_>) -> Next {
        if !self.trying.contains(&leg) || self.winner.is_some() {
            return Next::Stay;
        }
        if controls.history.record.rang_at.is_none() {
            controls.history.rang(controls.now);
            controls.note("ring", leg, Reason::DeviceRings);
            controls.changed();
        }
        let wanted = self.early.is_none_or(|early| early == leg);
        if !description.is_empty() && wanted && !self.offer.is_empty() {
            self.early = Some(leg);
            controls.order(leg, What::RemoteAnswer(description));
        } else if status == 180 && self.told < Told::Ringing {
            self.told = Told::Ringing;
            controls.ring(self.caller, None);
        }
        Next::Stay
    }

    fn answered(&mut self, leg: LegId, description: Bytes, controls: &mut Controls<'_>) -> Next {
        controls.set(leg, Signalling::Up);
        if self.winner.is_some() || !self.trying.remove(&leg) {
            controls.end(leg, 0, Reason::Answered);
            return Next::Stay;
        }
        self.winner = Some(leg);
        controls.note("ring", leg, Reason::Answered);
        for loser in std::mem::take(&mut self.trying) {
            controls.end(loser, 487, Reason::Answered);
        }
        self.groups.clear();
        if !description.is_empty() {
            controls.order(leg, What::RemoteAnswer(description));
        } else if self.early == Some(leg) {
            return self.ready(leg, controls);
        } else {
            return Next::End(Ending::new(Reason::MediaOfferBad, "no answer in the 200", 488));
        }
        Next::Stay
    }

    fn ready(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        let is_winner = self.winner == Some(leg);
        self.winner_ready |= is_winner;
        if is_winner || (self.winner.is_none() && self.early == Some(leg)) {
            let like = Some(leg);
            let what = if self.offer.is_empty() { What::MakeOffer { like } } else { What::MakeAnswer { like } };
            controls.order(self.caller, what);
        }
        Next::Stay
    }

    fn answer_made(&mut self, answer: Bytes, controls: &mut Controls<'_>) -> Next {
        match (self.winner, self.early) {
            // An answer made for early media is not yet the one for the device that won.
            (Some(_), _) if !self.winner_ready => Next::Stay,
            (Some(winner), _) => {
                controls.accept(self.caller, answer);
                controls.order(self.caller, What::Connect(winner));
                self.talk(winner, controls)
            }
            (None, Some(early)) => {
                self.told = Told::Early;
                controls.ring(self.caller, Some(answer));
                controls.order(self.caller, What::Connect(early));
                Next::Stay
            }
            (None, None) => Next::Stay,
        }
    }

    fn talk(&self, winner: LegId, controls: &mut Controls<'_>) -> Next {
        let contact =
            controls.legs.get(&winner).and_then(|leg| leg.target.as_ref()).map(|target| target.contact.clone());
        controls.history.answered(controls.now, &contact.unwrap_or_default());
        controls.changed();
        Next::Go(Stage::Talk(Talk::new(self.caller, winner)))
    }

    /// A device behind TLS that refuses our offer may take nothing but `RTP/SAVP`: it is asked once more, with that. The
    /// other way round nobody is asked: what was to be protected is not offered in the open.
    fn insist(&mut self, leg: LegId, status: u16, controls: &mut Controls<'_>) -> bool {
        let hidden = controls.legs.get(&leg).is_some_and(|leg| leg.flow.transport == Transport::Tls);
        let open = self.winner.is_none() && self.trying.contains(&leg);
        if !hidden || !open || !matches!(status, 488 | 606) || !self.insisted.insert(leg) {
            return false;
        }
        controls.set(leg, Signalling::New);
        controls.note("media", leg, Reason::SrtpRequired);
        controls.order(leg, What::Protect(Protection::Required));
        let like = (!self.offer.is_empty()).then_some(self.caller);
        controls.order(leg, What::MakeOffer { like });
        true
    }

    fn failed(&mut self, leg: LegId, status: u16, controls: &mut Controls<'_>) -> Next {
        if self.insist(leg, status, controls) {
            return Next::Stay;
        }
        controls.gone(leg);
        if self.early == Some(leg) {
            self.early = None;
        }
        if !self.trying.remove(&leg) || self.winner.is_some() {
            return Next::Stay;
        }
        let device = controls.device(leg);
        let code = code_of(status);
        controls.history.note(controls.now, "ring", &status.to_string(), &device, code);
        self.refusals.push((status, device));
        if status >= 600 {
            return Next::End(self.best_refusal());
        }
        if self.trying.is_empty() { self.next_group(controls) } else { Next::Stay }
    }

    fn rejected(&mut self, leg: LegId, reason: Reason, value: String, controls: &mut Controls<'_>) -> Next {
        let status = if reason == Reason::PortsSpent { 503 } else { 488 };
        if leg == self.caller || self.winner == Some(leg) {
            return Next::End(Ending::new(reason, value, status));
        }
        if !self.trying.contains(&leg) {
            return Next::Stay;
        }
        controls.history.note(controls.now, "media", "", &value, reason);
        let invited = controls.legs.get(&leg).is_some_and(|leg| leg.signalling == Signalling::Early);
        if invited {
            // Its early description was of no use; the device may still answer with a better one.
            self.early = None;
            return Next::Stay;
        }
        if reason == Reason::PortsSpent && self.trying.len() == 1 && self.groups.is_empty() {
            return Next::End(Ending::new(reason, value, status));
        }
        self.failed(leg, status, controls)
    }

    fn ended(&mut self, leg: LegId, controls: &mut Controls<'_>) -> Next {
        controls.gone(leg);
        if self.winner == Some(leg) {
            return Next::End(Ending::new(Reason::CalleeHungUp, "", 480));
        }
        Next::Stay
    }

    fn timeout(&mut self, controls: &mut Controls<'_>) -> Next {
        if let Some(ending) = overdue(self.caller, controls) {
            return Next::End(ending);
        }
        if self.winner.is_none() && controls.now >= self.give_up_at {
            return Next::End(Ending::new(Reason::NoAnswer, self.seconds.to_string(), 480));
        }
        // A winner whose media never becomes ready must not hold the call for ever.
        if controls.now >= self.give_up_at + ANSWER_WAIT {
            return Next::End(Ending::new(Reason::MediaOfferBad, "no media", 500));
        }
        controls.wake_at(if self.winner.is_none() { self.give_up_at } else { self.give_up_at + ANSWER_WAIT });
        Next::Stay
    }

    /// The refusal that tells the caller most (RFC 3261, 16.7, step 6).
    fn best_refusal(&self) -> Ending {
        let rank = |status: u16| match status {
            600.. => 0,
            486 => 1,
            488 | 415 | 420 | 484 => 2,
            480 => 3,
            408 | 430 | 503 => 6,
            400..500 => 4,
            _ => 5,
        };
        let Some((status, device)) = self.refusals.iter().min_by_key(|(status, _)| rank(*status)) else {
            return Ending::new(Reason::CalleeOffline, "", 480);
        };
        let reason = code_of(*status);
        let told = match (reason, *status) {
            (Reason::DeviceUnreachable, _) | (_, 300..=399 | 401 | 407) => 480,
            (_, status) => status,
        };
        Ending { rule: status.to_string(), ..Ending::new(reason, device.as_str(), told) }
    }
}

/// How long an answered device's media may take to be ready.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

fn code_of(status: u16) -> Reason {
    match status {
        486 | 600 => Reason::DeviceBusy,
        603 | 607 => Reason::DeviceDeclined,
        408 | 430 | 503 => Reason::DeviceUnreachable,
        488 | 606 => Reason::CodecMismatch,
        _ => Reason::DeviceFailed,
    }
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
            (503, 408, "End device_unreachable 480"),
            (404, 503, "End device_failed 404"),
            (302, 503, "End device_failed 480"),
            (488, 408, "End codec_mismatch 488"),
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
        assert_eq!(scene.after(Event::Failed(B, 488)), ["2 Close", "End codec_mismatch 488"]);
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
