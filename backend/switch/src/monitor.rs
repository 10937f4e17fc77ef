//! Who may monitor whose calls (CTI-01, CTI-08, GRP-07); pure.

use std::collections::{BTreeMap, BTreeSet};

use shared::monitor::MonitorLevel;
use shared::{ExtensionGroupId, ExtensionId};

use crate::plan::ExtensionPlan;

/// Who of a tenant may monitor whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonitorPlan {
    /// Off: the code is no code.
    pub enabled: bool,
    /// Those on the monitor list of a group.
    pub monitors: BTreeMap<ExtensionId, Monitored>,
}

/// Whom somebody may monitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Monitored {
    /// Everybody of the tenant.
    pub all: bool,
    /// The members of these groups.
    pub groups: BTreeSet<ExtensionGroupId>,
}

impl MonitorPlan {
    /// May `supervisor` monitor the calls of this extension?
    pub fn allows(&self, supervisor: ExtensionId, extension: &ExtensionPlan) -> bool {
        let known = self.monitors.get(&supervisor);
        known.is_some_and(|known| known.all || extension.groups.iter().any(|group| known.groups.contains(group)))
    }
}

/// The number and the level in what follows the code: `*103`, or `*103*2`. None where it is neither.
pub fn read(rest: &str) -> Option<(&str, MonitorLevel)> {
    let rest = rest.strip_prefix('*')?;
    let (number, level) = match rest.split_once('*') {
        None => (rest, MonitorLevel::default()),
        Some((number, key)) => {
            let mut keys = key.chars();
            (number, keys.next().filter(|_| keys.next().is_none()).and_then(MonitorLevel::of_key)?)
        }
    };
    (!number.is_empty()).then_some((number, level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::plan;

    // covers: CTI-03, CTI-04, CTI-05, CTI-06
    #[test]
    fn cti_03_the_level_stands_behind_the_number() {
        use MonitorLevel::{Barge, Listen, TakeOver, Whisper};
        for (rest, level) in
            [("*103", Listen), ("*103*1", Listen), ("*103*2", Whisper), ("*103*3", Barge), ("*103*4", TakeOver)]
        {
            assert_eq!(read(rest), Some(("103", level)), "{rest}");
        }
        for wrong in ["", "*", "**", "103", "*103*", "*103*5", "*103*12", "**1", "*103*1*"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    // covers: CTI-08, GRP-07
    #[test]
    fn cti_08_a_list_counts_for_the_members_of_its_group_and_a_tick_for_all() {
        let mut acme = plan(1, "acme.localhost", &["101", "102", "103"]);
        acme.extensions[1].groups = vec![ExtensionGroupId(1), ExtensionGroupId(5)];
        let [_, of_sales, other] = &acme.extensions[..] else { panic!() };
        let may = |monitored: Option<Monitored>| {
            let monitors = monitored.into_iter().map(|monitored| (ExtensionId(101), monitored)).collect();
            let plan = MonitorPlan { enabled: true, monitors };
            [of_sales, other].map(|extension| plan.allows(ExtensionId(101), extension))
        };
        assert_eq!(may(None), [false, false]);
        assert_eq!(may(Some(Monitored::default())), [false, false]);
        assert_eq!(may(Some(Monitored { groups: [ExtensionGroupId(5)].into(), all: false })), [true, false]);
        assert_eq!(may(Some(Monitored { all: true, ..Monitored::default() })), [true, true]);
    }
}
