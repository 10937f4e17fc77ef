//! The installation looks at itself (OPS-04): the process does, the page shows it.

use std::time::Duration;

use shared::diagnosis::{Finding, RunChecks};

use crate::caller::Admin;
use crate::error::{Error, Result};

/// How long the checks may take together, the wait for those of somebody else included.
const CHECKS_TIME_MAX: Duration = Duration::from_secs(40);

pub(crate) async fn run(caller: Admin, _: RunChecks) -> Result<Vec<Finding>> {
    let checks = (caller.app.config.checks)();
    tokio::time::timeout(CHECKS_TIME_MAX, checks).await.map_err(|_| Error::Busy)
}
