//! Extensions (spec 5.4): a person's number in a tenant.

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::destination::is_dialled;
use crate::operation::File;
use crate::page::Direction;
use crate::presence::OwnPresence;
use crate::problem::FieldProblem;
use crate::{ExtensionId, Moment, Page, TenantId, operation};

/// A person's number in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Extension {
    /// Its id.
    pub id: ExtensionId,
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The number; unique in the tenant.
    pub number: String,
    /// The person's name, shown to those who are called.
    pub name: String,
    /// The person's e-mail address: the key of the sign-in, unique over the installation (ACC-04).
    pub email: Option<String>,
    /// Off: registrations and calls are refused (EXT-12).
    pub enabled: bool,
    /// Seconds it rings before the caller is told that nobody answers (EXT-08).
    pub ring_seconds: u32,
    /// Who it is to those outside, where the trunk has that number for the tenant (EXT-09); may be empty.
    #[serde(default)]
    pub outbound_caller_id: String,
    /// The same for emergency calls, before the other (EXT-10); may be empty.
    #[serde(default)]
    pub emergency_caller_id: String,
    /// Are its calls recorded (EXT-11)?
    #[serde(default)]
    pub record_calls: bool,
    /// When it was created.
    pub created_at: Moment,
}

/// A row of the list of extensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtensionRow {
    /// The extension.
    pub extension: Extension,
    /// How many devices are registered now.
    pub devices: u64,
    /// May the person sign in to the portal (an account exists)?
    pub can_sign_in: bool,
}

/// The seconds that an extension rings when nothing else is said (EXT-08).
pub const RING_SECONDS_DEFAULT: u32 = 60;
/// The most extensions that one bulk request or file makes.
pub const BULK_ROWS_MAX: usize = 5_000;

/// What a list of extensions can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExtensionSort {
    /// By number.
    #[default]
    Number,
    /// By name.
    Name,
    /// By the time of creation.
    CreatedAt,
}

/// Lists the tenant's extensions. Search looks in number, name and e-mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListExtensions {
    /// Text that number, name or e-mail contains.
    pub search: Option<String>,
    /// Only the enabled, or only the others.
    pub enabled: Option<bool>,
    /// Sorted by this.
    pub sort: ExtensionSort,
    /// In this direction.
    pub direction: Direction,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListExtensions, Get, "/api/tenant/extensions", TenantAdmin, Page<ExtensionRow>);

/// One extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetExtension {
    /// Which.
    pub extension_id: ExtensionId,
}
operation!(GetExtension, Get, "/api/tenant/extensions/{extension_id}", TenantAdmin, ExtensionRow);

/// Creates an extension; its SIP secret is generated and shown once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateExtension {
    /// The number.
    pub number: String,
    /// The person's name.
    pub name: String,
    /// The person's e-mail address; with it the person gets an account of the portal and an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}
operation!(CreateExtension, Post, "/api/tenant/extensions", TenantAdmin, ExtensionCreated);

/// An extension's SIP account, secret included: it leaves the server only in this answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SipAccount {
    /// The user part and digest user name.
    pub user: String,
    /// The generated secret.
    pub secret: String,
    /// The SIP domain.
    pub domain: String,
}

/// What creating an extension answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtensionCreated {
    /// The new extension.
    pub extension: Extension,
    /// What a phone needs; shown once.
    pub sip: SipAccount,
    /// A one-time link for the person, when an e-mail address was given.
    pub invitation: Option<String>,
}

/// Changes an extension; absent fields stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateExtension {
    /// Which.
    pub extension_id: ExtensionId,
    /// A new number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new e-mail address; an empty one takes the address and the account away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Switch off or on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Seconds to ring, 5–600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_seconds: Option<u32>,
    /// Another number for those outside; an empty one leaves it to the outbound rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_caller_id: Option<String>,
    /// Another number for emergency calls; an empty one leaves it to the one above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency_caller_id: Option<String>,
    /// Record its calls from now on, or no more (EXT-11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_calls: Option<bool>,
}
operation!(UpdateExtension, Put, "/api/tenant/extensions/{extension_id}", TenantAdmin, Extension);

/// Deletes an extension, its account and its registrations (EXT-20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteExtension {
    /// Which.
    pub extension_id: ExtensionId,
}
operation!(DeleteExtension, Delete, "/api/tenant/extensions/{extension_id}", TenantAdmin, ());

/// Makes a new SIP secret; devices with the old one are refused from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResetSipSecret {
    /// Of which extension.
    pub extension_id: ExtensionId,
}
operation!(ResetSipSecret, Post, "/api/tenant/extensions/{extension_id}/secret", TenantAdmin, SipAccount);

