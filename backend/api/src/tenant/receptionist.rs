//! Numbers that answer by themselves (IVR-01…IVR-15).

use shared::Page;
use shared::receptionist::{
    CreateReceptionist, DeleteReceptionist, ListReceptionists, Receptionist, UpdateReceptionist,
};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListReceptionists) -> Result<Page<Receptionist>> {
    Ok(caller.store.list_receptionists(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateReceptionist) -> Result<Receptionist> {
    Ok(caller.store.create_receptionist(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateReceptionist) -> Result<Receptionist> {
    Ok(caller.store.update_receptionist(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteReceptionist) -> Result<()> {
    Ok(caller.store.delete_receptionist(caller.now, &caller.actor, &operation).await?)
}
