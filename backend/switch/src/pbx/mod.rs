//! One tenant: its plan, its registrations, its calls.

mod callback;
mod conference;
mod conference_change;
mod demand;
mod dictate;
mod feature;
mod forward;
mod goal;
mod group;
mod invite;
mod live;
mod mailbox;
mod message;
mod monitor;
mod phone;
mod pin;
mod publish;
mod queue;
mod queue_agent;
mod queue_heir;
mod queue_visit;
mod rebuild;
mod record;
mod record_room;
mod redirect;
mod refer;
mod refer_in_room;
mod register;
mod replace;
mod resume;
mod run;
mod server;
mod simulate;
mod subscribe;

use std::collections::BTreeMap;

use shared::fact::Fact;
use shared::ip_range::IpRange;
use shared::{CallId, ExtensionId, Moment, RegistrationId, TenantId};
use sip::Flow;

pub use forward::Onward;
pub use goal::Host;
pub use invite::{Caller, Invite, description, identity_steps, refusal_response, reject};
pub use monitor::Place;
pub use record::Recorded;
use refer_in_room::Referrer;
pub use register::{NotDone, Outcome, user_agent};

use crate::call::Call;
use crate::conferences::Conferences;
use crate::directory::Directory;
use crate::event::{LineState, Publications, Subscriptions};
use crate::leg::Side;
use crate::mailbox::Mailboxes;
use crate::notices::Notices;
use crate::outside::{FlowUser, Outside, Timer};
use crate::pin_guard::PinGuard;
use crate::plan::TenantPlan;
use crate::post::Post;
use crate::queue::Queues;
use crate::registrar::{Binding, Registrar};
use crate::stage::Event;
use crate::turns::Turns;

/// One tenant.
#[derive(Debug)]
pub struct Pbx {
    /// What it has configured.
    pub directory: Directory,
    /// Where its extensions are.
    pub registrar: Registrar,
    calls: BTreeMap<CallId, Call>,
    /// How far each extension is in each of its calls.
    lines: BTreeMap<(ExtensionId, CallId, Side), LineState>,
    subscriptions: Subscriptions,
    publications: Publications,
    posts: Post,
    notices: Notices,
    /// When there is something to be forgotten of them, as the timers hold it.
    notices_armed: Option<Moment>,
    mailboxes: Mailboxes,
    pins: PinGuard,
    conferences: Conferences,
    /// Who has asked for calls that invite into a room, until these are answered.
    referrers: BTreeMap<CallId, Referrer>,
    turns: Turns,
    queues: Queues,
    /// When the queues want to be woken, as the timers hold it.
    queues_armed: Option<Moment>,
    /// Calls that are not over.
    running: usize,
    heart_beats: bool,
}

impl Pbx {
    /// A tenant as configured.
    pub fn new(plan: TenantPlan, now: Moment) -> Self {
        let mut queues = Queues::default();
        queues.set(&plan.queues, now);
        Self {
            directory: Directory::new(plan),
            registrar: Registrar::default(),
            calls: BTreeMap::new(),
            lines: BTreeMap::new(),
            subscriptions: Subscriptions::default(),
            publications: Publications::default(),
            posts: Post::default(),
            notices: Notices::default(),
            notices_armed: None,
            mailboxes: Mailboxes::default(),
            pins: PinGuard::default(),
            conferences: Conferences::default(),
            referrers: BTreeMap::new(),
            turns: Turns::default(),
            queues,
            queues_armed: None,
            running: 0,
            heart_beats: false,
        }
    }

    /// Its id.
    pub fn id(&self) -> TenantId {
        self.directory.plan.tenant_id
    }

    /// Is nothing going on that must be ended in order?
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// It is configured differently from now on: who may not register any more is dropped (EXT-12, T-07), running calls
    /// go on.
    pub fn replace_plan(&mut self, outside: &mut Outside, plan: TenantPlan) {
        let new = Directory::new(plan);
        let held: Vec<ExtensionId> = self.registrar.all().map(|(extension, _)| extension).collect();
        for extension in held {
            let old = self.directory.extension(extension);
            let keeps = |binding: &Binding| match (old, new.extension(extension)) {
                _ if !new.plan.enabled => false,
                (_, None) => false,
                (None, Some(now)) => now.enabled,
                (Some(was), Some(now)) if binding.browser => {
                    now.enabled && now.number == was.number && now.credential_epoch == was.credential_epoch
                }
                (Some(was), Some(now)) => now.enabled && now.number == was.number && now.ha1 == was.ha1,
            };
            let number = old.map(|old| old.number.clone()).unwrap_or_default();
            let stays = new.plan.enabled && new.extension(extension).is_some_and(|now| now.enabled);
            for gone in self.registrar.remove(extension, |binding| !keeps(binding)) {
                if stays {
                    self.tell_last(outside, extension, &gone);
                }
                self.unregistered(outside, extension, &number, &gone);
            }
        }
        self.directory = new;
        self.turns.keep(&self.directory.plan.ring_groups);
        let directory = &self.directory;
        self.mailboxes.retain(|extension| directory.extension(extension).is_some());
        self.review_pins();
        self.review_rooms(outside);
        self.review_messages(outside);
        self.review_publications(outside);
        self.review_subscriptions(outside);
        self.set_queues(outside);
    }

