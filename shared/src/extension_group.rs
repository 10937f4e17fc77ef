//! Extension groups: what their members may do, and who sees after them (GRP-01…GRP-06).

use serde::{Deserialize, Serialize};

use crate::check::{Check, is_clean};
use crate::problem::FieldProblem;
use crate::{ExtensionGroupId, ExtensionId, Page, TenantId, operation};

/// The name of the group that each tenant has from its start, and of no other (GRP-01).
pub const DEFAULT_NAME: &str = "__DEFAULT__";
/// The most groups of one tenant.
pub const GROUPS_MAX: usize = 500;
/// The most members of one group; a form with them fits a request.
pub const MEMBERS_MAX: usize = 20_000;
/// The most managers of one group, and the most monitors.
pub const OVERSEERS_MAX: usize = 200;
/// The most characters of a description.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 256;

/// What the members of a group may do (GRP-05, GRP-06). An extension may what any of its groups allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Rights {
    /// Sign in to the portal.
    pub portal: bool,
    /// Page and use the intercom.
    pub paging: bool,
    /// Call numbers outside. An emergency number may always be called.
    pub external: bool,
    /// Call extensions that are in none of the caller's own groups.
    pub other_groups: bool,
}

impl Rights {
    /// All of them.
    pub const ALL: Self = Self { portal: true, paging: true, external: true, other_groups: true };

    /// What either allows.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self {
            portal: self.portal || other.portal,
            paging: self.paging || other.paging,
            external: self.external || other.external,
            other_groups: self.other_groups || other.other_groups,
        }
    }
}

/// How a group is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ExtensionGroupSettings {
    /// Its name; no other group of the tenant's has it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its members may do.
    pub rights: Rights,
    /// Who is in it.
    pub members: Vec<ExtensionId>,
    /// Who sees the calls of its members (GRP-04).
    pub managers: Vec<ExtensionId>,
    /// Who may monitor the calls of its members (GRP-07).
    pub monitors: Vec<ExtensionId>,
    /// May its monitors do so with everybody of the tenant (CTI-08)?
    pub monitors_all: bool,
}

impl ExtensionGroupSettings {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.name("name", &self.name);
        check.that(
            is_clean(&self.description) && self.description.chars().count() <= DESCRIPTION_CHARACTERS_MAX,
            "description",
            "A description has at most 256 characters and no control characters.",
        );
        check.that(self.members.len() <= MEMBERS_MAX, "members", "A group has at most 20000 members.");
        check.that(self.managers.len() <= OVERSEERS_MAX, "managers", "A group has at most 200 managers.");
        check.that(self.monitors.len() <= OVERSEERS_MAX, "monitors", "A group has at most 200 monitors.");
        for (field, people) in [("members", &self.members), ("managers", &self.managers), ("monitors", &self.monitors)]
        {
            let mut sorted: Vec<&ExtensionId> = people.iter().collect();
            sorted.sort();
            sorted.dedup();
            check.that(sorted.len() == people.len(), field, "Somebody stands in it twice.");
        }
        check.finish()
    }
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtensionGroup {
    /// Its id.
    pub id: ExtensionGroupId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// How it is set up; people by their ids.
    #[serde(flatten)]
    pub settings: ExtensionGroupSettings,
}

/// The group that each tenant has from its start (GRP-01): its number is the tenant's.
pub const fn default_group(tenant: TenantId) -> ExtensionGroupId {
    ExtensionGroupId(tenant.0)
}

/// A row of the list of groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtensionGroupRow {
    /// Its id.
    pub id: ExtensionGroupId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The one that is there from the start: it can be neither renamed nor removed, and has all rights.
    pub is_default: bool,
    /// What its members may do.
    pub rights: Rights,
    /// How many are in it.
    pub members: u64,
    /// How many see the calls of its members.
    pub managers: u64,
    /// How many watch its members.
    pub monitors: u64,
}

