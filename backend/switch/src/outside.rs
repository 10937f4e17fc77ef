//! What the tenants share: the SIP stack, ids, timers, and the indexes that find a tenant for what arrives.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use media::{LegId, Order, What};
use shared::fact::{Fact, TenantFact};
use shared::id::IdSource;
use shared::reason::Reason;
use shared::setting::Settings;
use shared::{CallId, ConferenceRoomId, ExtensionId, Moment, RegistrationId, TenantId, TrunkId};
use sip::{DialogId, Flow, Reply, RequestId, SentBy, Stack, Transport};

use crate::call::{FAULT_STATUS, reason_header};
use crate::capture::{Capture, End};
use crate::leg::Leg;
use crate::output::Output;
use crate::pbx::NotDone;
use crate::refusals::Refused;
use crate::switchboard::Config;
use crate::trunk::Trunks;

/// Whose a dialog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The tenant.
    pub tenant: TenantId,
    /// Its call.
    pub call: CallId,
    /// The call's leg.
    pub leg: LegId,
}

/// Who uses a stream connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlowUser {
    /// A device that registered over it.
    Binding(TenantId, ExtensionId, RegistrationId),
    /// A leg of a call.
    Leg(TenantId, CallId, LegId),
    /// A subscription.
    Subscription(TenantId, DialogId),
}

/// For whom a request of ours outside calls waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A NOTIFY of a subscription.
    Notify(TenantId, DialogId),
    /// A MESSAGE to a device of an extension.
    Message(TenantId, ExtensionId),
    /// A NOTIFY outside a dialog to a device.
    Phone(TenantId, RegistrationId),
    /// A question whether a trunk is there.
    Trunk(TrunkId),
}

impl Asked {
    /// Whose; none of the installation's.
    pub const fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Notify(tenant, _) | Self::Message(tenant, _) | Self::Phone(tenant, _) => Some(tenant),
            Self::Trunk(_) => None,
        }
    }
}

/// Something to be done at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// A binding may have run out.
    Binding(TenantId, ExtensionId, RegistrationId),
    /// A call wants to be woken.
    Call(TenantId, CallId),
    /// Running calls leave a sign of life.
    Heartbeat(TenantId),
    /// Counted refusals are told.
    Refusals,
    /// Something is due in a tenant's queues.
    Queues(TenantId),
    /// A subscription may have run out.
    Subscription(TenantId, DialogId),
    /// A subscription goes on after a restart.
    Resume(TenantId, DialogId),
    /// A publication, by its tag, may have run out.
    Publication(TenantId, ExtensionId, i64),
    /// The sender of a message to this extension has waited long enough.
    Message(TenantId, ExtensionId),
    /// What devices of the tenant have answered is forgotten.
    Notices(TenantId),
    /// A temporary conference room has had its time to be entered.
    Room(TenantId, ConferenceRoomId),
}

/// Between two subscriptions that are told for the first time after a restart: 200 a second.
const RESUME_STEP: Duration = Duration::from_millis(5);

/// What a `Pbx` is handed beside its own state.
#[derive(Debug)]
pub struct Outside {
    /// What the switchboard was made with.
    pub config: Config,
    /// The SIP machine.
    pub stack: Stack,
    /// Makes ids.
    pub ids: IdSource,
    /// The time of the present input.
    pub now: Moment,
    /// What the switchboard wants done.
    pub outputs: VecDeque<Output>,
    /// Whose a dialog is.
    pub dialogs: BTreeMap<DialogId, Owner>,
    /// Whose a subscription is.
    pub subscriptions: BTreeMap<DialogId, TenantId>,
    /// Requests of ours outside calls that wait for their answer; as many as the stack has transactions.
    pub asked: BTreeMap<RequestId, Asked>,
    /// Extensions that somebody watches and that have changed in the present input.
    pub touched: BTreeSet<(TenantId, ExtensionId)>,
    /// Extensions for which messages wait and that can perhaps take them since the present input.
    pub due: BTreeSet<(TenantId, ExtensionId)>,
    /// Members of queues who stand otherwise since the present input.
    pub agents: BTreeSet<(TenantId, ExtensionId)>,
    /// Tenants in whose queues something has happened in the present input.
    pub stirred: BTreeSet<TenantId>,
    /// Whose a call is.
    pub calls: BTreeMap<CallId, TenantId>,
    /// The ways to the outside.
    pub trunks: Trunks,
    /// Which call has asked somebody's server, and by which number there.
    pub questions: BTreeMap<u64, (TenantId, CallId, u32)>,
    next_question: u64,
    /// What is kept of messages.
    pub capture: Capture,
    /// Refusals that are told at the end of the present input, when their answers have gone.
    pub refused: Vec<Refused>,
    /// Why the present request outside calls was not done.
    pub declined: Option<Box<NotDone>>,
    /// Taking no new calls.
    pub draining: bool,
    /// The store cannot keep up.
    pub overloaded: bool,
    flows: BTreeSet<(Flow, FlowUser)>,
    timers: BTreeSet<(Moment, Timer)>,
    last_leg: u64,
    /// Subscriptions of the time before a restart.
    resumed: u32,
    /// Breaks this tenant's code after so many more places.
    #[cfg(feature = "testing")]
    pub trap: Option<(TenantId, usize)>,
}

