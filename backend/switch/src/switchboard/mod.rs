//! All tenants: whose call is this?

mod ask;
mod trunk;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use shared::fact::{Fact, TenantFact};
use shared::phone_credential::PhoneCredentialKey;
use shared::reason::{Reason, TraceStep};
use shared::registration::Registration;
use shared::setting::Settings;
use shared::subscription::Subscription;
use shared::voicemail::Voicemail;
use shared::{Moment, TenantId};
use sip::{DialogId, Event as Sip, Flow, Guarded, Message, Reply, RequestId, SentBy, TurnedAway};

use crate::admission::Refusal;
use crate::call::FAULT_STATUS;
use crate::fault::contain;
use crate::fault_reason::reason_of;
use crate::gate::{Gate, Passage};
use crate::history::{clean, step};
use crate::input::Input;
use crate::output::Output;
use crate::outside::{Asked, FlowUser, Outside, Owner, Timer};
use crate::pbx::{Caller, Invite, NotDone, Outcome, Pbx, description, reject, user_agent};
use crate::plan::TenantPlan;
use crate::refusals::Refused;
use crate::routing::host_of;
use crate::stage::Event;

/// What a switchboard is made with.
#[derive(Clone, Debug)]
pub struct Config {
    /// For User-Agent and Server headers.
    pub user_agent: String,
    /// For Via, Contact and SDP: what a peer is to send to.
    pub sent_by: SentBy,
    /// Signs digest nonces; kept over restarts.
    pub nonce_key: [u8; 32],
    /// Checks the credentials of browser phones; the API has the same key.
    pub phone_credential_key: PhoneCredentialKey,
    /// The shortest registration that is taken, in seconds (TRN-11); WebSocket flows may be shorter.
    pub register_seconds_min: u32,
    /// The longest; a longer wish is cut to it.
    pub register_seconds_max: u32,
    /// The most contacts of one extension.
    pub contacts_max: usize,
    /// The most dialogs of calls; a call above it is refused.
    pub dialogs_max: usize,
    /// How long a call is kept whose flow was lost (TRN-11).
    pub flow_grace: Duration,
    /// What the provider sets for all tenants; a change comes as `Input::Settings`.
    pub settings: Settings,
    /// The shortest subscription and publication that is taken, in seconds; a shorter one is 423.
    pub subscribe_seconds_min: u32,
    /// The longest; a longer wish is cut to it.
    pub subscribe_seconds_max: u32,
    /// How often running calls leave a sign of life.
    pub heartbeat: Duration,
    /// The server's own addresses, which are never blocked by themselves.
    pub own_addresses: BTreeSet<IpAddr>,
}

impl Config {
    /// The specification's defaults, with the given keys.
    pub fn new(nonce_key: [u8; 32], phone_credential_key: PhoneCredentialKey) -> Self {
        Self {
            user_agent: "Belfry".to_owned(),
            sent_by: SentBy::default(),
            nonce_key,
            phone_credential_key,
            register_seconds_min: 300,
            register_seconds_max: 3_600,
            contacts_max: 10,
            dialogs_max: sip::Config::default().dialogs_max,
            flow_grace: Duration::from_secs(30),
            settings: Settings::default(),
            subscribe_seconds_min: 60,
            subscribe_seconds_max: 3_600,
            heartbeat: Duration::from_secs(1),
            own_addresses: BTreeSet::new(),
        }
    }
}

/// The machine of all tenants.
#[derive(Debug)]
pub struct Switchboard {
    outside: Outside,
    gate: Gate,
    tenants: BTreeMap<TenantId, Pbx>,
    domains: BTreeMap<String, TenantId>,
    /// Tenants that are no more, until their last call has ended.
    leaving: BTreeSet<TenantId>,
    drained: bool,
}

