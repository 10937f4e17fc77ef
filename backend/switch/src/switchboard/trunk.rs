//! What concerns trunks before any tenant: whose call is it that comes by one, and is each of them there?

use shared::fact::Fact;
use shared::reason::Reason;
use shared::{TenantId, TrunkId};
use sip::{DialogId, Flow, Message, Reply, RequestId};

use super::Switchboard;
use crate::admission::Refusal;
use crate::call::FAULT_STATUS;
use crate::history::step;
use crate::outside::Asked;
use crate::pbx::{Caller, Invite, refusal_response};
use crate::routing::host_of;
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
        for (trunk, look) in outside.trunks.looks(outside.now) {
            let request = outside.stack.request(outside.now, look.flow, look.request);
            outside.asked.insert(request, Asked::Trunk(trunk));
            outside.trunks.asked(trunk, request);
        }
    }

    /// A trunk has answered, or has not.
    pub(super) fn trunk_answered(
        &mut self,
        trunk: TrunkId,
        request: RequestId,
        status: u16,
        message: Option<&Message>,
    ) {
        let outside = &mut self.outside;
        if !outside.trunks.answered(outside.now, trunk, request, status, message) {
            return;
        }
        if let Some(known) = outside.trunks.get(trunk) {
            let fact = Fact::TrunkChanged {
                trunk_id: trunk,
                name: known.plan.settings.name.clone(),
                standing: known.standing(),
            };
            outside.fact(known.plan.owner, fact);
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
