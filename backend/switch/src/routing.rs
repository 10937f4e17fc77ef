//! Where to? What was dialled → a destination; a pure function.

use shared::check::is_number;
use shared::destination::is_dialled;
use shared::ring_group::{RingGroup, RingStrategy};
use shared::{ConferenceRoomId, ExtensionId, Moment, QueueId, ReceptionistId, RingGroupId};

use crate::admission::Refusal;
use crate::dialing::{is_emergency, leaving};
use crate::directory::Directory;
use crate::feature::{Feature, feature, service};
use crate::outbound::{Outbound, open, outbound};
use crate::plan::ExtensionPlan;

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To the devices of an extension.
    Extension(ExtensionId),
    /// To the members of a ring group.
    RingGroup(RingGroupId),
    /// Out of the telephones of a group's members (PAG-02).
    Page(RingGroupId),
    /// To a receptionist.
    Receptionist(ReceptionistId),
    /// Into the line of a queue.
    Queue(QueueId),
    /// Into the mailbox of an extension, to leave a message.
    Voicemail(ExtensionId),
    /// Into a conference room (CONF-09).
    Conference(ConferenceRoomId),
    /// Outside, by an outbound rule.
    Outside(Outbound),
    /// To a service, by its code (DIAL-01).
    Service(Feature),
}

/// What was dialled: the parts of the Request-URI as sent.
#[derive(Clone, Copy, Debug)]
pub struct Dialled<'a> {
    /// `sip`, `sips`, `tel` …
    pub scheme: &'a str,
    /// Before the `@`.
    pub user: &'a str,
    /// After it.
    pub host: &'a str,
}

/// Finds the destination. `is_home` says whether a host, in lower case, stands for this tenant: its domain, or the shared
/// host over which the caller has logged in. The hours are those of the moment `at`.
pub fn route(
    directory: &Directory,
    at: Moment,
    caller: ExtensionId,
    dialled: Dialled<'_>,
    is_home: impl Fn(&str) -> bool,
) -> Result<Destination, Refusal> {
    let number = number_of(directory, dialled)?;
    let host = host_of(dialled.host);
    if !is_home(&host) {
        return Err(Refusal::ForeignDomain(host));
    }
    if let Some(extension) = directory.number(&number) {
        if extension.id == caller {
            return Err(Refusal::CalleeIsCaller(extension.number.clone()));
        }
        if directory.extension(caller).is_none_or(|own| !may_call(own, extension)) {
            return Err(Refusal::OtherGroupForbidden(extension.number.clone()));
        }
        return to_extension(directory, extension.id);
    }
    if let Some(group) = directory.ring_group_number(&number) {
        let may_page = || directory.extension(caller).is_some_and(|own| own.rights.paging);
        return match to_group(group) {
            Destination::Page(_) if !may_page() => Err(Refusal::PagingForbidden(number)),
            destination => Ok(destination),
        };
    }
    if let Some(receptionist) = directory.receptionist_number(&number) {
        return Ok(Destination::Receptionist(receptionist.id));
    }
    if let Some(room) = directory.conference_number(&number) {
        return Ok(Destination::Conference(room.id));
    }
    if let Some(queue) = directory.queue_number(&number) {
        return Ok(Destination::Queue(queue.id));
    }
    if let Some(found) = service(directory, &number) {
        return feature(directory, caller, found).map(Destination::Service);
    }
    let own = directory.extension(caller).map_or("", |known| known.number.as_str());
    outside(directory, at, own, &number)
}

/// May the caller call somebody of its tenant (GRP-06)? What a ring group or a rule leads to is not asked for: that is set by whoever
/// set it up.
pub fn may_call(caller: &ExtensionPlan, callee: &ExtensionPlan) -> bool {
    caller.rights.other_groups || callee.groups.iter().any(|group| caller.groups.contains(group))
}

