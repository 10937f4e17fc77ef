//! Accounts and sessions (ACC-01…10).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::problem::FieldProblem;
use crate::turn::IceServer;
use crate::{AccountId, ExtensionId, Moment, Role, TenantId, operation};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What the person may do.
    pub role: Role,
    /// The key of the sign-in; unique over the installation.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The tenant it belongs to; none for an admin.
    pub tenant_id: Option<TenantId>,
    /// The person's extension, if any; an administrator has the one that was taken as the own.
    pub extension_id: Option<ExtensionId>,
    /// Has a password been set? Until then only a one-time link signs in.
    pub has_password: bool,
}

/// A signed-in session, as the portal knows it. The refresh token travels beside it as an `HttpOnly` cookie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Session {
    /// The JWT for the `Authorization: Bearer` header; lives for minutes.
    pub access_token: String,
    /// Until when.
    pub expires_at: Moment,
    /// Who is signed in.
    pub account: Account,
    /// The tenant for which an admin acts, or the account's own.
    pub tenant: Option<SessionTenant>,
    /// Is an admin acting for that tenant (ACC-07)?
    pub acting: bool,
}

/// What the portal shows of the session's tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionTenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its SIP domain.
    pub domain: String,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// Is the installation new and waiting for its first administrator?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetSetup {}
operation!(GetSetup, Get, "/api/setup", Public, Setup);

/// The state of the installation, as far as a stranger may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Setup {
    /// No administrator exists; the setup link that the server printed is the way in.
    pub open: bool,
}

/// Makes the first administrator, with the token of the printed setup link (valid 15 minutes).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CompleteSetup {
    /// From the link.
    pub token: String,
    /// The administrator's name.
    pub name: String,
    /// The administrator's e-mail address.
    pub email: String,
    /// The new password.
    pub password: String,
}
operation!(CompleteSetup, Post, "/api/setup", Public, Session);

/// Signs in by e-mail and password (ACC-02, ACC-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignIn {
    /// The account's e-mail address.
    pub email: String,
    /// Its password.
    pub password: String,
}
operation!(SignIn, Post, "/api/session", Public, Session);

/// Signs in with a one-time link; it works once and for a limited time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignInByLink {
    /// From the link.
    pub token: String,
}
operation!(SignInByLink, Post, "/api/session/link", Public, Session);

/// Trades the refresh cookie for a new session and a new cookie; a cookie used twice ends the whole chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RefreshSession {}
operation!(RefreshSession, Post, "/api/session/refresh", Public, Session);

/// Ends the session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignOut {}
operation!(SignOut, Delete, "/api/session", Public, ());

/// Who am I?
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetSession {}
operation!(GetSession, Get, "/api/session", SignedIn, SessionState);

/// The session without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SessionState {
    /// Who is signed in.
    pub account: Account,
    /// The tenant that is acted for, or the account's own.
    pub tenant: Option<SessionTenant>,
    /// Is an admin acting for that tenant?
    pub acting: bool,
}

/// Changes the own password; all other sessions of the account end (ACC-05). `current` may be empty only while none is
/// set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    /// The password now.
    pub current: String,
    /// The password from now on.
    pub new: String,
}
operation!(ChangePassword, Put, "/api/account/password", SignedIn, ());

/// Changes the own name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateAccount {
    /// The new name.
    pub name: String,
}
operation!(UpdateAccount, Put, "/api/account", SignedIn, Account);

/// Makes an extension of the tenant the administrator's own, or lets the own one go: with it the administrator has a phone and calls, and
/// stays an administrator. One with an e-mail address is its person's and is refused, and so is one that another administrator has. Not
/// for whoever acts for the tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SetOwnExtension {
    /// Which; none lets it go.
    #[serde(default)]
    pub extension_id: Option<ExtensionId>,
}
operation!(SetOwnExtension, Put, "/api/tenant/own-extension", TenantAdmin, Account);

/// Begins to act for a tenant (ACC-07, T-09); leaves a row in the tenant's activity log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActForTenant {
    /// Which.
    pub tenant_id: TenantId,
}
operation!(ActForTenant, Post, "/api/admin/tenants/{tenant_id}/act", Admin, Session);

/// Goes back to being the administrator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StopActing {}
operation!(StopActing, Delete, "/api/session/acting", SignedIn, Session);

/// Gets what the softphone registers with; nothing is typed (RTC-02).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatePhoneCredential {
    /// Names the browser tab or device, 1–32 letters, digits and hyphens; kept by the browser.
    pub device: String,
}
operation!(CreatePhoneCredential, Post, "/api/user/phone", User, PhoneCredential);

/// A short-lived SIP account for one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhoneCredential {
    /// The extension's number: the user part of the address of record.
    pub number: String,
    /// The name shown to those who are called.
    pub display_name: String,
    /// The SIP domain, also the digest realm.
    pub domain: String,
    /// The digest user name.
    pub user: String,
    /// The digest password.
    pub secret: String,
    /// Until when it is taken for new registrations and calls.
    pub expires_at: Moment,
    /// Relays for its sound, where there are any.
    #[serde(default)]
    pub ice_servers: Vec<IceServer>,
}

impl CompleteSetup {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.name("name", &self.name).email("email", &self.email).password("password", &self.password).finish()
    }
}

impl ChangePassword {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        Check::default().password("new", &self.new).finish()
    }
}

impl UpdateAccount {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        Check::default().name("name", &self.name).finish()
    }
}
