//! Where the user's own calls go (EXT-08, EXT-22).

use shared::forwarding::{Forwarding, GetOwnForwarding, OwnForwarding, UpdateOwnForwarding};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, _: GetOwnForwarding) -> Result<OwnForwarding> {
    Ok(caller.store.own_forwarding(caller.extension).await?)
}

pub(crate) async fn update(caller: User, operation: UpdateOwnForwarding) -> Result<Forwarding> {
    let (store, name) = (&caller.store, "UpdateOwnForwarding");
    Ok(store.update_forwarding(caller.now, &caller.actor, name, caller.extension, &operation.forwarding).await?)
}
