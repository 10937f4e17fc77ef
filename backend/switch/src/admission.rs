//! May it come in, and if not, what is the caller told? One table of refusals.

use shared::dialled::NumberRefusal;
use shared::quota::{Limit, Quota, QuotaReached};
use shared::reason::Reason;

/// A decision on the way: rule, value, code.
pub type Note = (String, String, Reason);

/// Why a call is not set up. A value, not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The tenant is suspended: its name.
    TenantSuspended(String),
    /// The caller's extension is switched off.
    CallerDisabled(String),
    /// From names somebody else.
    CallerNotAllowed(String),
    /// The server is stopping.
    Draining,
    /// The server cannot keep up: with what.
    Overloaded(&'static str),
    /// The tenant's limit is reached.
    Quota(QuotaReached),
    /// Nobody has the number.
    NumberUnknown(String),
    /// What was dialled is not a number.
    NumberInvalid(String),
    /// What was dialled begins with a scheme that no number has.
    SchemeNotDialled(String),
    /// What was dialled is not in the tenant.
    ForeignDomain(String),
    /// The caller dialled itself.
    CalleeIsCaller(String),
    /// The callee's extension is switched off.
    CalleeDisabled(String),
    /// The callee wants no calls.
    CalleeNotDisturbed(String),
    /// No device of the callee can be reached.
    CalleeOffline(String),
    /// The INVITE's body is no session description: its type.
    BodyUnknown(String),
    /// No trunk of the rule takes a call now: what the last one lacks.
    TrunksClosed {
        /// The trunk.
        rule: String,
        /// The number that was to be sent.
        value: String,
        /// Why.
        reason: Reason,
    },
    /// No tenant has this number on the trunk that the call came by.
    DidUnknown(String),
    /// None of the caller's groups allows calls to the outside (GRP-06): the number.
    ExternalForbidden(String),
    /// The caller's balance is used up (EXT-17): the number.
    BalanceEmpty(String),
    /// Who is called is in none of the caller's groups, and these do not allow calls to others (GRP-06): the number.
    OtherGroupForbidden(String),
    /// The caller may not use the intercom (PAG-05): whose.
    PagingForbidden(String),
    /// The number may not be called (E164-01, E164-02, NBL-02).
    NumberForbidden(NumberRefusal, String),
    /// Whoever calls from outside is blocked by this entry (NBL-02).
    CallerBlocked(String),
    /// Nobody of a ring group can be rung: its number, and why not.
    GroupUnreachable(String, Vec<Note>),
    /// No inbound rule is for this number.
    NoInboundRule(String),
    /// It is outside the hours of the outbound rule of this name (OUT-04).
    OutboundRuleClosed(String),
    /// The rule of this name ends the call.
    EndedByRule(String),
    /// The callee is away, and its forwarding ends the call: the number.
    CalleeAway(String),
    /// The callee is in a call and takes no second one: the number.
    CalleeBusy(String),
    /// An exception of the callee's forwarding ends the call: the number.
    EndedByException(String),
    /// Replaces names no call of the caller's own.
    ReplacesUnknown,
    /// Join names no call of the caller's own (RFC 3911).
    JoinUnknown,
    /// Join names a call of the caller's own: three in a call is what conferences are for.
    JoinUnsupported(String),
    /// Join more than once, or beside Replaces (RFC 3911, 4).
    JoinMisused,
    /// What a REFER is for cannot be read: its Refer-To.
    ReferMalformed(String),
    /// The call is being transferred already, or is not one of two who talk: where to.
    TransferUntimely(String),
    /// Nothing rings there that could be picked up (ADV-05): where.
    NothingRings(String),
    /// This number has no call on hold (ADV-06).
    NothingHeld(String),
    /// The intercom does not break in on this number, because of that (PAG-04).
    NotInterrupted(String, Reason),
    /// Nothing is parked at this slot (PARK-01).
    SlotEmpty(String),
    /// Something is parked at each of these slots (PARK-01).
    SlotsFull(String),
    /// The code for parking was dialled, and is for transfers (PARK-01).
    ParkNeedsTransfer(String),
    /// This extension has no mailbox, or none that may be opened from there.
    MailboxOff(String),
    /// The caller may not monitor this number (CTI-08).
    MonitoringForbidden(String),
    /// This number is in no call that could be monitored.
    MonitorNoCall(String),
    /// As many monitor the call of this number as may.
    MonitorsFull(String),
    /// This service is for those who dial it.
    ServiceUntimely(String),
    /// The call has come back to somebody whom it has been with: the number.
    Loop(String),
    /// Nothing of this kind is told.
    EventUnknown(String),
    /// It concerns somebody else: whom.
    NotOwn(String),
    /// The limit of subscriptions is reached: which.
    TooManySubscriptions(usize),
    /// The limit of waiting messages is reached: which.
    TooManyMessages(usize),
}

