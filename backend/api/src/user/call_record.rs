//! The user's own calls.

use shared::Page;
use shared::call_record::{CallDetail, CallRecord, GetOwnCall, ListOwnCalls};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn list(caller: User, operation: ListOwnCalls) -> Result<Page<CallRecord>> {
    Ok(caller.store.list_own_calls(caller.extension, &operation).await?)
}

pub(crate) async fn get(caller: User, operation: GetOwnCall) -> Result<CallDetail> {
    Ok(caller.store.get_own_call(caller.extension, &operation).await?)
}
