//! The tenant's devices, and those that were refused.

use shared::Page;
use shared::registration::{ListRefusals, ListRegistrations, Registration, RegistrationRefusal};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListRegistrations) -> Result<Page<Registration>> {
    Ok(caller.store.list_registrations(&operation).await?)
}

pub(crate) async fn list_refusals(caller: TenantAdmin, operation: ListRefusals) -> Result<Page<RegistrationRefusal>> {
    Ok(caller.store.list_refusals(&operation).await?)
}
