//! Room for what is kept of sound: how much a tenant may take, and how much it takes (T-05, STO-01).

use serde::{Deserialize, Serialize};

use crate::{Moment, TenantId, operation};

/// Bytes of a megabyte, as limits of room are set.
pub const MEGABYTE: u64 = 1 << 20;

/// A tenant that has reached its limit counts as full until it takes less than this share of it, in percent: else each message that is deleted
/// and left would be told of anew.
pub const ROOM_AGAIN_PERCENT: u64 = 95;

/// How much room a tenant's sounds take, and how much they may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Storage {
    /// How much they may take together, in bytes; none is no limit.
    pub bytes_max: Option<u64>,
    /// Bytes of recordings that have ended, wherever they lie.
    pub recordings: u64,
    /// Bytes of voice messages.
    pub voicemails: u64,
    /// Bytes of prompts and greetings.
    pub prompts: u64,
    /// Since when it counts as full: no recording begins and no message is taken until there is room again.
    pub full_since: Option<Moment>,
}

impl Storage {
    /// Bytes of all of them.
    pub const fn used(&self) -> u64 {
        self.recordings.saturating_add(self.voicemails).saturating_add(self.prompts)
    }

    /// Whether it counts as full from now on, by what it takes and whether it counted so before.
    pub fn is_full(&self) -> bool {
        let Some(max) = self.bytes_max else { return false };
        let share = if self.full_since.is_some() { max / 100 * ROOM_AGAIN_PERCENT } else { max };
        self.used() >= share
    }

    /// Is there room for so many bytes more?
    pub fn has_room(&self, bytes: u64) -> bool {
        self.bytes_max.is_none_or(|max| self.used().saturating_add(bytes) <= max)
    }
}

/// `12.3 MB`, for people; a begun tenth is one.
pub fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10).div_ceil(MEGABYTE);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// How much room the own company takes, and how much it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetOwnStorage {}
operation!(GetOwnStorage, Get, "/api/tenant/storage", TenantAdmin, Storage);

/// The same of any tenant, for the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GetTenantStorage {
    /// Which.
    pub tenant_id: TenantId,
}
operation!(GetTenantStorage, Get, "/api/admin/tenants/{tenant_id}/storage", Admin, Storage);

#[cfg(test)]
mod tests {
    use super::*;

    fn storage(bytes_max: Option<u64>, used: u64, full: bool) -> Storage {
        let full_since = full.then_some(Moment(1));
        Storage { bytes_max, recordings: used, full_since, ..Storage::default() }
    }

    // covers: T-05
    #[test]
    fn t_05_full_is_what_reaches_the_limit_and_room_is_again_below_a_share_of_it() {
        assert!(!storage(None, u64::MAX, false).is_full());
        for (used, was_full, is_full) in
            [(999, false, false), (1_000, false, true), (999, true, true), (950, true, true), (949, true, false)]
        {
            assert_eq!(storage(Some(1_000), used, was_full).is_full(), is_full, "{used} {was_full}");
        }
        assert!(storage(Some(0), 0, false).is_full(), "none at all");
        let some = Storage { voicemails: 300, prompts: 200, ..storage(Some(1_000), 400, false) };
        assert_eq!(some.used(), 900);
        assert!(some.has_room(100) && !some.has_room(101));
        assert!(storage(None, 5, false).has_room(u64::MAX));
    }

    #[test]
    fn sizes_are_shown_in_tenths_of_a_megabyte() {
        let shown = [0, 1, MEGABYTE, MEGABYTE * 5 / 2].map(megabytes);
        assert_eq!(shown, ["0.0 MB", "0.1 MB", "1.0 MB", "2.5 MB"]);
    }
}
