//! Who gets in: tenant, throttle, digest, for REGISTER and INVITE alike.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use shared::fact::Fact;
use shared::ip_list::IpEntry;
use shared::reason::{Reason, TraceStep};
use shared::registration::RegistrationRefusal;
use shared::setting::Settings;
use shared::{IpEntryId, Moment, TenantId};
use sip::digest::{Authenticator, Ha1, Outcome};
use sip::{Flow, Message, Reply, Transport};

use crate::guard::{Guard, Rules, Sighting, Suspect};
use crate::history::{clean, step};
use crate::identity::{Identity, Verdict, Whose, number_of, verify, whose};
use crate::output::Output;
use crate::outside::{Outside, Timer};
use crate::pbx::Pbx;
use crate::pbx::identity_steps;
use crate::pbx::user_agent;
use crate::plan::LOGIN_REALM;
use crate::refusals::{PAUSE, Refusals, Refused};
use crate::switchboard::Config;
use crate::throttle::{Attempt, Throttle};

/// What the gate says.
#[derive(Debug)]
pub enum Passage {
    /// It is this one.
    Open(TenantId, Identity, Vec<TraceStep>),
    /// Send this instead.
    Shut(Reply),
}

/// The account that a trunk's gateway signs in with (TRK-04).
#[derive(Clone, Copy, Debug)]
pub struct Gateway<'a> {
    /// The trunk's host.
    pub realm: &'a str,
    /// The user of the digest.
    pub user: &'a str,
    /// Of that user.
    pub ha1: Ha1,
    /// Whose trunk it is; none for the provider's.
    pub owner: Option<TenantId>,
}

/// Keeps what was tried.
#[derive(Debug)]
pub struct Gate {
    guard: Guard,
    authenticator: Authenticator,
    throttle: Throttle,
    refusals: Refusals,
}

impl Gate {
    /// With nothing tried yet.
    pub fn new(config: &Config) -> Self {
        let mut gate = Self {
            guard: Guard::new(config.own_addresses.clone(), &config.settings),
            authenticator: Authenticator::new(config.nonce_key),
            throttle: Throttle::default(),
            refusals: Refusals::default(),
        };
        gate.set(&config.settings);
        gate
    }

    /// Takes new settings (SET-05, SEC-01…SEC-05).
    pub fn set(&mut self, settings: &Settings) {
        self.authenticator.set_integrity(!settings.auth_int_disabled);
        self.guard.set(settings);
    }

    /// Takes other addresses of the server.
    pub fn set_own_addresses(&mut self, own: BTreeSet<IpAddr>) {
        self.guard.set_own(own);
    }

    /// Takes another IP list.
    pub fn set_rules(&mut self, rules: Arc<Rules>) {
        self.guard.set_rules(rules);
    }

    /// How often each entry of the IP list was met.
    pub fn hits(&self) -> BTreeMap<IpEntryId, u64> {
        self.guard.hits()
    }

    /// May a packet be read at all? A connection that brings one that may not is closed.
    pub fn admit(&mut self, outside: &mut Outside, flow: Flow, bytes: &[u8]) -> bool {
        let (admitted, blocked) = self.guard.admit(outside.now, flow.remote.ip(), bytes, &mut outside.ids);
        if let Some(entry) = blocked {
            outside.fact(None, Fact::AddressBlocked { entry });
        }
        if !admitted && flow.transport != Transport::Udp {
            outside.outputs.push_back(Output::CloseFlow(flow));
        }
        admitted
    }

    /// A suspect is blocked, unless its address holds a device: only that device waits then (the throttle).
    fn judge(
        &mut self,
        outside: &mut Outside,
        tenants: &BTreeMap<TenantId, Pbx>,
        suspect: Option<Suspect>,
        tenant: Option<TenantId>,
        visit: &Visit<'_>,
    ) {
        let Some(suspect) = suspect else { return };
        if tenants.values().any(|pbx| pbx.holds(&suspect.network)) {
            return self.guard.acquit(&suspect);
        }
        let Some(entry) = self.guard.convict(outside.now, &suspect, &mut outside.ids) else { return };
        let IpEntry { network, evidence, .. } = &entry;
        let why = evidence.as_ref().map(|evidence| evidence.sentence()).unwrap_or_default();
        let trace = vec![step(outside.now, "guard", &why, &network.to_string(), Reason::AddressBlocked)];
        self.refused(outside, tenant, visit, 403, trace);
        outside.fact(None, Fact::AddressBlocked { entry });
    }

