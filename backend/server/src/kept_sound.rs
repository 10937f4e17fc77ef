//! Voice messages and recordings at the start of the process: those that were being made when it ended are made whole.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;
use shared::fact::{Fact, TenantFact};
use shared::voicemail::{MESSAGE_MILLIS_MIN, Voicemail};
use shared::{Moment, SoundId, TenantId};
use sound::MendError;
use store::Store;

/// All whole messages of a tenant. One that was being left is as long as what was kept of it, and removed where that is nothing.
pub async fn voicemails(store: &Store, now: Moment, tenant: TenantId) -> anyhow::Result<Vec<Voicemail>> {
    let mut whole = Vec::new();
    for message in store.voicemails(tenant).await? {
        if message.millis.is_some() {
            whole.push(message);
            continue;
        }
        let Ok(kept) = mended(store, tenant, message.sound_id) else { continue };
        let fact = match kept.filter(|millis| *millis >= MESSAGE_MILLIS_MIN) {
            Some(millis) => {
                let message = Voicemail { millis: Some(millis), ..message };
                tracing::warn!(id = %message.id, millis, "a voice message that was being left was made whole");
                whole.push(message.clone());
                Fact::VoicemailLeft { voicemail: message }
            }
            None => {
                let Voicemail { id, extension_id, sound_id, .. } = message;
                Fact::VoicemailRemoved { voicemail_id: id, extension_id, sound_id }
            }
        };
        record(store, now, tenant, fact).await?;
    }
    Ok(whole)
}

/// Ends the recordings of a tenant that went on: each is as long as what was kept of it.
pub async fn recordings(store: &Store, now: Moment, tenant: TenantId) -> anyhow::Result<()> {
    for recording in store.open_recordings(tenant).await? {
        let Ok(kept) = mended(store, tenant, recording.sound_id) else { continue };
        let millis = kept.unwrap_or(0);
        tracing::warn!(id = %recording.id, millis, "a recording that went on was made whole");
        let ends = [recording.caller_extension_id, recording.callee_extension_id];
        let fact = Fact::RecordingEnded {
            recording_id: recording.id,
            extension_ids: ends.into_iter().flatten().collect(),
            sound_id: recording.sound_id,
            millis,
            pauses: recording.pauses,
        };
        record(store, now, tenant, fact).await?;
    }
    Ok(())
}

async fn record(store: &Store, now: Moment, tenant: TenantId, fact: Fact) -> anyhow::Result<()> {
    let fact = TenantFact { tenant_id: Some(tenant), at: now, fact };
    store.record_facts(&[fact]).await.context("a sound that was being made could not be made whole")
}

/// Mends a sound; how long it is, where anything was kept of it.
///
/// # Errors
///
/// The disk gives no answer. It is logged, and the sound is to be left as it is until the next start: it may well be whole.
fn mended(store: &Store, tenant: TenantId, id: SoundId) -> anyhow::Result<Option<u64>> {
    let path = store.files()?.path(tenant, id);
    let length = whole(&path)
        .inspect_err(|error| tracing::error!(%error, sound = %id, "a sound cannot be read and is left for later"));
    Ok(length?)
}

fn whole(path: &Path) -> std::io::Result<Option<u64>> {
    let mut file = match OpenOptions::new().read(true).write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    match sound::mend_file(&mut file) {
        Err(MendError::Io(error)) => Err(error),
        Err(MendError::Refused(error)) => {
            tracing::warn!(%error, path = %path.display(), "nothing of a sound can be kept");
            Ok(None)
        }
        Ok(_) => Ok(sound::read::duration_ms(&std::fs::read(path)?).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // covers: VM-03, REC-02
    #[test]
    fn vm_03_a_sound_that_the_disk_does_not_give_is_not_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.opus");
        assert_eq!(whole(&path).unwrap(), None, "it was never begun");
        std::fs::write(&path, b"not a sound").unwrap();
        assert_eq!(whole(&path).unwrap(), None);
        assert!(whole(folder.path()).is_err(), "what cannot be opened may hold something");
    }
}
