//! INVITE from one of the tenant's devices: admission, routing, and the call that comes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use media::{LegId, Protection};
use shared::call_record::{CallDirection, CallRecord};
use shared::fact::Fact;
use shared::hours::Standing;
use shared::reason::{Reason, TraceStep};
use shared::{CallId, ExtensionId, Moment, TrunkId};
use sip::{DialogId, Flow, Message, Reply};

use crate::admission::{House, Refusal, admit};
use crate::call::{Call, reason_header};
use crate::dialing::{NumberRefusal, coming};
use crate::directory::Directory;
use crate::feature::{Feature, joins_a_call};
use crate::history::{History, VALUE_CHARACTERS_MAX, clean, step};
use crate::hours::is_open_by;
use crate::identity::Identity;
use crate::inbound::inbound;
use crate::leg::{Leg, Media, Side, Signalling, Target};
use crate::outside::{FlowUser, Outside};
use crate::pbx::Pbx;
use crate::pbx::conference::lane_of_room;
use crate::pbx::feature::Way;
use crate::pbx::goal::{Client, Rung, outside_leg};
use crate::pbx::register::user_agent;
use crate::pbx::replace::replaced;
use crate::presentation::{Shown, hops_left, is_anonymous, is_private};
use crate::registrar::Binding;
use crate::routing::{Destination, Dialled, host_of, is_urgent, led, route, unescape};
use crate::stage::{Hosted, Page, Ring, Stage};
use crate::trunk::TrunkPlan;
use crate::trunk::cli::directives;
use crate::trunk::headers::Told;

/// An INVITE of somebody who has proved who it is.
#[derive(Debug)]
pub struct Invite {
    /// Its dialog.
    pub dialog: DialogId,
    /// The request.
    pub message: Message,
    /// The way it came.
    pub flow: Flow,
    /// Who it is.
    pub who: Caller,
    /// The steps so far.
    pub trace: Vec<TraceStep>,
}

/// Who calls.
#[derive(Debug)]
pub enum Caller {
    /// An extension that has proved who it is.
    Extension(Identity),
    /// Somebody outside, by a trunk.
    Outside(TrunkId, Arc<TrunkPlan>, Told),
}

impl Caller {
    /// The extension, if it is one.
    pub const fn extension(&self) -> Option<ExtensionId> {
        match self {
            Self::Extension(identity) => Some(identity.extension),
            Self::Outside(..) => None,
        }
    }

    /// The number.
    pub fn number(&self) -> &str {
        match self {
            Self::Extension(identity) => &identity.number,
            Self::Outside(_, _, told) => &told.caller,
        }
    }
}

impl Pbx {
    /// Takes a call in, or refuses it; both leave a record.
    pub fn invite(&mut self, outside: &mut Outside, invite: Invite) {
        if let Some(refusal) = self.join_refused(outside, &invite) {
            reject(outside, invite.dialog, &refusal);
            outside.declined = Some(refusal.into());
            return;
        }
        if let Some(replaces) = invite.message.header("Replaces") {
            let named = replaced(outside, replaces);
            return self.replace(outside, &invite, named);
        }
        let mut history = self.open(outside, &invite);
        // Whoever calls has the first leg.
        let caller = outside.new_leg();
        match self.admit(outside, &invite, &mut history) {
            Ok(Way::Rings(rung)) => match self.answerer(outside, &rung, &history) {
                Ok(hosted) => self.begin(outside, invite, history, caller, *rung, hosted),
                Err(refusal) => self.refuse(outside, &invite, history, &refusal),
            },
            Ok(Way::Joins(joined)) => self.join(outside, &invite, caller, joined),
            Err(refusal) => self.refuse(outside, &invite, history, &refusal),
        }
    }

