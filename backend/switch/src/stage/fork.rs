//! Devices that are called until one answers: all contacts of the highest preference at once, then the next; the first
//! answer wins (RFC 3261, 16.7). Whoever waits meanwhile is the affair of the stage that has the fork.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use media::{LegId, Protection, What};
use shared::Moment;
use shared::reason::Reason;
use sip::Transport;

use crate::controls::{Command, Controls};
use crate::leg::Signalling;
use crate::stage::{Ending, Event, Hosted, Onto};

/// What an event has come to for whoever waits.
#[derive(Debug)]
pub enum Turn {
    /// Nothing.
    Nothing,
    /// A device says that it rings.
    Rings,
    /// The early media of this device may be heard.
    Early(LegId),
    /// This device has answered and can be heard.
    Won(LegId),
    /// Nobody has answered, and somebody of the house does.
    Goes(Box<Hosted>),
    /// Nobody will answer.
    Failed(Ending),
}

/// Legs that ring together, and after how many seconds the next are rung.
#[derive(Debug, Default)]
pub struct Batch {
    /// The legs.
    pub legs: Vec<LegId>,
    /// None leaves it to the time of all.
    pub seconds: Option<u32>,
    /// Somebody else's devices than those before, who have failed for themselves: seconds that from here on may ring.
    pub afresh: Option<u32>,
}

impl From<Vec<LegId>> for Batch {
    fn from(legs: Vec<LegId>) -> Self {
        Self { legs, ..Self::default() }
    }
}

/// All that is rung for one call, batch after batch.
#[derive(Debug, Default)]
pub struct Rings {
    /// The batches.
    pub batches: Vec<Batch>,
    /// Seconds that all may ring.
    pub seconds: u32,
    /// Is a refusal of one member for all only its own, as in a ring group?
    pub lenient: bool,
    /// Does the call go on elsewhere when nobody answers?
    pub goes_on: bool,
}

impl Rings {
    /// All legs.
    pub fn legs(self) -> impl Iterator<Item = LegId> {
        self.batches.into_iter().flat_map(|batch| batch.legs)
    }
}

/// Calls devices until one answers.
#[derive(Debug)]
pub struct Fork {
    /// Whose codecs the offers begin with.
    like: Option<LegId>,
    /// Can whoever waits hear early media?
    hears_early: bool,
    groups: VecDeque<Batch>,
    lenient: bool,
    goes_on: bool,
    /// How it fails unless it goes on elsewhere.
    failing: Option<Ending>,
    /// When the next are rung.
    next_at: Option<Moment>,
    seconds: u32,
    give_up_at: Moment,
    trying: BTreeSet<LegId>,
    /// Status, whether the device itself said it, and the device.
    refusals: Vec<(u16, bool, String)>,
    /// Devices that have refused an offer of open or protected sound, and were made one of protected sound only.
    insisted: BTreeSet<LegId>,
    early: Option<LegId>,
    winner: Option<LegId>,
    winner_ready: bool,
    /// Somebody else who is about to answer.
    picking: Option<LegId>,
    rang: bool,
    /// Until when the trunk that is tried must have said something.
    unheard_until: Option<Moment>,
}

impl Fork {
    /// Rings one batch after the other.
    pub fn new(like: Option<LegId>, hears_early: bool, rings: Rings) -> Self {
        let Rings { batches, seconds, lenient, goes_on } = rings;
        Self {
            like,
            hears_early,
            lenient,
            goes_on,
            failing: None,
            next_at: None,
            groups: batches.into(),
            seconds,
            give_up_at: Moment::default(),
            trying: BTreeSet::new(),
            refusals: Vec::new(),
            insisted: BTreeSet::new(),
            early: None,
            winner: None,
            winner_ready: false,
            picking: None,
            rang: false,
            unheard_until: None,
        }
    }

    /// Calls the first devices.
    pub fn start(&mut self, controls: &mut Controls<'_>) -> Turn {
        self.ring_for(self.seconds, controls);
        self.next_group(controls)
    }

    fn ring_for(&mut self, seconds: u32, controls: &mut Controls<'_>) {
        self.seconds = seconds;
        self.give_up_at = controls.now + Duration::from_secs(seconds.into());
        controls.wake_at(self.give_up_at);
    }

    /// Who rings.
    pub fn ringing(&self) -> impl Iterator<Item = LegId> {
        self.trying.iter().copied()
    }

