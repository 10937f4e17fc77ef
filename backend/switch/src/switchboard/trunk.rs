//! What concerns trunks before any tenant: whose call is it that comes by one, and is each of them there?

use shared::fact::Fact;
use shared::reason::Reason;
use shared::{TenantId, TrunkId};
use sip::{DialogId, Flow, Message, Reply, RequestId};

use super::Switchboard;
use crate::admission::Refusal;
use crate::call::FAULT_STATUS;
use crate::gate::Gateway;
use crate::history::step;
use crate::outside::Asked;
use crate::pbx::{Caller, Invite, refusal_response};
use crate::routing::host_of;
use crate::trunk::gateway::{Refused, SECONDS_MIN};
use crate::trunk::headers::{Told, told};
use crate::trunk::{Closed, TrunkPlan};

impl Switchboard {
    /// Other trunks from now on; those that have gone are signed off from.
    pub(super) fn trunks(&mut self, plans: Vec<TrunkPlan>) {
        let outside = &mut self.outside;
        for gone in outside.trunks.replace(outside.now, plans) {
            if let Some(look) = gone.farewell() {
                outside.stack.request(outside.now, look.flow, look.request);
            }
        }
    }

    /// Asks those whose time has come whether they are there.
    pub(super) fn look_at_trunks(&mut self) {
        let outside = &mut self.outside;
        let (looks, gone) = outside.trunks.looks(outside.now);
        for (trunk, look) in looks {
            let request = outside.stack.request(outside.now, look.flow, look.request);
            outside.asked.insert(request, Asked::Trunk(trunk));
            outside.trunks.asked(trunk, request);
        }
        for trunk in gone {
            self.trunk_turned(trunk);
        }
    }

    /// A trunk stands otherwise than before: whoever watches is told.
    fn trunk_turned(&mut self, trunk: TrunkId) {
        let outside = &mut self.outside;
        let Some(known) = outside.trunks.get(trunk) else { return };
        let (name, standing) = (known.plan.settings.name.clone(), known.standing());
        let owner = known.plan.owner;
        outside.fact(owner, Fact::TrunkChanged { trunk_id: trunk, name, standing });
    }

    /// A connection has ended, and with it the gateways that have registered by it.
    pub(super) fn trunks_of_flow(&mut self, flow: Flow) {
        for trunk in self.outside.trunks.flow_closed(self.outside.now, flow) {
            self.trunk_turned(trunk);
        }
    }

    /// Takes a REGISTER that is for the domain of a trunk (TRK-04); none where it is for no trunk's.
    pub(super) fn register_gateway(&mut self, message: &Message, flow: Flow) -> Option<Reply> {
        let asked = message.request_uri().map(|uri| host_of(uri.host))?;
        let record = message.to().map(|to| host_of(to.uri.host))?;
        let id = self.outside.trunks.at(&record).or_else(|| self.outside.trunks.at(&asked))?;
        let trunk = self.outside.trunks.get(id)?;
        let (plan, account) = (trunk.plan.clone(), trunk.account());
        let Some((realm, user, ha1)) = account.filter(|_| plan.settings.enabled) else {
            let answer = (403, Reason::TrunkOff, plan.settings.name.as_str());
            self.gate.turned_away(&mut self.outside, &self.domains, message, flow, answer);
            return Some(Reply::status(403));
        };
        let gateway = Gateway { realm: &realm, user: &user, ha1, owner: plan.owner };
        if let Err(shut) = self.gate.pass_gateway(&mut self.outside, &self.tenants, message, flow, &gateway) {
            return Some(shut);
        }
        let (status, reason) = match self.outside.trunks.register(self.outside.now, id, message, flow) {
            Ok(turned) => {
                if turned {
                    self.trunk_turned(id);
                }
                let held = self.outside.trunks.get(id).and_then(|trunk| trunk.gateway());
                let contact = held.map(|held| {
                    format!("<{}>;expires={}", held.contact, held.expires_at.since(self.outside.now).as_secs())
                });
                return Some(
                    contact.into_iter().fold(Reply::status(200), |reply, value| reply.header("Contact", value)),
                );
            }
            Err(Refused::Contact) => (400, Reason::ContactBad),
            Err(Refused::Brief) => (423, Reason::IntervalTooBrief),
            Err(Refused::OutOfOrder) => (500, Reason::BindingOutOfOrder),
        };
        self.gate.turned_away(&mut self.outside, &self.domains, message, flow, (status, reason, &plan.settings.name));
        let reply = Reply::status(status);
        Some(if status == 423 { reply.header("Min-Expires", SECONDS_MIN.to_string()) } else { reply })
    }

