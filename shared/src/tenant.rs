//! Tenants (spec chapter 6): one company, one SIP domain, its limits.

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::country::{self, Country};
use crate::page::Direction;
use crate::problem::FieldProblem;
use crate::quota::Quota;
use crate::{AccountId, Moment, Page, TenantId, operation};

/// The most characters of a website.
pub const WEBSITE_CHARACTERS_MAX: usize = 200;

/// One company with one SIP domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// The company's name; unique over the installation, case folded.
    pub name: String,
    /// The SIP domain; unique over the installation, lower case.
    pub domain: String,
    /// Off: nobody signs in, registers or calls (T-07).
    pub enabled: bool,
    /// IANA time zone, such as `Europe/Berlin`; the portal shows times in it.
    pub time_zone: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The company's website, such as `https://acme.example`; may be empty.
    #[serde(default)]
    pub website: String,
    /// Its limits (T-04).
    pub quota: Quota,
    /// The tenant's switches (T-02).
    pub options: TenantOptions,
    /// When it was created.
    pub created_at: Moment,
}

/// The switches of T-02 that the provider and the tenant may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantOptions {
    /// Off: a new sign-in of an account ends its older sessions (ACC-06).
    pub concurrent_sign_ins: bool,
    /// May an extension change its own SIP secret?
    pub change_own_secret: bool,
    /// Does a call outside need a balance (BILL-09)? Emergency calls never do.
    #[serde(default)]
    pub bill_outbound: bool,
    /// Are all calls recorded (T-03, REC-01)? An extension may have it for itself.
    #[serde(default)]
    pub record_calls: bool,
    /// Do caller and callee have a track each (REC-05)?
    #[serde(default)]
    pub record_tracks: bool,
    /// Is it said to both that the call may be recorded?
    #[serde(default)]
    pub announce_recording: bool,
    /// May calls be monitored, by those who stand on the list of a group (CTI-01)?
    #[serde(default)]
    pub monitoring: bool,
    /// May extensions remove recordings of their calls? Off: they may not (REC-06).
    #[serde(default = "yes")]
    pub delete_own_recordings: bool,
    /// May extensions make conference rooms for themselves that go with the last who leaves them (CONF-18)?
    #[serde(default)]
    pub temporary_conferences: bool,
}

const fn yes() -> bool {
    true
}

impl Default for TenantOptions {
    fn default() -> Self {
        Self {
            concurrent_sign_ins: true,
            change_own_secret: false,
            bill_outbound: false,
            record_calls: false,
            record_tracks: false,
            announce_recording: false,
            monitoring: false,
            delete_own_recordings: true,
            temporary_conferences: false,
        }
    }
}

/// A row of the provider's list of tenants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantRow {
    /// The tenant.
    pub tenant: Tenant,
    /// How many extensions it has.
    pub extensions: u64,
    /// How many of them hold a registration that has not expired.
    pub extensions_online: u64,
    /// How many calls it has now.
    pub live_calls: u64,
    /// How many calls ended in the last 24 hours.
    pub calls_today: u64,
}

/// What a list of tenants can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TenantSort {
    /// By name.
    #[default]
    Name,
    /// By domain.
    Domain,
    /// By the time of creation.
    CreatedAt,
}

/// Lists the tenants. Search looks in name and domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListTenants {
    /// Text that name or domain contains.
    pub search: Option<String>,
    /// Only the enabled, or only the suspended ones.
    pub enabled: Option<bool>,
    /// Sorted by this.
    pub sort: TenantSort,
    /// In this direction.
    pub direction: Direction,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page, at most [`crate::page::PAGE_ROWS_MAX`].
    pub limit: Option<u32>,
}
operation!(ListTenants, Get, "/api/admin/tenants", Admin, Page<TenantRow>);

/// One tenant with its figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetTenant {
    /// Which.
    pub tenant_id: TenantId,
}
operation!(GetTenant, Get, "/api/admin/tenants/{tenant_id}", Admin, TenantRow);

