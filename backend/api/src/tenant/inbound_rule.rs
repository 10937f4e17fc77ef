//! Where calls from outside go (INB-01…INB-07).

use shared::Page;
use shared::inbound_rule::{
    CreateInboundRule, DeleteInboundRule, ExportInboundRules, ImportInboundRules, InboundRule, InboundRulesImported,
    ListInboundRules, UpdateInboundRule,
};
use shared::operation::File;

use super::extension_file::answer;
use crate::answer::Answer;
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

pub(crate) async fn import(caller: TenantAdmin, operation: ImportInboundRules) -> Result<InboundRulesImported> {
    Ok(caller.store.import_inbound_rules(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn export(caller: TenantAdmin, operation: ExportInboundRules) -> Result<Answer<File>> {
    Ok(answer(caller.store.export_inbound_rules(&operation).await?))
}
