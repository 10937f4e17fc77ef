//! Readiness as it is set by hand, kept over restarts and shown (Q-15… ).

use std::sync::Arc;

use shared::language::Language;
use shared::queue::Queue;
use shared::queue_agent::{AgentReadiness, AgentStanding, QueueStanding, SHOWN_WAITING_MAX};
use shared::queue_call::QueueFigures;
use shared::{ExtensionId, Moment, QueueId};

use super::agent::Member;
use super::{Change, Queues};

impl Queues {
    /// Sets a member ready, or not, in one of its queues or in all. False where it is a member of none of them.
    pub fn set_ready(
        &mut self,
        queue: Option<QueueId>,
        agent: ExtensionId,
        is_ready: bool,
        pause_reason: &str,
        now: Moment,
    ) -> bool {
        let Some(known) = self.agents.get_mut(&agent) else { return false };
        let queues: Vec<QueueId> =
            known.queues.iter().copied().filter(|id| queue.is_none_or(|one| one == *id)).collect();
        if is_ready && !queues.is_empty() {
            // Whoever says that it is ready does not want its time any longer.
            (known.wraps_until, known.rests_until) = (None, None);
        }
        for id in &queues {
            self.set_in(*id, agent, (is_ready, pause_reason));
        }
        self.review(agent, now);
        !queues.is_empty()
    }

    /// In which language a member of the queue, or of any, is told how ready it is; none where it is no member.
    pub fn language_of(&self, agent: ExtensionId, queue: Option<QueueId>) -> Option<Language> {
        let mut own = self.agents.get(&agent)?.queues.iter().filter(|id| queue.is_none_or(|one| one == **id));
        own.next().and_then(|id| self.desks.get(id)).map(|desk| desk.queue.settings.language)
    }

    /// How ready members were before a restart; whoever is not named is as a new member is.
    pub fn restore(&mut self, readiness: &AgentReadiness, now: Moment) {
        let AgentReadiness { queue_id, extension_id, ready, pause_reason, since } = readiness;
        let Some(desk) = self.desks.get_mut(queue_id) else { return };
        let Some(member) = desk.members.get_mut(extension_id) else { return };
        (member.is_ready, member.since) = (*ready, *since);
        pause_reason.clone_into(&mut member.pause_reason);
        member.told = (*ready, pause_reason.clone());
        // What was told last was of the time before.
        let told = Self::standing_of(&desk.queue, *extension_id, member);
        self.changes.push((*queue_id, Change::Agent(told)));
        self.review(*extension_id, now);
    }

    fn set_in(&mut self, id: QueueId, agent: ExtensionId, (is_ready, reason): (bool, &str)) {
        let Some(member) = self.desks.get_mut(&id).and_then(|desk| desk.members.get_mut(&agent)) else { return };
        member.is_ready = is_ready;
        if is_ready {
            member.pause_reason.clear();
        } else {
            reason.clone_into(&mut member.pause_reason);
        }
    }

    /// As others are told; number and name are filled in by whoever knows them.
    pub(super) fn standing_of(queue: &Arc<Queue>, agent: ExtensionId, member: &Member) -> AgentStanding {
        AgentStanding {
            queue_id: queue.id,
            extension_id: agent,
            number: String::new(),
            name: String::new(),
            ready: member.is_ready,
            pause_reason: member.pause_reason.clone(),
            state: member.state,
            since: member.since,
            call_id: member.call,
        }
    }

    /// How each queue stands, by their numbers; the figures of the day are not the switch's.
    pub fn standings(&self) -> Vec<QueueStanding> {
        let mut all: Vec<QueueStanding> = self
            .desks
            .values()
            .map(|desk| {
                let settings = &desk.queue.settings;
                let members = settings.agents().filter_map(|agent| Some((agent, desk.members.get(&agent)?)));
                QueueStanding {
                    queue_id: desk.queue.id,
                    number: settings.number.clone(),
                    name: settings.name.clone(),
                    sla_seconds: settings.sla_seconds,
                    pause_reasons: settings.pause_reasons.clone(),
                    waiting: desk.line.iter().take(SHOWN_WAITING_MAX).map(|(_, waiter)| waiter.call.clone()).collect(),
                    waiting_count: u32::try_from(desk.line.len()).unwrap_or(u32::MAX),
                    agents: members.map(|(agent, member)| Self::standing_of(&desk.queue, agent, member)).collect(),
                    today: QueueFigures::default(),
                }
            })
            .collect();
        all.sort_by(|one, other| one.number.cmp(&other.number));
        all
    }
}
