//! Which music those hear who are held, parked or waiting (MOH-01 to MOH-04); pure. What looks like chance is the call's own number, or
//! the tenant's date: a run that is repeated plays the same.

use media::{Clip, SoundFile, SoundName};
use shared::music::MusicMode;
use shared::{CallId, Moment, SoundId};

use crate::hours::wall;
use crate::plan::TenantPlan;

/// The number of the saying: nobody waits for its end.
pub const MUSIC: u32 = u32::MAX - 2;

impl TenantPlan {
    /// What a call hears while it waits, from the start again at its end; `own` is the music of where it waits, such as a queue, and
    /// goes before the tenant's. Nothing where there is none: then it is the tone of those on hold.
    pub fn music(&self, call: CallId, now: Moment, own: Option<SoundId>) -> Vec<Clip> {
        let sound = own.or_else(|| self.tenant_music(call, now));
        let file = |id| SoundFile { tenant: self.tenant_id, id };
        sound.map(|id| Clip::Sound(SoundName::Kept(file(id)))).into_iter().collect()
    }

    fn tenant_music(&self, call: CallId, now: Moment) -> Option<SoundId> {
        let music = &self.music;
        if !music.enabled {
            return None;
        }
        let seed = match music.mode {
            _ if !music.random => return music.sounds.first().copied(),
            MusicMode::PerCall => call.0,
            MusicMode::PerDay => self.tenant_id.0.wrapping_add(wall(&self.time_zone, now).date.days()),
        };
        let place = usize::try_from(mixed(seed) % music.sounds.len().max(1) as u64).ok()?;
        music.sounds.get(place).copied()
    }
}

/// Neighbours become numbers far from each other (the end of SplitMix64).
const fn mixed(seed: i64) -> u64 {
    let mut value = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use jiff::tz::TimeZone;
    use shared::music::MusicOnHold;

    use super::*;
    use crate::plan::tests::plan;

    const DAY: Duration = Duration::from_secs(86_400);
    /// Noon in UTC.
    const NOON: Moment = Moment::from_seconds(1_795_608_000);

    fn tenant(random: bool, mode: MusicMode) -> TenantPlan {
        let sounds = (1..=9).map(SoundId).collect();
        TenantPlan { music: MusicOnHold { enabled: true, sounds, random, mode }, ..plan(7, "acme.localhost", &[]) }
    }

    fn heard(plan: &TenantPlan, call: i64, now: Moment) -> Option<i64> {
        match plan.music(CallId(call), now, None)[..] {
            [] => None,
            [Clip::Sound(SoundName::Kept(file))] if file.tenant == plan.tenant_id => Some(file.id.0),
            ref other => panic!("{other:?}"),
        }
    }

    // covers: MOH-01, MOH-02
    #[test]
    fn moh_02_without_chance_music_1_plays_and_turned_off_nothing_does() {
        let mut plan = tenant(false, MusicMode::PerCall);
        for call in 0..50 {
            assert_eq!(heard(&plan, call, NOON), Some(1));
        }
        plan.music.enabled = false;
        assert_eq!(heard(&plan, 1, NOON), None);
        plan.music = MusicOnHold { enabled: true, random: true, ..MusicOnHold::default() };
        assert_eq!(heard(&plan, 1, NOON), None, "nothing is there");
    }

    // covers: MOH-03, MOH-04
    #[test]
    fn moh_03_each_call_hears_one_of_its_own_and_hears_it_again() {
        let plan = tenant(true, MusicMode::PerCall);
        let all: BTreeSet<_> = (0..200).map(|call| heard(&plan, call, NOON)).collect();
        assert_eq!(all, (1..=9).map(Some).collect(), "all nine have their turn");
        assert_eq!(heard(&plan, 5, NOON), heard(&plan, 5, NOON + DAY), "a call keeps what it hears");
    }

    // covers: MOH-03
    #[test]
    fn moh_03_a_day_has_one_for_all_and_begins_at_the_tenants_midnight() {
        let mut plan = tenant(true, MusicMode::PerDay);
        let of_day = |plan: &TenantPlan, hours: u64| heard(plan, 1, NOON + Duration::from_secs(hours * 3_600));
        let days: Vec<_> = (0..60).map(|day| of_day(&plan, day * 24)).collect();
        assert_eq!(days.iter().collect::<BTreeSet<_>>().len(), 9, "{days:?}");
        for call in 0..50 {
            assert_eq!(heard(&plan, call, NOON), days[0]);
        }
        let turn = (0..60).find(|day| days[*day] != days[day + 1]).unwrap() as u64 * 24;
        assert_eq!(of_day(&plan, turn + 11), of_day(&plan, turn));
        assert_ne!(of_day(&plan, turn + 12), of_day(&plan, turn), "midnight has passed");
        plan.time_zone = TimeZone::fixed(jiff::tz::offset(3));
        assert_ne!(of_day(&plan, turn + 9), of_day(&plan, turn), "there it has passed already");
    }

    #[test]
    fn where_a_call_waits_may_have_music_of_its_own_which_needs_none_of_the_tenant() {
        let mut plan = tenant(true, MusicMode::PerDay);
        plan.music.enabled = false;
        let file = SoundFile { tenant: plan.tenant_id, id: SoundId(77) };
        assert_eq!(plan.music(CallId(1), NOON, Some(SoundId(77))), [Clip::Sound(SoundName::Kept(file))]);
    }
}
