//! A part of `undo`: queues, and who is treated in a way of its own in them.

use shared::queue::{CreateQueue, DeleteQueue, QueueSettings, UpdateQueue};
use shared::queue_caller::{
    CreateExclusiveAgent, CreateNuisance, CreateVip, DeleteExclusiveAgent, DeleteNuisance, DeleteVip,
    ExclusiveAgentSettings, NuisanceSettings, UpdateExclusiveAgent, UpdateNuisance, UpdateVip, VipSettings,
};
use shared::{ExclusiveAgentId, Moment, NuisanceId, QueueId, VipId};

use crate::entity::{exclusive_agent, nuisance, queue, vip};
use crate::undo::{Step, Turn};
use crate::{Actor, Result, TenantStore};

impl TenantStore {
    pub(crate) async fn undo_queue(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<QueueId, QueueSettings>,
    ) -> Result<()> {
        let queue_id = turn.id;
        let row = self.find_id::<queue::Entity>(turn.id.0).one(self.db()).await?;
        let held = row.map(crate::queue::noun).transpose()?;
        match turn.step(held.map(|queue| queue.settings))? {
            Step::Add(settings) => self.create_queue(now, actor, &CreateQueue { settings }).await.map(drop),
            Step::Set(settings) => self.update_queue(now, actor, &UpdateQueue { queue_id, settings }).await.map(drop),
            Step::Remove => self.delete_queue(now, actor, &DeleteQueue { queue_id }).await,
        }
    }

    pub(crate) async fn undo_vip(&self, now: Moment, actor: &Actor, turn: Turn<VipId, VipSettings>) -> Result<()> {
        let vip_id = turn.id;
        let row = self.find_id::<vip::Entity>(turn.id.0).one(self.db()).await?;
        let held = row.map(crate::vip::noun).transpose()?;
        match turn.step(held.map(|vip| vip.settings))? {
            Step::Add(settings) => self.create_vip(now, actor, &CreateVip { settings }).await.map(drop),
            Step::Set(settings) => self.update_vip(now, actor, &UpdateVip { vip_id, settings }).await.map(drop),
            Step::Remove => self.delete_vip(now, actor, &DeleteVip { vip_id }).await,
        }
    }

    /// How often it was met is not put back.
    pub(crate) async fn undo_nuisance(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<NuisanceId, NuisanceSettings>,
    ) -> Result<()> {
        let nuisance_id = turn.id;
        let row = self.find_id::<nuisance::Entity>(turn.id.0).one(self.db()).await?;
        let held = row.map(crate::nuisance::noun).transpose()?;
        match turn.step(held.map(|nuisance| nuisance.settings))? {
            Step::Add(settings) => self.create_nuisance(now, actor, &CreateNuisance { settings }).await.map(drop),
            Step::Set(settings) => {
                self.update_nuisance(now, actor, &UpdateNuisance { nuisance_id, settings }).await.map(drop)
            }
            Step::Remove => self.delete_nuisance(now, actor, &DeleteNuisance { nuisance_id }).await,
        }
    }

    pub(crate) async fn undo_exclusive_agent(
        &self,
        now: Moment,
        actor: &Actor,
        turn: Turn<ExclusiveAgentId, ExclusiveAgentSettings>,
    ) -> Result<()> {
        let exclusive_agent_id = turn.id;
        let row = self.find_id::<exclusive_agent::Entity>(turn.id.0).one(self.db()).await?;
        let held = row.map(crate::exclusive_agent::noun).transpose()?;
        match turn.step(held.map(|entry| entry.settings))? {
            Step::Add(settings) => {
                self.create_exclusive_agent(now, actor, &CreateExclusiveAgent { settings }).await.map(drop)
            }
            Step::Set(settings) => {
                let operation = UpdateExclusiveAgent { exclusive_agent_id, settings };
                self.update_exclusive_agent(now, actor, &operation).await.map(drop)
            }
            Step::Remove => self.delete_exclusive_agent(now, actor, &DeleteExclusiveAgent { exclusive_agent_id }).await,
        }
    }
}
