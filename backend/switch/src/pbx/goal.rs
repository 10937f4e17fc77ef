//! What is rung for a call: the devices of an extension, or trunks one after the other (OUT-02).

use std::time::Duration;

use media::{LegId, Protection};
use shared::monitor::MonitorLevel;
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::{ConferenceRoomId, ExtensionId, Moment, QueueId, ReceptionistId, RingGroupId};
use sip::Flow;

use crate::admission::{Note, Refusal};
use crate::feature::Feature;
use crate::leg::{Leg, Media, Outgoing, Side, Signalling, Target};
use crate::outbound::Outbound;
use crate::outside::Outside;
use crate::pbx::invite::outgoing;
use crate::pbx::{Onward, Pbx};
use crate::plan::ExtensionPlan;
use crate::presentation::{Shown, Why};
use crate::routing::Destination;
use crate::stage::{Batch, Rings};
use crate::trunk::cli::Directive;
use crate::trunk::gateway::Gateway;
use crate::trunk::headers::Facts;
use crate::trunk::{Closed, TrunkPlan};

/// The most devices that ring at a time for one caller of a queue.
pub const QUEUE_DEVICES_MAX: usize = 100;
/// How long a number outside may ring, in seconds.
const OUTSIDE_RING_SECONDS: u32 = 120;

/// Legs that are called, group after group.
#[derive(Debug, Default)]
pub(super) struct Rung {
    /// The legs of each group, none of them in a call yet.
    pub groups: Vec<RungLegs>,
    /// Seconds that all may ring.
    pub seconds: u32,
    /// Decisions on the way.
    pub notes: Vec<Note>,
    /// What the first trunk is told of who calls; empty within the tenant.
    pub caller_id: String,
    /// The ring group, where it is one.
    pub group: Option<RingGroupId>,
    /// By whose forwarding it goes on when nobody answers.
    pub onward: Option<Onward>,
    /// Are they to listen, all of them (PAG-02)?
    pub is_page: bool,
    /// Who of the house answers at once, where nobody is rung.
    pub host: Option<Host>,
}

/// Who of the house answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A receptionist.
    Receptionist(ReceptionistId),
    /// A mailbox takes a message; why the call came there, where somebody was called first.
    Letterbox(ExtensionId, Option<Why>),
    /// A mailbox opens for its owner.
    Mailbox(ExtensionId),
    /// A conference room.
    Conference(ConferenceRoomId),
    /// A queue, for somebody who is to be shown like this.
    Queue(QueueId, Box<Shown>),
    /// Somebody is told that it is ready for calls of queues now, or not.
    Agent {
        /// Who.
        extension: ExtensionId,
        /// Ready?
        is_ready: bool,
        /// In which queue; none for all of its own.
        queue: Option<QueueId>,
    },
    /// Somebody is told that its status is this one now.
    Status(ExtensionId, PresenceStatus),
    /// Somebody monitors the call of this extension.
    Monitor(ExtensionId, MonitorLevel),
}

impl Rung {
    /// What a stage rings, the legs, and what comes when nobody answers.
    pub fn into_rings(self) -> (Rings, Vec<Leg>, Option<Onward>) {
        let (lenient, goes_on) = (self.group.is_some(), self.onward.is_some());
        let (mut batches, mut legs) = (Vec::new(), Vec::new());
        for RungLegs { legs: rung, seconds, afresh } in self.groups {
            batches.push(Batch { legs: rung.iter().map(|leg| leg.id).collect(), seconds, afresh });
            legs.extend(rung);
        }
        (Rings { batches, seconds: self.seconds, lenient, goes_on }, legs, self.onward)
    }
}

impl Rung {
    /// The conference room to which it leads at once, or when nobody answers.
    pub const fn room(&self) -> Option<ConferenceRoomId> {
        match (&self.host, &self.onward) {
            (Some(Host::Conference(id)), _) | (None, Some(Onward::Host(Host::Conference(id)))) => Some(*id),
            _ => None,
        }
    }

