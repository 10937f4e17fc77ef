//! A tenant's own profile (T-12, PRO-02).

use sea_orm::PaginatorTrait;
use shared::Moment;
use shared::tenant_profile::{TenantProfile, UpdateTenantProfile};

use crate::entity::{conference_room, queue, receptionist, ring_group};
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The tenant's profile, with what of its limits is in use.
    pub async fn get_tenant_profile(&self) -> Result<TenantProfile> {
        Ok(TenantProfile {
            tenant: self.get_own_tenant().await?,
            country: self.get_dialing_codes().await?.country,
            extensions: self.count_extensions(self.db()).await?,
            ring_groups: self.find::<ring_group::Entity>().count(self.db()).await?,
            queues: self.find::<queue::Entity>().count(self.db()).await?,
            receptionists: self.find::<receptionist::Entity>().count(self.db()).await?,
            conference_rooms: self.find::<conference_room::Entity>().count(self.db()).await?,
        })
    }

    /// Changes it. What the provider alone sets is no part of the operation.
    pub async fn update_tenant_profile(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateTenantProfile,
    ) -> Result<TenantProfile> {
        Error::check(operation.check())?;
        let tx = self.store.write().await?;
        let change = operation.change(self.id);
        self.store.change_tenant(&tx, now, actor, "UpdateTenantProfile", &change).await?;
        self.commit_plan(tx).await?;
        self.get_tenant_profile().await
    }
}
