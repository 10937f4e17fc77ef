//! A tenant after a fault in its code: as its plan says, with its registrations and the messages that wait; its calls are
//! over.

use media::What;
use sip::Reply;

use crate::outside::{FlowUser, Outside, Timer};
use crate::pbx::Pbx;

impl Pbx {
    /// Nothing of the old one is trusted but its plan, its bindings, its messages and those in its mailboxes, its wrong PINs, and the
    /// records of its calls.
    pub fn rebuilt(mut self, outside: &mut Outside) -> Self {
        let tenant = self.id();
        outside.evict(tenant);
        for (taping, at) in self.conferences.take_tapings(outside.now) {
            self.end_room_recording(outside, taping, at);
        }
        let mut new = Self::new(self.directory.plan, outside.now);
        let (changes, queues) = self.queues.broken_off(outside.now);
        new.queues = queues;
        new.tell_queues(outside, changes);
        new.pins = self.pins;
        new.mailboxes = self.mailboxes;
        new.registrar = self.registrar;
        for (extension, binding) in new.registrar.all() {
            outside.arm(binding.expires_at, Timer::Binding(tenant, extension, binding.id));
            if binding.reachable {
                outside.use_flow(binding.flow, FlowUser::Binding(tenant, extension, binding.id));
            }
        }
        for (message, asked_by) in self.posts.into_messages() {
            if let Some(request) = asked_by {
                outside.stack.respond(outside.now, request, Reply::status(202));
            }
            new.restore_message(outside, message);
        }
        for (id, mut call) in self.calls {
            outside.calls.insert(id, tenant);
            for leg in call.break_off(outside.now) {
                outside.order((id, call.lane_of(leg)), leg, What::Close);
            }
            new.calls.insert(id, call);
            new.settle(outside, id);
        }
        new.review_rooms(outside);
        new.agents_came_back(outside);
        new
    }
}
