//! Monitoring: which call is listened to, at which level, and until when (CTI-03 to CTI-08). The call that is listened to notes
//! nothing of it, for whoever talks there sees its record; only who takes it over stands in it.

use std::collections::BTreeMap;

use media::{HeardBy, LegId, Monitoring, What};
use shared::call_record::CallRecord;
use shared::fact::Fact;
use shared::feature_code::Service;
use shared::monitor::MonitorLevel;
use shared::reason::Reason;
use shared::{CallId, ExtensionId};

use crate::admission::Refusal;
use crate::call::Call;
use crate::feature::{Feature, feature};
use crate::history::History;
use crate::leg::{Leg, Media, Side, Signalling};
use crate::outside::{FlowUser, Outside};
use crate::pbx::Pbx;
use crate::pbx::goal::{Host, Rung};
use crate::presentation::Shown;
use crate::stage::monitor::{Monitor, Watching};
use crate::stage::{Asked, Event, Goal, Hosted, Stage};

/// The most who listen to one call.
pub const MONITORS_MAX: usize = 16;

/// What somebody listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    call: CallId,
    leg: LegId,
    extension: ExtensionId,
    level: MonitorLevel,
}

impl Pbx {
    /// The call in which an extension talks, and its leg there.
    pub(super) fn talk_of(&self, extension: ExtensionId) -> Option<(CallId, LegId)> {
        self.lines_now(extension).into_iter().find_map(|(id, ..)| {
            let call = self.calls.get(&id).filter(|call| !call.is_over())?;
            let talks = |leg: &&Leg| leg.extension == Some(extension) && call.talks_with(leg.id).is_some();
            call.legs.values().find(talks).map(|leg| (id, leg.id))
        })
    }

    /// Who answers whoever has dialled the code.
    pub(super) fn rung_monitor(&self, extension: ExtensionId, level: MonitorLevel) -> Result<Rung, Refusal> {
        let listen = |(call, _)| self.calls.get(&call).map_or(0, |call| call.monitored_by.len());
        if self.talk_of(extension).is_some_and(|talk| listen(talk) >= MONITORS_MAX) {
            return Err(Refusal::MonitorsFull(self.number_of(extension)));
        }
        Ok(Rung { host: Some(Host::Monitor(extension, level)), ..Rung::default() })
    }

    /// The same, as its stage begins with it.
    pub(super) fn watching(&self, extension: ExtensionId, level: MonitorLevel) -> Watching {
        let talks = self.talk_of(extension).is_some();
        Watching { extension, number: self.number_of(extension), level, talks }
    }

    /// The media worker on which somebody who listens has to be.
    pub(super) fn lane_to_monitor(&self, hosted: Option<&Hosted>) -> Option<CallId> {
        let Hosted::Monitor(watching) = hosted? else { return None };
        let (call, _) = self.talk_of(watching.extension)?;
        self.calls.get(&call).map(|call| call.lane)
    }

