//! Feature codes: what a telephone dials to use a service instead of calling somebody (DIAL-01). Codes, parking slots,
//! extensions, ring groups, receptionists, queues and conference rooms share one space of numbers.

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::dialing::is_key;
use crate::operation;
use crate::problem::FieldProblem;

/// The most keys of a code.
pub const CODE_KEYS_MAX: usize = 6;
/// The most parking slots of a tenant.
pub const SLOTS_MAX: u32 = 100;
/// The highest number of a parking slot.
pub const SLOT_NUMBER_MAX: u32 = 999_999;
/// The least seconds for which a parked call is left alone.
pub const PARK_SECONDS_MIN: u32 = 10;
/// The most seconds for which a parked call is left alone.
pub const PARK_SECONDS_MAX: u32 = 3_600;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Takes a call that rings elsewhere (ADV-05).
    PickUp,
    /// Takes a call that somebody has on hold (ADV-06).
    TakeHeld,
    /// Speaks out of a telephone that answers by itself (PAG-04).
    Intercom,
    /// Parks a call that is transferred to it (PARK-01).
    Park,
    /// Takes a parked call; its numbers are the slots (PARK-01).
    Retrieve,
    /// The own mailbox.
    Voicemail,
    /// Monitors a call (CTI-02).
    Listening,
    /// Signs in to the queues.
    QueueIn,
    /// Signs out of the queues.
    QueueOut,
    /// Sets the own status: 1 available, 2 away, 3 do not disturb (EXT-21).
    Status,
}

impl Service {
    /// Those with a code, in the order of pages.
    pub const CODED: [Self; 9] = [
        Self::PickUp,
        Self::TakeHeld,
        Self::Intercom,
        Self::Park,
        Self::Voicemail,
        Self::Listening,
        Self::QueueIn,
        Self::QueueOut,
        Self::Status,
    ];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::PickUp => "Pick up a ringing call",
            Self::TakeHeld => "Take a held call",
            Self::Intercom => "Intercom",
            Self::Park => "Park a call",
            Self::Retrieve => "Take a parked call",
            Self::Voicemail => "Voicemail",
            Self::Listening => "Monitor a call",
            Self::QueueIn => "Sign in to queues",
            Self::QueueOut => "Sign out of queues",
            Self::Status => "Set the own status",
        }
    }

    /// The name of its field in [`FeatureCodes`]; empty where it has no code.
    pub const fn field(self) -> &'static str {
        match self {
            Self::PickUp => "pick_up",
            Self::TakeHeld => "take_held",
            Self::Intercom => "intercom",
            Self::Park => "park",
            Self::Retrieve => "",
            Self::Voicemail => "voicemail",
            Self::Listening => "listening",
            Self::QueueIn => "queue_in",
            Self::QueueOut => "queue_out",
            Self::Status => "status",
        }
    }

    /// Is its code followed by somebody's number?
    pub const fn takes_number(self) -> bool {
        matches!(self, Self::PickUp | Self::TakeHeld | Self::Intercom | Self::QueueIn | Self::QueueOut | Self::Status)
    }

    /// Does whoever dials it come into a call that is counted already?
    pub const fn joins_a_call(self) -> bool {
        matches!(self, Self::PickUp | Self::TakeHeld | Self::Retrieve)
    }
}

/// The codes of a tenant, and its parking slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FeatureCodes {
    /// Picks up what rings at the number that follows, or in a group of one's own (ADV-05).
    pub pick_up: String,
    /// Takes what the number that follows has on hold (ADV-06).
    pub take_held: String,
    /// Speaks out of the telephone of the number that follows (PAG-04).
    pub intercom: String,
    /// A transfer to it parks the call (PARK-01).
    pub park: String,
    /// The first parking slot.
    pub slot_first: u32,
    /// The last parking slot.
    pub slot_last: u32,
    /// Seconds after which a parked call rings whoever has parked it.
    pub park_seconds: u32,
    /// Opens the own mailbox (VM-01).
    pub voicemail: String,
    /// Monitors the call of the number that follows behind a * (CTI-02).
    pub listening: String,
    /// Signs in to the queue whose number follows, or to all.
    pub queue_in: String,
    /// Signs out of the queue whose number follows, or of all.
    pub queue_out: String,
    /// Sets the own status to what the digit that follows says: 1 available, 2 away, 3 do not disturb (EXT-21).
    pub status: String,
}

