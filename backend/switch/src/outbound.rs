//! By which trunks does a call leave? The tenant's rules, in their order; a pure function (OUT-01…OUT-05).

use shared::outbound_rule::{OutboundRoute, OutboundRule};

use crate::directory::Directory;

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

/// The first rule that is for this call.
pub fn outbound(directory: &Directory, caller: &str, dialled: &str) -> Option<Outbound> {
    let fits = |rule: &&OutboundRule| rule.settings.fits(caller, dialled);
    let rule = directory.plan.outbound_rules.iter().find(fits)?;
    Some(Outbound {
        number: dialled.to_owned(),
        dialled: dialled.to_owned(),
        urgent: false,
        rule: rule.settings.name.clone(),
        caller_id: rule.settings.caller_id.clone(),
        routes: rule.settings.routes.clone(),
    })
}

#[cfg(test)]
mod tests {
    use shared::outbound_rule::OutboundSettings;
    use shared::{OutboundRuleId, TenantId, TrunkId};

    use super::*;
    use crate::plan::tests::plan;

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
        let name = |dialled: &str| outbound(&directory, "101", dialled).map(|found| found.rule);
        assert_eq!((name("0044"), name("112")), (Some("abroad".into()), Some("all".into())));
        assert_eq!(outbound(&Directory::new(plan(1, "a", &[])), "101", "112"), None);
    }
}
