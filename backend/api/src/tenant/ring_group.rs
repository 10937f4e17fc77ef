//! Numbers that ring several people (RG-01…RG-05).

use shared::Page;
use shared::ring_group::{CreateRingGroup, DeleteRingGroup, ListRingGroups, RingGroup, UpdateRingGroup};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListRingGroups) -> Result<Page<RingGroup>> {
    Ok(caller.store.list_ring_groups(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateRingGroup) -> Result<RingGroup> {
    Ok(caller.store.create_ring_group(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateRingGroup) -> Result<RingGroup> {
    Ok(caller.store.update_ring_group(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteRingGroup) -> Result<()> {
    Ok(caller.store.delete_ring_group(caller.now, &caller.actor, &operation).await?)
}