    /// Whose request is it, and is it really theirs?
    pub fn pass(
        &mut self,
        outside: &mut Outside,
        domains: &BTreeMap<String, TenantId>,
        tenants: &BTreeMap<TenantId, Pbx>,
        message: &Message,
        flow: Flow,
    ) -> Passage {
        let now = outside.now;
        let hosts = hosts_of(message, domains);
        let claimed = Authenticator::claimed(message);
        let found = whose(domains, &hosts, claimed);
        let visit = Visit { message, source: flow.remote, user: user_of(message, claimed) };
        let agent = message.header("User-Agent").unwrap_or_default();
        let (address, method) = (flow.remote.ip(), message.method());
        let (tenant, by_login, by) = match &found {
            Whose::Domain(tenant, domain) => (Some(*tenant), false, (Reason::TenantByDomain, domain.as_str())),
            Whose::Login(tenant, login) => (Some(*tenant), true, (Reason::TenantByLogin, login.as_str())),
            Whose::Nobody => (None, true, (Reason::TenantUnknown, "")),
            Whose::Unknown(login) => (None, true, (Reason::TenantUnknown, login.as_str())),
            Whose::Mismatch { asked, domain, login } => {
                let trace = vec![step(now, "tenant", domain, login, Reason::TenantMismatch)];
                self.refused(outside, Some(*asked), &visit, 403, trace);
                let sighting = Sighting { address, method, user: &visit.user, user_agent: agent };
                let suspect = self.guard.failed(now, &sighting);
                self.judge(outside, tenants, suspect, Some(*asked), &visit);
                return Passage::Shut(Reply::status(403));
            }
        };
        let sighting = Sighting { address, method, user: &visit.user, user_agent: agent };
        let pbx = tenant.and_then(|tenant| tenants.get(&tenant));
        let attempt = Attempt {
            tenant,
            user: &visit.user,
            source: flow.remote,
            instance: instance_of(message),
            is_known: pbx.is_some_and(|pbx| pbx.knows(&visit.user, flow)),
        };
        let tenant_step = step(now, "tenant", "", by.1, by.0);
        if claimed.is_some()
            && let Some(wait) = self.throttle.wait(now, &attempt)
        {
            let trace =
                vec![tenant_step, step(now, "credentials", message.method(), &visit.user, Reason::CredentialThrottled)];
            self.refused(outside, tenant, &visit, 403, trace);
            let suspect = self.guard.failed(now, &sighting);
            self.judge(outside, tenants, suspect, tenant, &visit);
            let seconds = wait.as_secs() + 1;
            return Passage::Shut(Reply::status(403).header("Retry-After", seconds.to_string()));
        }
        let directory = pbx.map(|pbx| &pbx.directory);
        let key = outside.config.phone_credential_key.clone();
        match verify(now, &mut self.authenticator, message, directory, by_login, &key) {
            Verdict::Accepted(identity) => {
                self.throttle.succeeded(&attempt);
                self.guard.answered(address);
                let steps = identity_steps(outside, by, &identity.number);
                match tenant {
                    Some(tenant) => Passage::Open(tenant, identity, steps),
                    None => Passage::Shut(Reply::status(403)),
                }
            }
            Verdict::Challenge(stale, reason) => {
                let suspect = self.guard.challenged(now, &sighting);
                self.judge(outside, tenants, suspect, tenant, &visit);
                let forbidden = reason == Reason::NonceForeign && outside.config.settings.forbid_bad_nonce;
                if matches!(reason, Reason::NonceReplayed | Reason::NonceForeign | Reason::CredentialsUnreadable) {
                    let trace = vec![tenant_step, step(now, "credentials", message.method(), &visit.user, reason)];
                    self.refused(outside, tenant, &visit, if forbidden { 403 } else { 401 }, trace);
                }
                if forbidden {
                    return Passage::Shut(Reply::status(403));
                }
                let realm = directory.filter(|_| !by_login).map_or(LOGIN_REALM, |directory| &directory.plan.domain);
                Passage::Shut(self.challenge(now, realm, stale, speaks_sha(message, flow)))
            }
            Verdict::Wrong(_, reason) => {
                self.throttle.failed(now, &attempt);
                self.guard.answered(address);
                let unknown = pbx.is_none() && message.method() == "INVITE";
                let status = if unknown { 404 } else { 403 };
                let trace = match pbx {
                    Some(_) => vec![tenant_step, step(now, "credentials", message.method(), &visit.user, reason)],
                    None => vec![tenant_step],
                };
                self.refused(outside, tenant, &visit, status, trace);
                let suspect = self.guard.failed(now, &sighting);
                self.judge(outside, tenants, suspect, tenant, &visit);
                Passage::Shut(Reply::status(status))
            }
        }
    }