impl Outside {
    /// With a fresh stack.
    pub fn new(config: Config, seed: u64) -> Self {
        let stack = sip::Config {
            user_agent: config.user_agent.clone(),
            sent_by: config.sent_by.clone(),
            prack: config.settings.prack,
            dialogs_max: config.dialogs_max,
            session_expires: session_expires(&config.settings),
            guard_dialogs: !config.settings.mid_dialog_authentication_disabled,
            shunned_agents: config.settings.blocked_user_agents.clone(),
            ..sip::Config::default()
        };
        let mut capture = Capture::default();
        capture.set(config.settings.capture);
        Self {
            questions: BTreeMap::new(),
            next_question: 0,
            config,
            capture,
            refused: Vec::new(),
            declined: None,
            stack: Stack::new(stack, seed),
            ids: IdSource::new(1),
            now: Moment::default(),
            outputs: VecDeque::new(),
            dialogs: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            asked: BTreeMap::new(),
            touched: BTreeSet::new(),
            due: BTreeSet::new(),
            agents: BTreeSet::new(),
            stirred: BTreeSet::new(),
            calls: BTreeMap::new(),
            trunks: Trunks::default(),
            draining: false,
            overloaded: false,
            flows: BTreeSet::new(),
            timers: BTreeSet::new(),
            last_leg: 0,
            resumed: 0,
            #[cfg(feature = "testing")]
            trap: None,
        }
    }

    /// Takes new settings.
    pub fn set(&mut self, settings: Settings) {
        self.stack.set_session_expires(session_expires(&settings));
        self.stack.set_prack(settings.prack);
        self.capture.set(settings.capture);
        self.stack.set_shunned_agents(settings.blocked_user_agents.clone());
        self.stack.set_guard_dialogs(!settings.mid_dialog_authentication_disabled);
        self.config.settings = settings;
    }

    /// Takes other addresses of its own.
    pub fn set_sent_by(&mut self, sent_by: SentBy) {
        self.stack.set_sent_by(sent_by.clone());
        self.config.sent_by = sent_by;
    }

    /// Something has happened in a tenant.
    pub fn fact(&mut self, tenant: Option<TenantId>, fact: Fact) {
        self.outputs.push_back(Output::Fact(Box::new(TenantFact { tenant_id: tenant, at: self.now, fact })));
    }

    /// An order for the media engine.
    pub fn order(&mut self, (call, lane): (CallId, CallId), leg: LegId, what: What) {
        self.outputs.push_back(Output::Media(Order { call, lane, leg, what }));
    }

    /// From now on the dialog is that leg's of a call: events and messages find it.
    pub fn own(&mut self, dialog: DialogId, tenant: TenantId, call: CallId, leg: &Leg) {
        self.dialogs.insert(dialog, Owner { tenant, call, leg: leg.id });
        self.listen(dialog, tenant, call, leg);
    }

    /// From now on the messages of the dialog are that leg's of a call.
    pub fn listen(&mut self, dialog: DialogId, tenant: TenantId, call: CallId, leg: &Leg) {
        let Some(names) = self.stack.dialog_names(dialog) else { return };
        let end = End {
            tenant,
            call,
            leg: leg.id,
            side: leg.side.word(),
            number: &leg.number,
            device: &leg.device,
            extension: leg.extension,
        };
        self.capture.bind(self.now, names, leg.flow, &end);
    }

    /// How long the next subscription of the time before a restart waits for its turn to be told.
    pub fn resume_pause(&mut self) -> Duration {
        self.resumed += 1;
        RESUME_STEP * self.resumed
    }

    /// Notes who asks somebody's server; the number of the question.
    pub fn ask(&mut self, by: (TenantId, CallId, u32)) -> u64 {
        self.next_question += 1;
        self.questions.insert(self.next_question, by);
        self.next_question
    }

    /// A leg that was never used.
    pub fn new_leg(&mut self) -> LegId {
        self.last_leg += 1;
        LegId(self.last_leg)
    }

    /// Notes who uses a stream connection; datagrams have none.
    pub fn use_flow(&mut self, flow: Flow, user: FlowUser) {
        if flow.transport != Transport::Udp {
            self.flows.insert((flow, user));
        }
    }

    /// Forgets who used it.
    pub fn leave_flow(&mut self, flow: Flow, user: FlowUser) {
        self.flows.remove(&(flow, user));
    }

    /// A leg is over: its connection and its trunk are free of it.
    pub fn leave_leg(&mut self, tenant: TenantId, call: CallId, leg: &Leg) {
        self.leave_flow(leg.flow, FlowUser::Leg(tenant, call, leg.id));
        if let Some(trunk) = leg.trunk {
            self.trunks.leave(trunk, (tenant, call, leg.id));
        }
    }

