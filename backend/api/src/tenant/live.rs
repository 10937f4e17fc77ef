//! The tenant's running calls.

use shared::call_record::HangUpCall;
use shared::live::{ListLiveCalls, LiveCall};

use crate::caller::TenantAdmin;
use crate::error::{Error, Result};

pub(crate) async fn list(caller: TenantAdmin, _: ListLiveCalls) -> Result<Vec<LiveCall>> {
    caller.app.door.live_calls(Some(caller.store.tenant_id())).await
}

/// Ends a running call of the tenant (CALL-02); another tenant's is as one that never was.
pub(crate) async fn hang_up(caller: TenantAdmin, HangUpCall { call_id }: HangUpCall) -> Result<()> {
    match caller.app.door.hang_up(caller.store.tenant_id(), call_id).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}
