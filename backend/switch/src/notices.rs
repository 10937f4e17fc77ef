//! Devices that were told something outside calls (PH-09, PH-10): what each has answered, for a while. Pure: the SIP around it is in
//! `pbx/phone.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use shared::phone::{PHONES_TOLD_MAX, ToldStanding};
use shared::{Moment, RegistrationId};
use sip::RequestId;

/// So long it is known what a device has answered.
pub const KEPT: Duration = Duration::from_secs(60);

/// One device that was told something.
#[derive(Debug)]
struct Notice {
    /// The request that counts: the last one.
    request: RequestId,
    at: Moment,
    standing: ToldStanding,
}

/// The devices of a tenant that were told something of late, [`PHONES_TOLD_MAX`] at the most.
#[derive(Debug, Default)]
pub struct Notices(BTreeMap<RegistrationId, Notice>);

impl Notices {
    /// May this device be told something?
    pub fn has_room(&self, id: RegistrationId) -> bool {
        self.0.len() < PHONES_TOLD_MAX || self.0.contains_key(&id)
    }

    /// It was told something by this request; what it says to an earlier one does not count any more.
    pub fn sent(&mut self, now: Moment, id: RegistrationId, request: RequestId) {
        if self.has_room(id) {
            self.0.insert(id, Notice { request, at: now, standing: ToldStanding::Waiting });
        }
    }

    /// The final answer to a request; 408 where none came.
    pub fn answered(&mut self, id: RegistrationId, request: RequestId, status: u16) {
        if let Some(known) = self.0.get_mut(&id).filter(|known| known.request == request) {
            known.standing = ToldStanding::Answered(status);
        }
    }

    /// How those of these stand that were told something.
    pub fn standings(&self, ids: &[RegistrationId]) -> BTreeMap<RegistrationId, ToldStanding> {
        ids.iter().filter_map(|id| Some((*id, self.0.get(id)?.standing))).collect()
    }

    /// Forgets those that were told long ago.
    pub fn forget_old(&mut self, now: Moment) {
        self.0.retain(|_, known| known.at + KEPT > now);
    }

    /// When there is something to be forgotten next.
    pub fn due(&self) -> Option<Moment> {
        self.0.values().map(|known| known.at).min().map(|oldest| oldest + KEPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_seconds(1_000);

    // covers: PH-09
    #[test]
    fn ph_09_the_answer_to_the_last_request_counts_for_a_minute() {
        let mut notices = Notices::default();
        let (one, other) = (RegistrationId(1), RegistrationId(2));
        notices.sent(NOW, one, RequestId(7));
        notices.sent(NOW, one, RequestId(8));
        notices.answered(one, RequestId(7), 200);
        notices.answered(other, RequestId(8), 200);
        assert_eq!(notices.standings(&[one, other]), [(one, ToldStanding::Waiting)].into());
        notices.answered(one, RequestId(8), 482);
        assert_eq!(notices.standings(&[one]), [(one, ToldStanding::Answered(482))].into());
        assert_eq!(notices.standings(&[other]), BTreeMap::new());
        assert_eq!(notices.due(), Some(NOW + KEPT));
        notices.forget_old(NOW + Duration::from_secs(59));
        assert!(!notices.standings(&[one]).is_empty());
        notices.forget_old(NOW + KEPT);
        assert_eq!((notices.standings(&[one]), notices.due()), (BTreeMap::new(), None));
    }

    // covers: PH-09, S10
    #[test]
    fn ph_09_no_more_are_told_than_the_bound_and_those_once_more() {
        let mut notices = Notices::default();
        let ids: Vec<RegistrationId> = (0..=PHONES_TOLD_MAX as i64).map(RegistrationId).collect();
        for (number, id) in ids.iter().enumerate() {
            notices.sent(NOW, *id, RequestId(number as u64));
        }
        assert_eq!(notices.standings(&ids).len(), PHONES_TOLD_MAX);
        assert!(notices.has_room(ids[0]) && !notices.has_room(ids[PHONES_TOLD_MAX]));
    }
}
