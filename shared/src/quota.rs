//! How much a tenant may have (T-04, T-11), and the words of the refusal.

use serde::{Deserialize, Serialize};

/// A tenant's limits. `None` is unlimited, zero is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quota {
    /// How many extensions it may have.
    pub extensions_max: Option<u32>,
    /// How many calls it may have at the same time; a pair of legs is one call.
    pub concurrent_calls_max: Option<u32>,
    /// How many ring groups.
    pub ring_groups_max: Option<u32>,
    /// How many conference rooms.
    pub conference_rooms_max: Option<u32>,
    /// How many virtual receptionists.
    pub virtual_receptionists_max: Option<u32>,
    /// How many call queues.
    pub call_queues_max: Option<u32>,
    /// How much its recordings, voice messages and prompts may take together, in MB of 1,048,576 bytes (T-05).
    #[serde(default)]
    pub disk_megabytes_max: Option<u32>,
}

impl Default for Quota {
    /// T-04: 1000 extensions, 20 of each of the others; as much room as there is.
    fn default() -> Self {
        let twenty = Some(20);
        Self {
            extensions_max: Some(1000),
            concurrent_calls_max: twenty,
            ring_groups_max: twenty,
            conference_rooms_max: twenty,
            virtual_receptionists_max: twenty,
            call_queues_max: twenty,
            disk_megabytes_max: None,
        }
    }
}

/// A limit that was reached: the same words in the API and in the trace of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuotaReached {
    /// Which limit.
    pub limit: Limit,
    /// How much it allows.
    pub max: u32,
}

/// The name of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// [`Quota::extensions_max`].
    Extensions,
    /// [`Quota::concurrent_calls_max`].
    ConcurrentCalls,
    /// [`Quota::ring_groups_max`].
    RingGroups,
    /// [`Quota::virtual_receptionists_max`].
    VirtualReceptionists,
    /// [`Quota::call_queues_max`].
    CallQueues,
    /// [`Quota::conference_rooms_max`].
    ConferenceRooms,
}

impl std::fmt::Display for QuotaReached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let what = match self.limit {
            Limit::Extensions => "extensions",
            Limit::ConcurrentCalls => "concurrent calls",
            Limit::RingGroups => "ring groups",
            Limit::VirtualReceptionists => "virtual receptionists",
            Limit::CallQueues => "call queues",
            Limit::ConferenceRooms => "conference rooms",
        };
        write!(f, "The tenant's limit of {} {what} is reached.", self.max)
    }
}

impl Quota {
    /// May one more be added to the `used` ones?
    pub fn admit(&self, limit: Limit, used: u64) -> Result<(), QuotaReached> {
        let max = match limit {
            Limit::Extensions => self.extensions_max,
            Limit::ConcurrentCalls => self.concurrent_calls_max,
            Limit::RingGroups => self.ring_groups_max,
            Limit::VirtualReceptionists => self.virtual_receptionists_max,
            Limit::CallQueues => self.call_queues_max,
            Limit::ConferenceRooms => self.conference_rooms_max,
        };
        match max {
            Some(max) if used >= u64::from(max) => Err(QuotaReached { limit, max }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_11_the_refusal_says_which_and_how_much() {
        let quota = Quota { extensions_max: Some(2), concurrent_calls_max: None, ..Quota::default() };
        assert_eq!(quota.admit(Limit::Extensions, 1), Ok(()));
        let refusal = quota.admit(Limit::Extensions, 2).unwrap_err();
        assert_eq!(refusal.to_string(), "The tenant's limit of 2 extensions is reached.");
        assert_eq!(quota.admit(Limit::ConcurrentCalls, u64::MAX), Ok(()));
        let none = Quota { concurrent_calls_max: Some(0), ..quota };
        assert!(none.admit(Limit::ConcurrentCalls, 0).is_err());
    }
}