    /// All of that, where it is anybody; else a refusal with the decisions that left nobody of the group.
    pub(super) fn or_unreachable(self, group: &str) -> Result<Self, Refusal> {
        let nobody = self.groups.is_empty() && self.host.is_none();
        if nobody { Err(Refusal::GroupUnreachable(group.to_owned(), self.notes)) } else { Ok(self) }
    }
}

/// Legs that ring together.
#[derive(Debug, Default)]
pub(super) struct RungLegs {
    /// The legs.
    pub legs: Vec<Leg>,
    /// Seconds after which the next are rung; none leaves that to the time of all.
    pub seconds: Option<u32>,
    /// Somebody else is rung than before, by whose forwarding the call goes on: seconds for that.
    pub afresh: Option<u32>,
}

/// For whom something is rung.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Who calls, as the others are told.
    pub shown: Shown,
    /// The moment whose hours count.
    pub at: Moment,
    /// What it has asked for of trunks (CLI-01).
    pub directives: Vec<Directive>,
    /// Who it is to those outside.
    pub ids: CallerIds,
    /// The ring groups that it has come through; none is gone through twice.
    pub groups: Vec<RingGroupId>,
}

/// Who somebody is to those outside; each may be empty (TRK-12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerIds {
    /// In an emergency (EXT-10).
    emergency: String,
    /// Otherwise (EXT-09, RG-04).
    usual: String,
}

impl CallerIds {
    /// Those of an extension.
    pub fn of(extension: &ExtensionPlan) -> Self {
        let calling = &extension.calling;
        Self { emergency: calling.emergency_caller_id.clone(), usual: calling.outbound_caller_id.clone() }
    }

    /// Those, with this in the place of the usual one where it is set.
    pub fn or_usual(mut self, usual: &str) -> Self {
        if !usual.is_empty() {
            usual.clone_into(&mut self.usual);
        }
        self
    }

    /// The usual one is another.
    pub fn set_usual(&mut self, usual: &str) {
        usual.clone_into(&mut self.usual);
    }
}

impl Pbx {
    /// The legs that are called to reach a destination; else why there are none.
    pub(super) fn rung(
        &self,
        outside: &mut Outside,
        destination: &Destination,
        side: Side,
        client: &Client,
    ) -> Result<Rung, Refusal> {
        match destination {
            Destination::Extension(extension) => self.rung_person(outside, *extension, side, client),
            Destination::Outside(outbound) => self.rung_outside(outside, outbound, side, client),
            Destination::RingGroup(group) => self.rung_group(outside, *group, side, client),
            Destination::Service(Feature::Intercom(extension)) => {
                self.rung_intercom(outside, *extension, side, &client.shown)
            }
            Destination::Page(_) => Err(Refusal::ServiceUntimely(self.number_of_goal(destination))),
            Destination::Receptionist(id) => self.rung_receptionist(*id),
            Destination::Conference(id) => self.rung_conference(*id),
            Destination::Voicemail(extension) => self.rung_letterbox(*extension),
            Destination::Queue(id) => self.rung_queue(*id, client),
            Destination::Service(Feature::Agent { is_ready, queue }) => {
                let extension = self.dialler(destination, client)?;
                let host = Some(Host::Agent { extension, is_ready: *is_ready, queue: *queue });
                Ok(Rung { host, ..Rung::default() })
            }
            Destination::Service(Feature::Status(status)) => {
                let host = Some(Host::Status(self.dialler(destination, client)?, *status));
                Ok(Rung { host, ..Rung::default() })
            }
            Destination::Service(Feature::Mailbox(extension)) => {
                self.may_open(*extension, true)?;
                let host = Some(Host::Mailbox(*extension));
                Ok(Rung { host, ..Rung::default() })
            }
            Destination::Service(feature) => Err(Refusal::ServiceUntimely(feature.service().word().to_owned())),
        }
    }

    /// Whoever has dialled a service that is about itself.
    fn dialler(&self, destination: &Destination, client: &Client) -> Result<ExtensionId, Refusal> {
        let own = self.directory.number(&client.shown.number).map(|own| own.id);
        own.ok_or_else(|| Refusal::ServiceUntimely(self.number_of_goal(destination)))
    }

