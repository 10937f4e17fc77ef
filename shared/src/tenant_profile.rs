//! What a tenant says of itself (T-12), and what it may have, as its own administrator sees it (PRO-02).

use serde::{Deserialize, Serialize};

use crate::problem::FieldProblem;
use crate::tenant::{Tenant, TenantOptions, UpdateTenant};
use crate::{TenantId, operation};

/// A tenant with its country and how much of its limits is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantProfile {
    /// The tenant.
    pub tenant: Tenant,
    /// Its country, ISO 3166-1 alpha-2; empty as long as nobody has said.
    pub country: String,
    /// How many extensions it has.
    pub extensions: u64,
    /// How many ring groups.
    pub ring_groups: u64,
    /// How many virtual receptionists.
    pub receptionists: u64,
    /// How many conference rooms, temporary ones included.
    #[serde(default)]
    pub conference_rooms: u64,
    /// How many call queues.
    pub queues: u64,
}

/// The tenant's own profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetTenantProfile {}
operation!(GetTenantProfile, Get, "/api/tenant/profile", TenantAdmin, TenantProfile);

/// Changes the tenant's own profile; absent fields stay. Limits and domain are the provider's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UpdateTenantProfile {
    /// The company's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Its time zone, an IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Its country, as in [`TenantProfile::country`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Its currency, ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Its switches, all of them (PRO-03).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<TenantOptions>,
}
operation!(UpdateTenantProfile, Put, "/api/tenant/profile", TenantAdmin, TenantProfile);

impl UpdateTenantProfile {
    /// As the change of a tenant.
    pub fn change(&self, tenant_id: TenantId) -> UpdateTenant {
        let Self { name, website, time_zone, country, currency, options } = self.clone();
        UpdateTenant { name, website, time_zone, country, currency, options, ..UpdateTenant::new(tenant_id) }
    }

    /// What is wrong with the form, field by field.
    pub fn check(&self) -> Vec<FieldProblem> {
        self.change(TenantId(0)).check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: T-12
    #[test]
    fn t_12_what_is_wrong_with_a_profile_is_named() {
        let website = |text: &str| UpdateTenantProfile { website: Some(text.into()), ..Default::default() };
        for right in ["", "https://acme.example", "http://acme.example/about"] {
            assert_eq!(website(right).check(), [], "{right}");
        }
        for wrong in
            ["acme.example", "javascript:alert(1)", "https://", "https://a b", &format!("https://{}", "x".repeat(200))]
        {
            assert_eq!(website(wrong).check()[0].field, "website", "{wrong}");
        }
        let all = UpdateTenantProfile {
            name: Some(" ".into()),
            website: Some("x".into()),
            time_zone: Some("1".into()),
            country: Some("XS".into()),
            currency: Some("euro".into()),
            options: None,
        };
        let fields: Vec<String> = all.check().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "time_zone", "currency", "website", "country"]);
    }
}
