//! What the user's callers hear before they leave a message (EXT-07).

use shared::Page;
use shared::operation::File;
use shared::prompt::{
    CreateGreeting, DeleteGreeting, GetGreetingSound, ListGreetings, Prompt, RecordGreeting, RecordingCall,
};
use store::NewSound;

use crate::answer::Answer;
use crate::caller::User;
use crate::error::Result;
use crate::{dictation, sound_file, upload};

pub(crate) async fn list(caller: User, operation: ListGreetings) -> Result<Page<Prompt>> {
    Ok(caller.store.list_greetings(caller.extension, &operation).await?)
}

pub(crate) async fn create(caller: User, operation: CreateGreeting) -> Result<Prompt> {
    let CreateGreeting { name, sound } = operation;
    let taken = upload::take(&caller.app, &name, sound).await?;
    let new = NewSound { name: &name, file: &taken.file, millis: taken.duration_ms };
    Ok(caller.store.create_greeting(caller.now, &caller.actor, caller.extension, new).await?)
}

pub(crate) async fn record(caller: User, operation: RecordGreeting) -> Result<RecordingCall> {
    dictation::ring(&caller.app, &caller.store, caller.actor, caller.extension, (operation.name, true)).await
}

pub(crate) async fn delete(caller: User, operation: DeleteGreeting) -> Result<()> {
    Ok(caller.store.delete_greeting(caller.now, &caller.actor, caller.extension, &operation).await?)
}

pub(crate) async fn sound(caller: User, operation: GetGreetingSound) -> Result<Answer<File>> {
    let (greeting, file) = caller.store.greeting_sound(caller.extension, operation.sound_id).await?;
    Ok(sound_file::answer(greeting.id, file))
}
