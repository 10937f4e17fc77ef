//! Where does a call from outside go? The rule for its number and its caller; a pure function (INB-01…INB-06).

use shared::TrunkId;
use shared::did::Span;
use shared::inbound_rule::InboundRule;

use crate::directory::Directory;

/// The rule for a call: a rule for the number comes before one for all numbers, and the one that names its callers most closely
/// before the others; one for any caller takes the rest.
pub fn inbound<'a>(directory: &'a Directory, trunk: TrunkId, called: &str, caller: &str) -> Option<&'a InboundRule> {
    let called = bare(called);
    let rules = directory.plan.inbound_rules.iter();
    let here = rules.filter(|rule| rule.settings.enabled && rule.settings.trunk_id == trunk);
    let fitting = here.filter_map(|rule| {
        let did = bare(rule.settings.did_mask.trim());
        let of_all = did == "*";
        if !of_all && did != called {
            return None;
        }
        let span: Option<Span> = rule.settings.cid_mask.span().ok()?;
        let fits = span.as_ref().is_none_or(|span| span.contains(caller));
        fits.then_some(((of_all, span.map_or(u128::MAX, |span| span.size())), rule))
    });
    fitting.min_by_key(|(rank, _)| *rank).map(|(_, rule)| rule)
}

fn bare(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use shared::destination::Destination;
    use shared::did::Mask;
    use shared::hours::Hours;
    use shared::inbound_rule::InboundSettings;
    use shared::{InboundRuleId, TenantId};

    use super::*;
    use crate::plan::tests::plan;

    // covers: INB-01, INB-02, INB-03, INB-06
    #[test]
    fn inb_06_the_rule_that_names_its_callers_most_closely_wins() {
        let rule = |id: i64, did: &str, cid: &str, enabled| InboundRule {
            id: InboundRuleId(id),
            tenant_id: TenantId(1),
            settings: InboundSettings {
                name: format!("{did} {cid}"),
                enabled,
                trunk_id: TrunkId(7),
                did_mask: did.into(),
                cid_mask: Mask(cid.into()),
                hours: Hours::Tenant,
                open: Destination::EndCall,
                closed: None,
                extension_id: None,
            },
        };
        let mut acme = plan(1, "acme.localhost", &["101"]);
        acme.inbound_rules = vec![
            rule(1, "*", "", true),
            rule(2, "442012345670", "", true),
            rule(3, "442012345670", "0044**********", true),
            rule(4, "442012345670", "0033*********", true),
            rule(5, "442012345671", "", false),
            rule(6, "*", "00442099999999", true),
        ];
        let directory = Directory::new(acme);
        for (called, caller, found) in [
            ("+442012345670", "00442011111111", 3),
            ("442012345670", "0033123456789", 4),
            ("442012345670", "0049301234", 2),
            ("442012345670", "", 2),
            ("442012345671", "1", 1),
            ("442012345672", "00442099999999", 6),
            ("442012345670", "00442099999999", 3),
        ] {
            let rule = inbound(&directory, TrunkId(7), called, caller);
            assert_eq!(rule.map(|rule| rule.id.0), Some(found), "{called} {caller}");
        }
        assert_eq!(inbound(&directory, TrunkId(8), "442012345670", "1").map(|rule| rule.id), None);
    }
}
