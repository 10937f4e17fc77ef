//! Where an extension's calls go when its devices do not take them (EXT-05, EXT-08, EXT-14).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::date::Wall;
use crate::destination::Destination;
use crate::did::Mask;
use crate::hours::{Hours, Standing, Week};
use crate::problem::FieldProblem;
use crate::{ExtensionId, RingGroupId, operation};

/// The most exceptions of one extension.
pub const EXCEPTIONS_MAX: usize = 20;
/// How often one call is sent on by forwarding before it comes to nothing (EXT-23).
pub const FORWARDS_MAX: usize = 10;

/// Where to while the company, or the person by hours of its own, is open, and where to while it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ByHours {
    /// In office hours.
    pub open: Destination,
    /// Outside of them.
    pub closed: Destination,
}

impl ByHours {
    /// The one that counts.
    pub const fn at(&self, is_open: bool) -> &Destination {
        if is_open { &self.open } else { &self.closed }
    }

    fn all(&self) -> [&Destination; 2] {
        [&self.open, &self.closed]
    }

    fn check(&self, check: &mut Check, field: &str) {
        self.open.check(check, &format!("{field}.open"));
        self.closed.check(check, &format!("{field}.closed"));
    }
}

/// When an exception counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum When {
    /// Always.
    #[default]
    Always,
    /// In office hours.
    Open,
    /// Outside of them.
    Closed,
    /// In these spans, holidays or not.
    Own {
        /// The spans.
        week: Week,
    },
}

impl When {
    /// Does it count now?
    pub fn holds(&self, is_open: bool, at: Wall) -> bool {
        match self {
            Self::Always => true,
            Self::Open => is_open,
            Self::Closed => !is_open,
            Self::Own { week } => week.holds(at),
        }
    }
}

/// What is done with the calls of some callers, whatever else is said (EXT-05).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Exception {
    /// Whose calls: a number, a mask such as `0044*****`, a range, or `*` for everybody's.
    pub caller: Mask,
    /// When.
    pub when: When,
    /// Where to; absent rings the devices, whatever the status says.
    pub to: Option<Destination>,
}

/// Where an extension's calls go. What ends them is told the caller as the devices would have told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Forwarding {
    /// The hours that it goes by (EXT-14).
    pub hours: Hours,
    /// When nobody answers in the extension's ring time.
    pub no_answer: Destination,
    /// When the person is busy: all devices say so, or decline the call.
    pub busy: Destination,
    /// Does a call ring while the person talks? Without it such a person is busy.
    pub call_waiting: bool,
    /// While no device is registered or can be reached.
    pub offline: ByHours,
    /// While the status is *do not disturb*.
    pub do_not_disturb: ByHours,
    /// While the status is *away*; absent rings the devices.
    pub away: Option<ByHours>,
    /// What comes before all of this; the first that fits counts.
    pub exceptions: Vec<Exception>,
}

impl Default for Forwarding {
    fn default() -> Self {
        Self {
            hours: Hours::default(),
            no_answer: Destination::EndCall,
            busy: Destination::EndCall,
            call_waiting: true,
            offline: ByHours::default(),
            do_not_disturb: ByHours::default(),
            away: None,
            exceptions: Vec::new(),
        }
    }
}

impl Forwarding {
    /// What is wrong with it, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        self.hours.check(&mut check, "hours");
        self.no_answer.check(&mut check, "no_answer");
        self.busy.check(&mut check, "busy");
        self.offline.check(&mut check, "offline");
        self.do_not_disturb.check(&mut check, "do_not_disturb");
        if let Some(away) = &self.away {
            away.check(&mut check, "away");
        }
        check.that(self.exceptions.len() <= EXCEPTIONS_MAX, "exceptions", "There are at most 20 exceptions.");
        for (place, exception) in self.exceptions.iter().take(EXCEPTIONS_MAX).enumerate() {
            let field = format!("exceptions[{place}]");
            if let Err(reason) = exception.caller.span() {
                check.that(false, &format!("{field}.caller"), reason);
            }
            if let When::Own { week } = &exception.when {
                week.check(&mut check, &format!("{field}.when.week"));
            }
            if let Some(to) = &exception.to {
                to.check(&mut check, &format!("{field}.to"));
            }
        }
        check.finish()
    }

    /// The first exception that fits a caller at this time.
    pub fn exception(&self, caller: &str, is_open: bool, at: Wall) -> Option<&Exception> {
        let fits = |exception: &&Exception| {
            let span = exception.caller.span();
            let known = span.is_ok_and(|span| span.is_none_or(|span| span.contains(caller)));
            known && exception.when.holds(is_open, at)
        };
        self.exceptions.iter().find(fits)
    }

    /// How its hours stand.
    pub fn standing(&self, tenant: &crate::hours::OfficeHours, at: Wall) -> Standing {
        self.hours.standing(tenant, at)
    }

    /// All places that a call may be sent to, each with its field of the form.
    pub fn destinations(&self) -> impl Iterator<Item = (String, &Destination)> {
        let by_hours = [Some(("offline", &self.offline)), Some(("do_not_disturb", &self.do_not_disturb))];
        let away = self.away.as_ref().map(|away| ("away", away));
        let by_hours = by_hours.into_iter().chain([away]).flatten().flat_map(|(field, by_hours)| {
            ["open", "closed"].into_iter().zip(by_hours.all()).map(move |(part, to)| (format!("{field}.{part}"), to))
        });
        let exceptions = self.exceptions.iter().enumerate();
        let exceptions =
            exceptions.filter_map(|(place, one)| Some((format!("exceptions[{place}].to"), one.to.as_ref()?)));
        let direct = [("no_answer".to_owned(), &self.no_answer), ("busy".to_owned(), &self.busy)];
        direct.into_iter().chain(by_hours).chain(exceptions)
    }
}

