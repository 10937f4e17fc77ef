//! Queues as they stand, and who of a queue's members is ready: what all that ask for it have in common.

use shared::queue::{Queue, is_pause_reason};
use shared::queue_agent::{QueueStanding, ReadyChange};
use shared::{ExtensionId, Moment, QueueId};
use store::TenantStore;

use crate::App;
use crate::error::{Error, Result};
use crate::tenant::queue_call::zone;
use crate::time_span::midnight;

/// All queues of a tenant as they stand, with the figures of its day.
pub(crate) async fn standing(app: &App, store: &TenantStore, now: Moment) -> Result<Vec<QueueStanding>> {
    let mut queues = app.door.queues(store.tenant_id()).await?;
    let today = store.queue_figures(midnight(now, &zone(store).await?), now).await?;
    for queue in &mut queues {
        queue.today = today.get(&queue.queue_id).copied().unwrap_or_default();
    }
    Ok(queues)
}

/// What somebody wants of a member.
pub(crate) struct Wish {
    pub(crate) queue_id: Option<QueueId>,
    pub(crate) extension_id: ExtensionId,
    pub(crate) ready: bool,
    pub(crate) pause_reason: String,
}

impl Wish {
    /// The queues that it is about, of those that somebody may decide on; `field` is where the member stands in the form.
    pub(crate) fn queues<'a>(&self, of: &'a [Queue], field: &str) -> Result<Vec<&'a Queue>> {
        let is_agent = |queue: &&Queue| queue.settings.agents().any(|agent| agent == self.extension_id);
        let found: Vec<&Queue> = match self.queue_id {
            Some(id) => {
                let queue = of.iter().find(|queue| queue.id == id);
                let queue = queue.ok_or_else(|| Error::field("queue_id", "There is no such queue of yours."))?;
                Some(queue).filter(is_agent).into_iter().collect()
            }
            None => of.iter().filter(is_agent).collect(),
        };
        if found.is_empty() {
            return Err(Error::field(field, "This is no member who answers for it."));
        }
        if self.ready || self.pause_reason.is_empty() {
            return Ok(found);
        }
        // A reason that a queue offers; of several queues, any of them.
        let offered = found.iter().any(|queue| queue.settings.pause_reasons.contains(&self.pause_reason));
        match offered && is_pause_reason(&self.pause_reason) {
            true => Ok(found),
            false => Err(Error::field("pause_reason", "Choose one of the reasons that the queue offers.")),
        }
    }

    /// Tells the switch, of each queue by itself; `field` as above.
    pub(crate) async fn tell(&self, app: &App, store: &TenantStore, queues: &[&Queue], field: &str) -> Result<()> {
        for queue in queues {
            let change = ReadyChange {
                tenant_id: store.tenant_id(),
                queue_id: Some(queue.id),
                extension_id: self.extension_id,
                ready: self.ready,
                pause_reason: if self.ready { String::new() } else { self.pause_reason.clone() },
            };
            if !app.door.set_agent_ready(change).await? {
                return Err(Error::field(field, "This is no member who answers for it."));
            }
        }
        Ok(())
    }

    /// As the log calls it: the member by its number.
    pub(crate) async fn subject(&self, store: &TenantStore, queues: &[&Queue]) -> Result<String> {
        let names = store.names_of(&[self.extension_id]).await?;
        let member = names.get(&self.extension_id).map(|(number, _)| number.as_str()).unwrap_or_default();
        let numbers: Vec<&str> = queues.iter().map(|queue| queue.settings.number.as_str()).collect();
        let state = if self.ready { "ready" } else { "not ready" };
        Ok(format!("{member} {state} in queue {}", numbers.join(", ")))
    }
}