    /// Rings the own devices of an extension that has asked from a page; whoever answers listens.
    pub fn monitor_call(
        &mut self,
        outside: &mut Outside,
        supervisor: ExtensionId,
        watched: ExtensionId,
        level: MonitorLevel,
    ) -> Result<(), Refusal> {
        let (own, number) = (self.number_of(supervisor), self.number_of(watched));
        let code = self.directory.plan.codes.listening.clone();
        if !self.directory.plan.monitoring.enabled {
            return Err(Refusal::NumberUnknown(code));
        }
        self.let_in(outside, Some(supervisor), &own, false)?;
        feature(&self.directory, supervisor, (Service::Listening, &format!("*{number}*{}", level.key())))?;
        self.rung_monitor(watched, level)?;
        let watching = self.watching(watched, level);
        let Some((talk, _)) = self.talk_of(watched) else { return Err(Refusal::MonitorNoCall(number)) };
        let lane = self.calls.get(&talk).map(|call| call.lane);
        let name = |id| self.directory.extension(id).map(|known| known.name.clone()).unwrap_or_default();
        let shown = Shown { number: number.clone(), name: format!("Listen to {}", name(watched)), ..Shown::default() };
        let rung = self.rung_devices(outside, supervisor, Side::Caller, &shown)?;
        let opened = CallRecord::open(outside.ids.next::<CallId>(outside.now), self.id(), outside.now);
        let record = CallRecord {
            caller: own,
            caller_name: name(supervisor),
            caller_extension_id: Some(supervisor),
            callee: format!("{code}*{number}*{}", level.key()),
            callee_name: name(watched),
            ..opened
        };
        let (tenant, id) = (self.id(), record.id);
        let mut history = History::open(record, Vec::new());
        history.note(outside.now, "routing", Service::Listening.word(), &number, Reason::MonitorAsked);
        let (rings, legs, _) = rung.into_rings();
        let legs: BTreeMap<LegId, Leg> = legs.into_iter().map(|leg| (leg.id, leg)).collect();
        for leg in legs.values() {
            outside.use_flow(leg.flow, FlowUser::Leg(tenant, id, leg.id));
        }
        outside.calls.insert(id, tenant);
        outside.fact(Some(tenant), Fact::CallStarted { record: history.record.clone(), trace: history.trace() });
        let stage = Stage::Monitor(Box::new(Monitor::of_devices(rings, watching)));
        let mut call = Call::new(id, legs, history, stage);
        call.lane = lane.unwrap_or(id);
        self.calls.insert(id, call);
        self.running += 1;
        self.start_heart(outside);
        self.start(outside, id);
        Ok(())
    }

    /// Somebody listens from now on, or at another level than before.
    pub(super) fn monitor(
        &mut self,
        outside: &mut Outside,
        id: CallId,
        leg: LegId,
        extension: ExtensionId,
        level: MonitorLevel,
    ) {
        let Some(place) = self.place_of(id, extension, level) else {
            return self.handle(outside, id, Event::MonitorEnded);
        };
        let reason = match level {
            MonitorLevel::Listen => Reason::MonitorListens,
            MonitorLevel::Whisper => Reason::MonitorWhispers,
            MonitorLevel::Barge => Reason::MonitorBarges,
            MonitorLevel::TakeOver => Reason::MonitorTakesOver,
        };
        let number = self.number_of(extension);
        let untimely = level == MonitorLevel::TakeOver && !self.may_take(place);
        let reason = if untimely { Reason::MonitorUntimely } else { reason };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.history.note(outside.now, "monitor", "", &number, reason);
        let lane = (id, call.lane);
        let supervisor = call.legs.get(&leg).and_then(|leg| leg.extension);
        self.tell(outside, id);
        if untimely {
            return;
        }
        if let Some(supervisor_id) = supervisor {
            let supervisor = self.number_of(supervisor_id);
            let fact = Fact::CallMonitored { call_id: id, supervisor_id, supervisor, extension: number, level };
            outside.fact(Some(self.id()), fact);
        }
        match heard_by(level) {
            Some(heard) => outside.order(lane, leg, What::Monitor(Monitoring { of: place.leg, heard })),
            None => self.take_over(outside, (id, leg), place),
        }
    }

    /// What the call listens to, which is found the first time; none where there is nothing, or nothing on its media worker.
    fn place_of(&mut self, id: CallId, extension: ExtensionId, level: MonitorLevel) -> Option<Place> {
        let known = self.calls.get(&id)?.monitors;
        let (call, leg) = match known {
            Some(place) => (place.call, place.leg),
            None => self.talk_of(extension)?,
        };
        let lane = self.calls.get(&id)?.lane;
        let watched = self.calls.get_mut(&call).filter(|watched| watched.lane == lane && !watched.is_over())?;
        if watched.monitored_by.len() >= MONITORS_MAX && !watched.monitored_by.contains(&id) {
            return None;
        }
        watched.monitored_by.insert(id);
        let before = known.map(|place| place.level);
        // Who has tried to take over and could not listens as before.
        let level = if level == MonitorLevel::TakeOver { before.unwrap_or_default() } else { level };
        let place = Place { call, leg, extension, level };
        self.calls.get_mut(&id)?.monitors = Some(place);
        Some(place)
    }

