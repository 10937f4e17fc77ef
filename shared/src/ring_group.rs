//! Ring groups: one number that rings several people (RG-01…RG-06).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::destination::{Destination, is_dialled};
use crate::problem::FieldProblem;
use crate::{ExtensionId, Page, RingGroupId, TenantId, operation};

/// The most members of one group.
pub const MEMBERS_MAX: usize = 100;

/// In which order the members ring (RG-02).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RingStrategy {
    /// All free members at once; the ring time is that of all.
    #[default]
    Simultaneous,
    /// One after the other in the order of the list; the ring time is that of each.
    Prioritized,
    /// The same, and whoever was rung longest ago, or never, comes first.
    Cyclic,
    /// The same, and whoever has answered the fewest calls of this group comes first.
    LeastWorked,
    /// Nobody rings: the telephones of all who are free answer by themselves and hear the caller (PAG-02). The ring time is how long
    /// they have for that; where to otherwise does not count.
    Paging,
}

impl RingStrategy {
    /// All of them, for choices.
    pub const ALL: [Self; 5] = [Self::Simultaneous, Self::Prioritized, Self::Cyclic, Self::LeastWorked, Self::Paging];

    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Simultaneous => "All at once",
            Self::Prioritized => "One after the other",
            Self::Cyclic => "In turns",
            Self::LeastWorked => "Whoever answered least first",
            Self::Paging => "Paging: all listen",
        }
    }
}

/// How a group is set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RingGroupSettings {
    /// Its number; no other of the tenant's has it.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The order.
    pub strategy: RingStrategy,
    /// Seconds: of all, or of each member where they ring one after the other.
    pub ring_seconds: u32,
    /// A member in a call is not rung (RG-05).
    pub skip_busy: bool,
    /// Who rings, in order.
    pub members: Vec<ExtensionId>,
    /// Where to when nobody answers (RG-03).
    pub otherwise: Destination,
    /// Who calls that it sends outside come from, where the trunk has that number for the tenant (RG-04); may be empty.
    pub outbound_caller_id: String,
}

impl Default for RingGroupSettings {
    fn default() -> Self {
        Self {
            number: String::new(),
            name: String::new(),
            strategy: RingStrategy::default(),
            ring_seconds: 20,
            skip_busy: true,
            members: Vec::new(),
            otherwise: Destination::EndCall,
            outbound_caller_id: String::new(),
        }
    }
}

impl RingGroupSettings {
    /// What is wrong with it.
    pub fn check(&self) -> Vec<FieldProblem> {
        let mut check = Check::default();
        check.number("number", &self.number);
        check.name("name", &self.name);
        check.that((5..=300).contains(&self.ring_seconds), "ring_seconds", "Between 5 and 300 seconds.");
        check.that((1..=MEMBERS_MAX).contains(&self.members.len()), "members", "A group has 1 to 100 members.");
        let twice = self
            .members
            .iter()
            .enumerate()
            .any(|(place, id)| self.members.iter().skip(place + 1).any(|other| other == id));
        check.that(!twice, "members", "A member stands in a group once.");
        self.otherwise.check(&mut check, "otherwise");
        let id = self.outbound_caller_id.trim();
        check.that(
            id.is_empty() || is_dialled(id),
            "outbound_caller_id",
            "A number outside has 2 to 64 digits, which may follow a +.",
        );
        check.finish()
    }
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RingGroup {
    /// Its id.
    pub id: RingGroupId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// How it is set up.
    #[serde(flatten)]
    pub settings: RingGroupSettings,
}

/// Lists the tenant's ring groups by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ListRingGroups {
    /// Text that number or name contains.
    pub search: Option<String>,
    /// From [`Page::next`].
    pub cursor: Option<String>,
    /// Rows a page.
    pub limit: Option<u32>,
}
operation!(ListRingGroups, Get, "/api/tenant/ring-groups", TenantAdmin, Page<RingGroup>);

/// Adds a ring group, within the tenant's limit (T-04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateRingGroup {
    /// How it is set up.
    #[serde(flatten)]
    pub settings: RingGroupSettings,
}
operation!(CreateRingGroup, Post, "/api/tenant/ring-groups", TenantAdmin, RingGroup);

/// Sets a ring group up anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateRingGroup {
    /// Which.
    pub ring_group_id: RingGroupId,
    /// How it is set up from now on.
    #[serde(flatten)]
    pub settings: RingGroupSettings,
}
operation!(UpdateRingGroup, Put, "/api/tenant/ring-groups/{ring_group_id}", TenantAdmin, RingGroup);

/// Removes a ring group that nothing leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeleteRingGroup {
    /// Which.
    pub ring_group_id: RingGroupId,
}
operation!(DeleteRingGroup, Delete, "/api/tenant/ring-groups/{ring_group_id}", TenantAdmin, ());

#[cfg(test)]
mod tests {
    use super::*;

    // covers: RG-01
    #[test]
    fn rg_01_a_form_names_what_is_wrong_with_it() {
        let right = RingGroupSettings {
            number: "600".into(),
            name: "Sales".into(),
            members: vec![ExtensionId(1), ExtensionId(2)],
            ..RingGroupSettings::default()
        };
        assert_eq!(right.check(), []);
        let wrong = RingGroupSettings {
            number: "6".into(),
            name: String::new(),
            ring_seconds: 1,
            members: vec![ExtensionId(1), ExtensionId(1)],
            otherwise: Destination::External { number: "x".into() },
            outbound_caller_id: "y".into(),
            ..RingGroupSettings::default()
        };
        let fields: Vec<String> = wrong.check().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["number", "name", "ring_seconds", "members", "otherwise.number", "outbound_caller_id"]);
    }
}
