//! The SIP ladders of refused requests of the whole installation.

use shared::ladder::{ExportAnyRefusalLadder, GetAnyRefusalLadder, Ladder};
use shared::operation::File;

use crate::answer::Answer;
use crate::caller::Admin;
use crate::error::Result;
use crate::ladder_file;

pub(crate) async fn get(caller: Admin, operation: GetAnyRefusalLadder) -> Result<Ladder> {
    Ok(caller.store.refusal_ladder(operation.refusal_id).await?)
}

pub(crate) async fn export(caller: Admin, operation: ExportAnyRefusalLadder) -> Result<Answer<File>> {
    let ExportAnyRefusalLadder { refusal_id, format } = operation;
    let ladder = caller.store.refusal_ladder(refusal_id).await?;
    let refusal = caller.store.get_refusal(refusal_id).await?;
    ladder_file::answer(&format!("{refusal_id}"), refusal, ladder, format)
}
