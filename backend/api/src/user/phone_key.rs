//! The keys of one's own desk phones (EXT-16, EXT-22).

use shared::phone_key::{GetOwnPhoneKeys, PhoneKeys, UpdateOwnPhoneKeys};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, _: GetOwnPhoneKeys) -> Result<PhoneKeys> {
    Ok(caller.store.phone_keys(caller.extension).await?)
}

pub(crate) async fn update(caller: User, operation: UpdateOwnPhoneKeys) -> Result<PhoneKeys> {
    let (store, name) = (&caller.store, "UpdateOwnPhoneKeys");
    Ok(store.update_phone_keys(caller.now, &caller.actor, name, caller.extension, &operation.keys).await?)
}
