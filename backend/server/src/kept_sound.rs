//! Voice messages and recordings at the start of the process: those that were being made when it ended are made whole.

use std::fs::OpenOptions;

use anyhow::Context;
use shared::fact::{Fact, TenantFact};
use shared::voicemail::{MESSAGE_MILLIS_MIN, Voicemail};
use shared::{Moment, SoundId, TenantId};
use store::Store;

/// All whole messages of a tenant. One that was being left is as long as what was kept of it, and removed where that is nothing.
pub async fn voicemails(store: &Store, now: Moment, tenant: TenantId) -> anyhow::Result<Vec<Voicemail>> {
    let mut whole = Vec::new();
    for message in store.voicemails(tenant).await? {
        if message.millis.is_some() {
            whole.push(message);
            continue;
        }
        let millis = mended(store, tenant, message.sound_id)?.filter(|millis| *millis >= MESSAGE_MILLIS_MIN);
        let fact = match millis {
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
        let millis = mended(store, tenant, recording.sound_id)?.unwrap_or(0);
        tracing::warn!(id = %recording.id, millis, "a recording that went on was made whole");
        let ends = [recording.caller_extension_id, recording.callee_extension_id];
        let fact = Fact::RecordingEnded {
            recording_id: recording.id,
            extension_ids: ends.into_iter().flatten().collect(),
            sound_id: recording.sound_id,
            millis,
        };
        record(store, now, tenant, fact).await?;
    }
    Ok(())
}

async fn record(store: &Store, now: Moment, tenant: TenantId, fact: Fact) -> anyhow::Result<()> {
    let fact = TenantFact { tenant_id: Some(tenant), at: now, fact };
    store.record_facts(&[fact]).await.context("a sound that was being made could not be made whole")
}

/// Mends a sound; how long it is, where there is any.
fn mended(store: &Store, tenant: TenantId, id: SoundId) -> anyhow::Result<Option<u64>> {
    let path = store.files()?.path(tenant, id);
    let Ok(mut file) = OpenOptions::new().read(true).write(true).open(&path) else { return Ok(None) };
    if let Err(error) = sound::mend_file(&mut file) {
        tracing::warn!(%error, sound = %id, "a sound cannot be mended");
        return Ok(None);
    }
    Ok(std::fs::read(&path).ok().and_then(|bytes| sound::read::duration_ms(&bytes).ok()))
}
