//! What callers have left for the user (VM-01…VM-07).

use shared::Page;
use shared::operation::File;
use shared::voicemail::{ChangeVoicemail, GetVoicemailPeaks, GetVoicemailSound, ListVoicemails, Peaks, Voicemail};

use crate::answer::Answer;
use crate::caller::User;
use crate::error::{Error, Result};
use crate::sound_file;

pub(crate) async fn list(caller: User, operation: ListVoicemails) -> Result<Page<Voicemail>> {
    Ok(caller.store.list_voicemails(caller.extension, &operation).await?)
}

/// Asks the switch, which has the mailbox, lights the lamps of telephones, and stores what has become of it.
pub(crate) async fn change(caller: User, operation: ChangeVoicemail) -> Result<()> {
    let ChangeVoicemail { voicemail_id, change } = operation;
    let own = caller.store.voicemail(caller.extension, voicemail_id).await?;
    let door = &caller.app.door;
    match door.change_voicemail(caller.store.tenant_id(), caller.extension, own.id, change).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

pub(crate) async fn sound(caller: User, operation: GetVoicemailSound) -> Result<Answer<File>> {
    let (voicemail, file) = caller.store.voicemail_sound(caller.extension, operation.voicemail_id).await?;
    Ok(sound_file::answer(voicemail.sound_id, file))
}

pub(crate) async fn peaks(caller: User, operation: GetVoicemailPeaks) -> Result<Peaks> {
    let (voicemail, file) = caller.store.voicemail_sound(caller.extension, operation.voicemail_id).await?;
    sound_file::peaks(voicemail.sound_id, file).await
}