    /// Do the two talk, and is nobody about to take a place?
    fn may_take(&self, place: Place) -> bool {
        self.calls.get(&place.call).is_some_and(|call| call.talks_with(place.leg).is_some())
    }

    /// The leg goes on in the call that it has listened to, in the place of the extension there.
    fn take_over(&mut self, outside: &mut Outside, (id, leg): (CallId, LegId), place: Place) {
        let tenant = self.id();
        let side = self.calls.get(&place.call).and_then(|call| call.legs.get(&place.leg)).map(|leg| leg.side);
        let own = self.calls.get_mut(&id).and_then(|call| call.legs.get_mut(&leg));
        let own = own.filter(|own| own.signalling == Signalling::Up && own.dialog.is_some());
        let (Some(side), Some(own)) = (side, own) else { return };
        let new = outside.new_leg();
        let lent = Leg { id: new, side, media: Media::None, borrowed: Some((id, leg)), ..own.clone() };
        let number = lent.number.clone();
        if let Some(dialog) = own.dialog.take() {
            outside.own(dialog, tenant, place.call, &lent);
        }
        outside.use_flow(lent.flow, FlowUser::Leg(tenant, place.call, new));
        if let Some(call) = self.calls.get_mut(&place.call) {
            call.legs.insert(new, lent);
        }
        let asked = Asked { by: place.leg, subscription: None, number, goal: Goal::TakeOver(new) };
        self.handle(outside, place.call, Event::Transfer(Box::new(asked)));
    }

    /// After each event of a call: whoever listens to it follows the extension to another of its devices, and ends with it.
    pub(super) fn follow_monitors(&mut self, outside: &mut Outside, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let left = if call.is_over() { call.monitors.take() } else { None };
        let (over, by) = (call.is_over(), call.monitored_by.clone());
        if let Some(place) = left
            && let Some(watched) = self.calls.get_mut(&place.call)
        {
            watched.monitored_by.remove(&id);
        }
        for monitor in by {
            let Some(place) = self.calls.get(&monitor).and_then(|call| call.monitors) else { continue };
            // In a room its sound is with the room's, which may be on another media worker.
            let talks = self.calls.get(&id).filter(|call| !over && call.conference().is_none());
            let there = talks.and_then(|call| {
                let is_there = |leg: &&Leg| leg.extension == Some(place.extension) && leg.signalling == Signalling::Up;
                call.legs.get(&place.leg).filter(is_there).or_else(|| call.legs.values().find(is_there))
            });
            match there.map(|leg| leg.id) {
                Some(leg) if leg == place.leg => {}
                Some(leg) => self.move_monitor(outside, monitor, Place { leg, ..place }),
                None => self.handle(outside, monitor, Event::MonitorEnded),
            }
        }
    }

    fn move_monitor(&mut self, outside: &mut Outside, monitor: CallId, place: Place) {
        let Some(call) = self.calls.get_mut(&monitor) else { return };
        call.monitors = Some(place);
        let lane = (monitor, call.lane);
        let own = call.legs.values().find(|leg| leg.signalling == Signalling::Up).map(|leg| leg.id);
        if let (Some(own), Some(heard)) = (own, heard_by(place.level)) {
            outside.order(lane, own, What::Monitor(Monitoring { of: place.leg, heard }));
        }
    }
}

/// Who hears whoever monitors at a level; none where it takes a place itself.
const fn heard_by(level: MonitorLevel) -> Option<HeardBy> {
    match level {
        MonitorLevel::Listen => Some(HeardBy::Nobody),
        MonitorLevel::Whisper => Some(HeardBy::One),
        MonitorLevel::Barge => Some(HeardBy::Both),
        MonitorLevel::TakeOver => None,
    }
}

impl Feature {
    /// Whose call is to be monitored, and how.
    pub(super) const fn monitored(&self) -> Option<(ExtensionId, MonitorLevel)> {
        match self {
            Self::Monitor(extension, level) => Some((*extension, *level)),
            _ => None,
        }
    }
}