impl Switchboard {
    /// `seed` feeds tags, branches and Call-IDs; on a server it comes from the operating system's dice.
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            gate: Gate::new(&config),
            outside: Outside::new(config, seed),
            tenants: BTreeMap::new(),
            domains: BTreeMap::new(),
            leaving: BTreeSet::new(),
            drained: false,
        }
    }

    /// Something has come; drain `poll_output` before the next.
    pub fn handle_input(&mut self, now: Moment, input: Input) {
        self.outside.now = now;
        match input {
            Input::Packet { flow, bytes } => {
                if self.gate.admit(&mut self.outside, flow, &bytes) {
                    self.outside.capture.note(now, flow, false, &bytes);
                    let Self { outside, domains, tenants, .. } = self;
                    let renews = |message: &Message| {
                        let Some(to) = message.to() else { return false };
                        let pbx = domains.get(&host_of(to.uri.host)).and_then(|tenant| tenants.get(tenant));
                        pbx.is_some_and(|pbx| pbx.renews(to.uri.user, message.call_id(), flow))
                    };
                    outside.stack.handle_packet_or(now, flow, bytes, &renews);
                }
            }
            Input::FlowNamed(flow, name) => self.outside.stack.set_name(flow, name),
            Input::FlowUnreached(flow, why) => self.outside.trunks.unreached(flow, &why),
            Input::FlowClosed(flow) => self.flow_closed(flow),
            Input::Media(media::Event { call, leg, what }) => {
                if let Some(tenant) = self.outside.calls.get(&call).copied() {
                    self.within(tenant, |pbx, outside| pbx.media(outside, call, leg, what));
                }
            }
            Input::Plan(plan) => self.plan(*plan),
            Input::PlanRemoved(tenant) => self.plan_removed(tenant),
            Input::SentBy(sent_by) => self.outside.set_sent_by(sent_by),
            Input::OwnAddresses(own) => self.gate.set_own_addresses(own),
            Input::Settings(settings) => {
                self.gate.set(&settings);
                self.outside.set(*settings);
            }
            Input::Rules(rules) => self.gate.set_rules(rules),
            Input::Load(load) => self.outside.stack.set_load(load),
            Input::Trunks(plans) => self.trunks(plans),
            Input::TrunkFound(trunk, targets) => self.outside.trunks.found(now, trunk, targets),
            Input::Restore(rows) => self.restore(&rows),
            Input::Subscriptions(rows) => self.restore_subscriptions(&rows),
            Input::Messages(messages) => self.restore_messages(messages),
            Input::Web { id, answer } => self.server_answered(id, answer),
            Input::PromptKept { tenant, call, kept } => {
                self.within(tenant, |pbx, outside| pbx.prompt_kept(outside, call, kept));
            }
            Input::AgentReadiness(rows) => {
                for (tenant, row) in rows {
                    self.within(tenant, |pbx, outside| pbx.restore_readiness(outside, &row));
                }
            }
            Input::Callbacks(calls) => {
                for call in calls {
                    self.within(call.tenant_id, |pbx, outside| pbx.restore_callback(outside, call));
                }
            }
            Input::Voicemails(voicemails) => self.restore_voicemails(voicemails),
            Input::Ask { id, ask } => {
                let answer = self.answer(&ask);
                self.outside.outputs.push_back(Output::Reply { id, answer });
            }
            // Whoever is to be called back is by the next start.
            Input::Drain => self.outside.draining = true,
            Input::Overloaded(overloaded) => {
                self.outside.overloaded = overloaded;
                for tenant in self.tenants.keys().filter(|_| !overloaded).copied().collect::<Vec<_>>() {
                    self.within(tenant, Pbx::take_up_callbacks);
                }
            }
            Input::Timeout => self.timeout(),
        }
        self.look_at_trunks();
        self.pump();
        self.look_at_queues();
        self.hand_over_messages();
        self.tell_watchers();
        self.tell_refusals();
        self.tell_captured();
        self.leave();
    }

    /// What is to be done next; none when all is done.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outside.outputs.pop_front()
    }

    /// When `Input::Timeout` is wanted.
    pub fn poll_timeout(&self) -> Option<Moment> {
        self.outside.next_timer()
    }

    /// Dialogs and transactions of the stack, running calls, and timers: what must not grow, for figures and leak tests.
    pub fn sizes(&self) -> Sizes {
        let (dialogs, transactions) = self.outside.stack.sizes();
        let (owned_dialogs, calls, timers) = self.outside.sizes();
        let (subscriptions, asked) = (self.outside.subscriptions.len(), self.outside.asked.len());
        Sizes { dialogs, transactions, owned_dialogs, calls, timers, subscriptions, asked }
    }

    /// Makes a tenant's code panic at the place after so many more (tests of what that does to others).
    #[cfg(feature = "testing")]
    pub fn break_after(&mut self, tenant: TenantId, places: usize) {
        self.outside.trap = Some((tenant, places));
    }

    /// Has the panic happened that was ordered?
    #[cfg(feature = "testing")]
    pub fn has_broken(&self) -> bool {
        self.outside.trap.is_none()
    }

    /// Takes from the stack until it is quiet.
    fn pump(&mut self) {
        while let Some(output) = self.outside.stack.poll_output() {
            match output {
                sip::Output::Send { flow, bytes } => {
                    self.outside.capture.note(self.outside.now, flow, true, &bytes);
                    self.outside.outputs.push_back(Output::Send { flow, bytes });
                }
                sip::Output::Event(event) => self.event(event),
            }
        }
    }

    /// Whoever has registered in this input is handed what waits, after the answer to its REGISTER.
    fn hand_over_messages(&mut self) {
        if self.outside.due.is_empty() {
            return;
        }
        while let Some((tenant, extension)) = self.outside.due.pop_first() {
            self.within(tenant, |pbx, outside| pbx.messages_due(outside, extension));
        }
        self.pump();
    }

    /// Whoever waits in a queue and whoever is free are brought together, until nobody is left for whom that can be done.
    fn look_at_queues(&mut self) {
        while !self.outside.agents.is_empty() || !self.outside.stirred.is_empty() {
            let stirred = std::mem::take(&mut self.outside.stirred);
            let tenants: BTreeSet<TenantId> =
                self.outside.agents.iter().map(|(tenant, _)| *tenant).chain(stirred).collect();
            for tenant in tenants {
                if self.within(tenant, Pbx::review_queues).is_none() {
                    self.outside.agents.retain(|(owner, _)| *owner != tenant);
                }
            }
            self.pump();
        }
    }

    /// Whatever has changed in this input is told once, to whoever watches.
    fn tell_watchers(&mut self) {
        if self.outside.touched.is_empty() {
            return;
        }
        while let Some((tenant, extension)) = self.outside.touched.pop_first() {
            self.within(tenant, |pbx, outside| pbx.tell_watchers(outside, extension));
        }
        self.pump();
    }

    /// What was refused in this input is told with its messages, the answer among them.
    fn tell_refusals(&mut self) {
        if self.outside.refused.is_empty() {
            return;
        }
        let Self { outside, domains, .. } = self;
        for Refused { refusal, sip_call_id } in std::mem::take(&mut outside.refused) {
            let tenant = refusal.tenant_id;
            let foreign =
                |host: &str| tenant.is_some() && domains.get(host).is_some_and(|known| Some(*known) != tenant);
            let ladder = {
                let (local, user, device) = (local_of(&outside.config.sent_by), &refusal.user, &refusal.user_agent);
                outside.capture.exchange(&sip_call_id, user, device, &foreign, &local)
            };
            outside.fact(tenant, Fact::RegistrationRefused { refusal, ladder });
        }
    }

    /// What was captured is told now and then, and before the process ends.
    fn tell_captured(&mut self) {
        let Self { outside, domains, .. } = self;
        let ending = outside.draining && !self.drained && outside.calls.is_empty();
        if !ending && outside.capture.due().is_none_or(|due| due > outside.now) {
            return;
        }
        let local = local_of(&outside.config.sent_by);
        for (tenant, fact) in outside.capture.tell(outside.now, &foreign_to(domains), &local) {
            let fact = TenantFact { tenant_id: Some(tenant), at: outside.now, fact };
            outside.outputs.push_back(Output::Fact(Box::new(fact)));
        }
    }

    fn event(&mut self, event: Sip) {
        match event {
            Sip::Request { request, dialog: None, message, flow } => self.request(request, &message, flow),
            Sip::Request { request, dialog: Some(dialog), message, flow } => {
                self.request_in_dialog(request, dialog, &message, flow);
            }
            Sip::Invited { dialog, message, flow } => self.invited(dialog, message, flow),
            Sip::Guarded { dialog, request } => self.guarded(dialog, request),
            Sip::Refused { message, flow, status, fault } => {
                let (reason, value) = reason_of(&fault, &message);
                self.gate.turned_away(&mut self.outside, &self.domains, &message, flow, (status, reason, &value));
            }
            // Its ringing was not confirmed; the stack has refused the call.
            Sip::Cancelled { dialog, reason: Some(reason) } if reason == sip::PRACK_MISSING => {
                self.tell(dialog, |owner| Event::Unconfirmed(owner.leg));
            }
            Sip::Cancelled { dialog, .. } => self.tell(dialog, |owner| Event::Cancelled(owner.leg)),
            Sip::Acknowledged { dialog, body } => {
                self.tell(dialog, |owner| Event::Acknowledged(owner.leg, body.unwrap_or_default()));
            }
            Sip::Progress { dialog, status, message } => {
                self.tell(dialog, |owner| Event::Progress(owner.leg, status, description(&message)));
            }
            Sip::Answered { dialog, message } => {
                if !self.outside.dialogs.contains_key(&dialog) {
                    // Nobody waits for it any more.
                    return self.outside.stack.bye(self.outside.now, dialog, None);
                }
                self.tell(dialog, |owner| Event::Answered(owner.leg, description(&message)));
            }
            Sip::Failed { dialog, status: status @ 300..=399, message: Some(message) } => {
                let Some(owner) = self.outside.dialogs.get(&dialog).copied() else { return };
                self.within(owner.tenant, |pbx, outside| pbx.redirected(outside, owner, status, &message));
            }
            Sip::Failed { dialog, status: status @ (408 | 503), message: None } => {
                self.tell(dialog, |owner| Event::Unreached(owner.leg, status));
            }
            Sip::Failed { dialog, status, .. } => self.tell(dialog, |owner| Event::Failed(owner.leg, status)),
            Sip::Offered { dialog, message, .. } => {
                self.tell(dialog, |owner| Event::Offered(owner.leg, description(&message)));
            }
            Sip::Ended { dialog, cause } => self.tell(dialog, |owner| Event::Ended(owner.leg, cause)),
            Sip::OfferAnswered { dialog, message } => {
                self.tell(dialog, |owner| Event::OfferAnswered(owner.leg, description(&message)));
            }
            Sip::OfferRefused { dialog, status } => self.tell(dialog, |owner| Event::OfferRefused(owner.leg, status)),
            Sip::Glare { dialog } => {
                let Some(owner) = self.outside.dialogs.get(&dialog).copied() else { return };
                self.within(owner.tenant, |pbx, outside| pbx.glare(outside, owner));
            }
            Sip::Trying { dialog } => self.tell(dialog, |owner| Event::Trying(owner.leg)),
            Sip::Response { request, status, message } => self.answered(request, status, message.as_ref()),
            Sip::TurnedAway { message, flow, why } => {
                let (status, value, reason) = match why {
                    TurnedAway::UserAgent => (0, user_agent(&message), Reason::UserAgentBlocked),
                    TurnedAway::Load => (503, clean(message.method()), Reason::Congested),
                };
                self.gate.turned_away(&mut self.outside, &self.domains, &message, flow, (status, reason, &value));
            }
        }
    }

    /// Hands an event to the call whose dialog it concerns.
    fn tell(&mut self, dialog: DialogId, event: impl FnOnce(Owner) -> Event) {
        let Some(owner) = self.outside.dialogs.get(&dialog).copied() else { return };
        let event = event(owner);
        self.within(owner.tenant, |pbx, outside| pbx.handle(outside, owner.call, event));
    }

    /// Lets a tenant's code work. Nothing comes back when there is no such tenant, or when a panic ended the work: then
    /// its calls are over and it is as its plan says.
    fn within<T>(&mut self, tenant: TenantId, work: impl FnOnce(&mut Pbx, &mut Outside) -> T) -> Option<T> {
        let (pbx, outside) = (self.tenants.get_mut(&tenant)?, &mut self.outside);
        let attempt = contain(|| {
            outside.trip(tenant);
            work(pbx, outside)
        });
        let what = match attempt {
            Ok(done) => return Some(done),
            Err(what) => what,
        };
        let broken = self.tenants.remove(&tenant)?;
        // A tenant that cannot even be built anew is out of service until its next plan.
        match contain(|| broken.rebuilt(outside)) {
            Ok(pbx) => drop(self.tenants.insert(tenant, pbx)),
            Err(again) => outside.outputs.push_back(Output::Fault { tenant, what: again }),
        }
        outside.outputs.push_back(Output::Fault { tenant, what });
        None
    }

    fn request(&mut self, request: RequestId, message: &Message, flow: Flow) {
        if is_unknown(message.method()) {
            let (status, method) = (status_outside(message.method()), message.method());
            let answer = (status, Reason::MethodRefused, method);
            self.gate.turned_away(&mut self.outside, &self.domains, message, flow, answer);
            return self.outside.stack.respond(self.outside.now, request, Reply::status(status));
        }
        let reply = match message.method() {
            "REGISTER" => self.register(message, flow),
            "OPTIONS" => Reply::status(200).header("Accept", "application/sdp"),
            "PUBLISH" => self.publish(message, flow),
            _ => return self.message(request, message, flow),
        };
        self.outside.stack.respond(self.outside.now, request, reply);
    }

    /// A request of ours outside calls has its answer.
    fn answered(&mut self, request: RequestId, status: u16, message: Option<&Message>) {
        match self.outside.asked.remove(&request) {
            Some(Asked::Notify(tenant, dialog)) => {
                self.within(tenant, |pbx, outside| pbx.notified(outside, dialog, request, status));
            }
            Some(Asked::Message(tenant, extension)) => {
                self.within(tenant, |pbx, outside| pbx.message_answered(outside, extension, request, status));
            }
            Some(Asked::Phone(tenant, id)) => {
                self.within(tenant, |pbx, _| pbx.phone_answered(id, request, status));
            }
            Some(Asked::Trunk(trunk)) => self.trunk_answered(trunk, request, status, message),
            None => {}
        }
    }

    /// SUBSCRIBE: in its own dialog, or one that begins one.
    fn subscribe(&mut self, request: RequestId, dialog: DialogId, message: &Message, flow: Flow) {
        if let Some(tenant) = self.outside.subscriptions.get(&dialog).copied() {
            self.within(tenant, |pbx, outside| pbx.resubscribe(outside, request, dialog, message, flow));
            self.note_declined(tenant, message, flow, Vec::new());
        } else if !message.to_tag().is_empty() {
            let status = if self.outside.dialogs.contains_key(&dialog) { 489 } else { 481 };
            return self.outside.stack.respond(self.outside.now, request, Reply::status(status));
        } else {
            match self.gate.pass(&mut self.outside, &self.domains, &self.tenants, message, flow) {
                Passage::Shut(reply) => return self.outside.stack.respond(self.outside.now, request, reply),
                Passage::Open(tenant, who, trace) => {
                    self.within(tenant, |pbx, outside| pbx.subscribe(outside, request, dialog, message, flow, &who));
                    self.note_declined(tenant, message, flow, trace);
                }
            }
        }
        // It has been answered, unless a fault kept the tenant from it.
        self.outside.stack.respond(self.outside.now, request, Reply::status(FAULT_STATUS));
    }

    fn message(&mut self, request: RequestId, message: &Message, flow: Flow) {
        match self.gate.pass(&mut self.outside, &self.domains, &self.tenants, message, flow) {
            Passage::Shut(reply) => self.outside.stack.respond(self.outside.now, request, reply),
            Passage::Open(tenant, who, trace) => {
                if self.within(tenant, |pbx, outside| pbx.message(outside, request, message, &who)).is_none() {
                    self.outside.stack.respond(self.outside.now, request, Reply::status(FAULT_STATUS));
                }
                self.note_declined(tenant, message, flow, trace);
            }
        }
    }

    fn publish(&mut self, message: &Message, flow: Flow) -> Reply {
        match self.gate.pass(&mut self.outside, &self.domains, &self.tenants, message, flow) {
            Passage::Shut(reply) => reply,
            Passage::Open(tenant, who, trace) => {
                let reply = self.within(tenant, |pbx, outside| pbx.publish(outside, message, &who));
                self.note_declined(tenant, message, flow, trace);
                reply.unwrap_or_else(|| Reply::status(FAULT_STATUS))
            }
        }
    }

    /// A request outside calls was not done: it is told as a refused registration is.
    fn note_declined(&mut self, tenant: TenantId, message: &Message, flow: Flow, mut trace: Vec<TraceStep>) {
        let Some(declined) = self.outside.declined.take() else { return };
        let NotDone { reply, reason, rule, value } = *declined;
        trace.push(step(self.outside.now, "request", rule, &value, reason));
        self.gate.register_refused(&mut self.outside, tenant, message, flow, reply.status, trace);
    }

    fn request_in_dialog(&mut self, request: RequestId, dialog: DialogId, message: &Message, flow: Flow) {
        let status = match message.method() {
            "INFO" if self.outside.dialogs.contains_key(&dialog) => {
                let kind = message.header("Content-Type").unwrap_or_default().to_owned();
                let body = message.body();
                self.tell(dialog, |owner| Event::Info(owner.leg, request, kind, body));
                // Whoever is in that dialog has answered, unless a fault kept it from it.
                FAULT_STATUS
            }
            "REFER" => {
                let Some(owner) = self.outside.dialogs.get(&dialog).copied() else {
                    return self.outside.stack.respond(self.outside.now, request, Reply::status(481));
                };
                self.within(owner.tenant, |pbx, outside| pbx.refer(outside, owner, request, message));
                // As above: it has been answered, unless a fault kept it from it.
                FAULT_STATUS
            }
            "OPTIONS" => 200,
            "SUBSCRIBE" => return self.subscribe(request, dialog, message, flow),
            "NOTIFY" | "PUBLISH" => 489,
            "INFO" => 481,
            _ => 405,
        };
        self.outside.stack.respond(self.outside.now, request, Reply::status(status));
    }

    /// A request inside a dialog shows whose it is (SET-06): it must be the one at that end of the call.
    fn guarded(&mut self, dialog: DialogId, request: Guarded) {
        let outside = &mut self.outside;
        let of_call = outside.dialogs.get(&dialog).and_then(|owner| {
            let pbx = self.tenants.get(&owner.tenant)?;
            Some((owner.tenant, pbx.extension_of_leg(owner.call, owner.leg)?))
        });
        let of_subscription = outside
            .subscriptions
            .get(&dialog)
            .and_then(|tenant| Some((*tenant, self.tenants.get(tenant)?.watcher(dialog)?)));
        let Some(end) = of_call.or(of_subscription) else {
            return outside.stack.admit(outside.now, request);
        };
        match self.gate.pass(outside, &self.domains, &self.tenants, request.message(), request.flow()) {
            Passage::Shut(reply) => outside.stack.turn_away(&request, &reply),
            Passage::Open(tenant, who, _) if (tenant, who.extension) == end => {
                outside.stack.admit(outside.now, request);
            }
            Passage::Open(..) => outside.stack.turn_away(&request, &Reply::status(403)),
        }
    }

    fn register(&mut self, message: &Message, flow: Flow) -> Reply {
        if !message.to_tag().is_empty() && !self.outside.config.settings.register_to_tag_allowed {
            // RFC 3261, 12.2.2: a tag names a dialog, and a registration has none.
            let answer = (481, Reason::RegisterInDialog, "");
            self.gate.turned_away(&mut self.outside, &self.domains, message, flow, answer);
            return Reply::status(481);
        }
        if let Some(reply) = self.register_gateway(message, flow) {
            return reply;
        }
        let outside = &mut self.outside;
        let (tenant, who, mut trace) = match self.gate.pass(outside, &self.domains, &self.tenants, message, flow) {
            Passage::Open(tenant, who, trace) => (tenant, who, trace),
            Passage::Shut(reply) => return reply,
        };
        if !self.tenants.contains_key(&tenant) {
            return Reply::status(403);
        }
        let Some(outcome) = self.within(tenant, |pbx, outside| pbx.register(outside, &who, message, flow)) else {
            return Reply::status(FAULT_STATUS);
        };
        let outside = &mut self.outside;
        match outcome {
            Outcome::Done(reply) => reply,
            Outcome::Refused(refusal) => {
                let NotDone { reply, reason, rule, value } = *refusal;
                trace.push(step(outside.now, "registrar", rule, &value, reason));
                self.gate.register_refused(outside, tenant, message, flow, reply.status, trace);
                reply
            }
        }
    }

    fn invited(&mut self, dialog: DialogId, message: Message, flow: Flow) {
        if self.invited_by_trunk(dialog, &message, flow) {
            return;
        }
        let outside = &mut self.outside;
        match self.gate.pass(outside, &self.domains, &self.tenants, &message, flow) {
            Passage::Shut(reply) => outside.stack.reject(outside.now, dialog, reply),
            Passage::Open(tenant, ..) if !self.tenants.contains_key(&tenant) => {
                reject(outside, dialog, &Refusal::ForeignDomain(String::new()));
            }
            Passage::Open(tenant, who, trace) => {
                let who = Caller::Extension(who);
                let invite = Invite { dialog, message: message.clone(), flow, who, trace: trace.clone() };
                if self.within(tenant, |pbx, outside| pbx.invite(outside, invite)).is_none() {
                    // It may have broken before the call had this dialog.
                    self.outside.stack.reject(self.outside.now, dialog, Reply::status(FAULT_STATUS));
                }
                self.note_declined(tenant, &message, flow, trace);
            }
        }
    }

    fn flow_closed(&mut self, flow: Flow) {
        // Who uses it hears of it before the stack fails what waits on it, so that "lost" is known by then.
        for user in self.outside.take_flow_users(flow) {
            match user {
                FlowUser::Binding(tenant, extension, id) => {
                    self.within(tenant, |pbx, outside| pbx.binding_lost(outside, extension, id));
                }
                FlowUser::Subscription(tenant, dialog) => {
                    self.within(tenant, |pbx, outside| pbx.forget_subscription(outside, dialog));
                }
                FlowUser::Leg(tenant, call, leg) => {
                    self.within(tenant, |pbx, outside| pbx.handle(outside, call, Event::FlowLost(leg)));
                }
            }
        }
        self.trunks_of_flow(flow);
        self.outside.stack.handle_flow_closed(self.outside.now, flow);
    }

    fn plan(&mut self, mut plan: TenantPlan) {
        let id = plan.tenant_id;
        plan.domain.make_ascii_lowercase();
        self.forget_domain(id);
        self.domains.insert(plan.domain.clone(), id);
        self.leaving.remove(&id);
        if let Entry::Vacant(free) = self.tenants.entry(id) {
            free.insert(Pbx::new(plan, self.outside.now));
            self.within(id, Pbx::review_rooms);
            return;
        }
        self.within(id, |pbx, outside| pbx.replace_plan(outside, plan));
    }

    fn plan_removed(&mut self, tenant: TenantId) {
        self.forget_domain(tenant);
        if self.tenants.contains_key(&tenant) {
            self.leaving.insert(tenant);
            self.within(tenant, Pbx::remove);
        }
    }

    fn forget_domain(&mut self, tenant: TenantId) {
        let domain = self.tenants.get(&tenant).map(|pbx| &pbx.directory.plan.domain);
        if let Some(domain) = domain.filter(|domain| self.domains.get(*domain) == Some(&tenant)) {
            self.domains.remove(domain);
        }
    }

    fn restore(&mut self, rows: &[Registration]) {
        for row in rows {
            if self.within(row.tenant_id, |pbx, outside| pbx.restore(outside, row)).is_none() {
                self.outside.fact(
                    Some(row.tenant_id),
                    Fact::Unregistered { registration_id: row.id, number: row.number.clone() },
                );
            }
        }
    }

    fn restore_subscriptions(&mut self, rows: &[Subscription]) {
        for row in rows {
            let done = self.within(row.tenant_id, |pbx, outside| pbx.restore_subscription(outside, row));
            if done.is_none() {
                self.outside.fact(Some(row.tenant_id), Fact::Unsubscribed { subscription_id: row.id });
            }
        }
    }

    fn restore_messages(&mut self, messages: Vec<shared::message::Message>) {
        for message in messages {
            self.within(message.tenant_id, |pbx, outside| pbx.restore_message(outside, message));
        }
    }

    fn server_answered(&mut self, id: u64, answer: Result<(u16, bytes::Bytes), String>) {
        let Some((tenant, call, number)) = self.outside.questions.remove(&id) else { return };
        self.within(tenant, |pbx, outside| pbx.server_answered(outside, call, number, answer));
    }

    fn restore_voicemails(&mut self, voicemails: Vec<Voicemail>) {
        let tenants: BTreeSet<TenantId> = voicemails.iter().map(|voicemail| voicemail.tenant_id).collect();
        for voicemail in voicemails {
            self.within(voicemail.tenant_id, |pbx, _| pbx.restore_voicemail(voicemail));
        }
        for tenant in tenants {
            self.within(tenant, |pbx, outside| pbx.lamps_after_restart(outside));
        }
    }

    fn timeout(&mut self) {
        let now = self.outside.now;
        if self.outside.stack.poll_timeout().is_some_and(|due| due <= now) {
            self.outside.stack.handle_timeout(now);
            self.pump();
        }
        while let Some(timer) = self.outside.due() {
            match timer {
                Timer::Binding(tenant, extension, id) => {
                    self.within(tenant, |pbx, outside| pbx.binding_due(outside, extension, id));
                }
                Timer::Call(tenant, call) => {
                    self.within(tenant, |pbx, outside| pbx.call_due(outside, call));
                }
                Timer::Heartbeat(tenant) => {
                    self.within(tenant, Pbx::heartbeat);
                }
                Timer::Subscription(tenant, dialog) => {
                    self.within(tenant, |pbx, outside| pbx.subscription_due(outside, dialog));
                }
                Timer::Resume(tenant, dialog) => {
                    self.within(tenant, |pbx, outside| pbx.resumed(outside, dialog));
                }
                Timer::Publication(tenant, extension, etag) => {
                    self.within(tenant, |pbx, outside| pbx.publication_due(outside, extension, etag));
                }
                Timer::Message(tenant, extension) => {
                    self.within(tenant, |pbx, outside| pbx.message_waited(outside, extension));
                }
                Timer::Room(tenant, room) => {
                    self.within(tenant, |pbx, outside| pbx.room_due(outside, room));
                }
                Timer::Queues(tenant) => {
                    self.within(tenant, Pbx::queues_due);
                }
                Timer::Notices(tenant) => {
                    self.within(tenant, Pbx::notices_due);
                }
                Timer::Refusals => self.gate.flush(&mut self.outside),
            }
            self.pump();
        }
    }

    /// Forgets tenants whose last call has ended, and says when a drain is done.
    fn leave(&mut self) {
        if let Some(tenant) = self.leaving.iter().copied().find(|id| self.tenants.get(id).is_none_or(Pbx::is_idle)) {
            self.leaving.remove(&tenant);
            self.tenants.remove(&tenant);
        }
        if self.outside.draining && !self.drained && self.outside.calls.is_empty() {
            self.drained = true;
            self.outside.outputs.push_back(Output::Drained);
        }
    }
}