    /// May it come in, and who is called?
    fn admit(&self, outside: &mut Outside, invite: &Invite, history: &mut History) -> Result<Way, Refusal> {
        let Invite { message, who, .. } = invite;
        let dialled = message.request_uri().and_then(|uri| unescape(uri.user)).unwrap_or_default();
        let urgent = who.extension().is_some() && is_urgent(&self.directory, &dialled);
        if !urgent {
            let joins = who.extension().is_some() && joins_a_call(&self.directory, &dialled);
            self.let_in(outside, who.extension(), who.number(), joins)?;
        }
        if let Caller::Extension(identity) = who {
            check_from(&self.directory, message, identity)?;
        }
        let has_body = !message.body().is_empty();
        if has_body && description(message).is_empty() {
            return Err(Refusal::BodyUnknown(message.header("Content-Type").unwrap_or("no type").to_owned()));
        }
        history.note(outside.now, "admission", "", "", Reason::CallAdmitted);
        let destination = match who {
            Caller::Extension(identity) => self.dialled(outside, message, identity)?,
            Caller::Outside(trunk, _, told) => self.ruled(outside, outside.now, *trunk, told, history)?,
        };
        let client = Client {
            shown: Shown {
                number: history.record.caller.clone(),
                name: history.record.caller_name.clone(),
                private: is_private(message),
                hops: hops_left(message),
                ..Shown::default()
            },
            at: outside.now,
            directives: if who.extension().is_some() { directives(message) } else { Vec::new() },
            ids: self.caller_ids(who.extension()),
            groups: Vec::new(),
        };
        self.way(outside, who.extension(), &destination, &client, history)
    }

    /// Is the tenant open for one call more, or for one that joins a call that is counted already, and is its caller?
    pub(super) fn let_in(
        &self,
        outside: &Outside,
        caller: Option<ExtensionId>,
        number: &str,
        joins: bool,
    ) -> Result<(), Refusal> {
        let plan = &self.directory.plan;
        let house = House {
            draining: outside.draining,
            overloaded: outside.overloaded,
            suspended: (!plan.enabled).then_some(plan.name.as_str()),
            quota: &plan.quota,
            calls: self.running.saturating_sub(usize::from(joins)),
        };
        let known = |id| self.directory.extension(id).is_some_and(|known| known.enabled);
        admit(&house, number, caller.is_none_or(known))
    }

    /// Who is rung for a call to this destination; all of it is noted in its record and trace.
    pub(super) fn connect(
        &self,
        outside: &mut Outside,
        caller: Option<ExtensionId>,
        destination: &Destination,
        client: &Client,
        history: &mut History,
    ) -> Result<Rung, Refusal> {
        if let Destination::Extension(extension) | Destination::Service(Feature::Intercom(extension)) = destination {
            let number = self.number_of(*extension);
            history.record.callee_extension_id = Some(*extension);
            if caller.is_some() {
                history.record.callee.clone_from(&number);
            }
            if let Some(known) = self.directory.extension(*extension) {
                history.record.callee_name.clone_from(&known.name);
            }
            history.note(outside.now, "routing", "", &number, Reason::RoutedToExtension);
        } else if let Destination::RingGroup(group) | Destination::Page(group) = destination {
            if let Some(known) = self.directory.ring_group(*group) {
                history.record.callee_name.clone_from(&known.settings.name);
            }
        } else if let Destination::Receptionist(id) = destination {
            if let Some(known) = self.directory.receptionist(*id) {
                history.record.callee_name.clone_from(&known.settings.name);
            }
        } else if let Destination::Conference(id) = destination {
            if let Some(known) = self.directory.conference_room(*id) {
                history.record.callee_name.clone_from(&known.settings.subject);
            }
        } else if let Destination::Queue(id) = destination {
            if let Some(known) = self.directory.queue(*id) {
                history.record.callee_name.clone_from(&known.settings.name);
            }
        } else if caller.is_some() && matches!(destination, Destination::Outside(_)) {
            history.record.direction = CallDirection::Out;
        }
        let rung = match destination {
            Destination::Page(group) => self.rung_page(outside, *group, caller, client),
            _ => self.rung(outside, destination, Side::Callee, client),
        };
        let notes = match &rung {
            Ok(rung) => rung.notes.as_slice(),
            Err(Refusal::GroupUnreachable(_, notes)) => notes,
            Err(_) => &[],
        };
        for (rule, value, reason) in notes {
            history.note(outside.now, "routing", rule, value, *reason);
        }
        let rung = rung?;
        history.record.outbound_caller_id.clone_from(&rung.caller_id);
        if history.record.direction == CallDirection::Out {
            history.record.did_cid.clone_from(&rung.caller_id);
        }
        Ok(rung)
    }

