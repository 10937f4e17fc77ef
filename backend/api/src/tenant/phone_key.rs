//! The keys of people's desk phones (EXT-16).

use shared::phone_key::{GetPhoneKeys, PhoneKeys, UpdatePhoneKeys};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, operation: GetPhoneKeys) -> Result<PhoneKeys> {
    Ok(caller.store.phone_keys(operation.extension_id).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdatePhoneKeys) -> Result<PhoneKeys> {
    let (store, name) = (&caller.store, "UpdatePhoneKeys");
    Ok(store.update_phone_keys(caller.now, &caller.actor, name, operation.extension_id, &operation.keys).await?)
}