impl Default for FeatureCodes {
    fn default() -> Self {
        Self {
            pick_up: "**".into(),
            take_held: "##".into(),
            intercom: "*11".into(),
            park: "*68".into(),
            slot_first: 701,
            slot_last: 720,
            park_seconds: 120,
            voicemail: "999".into(),
            listening: "888".into(),
            queue_in: "*51".into(),
            queue_out: "*52".into(),
            status: "*59".into(),
        }
    }
}

/// What the code of the own status is for a tenant that had set its codes before there was one: the first that is free.
const STATUS_CODES: [&str; 8] = ["*59", "*58", "*57", "*56", "*55", "*54", "*53", "#59"];

impl FeatureCodes {
    /// Codes that were set before there was one for the own status: it gets one that collides with no other; none where all do.
    pub fn with_free_status(mut self) -> Self {
        let slots: Vec<String> = self.slots().collect();
        let others = Service::CODED.into_iter().filter(|service| *service != Service::Status);
        let taken: Vec<&str> = others.map(|service| self.code(service)).filter(|code| !code.is_empty()).collect();
        let taken = || taken.iter().copied().chain(slots.iter().map(String::as_str));
        let free = STATUS_CODES.into_iter().find(|code| !taken().any(|other| collide(code, other)));
        self.status = free.unwrap_or_default().to_owned();
        self
    }

    /// The code of a service; empty where it has none.
    pub fn code(&self, service: Service) -> &str {
        match service {
            Service::PickUp => &self.pick_up,
            Service::TakeHeld => &self.take_held,
            Service::Intercom => &self.intercom,
            Service::Park => &self.park,
            Service::Retrieve => "",
            Service::Voicemail => &self.voicemail,
            Service::Listening => &self.listening,
            Service::QueueIn => &self.queue_in,
            Service::QueueOut => &self.queue_out,
            Service::Status => &self.status,
        }
    }

    /// Gives a service another code.
    pub fn set(&mut self, service: Service, code: String) {
        let place = match service {
            Service::PickUp => &mut self.pick_up,
            Service::TakeHeld => &mut self.take_held,
            Service::Intercom => &mut self.intercom,
            Service::Park => &mut self.park,
            Service::Retrieve => return,
            Service::Voicemail => &mut self.voicemail,
            Service::Listening => &mut self.listening,
            Service::QueueIn => &mut self.queue_in,
            Service::QueueOut => &mut self.queue_out,
            Service::Status => &mut self.status,
        };
        *place = code;
    }

    /// The parking slots, in order.
    pub fn slots(&self) -> impl Iterator<Item = String> + use<> {
        let last = self.slot_last.min(self.slot_first.saturating_add(SLOTS_MAX - 1));
        (self.slot_first..=last).map(|slot| slot.to_string())
    }

