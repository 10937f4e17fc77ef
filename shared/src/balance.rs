//! The balance of an extension (EXT-17, BILL-08): what is left for calls outside, and the ledger of what made it so.

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::problem::FieldProblem;
use crate::{BalanceEntryId, ExtensionId, Moment, Page, operation};

/// The most that a balance holds, and the most that one entry puts on or takes off: a thousand million.
pub const BALANCE_MAX: Money = Money(1_000_000_000_000_000);
/// The most characters of a note.
pub const NOTE_CHARACTERS_MAX: usize = 200;

/// One change of a balance; entries are added and never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BalanceEntry {
    /// Its id.
    pub id: BalanceEntryId,
    /// When.
    pub at: Moment,
    /// What was put on, or, below zero, taken off.
    pub amount: Money,
    /// What was there then.
    pub balance: Money,
    /// What for; may be empty.
    pub note: String,
    /// Who did it, by e-mail address.
    pub actor: String,
}

/// What an extension has left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Balance {
    /// The amount, in the tenant's currency.
    pub balance: Money,
    /// ISO 4217 code.
    pub currency: String,
    /// Do calls outside need it ([`crate::tenant::TenantOptions::bill_outbound`])?
    pub needed: bool,
    /// What made it so, newest first.
    pub entries: Page<BalanceEntry>,
}

/// The balance of an extension with its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetBalance {
    /// Whose.
    pub extension_id: ExtensionId,
    /// From [`Page::next`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
operation!(GetBalance, Get, "/api/tenant/extensions/{extension_id}/balance", TenantAdmin, Balance);

/// Puts something on a balance, or takes it off; holds for the next call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AddToBalance {
    /// Whose.
    pub extension_id: ExtensionId,
    /// How much: digits with at most six decimals, below zero to take off.
    pub amount: String,
    /// What for.
    #[serde(default)]
    pub note: String,
}
operation!(AddToBalance, Post, "/api/tenant/extensions/{extension_id}/balance", TenantAdmin, Balance);

/// The own balance with its ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct GetOwnBalance {
    /// From [`Page::next`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Rows a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}
operation!(GetOwnBalance, Get, "/api/user/balance", User, Balance);

impl AddToBalance {
    /// How much, where the amount is one.
    pub fn money(&self) -> Option<Money> {
        let money: Money = self.amount.trim().parse().ok()?;
        (money != Money(0) && money.0.unsigned_abs() <= BALANCE_MAX.0.unsigned_abs()).then_some(money)
    }

    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut problems = Vec::new();
        if self.money().is_none() {
            let reason =
                "An amount such as 10 or -2.5, with at most six decimals; not zero, at most a thousand million.";
            problems.push(FieldProblem::new("amount", reason));
        }
        if self.note.trim().chars().count() > NOTE_CHARACTERS_MAX {
            problems.push(FieldProblem::new("note", "A note has at most 200 characters."));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: EXT-17
    #[test]
    fn ext_17_an_amount_is_exact_and_what_is_none_is_named() {
        let form =
            |amount: &str| AddToBalance { extension_id: ExtensionId(1), amount: amount.into(), note: String::new() };
        for (text, millionths) in [("10", 10_000_000), (" 0.000001 ", 1), ("-2.5", -2_500_000)] {
            assert_eq!(form(text).money(), Some(Money(millionths)));
            assert_eq!(form(text).check(), []);
        }
        for text in ["", "0", "-0.0", "1,5", "1e3", "0.0000001", "1000000000.000001", "-99999999999999999999", "NaN"] {
            assert_eq!(form(text).check()[0].field, "amount", "{text}");
        }
        let long = AddToBalance { note: "x".repeat(201), ..form("1") };
        assert_eq!(long.check()[0].field, "note");
    }
}
