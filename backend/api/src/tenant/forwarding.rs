//! Where an extension's calls go, as an administrator sets it (EXT-05, EXT-08).

use shared::forwarding::{Forwarding, GetForwarding, UpdateForwarding};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, operation: GetForwarding) -> Result<Forwarding> {
    Ok(caller.store.forwarding(operation.extension_id).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateForwarding) -> Result<Forwarding> {
    let UpdateForwarding { extension_id, forwarding } = operation;
    let (store, name) = (&caller.store, "UpdateForwarding");
    Ok(store.update_forwarding(caller.now, &caller.actor, name, extension_id, &forwarding).await?)
}
