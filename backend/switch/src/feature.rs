//! Feature codes: which service somebody has dialled, and about whom (DIAL-01); pure functions.

use shared::feature_code::Service;
use shared::monitor::MonitorLevel;
use shared::presence::PresenceStatus;
use shared::{ExtensionId, QueueId};

use crate::admission::Refusal;
use crate::dialing::is_emergency;
use crate::directory::Directory;
use crate::monitor;
use crate::plan::ExtensionPlan;
use crate::routing::may_call;

/// A service, and whom it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Picks up what rings at this extension (ADV-05).
    PickUp(ExtensionId),
    /// Picks up what rings in a ring group of the caller's own (ADV-05).
    PickUpInGroups,
    /// Takes what this extension has on hold (ADV-06).
    TakeHeld(ExtensionId),
    /// Speaks out of the telephone of this extension (PAG-04).
    Intercom(ExtensionId),
    /// Parks a call (PARK-01).
    Park,
    /// Opens the mailbox of this extension, whose telephone calls (VM-01).
    Mailbox(ExtensionId),
    /// Monitors the call of this extension (CTI-03 to CTI-06).
    Monitor(ExtensionId, MonitorLevel),
    /// Takes what is parked at this slot (PARK-01).
    Retrieve(String),
    /// Makes the caller ready for calls of this queue, or of all that it is a member of, or not ready.
    Agent {
        /// Ready?
        is_ready: bool,
        /// Which queue.
        queue: Option<QueueId>,
    },
    /// Sets the caller's own status (EXT-21).
    Status(PresenceStatus),
}

impl Feature {
    /// The service.
    pub const fn service(&self) -> Service {
        match self {
            Self::PickUp(_) | Self::PickUpInGroups => Service::PickUp,
            Self::TakeHeld(_) => Service::TakeHeld,
            Self::Intercom(_) => Service::Intercom,
            Self::Park => Service::Park,
            Self::Mailbox(_) => Service::Voicemail,
            Self::Monitor(..) => Service::Listening,
            Self::Retrieve(_) => Service::Retrieve,
            Self::Agent { is_ready: true, .. } => Service::QueueIn,
            Self::Agent { is_ready: false, .. } => Service::QueueOut,
            Self::Status(_) => Service::Status,
        }
    }
}

/// The service that a number is the code of. People's numbers come first, and so do emergency numbers (EXT-10); monitoring
/// has none where it is off (CTI-01).
pub fn service<'a>(directory: &Directory, dialled: &'a str) -> Option<(Service, &'a str)> {
    let taken = directory.is_number(dialled);
    let plan = &directory.plan;
    let answers = |service: Service| service != Service::Listening || plan.monitoring.enabled;
    plan.codes.read(dialled).filter(|(service, _)| answers(*service) && !taken && !is_emergency(plan, dialled))
}

/// Does whoever dials this come into a call that is counted already?
pub fn joins_a_call(directory: &Directory, dialled: &str) -> bool {
    service(directory, dialled).is_some_and(|(service, _)| service.joins_a_call())
}

/// What a service that was dialled by `caller` is about.
pub fn feature(
    directory: &Directory,
    caller: ExtensionId,
    (service, number): (Service, &str),
) -> Result<Feature, Refusal> {
    let own = directory.extension(caller);
    let may_reach = |known: &ExtensionPlan| known.id == caller || own.is_some_and(|own| may_call(own, known));
    let person = || match directory.number(number) {
        Some(known) if !may_reach(known) => Err(Refusal::OtherGroupForbidden(known.number.clone())),
        Some(known) => Ok(known),
        // Digits are missing (RFC 3261, 21.4.22).
        None if number.is_empty() => Err(Refusal::NumberInvalid(directory.plan.codes.code(service).to_owned())),
        None => Err(Refusal::NumberUnknown(number.to_owned())),
    };
    match service {
        Service::PickUp if number.is_empty() => Ok(Feature::PickUpInGroups),
        Service::PickUp => person().map(|known| Feature::PickUp(known.id)),
        Service::TakeHeld => person().map(|known| Feature::TakeHeld(known.id)),
        Service::Intercom => match person()? {
            known if known.id == caller => Err(Refusal::CalleeIsCaller(known.number.clone())),
            known if own.is_none_or(|own| !own.rights.paging) => Err(Refusal::PagingForbidden(known.number.clone())),
            known if !known.enabled => Err(Refusal::CalleeDisabled(known.number.clone())),
            known => Ok(Feature::Intercom(known.id)),
        },
        Service::Park => Ok(Feature::Park),
        Service::Retrieve => Ok(Feature::Retrieve(number.to_owned())),
        Service::Voicemail => Ok(Feature::Mailbox(caller)),
        Service::QueueIn | Service::QueueOut => {
            let is_ready = service == Service::QueueIn;
            // Both `*518000` and `*51*8000` are dialled.
            let queue = match number.strip_prefix('*').unwrap_or(number) {
                "" => None,
                number => {
                    let known = directory.queue_number(number);
                    Some(known.ok_or_else(|| Refusal::NumberUnknown(number.to_owned()))?.id)
                }
            };
            Ok(Feature::Agent { is_ready, queue })
        }
        Service::Status => {
            let code = || Refusal::NumberInvalid(format!("{}{number}", directory.plan.codes.status));
            status(number).map(Feature::Status).ok_or_else(code)
        }
        Service::Listening => {
            let code = || Refusal::NumberInvalid(directory.plan.codes.listening.clone());
            let (number, level) = monitor::read(number).ok_or_else(code)?;
            match directory.number(number) {
                None => Err(Refusal::NumberUnknown(number.to_owned())),
                Some(known) if known.id == caller => Err(Refusal::CalleeIsCaller(known.number.clone())),
                Some(known) if !directory.plan.monitoring.allows(caller, known) => {
                    Err(Refusal::MonitoringForbidden(known.number.clone()))
                }
                Some(known) => Ok(Feature::Monitor(known.id, level)),
            }
        }
    }
}

