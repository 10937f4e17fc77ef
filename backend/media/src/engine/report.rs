//! Control packets: reports read.

use shared::Moment;

use super::Engine;
use crate::leg::Reported;
use crate::rtcp;

impl Engine {
    /// Takes a control packet of the leg's own peer.
    pub(super) fn control(&mut self, now: Moment, slot: usize, bytes: &[u8]) {
        let Some(leg) = self.leg_mut(slot) else { return };
        leg.heard_at = Some(now);
        let heard = rtcp::read(bytes);
        if let Some(middle) = heard.report {
            leg.incoming.report = Some((middle, now));
        }
        let ours = heard.blocks.iter().find(|block| block.ssrc == leg.outgoing.ssrc);
        if let Some(block) = ours {
            let round_trip = rtcp::round_trip(now, block);
            if let Some(latest) = round_trip {
                leg.note_round_trip(latest);
            }
            leg.reported = Some(Reported {
                packets_lost: block.lost,
                fraction_lost: block.fraction,
                jitter_micros: u64::from(block.jitter) * 1_000_000 / u64::from(leg.outgoing.clock.max(1)),
                round_trip,
            });
        }
    }
}
