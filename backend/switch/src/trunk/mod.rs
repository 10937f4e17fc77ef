//! Trunks: whose a request from outside is, which ways are open, and how each stands (spec 5.6).

pub mod cli;
pub mod gateway;
pub mod headers;
mod watch;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use media::LegId;
use shared::did::DidPool;
use shared::trunk::{TrunkMode, TrunkSettings, TrunkStanding, TrunkState, TrunkTransport};
use shared::{CallId, Moment, TenantId, TrunkId};
use sip::message::Credentials;
use sip::{ConnectionId, Flow, Transport};

use gateway::Gateway;
use watch::Watch;

/// How long a trunk that did not answer a call is tried last.
const SUSPECT: Duration = Duration::from_secs(60);
/// The most addresses of one trunk that one call tries.
const TARGETS_MAX: usize = 3;

/// One trunk as configured.
#[derive(Clone)]
pub struct TrunkPlan {
    /// Its id.
    pub id: TrunkId,
    /// Whose it is; none for the provider's.
    pub owner: Option<TenantId>,
    /// How it is set up.
    pub settings: TrunkSettings,
    /// The password of its digest.
    pub password: String,
    /// Who may use it, and which numbers are whose (TRK-08).
    pub pools: BTreeMap<TenantId, DidPool>,
}

impl fmt::Debug for TrunkPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrunkPlan").field("id", &self.id).field("name", &self.settings.name).finish_non_exhaustive()
    }
}

impl TrunkPlan {
    /// What it is asked for credentials with; none for one that is known by its address.
    pub fn credentials(&self) -> Option<Credentials> {
        let user = self.settings.digest_user();
        (!user.is_empty()).then(|| Credentials { user: user.to_owned(), secret: self.password.clone() })
    }

    /// What SIP to it runs over.
    pub const fn transport(&self) -> Transport {
        match self.settings.transport {
            TrunkTransport::Udp => Transport::Udp,
            TrunkTransport::Tcp => Transport::Tcp,
            TrunkTransport::Tls => Transport::Tls,
        }
    }
}

/// A leg that runs over a trunk.
type LegName = (TenantId, CallId, LegId);

/// One trunk and how it stands.
#[derive(Debug)]
pub struct Trunk {
    /// As configured.
    pub plan: Arc<TrunkPlan>,
    /// Where it is, the first one first (RFC 3263).
    targets: Vec<SocketAddr>,
    legs: BTreeSet<LegName>,
    suspect_until: Moment,
    watch: Watch,
    /// Where its gateway is, where that registers here.
    gateway: Option<Gateway>,
    /// The moment that it stands under in the schedule.
    scheduled: Option<Moment>,
}

/// Why a trunk takes no call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// There is no such trunk, or it is not this tenant's.
    NotYours,
    /// It is switched off.
    Off,
    /// Its name leads nowhere.
    Nowhere,
    /// It does not answer, or refuses our registration.
    Disconnected,
    /// It has as many calls as it may have.
    Full(u32),
}

/// All trunks.
#[derive(Debug, Default)]
pub struct Trunks {
    all: BTreeMap<TrunkId, Trunk>,
    /// By the addresses at which they were found.
    by_target: BTreeMap<IpAddr, BTreeSet<TrunkId>>,
    /// Those whose gateway registers here, by the domain that it does so at.
    by_domain: BTreeMap<String, TrunkId>,
    /// Those with other addresses of their own.
    ranged: BTreeSet<TrunkId>,
    /// When which is to be looked at: the pump asks at each packet, so no trunk may cost anything until its time has come.
    schedule: BTreeSet<(Moment, TrunkId)>,
}

impl Trunks {
    /// Others from now on. The answer: those that have gone and were registered.
    pub fn replace(&mut self, now: Moment, plans: Vec<TrunkPlan>) -> Vec<Trunk> {
        let mut before = std::mem::take(&mut self.all);
        for plan in plans {
            let id = plan.id;
            let trunk = match before.remove(&id) {
                Some(known) => known.planned(now, plan),
                None => Trunk::new(now, plan),
            };
            self.all.insert(id, trunk);
        }
        self.index();
        self.schedule = self.all.iter().filter_map(|(id, trunk)| Some((trunk.watch.due()?, *id))).collect();
        for trunk in self.all.values_mut() {
            trunk.scheduled = trunk.watch.due();
        }
        before.into_values().filter(Trunk::is_registered).collect()
    }

    /// A trunk was found at these addresses.
    pub fn found(&mut self, now: Moment, id: TrunkId, targets: Vec<SocketAddr>) {
        // A gateway that registers here is where it says, not where its name leads.
        let known = self.all.get_mut(&id).filter(|trunk| trunk.plan.settings.mode != TrunkMode::Accept);
        let Some(trunk) = known else { return };
        if trunk.targets != targets {
            trunk.watch.targets_changed(now, targets.is_empty());
            self.place(id, targets);
            self.reschedule(id);
        }
    }