/// One's own SIP account, without its secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnSipAccount {}
operation!(GetOwnSipAccount, Get, "/api/user/sip-account", User, OwnSipAccount);

/// What a phone of one's own is told, beside the secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OwnSipAccount {
    /// The user part and digest user name.
    pub user: String,
    /// The SIP domain.
    pub domain: String,
    /// May one make oneself a new secret (PRO-03)?
    pub may_reset: bool,
}

/// Makes a new SIP secret for oneself, where the company allows it (PRO-03); devices with the old one are refused from then on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResetOwnSipSecret {}
operation!(ResetOwnSipSecret, Post, "/api/user/sip-account/secret", User, SipAccount);

/// Makes a one-time sign-in link for the person of an extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InviteExtension {
    /// Of which extension; it must have an e-mail address.
    pub extension_id: ExtensionId,
}
operation!(InviteExtension, Post, "/api/tenant/extensions/{extension_id}/invitation", TenantAdmin, Invitation);

/// A one-time link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invitation {
    /// The address to open; it works once.
    pub link: String,
    /// Until when it works.
    pub expires_at: Moment,
}

/// Creates many extensions with consecutive numbers; all or none (EXT-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateExtensions {
    /// The first number, digits only.
    pub first_number: String,
    /// How many.
    pub count: u32,
    /// The name; `#` stands for the number.
    pub name: String,
}
operation!(CreateExtensions, Post, "/api/tenant/extensions/bulk", TenantAdmin, ExtensionsCreated);

/// What a bulk creation or an import answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtensionsCreated {
    /// How many were, or with `dry_run` would be, created.
    pub created: u32,
    /// Their SIP accounts as CSV, secrets included, to be saved now: `number,name,email,user,secret,domain`.
    pub accounts_csv: Option<File>,
}

/// Imports extensions from CSV: header row `number,name,email`; a bad row is named with its line and nothing is
/// imported (EXT-19).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImportExtensions {
    /// The file's text.
    pub csv: String,
    /// Only look for what is wrong.
    #[serde(default)]
    pub dry_run: bool,
}
operation!(ImportExtensions, Post, "/api/tenant/extensions/import", TenantAdmin, ExtensionsCreated);

/// Exports the extensions as CSV, in the shape that [`ImportExtensions`] takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExportExtensions {
    /// As in [`ListExtensions`].
    pub search: Option<String>,
}
operation!(ExportExtensions, Get, "/api/tenant/extensions.csv", TenantAdmin, File);

/// Somebody whom a user can call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Person {
    /// The extension.
    pub extension_id: ExtensionId,
    /// The number to dial.
    pub number: String,
    /// The name.
    pub name: String,
    /// Is a device registered?
    pub online: bool,
    /// What the person has set.
    #[serde(default)]
    pub presence: OwnPresence,
}

/// Lists the people of the user's own tenant, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListPeople {
    /// Text that number or name contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListPeople, Get, "/api/user/people", User, Page<Person>);

impl CreateExtension {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.number("number", &self.number).name("name", &self.name);
        if let Some(email) = &self.email {
            check.email("email", email);
        }
        check.finish()
    }
}

impl CreateExtensions {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let digits = self.first_number.bytes().all(|b| b.is_ascii_digit());
        let mut check = Check::default();
        check
            .that(digits && (3..=18).contains(&self.first_number.len()), "first_number", "A number has 3 to 18 digits.")
            .that(
                (1..=BULK_ROWS_MAX).contains(&(self.count as usize)),
                "count",
                "Between 1 and 5000 extensions are made at once.",
            )
            .name("name", &self.name)
            .finish()
    }
}

impl UpdateExtension {
    /// A change of nothing, to be filled in.
    pub const fn new(extension_id: ExtensionId) -> Self {
        Self {
            extension_id,
            number: None,
            name: None,
            email: None,
            enabled: None,
            ring_seconds: None,
            outbound_caller_id: None,
            record_calls: None,
            emergency_caller_id: None,
        }
    }

    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        if let Some(number) = &self.number {
            check.number("number", number);
        }
        if let Some(name) = &self.name {
            check.name("name", name);
        }
        if let Some(email) = self.email.as_deref().filter(|email| !email.is_empty()) {
            check.email("email", email);
        }
        if let Some(seconds) = self.ring_seconds {
            check.that((5..=600).contains(&seconds), "ring_seconds", "It rings between 5 and 600 seconds.");
        }
        let ids =
            [("outbound_caller_id", &self.outbound_caller_id), ("emergency_caller_id", &self.emergency_caller_id)];
        for (field, number) in ids {
            let right = number.as_deref().is_none_or(|number| number.trim().is_empty() || is_dialled(number.trim()));
            check.that(right, field, "A number outside has 2 to 64 digits, which may follow a +.");
        }
        check.finish()
    }
}
