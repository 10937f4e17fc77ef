//! The user's own mailbox (EXT-06).

use shared::voicemail::{GetOwnMailbox, Mailbox, UpdateOwnMailbox};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, _: GetOwnMailbox) -> Result<Mailbox> {
    Ok(caller.store.mailbox(caller.extension).await?)
}

pub(crate) async fn update(caller: User, operation: UpdateOwnMailbox) -> Result<Mailbox> {
    let (store, name) = (&caller.store, "UpdateOwnMailbox");
    Ok(store.update_mailbox(caller.now, &caller.actor, name, caller.extension, &operation.change).await?)
}
