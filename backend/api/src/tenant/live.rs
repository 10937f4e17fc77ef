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
    let tenant = caller.store.tenant_id();
    if !caller.app.door.hang_up(tenant, call_id).await? {
        return Err(Error::NotFound);
    }
    let subject = format!("call {call_id}");
    Ok(caller.app.store.note_done(caller.now, &caller.actor, Some(tenant), "HangUpCall", &subject).await?)
}
