//! REGISTER: from the message to the registrar and back.

use shared::fact::Fact;
use shared::reason::Reason;
use shared::registration::Registration;
use shared::{ExtensionId, RegistrationId};
use sip::{Flow, Message, Reply};

use crate::admission::{Meaning, Refusal};
use crate::history::clean;
use crate::identity::Identity;
use crate::leg::is_websocket;
use crate::outside::{FlowUser, Outside, Timer};
use crate::pbx::Pbx;
use crate::pbx::invite::{is_own, refusal_of};
use crate::registrar::{Binding, Change, PATH_MAX, Refused, Request, TEXT_BYTES_MAX, USER_AGENT_CHARACTERS_MAX, Wish};
use crate::stage::Event;

/// What a REGISTER came to.
#[derive(Debug)]
pub enum Outcome {
    /// Done, or only asked: the 200.
    Done(Reply),
    /// Not done.
    Refused(Box<NotDone>),
}

/// Why a REGISTER was not done.
#[derive(Debug)]
pub struct NotDone {
    /// The answer.
    pub reply: Reply,
    /// The code.
    pub reason: Reason,
    /// The rule that was applied.
    pub rule: &'static str,
    /// To this value.
    pub value: String,
}

impl From<Refusal> for Box<NotDone> {
    fn from(refusal: Refusal) -> Self {
        let Meaning { reason, rule, value, .. } = refusal.meaning();
        Self::new(NotDone { reply: refusal_of(&refusal), reason, rule, value })
    }
}

impl NotDone {
    /// With this answer, for this reason.
    pub fn new(reply: Reply, reason: Reason, value: impl Into<String>) -> Box<Self> {
        Box::new(Self { reply, reason, rule: "", value: value.into() })
    }
}

/// The seconds of a registration that does not say.
const SECONDS_DEFAULT: u32 = 3_600;

impl Pbx {
    /// Registers for somebody who has proved who it is.
    pub fn register(&mut self, outside: &mut Outside, who: &Identity, message: &Message, flow: Flow) -> Outcome {
        let Some(extension) = self.directory.extension(who.extension) else {
            return not_done(403, Reason::ExtensionUnknown, "", &who.number);
        };
        if !self.directory.plan.enabled {
            return not_done(403, Reason::TenantSuspended, "enabled", &self.directory.plan.name);
        }
        if !extension.enabled {
            return not_done(403, Reason::ExtensionDisabled, "enabled", &who.number);
        }
        // The address of record is the login's own, whatever else it may know (RFC 3261, 10.3, step 3).
        let record = message.to().map(|to| to.uri.user.to_owned()).unwrap_or_default();
        if !is_own(&self.directory, who, &record) {
            return not_done(403, Reason::RecordNotOwn, "to", &record);
        }
        let request = match read(outside, who, message, flow) {
            Ok(request) => request,
            Err(refusal) => return Outcome::Refused(refusal),
        };
        let contacts_max = outside.config.contacts_max;
        let changes = self.registrar.apply(outside.now, who.extension, &request, contacts_max, &mut outside.ids);
        match changes {
            Ok(changes) => {
                for change in changes {
                    self.changed(outside, who, change);
                }
                Outcome::Done(self.contacts_reply(outside, who.extension, message))
            }
            Err(Refused::OutOfOrder) => not_done(500, Reason::BindingOutOfOrder, "cseq", &request.cseq.to_string()),
            Err(Refused::TooMany(max)) => {
                let value = max.to_string();
                let reply = Reply::status(503).header("Retry-After", "300");
                Outcome::Refused(Box::new(NotDone {
                    reply,
                    reason: Reason::TooManyContacts,
                    rule: "contacts_max",
                    value,
                }))
            }
        }
    }

    fn changed(&mut self, outside: &mut Outside, who: &Identity, change: Change) {
        let tenant = self.id();
        let extension = who.extension;
        match change {
            Change::Removed(gone) => self.unregistered(outside, extension, &who.number, &gone),
            Change::Registered(id, before) => {
                let Some(binding) = self.registrar.get(extension, id) else { return };
                let (flow, timer) = (binding.flow, Timer::Binding(tenant, extension, id));
                let fact = Fact::Registered { registration: self.row(extension, &who.number, binding) };
                if let Some((old_flow, old_expiry)) = before {
                    outside.disarm(old_expiry, timer);
                    outside.leave_flow(old_flow, FlowUser::Binding(tenant, extension, id));
                }
                outside.arm(binding.expires_at, timer);
                outside.use_flow(flow, FlowUser::Binding(tenant, extension, id));
                outside.fact(Some(tenant), fact);
                self.touch(outside, extension);
                self.call_for_messages(outside, extension);
                if before.is_some_and(|(old_flow, _)| old_flow != flow) {
                    self.device_moved(outside, extension, id, flow);
                }
                self.wake_subscriptions(outside, extension, id, flow);
            }
        }
    }

