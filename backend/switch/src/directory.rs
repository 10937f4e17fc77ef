//! A tenant's plan, by number and by id.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::conference::ConferenceRoom;
use shared::presence::PresenceStatus;
use shared::queue::Queue;
use shared::receptionist::Receptionist;
use shared::ring_group::RingGroup;
use shared::{ConferenceRoomId, ExtensionId, QueueId, ReceptionistId, RingGroupId};

use crate::callers::Callers;
use crate::plan::{ExtensionPlan, TenantPlan};

/// A plan that can be looked things up in.
#[derive(Debug)]
pub struct Directory {
    /// The plan.
    pub plan: TenantPlan,
    by_number: BTreeMap<String, usize>,
    by_id: BTreeMap<ExtensionId, usize>,
    /// All numbers at which somebody answers, in order.
    pub numbers: Arc<[String]>,
    /// Who is treated in a way of its own in queues.
    pub callers: Callers,
}

impl Directory {
    /// Of a plan.
    pub fn new(plan: TenantPlan) -> Self {
        let numbered = |(position, extension): (usize, &ExtensionPlan)| (extension.number.clone(), position);
        let by_number = plan.extensions.iter().enumerate().map(numbered).collect();
        let by_id = plan.extensions.iter().enumerate().map(|(position, extension)| (extension.id, position)).collect();
        let groups = plan.ring_groups.iter().map(|group| &group.settings.number);
        let receptionists = plan.receptionists.iter().map(|receptionist| &receptionist.settings.number);
        let rooms = plan.conference_rooms.iter().map(|room| &room.settings.number);
        let queues = plan.queues.iter().map(|queue| &queue.settings.number);
        let own = plan.extensions.iter().map(|extension| &extension.number);
        let house = receptionists.chain(rooms).chain(queues);
        let mut numbers: Vec<String> = own.chain(groups).chain(house).cloned().collect();
        numbers.sort_unstable();
        let callers = Callers::new(&plan.dialing, &plan.vips, &plan.exclusive_agents, &plan.nuisances);
        Self { plan, by_number, by_id, numbers: numbers.into(), callers }
    }

    /// The extension with this number.
    pub fn number(&self, number: &str) -> Option<&ExtensionPlan> {
        self.by_number.get(number).and_then(|position| self.plan.extensions.get(*position))
    }

    /// The person of this extension has set another status; is there such an extension?
    pub fn set_status(&mut self, id: ExtensionId, status: PresenceStatus) -> bool {
        let known = self.by_id.get(&id).and_then(|position| self.plan.extensions.get_mut(*position));
        known.map(|known| known.presence.status = status).is_some()
    }

    /// The ring group with this number.
    pub fn ring_group_number(&self, number: &str) -> Option<&RingGroup> {
        self.plan.ring_groups.iter().find(|group| group.settings.number == number)
    }

    /// The ring group with this id.
    pub fn ring_group(&self, id: RingGroupId) -> Option<&RingGroup> {
        self.plan.ring_groups.iter().find(|group| group.id == id)
    }

    /// The receptionist with this number.
    pub fn receptionist_number(&self, number: &str) -> Option<&Arc<Receptionist>> {
        self.plan.receptionists.iter().find(|receptionist| receptionist.settings.number == number)
    }

    /// The receptionist with this id.
    pub fn receptionist(&self, id: ReceptionistId) -> Option<&Arc<Receptionist>> {
        self.plan.receptionists.iter().find(|receptionist| receptionist.id == id)
    }

    /// The conference room with this number.
    pub fn conference_number(&self, number: &str) -> Option<&Arc<ConferenceRoom>> {
        self.plan.conference_rooms.iter().find(|room| room.settings.number == number)
    }

    /// The conference room with this id.
    pub fn conference_room(&self, id: ConferenceRoomId) -> Option<&Arc<ConferenceRoom>> {
        self.plan.conference_rooms.iter().find(|room| room.id == id)
    }

    /// The queue with this number.
    pub fn queue_number(&self, number: &str) -> Option<&Arc<Queue>> {
        self.plan.queues.iter().find(|queue| queue.settings.number == number)
    }

    /// The queue with this id.
    pub fn queue(&self, id: QueueId) -> Option<&Arc<Queue>> {
        self.plan.queues.iter().find(|queue| queue.id == id)
    }

    /// Does anybody of the tenant answer at this number?
    pub fn is_number(&self, number: &str) -> bool {
        self.numbers.binary_search_by(|known| known.as_str().cmp(number)).is_ok()
    }

    /// The extension with this id.
    pub fn extension(&self, id: ExtensionId) -> Option<&ExtensionPlan> {
        self.by_id.get(&id).and_then(|position| self.plan.extensions.get(*position))
    }
}
