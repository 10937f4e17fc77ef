//! A member's readiness in the words of other systems: queue by number, member by id or number.

use shared::queue_agent::UpdateMemberState;
use shared::role::Role;
use store::Actor;

use crate::caller::{NEEDS_TENANT, SignedIn};
use crate::error::{Error, Result};
use crate::wallboard::Wish;

const QUEUE: &str = "extension_number";
const NO_MEMBER: &str = "This is no member who answers for the queue.";
const OTHERS: Error = Error::Forbidden("Only an administrator of the company decides for others.");

pub(crate) async fn update(caller: SignedIn, operation: UpdateMemberState) -> Result<()> {
    let UpdateMemberState { extension_number, status, extension_id, member_number } = operation;
    let tenant = caller.tenant_id().ok_or(NEEDS_TENANT)?;
    let store = caller.app.store.tenant(tenant);
    let is_administrator = caller.account.role != Role::User;
    let own = caller.account.extension_id.filter(|_| caller.acting_for.is_none());
    let queue = store.find_queue(extension_number.trim()).await?;
    let queue = queue.ok_or_else(|| Error::field(QUEUE, "There is no queue of this number."))?;
    let number = member_number.trim();
    let field = if extension_id.is_none() && !number.is_empty() { "member_number" } else { "extension_id" };
    let agents: Vec<_> = queue.settings.agents().collect();
    let names = store.names_of(&agents).await?;
    let by_number = || names.iter().find(|(_, (known, _))| known == number).map(|(id, _)| *id);
    let wanted = match (extension_id, number.is_empty()) {
        (Some(id), true) => Some(id),
        // Where both are said, they are of one member.
        (Some(id), false) => by_number().filter(|known| *known == id),
        (None, false) => by_number(),
        (None, true) => own,
    };
    if !is_administrator && wanted.is_some() && wanted != own {
        return Err(OTHERS);
    }
    let wanted = wanted.filter(|id| agents.contains(id)).ok_or_else(|| Error::field(field, NO_MEMBER))?;
    let wish = Wish { queue_id: Some(queue.id), extension_id: wanted, ready: status, pause_reason: String::new() };
    let queues = [&queue];
    wish.tell(&caller.app, &store, &queues, field).await?;
    if Some(wanted) == own {
        return Ok(());
    }
    let mut actor: Actor = caller.actor();
    if caller.acting_for.is_some() {
        actor.acting_for = Some(store.get_own_tenant().await?.name);
    }
    let subject = wish.subject(&store, &queues).await?;
    Ok(caller.app.store.note_done(caller.now, &actor, Some(tenant), "UpdateMemberState", &subject).await?)
}
