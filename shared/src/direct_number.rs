//! The number at which an extension is called from outside: an inbound rule that belongs to the extension (EXT-04).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::problem::FieldProblem;
use crate::{ExtensionId, TrunkId, operation};

/// An extension's direct number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DirectNumber {
    /// On which trunk; absent where it has none.
    pub trunk_id: Option<TrunkId>,
    /// The number, of the tenant's pool on the trunk; empty where it has none.
    pub number: String,
}

impl DirectNumber {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        let number = self.number.trim();
        let digits = number.strip_prefix('+').unwrap_or(number);
        let right = digits.len() <= 32 && digits.bytes().all(|byte| byte.is_ascii_digit());
        check.that(right, "number", "One number of digits, which may follow a +.");
        check.that(number.is_empty() || self.trunk_id.is_some(), "trunk_id", "Choose the trunk that the number is on.");
        check.finish()
    }
}

/// The direct number of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetDirectNumber {
    /// Whose.
    pub extension_id: ExtensionId,
}
operation!(GetDirectNumber, Get, "/api/tenant/extensions/{extension_id}/direct-number", TenantAdmin, DirectNumber);

/// Gives an extension a direct number, or takes it away where the number is empty: its inbound rule is made, changed or
/// removed with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateDirectNumber {
    /// Whose.
    pub extension_id: ExtensionId,
    /// From now on.
    #[serde(flatten)]
    pub direct: DirectNumber,
}
operation!(UpdateDirectNumber, Put, "/api/tenant/extensions/{extension_id}/direct-number", TenantAdmin, DirectNumber);

#[cfg(test)]
mod tests {
    use super::*;

    // covers: EXT-04
    #[test]
    fn ext_04_a_number_needs_its_trunk_and_digits() {
        let fields = |trunk_id, number: &str| {
            let problems = DirectNumber { trunk_id, number: number.into() }.check();
            problems.into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        let trunk = Some(TrunkId(1));
        assert_eq!(fields(None, ""), [""; 0]);
        assert_eq!(fields(trunk, " +4930123 "), [""; 0]);
        assert_eq!(fields(None, "4930123"), ["trunk_id"]);
        assert_eq!(fields(trunk, "*"), ["number"]);
    }
}
