//! Outbound rules: by which trunks a call leaves (OUT-01…OUT-05).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean, is_number};
use crate::hours::Hours;
use crate::problem::FieldProblem;
use crate::{ExtensionGroupId, OutboundRuleId, Page, TenantId, TrunkId, operation};

/// The most ways of one rule (OUT-02).
pub const ROUTES_MAX: usize = 3;
/// The most extension groups that one rule names.
pub const GROUPS_MAX: usize = 100;
/// The most leading digits that are cut (OUT-03).
pub const STRIP_MAX: u8 = 9;

/// One way out: a trunk, and what is done with the number before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutboundRoute {
    /// By which trunk.
    pub trunk_id: TrunkId,
    /// So many leading digits are cut …
    #[serde(default)]
    pub strip: u8,
    /// … and this is put before.
    #[serde(default)]
    pub prepend: String,
}

impl OutboundRoute {
    /// The number as the trunk gets it: strip, then prepend (OUT-03).
    pub fn sent(&self, dialled: &str) -> String {
        let rest: String = dialled.chars().skip(usize::from(self.strip)).collect();
        format!("{}{rest}", self.prepend)
    }
}

/// What a rule says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OutboundSettings {
    /// Its name.
    pub name: String,
    /// Off: it is as if it were not there.
    pub disabled: bool,
    /// What the number begins with: `00;123;88`; empty for anything.
    pub prefixes: String,
    /// Who calls: numbers and ranges, `101;110-120`; empty for anybody.
    pub extensions: String,
    /// Who calls: members of any of these groups; empty for anybody.
    pub groups: Vec<ExtensionGroupId>,
    /// How many digits: `5;7-12`; empty for any.
    pub lengths: String,
    /// The hours in which calls go by it; absent for all. Outside them a call that it is for fails, and tries no other rule
    /// (OUT-04). Emergency numbers are called at any hour.
    pub hours: Option<Hours>,
    /// The caller id of calls by this rule, where the extension has none (TRK-12).
    pub caller_id: String,
    /// The ways, tried in order.
    pub routes: Vec<OutboundRoute>,
}

/// `5;7-12` → both ends of each item; the item that is wrong.
fn ranges(text: &str) -> Result<Vec<(u64, u64)>, &str> {
    let items = text.split(';').map(str::trim).filter(|item| !item.is_empty());
    items
        .map(|item| {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
                (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
                _ => Err(item),
            }
        })
        .collect()
}

/// The items of a list with semicolons (a comma is taken for one).
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', ',']).map(str::trim).filter(|item| !item.is_empty())
}

impl OutboundSettings {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.name("name", &self.name);
        let dialled = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b"+*#".contains(&byte));
        check.that(
            self.prefixes.len() <= 1_024 && items(&self.prefixes).all(|item| item.len() <= 64 && dialled(item)),
            "prefixes",
            "Prefixes have digits, + * or # and are told apart by semicolons: 00;123.",
        );
        check.that(
            self.extensions.len() <= 4_096 && items(&self.extensions).all(is_extension_item),
            "extensions",
            "Extensions are numbers and ranges of numbers: 101;110-120.",
        );
        let mut groups = self.groups.clone();
        groups.sort();
        groups.dedup();
        check.that(groups.len() == self.groups.len(), "groups", "A group stands in a rule once.");
        check.that(groups.len() <= GROUPS_MAX, "groups", "A rule names at most 100 groups.");
        check.that(
            self.lengths.len() <= 256 && ranges(&self.lengths).is_ok_and(|all| all.iter().all(|(_, last)| *last <= 64)),
            "lengths",
            "Lengths are numbers of digits up to 64, or ranges of them: 5;7-12.",
        );
        check.that(
            self.caller_id.len() <= 64 && is_clean(&self.caller_id) && dialled(&self.caller_id),
            "caller_id",
            "A caller id is a number of at most 64 digits, which may follow a +.",
        );
        if let Some(hours) = &self.hours {
            hours.check(&mut check, "hours");
        }
        check.that((1..=ROUTES_MAX).contains(&self.routes.len()), "routes", "A rule has one to three ways.");
        for (place, route) in self.routes.iter().enumerate() {
            check.that(route.strip <= STRIP_MAX, &format!("routes[{place}].strip"), "At most 9 digits are cut.");
            check.that(
                route.prepend.len() <= 32 && dialled(&route.prepend),
                &format!("routes[{place}].prepend"),
                "At most 32 digits, which may follow a +.",
            );
        }
        check.finish()
    }

    /// Is it for this call? All criteria that are filled in must fit, of each any item (OUT-01). `groups` are those that the caller
    /// is in.
    pub fn fits(&self, caller: &str, groups: &[ExtensionGroupId], dialled: &str) -> bool {
        let digits = dialled.trim_start_matches('+').len() as u64;
        !self.disabled
            && self.prefix_length(dialled).is_some()
            && (self.groups.is_empty() || self.groups.iter().any(|group| groups.contains(group)))
            && (self.extensions.trim().is_empty() || items(&self.extensions).any(|item| holds(item, caller)))
            && match ranges(&self.lengths) {
                Ok(all) => all.is_empty() || all.iter().any(|(first, last)| (*first..=*last).contains(&digits)),
                Err(_) => false,
            }
    }

    /// How long the longest prefix is that fits; zero where the rule has none, none where none of its own fits.
    pub fn prefix_length(&self, dialled: &str) -> Option<usize> {
        if self.prefixes.trim().is_empty() {
            return Some(0);
        }
        items(&self.prefixes).filter(|prefix| dialled.starts_with(prefix)).map(str::len).max()
    }
}