    fn rung_receptionist(&self, id: ReceptionistId) -> Result<Rung, Refusal> {
        let known = self.directory.receptionist(id).ok_or_else(|| Refusal::NumberUnknown(id.to_string()))?;
        let settings = &known.settings;
        let note = (settings.name.clone(), settings.number.clone(), Reason::RoutedToReceptionist);
        Ok(Rung { notes: vec![note], host: Some(Host::Receptionist(id)), ..Rung::default() })
    }

    fn rung_letterbox(&self, extension: ExtensionId) -> Result<Rung, Refusal> {
        let number = self.number_of(extension);
        let known = self.directory.extension(extension);
        if !known.is_some_and(|known| known.enabled && known.mailbox.settings.enabled) {
            return Err(Refusal::MailboxOff(number));
        }
        let notes = vec![(String::new(), number, Reason::RoutedToMailbox)];
        Ok(Rung { notes, host: Some(Host::Letterbox(extension, None)), ..Rung::default() })
    }

    /// Who an extension is to those outside.
    pub(super) fn caller_ids(&self, extension: Option<ExtensionId>) -> CallerIds {
        extension.and_then(|id| self.directory.extension(id)).map(CallerIds::of).unwrap_or_default()
    }

    /// The devices of an extension, whatever its person has set.
    pub(super) fn rung_devices(
        &self,
        outside: &mut Outside,
        extension: ExtensionId,
        side: Side,
        shown: &Shown,
    ) -> Result<Rung, Refusal> {
        let number = self.number_of(extension);
        let groups = self.registrar.groups(extension);
        if groups.is_empty() {
            return Err(Refusal::CalleeOffline(number));
        }
        let seconds = self.directory.extension(extension).map_or(60, |known| known.ring_seconds);
        let mut leg_to = |binding| outgoing(outside.new_leg(), extension, &number, binding, side, shown.clone());
        let legs =
            |group: Vec<_>| RungLegs { legs: group.into_iter().map(&mut leg_to).collect(), ..RungLegs::default() };
        let groups = groups.into_iter().map(legs).collect();
        Ok(Rung { groups, seconds, ..Rung::default() })
    }

    /// Each way is a group of its own: the next is tried when one is not there. One that was silent of late comes last.
    fn rung_outside(
        &self,
        outside: &mut Outside,
        outbound: &Outbound,
        side: Side,
        client: &Client,
    ) -> Result<Rung, Refusal> {
        let mut rung = Rung { seconds: OUTSIDE_RING_SECONDS, ..Rung::default() };
        if outbound.urgent {
            rung.notes.push((String::new(), outbound.number.clone(), Reason::EmergencyCall));
        }
        rung.notes.push((outbound.rule.clone(), outbound.dialled.clone(), Reason::RoutedOutside));
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for route in &outbound.routes {
            let number = route.sent(&outbound.dialled);
            let trunk = outside.trunks.get(route.trunk_id).map(|trunk| trunk.plan.clone());
            let name = trunk.as_ref().map_or_else(|| route.trunk_id.to_string(), |plan| plan.settings.name.clone());
            match (outside.trunks.way(route.trunk_id, self.id(), outbound.urgent), trunk) {
                (Ok(flows), Some(plan)) => {
                    rung.notes.push((name, number.clone(), Reason::TrunkChosen));
                    let suspect = outside.trunks.is_suspect(outside.now, route.trunk_id);
                    let ways = if suspect { &mut last } else { &mut first };
                    for flow in flows {
                        let caller_id = self.caller_id(&plan, outbound, &client.ids, &mut rung.notes);
                        if rung.caller_id.is_empty() {
                            rung.caller_id = caller_id.clone().unwrap_or_default();
                        }
                        let leg = outside.new_leg();
                        let leg = self.trunk_leg(outside, leg, side, &plan, flow, &number, caller_id, client);
                        ways.push(RungLegs { legs: vec![leg], ..RungLegs::default() });
                    }
                }
                (Err(closed), _) => rung.notes.push((name, number, closed.reason())),
                (Ok(_), None) => {}
            }
        }
        rung.groups = first.into_iter().chain(last).collect();
        if rung.groups.is_empty() {
            let usual = || (String::new(), outbound.dialled.clone(), Reason::TrunkNotAssigned);
            let (rule, value, reason) = rung.notes.pop().unwrap_or_else(usual);
            return Err(Refusal::TrunksClosed { rule, value, reason });
        }
        Ok(rung)
    }