/// What a refusal means on the wire and in the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The SIP status.
    pub status: u16,
    /// Which part decided.
    pub step: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// The value that it was applied to.
    pub value: String,
    /// The code.
    pub reason: Reason,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// It, and what led to it, as decisions.
    pub fn notes(&self) -> Vec<Note> {
        let meaning = self.meaning();
        let mut notes = match self {
            Self::GroupUnreachable(_, notes) => notes.clone(),
            _ => Vec::new(),
        };
        notes.push((meaning.rule.to_owned(), meaning.value, meaning.reason));
        notes
    }

    /// The table.
    pub fn meaning(&self) -> Meaning {
        let row = |status, step, rule, value: &str, reason, retry_after| Meaning {
            status,
            step,
            rule,
            value: value.to_owned(),
            reason,
            retry_after,
        };
        match self {
            Self::TenantSuspended(name) => row(403, "tenant", "enabled", name, Reason::TenantSuspended, None),
            Self::CallerDisabled(number) => row(403, "admission", "enabled", number, Reason::ExtensionDisabled, None),
            Self::CallerNotAllowed(user) => row(403, "admission", "from", user, Reason::CallerNotAllowed, None),
            Self::Draining => row(503, "admission", "", "", Reason::Draining, Some(60)),
            Self::Overloaded(what) => row(503, "admission", "", what, Reason::Overloaded, Some(10)),
            Self::Quota(reached) => {
                let max = reached.max.to_string();
                row(503, "admission", "concurrent_calls_max", &max, Reason::QuotaConcurrentCalls, Some(30))
            }
            Self::NumberUnknown(number) => row(404, "routing", "", number, Reason::NumberUnknown, None),
            Self::NumberInvalid(number) => row(484, "routing", "", number, Reason::NumberInvalid, None),
            Self::SchemeNotDialled(scheme) => row(484, "routing", "", scheme, Reason::SchemeNotDialled, None),
            Self::ForeignDomain(host) => row(404, "routing", "", host, Reason::ForeignDomain, None),
            Self::CalleeIsCaller(number) => row(486, "routing", "", number, Reason::CalleeIsCaller, None),
            Self::CalleeDisabled(number) => row(480, "routing", "enabled", number, Reason::CalleeDisabled, None),
            Self::CalleeNotDisturbed(number) => {
                row(480, "routing", "presence", number, Reason::CalleeNotDisturbed, None)
            }
            Self::CalleeAway(number) => row(480, "routing", "presence", number, Reason::CalleeAway, None),
            Self::CalleeBusy(number) => row(486, "routing", "call waiting", number, Reason::CalleeBusy, None),
            Self::EndedByException(number) => row(480, "routing", "exceptions", number, Reason::EndedByException, None),
            Self::CalleeOffline(number) => row(480, "routing", "", number, Reason::CalleeOffline, None),
            Self::BodyUnknown(kind) => row(415, "media", "", kind, Reason::BodyUnknown, None),
            Self::ReferMalformed(value) => row(400, "transfer", "Refer-To", value, Reason::ReferUnreadable, None),
            Self::TransferUntimely(number) => row(491, "transfer", "", number, Reason::TransferUntimely, None),
            Self::NothingRings(place) => row(404, "routing", "", place, Reason::NothingRings, None),
            Self::NothingHeld(number) => row(404, "routing", "", number, Reason::NothingHeld, None),
            Self::NotInterrupted(number, why) => row(486, "routing", "intercom", number, *why, None),
            Self::SlotEmpty(slot) => row(404, "routing", "", slot, Reason::SlotEmpty, None),
            Self::SlotsFull(slots) => row(486, "transfer", "", slots, Reason::SlotsFull, None),
            Self::ParkNeedsTransfer(code) => row(403, "routing", "", code, Reason::ParkNeedsTransfer, None),
            Self::MailboxOff(number) => row(480, "routing", "voicemail", number, Reason::MailboxOff, None),
            Self::ServiceUntimely(service) => row(403, "routing", "", service, Reason::ServiceUntimely, None),
            Self::MonitoringForbidden(number) => {
                row(403, "rights", "monitor", number, Reason::MonitoringForbidden, None)
            }
            Self::MonitorNoCall(number) => row(480, "routing", "monitor", number, Reason::MonitorNoCall, None),
            Self::MonitorsFull(number) => row(486, "routing", "monitor", number, Reason::MonitorsFull, None),
            Self::Loop(number) => row(482, "routing", "", number, Reason::LoopDetected, None),
            Self::EventUnknown(event) => row(489, "events", "", event, Reason::EventUnknown, None),
            Self::NotOwn(number) => row(403, "events", "", number, Reason::NotOwn, None),
            Self::TooManySubscriptions(max) => {
                row(503, "events", "subscriptions_max", &max.to_string(), Reason::TooManySubscriptions, Some(300))
            }
            Self::TooManyMessages(max) => {
                row(480, "messages", "messages_max", &max.to_string(), Reason::TooManyMessages, Some(3_600))
            }
            Self::TrunksClosed { value, reason, .. } => row(503, "routing", "trunk", value, *reason, Some(30)),
            Self::ExternalForbidden(number) => row(403, "rights", "external", number, Reason::ExternalForbidden, None),
            Self::BalanceEmpty(number) => row(402, "billing", "balance", number, Reason::BalanceEmpty, None),
            Self::PagingForbidden(number) => row(403, "rights", "paging", number, Reason::PagingForbidden, None),
            Self::OtherGroupForbidden(number) => {
                row(403, "rights", "other groups", number, Reason::OtherGroupForbidden, None)
            }
            Self::NumberForbidden(why, number) => match why {
                NumberRefusal::Country(_) => row(403, "dialing", "countries", number, Reason::CountryForbidden, None),
                NumberRefusal::Prefix(prefix) => {
                    row(403, "dialing", "forbidden prefixes", prefix, Reason::PrefixForbidden, None)
                }
                NumberRefusal::Blocked(_) => {
                    row(403, "dialing", "blocked numbers", number, Reason::NumberBlocked, None)
                }
            },
            Self::CallerBlocked(entry) => row(603, "dialing", "blocked numbers", entry, Reason::CallerBlocked, None),
            Self::GroupUnreachable(number, _) => row(480, "routing", "", number, Reason::GroupUnreachable, None),
            Self::DidUnknown(number) => row(404, "trunk", "", number, Reason::DidUnknown, None),
            Self::NoInboundRule(number) => row(404, "routing", "", number, Reason::NoInboundRule, None),
            Self::OutboundRuleClosed(name) => row(403, "routing", "hours", name, Reason::OutboundRuleClosed, None),
            Self::EndedByRule(name) => row(480, "routing", "", name, Reason::EndedByRule, None),
            Self::ReplacesUnknown => row(481, "routing", "Replaces", "", Reason::ReplacesUnknown, None),
            Self::JoinUnknown => row(481, "routing", "Join", "", Reason::JoinUnknown, None),
            Self::JoinUnsupported(number) => row(488, "routing", "Join", number, Reason::JoinUnsupported, None),
            Self::JoinMisused => row(400, "routing", "Join", "", Reason::JoinMisused, None),
        }
    }

    /// What the caller's phone may show.
    pub fn text(&self) -> String {
        match self {
            Self::Quota(reached) => reached.to_string(),
            _ => {
                let Meaning { rule, value, reason, .. } = self.meaning();
                reason.sentence().replace("{value}", &value).replace("{rule}", rule)
            }
        }
    }
}

