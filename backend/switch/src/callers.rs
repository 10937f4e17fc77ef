//! Who is treated in a way of its own in all queues of a tenant: VIPs, callers of exclusive agents, nuisances (VIP-02, EXA-02, HAR-03);
//! pure. Numbers are the same where they mean the same one by the tenant's dialling codes.

use std::collections::{BTreeMap, BTreeSet};

use shared::dialing::DialingCodes;
use shared::queue_caller::{ExclusiveAgent, Nuisance, NuisanceLevel, Vip};
use shared::{ExtensionId, Moment};

use crate::dialing::normalise;

/// The lists, by number.
#[derive(Debug, Default)]
pub struct Callers {
    vips: BTreeMap<String, Vec<Vip>>,
    exclusive: BTreeMap<String, BTreeSet<ExtensionId>>,
    nuisances: BTreeMap<String, Vec<Nuisance>>,
}

impl Callers {
    /// Of a tenant that dials like this.
    pub fn new(codes: &DialingCodes, vips: &[Vip], exclusive: &[ExclusiveAgent], nuisances: &[Nuisance]) -> Self {
        let mut all = Self::default();
        for vip in vips {
            all.vips.entry(key(codes, &vip.settings.number)).or_default().push(vip.clone());
        }
        for entry in exclusive {
            for caller in &entry.settings.callers {
                all.exclusive.entry(key(codes, caller)).or_default().extend(&entry.settings.agents);
            }
        }
        for nuisance in nuisances {
            all.nuisances.entry(key(codes, &nuisance.settings.number)).or_default().push(nuisance.clone());
        }
        all
    }

    /// Is a caller a VIP now?
    pub fn is_vip(&self, codes: &DialingCodes, caller: &str, now: Moment) -> bool {
        let known = self.vips.get(&key(codes, caller));
        !caller.is_empty() && known.is_some_and(|entries| entries.iter().any(|entry| entry.settings.holds(now)))
    }

    /// The members who go before others for a caller.
    pub fn exclusive(&self, codes: &DialingCodes, caller: &str) -> BTreeSet<ExtensionId> {
        let known =
            Some(caller).filter(|caller| !caller.is_empty()).and_then(|caller| self.exclusive.get(&key(codes, caller)));
        known.cloned().unwrap_or_default()
    }

    /// The entry by which a caller is a nuisance now; one on both levels is met by the second.
    pub fn nuisance(&self, codes: &DialingCodes, caller: &str, now: Moment) -> Option<&Nuisance> {
        let known = Some(caller).filter(|caller| !caller.is_empty())?;
        let hold = self.nuisances.get(&key(codes, known))?.iter().filter(|entry| entry.settings.holds(now));
        hold.max_by_key(|entry| entry.settings.level == NuisanceLevel::Second)
    }
}

/// What two ways to write one number have in common.
fn key(codes: &DialingCodes, number: &str) -> String {
    let known = normalise(codes, number);
    known.international.unwrap_or_else(|| shared::dialled::compact(number))
}

#[cfg(test)]
mod tests {
    use shared::queue_caller::{ExclusiveAgentSettings, NuisanceSettings, VipSettings};
    use shared::{ExclusiveAgentId, NuisanceId, TenantId, VipId};

    use super::*;

    const NOW: Moment = Moment::from_seconds(1_000);

    fn lists() -> (DialingCodes, Callers) {
        let mut codes = DialingCodes::default().moved_to("DE");
        codes.international_code = "00".into();
        let vip = |id, number: &str, valid_until| Vip {
            id: VipId(id),
            tenant_id: TenantId(1),
            settings: VipSettings { number: number.into(), valid_until, ..VipSettings::default() },
        };
        let nuisance = |id, number: &str, level| Nuisance {
            id: NuisanceId(id),
            tenant_id: TenantId(1),
            settings: NuisanceSettings { number: number.into(), level, ..NuisanceSettings::default() },
            hits: 0,
        };
        let entry = |id, callers: &[&str], agents: &[i64]| ExclusiveAgent {
            id: ExclusiveAgentId(id),
            tenant_id: TenantId(1),
            settings: ExclusiveAgentSettings {
                description: "Key".into(),
                callers: callers.iter().map(|caller| (*caller).to_owned()).collect(),
                agents: agents.iter().copied().map(ExtensionId).collect(),
            },
        };
        let vips = [vip(1, "+4940777", None), vip(2, "102", Some(NOW))];
        let exclusive = [entry(1, &["+4940777", "101"], &[7]), entry(2, &["101"], &[8])];
        let nuisances = [
            nuisance(1, "+44900", NuisanceLevel::Second),
            nuisance(2, "+44900", NuisanceLevel::First),
            nuisance(3, "0901", NuisanceLevel::First),
        ];
        let callers = Callers::new(&codes, &vips, &exclusive, &nuisances);
        (codes, callers)
    }

    // covers: VIP-02, VIP-03
    #[test]
    fn vip_03_a_vip_is_known_however_its_number_is_written_and_until_its_date() {
        let (codes, callers) = lists();
        assert!(callers.is_vip(&codes, "+4940777", NOW));
        assert!(callers.is_vip(&codes, "004940777", NOW));
        assert!(!callers.is_vip(&codes, "+4940778", NOW));
        assert!(callers.is_vip(&codes, "102", Moment::from_seconds(999)));
        assert!(!callers.is_vip(&codes, "102", NOW), "after the date it has no effect");
        assert!(!callers.is_vip(&codes, "", NOW));
    }

    // covers: EXA-01, HAR-01, HAR-02
    #[test]
    fn har_02_a_number_on_both_levels_is_met_by_the_second() {
        let (codes, callers) = lists();
        let level = |caller| callers.nuisance(&codes, caller, NOW).map(|entry| (entry.id.0, entry.settings.level));
        assert_eq!(level("0044900"), Some((1, NuisanceLevel::Second)));
        assert_eq!(level("0901"), Some((3, NuisanceLevel::First)));
        assert_eq!(level("102"), None);
        assert_eq!(callers.exclusive(&codes, "101"), [7, 8].map(ExtensionId).into());
        assert_eq!(callers.exclusive(&codes, "102"), [].into());
    }
}