    /// Is a REGISTER for the domain of a trunk really of that trunk's gateway? Guessing costs what it costs at an extension.
    ///
    /// # Errors
    ///
    /// The answer that is to be sent instead.
    pub fn pass_gateway(
        &mut self,
        outside: &mut Outside,
        tenants: &BTreeMap<TenantId, Pbx>,
        message: &Message,
        flow: Flow,
        gateway: &Gateway<'_>,
    ) -> Result<(), Reply> {
        let (now, address) = (outside.now, flow.remote.ip());
        let claimed = Authenticator::claimed(message);
        let visit = Visit { message, source: flow.remote, user: user_of(message, claimed) };
        let user_agent = message.header("User-Agent").unwrap_or_default();
        let sighting = Sighting { address, method: message.method(), user: &visit.user, user_agent };
        let tenant = gateway.owner;
        let instance = instance_of(message);
        let attempt = Attempt { tenant, user: &visit.user, source: flow.remote, instance, is_known: false };
        let refused = |gate: &mut Self, outside: &mut Outside, status, reason| {
            let trace = vec![step(now, "credentials", gateway.realm, &visit.user, reason)];
            gate.refused(outside, tenant, &visit, status, trace);
            let suspect = gate.guard.failed(now, &sighting);
            gate.judge(outside, tenants, suspect, tenant, &visit);
            Reply::status(status)
        };
        if claimed.is_some()
            && let Some(wait) = self.throttle.wait(now, &attempt)
        {
            let reply = refused(self, outside, 403, Reason::CredentialThrottled);
            return Err(reply.header("Retry-After", (wait.as_secs() + 1).to_string()));
        }
        let mut ha1_of = |user: &str| (user == gateway.user).then_some(gateway.ha1);
        match self.authenticator.check(now, message, gateway.realm, &mut ha1_of) {
            Outcome::Accepted(_) => {
                self.throttle.succeeded(&attempt);
                self.guard.answered(address);
                Ok(())
            }
            Outcome::Wrong(_) => {
                self.throttle.failed(now, &attempt);
                self.guard.answered(address);
                Err(refused(self, outside, 403, Reason::CredentialsWrong))
            }
            Outcome::Foreign(_) if outside.config.settings.forbid_bad_nonce => {
                Err(refused(self, outside, 403, Reason::NonceForeign))
            }
            other => {
                let suspect = self.guard.challenged(now, &sighting);
                self.judge(outside, tenants, suspect, tenant, &visit);
                let stale = matches!(other, Outcome::Stale(_) | Outcome::Foreign(_) | Outcome::Replayed(_));
                Err(self.challenge(now, gateway.realm, stale, speaks_sha(message, flow)))
            }
        }
    }

    /// A request was refused before anybody asked whose it is; the tenant that it names hears of it.
    pub fn turned_away(
        &mut self,
        outside: &mut Outside,
        domains: &BTreeMap<String, TenantId>,
        message: &Message,
        flow: Flow,
        answer: (u16, Reason, &str),
    ) {
        let (status, reason, value) = answer;
        let request = message.request_uri().map(|uri| uri.host).unwrap_or_default();
        let from = message.from().map(|from| from.uri.host).unwrap_or_default();
        let tenant = [request, from].into_iter().find_map(|host| domains.get(&crate::routing::host_of(host)).copied());
        let visit = Visit { message, source: flow.remote, user: user_of(message, None) };
        let trace = vec![step(outside.now, "message", message.method(), value, reason)];
        self.refused(outside, tenant, &visit, status, trace);
    }

