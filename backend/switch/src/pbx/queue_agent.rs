//! The members of queues: how they stand, and how ready they are; and what pages and the store are told (Q-06, Q-14… ).

use shared::fact::Fact;
use shared::presence::PresenceStatus;
use shared::queue_agent::{AgentReadiness, QueueStanding, ReadyChange};
use shared::queue_call::QueueOutcome;
use shared::reason::Reason;
use shared::{ExtensionId, QueueId};

use crate::outside::Outside;
use crate::pbx::Pbx;
use crate::queue::{Change, LetGo, Standing};
use crate::stage::queue::QueueNews;
use crate::stage::{AgentCode, Event, Hosted};

impl Pbx {
    /// What somebody hears who has dialled how ready it is.
    pub(super) fn agent_code(&self, extension: ExtensionId, is_ready: bool, queue: Option<QueueId>) -> Hosted {
        let number = self.number_of(extension);
        let language = self.queues.language_of(extension, queue);
        let (is_member, language) = (language.is_some(), language.unwrap_or_default());
        Hosted::Agent(AgentCode { extension, number, is_ready, queue, is_member, language })
    }

    /// How an extension stands elsewhere.
    pub(super) fn agent_standing(&self, agent: ExtensionId) -> Standing {
        let held = self.registrar.of(agent);
        let known = self.directory.extension(agent);
        Standing {
            is_registered: !held.is_empty(),
            is_reachable: held.iter().any(|binding| binding.reachable) && known.is_some_and(|known| known.enabled),
            is_undisturbed: known.is_some_and(|known| known.presence.status == PresenceStatus::DoNotDisturb),
            calls: self.lines_now(agent).into_iter().map(|(call, ..)| call).collect(),
        }
    }

    /// Other queues, or members, from now on: who waits where none is any more is led on.
    pub(super) fn set_queues(&mut self, outside: &mut Outside) {
        let queues = self.directory.plan.queues.clone();
        let LetGo { waiting, callbacks } = self.queues.set(&queues, outside.now);
        self.agents_came_back(outside);
        let waiting = waiting.into_iter().map(|call| (call, Event::Queue(QueueNews::Out(QueueOutcome::Removed))));
        for (call, event) in waiting.chain(callbacks.into_iter().map(|call| (call, Event::HangUp))) {
            if let Some(known) = self.calls.get_mut(&call) {
                let name = known.history.record.callee_name.clone();
                known.history.note(outside.now, "queue", &name, "", Reason::QueueGone);
            }
            self.handle(outside, call, event);
        }
        self.stir(outside);
    }

    /// All members stand as they do; none of them has just registered.
    pub(super) fn agents_came_back(&mut self, outside: &mut Outside) {
        for agent in self.queues.agents() {
            self.agent_came_back(outside, agent);
        }
    }

    /// The same for one of them.
    pub(super) fn agent_came_back(&mut self, outside: &mut Outside, agent: ExtensionId) {
        if self.queues.is_agent(agent) {
            let standing = self.agent_standing(agent);
            self.queues.stands(agent, standing, true, outside.now);
            self.stir(outside);
        }
    }

    /// How ready a member was before a restart.
    pub fn restore_readiness(&mut self, outside: &mut Outside, row: &AgentReadiness) {
        self.queues.restore(row, outside.now);
        self.stir(outside);
    }

    /// Sets a member ready, or not, for a page; is it a member there?
    pub fn set_agent_ready(&mut self, outside: &mut Outside, change: &ReadyChange) -> bool {
        let ReadyChange { queue_id, extension_id, ready, pause_reason, .. } = change;
        self.stir(outside);
        self.queues.set_ready(*queue_id, *extension_id, *ready, pause_reason, outside.now)
    }

    /// How all queues stand; the figures of the day are the store's.
    pub fn queue_standings(&self) -> Vec<QueueStanding> {
        let mut all = self.queues.standings();
        for agent in all.iter_mut().flat_map(|queue| &mut queue.agents) {
            if let Some(known) = self.directory.extension(agent.extension_id) {
                agent.number.clone_from(&known.number);
                agent.name.clone_from(&known.name);
            }
        }
        all
    }

    /// Others are told what has changed.
    pub(super) fn tell_queues(&self, outside: &mut Outside, changes: Vec<(QueueId, Change)>) {
        for (id, change) in changes {
            let managers = self.directory.queue(id).map(|queue| queue.settings.managers.clone()).unwrap_or_default();
            let fact = match change {
                Change::Call(queue_call) => Fact::QueueCallChanged { queue_call, managers },
                Change::Agent(mut agent) => {
                    if let Some(known) = self.directory.extension(agent.extension_id) {
                        agent.number.clone_from(&known.number);
                        agent.name.clone_from(&known.name);
                    }
                    Fact::AgentChanged { agent, managers }
                }
            };
            outside.fact(Some(self.id()), fact);
        }
    }
}
