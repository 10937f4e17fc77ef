//! What is known of the person at an extension beside name and number (EXT-18).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::destination::is_dialled;
use crate::problem::FieldProblem;
use crate::{ExtensionId, operation};

/// The most characters of one value.
pub const VALUE_CHARACTERS_MAX: usize = 100;

/// A person's own data; each may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Personal {
    /// What the person does, such as `Head of sales`.
    pub position: String,
    /// In which part of the company.
    pub department: String,
    /// Where the person sits.
    pub office: String,
    /// A number outside.
    pub mobile: String,
}

impl Personal {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        for (field, value) in [("position", &self.position), ("department", &self.department), ("office", &self.office)]
        {
            let right = is_clean(value) && value.chars().count() <= VALUE_CHARACTERS_MAX;
            check.that(right, field, "At most 100 characters, none of them a control character.");
        }
        let mobile = self.mobile.trim();
        check.that(
            mobile.is_empty() || is_dialled(mobile),
            "mobile",
            "A number outside has 2 to 64 digits, which may follow a +.",
        );
        check.finish()
    }

    /// Without blanks round the values.
    pub fn trimmed(&self) -> Self {
        let trimmed = |value: &str| value.trim().to_owned();
        Self {
            position: trimmed(&self.position),
            department: trimmed(&self.department),
            office: trimmed(&self.office),
            mobile: trimmed(&self.mobile),
        }
    }
}

/// A person's data, and what is inherited from the company: that is the tenant's to change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PersonalProfile {
    /// The person's own.
    #[serde(flatten)]
    pub personal: Personal,
    /// The company's name.
    pub company: String,
    /// Its website; may be empty.
    pub website: String,
}

/// The data of the person at an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetPersonalProfile {
    /// Whose.
    pub extension_id: ExtensionId,
}
operation!(GetPersonalProfile, Get, "/api/tenant/extensions/{extension_id}/profile", TenantAdmin, PersonalProfile);

/// Changes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdatePersonalProfile {
    /// Whose.
    pub extension_id: ExtensionId,
    /// From now on.
    #[serde(flatten)]
    pub personal: Personal,
}
operation!(UpdatePersonalProfile, Put, "/api/tenant/extensions/{extension_id}/profile", TenantAdmin, PersonalProfile);

/// One's own data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnProfile {}
operation!(GetOwnProfile, Get, "/api/user/profile", User, PersonalProfile);

/// Changes one's own data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UpdateOwnProfile {
    /// From now on.
    #[serde(flatten)]
    pub personal: Personal,
}
operation!(UpdateOwnProfile, Put, "/api/user/profile", User, PersonalProfile);

#[cfg(test)]
mod tests {
    use super::*;

    // covers: EXT-18
    #[test]
    fn ext_18_each_value_may_be_empty_and_what_is_wrong_is_named() {
        assert_eq!(Personal::default().check(), []);
        let right = Personal { position: " Head ".into(), mobile: " +4915112345678 ".into(), ..Personal::default() };
        assert_eq!(right.check(), []);
        assert_eq!((right.trimmed().position.as_str(), right.trimmed().mobile.as_str()), ("Head", "+4915112345678"));
        let wrong = Personal {
            position: "x".repeat(101),
            department: "a\nb".into(),
            office: "\u{7}".into(),
            mobile: "mine".into(),
        };
        let fields: Vec<String> = wrong.check().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["position", "department", "office", "mobile"]);
    }
}
