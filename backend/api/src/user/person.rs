//! The people whom a user can call.

use shared::Page;
use shared::extension::{ListPeople, Person};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn list(caller: User, operation: ListPeople) -> Result<Page<Person>> {
    Ok(caller.store.list_people(&operation).await?)
}