/// The status that the digit behind its code stands for (EXT-21).
fn status(digit: &str) -> Option<PresenceStatus> {
    match digit {
        "1" => Some(PresenceStatus::Available),
        "2" => Some(PresenceStatus::Away),
        "3" => Some(PresenceStatus::DoNotDisturb),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::extension_group::Rights;
    use shared::{ExtensionGroupId, Moment};

    use super::*;
    use crate::plan::tests::plan;
    use crate::routing::{Destination, Dialled, route};

    fn dial(user: &str) -> Result<Destination, Refusal> {
        let mut acme = plan(1, "acme.localhost", &["101", "102", "103", "abc", "701"]);
        acme.extensions[2].enabled = false;
        acme.dialing.emergency_numbers.push("702".into());
        let directory = Directory::new(acme);
        let caller = directory.number("101").unwrap().id;
        let dialled = Dialled { scheme: "sip", user, host: "acme.localhost" };
        route(&directory, Moment(0), caller, dialled, |host| host == "acme.localhost")
    }

    // covers: DIAL-01, ADV-05, ADV-06, PAG-04, PARK-01
    #[test]
    fn dial_01_each_code_leads_to_its_service() {
        for (user, feature) in [
            ("**102", Feature::PickUp(ExtensionId(102))),
            ("**abc", Feature::PickUp(ExtensionId(3))),
            ("**101", Feature::PickUp(ExtensionId(101))),
            ("**", Feature::PickUpInGroups),
            ("%23%23102", Feature::TakeHeld(ExtensionId(102))),
            ("##102", Feature::TakeHeld(ExtensionId(102))),
            ("*11102", Feature::Intercom(ExtensionId(102))),
            ("*68", Feature::Park),
            ("703", Feature::Retrieve("703".into())),
            ("999", Feature::Mailbox(ExtensionId(101))),
        ] {
            assert_eq!(dial(user), Ok(Destination::Service(feature)), "{user}");
        }
    }

    // covers: DIAL-01, EXT-10
    #[test]
    fn dial_01_people_and_emergency_numbers_come_before_codes_and_reserved_codes_lead_nowhere_yet() {
        assert_eq!(dial("701"), Ok(Destination::Extension(ExtensionId(701))));
        for (user, refusal) in [
            ("702", Refusal::NumberUnknown("702".into())),
            ("888", Refusal::NumberUnknown("888".into())),
            ("*518000", Refusal::NumberUnknown("8000".into())),
            ("*52*8000", Refusal::NumberUnknown("8000".into())),
            ("**105", Refusal::NumberUnknown("105".into())),
            ("*11", Refusal::NumberInvalid("*11".into())),
            ("##", Refusal::NumberInvalid("##".into())),
            ("*11101", Refusal::CalleeIsCaller("101".into())),
            ("*11103", Refusal::CalleeDisabled("103".into())),
            ("*1", Refusal::NumberUnknown("*1".into())),
        ] {
            assert_eq!(dial(user), Err(refusal), "{user}");
        }
    }

    // covers: EXT-21
    #[test]
    fn ext_21_a_digit_behind_the_code_is_a_status_and_anything_else_is_no_number() {
        for (user, status) in [
            ("*591", PresenceStatus::Available),
            ("*592", PresenceStatus::Away),
            ("*593", PresenceStatus::DoNotDisturb),
        ] {
            assert_eq!(dial(user), Ok(Destination::Service(Feature::Status(status))), "{user}");
        }
        for user in ["*59", "*590", "*594", "*5911", "*59*1", "*59x"] {
            assert_eq!(dial(user), Err(Refusal::NumberInvalid(user.into())), "{user}");
        }
    }

    // covers: PAG-05, GRP-06
    #[test]
    fn pag_05_the_intercom_needs_a_right_and_no_service_reaches_whom_one_may_not_call() {
        let outcome = |rights: Rights, user: &str| {
            let mut acme = plan(1, "acme.localhost", &["101", "102"]);
            acme.extensions[0].rights = rights;
            acme.extensions[0].groups = vec![ExtensionGroupId(1)];
            acme.extensions[1].groups = vec![ExtensionGroupId(2)];
            let directory = Directory::new(acme);
            let dialled = Dialled { scheme: "sip", user, host: "acme.localhost" };
            route(&directory, Moment(0), ExtensionId(101), dialled, |_| true)
        };
        let mute = Rights { paging: false, ..Rights::ALL };
        assert_eq!(outcome(mute, "*11102"), Err(Refusal::PagingForbidden("102".into())));
        assert!(outcome(mute, "**102").is_ok());
        let inside = Rights { other_groups: false, ..Rights::ALL };
        for user in ["*11102", "**102", "##102"] {
            assert_eq!(outcome(inside, user), Err(Refusal::OtherGroupForbidden("102".into())), "{user}");
        }
        assert!(outcome(inside, "##101").is_ok(), "one's own");
    }
}
