//! The wallboard of the tenant's administrator, who sets every member ready or not.

use shared::queue_agent::{GetWallboard, QueueStanding, SetAgentReady};

use crate::caller::TenantAdmin;
use crate::error::{Error, Result};
use crate::wallboard::{Wish, standing};

const MEMBER: &str = "extension_id";

pub(crate) async fn get(caller: TenantAdmin, _: GetWallboard) -> Result<Vec<QueueStanding>> {
    standing(&caller.app, &caller.store, caller.now).await
}

pub(crate) async fn set_ready(caller: TenantAdmin, operation: SetAgentReady) -> Result<()> {
    let SetAgentReady { queue_id, extension_id, ready, pause_reason } = operation;
    let extension_id = extension_id.ok_or_else(|| Error::field(MEMBER, "Say which member."))?;
    let wish = Wish { queue_id, extension_id, ready, pause_reason: pause_reason.trim().to_owned() };
    let all = caller.store.queues().await?;
    let queues = wish.queues(&all, MEMBER)?;
    wish.tell(&caller.app, &caller.store, &queues, MEMBER).await?;
    let (tenant, subject) = (caller.store.tenant_id(), wish.subject(&caller.store, &queues).await?);
    Ok(caller.app.store.note_done(caller.now, &caller.actor, Some(tenant), "SetAgentReady", &subject).await?)
}
