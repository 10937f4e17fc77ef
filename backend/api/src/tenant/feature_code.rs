//! What the tenant's telephones dial for services (DIAL-01).

use shared::feature_code::{FeatureCodes, GetFeatureCodes, UpdateFeatureCodes};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, _: GetFeatureCodes) -> Result<FeatureCodes> {
    Ok(caller.store.feature_codes().await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateFeatureCodes) -> Result<FeatureCodes> {
    Ok(caller.store.update_feature_codes(caller.now, &caller.actor, operation).await?)
}
