//! Who is treated in a way of its own in the queues: VIPs, callers of exclusive agents, nuisances (VIP-01, EXA-01, HAR-03).

use shared::Page;
use shared::queue_caller::{
    CreateExclusiveAgent, CreateNuisance, CreateVip, DeleteExclusiveAgent, DeleteNuisance, DeleteVip, ExclusiveAgent,
    ListExclusiveAgents, ListNuisances, ListVips, Nuisance, UpdateExclusiveAgent, UpdateNuisance, UpdateVip, Vip,
};

use crate::caller::TenantAdmin;
use crate::error::Result;

pub(crate) async fn list_vips(caller: TenantAdmin, operation: ListVips) -> Result<Page<Vip>> {
    Ok(caller.store.list_vips(&operation).await?)
}

pub(crate) async fn create_vip(caller: TenantAdmin, operation: CreateVip) -> Result<Vip> {
    Ok(caller.store.create_vip(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update_vip(caller: TenantAdmin, operation: UpdateVip) -> Result<Vip> {
    Ok(caller.store.update_vip(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete_vip(caller: TenantAdmin, operation: DeleteVip) -> Result<()> {
    Ok(caller.store.delete_vip(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn list_exclusive_agents(
    caller: TenantAdmin,
    operation: ListExclusiveAgents,
) -> Result<Page<ExclusiveAgent>> {
    Ok(caller.store.list_exclusive_agents(&operation).await?)
}

pub(crate) async fn create_exclusive_agent(
    caller: TenantAdmin,
    operation: CreateExclusiveAgent,
) -> Result<ExclusiveAgent> {
    Ok(caller.store.create_exclusive_agent(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update_exclusive_agent(
    caller: TenantAdmin,
    operation: UpdateExclusiveAgent,
) -> Result<ExclusiveAgent> {
    Ok(caller.store.update_exclusive_agent(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete_exclusive_agent(caller: TenantAdmin, operation: DeleteExclusiveAgent) -> Result<()> {
    Ok(caller.store.delete_exclusive_agent(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn list_nuisances(caller: TenantAdmin, operation: ListNuisances) -> Result<Page<Nuisance>> {
    Ok(caller.store.list_nuisances(&operation).await?)
}

pub(crate) async fn create_nuisance(caller: TenantAdmin, operation: CreateNuisance) -> Result<Nuisance> {
    Ok(caller.store.create_nuisance(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update_nuisance(caller: TenantAdmin, operation: UpdateNuisance) -> Result<Nuisance> {
    Ok(caller.store.update_nuisance(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete_nuisance(caller: TenantAdmin, operation: DeleteNuisance) -> Result<()> {
    Ok(caller.store.delete_nuisance(caller.now, &caller.actor, &operation).await?)
}
