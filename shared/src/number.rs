//! The inventory of numbers: what the trunks bring, whose it is, and what it leads to (TRK-08).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::destination::Destination;
use crate::did::{DidPool, Mask};
use crate::problem::FieldProblem;
use crate::{InboundRuleId, Page, TenantId, TrunkId, operation};

/// The most rules that one row names.
pub const RULES_SHOWN: usize = 20;

/// One item of a pool: numbers that a tenant has on a trunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberBlock {
    /// The trunk.
    pub trunk_id: TrunkId,
    /// Its name.
    pub trunk_name: String,
    /// Whose they are.
    pub tenant_id: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// As it stands in the pool: `49301110`, `49301110-49301119`, `44******`, or `*` for every number.
    pub numbers: String,
    /// How many they are; none for every number.
    pub count: Option<u64>,
    /// How many of them a rule leads on by their number.
    pub used: u64,
    /// Does a rule lead each of them on, whatever the number and whoever calls?
    pub is_for_all: bool,
    /// The first that no rule is for; none where one is for all of them, or for each.
    pub free: Option<String>,
    /// What they lead to, by number; at most [`RULES_SHOWN`].
    pub rules: Vec<NumberUse>,
    /// How many rules there are in all.
    pub rule_count: u64,
}

/// An inbound rule that leads a number on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NumberUse {
    /// The rule.
    pub inbound_rule_id: InboundRuleId,
    /// Its name.
    pub name: String,
    /// The number, or `*` for all of the pool.
    pub number: String,
    /// Whose calls only; empty for anybody's.
    pub callers: Mask,
    /// Is the rule in use?
    pub enabled: bool,
    /// Where to within office hours.
    pub open: Destination,
}

/// The numbers of the installation, by trunk and tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListNumbers {
    /// A number, to find whose it is; or text that the name of trunk or tenant contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListNumbers, Get, "/api/admin/numbers", Admin, Page<NumberBlock>);

/// Gives a tenant more numbers on a trunk. They must be nobody's there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssignNumbers {
    /// On which trunk.
    pub trunk_id: TrunkId,
    /// Who gets them.
    pub tenant_id: TenantId,
    /// Items of a pool: `12025550100;12025550110-12025550119`.
    pub numbers: String,
}
operation!(AssignNumbers, Post, "/api/admin/numbers", Admin, ());

/// Takes one item from the pool of a tenant, unless a rule of the tenant's is for a number of it (TRK-13).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WithdrawNumbers {
    /// On which trunk.
    pub trunk_id: TrunkId,
    /// Whose they are.
    pub tenant_id: TenantId,
    /// The item, as it stands in the pool.
    pub numbers: String,
}
operation!(WithdrawNumbers, Post, "/api/admin/numbers/withdraw", Admin, ());

/// The tenant's own numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListOwnNumbers {
    /// A number, or text that the name of the trunk contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListOwnNumbers, Get, "/api/tenant/numbers", TenantAdmin, Page<NumberBlock>);

impl AssignNumbers {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        match DidPool::parse(&self.numbers) {
            Ok(pool) => check.that(pool != DidPool::None, "numbers", "Enter numbers."),
            Err((item, why)) => check.that(false, "numbers", &format!("{item}: {why}")),
        };
        check.finish()
    }
}

/// The items of a pool, as they stand in it.
pub fn items(pool: &str) -> impl Iterator<Item = &str> {
    pool.split(';').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: TRK-08
    #[test]
    fn trk_08_what_is_assigned_are_items_of_a_pool() {
        let wrong = |numbers: &str| {
            let asked = AssignNumbers { trunk_id: TrunkId(1), tenant_id: TenantId(1), numbers: numbers.into() };
            asked.check().into_iter().map(|problem| problem.reason).collect::<Vec<_>>()
        };
        assert_eq!(wrong("12025550100; 12025550110-12025550119"), [""; 0]);
        assert_eq!(wrong("*"), [""; 0]);
        assert_eq!(wrong(" ;"), ["Enter numbers."]);
        assert_eq!(wrong("1;x"), ["x: A number has digits, and * only at its end, each for one digit."]);
        assert_eq!(items(" 1 ;; 2-3;").collect::<Vec<_>>(), ["1", "2-3"]);
    }
}