/// Lists the tenant's extension groups by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListExtensionGroups {
    /// Text that name or description contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListExtensionGroups, Get, "/api/tenant/extension-groups", TenantAdmin, Page<ExtensionGroupRow>);

/// One group with its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetExtensionGroup {
    /// Which.
    pub extension_group_id: ExtensionGroupId,
}
operation!(GetExtensionGroup, Get, "/api/tenant/extension-groups/{extension_group_id}", TenantAdmin, ExtensionGroup);

/// Adds a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateExtensionGroup {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: ExtensionGroupSettings,
}
operation!(CreateExtensionGroup, Post, "/api/tenant/extension-groups", TenantAdmin, ExtensionGroup);

/// Sets a group up anew. Nobody is left in no group: whoever is taken out of the last one is named (GRP-03).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateExtensionGroup {
    /// Which.
    pub extension_group_id: ExtensionGroupId,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: ExtensionGroupSettings,
}
operation!(UpdateExtensionGroup, Put, "/api/tenant/extension-groups/{extension_group_id}", TenantAdmin, ExtensionGroup);

/// Removes a group that no outbound rule names and whose members are each in another one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteExtensionGroup {
    /// Which.
    pub extension_group_id: ExtensionGroupId,
}
operation!(DeleteExtensionGroup, Delete, "/api/tenant/extension-groups/{extension_group_id}", TenantAdmin, ());

/// The groups of an extension, and what it may do by them (EXT-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetExtensionRights {
    /// Which.
    pub extension_id: ExtensionId,
}
operation!(GetExtensionRights, Get, "/api/tenant/extensions/{extension_id}/rights", TenantAdmin, ExtensionRights);

/// What an extension may do, and by which groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExtensionRights {
    /// What any of its groups allows.
    pub rights: Rights,
    /// The groups that it is in, by name.
    pub groups: Vec<GroupName>,
}

/// A group by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupName {
    /// Its id.
    pub id: ExtensionGroupId,
    /// Its name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(ids: &[i64]) -> Vec<ExtensionId> {
        ids.iter().map(|id| ExtensionId(*id)).collect()
    }

    // covers: GRP-02
    #[test]
    fn grp_02_a_form_names_what_is_wrong_with_it() {
        let right = ExtensionGroupSettings {
            name: "Sales".into(),
            description: "Whoever sells".into(),
            members: people(&[1, 2]),
            managers: people(&[1]),
            ..ExtensionGroupSettings::default()
        };
        assert_eq!(right.check(), []);
        let many = people(&(1..=201).collect::<Vec<i64>>());
        for (field, wrong) in [
            ("name", ExtensionGroupSettings { name: " ".into(), ..right.clone() }),
            ("description", ExtensionGroupSettings { description: "x".repeat(257), ..right.clone() }),
            ("description", ExtensionGroupSettings { description: "a\nb".into(), ..right.clone() }),
            ("members", ExtensionGroupSettings { members: people(&[1, 2, 1]), ..right.clone() }),
            ("managers", ExtensionGroupSettings { managers: many.clone(), ..right.clone() }),
            ("monitors", ExtensionGroupSettings { monitors: many.clone(), ..right.clone() }),
            ("monitors", ExtensionGroupSettings { monitors: people(&[7, 7]), ..right.clone() }),
        ] {
            let fields: Vec<String> = wrong.check().into_iter().map(|problem| problem.field).collect();
            assert_eq!(fields, [field], "{wrong:?}");
        }
    }

    // covers: GRP-03
    #[test]
    fn grp_03_rights_add_up() {
        let portal = Rights { portal: true, ..Rights::default() };
        let external = Rights { external: true, ..Rights::default() };
        assert_eq!(portal.or(external), Rights { portal: true, external: true, ..Rights::default() });
        for one in [Rights::default(), portal, external, Rights::ALL] {
            assert_eq!((one.or(Rights::default()), one.or(one), one.or(Rights::ALL)), (one, one, Rights::ALL));
        }
    }
}
