//! Nuisances (HAR-01…HAR-03): callers who are not wanted in queues, and how often they were met.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use shared::activity::changes;
use shared::page::Direction;
use shared::queue_caller::{CreateNuisance, DeleteNuisance, ListNuisances, Nuisance, NuisanceSettings, UpdateNuisance};
use shared::{Moment, NuisanceId, Page, TenantId};

use crate::connect::Writing;
use crate::entity::nuisance;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, json, search_key, word};
use crate::undo::{Turn, Undo};
use crate::vip::check_room;
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The nuisances by number.
    pub async fn list_nuisances(&self, operation: &ListNuisances) -> Result<Page<Nuisance>> {
        let mut select = self.find::<nuisance::Entity>();
        if let Some(found) = contains(nuisance::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "number",
            column: nuisance::Column::Number,
            id: nuisance::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &nuisance::Model| (Key::Text(row.number.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// Adds one that was never met.
    pub async fn create_nuisance(&self, now: Moment, actor: &Actor, operation: &CreateNuisance) -> Result<Nuisance> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        check_room(self.find::<nuisance::Entity>().count(&*tx).await?, "number")?;
        let settings = trimmed(&operation.settings);
        let made = Nuisance { id: self.store.next_id(now), tenant_id: self.id, settings, hits: 0 };
        self.check_nuisance(&tx, &made).await?;
        let new = nuisance::ActiveModel { hits: Set(0), last_met_at: Set(i64::MIN), ..row(&made)? };
        nuisance::Entity::insert(new).exec_without_returning(&*tx).await?;
        let undo = Undo::Nuisance(Turn { id: made.id, before: None, after: Some(made.settings.clone()) });
        let changed = changes(None, Some(&made));
        self.note_undoable(&tx, now, actor, "CreateNuisance", subject(&made), &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(made)
    }

    /// Changes one; how often it was met stays.
    pub async fn update_nuisance(&self, now: Moment, actor: &Actor, operation: &UpdateNuisance) -> Result<Nuisance> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_nuisance(&tx, operation.nuisance_id).await?;
        let after = Nuisance { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_nuisance(&tx, &after).await?;
        nuisance::Entity::update(row(&after)?).exec(&*tx).await?;
        let (subject, changed) = (subject(&before), changes(Some(&before), Some(&after)));
        let (was, is) = (before.settings, after.settings.clone());
        let undo = Undo::Nuisance(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateNuisance", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one.
    pub async fn delete_nuisance(&self, now: Moment, actor: &Actor, operation: &DeleteNuisance) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_nuisance(&tx, operation.nuisance_id).await?;
        nuisance::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let (subject, changed) = (subject(&gone), changes(Some(&gone), None));
        let undo = Undo::Nuisance(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteNuisance", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    async fn held_nuisance(&self, tx: &Writing, id: NuisanceId) -> Result<Nuisance> {
        noun(self.find_id::<nuisance::Entity>(id.0).one(&**tx).await?.ok_or(Error::NotFound)?)
    }

    async fn check_nuisance(&self, tx: &Writing, of: &Nuisance) -> Result<()> {
        let settings = &of.settings;
        Error::check(settings.check())?;
        if let Some(sound) = settings.sound
            && self.find_prompt(sound).one(&**tx).await?.is_none()
        {
            return Err(Error::field("sound", "There is no such prompt."));
        }
        let same = self.find::<nuisance::Entity>().filter(nuisance::Column::Number.eq(settings.number.as_str()));
        let same = same.filter(nuisance::Column::Level.eq(word(&settings.level)?));
        match same.filter(nuisance::Column::Id.ne(of.id.0)).one(&**tx).await? {
            None => Ok(()),
            Some(row) => {
                let reason = format!("{} stands at this level already.", row.number);
                Err(Error::Conflict { field: "number", reason })
            }
        }
    }
}

fn subject(of: &Nuisance) -> String {
    format!("nuisance {}", of.settings.number)
}

fn trimmed(settings: &NuisanceSettings) -> NuisanceSettings {
    NuisanceSettings {
        number: settings.number.trim().to_owned(),
        description: settings.description.trim().to_owned(),
        ..settings.clone()
    }
}

/// Without how often it was met, which only facts change.
fn row(of: &Nuisance) -> Result<nuisance::ActiveModel> {
    let NuisanceSettings { number, description, level, .. } = &of.settings;
    Ok(nuisance::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        number: Set(number.clone()),
        level: Set(word(level)?),
        settings: Set(json(&of.settings)?),
        search_key: Set(search_key([number.as_str(), description])),
        ..Default::default()
    })
}

pub(crate) fn noun(row: nuisance::Model) -> Result<Nuisance> {
    Ok(Nuisance {
        id: NuisanceId(row.id),
        tenant_id: TenantId(row.tenant_id),
        settings: from_json(&row.settings)?,
        hits: u64::try_from(row.hits).unwrap_or(0),
    })
}
