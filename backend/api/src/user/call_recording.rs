//! The recording of a running call of the user's own (REC-01).

use shared::recording_rule::{OwnCallRecording, RecordOwnCall};

use crate::caller::User;
use crate::error::{Error, Result};

/// Asks the switch, which has the call; somebody else's is as one that never was.
pub(crate) async fn act(caller: User, operation: RecordOwnCall) -> Result<OwnCallRecording> {
    let RecordOwnCall { sip_call_id, action } = operation;
    let (tenant, door) = (caller.store.tenant_id(), &caller.app.door);
    match door.record_call(tenant, caller.extension, sip_call_id, action).await? {
        Some(Ok(state)) => Ok(state),
        Some(Err(reason)) => Err(Error::Store(store::Error::Conflict { field: "action", reason })),
        None => Err(Error::NotFound),
    }
}