    /// These ring too from now on, as long as nobody has answered; all have their whole time again.
    pub fn join(&mut self, rings: Rings, controls: &mut Controls<'_>) {
        let mut joined = false;
        for leg in rings.legs() {
            if self.is_open() {
                joined = true;
                self.trying.insert(leg);
                controls.open(leg);
                controls.order(leg, What::MakeOffer { like: self.like });
            } else {
                controls.gone(leg);
            }
        }
        if joined {
            self.ring_for(self.seconds, controls);
        }
    }

    /// Who has answered, ready or not.
    pub const fn winner(&self) -> Option<LegId> {
        self.winner
    }

    /// Has nobody answered yet, nor is about to?
    pub const fn is_open(&self) -> bool {
        self.winner.is_none() && self.picking.is_none()
    }

    /// Who is to be heard now: the winner once it can be, or the device with early media.
    pub fn heard(&self) -> Option<LegId> {
        if self.winner.is_some() { self.winner.filter(|_| self.winner_ready) } else { self.early }
    }

    /// An event of one of the devices, or the time that has come.
    pub fn handle(&mut self, event: Event, controls: &mut Controls<'_>) -> Turn {
        match event {
            Event::PickedUp(leg, offer) => self.pick(leg, offer, controls),
            Event::MediaAnswer(leg, answer) if self.picking == Some(leg) => self.picked(leg, answer, controls),
            Event::Rejected(leg, reason, value) if self.picking == Some(leg) => {
                controls.history.note(controls.now, "media", "", &value, reason);
                self.pass(488, reason, controls)
            }
            Event::Cancelled(leg) | Event::Unconfirmed(leg) if self.picking == Some(leg) => {
                controls.gone(leg);
                self.picking = None;
                Turn::Nothing
            }
            Event::MediaOffer(leg, offer) => self.offer_made(leg, offer, controls),
            Event::Trying(leg) => self.heard_of(leg),
            Event::Progress(leg, status, description) => self.progress(leg, status, description, controls),
            Event::Answered(leg, description) => self.answered(leg, description, controls),
            Event::Ready(leg) => self.ready(leg),
            Event::Failed(leg, status) => self.failed(leg, status, true, controls),
            Event::Unreached(leg, status) => self.failed(leg, status, false, controls),
            Event::Redirected(leg, status, groups) => self.redirected(leg, status, groups, controls),
            Event::Rejected(leg, reason, value) => self.rejected(leg, reason, value, controls),
            Event::Ended(leg, _) => self.ended(leg, controls),
            Event::Onward(rings) => self.go_on(rings, controls),
            Event::Timeout => self.timeout(controls),
            _ => Turn::Nothing,
        }
    }

    /// Calls the next group, or gives up when there is none.
    fn next_group(&mut self, controls: &mut Controls<'_>) -> Turn {
        let Some(group) = self.groups.pop_front() else { return self.fail(self.best_refusal(), controls) };
        if let Some(seconds) = group.afresh {
            self.refusals.clear();
            self.lenient = false;
            self.ring_for(seconds, controls);
        }
        self.unheard_until = None;
        self.next_at = group.seconds.map(|seconds| controls.now + Duration::from_secs(seconds.into()));
        if let Some(at) = self.next_at {
            controls.wake_at(at);
        }
        for leg in group.legs {
            self.trying.insert(leg);
            let target = controls.legs.get(&leg).and_then(|leg| leg.target.as_ref());
            if let Some(outgoing) = target.and_then(|target| target.outgoing.as_ref()) {
                let until = controls.now + outgoing.patience;
                self.unheard_until = Some(until);
                controls.wake_at(until);
            }
            controls.open(leg);
            controls.order(leg, What::MakeOffer { like: self.like });
        }
        Turn::Nothing
    }