    /// All users of a connection that is gone.
    pub fn take_flow_users(&mut self, flow: Flow) -> Vec<FlowUser> {
        let first = (flow, FlowUser::Binding(TenantId(i64::MIN), ExtensionId(i64::MIN), RegistrationId(i64::MIN)));
        let users: Vec<FlowUser> =
            self.flows.range(first..).take_while(|(known, _)| *known == flow).map(|(_, user)| *user).collect();
        for user in &users {
            self.flows.remove(&(flow, *user));
        }
        users
    }

    /// Sets a timer.
    pub fn arm(&mut self, at: Moment, timer: Timer) {
        self.timers.insert((at, timer));
    }

    /// Takes a timer back.
    pub fn disarm(&mut self, at: Moment, timer: Timer) {
        self.timers.remove(&(at, timer));
    }

    /// The next timer that is due.
    pub fn due(&mut self) -> Option<Timer> {
        let (at, timer) = *self.timers.first()?;
        if at > self.now {
            return None;
        }
        self.timers.remove(&(at, timer));
        Some(timer)
    }

    /// When something has to be done next.
    pub fn next_timer(&self) -> Option<Moment> {
        let own = self.timers.first().map(|(at, _)| *at);
        [own, self.stack.poll_timeout(), self.capture.due(), self.trunks.next_look()].into_iter().flatten().min()
    }

    /// Ends all dialogs of a tenant's calls and subscriptions and forgets what else they hold here, whatever state they are in.
    pub fn evict(&mut self, tenant: TenantId) {
        self.capture.tenant_over(self.now, tenant);
        let reason = reason_header(FAULT_STATUS, Reason::InternalFault);
        let (gone, kept) = std::mem::take(&mut self.dialogs).into_iter().partition(|(_, owner)| owner.tenant == tenant);
        self.dialogs = kept;
        for dialog in BTreeMap::<DialogId, Owner>::into_keys(gone) {
            // Whichever of the two fits: the first refuses an INVITE that waits, the second ends all others.
            self.stack.reject(self.now, dialog, Reply::status(FAULT_STATUS).header("Reason", reason.clone()));
            self.stack.bye(self.now, dialog, Some(&reason));
        }
        let (gone, kept) = std::mem::take(&mut self.subscriptions).into_iter().partition(|(_, owner)| *owner == tenant);
        self.subscriptions = kept;
        for dialog in BTreeMap::<DialogId, TenantId>::into_keys(gone) {
            // Whoever watches hears 481 at its next refresh, and subscribes anew.
            self.stack.bye(self.now, dialog, None);
        }
        self.asked.retain(|_, asked| asked.tenant() != Some(tenant));
        self.touched.retain(|(owner, _)| *owner != tenant);
        self.due.retain(|(owner, _)| *owner != tenant);
        self.agents.retain(|(owner, _)| *owner != tenant);
        self.calls.retain(|_, owner| *owner != tenant);
        self.trunks.evict(tenant);
        self.flows.retain(|(_, user)| match user {
            FlowUser::Leg(owner, ..) | FlowUser::Subscription(owner, _) => *owner != tenant,
            FlowUser::Binding(..) => true,
        });
        self.timers.retain(|(_, timer)| match timer {
            Timer::Call(owner, _)
            | Timer::Heartbeat(owner)
            | Timer::Queues(owner)
            | Timer::Notices(owner)
            | Timer::Subscription(owner, _)
            | Timer::Resume(owner, _)
            | Timer::Publication(owner, ..)
            | Timer::Room(owner, _)
            | Timer::Message(owner, _) => *owner != tenant,
            Timer::Binding(..) | Timer::Refusals => true,
        });
    }

    /// A place where a test can make a tenant's code break.
    #[cfg(feature = "testing")]
    #[allow(clippy::panic)]
    pub fn trip(&mut self, tenant: TenantId) {
        let Some((_, places)) = self.trap.as_mut().filter(|(trapped, _)| *trapped == tenant) else { return };
        if *places == 0 {
            self.trap = None;
            panic!("a trap of a test");
        }
        *places -= 1;
    }

    /// A place where a test can make a tenant's code break; here none does.
    #[cfg(not(feature = "testing"))]
    pub const fn trip(&self, _: TenantId) {}

    /// The time from which a call's heartbeat counts.
    pub fn heartbeat(&self) -> Duration {
        self.config.heartbeat.max(Duration::from_millis(100))
    }

    /// Things that must be empty when nothing is going on: dialogs, calls, timers.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.dialogs.len(), self.calls.len(), self.timers.len())
    }
}

/// The session timer that is asked for (SET-17, SET-18).
fn session_expires(settings: &Settings) -> Option<Duration> {
    settings.session_timer.then(|| Duration::from_secs(u64::from(settings.session_timer_seconds)))
}