    /// A trunk has answered, or has not.
    pub(super) fn trunk_answered(
        &mut self,
        trunk: TrunkId,
        request: RequestId,
        status: u16,
        message: Option<&Message>,
    ) {
        if self.outside.trunks.answered(self.outside.now, trunk, request, status, message) {
            self.trunk_turned(trunk);
        }
    }

    /// Takes an INVITE that comes by a trunk; false where it comes by none. It is known by its source, and its tenant by the
    /// number that is called (TRK-06, TRK-08).
    pub(super) fn invited_by_trunk(&mut self, dialog: DialogId, message: &Message, flow: Flow) -> bool {
        let sources = self.outside.trunks.of_source(flow);
        if sources.is_empty() || self.is_from_phone(message) {
            return false;
        }
        let account = message.request_uri().map(|uri| uri.user.to_owned()).unwrap_or_default();
        let mut found: Option<((bool, bool, bool), TrunkId, _, _, _)> = None;
        for id in sources {
            let Some(trunk) = self.outside.trunks.get(id) else { continue };
            let plan = trunk.plan.clone();
            let told = told(message, &plan.settings.inbound);
            let tenant = plan.pools.iter().find(|(_, pool)| pool.contains(&told.called)).map(|(tenant, _)| *tenant);
            let rank = (tenant.is_some(), plan.settings.enabled, account == plan.settings.username);
            if found.as_ref().is_none_or(|(best, ..)| rank > *best) {
                found = Some((rank, id, plan, told, tenant));
            }
        }
        let Some((_, id, plan, told, tenant)) = found else { return false };
        let Some(tenant) = tenant.filter(|tenant| self.tenants.contains_key(tenant)) else {
            self.turn_away(dialog, message, flow, &Refusal::DidUnknown(told.called));
            return true;
        };
        let open = self.outside.trunks.get(id).map_or(Err(Closed::NotYours), |trunk| trunk.takes());
        if let Err(closed) = open {
            let (rule, reason) = (plan.settings.name.clone(), closed.reason());
            self.turn_away(dialog, message, flow, &Refusal::TrunksClosed { rule, value: told.called, reason });
            return true;
        }
        let trace = vec![step(self.outside.now, "trunk", "", &plan.settings.name, Reason::CallByTrunk)];
        let who = Caller::Outside(id, plan, Told { ..told });
        let invite = Invite { dialog, message: message.clone(), flow, who, trace };
        self.hand_over(tenant, dialog, invite);
        true
    }

    fn hand_over(&mut self, tenant: TenantId, dialog: DialogId, invite: Invite) {
        if self.within(tenant, |pbx, outside| pbx.invite(outside, invite)).is_none() {
            self.outside.stack.reject(self.outside.now, dialog, Reply::status(FAULT_STATUS));
        }
        self.outside.declined = None;
    }

    /// Does it say that it comes from an extension? Then it has to prove that, wherever it comes from.
    fn is_from_phone(&self, message: &Message) -> bool {
        let Some(from) = message.from() else { return false };
        let pbx = self.domains.get(&host_of(from.uri.host)).and_then(|tenant| self.tenants.get(tenant));
        pbx.is_some_and(|pbx| pbx.directory.number(from.uri.user).is_some())
    }

    fn turn_away(&mut self, dialog: DialogId, message: &Message, flow: Flow, refusal: &Refusal) {
        let meaning = refusal.meaning();
        let why = (meaning.status, meaning.reason, meaning.value.as_str());
        self.outside.stack.reject(self.outside.now, dialog, refusal_response(refusal));
        self.gate.turned_away(&mut self.outside, &self.domains, message, flow, why);
    }
}