    /// A registration was refused after the gate.
    pub fn register_refused(
        &mut self,
        outside: &mut Outside,
        tenant: TenantId,
        message: &Message,
        flow: Flow,
        status: u16,
        trace: Vec<TraceStep>,
    ) {
        let user = user_of(message, Authenticator::claimed(message));
        let visit = Visit { message, source: flow.remote, user };
        self.refused(outside, Some(tenant), &visit, status, trace);
    }

    /// Tells the refusals that were counted.
    pub fn flush(&mut self, outside: &mut Outside) {
        outside.refused.extend(self.refusals.flush(outside.now));
    }

    fn challenge(&mut self, now: Moment, realm: &str, stale: bool, sha: bool) -> Reply {
        let mut challenges = self.authenticator.challenges(now, realm, stale);
        challenges.retain(|challenge| sha || !challenge.contains("algorithm=SHA-"));
        challenges.into_iter().fold(Reply::status(401), |reply, value| reply.header("WWW-Authenticate", value))
    }

    fn refused(
        &mut self,
        outside: &mut Outside,
        tenant: Option<TenantId>,
        visit: &Visit<'_>,
        status: u16,
        trace: Vec<TraceStep>,
    ) {
        let now = outside.now;
        let refusal = RegistrationRefusal {
            id: outside.ids.next(now),
            tenant_id: tenant,
            user: clean(&visit.user),
            source: visit.source.to_string(),
            user_agent: user_agent(visit.message),
            status,
            count: 1,
            first_at: now,
            last_at: now,
            trace,
        };
        let waited = self.refusals.is_waiting();
        let refused = Refused { refusal, sip_call_id: visit.message.call_id().to_owned() };
        outside.refused.extend(self.refusals.note(now, visit.source.ip(), refused));
        if !waited && self.refusals.is_waiting() {
            outside.arm(now + PAUSE, Timer::Refusals);
        }
    }
}

/// One who stands at the gate.
struct Visit<'a> {
    message: &'a Message,
    source: SocketAddr,
    user: String,
}

/// The hosts that must not name two tenants. A REGISTER is for one address of record; any other request may well be for
/// somebody else's domain (and is refused for that later, in the caller's own words), so only From counts, and the
/// Request-URI where From says nothing.
fn hosts_of<'a>(message: &'a Message, domains: &BTreeMap<String, TenantId>) -> Vec<&'a str> {
    let from = message.from().map(|from| from.uri.host).unwrap_or_default();
    let request = message.request_uri().map(|uri| uri.host).unwrap_or_default();
    if message.method() == "REGISTER" {
        return vec![request, message.to().map(|to| to.uri.host).unwrap_or_default(), from];
    }
    if domains.contains_key(&crate::routing::host_of(from)) { vec![from] } else { vec![request] }
}

/// The user that it is about, as the refusal names it.
fn user_of(message: &Message, claimed: Option<(&str, &str)>) -> String {
    let address = if message.method() == "REGISTER" { message.to() } else { message.from() };
    let user = claimed.map(|(user, _)| number_of(user)).filter(|user| !user.is_empty());
    user.map_or_else(|| address.map(|address| address.uri.user.to_owned()).unwrap_or_default(), str::to_owned)
}

fn instance_of(message: &Message) -> &str {
    let params = message.contacts().into_iter().next().map(|contact| contact.params);
    params.and_then(|params| Message::param(params, "+sip.instance")).unwrap_or_default()
}

/// Many desk phones give up at the sight of SHA-256 or SHA-512-256, in whatever order the challenges stand (baresip 1.0, SIPp 3.6). So it
/// is offered to browsers, and to whoever has used it.
fn speaks_sha(message: &Message, flow: Flow) -> bool {
    let used = |name| message.header_lines(name).iter().any(|value| value.to_ascii_uppercase().contains("SHA-"));
    matches!(flow.transport, Transport::Ws | Transport::Wss) || used("Authorization") || used("Proxy-Authorization")
}