    /// A device is back on another connection: its running calls go there (RFC 5626).
    fn device_moved(&mut self, outside: &mut Outside, extension: ExtensionId, id: RegistrationId, flow: Flow) {
        let tenant = self.id();
        let mut moved = Vec::new();
        for (call, state) in &mut self.calls {
            let legs = state.legs.values_mut();
            for leg in legs.filter(|leg| leg.extension == Some(extension) && leg.registration == Some(id)) {
                outside.leave_flow(leg.flow, FlowUser::Leg(tenant, *call, leg.id));
                leg.flow = flow;
                outside.use_flow(flow, FlowUser::Leg(tenant, *call, leg.id));
                if let Some(dialog) = leg.dialog {
                    outside.stack.move_dialog(dialog, flow);
                    outside.listen(dialog, tenant, *call, leg);
                }
                moved.push((*call, leg.id));
            }
        }
        for (call, leg) in moved {
            self.handle(outside, call, Event::FlowBack(leg));
        }
    }

    /// The 200: all contacts with what is left of their time (RFC 3261, 10.3, step 8).
    fn contacts_reply(&self, outside: &Outside, extension: ExtensionId, message: &Message) -> Reply {
        let flows = outside.config.settings.outbound;
        let mut reply = Reply::status(200).header("Supported", if flows { "path, outbound" } else { "path" });
        let mut outbound = false;
        for binding in self.registrar.of(extension) {
            let left = binding.expires_at.since(outside.now).as_secs();
            let mut contact = format!("<{}>;expires={left}", binding.contact);
            if binding.q != Q_DEFAULT {
                contact.push_str(&format!(";q={}.{:03}", binding.q / 1_000, binding.q % 1_000));
            }
            if !binding.instance.is_empty() {
                contact.push_str(&format!(";+sip.instance=\"{}\"", binding.instance));
            }
            if let Some(reg_id) = binding.reg_id {
                contact.push_str(&format!(";reg-id={reg_id}"));
                outbound = true;
            }
            reply = reply.header("Contact", contact);
        }
        for path in message.header_values("Path") {
            reply = reply.header("Path", path);
        }
        if outbound && flows && knows_outbound(message) {
            reply = reply.header("Require", "outbound");
        }
        reply
    }

    /// A binding as a noun.
    pub fn row(&self, extension: ExtensionId, number: &str, binding: &Binding) -> Registration {
        Registration {
            id: binding.id,
            tenant_id: self.id(),
            extension_id: extension,
            number: number.to_owned(),
            contact: binding.contact.to_string(),
            transport: binding.flow.transport.param().to_owned(),
            source: binding.flow.remote.to_string(),
            user_agent: binding.user_agent.to_string(),
            instance: binding.instance.to_string(),
            reg_id: binding.reg_id,
            path: binding.path.to_vec(),
            q: binding.q,
            call_id: binding.call_id.to_string(),
            cseq: binding.cseq,
            registered_at: binding.registered_at,
            expires_at: binding.expires_at,
            reachable: binding.reachable,
        }
    }
}

/// Does the device speak of flows (RFC 5626)?
fn knows_outbound(message: &Message) -> bool {
    message.header_values("Supported").iter().any(|tag| tag.eq_ignore_ascii_case("outbound"))
}

/// Is there a proxy before us that the device's flows end at, and that does not keep them (RFC 5626, 6)? The first one on
/// the way has left the last Path.
fn first_hop_lacks_outbound(message: &Message, path: &[String]) -> bool {
    let keeps = |uri: &String| uri.split(';').skip(1).any(|param| param.trim().eq_ignore_ascii_case("ob"));
    message.header_values("Via").len() > 1 && !path.last().is_some_and(keeps)
}

/// A contact without a preference stands as one that is rung first.
const Q_DEFAULT: u16 = 1_000;

fn refusal(status: u16, reason: Reason, rule: &'static str, value: &str) -> Box<NotDone> {
    Box::new(NotDone { reply: Reply::status(status), reason, rule, value: value.to_owned() })
}

fn not_done(status: u16, reason: Reason, rule: &'static str, value: &str) -> Outcome {
    Outcome::Refused(refusal(status, reason, rule, value))
}

fn malformed(what: &str) -> Box<NotDone> {
    refusal(400, Reason::MessageMalformed, "", what)
}