/// Creates a tenant in three fields, with its first administrator (T-01).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTenant {
    /// The company's name.
    pub name: String,
    /// The SIP domain.
    pub domain: String,
    /// The e-mail address of its first administrator, who is invited.
    pub admin_email: String,
    /// Its limits; the defaults of T-04 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Its time zone; UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Its country, ISO 3166-1 alpha-2: that one may be called, and its emergency numbers are known. Without one no number
    /// with + may be called until somebody says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
operation!(CreateTenant, Post, "/api/admin/tenants", Admin, TenantCreated);

/// What creating a tenant answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantCreated {
    /// The new tenant.
    pub tenant: Tenant,
    /// The account of its first administrator.
    pub admin_account_id: AccountId,
    /// A one-time link with which that administrator signs in and sets a password.
    pub invitation: String,
}

/// Changes a tenant; absent fields stay (T-07: `enabled`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateTenant {
    /// Which.
    pub tenant_id: TenantId,
    /// A new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new domain; every device of the tenant must then register anew (TRN-01).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Suspend or take up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// A new time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// A new currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// A new website.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// A new country, as in [`CreateTenant::country`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// New limits; a limit below use only stops growth (T-11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// New switches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<TenantOptions>,
}
operation!(UpdateTenant, Put, "/api/admin/tenants/{tenant_id}", Admin, Tenant);

/// Deletes a tenant with all its data (T-08).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteTenant {
    /// Which.
    pub tenant_id: TenantId,
    /// The tenant's name, typed as the confirmation.
    pub confirm_name: String,
}
operation!(DeleteTenant, Delete, "/api/admin/tenants/{tenant_id}", Admin, ());

/// The tenant that the caller belongs to or acts for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnTenant {}
operation!(GetOwnTenant, Get, "/api/tenant", TenantAdmin, Tenant);

impl CreateTenant {
    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.name("name", &self.name).domain("domain", &self.domain).email("admin_email", &self.admin_email);
        if let Some(zone) = &self.time_zone {
            check.that(is_time_zone_name(zone), "time_zone", ZONE);
        }
        check_country(&mut check, self.country.as_deref());
        check.finish()
    }
}

impl UpdateTenant {
    /// A change of nothing, to be filled in.
    pub const fn new(tenant_id: TenantId) -> Self {
        Self {
            tenant_id,
            name: None,
            domain: None,
            enabled: None,
            time_zone: None,
            currency: None,
            website: None,
            country: None,
            quota: None,
            options: None,
        }
    }

    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        if let Some(name) = &self.name {
            check.name("name", name);
        }
        if let Some(domain) = &self.domain {
            check.domain("domain", domain);
        }
        if let Some(zone) = &self.time_zone {
            check.that(is_time_zone_name(zone), "time_zone", ZONE);
        }
        if let Some(currency) = &self.currency {
            let right = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
            check.that(right, "currency", "A currency is three capital letters, such as EUR.");
        }
        if let Some(website) = &self.website {
            check.that(
                is_website(website.trim()),
                "website",
                "A website begins with https:// or http:// and has at most 200 characters.",
            );
        }
        check_country(&mut check, self.country.as_deref());
        check.finish()
    }
}

/// Notes a country that is none; an empty one is none yet.
pub(crate) fn check_country(check: &mut Check, country: Option<&str>) {
    let right = country.is_none_or(|code| code.is_empty() || country::by_code(code).is_some_and(Country::is_home));
    check.that(right, "country", "A country is named by two capital letters, such as DE or US.");
}

fn is_website(text: &str) -> bool {
    let host = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let whole = |host: &str| !host.is_empty() && !text.contains(char::is_whitespace) && is_clean(text);
    text.is_empty() || text.chars().count() <= WEBSITE_CHARACTERS_MAX && host.is_some_and(whole)
}

const ZONE: &str = "A time zone is an IANA name, such as Europe/Berlin.";

/// The shape of an IANA time zone name; whether the zone exists is known where times are computed.
fn is_time_zone_name(zone: &str) -> bool {
    (1..=64).contains(&zone.len())
        && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b))
        && zone.starts_with(|c: char| c.is_ascii_alphabetic())
}
