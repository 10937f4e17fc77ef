//! The trunks that a tenant may use, and its own.

use shared::Page;
use shared::diagnosis::Finding;
use shared::trunk::{CreateOwnTrunk, DeleteOwnTrunk, ListUsableTrunks, Trunk, UpdateOwnTrunk};
use shared::trunk_test::TestUsableTrunk;

use crate::admin::trunk::{check_roots, tried, with_standings};
use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListUsableTrunks) -> Result<Page<Trunk>> {
    let page = caller.store.list_usable_trunks(&operation).await?;
    Ok(with_standings(&caller.app, page).await)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateOwnTrunk) -> Result<Trunk> {
    check_roots(&operation.settings)?;
    Ok(caller.store.create_own_trunk(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateOwnTrunk) -> Result<Trunk> {
    check_roots(&operation.settings)?;
    Ok(caller.store.update_own_trunk(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteOwnTrunk) -> Result<()> {
    Ok(caller.store.delete_own_trunk(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn test(caller: TenantAdmin, operation: TestUsableTrunk) -> Result<Vec<Finding>> {
    let trunk = caller.store.get_usable_trunk(operation.trunk_id).await?;
    let used = caller.store.trunk_use(trunk.id).await?;
    tried(&caller.app, trunk, used).await
}