/// Reads what is asked for; refuses what is too brief or too long.
fn read(outside: &Outside, who: &Identity, message: &Message, flow: Flow) -> Result<Request, Box<NotDone>> {
    let contacts = message.contacts();
    if contacts.len() != message.header_values("Contact").len() {
        return Err(refusal(400, Reason::ContactBad, "", ""));
    }
    let all = contacts.iter().any(|contact| contact.uri.text == "*");
    // RFC 3261, 10.3, step 6: `*` stands alone and only takes away.
    if all && (contacts.len() > 1 || message.expires() != Some(0)) {
        return Err(refusal(400, Reason::ContactStarMisused, "", "*"));
    }
    if contacts.len() > outside.config.contacts_max {
        let max = outside.config.contacts_max.to_string();
        return Err(refusal(400, Reason::TooManyContactsAtOnce, "contacts_max", &max));
    }
    let mut wishes = Vec::new();
    if !all {
        for contact in &contacts {
            wishes.push(wish(outside, message, flow, contact)?);
        }
    }
    let path: Vec<String> = message
        .header_values("Path")
        .iter()
        .map(|value| value.trim().trim_start_matches('<').split('>').next().unwrap_or_default().to_owned())
        .collect();
    let too_long = |text: &str| text.len() > TEXT_BYTES_MAX;
    if path.len() > PATH_MAX || path.iter().any(|uri| too_long(uri)) || too_long(message.call_id()) {
        return Err(refusal(400, Reason::PathTooLong, "", &format!("{} proxies", path.len())));
    }
    let by_flow = wishes.iter().any(|wish| wish.reg_id.is_some());
    if by_flow && knows_outbound(message) && first_hop_lacks_outbound(message, &path) {
        return Err(refusal(439, Reason::FirstHopLacksOutbound, "outbound", path.last().map_or("", String::as_str)));
    }
    Ok(Request {
        wishes,
        all,
        call_id: message.call_id().to_owned(),
        cseq: message.cseq().0,
        flow,
        user_agent: user_agent(message),
        path,
        browser: who.browser,
    })
}

fn wish(
    outside: &Outside,
    message: &Message,
    flow: Flow,
    contact: &sip::view::NameAddr<'_>,
) -> Result<Wish, Box<NotDone>> {
    let uri = contact.uri;
    if !["sip", "sips"].iter().any(|scheme| uri.scheme.eq_ignore_ascii_case(scheme)) || uri.text.len() > TEXT_BYTES_MAX
    {
        return Err(refusal(400, Reason::ContactUnusable, "", uri.text));
    }
    let own = Message::param(contact.params, "expires").and_then(|text| text.parse::<u32>().ok());
    let asked = own.or_else(|| message.expires()).unwrap_or(SECONDS_DEFAULT);
    let flows = outside.config.settings.outbound;
    let reg_id = Message::param(contact.params, "reg-id").and_then(|text| text.parse().ok()).filter(|_| flows);
    let instance = Message::param(contact.params, "+sip.instance").unwrap_or_default().trim_matches('"').to_owned();
    if instance.len() > TEXT_BYTES_MAX || instance.contains(['"', '\\']) {
        return Err(malformed("+sip.instance"));
    }
    let outbound = reg_id.is_some() || Message::param(uri.params, "ob").is_some();
    let min = outside.config.register_seconds_min;
    if asked > 0 && asked < min && !is_websocket(flow.transport) && !outbound {
        let reply = Reply::status(423).header("Min-Expires", min.to_string());
        let value = asked.to_string();
        return Err(Box::new(NotDone { reply, reason: Reason::IntervalTooBrief, rule: "register_seconds_min", value }));
    }
    let q = Message::param(contact.params, "q").map_or(Q_DEFAULT, thousandths);
    let seconds = asked.min(outside.config.register_seconds_max);
    Ok(Wish { contact: uri.text.to_owned(), instance, reg_id, q, seconds })
}

/// `0.5` → 500; what cannot be read is one.
fn thousandths(q: &str) -> u16 {
    let (whole, part) = q.trim().split_once('.').unwrap_or((q.trim(), ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole != "0" || !digits(part) {
        return Q_DEFAULT;
    }
    format!("{part:0<3}").get(..3).and_then(|text| text.parse().ok()).unwrap_or(Q_DEFAULT)
}

/// What a device calls itself, cut to what is kept.
pub fn user_agent(message: &Message) -> String {
    clean(message.header("User-Agent").unwrap_or_default()).chars().take(USER_AGENT_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_thousandths() {
        for (q, thousand) in
            [("1", 1_000), ("1.0", 1_000), ("0.5", 500), ("0.05", 50), ("0", 0), ("0.1239", 123), ("x", 1_000)]
        {
            assert_eq!(thousandths(q), thousand, "{q}");
        }
    }
}
