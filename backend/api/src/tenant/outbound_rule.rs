//! By which trunks calls leave (OUT-01…OUT-05).

use shared::Page;
use shared::outbound_rule::{
    CreateOutboundRule, DeleteOutboundRule, ListOutboundRules, OutboundRule, UpdateOutboundRule,
};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListOutboundRules) -> Result<Page<OutboundRule>> {
    Ok(caller.store.list_outbound_rules(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateOutboundRule) -> Result<OutboundRule> {
    Ok(caller.store.create_outbound_rule(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateOutboundRule) -> Result<OutboundRule> {
    Ok(caller.store.update_outbound_rule(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteOutboundRule) -> Result<()> {
    Ok(caller.store.delete_outbound_rule(caller.now, &caller.actor, &operation).await?)
}
