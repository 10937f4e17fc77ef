//! A tenant's plan, by number and by id.

use std::collections::BTreeMap;

use shared::ring_group::RingGroup;
use shared::{ExtensionId, RingGroupId};

use crate::plan::{ExtensionPlan, TenantPlan};

/// A plan that can be looked things up in.
#[derive(Debug)]
pub struct Directory {
    /// The plan.
    pub plan: TenantPlan,
    by_number: BTreeMap<String, usize>,
    by_id: BTreeMap<ExtensionId, usize>,
}

impl Directory {
    /// Of a plan.
    pub fn new(plan: TenantPlan) -> Self {
        let numbered = |(position, extension): (usize, &ExtensionPlan)| (extension.number.clone(), position);
        let by_number = plan.extensions.iter().enumerate().map(numbered).collect();
        let by_id = plan.extensions.iter().enumerate().map(|(position, extension)| (extension.id, position)).collect();
        Self { plan, by_number, by_id }
    }

    /// The extension with this number.
    pub fn number(&self, number: &str) -> Option<&ExtensionPlan> {
        self.by_number.get(number).and_then(|position| self.plan.extensions.get(*position))
    }

    /// The ring group with this number.
    pub fn ring_group_number(&self, number: &str) -> Option<&RingGroup> {
        self.plan.ring_groups.iter().find(|group| group.settings.number == number)
    }

    /// The ring group with this id.
    pub fn ring_group(&self, id: RingGroupId) -> Option<&RingGroup> {
        self.plan.ring_groups.iter().find(|group| group.id == id)
    }

    /// The extension with this id.
    pub fn extension(&self, id: ExtensionId) -> Option<&ExtensionPlan> {
        self.by_id.get(&id).and_then(|position| self.plan.extensions.get(*position))
    }
}
