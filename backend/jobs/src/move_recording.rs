//! `MoveRecording`, `RemoveObjects`, `RemoveTenantObjects`: what lies in the object storage (REC-08).

use anyhow::{Context, ensure};
use shared::{Moment, RecordingId, TenantId};
use store::{Move, Store, TenantStore};

use crate::client::object_storage::ObjectStorages;
use crate::worker::Outcome;

/// Moves a recording: written there, read back whole, noted in its row, and only then removed here. Whoever dies on the way leaves nothing
/// that the next try does not write over or take away.
pub(crate) async fn run(
    store: &Store,
    storages: &ObjectStorages,
    now: Moment,
    tenant: Option<TenantId>,
    id: RecordingId,
) -> Outcome {
    let Some(tenant) = tenant else { return Outcome::GiveUp(anyhow::anyhow!("a recording of nobody cannot be moved")) };
    let view = store.tenant(tenant);
    let moved = match view.recording_to_move(id).await {
        Ok(Some(moved)) => moved,
        Ok(None) => return outcome(remove_left(&view, storages, id).await),
        Err(error) => return Outcome::Retry(error.into()),
    };
    if let Err(error) = copy(&view, storages, &moved).await {
        return Outcome::Retry(error);
    }
    match view.recording_moved(now, &moved).await {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Retry(error.into()),
    }
}

/// Where nothing is to be moved any more, an earlier try may have written an object that no row names.
async fn remove_left(view: &TenantStore, storages: &ObjectStorages, id: RecordingId) -> anyhow::Result<()> {
    match view.object_left(id).await? {
        Some((storage, key)) => storages.remove(&storage, &key).await,
        None => Ok(()),
    }
}

async fn copy(view: &TenantStore, storages: &ObjectStorages, moved: &Move) -> anyhow::Result<()> {
    let path = view.sound_path(moved.recording.sound_id)?;
    let here = storages.put(&moved.storage, &moved.key, &path).await.context("it could not be written there")?;
    // What the row says was measured when the call ended: a file that was changed since is no recording of it.
    let known = moved.recording.bytes.zip(moved.recording.sha256.clone());
    ensure!(known.is_none_or(|known| known == here), "the file is another than it was when the call ended");
    let there = storages.measure(&moved.storage, &moved.key, here.0).await.context("it could not be read back")?;
    ensure!(here == there, "what was read back is something else");
    Ok(())
}

/// Removes objects that no row names any more.
pub(crate) async fn remove(store: &Store, storages: &ObjectStorages, keys: &[String]) -> Outcome {
    let removed = async {
        let storage = store.object_storage().await?;
        for key in keys.iter().filter(|_| storage.is_set()) {
            storages.remove(&storage, key).await?;
        }
        anyhow::Ok(())
    };
    outcome(removed.await)
}

/// Removes all objects of a tenant that is no more.
pub(crate) async fn remove_tenant(store: &Store, storages: &ObjectStorages, tenant: TenantId) -> Outcome {
    let removed = async {
        let storage = store.object_storage().await?;
        if storage.is_set() {
            let count = storages.remove_all(&storage, &storage.of_tenant(tenant)).await?;
            tracing::info!(%tenant, count, "the objects of a tenant were removed");
        }
        anyhow::Ok(())
    };
    outcome(removed.await)
}

fn outcome(done: anyhow::Result<()>) -> Outcome {
    match done {
        Ok(()) => Outcome::Done,
        Err(error) => Outcome::Retry(error),
    }
}