    /// Where an extension's call goes.
    fn dialled(&self, outside: &Outside, message: &Message, who: &Identity) -> Result<Destination, Refusal> {
        let is_home = |host: &str| self.is_home_of(outside, message, who, host);
        let uri = message.request_uri();
        let (scheme, user, host) = uri.map_or(("", "", ""), |uri| (uri.scheme, uri.user, uri.host));
        route(&self.directory, outside.now, who.extension, Dialled { scheme, user, host }, is_home)
    }

    /// Where a call from outside goes by the hours of the moment `at` (INB-01…INB-08).
    pub(super) fn ruled(
        &self,
        outside: &Outside,
        at: Moment,
        trunk: TrunkId,
        told: &Told,
        history: &mut History,
    ) -> Result<Destination, Refusal> {
        if let Err(NumberRefusal::Blocked(entry)) = coming(&self.directory.plan, &told.caller) {
            return Err(Refusal::CallerBlocked(entry));
        }
        let rule = inbound(&self.directory, trunk, &told.called, &told.caller);
        let Some(rule) = rule else { return Err(Refusal::NoInboundRule(told.called.clone())) };
        let name = &rule.settings.name;
        history.note(outside.now, "routing", name, &told.called, Reason::InboundRuleMatched);
        let plan = &self.directory.plan;
        let to = match is_open_by(&rule.settings.hours, &plan.hours, &plan.time_zone, at) {
            Standing::Open => &rule.settings.open,
            standing => {
                let holiday = if let Standing::Holiday { name } = standing { name } else { String::new() };
                history.note(outside.now, "routing", name, &holiday, Reason::OutsideHours);
                rule.settings.closed.as_ref().unwrap_or(&rule.settings.open)
            }
        };
        led(&self.directory, at, to, name, "")
    }

    /// Does a host, in lower case, stand for this tenant?
    pub(super) fn is_home(&self, outside: &Outside, host: &str) -> bool {
        host == self.directory.plan.domain || is_own_address(outside, host)
    }

    /// The same for a host as sent, the shared host included over which the sender has logged in.
    pub(super) fn is_home_of(&self, outside: &Outside, message: &Message, who: &Identity, host: &str) -> bool {
        let from = message.from().map(|from| host_of(from.uri.host)).filter(|_| who.by_login);
        let host = host_of(host);
        from.as_ref() == Some(&host) || self.is_home(outside, &host)
    }

    /// The record as it is opened.
    fn open(&self, outside: &mut Outside, invite: &Invite) -> History {
        let Invite { message, who, trace, .. } = invite;
        let now = outside.now;
        let opened = CallRecord::open(outside.ids.next::<CallId>(now), self.id(), now);
        let sip_call_id = message.call_id().chars().take(CALL_ID_CHARACTERS_MAX).collect();
        let record = match who {
            Caller::Extension(identity) => {
                let dialled = message.request_uri().map(|uri| uri.user).unwrap_or_default();
                let name = self.directory.extension(identity.extension).map(|known| known.name.clone());
                CallRecord {
                    sip_call_id,
                    caller: identity.number.clone(),
                    caller_name: name.unwrap_or_default(),
                    caller_extension_id: Some(identity.extension),
                    callee: clean(&unescape(dialled).unwrap_or_else(|| dialled.to_owned())),
                    ..opened
                }
            }
            Caller::Outside(_, _, told) => CallRecord {
                sip_call_id,
                caller: clean(&told.caller),
                caller_name: clean(&told.name),
                callee: clean(&told.called),
                did_cid: clean(&told.called),
                direction: CallDirection::In,
                ..opened
            },
        };
        History::open(record, trace.clone())
    }

    /// A record opened and closed at once, and the answer.
    fn refuse(&self, outside: &mut Outside, invite: &Invite, mut history: History, refusal: &Refusal) {
        let meaning = refusal.meaning();
        let tenant = Some(self.id());
        outside.fact(tenant, Fact::CallStarted { record: history.record.clone(), trace: history.trace() });
        history.ended(outside.now, meaning.rule, &meaning.value, meaning.reason, meaning.status);
        let call = history.record.id;
        outside.fact(tenant, history.close());
        let caller = self.incoming(outside.new_leg(), Side::Caller, invite);
        outside.listen(invite.dialog, self.id(), call, &caller);
        outside.capture.over(outside.now, call);
        reject(outside, invite.dialog, refusal);
    }

