//! Control packets: reports read and written.

use shared::Moment;

use super::Engine;

impl Engine {
    /// Takes a control packet of the leg's own peer.
    pub(super) fn control(&mut self, now: Moment, slot: usize, _bytes: &[u8]) {
        if let Some(leg) = self.leg_mut(slot) {
            leg.heard_at = Some(now);
        }
    }
}