/// Where an extension's calls go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetForwarding {
    /// Whose.
    pub extension_id: ExtensionId,
}
operation!(GetForwarding, Get, "/api/tenant/extensions/{extension_id}/forwarding", TenantAdmin, Forwarding);

/// Sets where an extension's calls go, all of it at once; what is left out ends the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateForwarding {
    /// Whose.
    pub extension_id: ExtensionId,
    /// From now on.
    #[serde(flatten)]
    pub forwarding: Forwarding,
}
operation!(UpdateForwarding, Put, "/api/tenant/extensions/{extension_id}/forwarding", TenantAdmin, Forwarding);

/// Where one's own calls go, and where they may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnForwarding {}
operation!(GetOwnForwarding, Get, "/api/user/forwarding", User, OwnForwarding);

/// Sets where one's own calls go, all of it at once; what is left out ends the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateOwnForwarding {
    /// From now on.
    #[serde(flatten)]
    pub forwarding: Forwarding,
}
operation!(UpdateOwnForwarding, Put, "/api/user/forwarding", User, Forwarding);

/// One's own forwarding, with what a form needs to offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnForwarding {
    /// Where one's calls go.
    pub forwarding: Forwarding,
    /// The colleagues, by number.
    pub people: Vec<Callee<ExtensionId>>,
    /// The ring groups, by number.
    pub ring_groups: Vec<Callee<RingGroupId>>,
}

/// Somebody, or something, that has a number in the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Callee<I> {
    /// The id.
    pub id: I,
    /// The number.
    pub number: String,
    /// The name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::Date;
    use crate::hours::Span;

    fn noon() -> Wall {
        Wall { date: Date::read("2026-11-23").unwrap(), minute: 12 * 60 }
    }

    fn lunch() -> When {
        When::Own { week: Week { monday: vec![Span::new(12 * 60, 13 * 60)], ..Week::default() } }
    }

    // covers: EXT-05
    #[test]
    fn ext_05_the_first_exception_that_fits_caller_and_time_counts() {
        let exception = |caller: &str, when, to| Exception { caller: Mask(caller.into()), when, to };
        let outside = |number: &str| Some(Destination::External { number: number.into() });
        let forwarding = Forwarding {
            exceptions: vec![
                exception("4930123", When::Always, None),
                exception("0044**", When::Closed, outside("01")),
                exception("*", lunch(), outside("02")),
                exception("100-199", When::Open, outside("03")),
            ],
            ..Forwarding::default()
        };
        let found = |caller: &str, is_open: bool, minute: u16| {
            let at = Wall { minute, ..noon() };
            let exception = forwarding.exception(caller, is_open, at);
            forwarding.exceptions.iter().position(|one| Some(one) == exception)
        };
        for (caller, is_open, minute, expected) in [
            ("4930123", true, 720, Some(0)),
            ("+4930123", false, 0, Some(0)),
            ("004412", false, 720, Some(1)),
            ("004412", true, 720, Some(2)),
            ("0044123", false, 0, None),
            ("999", true, 779, Some(2)),
            ("999", true, 780, None),
            ("150", true, 780, Some(3)),
            ("150", false, 780, None),
            ("", true, 725, Some(2)),
        ] {
            assert_eq!(found(caller, is_open, minute), expected, "{caller} {is_open} {minute}");
        }
    }

    // covers: EXT-05, EXT-08, EXT-14
    #[test]
    fn ext_08_a_form_names_what_is_wrong_with_it_by_its_place() {
        let wrong = || Destination::External { number: "x".into() };
        let by_hours = || ByHours { open: wrong(), closed: wrong() };
        let week = Week { sunday: vec![Span::new(2_000, 0)], ..Week::default() };
        let forwarding = Forwarding {
            hours: Hours::Own { week: week.clone() },
            no_answer: wrong(),
            busy: wrong(),
            call_waiting: false,
            offline: by_hours(),
            do_not_disturb: by_hours(),
            away: Some(by_hours()),
            exceptions: vec![Exception { caller: Mask("1-x".into()), when: When::Own { week }, to: Some(wrong()) }],
        };
        let fields: Vec<String> = forwarding.check().into_iter().map(|problem| problem.field).collect();
        assert_eq!(
            fields,
            [
                "hours.week.sunday[0].from",
                "no_answer.number",
                "busy.number",
                "offline.open.number",
                "offline.closed.number",
                "do_not_disturb.open.number",
                "do_not_disturb.closed.number",
                "away.open.number",
                "away.closed.number",
                "exceptions[0].caller",
                "exceptions[0].when.week.sunday[0].from",
                "exceptions[0].to.number",
            ]
        );
        assert_eq!(Forwarding::default().check(), []);
        let many = Forwarding { exceptions: vec![Exception::default(); EXCEPTIONS_MAX + 1], ..Forwarding::default() };
        assert_eq!(many.check().len(), 1);
        assert_eq!(forwarding.destinations().count(), 9);
    }
}
