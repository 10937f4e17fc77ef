//! What would a call do?

use shared::simulation::{SimulateCall, Simulation};

use crate::caller::TenantAdmin;
use crate::error::{Error, Result};

/// The longest number that is looked at.
const NUMBER_BYTES_MAX: usize = 64;

pub(crate) async fn get(caller: TenantAdmin, operation: SimulateCall) -> Result<Simulation> {
    for (field, text) in [("caller", &operation.caller), ("dialled", &operation.dialled)] {
        if text.len() > NUMBER_BYTES_MAX {
            return Err(Error::field(field, "A number has at most 64 characters."));
        }
    }
    caller.app.door.simulate(caller.store.tenant_id(), operation).await
}
