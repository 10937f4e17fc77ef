//! What has happened to the whole installation (LOG-01).

use shared::Page;
use shared::event::{Event, ListAllEvents};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn list(caller: Admin, operation: ListAllEvents) -> Result<Page<Event>> {
    Ok(caller.store.list_all_events(&operation).await?)
}
