//! Services that are dialled by a code: the intercom, and the ways into a call that is there already (ADV-05, ADV-06, PARK-01).

use std::collections::BTreeSet;

use media::LegId;
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::{CallId, ExtensionId};
use sip::{Header, NewRequest};

use crate::admission::Refusal;
use crate::call::Call;
use crate::feature::Feature;
use crate::history::History;
use crate::leg::{Leg, Side, Signalling};
use crate::outside::{FlowUser, Outside};
use crate::pbx::Pbx;
use crate::pbx::goal::{Client, Rung};
use crate::pbx::invite::{Invite, description};
use crate::presentation::Shown;
use crate::routing::Destination;
use crate::stage::Event;

/// What comes of a call that was let in.
#[derive(Debug)]
pub(super) enum Way {
    /// Somebody is rung.
    Rings(Box<Rung>),
    /// Its caller comes into another call.
    Joins(Joined),
}

/// A place in a call that is there already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joined {
    call: CallId,
    side: Side,
    /// The leg whose place is taken; none where nobody has answered.
    old: Option<LegId>,
}

impl Pbx {
    /// Who is rung for a call to this destination, or which call its caller comes into.
    pub(super) fn way(
        &self,
        outside: &mut Outside,
        caller: Option<ExtensionId>,
        destination: &Destination,
        client: &Client,
        history: &mut History,
    ) -> Result<Way, Refusal> {
        if let Destination::Service(feature) = destination {
            let dialled = history.record.callee.clone();
            history.note(outside.now, "routing", feature.service().word(), &dialled, Reason::ServiceDialled);
            if let Some((extension, level)) = feature.monitored() {
                let name = self.directory.extension(extension).map(|known| known.name.clone());
                history.record.callee_name = name.unwrap_or_default();
                return self.rung_monitor(extension, level).map(|rung| Way::Rings(Box::new(rung)));
            }
            if let Some(joined) = self.joined(caller, feature)? {
                let with = self.calls.get(&joined.call).map(|call| call.history.record.caller.clone());
                history.note(outside.now, "routing", "", &with.unwrap_or_default(), Reason::ServiceJoins);
                return Ok(Way::Joins(joined));
            }
        }
        self.connect(outside, caller, destination, client, history).map(|rung| Way::Rings(Box::new(rung)))
    }

    /// The place in another call that a service gives its caller; none where it is a call of its own.
    fn joined(&self, caller: Option<ExtensionId>, feature: &Feature) -> Result<Option<Joined>, Refusal> {
        let found = match feature {
            Feature::Intercom(_)
            | Feature::Mailbox(_)
            | Feature::Monitor(..)
            | Feature::Agent { .. }
            | Feature::Status(_) => return Ok(None),
            Feature::Park => {
                return Err(Refusal::ParkNeedsTransfer(self.directory.plan.codes.park.clone()));
            }
            Feature::PickUp(extension) => {
                let found = self.rings_somewhere(caller, |leg| leg.extension == Some(*extension));
                found.ok_or_else(|| Refusal::NothingRings(self.number_of(*extension)))
            }
            Feature::PickUpInGroups => {
                let own = self.groups_of(caller);
                let rings = |leg: &Leg| {
                    let group = leg.target.as_ref().and_then(|target| target.shown.group.as_ref());
                    group.is_some_and(|(number, _)| own.contains(number.as_str()))
                };
                let number = || caller.map(|id| self.number_of(id)).unwrap_or_default();
                self.rings_somewhere(caller, rings)
                    .ok_or_else(|| Refusal::NothingRings(format!("a group of {}", number())))
            }
            Feature::TakeHeld(extension) => {
                let found = self.others(caller).find_map(|call| {
                    let is_held = |leg: &&Leg| {
                        let up = leg.held && leg.signalling == Signalling::Up;
                        up && leg.extension == Some(*extension) && call.talks_with(leg.id).is_some()
                    };
                    let leg = call.legs.values().find(is_held)?;
                    Some(Joined { call: call.id, side: leg.side, old: Some(leg.id) })
                });
                found.ok_or_else(|| Refusal::NothingHeld(self.number_of(*extension)))
            }
            Feature::Retrieve(slot) => {
                let found = self.others(caller).find_map(|call| {
                    let (_, side) = call.parked().filter(|(at, _)| at == slot)?;
                    Some(Joined { call: call.id, side, old: None })
                });
                found.ok_or_else(|| Refusal::SlotEmpty(slot.clone()))
            }
        };
        found.map(Some)
    }

    /// Running calls that the caller may come into: a person does not take its own place. Who holds a call may take it on another
    /// telephone.
    fn others(&self, caller: Option<ExtensionId>) -> impl Iterator<Item = &Call> {
        let waits = move |call: &&Call| {
            let own = |leg: &Leg| {
                let in_it = match leg.signalling {
                    Signalling::Early => leg.target.is_none(),
                    Signalling::Up => !leg.held,
                    Signalling::New | Signalling::Over => false,
                };
                in_it && leg.extension.is_some() && leg.extension == caller
            };
            !call.legs.values().any(own)
        };
        self.calls.values().filter(|call| !call.is_over()).filter(waits)
    }

