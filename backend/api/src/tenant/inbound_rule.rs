//! Where calls from outside go (INB-01…INB-06).

use shared::Page;
use shared::inbound_rule::{CreateInboundRule, DeleteInboundRule, InboundRule, ListInboundRules, UpdateInboundRule};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListInboundRules) -> Result<Page<InboundRule>> {
    Ok(caller.store.list_inbound_rules(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateInboundRule) -> Result<InboundRule> {
    Ok(caller.store.create_inbound_rule(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateInboundRule) -> Result<InboundRule> {
    Ok(caller.store.update_inbound_rule(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteInboundRule) -> Result<()> {
    Ok(caller.store.delete_inbound_rule(caller.now, &caller.actor, &operation).await?)
}
