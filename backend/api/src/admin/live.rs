//! The running calls of all tenants.

use shared::live::{ListAllLiveCalls, LiveCall};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn list(caller: Admin, _: ListAllLiveCalls) -> Result<Vec<LiveCall>> {
    caller.app.door.live_calls(None).await
}