/// The state that admission looks at.
#[derive(Clone, Copy, Debug)]
pub struct House<'a> {
    /// Taking no new calls.
    pub draining: bool,
    /// The store cannot keep up.
    pub overloaded: bool,
    /// The tenant's name, if it is suspended.
    pub suspended: Option<&'a str>,
    /// The tenant's limits.
    pub quota: &'a Quota,
    /// The tenant's running calls.
    pub calls: usize,
}

/// The most calls of one tenant, whatever its quota says.
pub const CALLS_MAX: usize = 10_000;

/// May one more call of the extension come in?
pub fn admit(house: &House<'_>, caller: &str, enabled: bool) -> Result<(), Refusal> {
    if let Some(name) = house.suspended {
        return Err(Refusal::TenantSuspended(name.to_owned()));
    }
    if !enabled {
        return Err(Refusal::CallerDisabled(caller.to_owned()));
    }
    if house.draining {
        return Err(Refusal::Draining);
    }
    if house.overloaded {
        return Err(Refusal::Overloaded("the store is behind"));
    }
    house.quota.admit(Limit::ConcurrentCalls, house.calls as u64).map_err(Refusal::Quota)?;
    if house.calls >= CALLS_MAX {
        return Err(Refusal::Overloaded("too many calls of one tenant"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(quota: &Quota, calls: usize) -> House<'_> {
        House { draining: false, overloaded: false, suspended: None, quota, calls }
    }

    // covers: T-11
    #[test]
    fn t_11_the_call_above_the_limit_is_503_and_names_it() {
        let quota = Quota { concurrent_calls_max: Some(2), ..Quota::default() };
        assert_eq!(admit(&house(&quota, 1), "101", true), Ok(()));
        let refusal = admit(&house(&quota, 2), "101", true).unwrap_err();
        assert_eq!(refusal.meaning().status, 503);
        assert_eq!(refusal.meaning().rule, "concurrent_calls_max");
        assert_eq!(refusal.text(), "The tenant's limit of 2 concurrent calls is reached.");
        let none = Quota { concurrent_calls_max: Some(0), ..quota };
        assert!(admit(&house(&none, 0), "101", true).is_err());
        let unlimited = Quota { concurrent_calls_max: None, ..quota };
        assert_eq!(admit(&house(&unlimited, 500), "101", true), Ok(()));
    }

    #[test]
    fn a_suspended_tenant_comes_before_all_else() {
        let quota = Quota::default();
        let house = House { suspended: Some("Acme"), draining: true, overloaded: true, ..house(&quota, 0) };
        assert_eq!(admit(&house, "101", false), Err(Refusal::TenantSuspended("Acme".into())));
    }

    #[test]
    fn draining_and_overload_say_when_to_try_again() {
        let quota = Quota::default();
        let draining = House { draining: true, ..house(&quota, 0) };
        let overloaded = House { overloaded: true, ..house(&quota, 0) };
        for house in [draining, overloaded] {
            let meaning = admit(&house, "101", true).unwrap_err().meaning();
            assert_eq!(meaning.status, 503);
            assert!(meaning.retry_after.is_some());
        }
    }
}
