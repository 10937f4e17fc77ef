//! Which calls are recorded by the company's rules (REC-01).

use shared::recording_rule::{GetRecordingRules, RecordingRules, UpdateRecordingRules};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn get(caller: TenantAdmin, _: GetRecordingRules) -> Result<RecordingRules> {
    Ok(caller.store.get_recording_rules().await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateRecordingRules) -> Result<RecordingRules> {
    Ok(caller.store.update_recording_rules(caller.now, &caller.actor, operation).await?)
}