    /// A trunk is at these addresses from now on; the others are not looked at.
    fn place(&mut self, id: TrunkId, targets: Vec<SocketAddr>) {
        let Some(trunk) = self.all.get_mut(&id) else { return };
        for target in std::mem::replace(&mut trunk.targets, targets) {
            if let Entry::Occupied(mut near) = self.by_target.entry(target.ip()) {
                near.get_mut().remove(&id);
                if near.get().is_empty() {
                    near.remove();
                }
            }
        }
        for target in &trunk.targets {
            self.by_target.entry(target.ip()).or_default().insert(id);
        }
    }

    /// Its moment may be another than before.
    fn reschedule(&mut self, id: TrunkId) {
        let Some(trunk) = self.all.get_mut(&id) else { return };
        let (before, after) = (trunk.scheduled, trunk.watch.due());
        if before != after {
            trunk.scheduled = after;
            if let Some(before) = before {
                self.schedule.remove(&(before, id));
            }
            self.schedule.extend(after.map(|after| (after, id)));
        }
    }

    fn index(&mut self) {
        self.by_target.clear();
        let gateways = self.all.iter().filter(|(_, trunk)| trunk.plan.settings.mode == TrunkMode::Accept);
        self.by_domain = gateways.map(|(id, trunk)| (trunk.plan.settings.host.to_ascii_lowercase(), *id)).collect();
        for (id, trunk) in &self.all {
            for target in &trunk.targets {
                self.by_target.entry(target.ip()).or_default().insert(*id);
            }
        }
        let ranged = self.all.iter().filter(|(_, trunk)| !trunk.plan.settings.addresses.is_empty());
        self.ranged = ranged.map(|(id, _)| *id).collect();
    }

