//! The installation's SIP settings (SET-01).

use shared::setting::{GetSettings, Settings, UpdateSettings};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn get(caller: Admin, _: GetSettings) -> Result<Settings> {
    Ok(caller.store.get_settings().await?)
}

pub(crate) async fn update(caller: Admin, operation: UpdateSettings) -> Result<Settings> {
    super::port::check_settings(&caller.app, &operation).await?;
    Ok(caller.store.update_settings(caller.now, &caller.actor, &operation).await?)
}
