//! The line of one queue: who waits, in which order, and for whom nobody is rung yet; pure.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use shared::queue_call::QueueCall;
use shared::{ExtensionId, Moment};

use super::CALLBACK_KEPT;

/// A place in a line: VIPs before all others, among themselves by time (VIP-02), and then by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    is_usual: bool,
    entered_at: Moment,
    /// Counted, so that two who come at the same moment have an order.
    number: u64,
}

impl Place {
    /// Of a call that is the `number`-th that the tenant's queues have seen.
    pub const fn of(call: &QueueCall, number: u64) -> Self {
        Self { is_usual: !call.vip, entered_at: call.entered_at, number }
    }

    /// The place of somebody else with the same time: one of its own rank where it is a VIP, or the other was.
    pub const fn of_heir(self, vip: bool) -> Self {
        Self { is_usual: !vip, ..self }
    }
}

/// Somebody in line.
#[derive(Clone, Debug)]
pub struct Waiter {
    /// How the call stands.
    pub call: QueueCall,
    /// Members who go before all others for it (EXA-02).
    pub exclusive: BTreeSet<ExtensionId>,
    /// Members who were rung for it in vain since all were last.
    pub tried: BTreeSet<ExtensionId>,
    /// Nobody is to be rung for it yet.
    pub is_held_back: bool,
}

impl Waiter {
    /// Until when it is kept, where it is to be called back.
    pub fn kept_until(&self) -> Option<Moment> {
        self.call.callback_at.map(|at| at + CALLBACK_KEPT)
    }
}

/// Who waits.
#[derive(Debug, Default)]
pub struct Line {
    /// All places in order, so that a rank is found without counting.
    order: VecDeque<Place>,
    waiters: BTreeMap<Place, Waiter>,
    /// Those for whom nobody is rung, and somebody may be.
    open: BTreeSet<Place>,
    /// The same of those who are to be called back.
    open_callbacks: BTreeSet<Place>,
}

impl Line {
    /// Somebody comes.
    pub fn insert(&mut self, place: Place, waiter: Waiter) {
        if let Err(at) = self.order.binary_search(&place) {
            self.order.insert(at, place);
        }
        if !waiter.is_held_back {
            self.open.insert(place);
        }
        self.waiters.insert(place, waiter);
    }

    /// Somebody goes.
    pub fn remove(&mut self, place: Place) -> Option<Waiter> {
        if let Ok(at) = self.order.binary_search(&place) {
            self.order.remove(at);
        }
        self.open.remove(&place);
        self.open_callbacks.remove(&place);
        self.waiters.remove(&place)
    }

    /// Who is at a place.
    pub fn get(&self, place: Place) -> Option<&Waiter> {
        self.waiters.get(&place)
    }

    /// The same, to change.
    pub fn get_mut(&mut self, place: Place) -> Option<&mut Waiter> {
        self.waiters.get_mut(&place)
    }

    /// Nobody is rung for it any more, or yet: it takes part again, or somebody is rung and it does not.
    pub fn open(&mut self, place: Place, is_open: bool) {
        self.open.remove(&place);
        self.open_callbacks.remove(&place);
        let Some(waiter) = self.waiters.get(&place).filter(|waiter| is_open && !waiter.is_held_back) else { return };
        let open = if waiter.call.callback { &mut self.open_callbacks } else { &mut self.open };
        open.insert(place);
    }

    /// The first for whom nobody is rung; where nobody may be called back now, the first who waits on the line.
    pub fn first_open(&self, may_call_back: bool) -> Option<Place> {
        let callback = self.open_callbacks.first().filter(|_| may_call_back);
        self.open.first().into_iter().chain(callback).min().copied()
    }

    /// The first for whom somebody is rung who waits on the line.
    pub fn first_rung(&self) -> Option<Place> {
        let rung = |(_, waiter): &(&Place, &Waiter)| !waiter.call.ringing.is_empty() && !waiter.call.callback;
        self.waiters.iter().find(rung).map(|(place, _)| *place)
    }

