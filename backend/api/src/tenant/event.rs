//! What has happened to the tenant, as far as it concerns its administrator (LOG-01).

use shared::Page;
use shared::event::{Event, ListEvents};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListEvents) -> Result<Page<Event>> {
    Ok(caller.store.list_events(&operation).await?)
}
