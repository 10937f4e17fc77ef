//! Who changed what in the tenant.

use shared::Page;
use shared::activity::{Activity, ListActivity, UndoActivity};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListActivity) -> Result<Page<Activity>> {
    Ok(caller.store.list_activity(&operation).await?)
}

pub(crate) async fn undo(caller: TenantAdmin, operation: UndoActivity) -> Result<()> {
    Ok(caller.store.undo_activity(caller.now, &caller.actor, &operation).await?)
}
