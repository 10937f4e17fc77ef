//! What a manager sees of its queues and a member of itself, and what either decides.

use shared::queue::Queue;
use shared::queue_agent::{GetOwnWallboard, OwnWallboard, QueueStanding, SetOwnAgentReady};
use shared::queue_call::QueueFigures;

use crate::caller::User;
use crate::error::{Error, Result};
use crate::wallboard::{Wish, standing};

const MEMBER: &str = "extension_id";

pub(crate) async fn get(caller: User, _: GetOwnWallboard) -> Result<OwnWallboard> {
    let own = caller.extension;
    let queues = caller.store.queues().await?;
    let find = |standing: &QueueStanding| queues.iter().find(|queue| queue.id == standing.queue_id);
    let mut board = OwnWallboard::default();
    for standing in standing(&caller.app, &caller.store, caller.now).await? {
        let Some(Queue { settings, .. }) = find(&standing) else { continue };
        if settings.managers.contains(&own) {
            board.managed.push(standing);
        } else if settings.members.contains(&own) {
            let agents = standing.agents.into_iter().filter(|agent| agent.extension_id == own).collect();
            let (waiting, today) = (Vec::new(), QueueFigures::default());
            board.member.push(QueueStanding { agents, waiting, today, ..standing });
        }
    }
    Ok(board)
}

pub(crate) async fn set_ready(caller: User, operation: SetOwnAgentReady) -> Result<()> {
    let SetOwnAgentReady { queue_id, extension_id, ready, pause_reason } = operation;
    let (own, pause_reason) = (caller.extension, pause_reason.trim().to_owned());
    let is_other = extension_id.is_some_and(|wanted| wanted != own);
    let wish = Wish { queue_id, extension_id: extension_id.unwrap_or(own), ready, pause_reason };
    let mut all = caller.store.queues().await?;
    if is_other {
        all.retain(|queue| queue.settings.managers.contains(&own));
        if all.is_empty() {
            return Err(Error::field(MEMBER, "Only a manager of its queue, or an administrator, decides for others."));
        }
    }
    let queues = wish.queues(&all, MEMBER)?;
    wish.tell(&caller.app, &caller.store, &queues, MEMBER).await?;
    if !is_other {
        return Ok(());
    }
    let (tenant, subject) = (caller.store.tenant_id(), wish.subject(&caller.store, &queues).await?);
    Ok(caller.app.store.note_done(caller.now, &caller.actor, Some(tenant), "SetOwnAgentReady", &subject).await?)
}
