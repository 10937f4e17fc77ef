//! What the user's telephone dials for services (DIAL-01).

use shared::feature_code::{FeatureCodes, GetOwnFeatureCodes};

use crate::caller::User;
use crate::error::Result;

pub(crate) async fn get(caller: User, _: GetOwnFeatureCodes) -> Result<FeatureCodes> {
    Ok(caller.store.feature_codes().await?)
}
