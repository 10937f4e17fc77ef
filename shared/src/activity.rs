//! The activity log: who changed what (LOG-02), both names when an admin acts for a tenant.

use serde::{Deserialize, Serialize};

use crate::{ActivityId, Moment, Page, TenantId, operation};

/// One change that somebody made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// The tenant it concerns, if one.
    pub tenant_id: Option<TenantId>,
    /// When.
    pub at: Moment,
    /// Who, by e-mail address.
    pub actor: String,
    /// The tenant's name when an admin acted for it: "admin@… as Acme".
    pub acting_for: Option<String>,
    /// The operation, such as `CreateExtension`.
    pub operation: String,
    /// What it was done to, such as `extension 101`.
    pub subject: String,
}

/// Lists the installation's activity, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListAllActivity {
    /// Text that actor, operation or subject contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListAllActivity, Get, "/api/admin/activity", Admin, Page<Activity>);

/// Lists the tenant's activity, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListActivity {
    /// Text that actor, operation or subject contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListActivity, Get, "/api/tenant/activity", TenantAdmin, Page<Activity>);