    /// Who of the house answers a call, where it is anybody.
    fn answerer(&self, outside: &mut Outside, rung: &Rung, history: &History) -> Result<Option<Hosted>, Refusal> {
        rung.host.as_ref().map(|host| self.hosted(outside, host, &history.record)).transpose()
    }

    fn begin(
        &mut self,
        outside: &mut Outside,
        invite: Invite,
        history: History,
        caller: LegId,
        rung: Rung,
        hosted: Option<Hosted>,
    ) {
        let tenant = self.id();
        let call = history.record.id;
        let incoming = self.incoming(caller, Side::Caller, &invite);
        outside.own(invite.dialog, tenant, call, &incoming);
        if let Some(trunk) = incoming.trunk {
            outside.trunks.enter(trunk, (tenant, call, caller));
        }
        let (group, is_page, host) = (rung.group, rung.is_page, rung.host.clone());
        let room = rung.room().map(lane_of_room);
        let (rings, rung, onward) = rung.into_rings();
        let legs: BTreeMap<LegId, Leg> = rung.into_iter().chain([incoming]).map(|leg| (leg.id, leg)).collect();
        for leg in legs.values() {
            outside.use_flow(leg.flow, FlowUser::Leg(tenant, call, leg.id));
        }
        let offer = description(&invite.message);
        let to_monitor = self.lane_to_monitor(hosted.as_ref());
        let stage = match hosted {
            Some(hosted) => hosted.stage(caller, offer),
            None if is_page => Stage::Page(Box::new(Page::new(caller, offer, call, rings))),
            None => Stage::Ring(Ring::of(caller, offer, rings)),
        };
        outside.calls.insert(call, tenant);
        outside.fact(Some(tenant), Fact::CallStarted { record: history.record.clone(), trace: history.trace() });
        let people = [invite.who.extension(), history.record.callee_extension_id];
        let of_people = || people.into_iter().flatten().find_map(|person| self.lane_of(person));
        let lane = to_monitor.or_else(of_people);
        let mut begun = Call::new(call, legs, history, stage);
        // Whoever goes into a room has its sound there from the start.
        begun.lane = room.or(lane).unwrap_or(call);
        begun.group = group;
        begun.onward = onward;
        // The first of the house is never one too many.
        let _ = host.map(|host| begun.comes_to(&host));
        self.calls.insert(call, begun);
        self.running += 1;
        self.start_heart(outside);
        self.start(outside, call);
    }

    /// The lane of the calls that a person is in. Somebody in many calls is no person: theirs are spread.
    fn lane_of(&self, extension: ExtensionId) -> Option<CallId> {
        let lines = self.lines_now(extension);
        let (call, ..) = lines.first().filter(|_| lines.len() <= LANE_CALLS_MAX)?;
        self.calls.get(call).map(|call| call.lane)
    }

    /// The leg of a device that called in.
    pub(super) fn incoming(&self, id: LegId, side: Side, invite: &Invite) -> Leg {
        let Invite { dialog, message, flow, who, .. } = invite;
        let who = match who {
            Caller::Extension(identity) => identity,
            Caller::Outside(_, plan, told) => {
                let leg = outside_leg(id, side, plan, &clean(&told.caller), *flow);
                return Leg { dialog: Some(*dialog), private: is_private(message), ..leg };
            }
        };
        let registration = self.registrar.of(who.extension).iter().find(|binding| binding.flow == *flow);
        Leg {
            id,
            side,
            extension: Some(who.extension),
            trunk: None,
            number: who.number.clone(),
            device: device(&who.number, &user_agent(message), *flow),
            registration: registration.map(|binding| binding.id),
            flow: *flow,
            dialog: Some(*dialog),
            target: None,
            signalling: Signalling::Early,
            answered: false,
            media: Media::None,
            lost_at: None,
            held: false,
            private: is_private(message),
            refers: 0,
            borrowed: None,
            protection: Protection::Optional,
        }
    }
}

