//! Where a call goes that nobody has dialled: what inbound rules, ring groups and forwarding end in (INB-04).

use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::{ConferenceRoomId, ExtensionId, QueueId, ReceptionistId, RingGroupId};

/// Where to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Destination {
    /// Nowhere: the call ends.
    #[default]
    EndCall,
    /// To an extension.
    Extension {
        /// Which.
        extension_id: ExtensionId,
    },
    /// To a ring group.
    RingGroup {
        /// Which.
        ring_group_id: RingGroupId,
    },
    /// To a virtual receptionist.
    Receptionist {
        /// Which.
        receptionist_id: ReceptionistId,
    },
    /// Into the line of a queue.
    Queue {
        /// Which.
        queue_id: QueueId,
    },
    /// Into a conference room, by its PIN where it has one.
    Conference {
        /// Which.
        conference_room_id: ConferenceRoomId,
    },
    /// Into the mailbox of an extension.
    Voicemail {
        /// Whose. The field is not the one of `Extension`, so that either is told from its name alone.
        mailbox_id: ExtensionId,
    },
    /// To a number outside, by an outbound rule.
    External {
        /// As it would be dialled.
        number: String,
    },
}

impl Destination {
    /// Notes what is wrong with it; `field` is its place in the form.
    pub fn check(&self, check: &mut Check, field: &str) {
        if let Self::External { number } = self {
            check.that(
                is_dialled(number),
                &format!("{field}.number"),
                "A number outside has 2 to 64 digits, which may follow a +.",
            );
        }
    }
}

/// Is it something that can be dialled to the outside: digits, `*` and `#`, perhaps after a `+`?
pub fn is_dialled(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or(number);
    (2..=64).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'#'))
}
