//! The recordings of the company's calls (REC-02…REC-04).

use shared::operation::File;
use shared::recording::{DeleteRecording, GetRecordingPeaks, GetRecordingSound, ListRecordings, Recording};
use shared::voicemail::Peaks;
use shared::{Operation, Page};

use crate::answer::Answer;
use crate::caller::TenantAdmin;
use crate::error::Result;
use crate::sound_file;
use crate::tenant::call_record::check_span;

pub(crate) async fn list(caller: TenantAdmin, operation: ListRecordings) -> Result<Page<Recording>> {
    check_span(operation.from, operation.until)?;
    Ok(caller.store.list_recordings(&operation).await?)
}

pub(crate) async fn sound(caller: TenantAdmin, operation: GetRecordingSound) -> Result<Answer<File>> {
    let (store, id) = (&caller.store, operation.recording_id);
    let (recording, pieces) =
        store.hear_recording(caller.now, &caller.actor, GetRecordingSound::NAME, None, id).await?;
    Ok(sound_file::answer_pieces(recording.sound_id, pieces))
}

pub(crate) async fn peaks(caller: TenantAdmin, operation: GetRecordingPeaks) -> Result<Peaks> {
    let (recording, file) = caller.store.recording_file(None, operation.recording_id).await?;
    sound_file::peaks(recording.sound_id, file).await
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteRecording) -> Result<()> {
    Ok(caller.store.delete_recording(caller.now, &caller.actor, &operation).await?)
}