    /// The how-manieth a place is, from one.
    pub fn rank(&self, place: Place) -> Option<usize> {
        self.order.binary_search(&place).ok().map(|at| at + 1)
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Place, &Waiter)> {
        self.waiters.iter().map(|(place, waiter)| (*place, waiter))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.waiters.len()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use shared::{CallId, QueueCallId, QueueId, TenantId};

    use super::*;

    pub fn waiter(id: i64, at: i64, vip: bool) -> Waiter {
        let call = QueueCall {
            id: QueueCallId(id),
            tenant_id: TenantId(1),
            queue_id: QueueId(1),
            call_id: CallId(id),
            caller: format!("+49{id}"),
            caller_name: String::new(),
            entered_at: Moment::from_seconds(at),
            vip,
            callback: false,
            callback_at: None,
            callback_call_id: None,
            callback_breaks: 0,
            late: false,
            ringing: Vec::new(),
            answered_at: None,
            agent_id: None,
            ended_at: None,
            outcome: None,
        };
        let (exclusive, tried) = Default::default();
        Waiter { call, exclusive, tried, is_held_back: false }
    }

    // covers: VIP-02
    #[test]
    fn vip_02_vips_come_first_and_among_themselves_by_time() {
        let mut line = Line::default();
        let mut places = Vec::new();
        for (id, at, vip) in [(1, 10, false), (2, 11, true), (3, 12, false), (4, 13, true), (5, 13, true)] {
            let waiter = waiter(id, at, vip);
            let place = Place::of(&waiter.call, id as u64);
            places.push(place);
            line.insert(place, waiter);
        }
        let order = |line: &Line| line.iter().map(|(_, waiter)| waiter.call.id.0).collect::<Vec<_>>();
        assert_eq!(order(&line), [2, 4, 5, 1, 3]);
        assert_eq!(places.iter().map(|place| line.rank(*place).unwrap()).collect::<Vec<_>>(), [4, 1, 5, 2, 3]);
        assert_eq!(line.first_open(true), Some(places[1]));
        line.open(places[1], false);
        assert_eq!(line.first_open(true), Some(places[3]), "for the first somebody rings");
        line.open(places[1], true);
        assert_eq!(line.first_open(true), Some(places[1]), "it keeps its place");
        line.remove(places[3]).unwrap();
        assert_eq!((order(&line), line.rank(places[0]), line.rank(places[3])), (vec![2, 5, 1, 3], Some(3), None));
    }

    #[test]
    fn who_is_to_be_called_back_is_passed_over_while_nobody_may_be() {
        let mut line = Line::default();
        let places = [1, 2].map(|id| {
            let waiter = waiter(id, id, false);
            let place = Place::of(&waiter.call, id as u64);
            line.insert(place, waiter);
            place
        });
        line.get_mut(places[0]).unwrap().call.callback = true;
        line.open(places[0], true);
        assert_eq!([true, false].map(|may| line.first_open(may)), [Some(places[0]), Some(places[1])]);
        line.open(places[1], false);
        assert_eq!([true, false].map(|may| line.first_open(may)), [Some(places[0]), None]);
        line.remove(places[0]).unwrap();
        assert_eq!(line.first_open(true), None);
    }

    #[test]
    fn who_is_held_back_has_its_place_and_nobody_is_rung_for_it() {
        let mut line = Line::default();
        let held = Waiter { is_held_back: true, ..waiter(1, 10, false) };
        let place = Place::of(&held.call, 1);
        line.insert(place, held);
        line.open(place, true);
        assert_eq!((line.rank(place), line.first_open(true), line.len()), (Some(1), None, 1));
        line.get_mut(place).unwrap().is_held_back = false;
        line.open(place, true);
        assert_eq!(line.first_open(true), Some(place));
    }
}
