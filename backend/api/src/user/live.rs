//! The running calls of oneself, and of those whom one is a manager of (CALL-01, CALL-02, GRP-04).

use shared::CallId;
use shared::call_record::{CallRecord, HangUpOwnCall};
use shared::live::{ListOwnLiveCalls, LiveCall};

use crate::caller::User;
use crate::error::{Error, Result};

pub(crate) async fn list(caller: User, _: ListOwnLiveCalls) -> Result<Vec<LiveCall>> {
    seen(&caller).await
}

/// Ends such a call; any other is as one that never was.
pub(crate) async fn hang_up(caller: User, HangUpOwnCall { call_id }: HangUpOwnCall) -> Result<()> {
    let tenant = caller.store.tenant_id();
    let is_seen = is_one(&seen(&caller).await?, call_id);
    if !is_seen || !caller.app.door.hang_up(tenant, call_id).await? {
        return Err(Error::NotFound);
    }
    let subject = format!("call {call_id}");
    Ok(caller.app.store.note_done(caller.now, &caller.actor, Some(tenant), "HangUpOwnCall", &subject).await?)
}

/// The calls of the tenant whose one end is the caller's own extension, or one that it answers for.
async fn seen(caller: &User) -> Result<Vec<LiveCall>> {
    let mut people = caller.store.managed(caller.extension).await?;
    people.insert(caller.extension);
    let is_of_them = |call: &CallRecord| {
        [call.caller_extension_id, call.callee_extension_id].into_iter().flatten().any(|id| people.contains(&id))
    };
    let calls = caller.app.door.live_calls(Some(caller.store.tenant_id())).await?;
    Ok(calls.into_iter().filter(is_of_them).collect())
}

fn is_one(calls: &[LiveCall], call_id: CallId) -> bool {
    calls.iter().any(|call| call.id == call_id)
}