    /// The service that somebody has dialled, and the number behind its code, or the slot.
    pub fn read<'a>(&self, dialled: &'a str) -> Option<(Service, &'a str)> {
        let coded = Service::CODED.into_iter().find_map(|service| {
            let code = Some(self.code(service)).filter(|code| !code.is_empty())?;
            let rest = dialled.strip_prefix(code)?;
            // A number beside others begins with no *: it is set off from the code by one, and so is the level from the number.
            let set_off = service == Service::Listening && rest.starts_with('*');
            (rest.is_empty() || service.takes_number() || set_off).then_some((service, rest))
        });
        coded.or_else(|| self.slots().any(|slot| slot == dialled).then_some((Service::Retrieve, dialled)))
    }

    /// The sentence that says by which code a number cannot be anybody's; none where it can.
    pub fn holder_of(&self, number: &str) -> Option<String> {
        let (service, rest) = self.read(number)?;
        let code = number.strip_suffix(rest).unwrap_or(number);
        Some(match service {
            Service::Retrieve => format!("{number} is a parking slot."),
            _ if rest.is_empty() => format!("{code} is the feature code “{}”.", service.word()),
            _ => format!("Numbers that begin with {code} belong to the feature code “{}”.", service.word()),
        })
    }

    /// What is wrong with them, field by field; whether they collide with anybody's number is not seen here.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let slots = self.check_slots(&mut check);
        for service in Service::CODED {
            let (code, field) = (self.code(service), service.field());
            if !is_code(code) {
                check.that(false, field, "A code has 1 to 6 keys: digits, * and #.");
                continue;
            }
            let other = Service::CODED.into_iter().find(|other| {
                let theirs = self.code(*other);
                *other != service && is_code(theirs) && collide(code, theirs)
            });
            if let Some(other) = other {
                let reason = format!("{code} collides with {}, the code “{}”.", self.code(other), other.word());
                check.that(false, field, &reason);
            } else if let Some(slot) = slots.iter().find(|slot| collide(code, slot)) {
                check.that(false, field, &format!("{code} collides with the parking slot {slot}."));
            }
        }
        let seconds = (PARK_SECONDS_MIN..=PARK_SECONDS_MAX).contains(&self.park_seconds);
        check.that(seconds, "park_seconds", "Between 10 and 3600 seconds.");
        check.finish()
    }

    /// The slots, where they can be such.
    fn check_slots(&self, check: &mut Check) -> Vec<String> {
        let right = |slot: u32| (10..=SLOT_NUMBER_MAX).contains(&slot);
        check.that(right(self.slot_first), "slot_first", "A slot is a number of 2 to 6 digits.");
        check.that(right(self.slot_last), "slot_last", "A slot is a number of 2 to 6 digits.");
        if !right(self.slot_first) || !right(self.slot_last) {
            return Vec::new();
        }
        let few = self.slot_last.checked_sub(self.slot_first).is_some_and(|more| more < SLOTS_MAX);
        check.that(few, "slot_last", "There are 1 to 100 slots, from the first to the last.");
        if few { self.slots().collect() } else { Vec::new() }
    }

    /// Without blanks round the codes.
    pub fn trimmed(mut self) -> Self {
        for service in Service::CODED {
            let code = self.code(service).trim().to_owned();
            self.set(service, code);
        }
        self
    }
}

fn is_code(code: &str) -> bool {
    (1..=CODE_KEYS_MAX).contains(&code.len()) && code.bytes().all(is_key)
}

