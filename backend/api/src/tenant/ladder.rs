//! The SIP ladders of the tenant's calls and refused requests.

use shared::CallId;
use shared::call_record::GetCall;
use shared::ladder::{ExportCallLadder, ExportRefusalLadder, GetCallLadder, GetRefusalLadder, Ladder};
use shared::operation::File;

use crate::answer::Answer;
use crate::caller::TenantAdmin;
use crate::error::Result;
use crate::ladder_file;

pub(crate) async fn of_call(caller: TenantAdmin, operation: GetCallLadder) -> Result<Ladder> {
    read(&caller, operation.call_id).await
}

pub(crate) async fn export_of_call(caller: TenantAdmin, operation: ExportCallLadder) -> Result<Answer<File>> {
    let ExportCallLadder { call_id, format } = operation;
    let detail = caller.store.get_call(&GetCall { call_id }).await?;
    let ladder = read(&caller, call_id).await?;
    ladder_file::answer(&format!("{call_id}"), detail, ladder, format)
}

pub(crate) async fn of_refusal(caller: TenantAdmin, operation: GetRefusalLadder) -> Result<Ladder> {
    Ok(caller.store.refusal_ladder(operation.refusal_id).await?)
}

pub(crate) async fn export_of_refusal(caller: TenantAdmin, operation: ExportRefusalLadder) -> Result<Answer<File>> {
    let ExportRefusalLadder { refusal_id, format } = operation;
    let ladder = caller.store.refusal_ladder(refusal_id).await?;
    let refusal = caller.store.get_refusal(refusal_id).await?;
    ladder_file::answer(&format!("{refusal_id}"), refusal, ladder, format)
}

/// The switch has all of a call that runs, the store of one that ran.
async fn read(caller: &TenantAdmin, call: CallId) -> Result<Ladder> {
    let stored = caller.store.call_ladder(call).await?;
    Ok(caller.app.door.ladder(caller.store.tenant_id(), call).await.unwrap_or(stored))
}
