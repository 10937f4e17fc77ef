//! Inbound rules: which call of a trunk goes where (INB-01…INB-06).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::destination::Destination;
use crate::did::Mask;
use crate::hours::Hours;
use crate::operation::File;
use crate::problem::FieldProblem;
use crate::{ExtensionId, InboundRuleId, Page, TenantId, TrunkId, operation};

/// The most rules that one file brings.
pub const IMPORT_ROWS_MAX: usize = 5_000;

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InboundSettings {
    /// Its name.
    pub name: String,
    /// Off: it is as if it were not there.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Of which trunk.
    pub trunk_id: TrunkId,
    /// The called number, or `*` for all of the pool (INB-03).
    pub did_mask: String,
    /// Who calls: empty for anybody (INB-02).
    #[serde(default)]
    pub cid_mask: Mask,
    /// By which hours it is told whether the company is open (OH-04).
    #[serde(default)]
    pub hours: Hours,
    /// Where to within office hours.
    #[serde(default)]
    pub open: Destination,
    /// Where to outside them; absent for the same (INB-05).
    #[serde(default)]
    pub closed: Option<Destination>,
    /// The extension whose direct number it is; it goes with it (EXT-04).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension_id: Option<ExtensionId>,
}

const fn yes() -> bool {
    true
}

impl InboundSettings {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.name("name", &self.name);
        let did = self.did_mask.trim();
        let digits = did.strip_prefix('+').unwrap_or(did);
        let one = !digits.is_empty() && digits.len() <= 32 && digits.bytes().all(|byte| byte.is_ascii_digit());
        check.that(did == "*" || one, "did_mask", "One number, or * for all of the pool.");
        if let Err(why) = self.cid_mask.span() {
            check.that(false, "cid_mask", why);
        }
        self.hours.check(&mut check, "hours");
        self.open.check(&mut check, "open");
        if let Some(closed) = &self.closed {
            closed.check(&mut check, "closed");
        }
        check.finish()
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InboundRule {
    /// Its id.
    pub id: InboundRuleId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// What it says.
    #[serde(flatten)]
    pub settings: InboundSettings,
}

/// Lists the tenant's inbound rules by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListInboundRules {
    /// Text that name or number contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListInboundRules, Get, "/api/tenant/inbound-rules", TenantAdmin, Page<InboundRule>);

/// Adds an inbound rule; it holds within a second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateInboundRule {
    /// What it says.
    #[serde(flatten)]
    pub settings: InboundSettings,
}
operation!(CreateInboundRule, Post, "/api/tenant/inbound-rules", TenantAdmin, InboundRule);

/// Changes an inbound rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateInboundRule {
    /// Which.
    pub inbound_rule_id: InboundRuleId,
    /// What it says from now on.
    #[serde(flatten)]
    pub settings: InboundSettings,
}
operation!(UpdateInboundRule, Put, "/api/tenant/inbound-rules/{inbound_rule_id}", TenantAdmin, InboundRule);

/// Removes an inbound rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteInboundRule {
    /// Which.
    pub inbound_rule_id: InboundRuleId,
}
operation!(DeleteInboundRule, Delete, "/api/tenant/inbound-rules/{inbound_rule_id}", TenantAdmin, ());

/// Imports inbound rules from CSV: header row `name,trunk,called_number,callers,open,closed,hours,enabled`, of which callers,
/// closed, hours and enabled may be left out. A trunk goes by its name; a destination is the number of an extension or a ring
/// group, `outside 0044…`, or `end call`. A bad row is named with its line, and then nothing is imported (INB-07).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportInboundRules {
    /// The file's text.
    pub csv: String,
    /// Only look for what is wrong.
    #[serde(default)]
    pub dry_run: bool,
}
operation!(ImportInboundRules, Post, "/api/tenant/inbound-rules/import", TenantAdmin, InboundRulesImported);

/// What an import answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InboundRulesImported {
    /// How many rules were, or with `dry_run` would be, made.
    pub created: u32,
}

/// Exports the inbound rules as CSV, in the shape that [`ImportInboundRules`] takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportInboundRules {
    /// As in [`ListInboundRules`].
    pub search: Option<String>,
}
operation!(ExportInboundRules, Get, "/api/tenant/inbound-rules.csv", TenantAdmin, File);

/// Which number of which trunk a rule is for; rules that differ in it never collide.
pub fn calls_of(settings: &InboundSettings) -> (TrunkId, String) {
    (settings.trunk_id, settings.did_mask.trim().trim_start_matches('+').to_owned())
}

/// Two rules for the same calls of one trunk (INB-06): the same number, and callers that overlap. A rule for any caller may stand
/// beside others: it is for all the rest.
pub fn collide(one: &InboundSettings, two: &InboundSettings) -> bool {
    if calls_of(one) != calls_of(two) {
        return false;
    }
    match (one.cid_mask.span(), two.cid_mask.span()) {
        (Ok(None), Ok(None)) => true,
        (Ok(Some(one)), Ok(Some(two))) => one.overlaps(&two),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(did: &str, cid: &str) -> InboundSettings {
        InboundSettings {
            name: "Main number".into(),
            enabled: true,
            trunk_id: TrunkId(1),
            did_mask: did.into(),
            cid_mask: Mask(cid.into()),
            hours: Hours::Tenant,
            open: Destination::EndCall,
            closed: None,
            extension_id: None,
        }
    }

    // covers: INB-01, INB-03
    #[test]
    fn inb_03_a_called_number_is_one_or_all() {
        for right in ["442012345670", "+442012345670", "*"] {
            assert_eq!(rule(right, "").check(), [], "{right}");
        }
        for wrong in ["", "44*", "1-2", "44,45", "x"] {
            assert_eq!(rule(wrong, "").check()[0].field, "did_mask", "{wrong}");
        }
        let outside =
            InboundSettings { closed: Some(Destination::External { number: "x".into() }), ..rule("*", "44*4") };
        let fields: Vec<String> = outside.check().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["cid_mask", "closed.number"]);
        let sunday = vec![crate::hours::Span::new(0, 1_440)];
        let week = crate::hours::Week { sunday, ..crate::hours::Week::default() };
        let own = InboundSettings { hours: Hours::Own { week }, ..rule("*", "") };
        assert_eq!(own.check()[0].field, "hours.week.sunday[0].to");
    }

    // covers: INB-06
    #[test]
    fn inb_06_rules_of_one_number_are_told_apart_by_their_callers() {
        let did = "442012345670";
        for (one, two, collides) in [
            (("0044**********"), ("0033*********"), false),
            (("0044**********"), ("00442012345670"), true),
            ((""), ("0044**********"), false),
            ((""), (""), true),
        ] {
            assert_eq!(collide(&rule(did, one), &rule(did, two)), collides, "{one} {two}");
        }
        assert!(collide(&rule(did, ""), &rule("+442012345670", "")));
        assert!(!collide(&rule(did, ""), &rule("*", "")));
        assert!(!collide(&rule(did, ""), &InboundSettings { trunk_id: TrunkId(2), ..rule(did, "") }));
    }
}
