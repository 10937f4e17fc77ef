//! What would a call do?

use shared::simulation::{SimulateCall, Simulation};

use crate::caller::TenantAdmin;
use crate::error::{Error, Result};

/// The longest number that is looked at.
const NUMBER_BYTES_MAX: usize = 64;
/// The year 2100, in seconds.
const MOMENT_SECONDS_MAX: i64 = 4_102_444_800;

pub(crate) async fn get(caller: TenantAdmin, operation: SimulateCall) -> Result<Simulation> {
    for (field, text) in [("caller", &operation.caller), ("dialled", &operation.dialled)] {
        if text.len() > NUMBER_BYTES_MAX {
            return Err(Error::field(field, "A number has at most 64 characters."));
        }
    }
    if operation.when.is_some_and(|when| !(0..MOMENT_SECONDS_MAX).contains(&when.seconds())) {
        return Err(Error::field("when", "Choose a moment between 1970 and 2100."));
    }
    caller.app.door.simulate(caller.store.tenant_id(), operation).await
}
