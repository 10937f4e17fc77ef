//! A prompt or a greeting is to be recorded by telephone (IVR-02, EXT-07): what is looked at before anybody is rung.

use shared::ExtensionId;
use shared::prompt::{PromptAsker, PromptWish, RecordingCall};
use store::{Actor, TenantStore};

use crate::App;
use crate::error::{Error, Result};

/// Rings the devices of an extension. The line of the activity log is written when something is kept.
pub(crate) async fn ring(
    app: &App,
    store: &TenantStore,
    actor: Actor,
    extension_id: ExtensionId,
    (name, is_greeting): (String, bool),
) -> Result<RecordingCall> {
    store.admit_recording(is_greeting.then_some(extension_id), &name).await?;
    let Actor { account_id, email, acting_for, address } = actor;
    let asked_by = PromptAsker { account_id, email, acting_for, address };
    let wish = PromptWish { name: name.trim().to_owned(), extension_id, is_greeting, asked_by };
    let rung = app.door.record_prompt(store.tenant_id(), wish).await?;
    let call_id = rung.map_err(|reason| Error::Store(store::Error::Conflict { field: "extension_id", reason }))?;
    Ok(RecordingCall { call_id })
}
