//! One's own data (EXT-18).

use shared::personal::{GetOwnProfile, PersonalProfile, UpdateOwnProfile};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, _: GetOwnProfile) -> Result<PersonalProfile> {
    Ok(caller.store.personal_profile(caller.extension).await?)
}

pub(crate) async fn update(caller: User, operation: UpdateOwnProfile) -> Result<PersonalProfile> {
    let (store, name) = (&caller.store, "UpdateOwnProfile");
    Ok(store.update_personal(caller.now, &caller.actor, name, caller.extension, &operation.personal).await?)
}
