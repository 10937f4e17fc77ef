//! What those hear who are on hold (MOH-01 to MOH-04).

use shared::music::{GetMusicOnHold, MusicOnHold, UpdateMusicOnHold};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, _: GetMusicOnHold) -> Result<MusicOnHold> {
    Ok(caller.store.music_on_hold().await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateMusicOnHold) -> Result<MusicOnHold> {
    Ok(caller.store.update_music_on_hold(caller.now, &caller.actor, operation).await?)
}
