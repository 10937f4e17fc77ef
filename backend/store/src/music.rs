//! A tenant's music on hold (MOH-01 to MOH-04): one value, set as a whole. Its pieces are prompts, which stay as long as they are
//! played.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use shared::activity::changes;
use shared::music::{MusicMode, MusicOnHold, UpdateMusicOnHold};
use shared::{Moment, SoundId};

use crate::connect::Writing;
use crate::entity::music_on_hold;
use crate::plan::TenantPlanRow;
use crate::text::{from_json, json as written};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, Store, TenantStore};

impl Store {
    /// Of all tenants, or of the only one.
    pub(crate) async fn load_music(&self, plans: &mut BTreeMap<i64, TenantPlanRow>) -> Result<()> {
        let mut select = music_on_hold::Entity::find();
        if let (1, Some(only)) = (plans.len(), plans.keys().next()) {
            select = select.filter(music_on_hold::Column::TenantId.eq(*only));
        }
        for row in select.all(&self.inner.db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.music = from_json(&row.music)?;
            }
        }
        Ok(())
    }
}

impl TenantStore {
    /// The music on hold; none until some was set.
    pub async fn music_on_hold(&self) -> Result<MusicOnHold> {
        self.music_in(self.db()).await
    }

    /// Sets the music on hold. A piece that is no prompt of the tenant is refused.
    pub async fn update_music_on_hold(
        &self,
        now: Moment,
        actor: &Actor,
        operation: UpdateMusicOnHold,
    ) -> Result<MusicOnHold> {
        let after = MusicOnHold::from(operation);
        Error::check(after.check())?;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.music_in(&*tx).await?;
        let (was, is) = (self.told_music(&tx, &before).await?, self.told_music(&tx, &after).await?);
        for (place, id) in after.sounds.iter().enumerate() {
            if self.find_prompt(*id).one(&*tx).await?.is_none() {
                return Err(Error::field(&format!("sounds[{place}]"), "There is no such prompt."));
            }
        }
        self.delete_many::<music_on_hold::Entity>().exec(&*tx).await?;
        let row = music_on_hold::ActiveModel { tenant_id: Set(self.id.0), music: Set(written(&after)?) };
        music_on_hold::Entity::insert(row).exec_without_returning(&*tx).await?;
        let (subject, changed) = ("music on hold".to_owned(), changes(Some(&was), Some(&is)));
        let undo = Undo::MusicOnHold(Turn { id: (), before: Some(before), after: Some(after.clone()) });
        self.note_undoable(&tx, now, actor, "UpdateMusicOnHold", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Is that prompt one of the pieces?
    pub(crate) async fn plays<C: ConnectionTrait>(&self, db: &C, id: SoundId) -> Result<bool> {
        Ok(self.music_in(db).await?.sounds.contains(&id))
    }

    async fn music_in<C: ConnectionTrait>(&self, db: &C) -> Result<MusicOnHold> {
        match self.find::<music_on_hold::Entity>().one(db).await? {
            Some(row) => from_json(&row.music),
            None => Ok(MusicOnHold::default()),
        }
    }

    /// What the activity log tells of it: the pieces by their names.
    async fn told_music(&self, tx: &Writing, music: &MusicOnHold) -> Result<Value> {
        let mut names = Vec::new();
        for id in &music.sounds {
            let found = self.find_prompt(*id).one(&**tx).await?;
            names.push(found.map_or_else(|| id.to_string(), |prompt| prompt.name));
        }
        let chosen = match music.mode {
            _ if !music.random => "Music 1",
            MusicMode::PerDay => "at random per day",
            MusicMode::PerCall => "at random per call",
        };
        Ok(json!({ "enabled": music.enabled, "pieces": names.join(", "), "chosen": chosen }))
    }
}