/// Is it a method that nothing is done for outside calls?
fn is_unknown(method: &str) -> bool {
    !matches!(method, "REGISTER" | "OPTIONS" | "PUBLISH" | "MESSAGE")
}

/// The answer to a request outside calls that belongs into one, or nowhere.
fn status_outside(method: &str) -> u16 {
    match method {
        "REFER" => 403,
        "NOTIFY" | "INFO" => 481,
        _ => 405,
    }
}

/// Is a host the domain of another tenant?
fn foreign_to(domains: &BTreeMap<String, TenantId>) -> impl Fn(TenantId, &str) -> bool {
    |tenant, host| domains.get(host).is_some_and(|known| *known != tenant)
}

/// The address that a peer is told.
fn local_of(sent_by: &SentBy) -> impl Fn(Flow) -> String {
    |flow| sent_by.text(flow).to_owned()
}

/// How much a switchboard holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Of the stack.
    pub dialogs: usize,
    /// Of the stack.
    pub transactions: usize,
    /// Dialogs that belong to a call.
    pub owned_dialogs: usize,
    /// Calls, those included that wait for their last figures.
    pub calls: usize,
    /// Timers of calls, bindings, subscriptions and heartbeats.
    pub timers: usize,
    /// Subscriptions.
    pub subscriptions: usize,
    /// Requests of ours outside calls that wait for their answer.
    pub asked: usize,
}
