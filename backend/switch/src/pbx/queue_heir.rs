//! A place in line that is handed on: who consults a queue and hands its other call over while nobody has answered yet leaves it the
//! place and the time that was waited.

use media::LegId;
use shared::reason::Reason;
use shared::{CallId, QueueId};

use crate::leg::Leg;
use crate::outside::{Outside, Owner};
use crate::pbx::Pbx;
use crate::pbx::replace::replaced;
use crate::queue::Heir;
use crate::stage::queue::{Entrance, QueueNews};
use crate::stage::{Event, Goal, Hosted};

impl Pbx {
    /// The call of the same person that Replaces names, where it waits on the line of a queue, and the queue.
    pub(super) fn in_line(&self, outside: &Outside, by: &Leg, replaces: &str) -> Option<(Owner, QueueId)> {
        let named = replaced(outside, replaces).filter(|named| named.tenant == self.id())?;
        let other = self.calls.get(&named.call).filter(|call| !call.is_over())?;
        let own =
            other.legs.get(&named.leg).is_some_and(|leg| leg.extension == by.extension && leg.extension.is_some());
        // Whoever is to be called back keeps its place, whatever becomes of the call in which that is done.
        let waiting = self.queues.of(named.call).filter(|call| own && call.waits() && !call.callback)?;
        Some((named, waiting.queue_id))
    }

    /// The place of a call that waits is the place of whoever comes to the queue in another one; the call that waited is over.
    pub(super) fn hand_place_on(&mut self, outside: &mut Outside, waiting: Owner, heir: CallId, goal: &Goal) {
        if let Goal::Hosted(hosted) = goal
            && let Hosted::Queue(visit) = &**hosted
        {
            let (codes, callers) = (&self.directory.plan.dialing, &self.directory.callers);
            let (caller, name) = (visit.caller.clone(), visit.name.clone());
            let vip = callers.is_vip(codes, &caller, outside.now);
            let exclusive = callers.exclusive(codes, &caller);
            self.queues.hand_over(waiting.call, heir, Heir { caller, name, vip, exclusive }, outside.now);
            // A member who waits itself is rung for nobody in that line.
            let legs = self.calls.get(&heir).into_iter().flat_map(|call| call.legs.values());
            outside.agents.extend(legs.filter_map(|leg| leg.extension).map(|extension| (self.id(), extension)));
            self.stir(outside);
        }
        let leg: LegId = waiting.leg;
        self.handle(outside, waiting.call, Event::Taken(leg));
    }

    /// Somebody to whom a place was handed comes to it.
    pub(super) fn come_into_queue(&mut self, outside: &mut Outside, id: CallId, entrance: &Entrance) {
        let now = outside.now;
        let settings = &entrance.queue.settings;
        let since = self.queues.of(id).map_or(now, |call| call.entered_at);
        let rank = self.queues.come_in(id, entrance.is_held_back).unwrap_or(1).to_string();
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.music = settings.music;
        call.history.note(now, "queue", &settings.name, &rank, Reason::QueueEntered);
        self.handle(outside, id, Event::Queue(QueueNews::Entered(since)));
    }
}