    /// What a trunk is told of who calls: the first that is the tenant's own on that trunk (TRK-12).
    fn caller_id(
        &self,
        plan: &TrunkPlan,
        outbound: &Outbound,
        ids: &CallerIds,
        notes: &mut Vec<Note>,
    ) -> Option<String> {
        let pool = plan.pools.get(&self.id())?;
        let emergency = Some(&ids.emergency).filter(|_| outbound.urgent);
        let wanted = emergency.into_iter().chain([&ids.usual, &outbound.caller_id]);
        for wanted in wanted.filter(|wanted| !wanted.is_empty()) {
            if pool.contains(wanted) {
                return Some(wanted.clone());
            }
            let note = (plan.settings.name.clone(), wanted.clone(), Reason::CallerIdNotOwned);
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        None
    }

    #[allow(clippy::too_many_arguments)]
    fn trunk_leg(
        &self,
        outside: &Outside,
        id: LegId,
        side: Side,
        plan: &TrunkPlan,
        flow: Flow,
        number: &str,
        caller_id: Option<String>,
        client: &Client,
    ) -> Leg {
        let settings = &plan.settings;
        let shown = &client.shown;
        let pool = plan.pools.get(&self.id());
        let own = |known: &&Directive| {
            known.trunk.as_ref().is_none_or(|name| *name == settings.name)
                && pool.is_some_and(|pool| pool.contains(&known.user))
        };
        let directives: Vec<Directive> = client.directives.iter().filter(own).cloned().collect();
        let facts = Facts {
            settings,
            caller: &shown.number,
            name: &shown.name,
            called: number,
            caller_id: caller_id.as_deref(),
            originator: shown.diverted.first().map(|first| first.number.as_str()),
            private: shown.private,
            domain: &self.directory.plan.domain,
            own: outside.config.sent_by.text(flow),
            place: outside.trunks.get(plan.id).and_then(|known| known.gateway()).map(Gateway::place),
            directives: &directives,
        };
        let mut dialling = facts.dialling();
        dialling.headers.push(sip::Header::new("Max-Forwards", shown.hops.to_string()));
        let contact = dialling.uri.clone();
        let proxied = !settings.outbound_proxy.is_empty();
        let route = proxied.then(|| format!("sip:{};lr", flow.remote)).into_iter().collect();
        Leg {
            trunk: Some(plan.id),
            target: Some(Target {
                contact,
                path: route,
                shown: shown.clone(),
                outgoing: Some(Box::new(Outgoing {
                    dialling,
                    credentials: plan.credentials(),
                    patience: Duration::from_secs(settings.answer_seconds.into()),
                })),
            }),
            signalling: Signalling::New,
            dialog: None,
            ..outside_leg(id, side, plan, number, flow)
        }
    }
}

/// A leg of somebody outside.
pub(super) fn outside_leg(id: LegId, side: Side, plan: &TrunkPlan, number: &str, flow: Flow) -> Leg {
    Leg {
        id,
        side,
        extension: None,
        trunk: Some(plan.id),
        number: number.to_owned(),
        device: format!("{number} by {} at {}", plan.settings.name, flow.remote),
        registration: None,
        flow,
        dialog: None,
        target: None,
        protection: if plan.settings.requires_srtp { Protection::Required } else { Protection::Optional },
        signalling: Signalling::Early,
        answered: false,
        media: Media::None,
        lost_at: None,
        held: false,
        private: false,
        refers: 0,
        borrowed: None,
    }
}

impl Closed {
    /// The code.
    pub const fn reason(self) -> Reason {
        match self {
            Self::NotYours => Reason::TrunkNotAssigned,
            Self::Off => Reason::TrunkOff,
            Self::Nowhere => Reason::TrunkNowhere,
            Self::Disconnected => Reason::TrunkDisconnected,
            Self::Full(_) => Reason::TrunkFull,
        }
    }
}
