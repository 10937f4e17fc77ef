//! The data of the people, as an administrator sees and changes them (EXT-18).

use shared::personal::{GetPersonalProfile, PersonalProfile, UpdatePersonalProfile};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, operation: GetPersonalProfile) -> Result<PersonalProfile> {
    Ok(caller.store.personal_profile(operation.extension_id).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdatePersonalProfile) -> Result<PersonalProfile> {
    let UpdatePersonalProfile { extension_id, personal } = operation;
    let (store, name) = (&caller.store, "UpdatePersonalProfile");
    Ok(store.update_personal(caller.now, &caller.actor, name, extension_id, &personal).await?)
}
