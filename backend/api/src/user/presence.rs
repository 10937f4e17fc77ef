//! How the user wants to be seen (EXT-21).

use shared::presence::{GetOwnPresence, OwnPresence, UpdateOwnPresence};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, _: GetOwnPresence) -> Result<OwnPresence> {
    Ok(caller.store.own_presence(caller.extension).await?)
}

pub(crate) async fn update(caller: User, operation: UpdateOwnPresence) -> Result<OwnPresence> {
    Ok(caller.store.update_own_presence(caller.extension, &operation).await?)
}