/// Can whoever dials one of the two not be told from whoever begins to dial the other?
pub fn collide(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// The tenant's codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetFeatureCodes {}
operation!(GetFeatureCodes, Get, "/api/tenant/feature-codes", TenantAdmin, FeatureCodes);

/// The same for a person who dials them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnFeatureCodes {}
operation!(GetOwnFeatureCodes, Get, "/api/user/feature-codes", User, FeatureCodes);

/// Sets the codes, all of them: an absent field becomes what a tenant begins with. They hold from the next call on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateFeatureCodes {
    /// The codes.
    #[serde(flatten)]
    pub codes: FeatureCodes,
}
operation!(UpdateFeatureCodes, Put, "/api/tenant/feature-codes", TenantAdmin, FeatureCodes);

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(codes: &FeatureCodes) -> Vec<String> {
        codes.check().into_iter().map(|problem| problem.field).collect()
    }

    // covers: DIAL-01
    #[test]
    fn dial_01_what_a_tenant_begins_with_is_right_and_is_read_as_it_is_dialled() {
        let codes = FeatureCodes::default();
        assert_eq!(codes.check(), []);
        for (dialled, found) in [
            ("**101", Some((Service::PickUp, "101"))),
            ("**", Some((Service::PickUp, ""))),
            ("##abc", Some((Service::TakeHeld, "abc"))),
            ("*11101", Some((Service::Intercom, "101"))),
            ("*68", Some((Service::Park, ""))),
            ("*681", None),
            ("701", Some((Service::Retrieve, "701"))),
            ("720", Some((Service::Retrieve, "720"))),
            ("721", None),
            ("0701", None),
            ("999", Some((Service::Voicemail, ""))),
            ("9991", None),
            ("101", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(codes.read(dialled), found, "{dialled}");
        }
    }

    // covers: EXT-21
    #[test]
    fn ext_21_codes_from_before_the_one_for_the_status_keep_what_they_are_and_it_takes_what_is_free() {
        let default = FeatureCodes::default;
        for (codes, status) in [
            (default(), "*59"),
            (FeatureCodes { intercom: "*59".into(), ..default() }, "*58"),
            (FeatureCodes { intercom: "*591".into(), park: "*5".into(), ..default() }, "#59"),
            (FeatureCodes { intercom: "*5".into(), take_held: "#".into(), ..default() }, ""),
        ] {
            let given = codes.clone().with_free_status();
            assert_eq!(given.status, status);
            assert_eq!(FeatureCodes { status: codes.status.clone(), ..given }, codes);
        }
    }

    // covers: DIAL-01
    #[test]
    fn dial_01_a_code_that_equals_or_begins_another_is_refused_and_both_are_named() {
        let default = FeatureCodes::default;
        for (codes, wrong) in [
            (FeatureCodes { pick_up: "*11".into(), ..default() }, vec!["pick_up", "intercom"]),
            (
                FeatureCodes { pick_up: "*".into(), ..default() },
                vec!["pick_up", "intercom", "park", "queue_in", "queue_out", "status"],
            ),
            (FeatureCodes { listening: "9".into(), ..default() }, vec!["voicemail", "listening"]),
            (FeatureCodes { intercom: "7".into(), ..default() }, vec!["intercom"]),
            (FeatureCodes { intercom: "7011".into(), ..default() }, vec!["intercom"]),
            (FeatureCodes { slot_first: 990, slot_last: 1_000, ..default() }, vec!["voicemail"]),
            (FeatureCodes { slot_first: 701, slot_last: 700, ..default() }, vec!["slot_last"]),
            (FeatureCodes { slot_first: 1, slot_last: 1_000_000, ..default() }, vec!["slot_first", "slot_last"]),
            (FeatureCodes { slot_first: 7_000, slot_last: 7_100, ..default() }, vec!["slot_last"]),
            (FeatureCodes { park: String::new(), ..default() }, vec!["park"]),
            (FeatureCodes { park: "*+".into(), ..default() }, vec!["park"]),
            (FeatureCodes { park: "*123456".into(), ..default() }, vec!["park"]),
            (FeatureCodes { park_seconds: 9, ..default() }, vec!["park_seconds"]),
        ] {
            assert_eq!(fields(&codes), wrong, "{codes:?}");
        }
        let codes = FeatureCodes { pick_up: "*11".into(), ..default() };
        assert_eq!(codes.check()[0].reason, "*11 collides with *11, the code “Intercom”.");
        assert_eq!(FeatureCodes { park: " *69 ".into(), ..default() }.trimmed().park, "*69");
    }

    // covers: DIAL-01
    #[test]
    fn dial_01_a_number_that_a_code_holds_is_nobodys() {
        let codes = FeatureCodes { intercom: "33".into(), ..FeatureCodes::default() };
        for (number, holder) in [
            ("331", Some("Numbers that begin with 33 belong to the feature code “Intercom”.")),
            ("999", Some("999 is the feature code “Voicemail”.")),
            ("710", Some("710 is a parking slot.")),
            ("9990", None),
            ("101", None),
        ] {
            assert_eq!(codes.holder_of(number).as_deref(), holder, "{number}");
        }
    }
}
