//! Trunks of the installation (TRK-01…TRK-13).

use std::time::Duration;

use shared::Page;
use shared::diagnosis::Finding;
use shared::trunk::{CreateTrunk, DeleteTrunk, GetTrunk, ListTrunks, Trunk, TrunkSettings, UpdateTrunk};
use shared::trunk_test::{ANSWER_SECONDS_MAX, TestTrunk, TrunkUse, findings};

use crate::App;
use crate::caller::Admin;
use crate::error::{Error, Result};

/// How often it is looked whether a trunk has answered.
const LOOK_EVERY: Duration = Duration::from_millis(100);

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
    check_roots(&operation.settings)?;
    Ok(caller.store.create_trunk(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: Admin, operation: UpdateTrunk) -> Result<Trunk> {
    check_roots(&operation.settings)?;
    Ok(caller.store.update_trunk(caller.now, &caller.actor, &operation).await?)
}

/// The authorities that a trunk is believed by are read before they are kept.
pub(crate) fn check_roots(settings: &TrunkSettings) -> Result<()> {
    match settings.roots.as_str() {
        "" => Ok(()),
        roots => certificate::roots(roots).map(drop).map_err(|reason| Error::field("roots", &reason)),
    }
}

pub(crate) async fn delete(caller: Admin, operation: DeleteTrunk) -> Result<()> {
    Ok(caller.store.delete_trunk(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn test(caller: Admin, operation: TestTrunk) -> Result<Vec<Finding>> {
    let trunk = caller.store.get_trunk(operation.trunk_id).await?;
    let used = caller.store.trunk_use(trunk.id).await?;
    tried(&caller.app, trunk, used).await
}

/// Asks the trunk whether it is there, waits for its answer, and says what is found.
pub(crate) async fn tried(app: &App, mut trunk: Trunk, used: TrunkUse) -> Result<Vec<Finding>> {
    let began = app.now();
    let until = began + Duration::from_secs(ANSWER_SECONDS_MAX);
    let looking = app.door.look_at_trunk(trunk.id).await?;
    loop {
        trunk.standing = app.door.trunks().await?.remove(&trunk.id).unwrap_or_default();
        let fresh = trunk.standing.heard.clone().filter(|answer| answer.at >= began);
        if fresh.is_some() || !looking || app.now() >= until {
            return Ok(findings(&trunk, fresh, used));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// With how each stands now; the list is worth reading without.
pub(crate) async fn with_standings(app: &App, mut page: Page<Trunk>) -> Page<Trunk> {
    let standings = app.door.trunks().await.unwrap_or_default();
    for trunk in &mut page.rows {
        trunk.standing = standings.get(&trunk.id).cloned().unwrap_or_default();
    }
    page
}
