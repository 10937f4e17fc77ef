//! Whose turn it is in a ring group (RG-02): kept while the process runs.

use std::collections::BTreeMap;

use shared::ring_group::{RingGroup, RingStrategy};
use shared::{ExtensionId, RingGroupId};

/// What has happened in the groups of a tenant.
#[derive(Debug, Default)]
pub struct Turns {
    count: u64,
    /// When each was rung last, counted.
    rung: BTreeMap<(RingGroupId, ExtensionId), u64>,
    /// How many calls of the group each has answered.
    answered: BTreeMap<(RingGroupId, ExtensionId), u64>,
}

impl Turns {
    /// The members in the order in which they ring.
    pub fn order(&self, group: &RingGroup) -> Vec<ExtensionId> {
        let mut members = group.settings.members.clone();
        let rank = |known: &BTreeMap<(RingGroupId, ExtensionId), u64>, member: &ExtensionId| {
            known.get(&(group.id, *member)).copied().unwrap_or(0)
        };
        match group.settings.strategy {
            RingStrategy::Simultaneous | RingStrategy::Prioritized | RingStrategy::Paging => {}
            RingStrategy::Cyclic => members.sort_by_key(|member| rank(&self.rung, member)),
            RingStrategy::LeastWorked => members.sort_by_key(|member| rank(&self.answered, member)),
        }
        members
    }

    /// A member of it is rung.
    pub fn rung(&mut self, group: RingGroupId, member: ExtensionId) {
        self.count += 1;
        self.rung.insert((group, member), self.count);
    }

    /// A member of it has answered.
    pub fn answered(&mut self, group: RingGroupId, member: ExtensionId) {
        *self.answered.entry((group, member)).or_default() += 1;
    }

    /// Only these groups are there from now on.
    pub fn keep(&mut self, groups: &[RingGroup]) {
        let there = |id: &RingGroupId| groups.iter().any(|group| group.id == *id);
        self.rung.retain(|(id, _), _| there(id));
        self.answered.retain(|(id, _), _| there(id));
    }
}

#[cfg(test)]
mod tests {
    use shared::TenantId;
    use shared::ring_group::RingGroupSettings;

    use super::*;

    // covers: RG-02
    #[test]
    fn rg_02_each_strategy_has_its_order() {
        let members = [1, 2, 3].map(ExtensionId);
        let group = |strategy| RingGroup {
            id: RingGroupId(7),
            tenant_id: TenantId(1),
            settings: RingGroupSettings { strategy, members: members.to_vec(), ..RingGroupSettings::default() },
        };
        let mut turns = Turns::default();
        let order =
            |turns: &Turns, strategy| turns.order(&group(strategy)).into_iter().map(|id| id.0).collect::<Vec<_>>();
        for strategy in RingStrategy::ALL {
            assert_eq!(order(&turns, strategy), [1, 2, 3], "{strategy:?}");
        }
        turns.rung(RingGroupId(7), ExtensionId(1));
        turns.rung(RingGroupId(7), ExtensionId(2));
        turns.answered(RingGroupId(7), ExtensionId(2));
        assert_eq!(order(&turns, RingStrategy::Prioritized), [1, 2, 3]);
        assert_eq!(order(&turns, RingStrategy::Cyclic), [3, 1, 2]);
        assert_eq!(order(&turns, RingStrategy::LeastWorked), [1, 3, 2]);
        turns.rung(RingGroupId(8), ExtensionId(3));
        assert_eq!(order(&turns, RingStrategy::Cyclic), [3, 1, 2], "another group's turns are its own");
        turns.keep(&[]);
        assert_eq!(order(&turns, RingStrategy::Cyclic), [1, 2, 3]);
    }
}
