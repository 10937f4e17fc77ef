//! By which trunks does a call leave? The tenant's rules, in their order; a pure function (OUT-01…OUT-05).

use shared::Moment;
use shared::dialled::Dialled;
use shared::hours::Standing;
use shared::outbound_rule::{OutboundRoute, OutboundRule};

use crate::admission::Refusal;
use crate::directory::Directory;
use crate::hours::is_open_by;

/// A call that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The number as dialled.
    pub number: String,
    /// The number as the rules have it, normalised.
    pub dialled: String,
    /// Is it an emergency?
    pub urgent: bool,
    /// The rule's name.
    pub rule: String,
    /// The rule's caller id, empty where it has none.
    pub caller_id: String,
    /// The ways, in order.
    pub routes: Vec<OutboundRoute>,
}

impl Outbound {
    /// A call to a number as dialled, which has become `dialled`, by a rule.
    pub fn by(rule: &OutboundRule, number: &str, dialled: Dialled) -> Self {
        Self {
            number: number.to_owned(),
            dialled: dialled.sent,
            urgent: dialled.emergency,
            rule: rule.settings.name.clone(),
            caller_id: rule.settings.caller_id.clone(),
            routes: rule.settings.routes.clone(),
        }
    }
}

/// The first rule that is for this call.
pub fn outbound<'a>(directory: &'a Directory, caller: &str, dialled: &str) -> Option<&'a OutboundRule> {
    let groups = directory.number(caller).map_or(&[][..], |known| &known.groups);
    directory.plan.outbound_rules.iter().find(|rule| rule.settings.fits(caller, groups, dialled))
}

/// Does the rule let calls out at that moment (OUT-04)? Outside its hours the call fails: another rule would be another price.
pub fn open(directory: &Directory, rule: &OutboundRule, at: Moment) -> Result<(), Refusal> {
    let Some(hours) = &rule.settings.hours else { return Ok(()) };
    let (plan, name) = (&directory.plan, &rule.settings.name);
    match is_open_by(hours, &plan.hours, &plan.time_zone, at) {
        Standing::Open => Ok(()),
        Standing::Closed => Err(Refusal::OutboundRuleClosed(name.clone())),
        Standing::Holiday { name: holiday } => Err(Refusal::OutboundRuleClosed(format!("{name} ({holiday})"))),
    }
}

#[cfg(test)]
mod tests {
    use shared::outbound_rule::OutboundSettings;
    use shared::{ExtensionGroupId, OutboundRuleId, TenantId, TrunkId};

    use super::*;
    use crate::plan::tests::plan;

    // covers: OUT-01
    #[test]
    fn out_01_a_rule_for_a_group_is_for_its_members_only() {
        let mut acme = plan(1, "acme.localhost", &["101", "102"]);
        acme.extensions[1].groups.push(ExtensionGroupId(7));
        acme.outbound_rules = vec![OutboundRule {
            id: OutboundRuleId(1),
            tenant_id: TenantId(1),
            position: 1,
            settings: OutboundSettings { groups: vec![ExtensionGroupId(7)], ..OutboundSettings::default() },
        }];
        let directory = Directory::new(acme);
        // Who is in no group, as a call that was led on by a rule, is not meant.
        for (caller, fits) in [("101", false), ("102", true), ("", false), ("999", false)] {
            assert_eq!(outbound(&directory, caller, "0044").is_some(), fits, "{caller}");
        }
    }

    // covers: OUT-05
    #[test]
    fn out_05_the_first_rule_that_fits_wins() {
        let rule = |id: i64, name: &str, prefixes: &str, disabled| OutboundRule {
            id: OutboundRuleId(id),
            tenant_id: TenantId(1),
            position: u32::try_from(id).unwrap(),
            settings: OutboundSettings {
                name: name.into(),
                prefixes: prefixes.into(),
                disabled,
                routes: vec![OutboundRoute { trunk_id: TrunkId(id), strip: 0, prepend: String::new() }],
                ..OutboundSettings::default()
            },
        };
        let mut acme = plan(1, "acme.localhost", &["101"]);
        acme.outbound_rules = vec![
            rule(1, "off", "", true),
            rule(2, "abroad", "00", false),
            rule(3, "all", "", false),
            rule(4, "never", "00", false),
        ];
        let directory = Directory::new(acme);
        let name = |dialled: &str| outbound(&directory, "101", dialled).map(|found| found.settings.name.as_str());
        assert_eq!((name("0044"), name("112")), (Some("abroad"), Some("all")));
        assert_eq!(outbound(&Directory::new(plan(1, "a", &[])), "101", "112"), None);
    }
}