    /// It is no more: its registrations go, its calls end.
    pub fn remove(&mut self, outside: &mut Outside) {
        self.directory.plan.enabled = false;
        let held: Vec<ExtensionId> = self.registrar.all().map(|(extension, _)| extension).collect();
        for extension in held {
            let number = self.number_of(extension);
            for gone in self.registrar.remove(extension, |_| true) {
                self.unregistered(outside, extension, &number, &gone);
            }
        }
        self.forget_messages(outside);
        self.review_publications(outside);
        self.review_subscriptions(outside);
        for call in self.calls.keys().copied().collect::<Vec<_>>() {
            self.handle(outside, call, Event::TenantRemoved);
        }
        self.queues.drop_callbacks(outside.now);
        self.stir(outside);
    }

    /// Puts a registration back that was there before a restart.
    pub fn restore(&mut self, outside: &mut Outside, row: &shared::registration::Registration) {
        let id = self.id();
        let wanted = self.directory.plan.enabled
            && row.expires_at > outside.now
            && self
                .directory
                .extension(row.extension_id)
                .is_some_and(|known| known.enabled && known.number == row.number)
            && self.registrar.of(row.extension_id).len() < outside.config.contacts_max;
        let grace = outside.config.flow_grace;
        match wanted.then(|| self.registrar.restore(outside.now, row, grace)).flatten() {
            Some(binding) => {
                outside.arm(binding.expires_at, Timer::Binding(id, row.extension_id, row.id));
                self.agent_came_back(outside, row.extension_id);
            }
            None => outside.fact(Some(id), Fact::Unregistered { registration_id: row.id, number: row.number.clone() }),
        }
    }

    /// A binding may have run out.
    pub fn binding_due(&mut self, outside: &mut Outside, extension: ExtensionId, id: RegistrationId) {
        if let Some(gone) = self.registrar.expire(outside.now, extension, id) {
            let number = self.number_of(extension);
            self.unregistered(outside, extension, &number, &gone);
        }
    }

    /// A connection is gone over which this device registered: it cannot be reached; a browser has some time to come
    /// back, others keep their binding until it runs out.
    pub fn binding_lost(&mut self, outside: &mut Outside, extension: ExtensionId, id: RegistrationId) {
        let tenant = self.id();
        let Some(binding) = self.registrar.get_mut(extension, id) else { return };
        binding.reachable = false;
        let until = outside.now + outside.config.flow_grace;
        if binding.browser && until < binding.expires_at {
            let timer = Timer::Binding(tenant, extension, id);
            outside.disarm(binding.expires_at, timer);
            binding.expires_at = until;
            outside.arm(until, timer);
        }
        self.touch(outside, extension);
    }

    /// Does a device that registered as this extension stand behind this flow?
    pub fn knows(&self, number: &str, flow: Flow) -> bool {
        self.has_binding(number, |binding| binding.flow == flow)
    }

    /// Is a registration of this extension by this Call-ID, or by this way, one that stands already (RFC 3261, 10.2.4)?
    pub fn renews(&self, number: &str, call_id: &str, flow: Flow) -> bool {
        self.has_binding(number, |binding| *binding.call_id == *call_id || binding.flow == flow)
    }

    fn has_binding(&self, number: &str, is_it: impl Fn(&Binding) -> bool) -> bool {
        self.directory.number(number).is_some_and(|extension| self.registrar.of(extension.id).iter().any(is_it))
    }

    /// Is a device registered from an address of this range?
    pub fn holds(&self, network: &IpRange) -> bool {
        self.registrar.all().any(|(_, binding)| network.contains(binding.flow.remote.ip()))
    }

    fn unregistered(&self, outside: &mut Outside, extension: ExtensionId, number: &str, gone: &Binding) {
        let id = self.id();
        outside.disarm(gone.expires_at, Timer::Binding(id, extension, gone.id));
        outside.leave_flow(gone.flow, FlowUser::Binding(id, extension, gone.id));
        outside.fact(Some(id), Fact::Unregistered { registration_id: gone.id, number: number.to_owned() });
        self.touch(outside, extension);
    }

    fn number_of(&self, extension: ExtensionId) -> String {
        self.directory.extension(extension).map(|known| known.number.clone()).unwrap_or_default()
    }
}