    /// The trunks that a request from there may be of, switched-off ones too.
    pub fn of_source(&self, flow: Flow) -> Vec<TrunkId> {
        let (address, port) = (flow.remote.ip(), flow.remote.port());
        let near = self.by_target.get(&address).into_iter().flatten().filter(|id| {
            self.all.get(id).is_some_and(|trunk| {
                let strict = trunk.plan.settings.verify_source_port && flow.transport == Transport::Udp;
                trunk.targets.iter().any(|target| target.ip() == address && (!strict || target.port() == port))
            })
        });
        let ranged = self.ranged.iter().filter(|id| {
            self.all.get(id).is_some_and(|trunk| trunk.plan.settings.addresses.iter().any(|own| own.contains(address)))
        });
        let mut found: Vec<TrunkId> = near.chain(ranged).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// One of them.
    pub fn get(&self, id: TrunkId) -> Option<&Trunk> {
        self.all.get(&id)
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = TrunkId> {
        self.all.keys().copied()
    }

    /// How each stands.
    pub fn standings(&self) -> BTreeMap<TrunkId, TrunkStanding> {
        self.all.iter().map(|(id, trunk)| (*id, trunk.standing())).collect()
    }

    /// No connection came about to a place where trunks are, because of that.
    pub fn unreached(&mut self, flow: Flow, why: &str) {
        for id in self.by_target.get(&flow.remote.ip()).into_iter().flatten() {
            let of =
                |trunk: &&mut Trunk| trunk.plan.transport() == flow.transport && trunk.targets.contains(&flow.remote);
            if let Some(trunk) = self.all.get_mut(id).filter(of) {
                trunk.watch.trouble = Some(why.to_owned());
            }
        }
    }

    /// May this tenant send a call by it now (`urgent` is not kept by limits)? Where to then, the address that is tried first first.
    pub fn way(&self, id: TrunkId, tenant: TenantId, urgent: bool) -> Result<Vec<Flow>, Closed> {
        let trunk = self.all.get(&id).filter(|trunk| trunk.plan.pools.contains_key(&tenant)).ok_or(Closed::NotYours)?;
        match trunk.open() {
            // No limit keeps an emergency call from going out.
            Err(Closed::Full(_)) if urgent => {}
            open => open?,
        }
        Ok(trunk.flows())
    }

    /// Does it not answer calls at the moment, so that others are tried first?
    pub fn is_suspect(&self, now: Moment, id: TrunkId) -> bool {
        self.all.get(&id).is_some_and(|trunk| trunk.suspect_until > now)
    }

    /// A call by it had no answer: others are tried first for a while, and it is asked whether it is there.
    pub fn was_silent(&mut self, now: Moment, id: TrunkId) {
        if let Some(trunk) = self.all.get_mut(&id) {
            trunk.suspect_until = now + SUSPECT;
        }
    }

    /// It has answered a call.
    pub fn was_heard(&mut self, id: TrunkId) {
        if let Some(trunk) = self.all.get_mut(&id) {
            trunk.suspect_until = Moment::default();
        }
    }

    /// A leg runs over it.
    pub fn enter(&mut self, id: TrunkId, leg: LegName) {
        if let Some(trunk) = self.all.get_mut(&id) {
            trunk.legs.insert(leg);
        }
    }

    /// No more.
    pub fn leave(&mut self, id: TrunkId, leg: LegName) {
        if let Some(trunk) = self.all.get_mut(&id) {
            trunk.legs.remove(&leg);
        }
    }

    /// None of a tenant's any more.
    pub fn evict(&mut self, tenant: TenantId) {
        for trunk in self.all.values_mut() {
            trunk.legs.retain(|(owner, ..)| *owner != tenant);
        }
    }
}

impl Trunk {
    fn new(now: Moment, plan: TrunkPlan) -> Self {
        let watch = Watch::new(now, &plan);
        let plan = Arc::new(plan);
        Self {
            plan,
            targets: Vec::new(),
            legs: BTreeSet::new(),
            suspect_until: Moment::default(),
            watch,
            gateway: None,
            scheduled: None,
        }
    }

    /// With another plan: its calls go on, and where it is asked otherwise it is asked anew.
    fn planned(self, now: Moment, plan: TrunkPlan) -> Self {
        let old = &self.plan;
        let same = |of: &TrunkPlan| {
            let TrunkSettings { enabled, mode, host, port, outbound_proxy, outbound_proxy_port, transport, .. } =
                &of.settings;
            let way = (*enabled, *mode, host.clone(), *port, outbound_proxy.clone(), *outbound_proxy_port, *transport);
            let TrunkSettings { username, auth_name, register_seconds, options_seconds, roots, .. } = &of.settings;
            let account = (username.clone(), auth_name.clone(), of.password.clone());
            (way, account, *register_seconds, *options_seconds, roots.clone())
        };
        if same(old) == same(&plan) {
            return Self { plan: Arc::new(plan), ..self };
        }
        let watch = Watch::new(now, &plan);
        // A gateway that is to sign in otherwise is not there until it has.
        let registers = [old.settings.mode, plan.settings.mode].contains(&TrunkMode::Accept);
        let targets = if registers { Vec::new() } else { self.targets };
        Self { plan: Arc::new(plan), watch, targets, gateway: None, ..self }
    }

    /// Are its calls taken now? They show that it is there, whatever was thought of it.
    pub fn takes(&self) -> Result<(), Closed> {
        let settings = &self.plan.settings;
        match settings.calls_max {
            _ if !settings.enabled => Err(Closed::Off),
            Some(max) if self.legs.len() >= max as usize => Err(Closed::Full(max)),
            _ => Ok(()),
        }
    }

    /// Does it take a call of anybody now?
    pub fn open(&self) -> Result<(), Closed> {
        match self.watch.state {
            _ if !self.plan.settings.enabled => Err(Closed::Off),
            _ if self.targets.is_empty() && self.plan.settings.mode != TrunkMode::Accept => Err(Closed::Nowhere),
            TrunkState::Disconnected => Err(Closed::Disconnected),
            _ => self.takes(),
        }
    }

    fn flows(&self) -> Vec<Flow> {
        if let Some(gateway) = &self.gateway {
            return vec![gateway.flow];
        }
        let (transport, first) = (self.plan.transport(), self.watch.target());
        let places = (0..self.targets.len()).map(|place| (place + first) % self.targets.len().max(1));
        let targets = places.filter_map(|place| self.targets.get(place)).take(TARGETS_MAX);
        targets.map(|remote| Flow { transport, connection: ConnectionId::NEW, remote: *remote }).collect()
    }

    fn is_registered(&self) -> bool {
        self.plan.settings.mode == TrunkMode::Register && self.watch.state == TrunkState::Connected
    }

    /// For pages.
    pub fn standing(&self) -> TrunkStanding {
        let off = !self.plan.settings.enabled;
        let of_gateway = self.gateway.as_ref().map(|gateway| gateway.flow.transport.param());
        let transport = of_gateway.unwrap_or_else(|| self.plan.settings.transport.param());
        TrunkStanding {
            state: if off { TrunkState::Off } else { self.watch.state },
            why: if off { "switched off".to_owned() } else { self.watch.why.clone() },
            since: self.watch.since,
            heard: self.watch.heard.clone(),
            calls: u32::try_from(self.legs.len()).unwrap_or(u32::MAX),
            targets: self.targets.iter().map(|target| format!("{transport} {target}")).collect(),
        }
    }
}
