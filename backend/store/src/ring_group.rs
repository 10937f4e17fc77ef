//! Ring groups (RG-01…RG-05), and the one number space of a tenant.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use shared::activity::changes;
use shared::destination::Destination;
use shared::page::Direction;
use shared::quota::Limit;
use shared::ring_group::{
    CreateRingGroup, DeleteRingGroup, ListRingGroups, RingGroup, RingGroupSettings, UpdateRingGroup,
};
use shared::{Moment, Page, RingGroupId, TenantId};

use crate::connect::Writing;
use crate::entity::{conference_room, extension, queue, receptionist, ring_group};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

/// So many numbers are asked for at once.
const NUMBERS_ASKED_MAX: usize = 500;

impl TenantStore {
    /// The groups by number.
    pub async fn list_ring_groups(&self, operation: &ListRingGroups) -> Result<Page<RingGroup>> {
        let mut select = self.find::<ring_group::Entity>();
        if let Some(found) = contains(ring_group::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "number",
            column: ring_group::Column::Number,
            id: ring_group::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &ring_group::Model| (Key::Text(row.number.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// Adds one.
    pub async fn create_ring_group(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateRingGroup,
    ) -> Result<RingGroup> {
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        let used = self.find::<ring_group::Entity>().count(&*tx).await?;
        tenant.quota.admit(Limit::RingGroups, used).map_err(Error::Quota)?;
        let group =
            RingGroup { id: self.store.next_id(now), tenant_id: self.id, settings: trimmed(&operation.settings) };
        self.check_group(&tx, &group).await?;
        self.check_codes(&tx, &group.settings.number, None).await?;
        ring_group::Entity::insert(row(&group)?).exec_without_returning(&*tx).await?;
        let subject = format!("ring group {}", group.settings.number);
        let undo = Undo::RingGroup(Turn { id: group.id, before: None, after: Some(group.settings.clone()) });
        let changed = changes(None, Some(&group));
        self.note_undoable(&tx, now, actor, "CreateRingGroup", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(group)
    }

    /// Sets one up anew.
    pub async fn update_ring_group(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateRingGroup,
    ) -> Result<RingGroup> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_group(&tx, operation.ring_group_id).await?;
        let after = RingGroup { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_group(&tx, &after).await?;
        self.check_codes(&tx, &after.settings.number, Some(&before.settings.number)).await?;
        ring_group::Entity::update(row(&after)?).exec(&*tx).await?;
        let subject = format!("ring group {}", before.settings.number);
        let changed = changes(Some(&before), Some(&after));
        let (was, is) = (before.settings.clone(), after.settings.clone());
        let undo = Undo::RingGroup(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateRingGroup", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one that nothing leads to; else what does is named.
    pub async fn delete_ring_group(&self, now: Moment, actor: &Actor, operation: &DeleteRingGroup) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_group(&tx, operation.ring_group_id).await?;
        self.check_group_unused(&tx, gone.id).await?;
        ring_group::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let subject = format!("ring group {}", gone.settings.number);
        let changed = changes(Some(&gone), None);
        let undo = Undo::RingGroup(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteRingGroup", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    async fn held_group(&self, tx: &Writing, id: RingGroupId) -> Result<RingGroup> {
        let row = self.find_id::<ring_group::Entity>(id.0).one(&**tx).await?;
        noun(row.ok_or(Error::NotFound)?)
    }

    async fn check_group(&self, tx: &Writing, group: &RingGroup) -> Result<()> {
        let settings = &group.settings;
        Error::check(settings.check())?;
        self.check_numbers(tx, [&settings.number], Some(group.id.0)).await?;
        let members = settings.members.iter().map(|id| id.0);
        let known = self.find::<extension::Entity>().filter(extension::Column::Id.is_in(members)).count(&**tx).await?;
        if known != settings.members.len() as u64 {
            return Err(Error::field("members", "One of the members is no extension of yours."));
        }
        if settings.otherwise == (Destination::RingGroup { ring_group_id: group.id }) {
            return Err(Error::field("otherwise", "A group cannot ring itself once more."));
        }
        self.check_destination(tx, "otherwise", Some(&settings.otherwise)).await
    }

    /// Are these numbers free in the tenant? Extensions, groups, receptionists, queues and conference rooms share them (0.4 of the specification), and
    /// feature codes with them: see [`TenantStore::check_codes`]. Whoever has one is named (EXT-02), but for `own`, the id of who is to have it.
    pub(crate) async fn check_numbers<'a, N>(&self, tx: &Writing, numbers: N, own: Option<i64>) -> Result<()>
    where
        N: IntoIterator<Item = &'a String>,
    {
        let numbers: Vec<&String> = numbers.into_iter().collect();
        let taken = |holder: String, number: &str| {
            let reason = format!("{holder} has the number {number}.");
            Err(Error::Conflict { field: "number", reason })
        };
        for some in numbers.chunks(NUMBERS_ASKED_MAX) {
            let same = self.find::<extension::Entity>().filter(extension::Column::Number.is_in(some.iter().copied()));
            if let Some(row) = same.all(&**tx).await?.into_iter().find(|row| own != Some(row.id)) {
                return taken(format!("The extension of {}", row.name), &row.number);
            }
            let same = self.find::<ring_group::Entity>().filter(ring_group::Column::Number.is_in(some.iter().copied()));
            if let Some(row) = same.all(&**tx).await?.into_iter().find(|row| own != Some(row.id)) {
                let number = row.number.clone();
                return taken(format!("The ring group {}", noun(row)?.settings.name), &number);
            }
            let number = receptionist::Column::Number;
            let same = self.find::<receptionist::Entity>().filter(number.is_in(some.iter().copied()));
            if let Some(row) = same.all(&**tx).await?.into_iter().find(|row| own != Some(row.id)) {
                return taken(format!("The receptionist {}", row.name), &row.number);
            }
            let number = conference_room::Column::Number;
            let same = self.find::<conference_room::Entity>().filter(number.is_in(some.iter().copied()));
            if let Some(row) = same.all(&**tx).await?.into_iter().find(|row| own != Some(row.id)) {
                let subject = crate::conference_room::settings(&row)?.subject;
                return taken(format!("The conference room {subject}"), &row.number);
            }
            let same = self.find::<queue::Entity>().filter(queue::Column::Number.is_in(some.iter().copied()));
            if let Some(row) = same.all(&**tx).await?.into_iter().find(|row| own != Some(row.id)) {
                return taken(format!("The queue {}", row.name), &row.number);
            }
        }
        Ok(())
    }
}

fn trimmed(settings: &RingGroupSettings) -> RingGroupSettings {
    RingGroupSettings {
        number: settings.number.trim().to_owned(),
        name: settings.name.trim().to_owned(),
        outbound_caller_id: settings.outbound_caller_id.trim().to_owned(),
        ..settings.clone()
    }
}

fn row(of: &RingGroup) -> Result<ring_group::ActiveModel> {
    let RingGroupSettings { number, name, .. } = &of.settings;
    Ok(ring_group::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        number: Set(number.clone()),
        settings: Set(json(&of.settings)?),
        search_key: Set(search_key([number.as_str(), name])),
    })
}

pub(crate) fn noun(row: ring_group::Model) -> Result<RingGroup> {
    Ok(RingGroup { id: RingGroupId(row.id), tenant_id: TenantId(row.tenant_id), settings: from_json(&row.settings)? })
}
