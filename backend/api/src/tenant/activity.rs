//! Who changed what in the tenant.

use shared::Page;
use shared::activity::{Activity, ListActivity};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListActivity) -> Result<Page<Activity>> {
    Ok(caller.store.list_activity(&operation).await?)
}
