//! The activity log: who changed what from what to what, from where, and what was refused (LOG-02). Lines are added and,
//! when their days are over, removed; none is changed, but that what was undone forgets how.

use sea_orm::{EntityTrait, QueryFilter, Select, Set};
use shared::activity::{Activity, FieldChange, ListActivity, ListAllActivity};
use shared::page::Direction;
use shared::{ActivityId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::entity::activity;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, json, outside, search_key};
use crate::undo::Undo;
use crate::{Actor, Result, Store, TenantStore};

impl Store {
    /// The installation's activity, newest first.
    pub async fn list_all_activity(&self, operation: &ListAllActivity) -> Result<Page<Activity>> {
        let ListAllActivity { search, cursor, limit } = operation;
        list(&self.inner.db, activity::Entity::find(), search.as_deref(), cursor.as_deref(), *limit).await
    }

    /// Notes in the transaction of the change who made it.
    pub(crate) async fn note(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        tenant: Option<TenantId>,
        operation: &str,
        subject: String,
    ) -> Result<()> {
        self.note_change(tx, now, actor, tenant, operation, subject, &[]).await
    }

    /// As [`Store::note`], with what was before and what is after.
    #[expect(clippy::too_many_arguments, reason = "one line of the log is so many columns")]
    pub(crate) async fn note_change(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        tenant: Option<TenantId>,
        operation: &str,
        subject: String,
        changes: &[FieldChange],
    ) -> Result<()> {
        let row = self.line(now, actor, tenant, operation, &subject);
        insert(tx, row, changes, None).await
    }

    /// Notes what somebody did that is no change of a row.
    pub async fn note_done(
        &self,
        now: Moment,
        actor: &Actor,
        tenant: Option<TenantId>,
        operation: &str,
        subject: &str,
    ) -> Result<()> {
        let tx = self.write().await?;
        self.note(&tx, now, actor, tenant, operation, subject.to_owned()).await?;
        tx.commit().await
    }

    /// Notes what somebody wanted to do and was refused.
    pub async fn note_failed(
        &self,
        now: Moment,
        actor: &Actor,
        tenant: Option<TenantId>,
        operation: &str,
        subject: &str,
        failure: &str,
    ) -> Result<()> {
        let tx = self.write().await?;
        let mut row = self.line(now, actor, tenant, operation, subject);
        row.failure = Set(Some(outside(failure)));
        activity::Entity::insert(row).exec_without_returning(&*tx).await?;
        tx.commit().await
    }

    fn line(
        &self,
        now: Moment,
        actor: &Actor,
        tenant: Option<TenantId>,
        operation: &str,
        subject: &str,
    ) -> activity::ActiveModel {
        let subject = outside(subject);
        activity::ActiveModel {
            id: Set(self.next_id::<ActivityId>(now).0),
            tenant_id: Set(tenant.map(i64::from)),
            at: Set(now.0),
            search_key: Set(search_key([actor.email.as_str(), operation, &subject])),
            actor: Set(actor.email.clone()),
            acting_for: Set(actor.acting_for.clone()),
            operation: Set(operation.to_owned()),
            subject: Set(subject),
            address: Set(actor.address.clone()),
            failure: Set(None),
            changes: Set(None),
            undo: Set(None),
        }
    }
}

impl TenantStore {
    /// As [`TenantStore::note_change`], of what can be undone.
    #[expect(clippy::too_many_arguments, reason = "one line of the log is so many columns")]
    pub(crate) async fn note_undoable(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &str,
        subject: String,
        changes: &[FieldChange],
        undo: &Undo,
    ) -> Result<()> {
        let row = self.store.line(now, actor, Some(self.id), operation, &subject);
        insert(tx, row, changes, Some(undo)).await
    }

    /// The tenant's activity, newest first.
    pub async fn list_activity(&self, operation: &ListActivity) -> Result<Page<Activity>> {
        let ListActivity { search, cursor, limit } = operation;
        list(self.db(), self.find::<activity::Entity>(), search.as_deref(), cursor.as_deref(), *limit).await
    }
}

/// Adds a line. What has left everything as it was has nothing to undo.
async fn insert(
    tx: &Writing,
    mut row: activity::ActiveModel,
    changes: &[FieldChange],
    undo: Option<&Undo>,
) -> Result<()> {
    if !changes.is_empty() {
        row.changes = Set(Some(json(&changes)?));
        row.undo = Set(undo.map(json).transpose()?);
    }
    activity::Entity::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

async fn list(
    db: &sea_orm::DatabaseConnection,
    mut select: Select<activity::Entity>,
    search: Option<&str>,
    cursor: Option<&str>,
    limit: Option<u32>,
) -> Result<Page<Activity>> {
    if let Some(found) = contains(activity::Column::SearchKey, search) {
        select = select.filter(found);
    }
    // Ids grow with time: they are the order.
    let sort = Sort {
        name: "activity",
        column: activity::Column::Id,
        id: activity::Column::Id,
        direction: Direction::Descending,
    };
    let rows = page(db, select, &sort, Wanted { cursor, limit }, |row| (Key::Number(row.id), row.id)).await?;
    try_map(rows, |row| {
        Ok(Activity {
            id: ActivityId(row.id),
            tenant_id: row.tenant_id.map(TenantId),
            at: Moment(row.at),
            actor: row.actor,
            acting_for: row.acting_for,
            operation: row.operation,
            subject: row.subject,
            address: row.address,
            failure: row.failure,
            undoable: row.undo.is_some(),
            changes: row.changes.as_deref().map(from_json).transpose()?.unwrap_or_default(),
        })
    })
}
