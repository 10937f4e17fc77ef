//! Everything that waits, in one ordered map: setting and clearing cost O(log n), the next is the first.

use std::collections::BTreeMap;

use shared::Moment;

use crate::event::DialogId;
use crate::transaction::{ClientId, ServerId};

/// What runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// A timer of a client transaction.
    Client(ClientId, Letter),
    /// A timer of a server transaction.
    Server(ServerId, Letter),
    /// A timer of a dialog.
    Dialog(DialogId, Wait),
}

/// The timers of RFC 3261, 17 and RFC 6026. `A` stands for E and G too (send again), `B` for F and H (give up), `K` for
/// D, I, J, L and M (forget).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Letter {
    /// Send again.
    A,
    /// Give up.
    B,
    /// Forget.
    K,
}

/// What a dialog waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// To send the 200 again (RFC 3261, 13.3.1.4).
    Success,
    /// To send a reliable provisional response again (RFC 3262).
    Reliable,
    /// To send the last provisional response again, each minute (RFC 3261, 13.3.1.1).
    Provisional,
    /// To offer again after glare (RFC 3261, 14.1).
    Glare,
    /// To refresh the session, or for it to run out (RFC 4028).
    Session,
    /// For a subscription to run out (RFC 6665).
    Subscription,
}

/// A timer that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerId(Moment, u64);

/// All timers.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    waiting: BTreeMap<TimerId, Alarm>,
    count: u64,
}

impl Timers {
    pub fn set(&mut self, at: Moment, alarm: Alarm) -> TimerId {
        self.count += 1;
        let id = TimerId(at, self.count);
        self.waiting.insert(id, alarm);
        id
    }

    pub fn clear(&mut self, timer: &mut Option<TimerId>) {
        if let Some(id) = timer.take() {
            self.waiting.remove(&id);
        }
    }

    pub fn next(&self) -> Option<Moment> {
        self.waiting.keys().next().map(|id| id.0)
    }

    /// The first that is due, taken out.
    pub fn due(&mut self, now: Moment) -> Option<Alarm> {
        let first = self.waiting.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}