fn is_extension_item(item: &str) -> bool {
    match item.split_once('-') {
        Some((first, last)) => {
            let numbers = [first.trim(), last.trim()].map(|text| text.parse::<u64>().ok());
            matches!(numbers, [Some(first), Some(last)] if first <= last)
        }
        None => is_number(item),
    }
}

fn holds(item: &str, caller: &str) -> bool {
    match item.split_once('-') {
        Some((first, last)) => {
            let (first, last) = (first.trim(), last.trim());
            let numbers = [first, last, caller].map(|text| text.parse::<u64>().ok());
            // 0101 is another number than 101.
            let written = (first.len()..=last.len()).contains(&caller.len());
            written && matches!(numbers, [Some(low), Some(high), Some(own)] if (low..=high).contains(&own))
        }
        None => item == caller,
    }
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutboundRule {
    /// Its id.
    pub id: OutboundRuleId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Its place among the tenant's rules, counted from one (OUT-05).
    pub position: u32,
    /// What it says.
    #[serde(flatten)]
    pub settings: OutboundSettings,
}

/// Lists the tenant's outbound rules in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListOutboundRules {
    /// Text that name or prefixes contain.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListOutboundRules, Get, "/api/tenant/outbound-rules", TenantAdmin, Page<OutboundRule>);

/// Adds an outbound rule after the others; it holds within a second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateOutboundRule {
    /// What it says.
    #[serde(flatten)]
    pub settings: OutboundSettings,
}
operation!(CreateOutboundRule, Post, "/api/tenant/outbound-rules", TenantAdmin, OutboundRule);

/// Changes an outbound rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateOutboundRule {
    /// Which.
    pub outbound_rule_id: OutboundRuleId,
    /// What it says from now on.
    #[serde(flatten)]
    pub settings: OutboundSettings,
    /// Another place, counted from one; absent leaves it.
    #[serde(default)]
    pub position: Option<u32>,
}
operation!(UpdateOutboundRule, Put, "/api/tenant/outbound-rules/{outbound_rule_id}", TenantAdmin, OutboundRule);

