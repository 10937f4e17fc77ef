//! Who changed what, in the whole installation.

use shared::Page;
use shared::activity::{Activity, ListAllActivity};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn list(caller: Admin, operation: ListAllActivity) -> Result<Page<Activity>> {
    Ok(caller.store.list_all_activity(&operation).await?)
}
