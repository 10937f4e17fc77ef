//! VIPs (VIP-01…VIP-03): callers who come to the top of every queue.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use shared::activity::changes;
use shared::page::Direction;
use shared::queue_caller::{CreateVip, DeleteVip, ENTRIES_MAX, ListVips, UpdateVip, Vip, VipSettings};
use shared::{Moment, Page, TenantId, VipId};

use crate::connect::Writing;
use crate::entity::vip;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The VIPs by number.
    pub async fn list_vips(&self, operation: &ListVips) -> Result<Page<Vip>> {
        let mut select = self.find::<vip::Entity>();
        if let Some(found) = contains(vip::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort =
            Sort { name: "number", column: vip::Column::Number, id: vip::Column::Id, direction: Direction::Ascending };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &vip::Model| (Key::Text(row.number.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// Adds one.
    pub async fn create_vip(&self, now: Moment, actor: &Actor, operation: &CreateVip) -> Result<Vip> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        check_room(self.find::<vip::Entity>().count(&*tx).await?, "number")?;
        let made = Vip { id: self.store.next_id(now), tenant_id: self.id, settings: trimmed(&operation.settings) };
        self.check_vip(&tx, &made).await?;
        vip::Entity::insert(row(&made)?).exec_without_returning(&*tx).await?;
        let undo = Undo::Vip(Turn { id: made.id, before: None, after: Some(made.settings.clone()) });
        let changed = changes(None, Some(&made));
        self.note_undoable(&tx, now, actor, "CreateVip", subject(&made), &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(made)
    }

    /// Changes one.
    pub async fn update_vip(&self, now: Moment, actor: &Actor, operation: &UpdateVip) -> Result<Vip> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_vip(&tx, operation.vip_id).await?;
        let after = Vip { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_vip(&tx, &after).await?;
        vip::Entity::update(row(&after)?).exec(&*tx).await?;
        let (subject, changed) = (subject(&before), changes(Some(&before), Some(&after)));
        let (was, is) = (before.settings, after.settings.clone());
        let undo = Undo::Vip(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateVip", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one.
    pub async fn delete_vip(&self, now: Moment, actor: &Actor, operation: &DeleteVip) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_vip(&tx, operation.vip_id).await?;
        vip::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let (subject, changed) = (subject(&gone), changes(Some(&gone), None));
        let undo = Undo::Vip(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteVip", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    async fn held_vip(&self, tx: &Writing, id: VipId) -> Result<Vip> {
        noun(self.find_id::<vip::Entity>(id.0).one(&**tx).await?.ok_or(Error::NotFound)?)
    }

    async fn check_vip(&self, tx: &Writing, of: &Vip) -> Result<()> {
        Error::check(of.settings.check())?;
        let same = self.find::<vip::Entity>().filter(vip::Column::Number.eq(of.settings.number.as_str()));
        match same.filter(vip::Column::Id.ne(of.id.0)).one(&**tx).await? {
            None => Ok(()),
            Some(row) => {
                Err(Error::Conflict { field: "number", reason: format!("The list has {} already.", row.number) })
            }
        }
    }
}

/// Refuses one more entry of a list that is full.
pub(crate) fn check_room(used: u64, field: &str) -> Result<()> {
    match used < ENTRIES_MAX {
        true => Ok(()),
        false => Err(Error::field(field, &format!("The list has at most {ENTRIES_MAX} entries."))),
    }
}

fn subject(of: &Vip) -> String {
    format!("VIP {}", of.settings.number)
}

fn trimmed(settings: &VipSettings) -> VipSettings {
    VipSettings {
        number: settings.number.trim().to_owned(),
        description: settings.description.trim().to_owned(),
        ..settings.clone()
    }
}

fn row(of: &Vip) -> Result<vip::ActiveModel> {
    let VipSettings { number, description, .. } = &of.settings;
    Ok(vip::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        number: Set(number.clone()),
        settings: Set(json(&of.settings)?),
        search_key: Set(search_key([number.as_str(), description])),
    })
}

pub(crate) fn noun(row: vip::Model) -> Result<Vip> {
    Ok(Vip { id: VipId(row.id), tenant_id: TenantId(row.tenant_id), settings: from_json(&row.settings)? })
}