/// The most calls of one person that are kept on one media worker.
const LANE_CALLS_MAX: usize = 4;
/// As long as a Call-ID is kept in a record.
const CALL_ID_CHARACTERS_MAX: usize = VALUE_CHARACTERS_MAX;

/// Refuses an INVITE in the words of the table.
pub fn reject(outside: &mut Outside, dialog: DialogId, refusal: &Refusal) {
    outside.stack.reject(outside.now, dialog, refusal_response(refusal));
}

/// A refusal of an INVITE in the words of the table.
pub fn refusal_response(refusal: &Refusal) -> Reply {
    let mut reply = refusal_of(refusal);
    if reply.status == 415 {
        reply = reply.header("Accept", "application/sdp");
    }
    reply
}

/// A refusal in the words of the table, for any request.
pub fn refusal_of(refusal: &Refusal) -> Reply {
    let meaning = refusal.meaning();
    let text = refusal.text().replace(['"', '\\'], "'");
    let reply = Reply::status(meaning.status).header("Reason", format!("SIP;cause={};text=\"{text}\"", meaning.status));
    match meaning.retry_after {
        Some(seconds) => reply.header("Retry-After", seconds.to_string()),
        None => reply,
    }
}

/// A refusal of a leg whose call has come to nothing.
pub fn refusal_reply(status: u16, reason: Reason) -> Reply {
    let reply = Reply::status(status).header("Reason", reason_header(status, reason));
    match status {
        // RFC 3261, 21.4.26: what the description lacks.
        488 => reply.header("Warning", format!("305 belfry \"{}\"", reason.code().replace('_', " "))),
        503 => reply.header("Retry-After", "10"),
        _ => reply,
    }
}

/// The session description of a message; empty where there is none.
pub fn description(message: &Message) -> Bytes {
    let kind = message.header("Content-Type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/sdp") { message.body() } else { Bytes::new() }
}

/// A step that says how the tenant was found, and one that says who.
pub fn identity_steps(outside: &Outside, by: (Reason, &str), number: &str) -> Vec<TraceStep> {
    vec![
        step(outside.now, "tenant", "", by.1, by.0),
        step(outside.now, "credentials", "", number, Reason::CredentialsAccepted),
    ]
}

/// From must be the caller's own.
pub(super) fn check_from(directory: &Directory, message: &Message, who: &Identity) -> Result<(), Refusal> {
    let user = message.from().map(|from| from.uri.user.to_owned()).unwrap_or_default();
    // Nobody's name is nobody else's: who it is stands in the credentials.
    if is_anonymous(message) || is_own(directory, who, &user) { Ok(()) } else { Err(Refusal::CallerNotAllowed(user)) }
}

/// Is a user part somebody's own number, or on a shared host the whole login?
pub fn is_own(directory: &Directory, who: &Identity, user: &str) -> bool {
    let user = unescape(user).unwrap_or_default();
    user == who.number || (who.by_login && user == format!("{}@{}", who.number, directory.plan.domain))
}

/// Is it an address of this server, as phones are told it?
fn is_own_address(outside: &Outside, host: &str) -> bool {
    outside.config.sent_by.has(host)
}

/// The leg to a device.
pub fn outgoing(id: LegId, extension: ExtensionId, number: &str, binding: &Binding, side: Side, shown: Shown) -> Leg {
    Leg {
        id,
        side,
        extension: Some(extension),
        trunk: None,
        number: number.to_owned(),
        device: device(number, &binding.user_agent, binding.flow),
        registration: Some(binding.id),
        flow: binding.flow,
        dialog: None,
        target: Some(Target {
            contact: binding.contact.to_string(),
            path: binding.path.to_vec(),
            shown,
            outgoing: None,
        }),
        signalling: Signalling::New,
        answered: false,
        media: Media::None,
        lost_at: None,
        held: false,
        private: false,
        refers: 0,
        borrowed: None,
        protection: Protection::Optional,
    }
}

/// A device in words: `102 on baresip at 192.0.2.7:5060`.
fn device(number: &str, user_agent: &str, flow: Flow) -> String {
    let on = if user_agent.is_empty() { "a device" } else { user_agent };
    format!("{number} on {on} at {}", flow.remote)
}