    fn offer_made(&self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Turn {
        let fresh = controls.legs.get(&leg).is_some_and(|leg| leg.signalling == Signalling::New);
        if fresh && self.winner.is_none() && self.trying.contains(&leg) {
            controls.invite(leg, offer);
        }
        Turn::Nothing
    }

    /// A trunk has the call.
    fn heard_of(&mut self, leg: LegId) -> Turn {
        if self.trying.contains(&leg) {
            self.unheard_until = None;
        }
        Turn::Nothing
    }

    /// The trunk that is tried has said nothing at all: the next way is tried.
    fn give_way(&mut self, controls: &mut Controls<'_>) -> Turn {
        self.unheard_until = None;
        for leg in std::mem::take(&mut self.trying) {
            let device = controls.device(leg);
            controls.history.note(controls.now, "ring", "", &device, Reason::TrunkSilent);
            controls.commands.push(Command::Silent(leg));
            controls.end(leg, 487, Reason::TrunkSilent);
            self.refusals.push((408, false, device));
        }
        self.next_group(controls)
    }

    /// The members that ring have had their time.
    fn ring_next(&mut self, controls: &mut Controls<'_>) -> Turn {
        self.next_at = None;
        for leg in std::mem::take(&mut self.trying) {
            let device = controls.device(leg);
            controls.history.note(controls.now, "ring", "", &device, Reason::MemberNoAnswer);
            controls.end(leg, 487, Reason::MemberNoAnswer);
            if self.early == Some(leg) {
                self.early = None;
            }
            self.refusals.push((480, true, device));
        }
        self.next_group(controls)
    }

    fn progress(&mut self, leg: LegId, status: u16, description: Bytes, controls: &mut Controls<'_>) -> Turn {
        if !self.trying.contains(&leg) || self.winner.is_some() {
            return Turn::Nothing;
        }
        self.unheard_until = None;
        if !self.rang {
            self.rang = true;
            controls.history.rang(controls.now);
            controls.note("ring", leg, Reason::DeviceRings);
            controls.changed();
        }
        let wanted = self.early.is_none_or(|early| early == leg);
        if !description.is_empty() && wanted && self.hears_early {
            self.early = Some(leg);
            controls.order(leg, What::RemoteAnswer(description));
        } else if status == 180 {
            return Turn::Rings;
        }
        Turn::Nothing
    }

    fn answered(&mut self, leg: LegId, description: Bytes, controls: &mut Controls<'_>) -> Turn {
        controls.set(leg, Signalling::Up);
        if self.winner.is_some() || !self.trying.remove(&leg) {
            controls.end(leg, 0, Reason::Answered);
            return Turn::Nothing;
        }
        self.winner = Some(leg);
        controls.note("ring", leg, Reason::Answered);
        self.stop(controls, Reason::Answered);
        if !description.is_empty() {
            controls.order(leg, What::RemoteAnswer(description));
        } else if self.early == Some(leg) {
            return self.ready(leg);
        } else {
            return Turn::Failed(Ending::new(Reason::AnswerWithoutMedia, controls.device(leg), 488));
        }
        Turn::Nothing
    }

    /// Nobody will answer here: whoever has sent the call here may send it on.
    fn fail(&mut self, ending: Ending, controls: &mut Controls<'_>) -> Turn {
        if !std::mem::take(&mut self.goes_on) {
            return Turn::Failed(ending);
        }
        self.stop(controls, Reason::NoAnswer);
        (self.early, self.unheard_until, self.next_at) = (None, None, None);
        controls.commands.push(Command::GoOn(ending.unanswered()));
        self.failing = Some(ending);
        Turn::Nothing
    }

    /// What the call goes on with, or how it ends; nothing leaves it at how it has failed.
    fn go_on(&mut self, onward: Result<Onto, Option<Ending>>, controls: &mut Controls<'_>) -> Turn {
        let Some(failing) = self.failing.take() else { return Turn::Nothing };
        let Rings { batches, seconds, lenient, goes_on } = match onward {
            Ok(Onto::Rings(rings)) => rings,
            Ok(Onto::Hosted(hosted)) => return Turn::Goes(hosted),
            Err(ending) => return Turn::Failed(ending.unwrap_or(failing)),
        };
        (self.groups, self.seconds, self.lenient, self.goes_on) = (batches.into(), seconds, lenient, goes_on);
        self.refusals.clear();
        self.start(controls)
    }

    /// Somebody else wants to answer (ADV-05): what rings goes on ringing until that one can be heard.
    fn pick(&mut self, leg: LegId, offer: Bytes, controls: &mut Controls<'_>) -> Turn {
        if offer.is_empty() || !self.is_open() {
            let (status, reason) = if offer.is_empty() { (488, Reason::MediaOfferBad) } else { too_late() };
            controls.end(leg, status, reason);
            return Turn::Nothing;
        }
        self.picking = Some(leg);
        controls.open(leg);
        controls.order(leg, What::RemoteOffer(offer));
        controls.order(leg, What::MakeAnswer { like: self.like });
        Turn::Nothing
    }

    fn picked(&mut self, leg: LegId, answer: Bytes, controls: &mut Controls<'_>) -> Turn {
        if self.winner.is_some() {
            let (status, reason) = too_late();
            return self.pass(status, reason, controls);
        }
        self.picking = None;
        self.winner = Some(leg);
        self.winner_ready = true;
        self.stop(controls, Reason::Answered);
        controls.accept(leg, answer);
        Turn::Won(leg)
    }

    /// Whoever was about to answer does not.
    fn pass(&mut self, status: u16, reason: Reason, controls: &mut Controls<'_>) -> Turn {
        if let Some(leg) = self.picking.take() {
            controls.end(leg, status, reason);
        }
        Turn::Nothing
    }

    /// Calls nobody any more.
    pub fn stop(&mut self, controls: &mut Controls<'_>, reason: Reason) {
        for loser in std::mem::take(&mut self.trying) {
            controls.end(loser, 487, reason);
        }
        let (status, reason) = too_late();
        self.pass(status, reason, controls);
        for unused in std::mem::take(&mut self.groups).into_iter().flat_map(|group| group.legs) {
            controls.gone(unused);
        }
    }

    fn ready(&mut self, leg: LegId) -> Turn {
        match (self.winner, self.early) {
            (Some(winner), _) if winner == leg => {
                self.winner_ready = true;
                Turn::Won(leg)
            }
            (None, Some(early)) if early == leg => Turn::Early(leg),
            _ => Turn::Nothing,
        }
    }

    fn failed(&mut self, leg: LegId, status: u16, said: bool, controls: &mut Controls<'_>) -> Turn {
        let open = self.winner.is_none() && self.trying.contains(&leg);
        if open && insist(&mut self.insisted, leg, status, self.like, controls) {
            return Turn::Nothing;
        }
        controls.gone(leg);
        if self.early == Some(leg) {
            self.early = None;
        }
        if !self.trying.remove(&leg) || self.winner.is_some() {
            return Turn::Nothing;
        }
        let device = controls.device(leg);
        let code = code_of(status, said);
        controls.history.note(controls.now, "ring", &status.to_string(), &device, code);
        self.refusals.push((status, said, device));
        let by_trunk = controls.legs.get(&leg).is_some_and(|leg| leg.trunk.is_some());
        if by_trunk && !said {
            controls.commands.push(Command::Silent(leg));
        }
        // Outside it is the called person that is busy, by whatever way (OUT-02).
        if (status >= 600 && !self.lenient) || (by_trunk && status == 486) {
            return self.fail(self.best_refusal(), controls);
        }
        if self.trying.is_empty() { self.next_group(controls) } else { Turn::Nothing }
    }

    /// A device has sent the call on (RFC 3261, 8.1.3.4) to these, or to nobody who may be called.
    fn redirected(
        &mut self,
        leg: LegId,
        status: u16,
        mut groups: Vec<Vec<LegId>>,
        controls: &mut Controls<'_>,
    ) -> Turn {
        if groups.is_empty() {
            return self.failed(leg, status, true, controls);
        }
        controls.gone(leg);
        if self.early == Some(leg) {
            self.early = None;
        }
        if !self.trying.remove(&leg) || self.winner.is_some() {
            groups.into_iter().flatten().for_each(|unused| controls.gone(unused));
            return Turn::Nothing;
        }
        for group in groups.drain(..).rev() {
            self.groups.push_front(group.into());
        }
        self.next_group(controls)
    }

    fn rejected(&mut self, leg: LegId, reason: Reason, value: String, controls: &mut Controls<'_>) -> Turn {
        let status = if reason == Reason::PortsSpent { 503 } else { 488 };
        if self.winner == Some(leg) {
            return Turn::Failed(Ending::new(reason, value, status));
        }
        if !self.trying.contains(&leg) {
            return Turn::Nothing;
        }
        controls.history.note(controls.now, "media", "", &value, reason);
        let invited = controls.legs.get(&leg).is_some_and(|leg| leg.signalling == Signalling::Early);
        if invited {
            // Its early description was of no use; the device may still answer with a better one.
            self.early = None;
            return Turn::Nothing;
        }
        if reason == Reason::PortsSpent && self.trying.len() == 1 && self.groups.is_empty() {
            return Turn::Failed(Ending::new(reason, value, status));
        }
        self.failed(leg, status, true, controls)
    }

    fn ended(&self, leg: LegId, controls: &mut Controls<'_>) -> Turn {
        controls.gone(leg);
        if self.winner == Some(leg) {
            return Turn::Failed(Ending::new(Reason::CalleeHungUp, "", 480));
        }
        Turn::Nothing
    }

    fn timeout(&mut self, controls: &mut Controls<'_>) -> Turn {
        if self.winner.is_none() && self.unheard_until.is_some_and(|until| controls.now >= until) {
            controls.wake_at(self.give_up_at);
            return self.give_way(controls);
        }
        if self.winner.is_none() && self.next_at.is_some_and(|at| controls.now >= at) && !self.groups.is_empty() {
            controls.wake_at(self.give_up_at);
            return self.ring_next(controls);
        }
        if self.winner.is_none() && controls.now >= self.give_up_at {
            return self.fail(Ending::new(Reason::NoAnswer, self.seconds.to_string(), 480), controls);
        }
        // A winner whose media never becomes ready must not hold the call for ever.
        if controls.now >= self.give_up_at + ANSWER_WAIT {
            return Turn::Failed(Ending::new(Reason::MediaNeverReady, "", 500));
        }
        controls.wake_at(if self.winner.is_none() { self.give_up_at } else { self.give_up_at + ANSWER_WAIT });
        let (now, waits) = (controls.now, self.winner.is_none());
        for until in [self.unheard_until, self.next_at].into_iter().flatten().filter(|until| waits && *until > now) {
            controls.wake_at(until);
        }
        Turn::Nothing
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
        let Some((status, said, device)) = self.refusals.iter().min_by_key(|(status, ..)| rank(*status)) else {
            return Ending::new(Reason::CalleeOffline, "", 480);
        };
        let reason = code_of(*status, *said);
        let told = match (reason, *status) {
            (Reason::DeviceUnreachable | Reason::DeviceDisconnected | Reason::DeviceOverloaded, _)
            | (_, 300..=399 | 401 | 407) => 480,
            (_, status) => status,
        };
        Ending { rule: status.to_string(), ..Ending::new(reason, device.as_str(), told) }
    }
}

/// A device behind TLS that refuses our offer may take nothing but `RTP/SAVP`: it is asked once more, with that. The
/// other way round nobody is asked: what was to be protected is not offered in the open.
pub fn insist(
    insisted: &mut BTreeSet<LegId>,
    leg: LegId,
    status: u16,
    like: Option<LegId>,
    controls: &mut Controls<'_>,
) -> bool {
    let hidden = controls.legs.get(&leg).is_some_and(|leg| leg.flow.transport == Transport::Tls);
    if !hidden || !matches!(status, 488 | 606) || !insisted.insert(leg) {
        return false;
    }
    controls.set(leg, Signalling::New);
    controls.note("media", leg, Reason::SrtpRequired);
    controls.order(leg, What::Protect(Protection::Required));
    controls.order(leg, What::MakeOffer { like });
    true
}

/// How long an answered device's media may take to be ready.
const ANSWER_WAIT: Duration = Duration::from_secs(5);

/// What somebody is told who picks up a call that has been answered meanwhile.
const fn too_late() -> (u16, Reason) {
    (404, Reason::NothingRings)
}

/// What a refusal means; `said` where it is the device's own and not only silence or a closed way.
pub const fn code_of(status: u16, said: bool) -> Reason {
    match status {
        503 if !said => Reason::DeviceDisconnected,
        408 => Reason::DeviceUnreachable,
        430 => Reason::DeviceDisconnected,
        401 | 407 => Reason::DeviceAsksCredentials,
        403 => Reason::DeviceForbids,
        404 | 410 | 604 => Reason::DeviceUnknownUser,
        405 | 501 => Reason::DeviceMethodRefused,
        406 | 415 => Reason::DeviceBodyRefused,
        420 | 421 => Reason::DeviceExtensionRefused,
        422 => Reason::DeviceIntervalRefused,
        480 => Reason::DeviceUnavailable,
        482 | 483 => Reason::DeviceLoop,
        486 | 600 => Reason::DeviceBusy,
        488 | 606 => Reason::DeviceMediaRefused,
        603 | 607 | 608 => Reason::DeviceDeclined,
        503 => Reason::DeviceOverloaded,
        500..=599 => Reason::DeviceBroken,
        _ => Reason::DeviceFailed,
    }
}