    /// The oldest call in which such a leg rings, and nobody has answered.
    fn rings_somewhere(&self, caller: Option<ExtensionId>, wanted: impl Fn(&Leg) -> bool) -> Option<Joined> {
        self.others(caller).filter(|call| call.is_open()).find_map(|call| {
            let rings = |leg: &&Leg| leg.target.is_some() && leg.signalling == Signalling::Early && wanted(leg);
            let leg = call.legs.values().find(rings)?;
            Some(Joined { call: call.id, side: leg.side, old: None })
        })
    }

    /// The numbers of the groups that the extension is a member of.
    fn groups_of(&self, extension: Option<ExtensionId>) -> BTreeSet<&str> {
        let groups = self.directory.plan.ring_groups.iter().map(|group| &group.settings);
        let own = groups.filter(|group| group.members.iter().any(|member| Some(*member) == extension));
        own.map(|group| group.number.as_str()).collect()
    }

    /// Whoever has dialled the service comes into the call; it has no record of its own.
    pub(super) fn join(&mut self, outside: &mut Outside, invite: &Invite, leg: LegId, joined: Joined) {
        let Joined { call, side, old } = joined;
        self.come_in(outside, invite, leg, call, side);
        let offer = description(&invite.message);
        let event = match old {
            Some(old) => Event::Replace(old, leg, offer),
            None => Event::PickedUp(leg, offer),
        };
        self.handle(outside, call, event);
    }

    /// The device that has called has a leg in a running call.
    pub(super) fn come_in(&mut self, outside: &mut Outside, invite: &Invite, id: LegId, call: CallId, side: Side) {
        let tenant = self.id();
        let leg = self.incoming(id, side, invite);
        outside.own(invite.dialog, tenant, call, &leg);
        outside.use_flow(leg.flow, FlowUser::Leg(tenant, call, id));
        if let Some(call) = self.calls.get_mut(&call) {
            call.legs.insert(id, leg);
        }
    }

    /// The devices that are to answer by themselves: of nobody who is in a call, or does not want to be disturbed (PAG-04).
    pub(super) fn rung_intercom(
        &self,
        outside: &mut Outside,
        extension: ExtensionId,
        side: Side,
        shown: &Shown,
    ) -> Result<Rung, Refusal> {
        let refused = |why| Refusal::NotInterrupted(self.number_of(extension), why);
        if !self.lines_now(extension).is_empty() {
            return Err(refused(Reason::NotInterrupted));
        }
        let known = self.directory.extension(extension);
        if known.is_some_and(|known| known.presence.status == PresenceStatus::DoNotDisturb) {
            return Err(refused(Reason::CalleeNotDisturbed));
        }
        let shown = Shown { answers_itself: true, ..shown.clone() };
        self.rung_devices(outside, extension, side, &shown)
    }

    /// The first slot at which nothing is parked; a slot that is somebody's number is none.
    pub(super) fn free_slot(&self) -> Result<String, Refusal> {
        let parked = self.calls.values().filter(|call| !call.is_over()).filter_map(Call::parked);
        let taken: BTreeSet<&str> = parked.map(|(slot, _)| slot).collect();
        let is_free = |slot: &String| !self.directory.is_number(slot) && !taken.contains(slot.as_str());
        let codes = &self.directory.plan.codes;
        let full = || Refusal::SlotsFull(format!("{}–{}", codes.slot_first, codes.slot_last));
        codes.slots().find(is_free).ok_or_else(full)
    }

    /// Rings the devices of whoever has parked the call, for whoever is parked; what forwarding says is for other calls.
    pub(super) fn recall(&mut self, outside: &mut Outside, call: CallId, parker: ExtensionId, parked: LegId) {
        let Some(leg) = self.calls.get(&call).and_then(|call| call.legs.get(&parked)) else { return };
        let (shown, side) = (self.shown_of(leg, None), leg.side.other());
        let rung = self.rung_devices(outside, parker, side, &shown);
        let rings = rung.and_then(|rung| self.add_legs(outside, call, rung)).unwrap_or_default();
        self.handle(outside, call, Event::Recalled(rings));
    }

    /// Writes to the parker's devices where the call is. Nothing is kept of it: a telephone that takes no messages has lost
    /// nothing but this.
    pub(super) fn tell_slot(&self, outside: &mut Outside, parker: ExtensionId, slot: &str, parked: &str) {
        let domain = &self.directory.plan.domain;
        for binding in self.registrar.groups(parker).into_iter().flatten() {
            let request = NewRequest {
                method: "MESSAGE".to_owned(),
                uri: binding.contact.to_string(),
                from: format!("\"Parking\" <sip:{slot}@{domain}>"),
                to: format!("<sip:{}@{domain}>", self.number_of(parker)),
                route: binding.path.iter().map(|uri| format!("<{uri}>")).collect(),
                headers: vec![Header::new("Content-Type", "text/plain;charset=UTF-8")],
                body: format!("The call with {parked} is parked at {slot}.").into(),
                ..NewRequest::default()
            };
            outside.stack.request(outside.now, binding.flow, request);
        }
    }
}
