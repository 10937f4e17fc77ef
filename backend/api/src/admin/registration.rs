//! Refused registrations of the whole installation.

use shared::Page;
use shared::registration::{ListAllRefusals, RegistrationRefusal};

use crate::caller::Admin;
use crate::error::Result;

pub(crate) async fn list_refusals(caller: Admin, operation: ListAllRefusals) -> Result<Page<RegistrationRefusal>> {
    Ok(caller.store.list_all_refusals(&operation).await?)
}