/// To an extension, unless it is switched off.
pub fn to_extension(directory: &Directory, id: ExtensionId) -> Result<Destination, Refusal> {
    match directory.extension(id) {
        Some(known) if known.enabled => Ok(Destination::Extension(id)),
        Some(known) => Err(Refusal::CalleeDisabled(known.number.clone())),
        None => Err(Refusal::NumberUnknown(id.to_string())),
    }
}

/// To a group, whose members are rung or spoken to.
fn to_group(group: &RingGroup) -> Destination {
    match group.settings.strategy {
        RingStrategy::Paging => Destination::Page(group.id),
        RingStrategy::Simultaneous | RingStrategy::Prioritized | RingStrategy::Cyclic | RingStrategy::LeastWorked => {
            Destination::RingGroup(group.id)
        }
    }
}

/// Where something leads that nobody has dialled; `by` is what it is called, `caller` the number by whose right a call leaves.
pub fn led(
    directory: &Directory,
    at: Moment,
    to: &shared::destination::Destination,
    by: &str,
    caller: &str,
) -> Result<Destination, Refusal> {
    use shared::destination::Destination as To;
    match to {
        To::EndCall => Err(Refusal::EndedByRule(by.to_owned())),
        To::Extension { extension_id } => to_extension(directory, *extension_id),
        To::External { number } => outside(directory, at, caller, number),
        To::RingGroup { ring_group_id } => match directory.ring_group(*ring_group_id) {
            Some(group) => Ok(to_group(group)),
            None => Err(Refusal::EndedByRule(by.to_owned())),
        },
        To::Receptionist { receptionist_id } => match directory.receptionist(*receptionist_id) {
            Some(receptionist) => Ok(Destination::Receptionist(receptionist.id)),
            None => Err(Refusal::EndedByRule(by.to_owned())),
        },
        To::Conference { conference_room_id } => match directory.conference_room(*conference_room_id) {
            Some(room) => Ok(Destination::Conference(room.id)),
            None => Err(Refusal::EndedByRule(by.to_owned())),
        },
        To::Queue { queue_id } => match directory.queue(*queue_id) {
            Some(queue) => Ok(Destination::Queue(queue.id)),
            None => Err(Refusal::EndedByRule(by.to_owned())),
        },
        To::Voicemail { mailbox_id } => match directory.extension(*mailbox_id) {
            Some(known) => Ok(Destination::Voicemail(known.id)),
            None => Err(Refusal::EndedByRule(by.to_owned())),
        },
    }
}

/// Who answers at a number of the tenant, for a caller whom the tenant itself leads there.
pub fn inside(directory: &Directory, number: &str) -> Result<Destination, Refusal> {
    if let Some(extension) = directory.number(number) {
        return to_extension(directory, extension.id);
    }
    let group = directory.ring_group_number(number).map(to_group);
    let receptionist = || directory.receptionist_number(number).map(|found| Destination::Receptionist(found.id));
    let room = || directory.conference_number(number).map(|found| Destination::Conference(found.id));
    let queue = || directory.queue_number(number).map(|found| Destination::Queue(found.id));
    let house = receptionist().or_else(room).or_else(queue);
    group.or(house).ok_or_else(|| Refusal::NumberUnknown(number.to_owned()))
}

/// To a number that is none of the tenant's: if the caller may call outside at all (GRP-06), as it is sent, if it may be called
/// (E164-01…E164-03, NBL-02) and paid for (BILL-09), by the rule that is for it (OUT-06), within its hours (OUT-04). An emergency knows
/// neither the right nor the balance nor the hours.
pub fn outside(directory: &Directory, at: Moment, caller: &str, number: &str) -> Result<Destination, Refusal> {
    let unknown = || Refusal::NumberUnknown(number.to_owned());
    let kept_in = directory.number(caller).is_some_and(|own| !own.rights.external);
    if kept_in && is_dialled(number) && !is_emergency(&directory.plan, number) {
        return Err(Refusal::ExternalForbidden(number.to_owned()));
    }
    if directory.plan.outbound_rules.is_empty() || !is_dialled(number) {
        return Err(unknown());
    }
    let dialled = leaving(&directory.plan, number).map_err(|why| Refusal::NumberForbidden(why, number.to_owned()))?;
    let broke = || directory.number(caller).is_some_and(|own| !own.has_balance);
    if directory.plan.bill_outbound && !dialled.emergency && broke() {
        return Err(Refusal::BalanceEmpty(number.to_owned()));
    }
    let rule = outbound(directory, caller, &dialled.sent).ok_or_else(unknown)?;
    if !dialled.emergency {
        open(directory, rule, at)?;
    }
    Ok(Destination::Outside(Outbound::by(rule, number, dialled)))
}

