//! Trunks of the installation (TRK-01…TRK-13).

use shared::Page;
use shared::trunk::{CreateTrunk, DeleteTrunk, GetTrunk, ListTrunks, Trunk, UpdateTrunk};

use crate::App;
use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn list(caller: Admin, operation: ListTrunks) -> Result<Page<Trunk>> {
    let page = caller.store.list_trunks(&operation).await?;
    Ok(with_standings(&caller.app, page).await)
}

pub(crate) async fn get(caller: Admin, operation: GetTrunk) -> Result<Trunk> {
    let mut trunk = caller.store.get_trunk(operation.trunk_id).await?;
    let standings = caller.app.door.trunks().await.unwrap_or_default();
    trunk.standing = standings.get(&trunk.id).cloned().unwrap_or_default();
    Ok(trunk)
}

pub(crate) async fn create(caller: Admin, operation: CreateTrunk) -> Result<Trunk> {
    Ok(caller.store.create_trunk(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: Admin, operation: UpdateTrunk) -> Result<Trunk> {
    Ok(caller.store.update_trunk(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: Admin, operation: DeleteTrunk) -> Result<()> {
    Ok(caller.store.delete_trunk(caller.now, &caller.actor, &operation).await?)
}

/// With how each stands now; the list is worth reading without.
pub(crate) async fn with_standings(app: &App, mut page: Page<Trunk>) -> Page<Trunk> {
    let standings = app.door.trunks().await.unwrap_or_default();
    for trunk in &mut page.rows {
        trunk.standing = standings.get(&trunk.id).cloned().unwrap_or_default();
    }
    page
}
