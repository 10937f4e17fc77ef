//! The SIP ladders of the user's own calls: of other people's devices only what was said when.

use shared::CallId;
use shared::call_record::GetOwnCall;
use shared::ladder::{ExportOwnCallLadder, GetOwnCallLadder, Ladder};
use shared::operation::File;

use crate::answer::Answer;
use crate::caller::User;
use crate::error::Result;
use crate::ladder_file;

pub(crate) async fn get(caller: User, operation: GetOwnCallLadder) -> Result<Ladder> {
    read(&caller, operation.call_id).await
}

pub(crate) async fn export(caller: User, operation: ExportOwnCallLadder) -> Result<Answer<File>> {
    let ExportOwnCallLadder { call_id, format } = operation;
    let detail = caller.store.get_own_call(caller.extension, &GetOwnCall { call_id }).await?;
    let ladder = read(&caller, call_id).await?;
    ladder_file::answer(&format!("{call_id}"), detail, ladder, format)
}

async fn read(caller: &User, call: CallId) -> Result<Ladder> {
    let stored = caller.store.own_call_ladder(caller.extension, call).await?;
    let running = caller.app.door.ladder(caller.store.tenant_id(), call).await;
    Ok(running.map_or(stored, |ladder| ladder.seen_by(caller.extension)))
}