/// Removes an outbound rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteOutboundRule {
    /// Which.
    pub outbound_rule_id: OutboundRuleId,
}
operation!(DeleteOutboundRule, Delete, "/api/tenant/outbound-rules/{outbound_rule_id}", TenantAdmin, ());

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(prefixes: &str, extensions: &str, lengths: &str) -> OutboundSettings {
        OutboundSettings {
            name: "Abroad".into(),
            prefixes: prefixes.into(),
            extensions: extensions.into(),
            lengths: lengths.into(),
            routes: vec![OutboundRoute { trunk_id: TrunkId(1), strip: 2, prepend: "+44".into() }],
            ..OutboundSettings::default()
        }
    }

    // covers: OUT-01
    #[test]
    fn out_01_all_criteria_that_are_filled_in_must_fit() {
        for (rule, caller, dialled, fits) in [
            (rule("", "", ""), "101", "0044", true),
            (rule("00;123;88", "", ""), "101", "0044123", true),
            (rule("00;123;88", "", ""), "101", "1234", true),
            (rule("00;123;88", "", ""), "101", "0123", false),
            (rule("", "100-120", ""), "101", "1", true),
            (rule("", "100-120", ""), "121", "1", false),
            (rule("", "100-120", ""), "0101", "1", false),
            (rule("", "105;bob", ""), "bob", "1", true),
            (rule("", "", "5;7-9"), "101", "12345", true),
            (rule("", "", "5;7-9"), "101", "123456", false),
            (rule("", "", "5;7-9"), "101", "+12345678", true),
            (rule("00", "101", "6"), "101", "001234", true),
            (rule("00", "101", "6"), "102", "001234", false),
            (rule("00", "101", "6"), "101", "0012345", false),
            (OutboundSettings { disabled: true, ..rule("", "", "") }, "101", "0044", false),
        ] {
            assert_eq!(rule.fits(caller, &[], dialled), fits, "{rule:?} {caller} {dialled}");
        }
    }

    // covers: OUT-01
    #[test]
    fn out_01_a_rule_for_groups_is_for_the_members_of_any_of_them() {
        let ids = |ids: &[i64]| -> Vec<ExtensionGroupId> { ids.iter().map(|id| ExtensionGroupId(*id)).collect() };
        for (named, extensions, own, fits) in [
            (&[][..], "", &[][..], true),
            (&[], "", &[1, 2], true),
            (&[2, 3], "", &[1, 2], true),
            (&[2, 3], "", &[1], false),
            (&[2, 3], "", &[], false),
            (&[2], "101", &[2], true),
            (&[2], "102", &[2], false),
            (&[3], "101", &[2], false),
        ] {
            let rule = OutboundSettings { groups: ids(named), ..rule("", extensions, "") };
            assert_eq!(rule.fits("101", &ids(own), "0044"), fits, "{rule:?} {own:?}");
        }
    }

    // covers: OUT-03
    #[test]
    fn out_03_digits_are_cut_and_put_before() {
        let route = |strip, prepend: &str| OutboundRoute { trunk_id: TrunkId(1), strip, prepend: prepend.into() };
        for (strip, prepend, dialled, sent) in
            [(2, "+44", "002345", "+442345"), (0, "", "002345", "002345"), (9, "1", "002345", "1"), (0, "9", "1", "91")]
        {
            assert_eq!(route(strip, prepend).sent(dialled), sent);
        }
    }

    #[test]
    fn a_form_names_what_is_wrong_with_it() {
        assert_eq!(rule("00;+44", "101;110-120", "5;7-12").check(), []);
        let mut wrong = rule("a", "120-110", "12-7");
        wrong.caller_id = "x".into();
        wrong.groups = vec![ExtensionGroupId(1), ExtensionGroupId(1)];
        wrong.routes = vec![
            OutboundRoute { trunk_id: TrunkId(1), strip: 10, prepend: "x".into() },
            OutboundRoute { trunk_id: TrunkId(1), strip: 0, prepend: String::new() },
        ];
        let fields: Vec<String> = wrong.check().into_iter().map(|problem| problem.field).collect();
        let named =
            ["prefixes", "extensions", "groups", "lengths", "caller_id", "routes[0].strip", "routes[0].prepend"];
        assert_eq!(fields, named);
        let none = OutboundSettings { routes: vec![], ..rule("", "", "") };
        assert_eq!(none.check()[0].field, "routes");
        let monday = vec![crate::hours::Span::new(1_440, 0)];
        let week = crate::hours::Week { monday, ..crate::hours::Week::default() };
        let own = OutboundSettings { hours: Some(Hours::Own { week }), ..rule("", "", "") };
        assert_eq!(own.check()[0].field, "hours.week.monday[0].from");
    }
}
