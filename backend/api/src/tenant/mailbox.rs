//! The mailboxes of extensions, as an administrator sets them up (EXT-06). What lies in them is for their owners alone.

use shared::voicemail::{GetMailbox, Mailbox, UpdateMailbox};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, operation: GetMailbox) -> Result<Mailbox> {
    Ok(caller.store.mailbox(operation.extension_id).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateMailbox) -> Result<Mailbox> {
    let UpdateMailbox { extension_id, change } = operation;
    let (store, name) = (&caller.store, "UpdateMailbox");
    Ok(store.update_mailbox(caller.now, &caller.actor, name, extension_id, &change).await?)
}
