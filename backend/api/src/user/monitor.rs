//! Monitoring a call from a page: the own telephone rings (CTI-03 to CTI-08).

use shared::monitor::{GetOwnSupervision, MonitorCall, Supervision};

use crate::caller::User;
use crate::error::{Error, Result};

/// The line of the activity log is written when somebody listens, by whatever way it was asked for.
pub(crate) async fn call(caller: User, operation: MonitorCall) -> Result<()> {
    // Whoever is not there is not found, in the words of every other operation.
    caller.store.find_peer(operation.extension_id).await?;
    let rung = caller.app.door.monitor(caller.store.tenant_id(), caller.extension, operation).await?;
    rung.map_err(|reason| Error::Store(store::Error::Conflict { field: "extension_id", reason }))
}

pub(crate) async fn supervision(caller: User, _: GetOwnSupervision) -> Result<Supervision> {
    Ok(caller.store.supervision(caller.extension).await?)
}
