//! The tenant's call queues.

use shared::Page;
use shared::queue::{CreateQueue, DeleteQueue, ListQueues, Queue, UpdateQueue};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListQueues) -> Result<Page<Queue>> {
    Ok(caller.store.list_queues(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateQueue) -> Result<Queue> {
    Ok(caller.store.create_queue(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateQueue) -> Result<Queue> {
    Ok(caller.store.update_queue(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteQueue) -> Result<()> {
    Ok(caller.store.delete_queue(caller.now, &caller.actor, &operation).await?)
}