/// Is it an emergency number that no extension has (EXT-10)? Nothing but a broken trunk keeps such a call from going out.
pub fn is_urgent(directory: &Directory, number: &str) -> bool {
    directory.number(number).is_none() && is_emergency(&directory.plan, number)
}

/// In lower case, without the root's dot.
pub fn host_of(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn number_of(directory: &Directory, dialled: Dialled<'_>) -> Result<String, Refusal> {
    let invalid = || Refusal::NumberInvalid(dialled.user.to_owned());
    if !["sip", "sips"].iter().any(|scheme| dialled.scheme.eq_ignore_ascii_case(scheme)) {
        return Err(Refusal::SchemeNotDialled(format!("{}:", dialled.scheme)));
    }
    let number = unescape(dialled.user).ok_or_else(invalid)?;
    let coded = || service(directory, &number).is_some();
    if is_number(&number) || is_dialled(&number) || coded() { Ok(number) } else { Err(invalid()) }
}

/// `%31` → `1` (RFC 3261, 19.1.2); none for a broken escape.
pub fn unescape(user: &str) -> Option<String> {
    let mut out = Vec::with_capacity(user.len());
    let mut bytes = user.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use shared::dialing::DialingCodes;
    use shared::dialled::NumberRefusal;
    use shared::extension_group::Rights;
    use shared::outbound_rule::{OutboundRule, OutboundSettings};
    use shared::{ExtensionGroupId, OutboundRuleId, TenantId};

    use super::*;
    use crate::plan::tests::plan;

    fn go(scheme: &str, user: &str, host: &str) -> Result<Destination, Refusal> {
        let mut acme = plan(1, "acme.localhost", &["101", "102", "103", "abc"]);
        acme.extensions[2].enabled = false;
        let directory = Directory::new(acme);
        let caller = directory.number("101").unwrap().id;
        route(&directory, Moment(0), caller, Dialled { scheme, user, host }, |host| host == "acme.localhost")
    }

    #[test]
    fn a_number_of_the_tenant_is_its_extension() {
        for (user, host) in [("102", "acme.localhost"), ("102", "ACME.localhost."), ("10%32", "acme.localhost")] {
            assert_eq!(go("sip", user, host), Ok(Destination::Extension(ExtensionId(102))), "{user}@{host}");
        }
        assert_eq!(go("sips", "abc", "acme.localhost"), Ok(Destination::Extension(ExtensionId(3))));
    }

    #[test]
    fn each_wrong_number_has_its_refusal() {
        let home = "acme.localhost";
        assert_eq!(go("sip", "555", home), Err(Refusal::NumberUnknown("555".into())));
        assert_eq!(go("sip", "101", home), Err(Refusal::CalleeIsCaller("101".into())));
        assert_eq!(go("sip", "103", home), Err(Refusal::CalleeDisabled("103".into())));
        for user in [
            "",
            "1",
            "1-2",
            "102;phone-context=globex.localhost",
            "102%40globex.localhost",
            "10%3",
            "%ff%ff%ff",
            "102:x",
            "+49x102",
            "102,101",
        ] {
            assert_eq!(go("sip", user, home), Err(Refusal::NumberInvalid(user.into())), "{user}");
        }
    }

    fn groups(ids: &[i64]) -> Vec<ExtensionGroupId> {
        ids.iter().map(|id| ExtensionGroupId(*id)).collect()
    }

    // covers: GRP-06
    #[test]
    fn grp_06_members_of_other_groups_are_called_by_whoever_may() {
        let inside = Rights { other_groups: false, ..Rights::ALL };
        let forbidden = Err(Refusal::OtherGroupForbidden("102".into()));
        let reached = Ok(Destination::Extension(ExtensionId(102)));
        for (rights, own, theirs, expected) in [
            (Rights::ALL, &[1][..], &[2][..], &reached),
            (inside, &[1], &[2], &forbidden),
            (inside, &[1, 3], &[2, 3], &reached),
            (inside, &[], &[], &forbidden),
            (inside, &[1], &[1], &reached),
        ] {
            let mut acme = plan(1, "acme.localhost", &["101", "102"]);
            acme.extensions[0].rights = rights;
            acme.extensions[0].groups = groups(own);
            acme.extensions[1].groups = groups(theirs);
            // Whom the callee may call is another matter.
            acme.extensions[1].rights = Rights::default();
            let directory = Directory::new(acme);
            let dialled = Dialled { scheme: "sip", user: "102", host: "acme.localhost" };
            assert_eq!(
                &route(&directory, Moment(0), ExtensionId(101), dialled, |_| true),
                expected,
                "{rights:?} {own:?} {theirs:?}"
            );
        }
    }

    // covers: GRP-06, EXT-10, OUT-06
    #[test]
    fn grp_06_without_external_calls_only_an_emergency_number_goes_out() {
        let kept_in = Rights { external: false, ..Rights::ALL };
        let refused = |number: &str| Some(Refusal::ExternalForbidden(number.into()));
        for (rules, rights, caller, number, expected) in [
            (true, Rights::ALL, "101", "0044123", None),
            (true, kept_in, "101", "0044123", refused("0044123")),
            (true, kept_in, "101", "112", None),
            // It comes before all else: the rules, the countries, the blocked numbers.
            (false, kept_in, "101", "999", refused("999")),
            (true, kept_in, "101", "0900123", refused("0900123")),
            (
                true,
                Rights::ALL,
                "101",
                "0900123",
                Some(Refusal::NumberForbidden(NumberRefusal::Blocked("0900*".into()), "0900123".into())),
            ),
            // What is no number outside at all is unknown, as for everybody.
            (true, kept_in, "101", "abc", Some(Refusal::NumberUnknown("abc".into()))),
            // A call that is led on by a rule is nobody's of the tenant.
            (true, kept_in, "", "0044123", None),
        ] {
            let mut acme = plan(1, "acme.localhost", &["101", "102"]);
            acme.extensions[0].rights = rights;
            acme.blocked = ["0900*".to_owned()].into_iter().collect();
            acme.dialing =
                DialingCodes { emergency_numbers: vec!["112".into()], ..DialingCodes::default().moved_to("GB") };
            acme.dialing.allowed_countries = vec!["GB".into()];
            if rules {
                acme.outbound_rules = vec![OutboundRule {
                    id: OutboundRuleId(1),
                    tenant_id: TenantId(1),
                    position: 1,
                    settings: OutboundSettings::default(),
                }];
            }
            let found = outside(&Directory::new(acme), Moment(0), caller, number).err();
            assert_eq!(found, expected, "{rules} {rights:?} {caller} {number}");
        }
    }

    // covers: T-10
    #[test]
    fn t_10_nothing_outside_the_tenant_is_reached_whatever_is_dialled() {
        for host in [
            "globex.localhost",
            "GLOBEX.localhost",
            "globex.localhost.",
            "acme.localhost.globex.localhost",
            "globex%2elocalhost",
            "xacme.localhost",
            "acme.localhost..",
            "",
            "[::1]",
            "127.0.0.1",
        ] {
            assert!(matches!(go("sip", "102", host), Err(Refusal::ForeignDomain(_))), "{host}");
        }
        for scheme in ["tel", "http", "im", ""] {
            assert!(matches!(go(scheme, "102", "acme.localhost"), Err(Refusal::SchemeNotDialled(_))), "{scheme}");
        }
    }
}
