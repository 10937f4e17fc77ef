//! What receptionists say (IVR-02).

use shared::Page;
use shared::operation::File;
use shared::prompt::{CreatePrompt, DeletePrompt, GetPromptSound, ListPrompts, Prompt, RecordPrompt, RecordingCall};
use store::NewSound;

use crate::answer::Answer;
use crate::caller::TenantAdmin;
use crate::error::Result;
use crate::{dictation, sound_file, upload};

pub(crate) async fn list(caller: TenantAdmin, operation: ListPrompts) -> Result<Page<Prompt>> {
    Ok(caller.store.list_prompts(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreatePrompt) -> Result<Prompt> {
    let CreatePrompt { name, sound } = operation;
    let taken = upload::take(&caller.app, &name, sound).await?;
    let new = NewSound { name: &name, file: &taken.file, millis: taken.duration_ms };
    Ok(caller.store.create_prompt(caller.now, &caller.actor, new).await?)
}

pub(crate) async fn record(caller: TenantAdmin, operation: RecordPrompt) -> Result<RecordingCall> {
    let RecordPrompt { name, extension_id } = operation;
    // Whoever is not there is not found, in the words of every other operation.
    caller.store.find_peer(extension_id).await?;
    dictation::ring(&caller.app, &caller.store, caller.actor, extension_id, (name, false)).await
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeletePrompt) -> Result<()> {
    Ok(caller.store.delete_prompt(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn sound(caller: TenantAdmin, operation: GetPromptSound) -> Result<Answer<File>> {
    let (prompt, file) = caller.store.prompt_sound(operation.sound_id).await?;
    Ok(sound_file::answer(prompt.id, file))
}
