//! Recordings of the user's own calls (REC-03, REC-06).

use shared::Operation;
use shared::operation::File;
use shared::recording::{
    DeleteOwnRecording, GetOwnRecordingPeaks, GetOwnRecordingSound, ListOwnRecordings, OwnRecordings,
};
use shared::voicemail::Peaks;

use crate::answer::Answer;
use crate::caller::User;
use crate::error::Result;
use crate::sound_file;

pub(crate) async fn list(caller: User, operation: ListOwnRecordings) -> Result<OwnRecordings> {
    let page = caller.store.list_own_recordings(caller.extension, &operation).await?;
    let options = caller.store.get_own_tenant().await?.options;
    Ok(OwnRecordings { page, may_delete: options.delete_own_recordings })
}

pub(crate) async fn sound(caller: User, operation: GetOwnRecordingSound) -> Result<Answer<File>> {
    let (own, id) = (Some(caller.extension), operation.recording_id);
    let heard = caller.store.hear_recording(caller.now, &caller.actor, GetOwnRecordingSound::NAME, own, id).await?;
    let (recording, pieces) = heard;
    Ok(sound_file::answer_pieces(recording.sound_id, pieces))
}

pub(crate) async fn peaks(caller: User, operation: GetOwnRecordingPeaks) -> Result<Peaks> {
    let (recording, file) = caller.store.recording_file(Some(caller.extension), operation.recording_id).await?;
    sound_file::peaks(recording.sound_id, file).await
}

pub(crate) async fn delete(caller: User, operation: DeleteOwnRecording) -> Result<()> {
    Ok(caller.store.delete_own_recording(caller.now, &caller.actor, caller.extension, &operation).await?)
}
