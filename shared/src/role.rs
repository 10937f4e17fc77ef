//! Who somebody is to the product (spec 0.5, ACC-01).

use serde::{Deserialize, Serialize};

/// The kind of an account; it decides the portal and the store that a handler is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The service provider: owns the installation.
    Admin,
    /// The administrator of one tenant.
    TenantAdmin,
    /// A person with an extension.
    User,
}

/// What an operation asks of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody need be signed in.
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// A provider's administrator.
    Admin,
    /// A tenant's administrator, or an admin who acts for that tenant.
    TenantAdmin,
    /// A user with an extension (or whoever is signed in with one).
    User,
}
