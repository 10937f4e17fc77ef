//! Refused registrations: the first is told at once, repeats are counted and told now and then, so that a device with a
//! wrong password cannot flood the store.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use shared::reason::Reason;
use shared::registration::RegistrationRefusal;
use shared::{Moment, TenantId};

/// Repeats are told this often.
pub const PAUSE: Duration = Duration::from_secs(5);
/// Rows remembered; the oldest makes room.
pub const ROWS_MAX: usize = 5_000;

type Key = (Option<TenantId>, String, IpAddr, Option<Reason>);

/// A refusal, and the Call-ID by which its messages are found.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What is told.
    pub refusal: RegistrationRefusal,
    /// Of the latest.
    pub sip_call_id: String,
}

#[derive(Debug)]
struct Row {
    told_at: Moment,
    untold: Option<Refused>,
}

/// Counts repeats.
#[derive(Debug, Default)]
pub struct Refusals {
    rows: BTreeMap<Key, Row>,
    order: VecDeque<Key>,
    untold: usize,
}

impl Refusals {
    /// Notes one; those that are to be told now.
    pub fn note(&mut self, now: Moment, from: IpAddr, refused: Refused) -> Vec<Refused> {
        let refusal = &refused.refusal;
        let code = refusal.trace.last().map(|step| step.code);
        let key = (refusal.tenant_id, refusal.user.clone(), from, code);
        if let Some(row) = self.rows.get_mut(&key) {
            let mut refused = refused;
            if let Some(Refused { refusal: earlier, .. }) = row.untold.take() {
                self.untold -= 1;
                refused.refusal.count += earlier.count;
                refused.refusal.first_at = earlier.first_at;
                refused.refusal.id = earlier.id;
            }
            if now.since(row.told_at) >= PAUSE {
                row.told_at = now;
                return vec![refused];
            }
            row.untold = Some(refused);
            self.untold += 1;
            return Vec::new();
        }
        let mut told = vec![refused];
        while self.order.len() >= ROWS_MAX {
            let Some(row) = self.order.pop_front().and_then(|oldest| self.rows.remove(&oldest)) else { continue };
            self.untold -= usize::from(row.untold.is_some());
            told.extend(row.untold);
        }
        self.order.push_back(key.clone());
        self.rows.insert(key, Row { told_at: now, untold: None });
        told
    }

    /// Is there something to be told later?
    pub const fn is_waiting(&self) -> bool {
        self.untold > 0
    }

    /// Tells what was counted.
    pub fn flush(&mut self, now: Moment) -> Vec<Refused> {
        let mut told = Vec::new();
        for row in self.rows.values_mut() {
            if let Some(refused) = row.untold.take() {
                row.told_at = now;
                told.push(refused);
            }
        }
        self.untold = 0;
        told
    }
}

#[cfg(test)]
mod tests {
    use shared::RefusalId;

    use super::*;
    use crate::history::step;

    fn refusal(now: Moment, user: &str) -> Refused {
        let refusal = RegistrationRefusal {
            id: RefusalId(1),
            tenant_id: Some(TenantId(1)),
            user: user.to_owned(),
            source: "192.0.2.1:5060".into(),
            user_agent: String::new(),
            status: 403,
            count: 1,
            first_at: now,
            last_at: now,
            trace: vec![step(now, "credentials", "", user, Reason::CredentialsWrong)],
        };
        Refused { refusal, sip_call_id: "a".into() }
    }

    #[test]
    fn repeats_are_counted_and_none_is_lost() {
        let mut refusals = Refusals::default();
        let from = IpAddr::from([192, 0, 2, 1]);
        let start = Moment::from_seconds(1_000);
        let mut told = Vec::new();
        for tenth in 0..100_u64 {
            let now = start + Duration::from_millis(100 * tenth);
            told.extend(refusals.note(now, from, refusal(now, "101")));
        }
        assert_eq!(told.len(), 2, "at once and after the pause");
        assert!(refusals.is_waiting());
        told.extend(refusals.flush(start + Duration::from_secs(10)));
        assert!(!refusals.is_waiting());
        assert_eq!(told.iter().map(|one| one.refusal.count).sum::<u64>(), 100);
    }

    #[test]
    fn memory_is_bounded_and_what_makes_room_is_told() {
        let mut refusals = Refusals::default();
        let now = Moment::from_seconds(1_000);
        let mut told = 0;
        for number in 0..12_000_u32 {
            let from = IpAddr::from(number.to_be_bytes());
            for _ in 0..2 {
                told += refusals.note(now, from, refusal(now, "101")).iter().map(|one| one.refusal.count).sum::<u64>();
            }
        }
        assert!(refusals.rows.len() <= ROWS_MAX);
        told += refusals.flush(now).iter().map(|one| one.refusal.count).sum::<u64>();
        assert_eq!(told, 24_000);
    }
}
