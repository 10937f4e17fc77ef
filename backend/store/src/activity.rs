//! The activity log: who changed what (LOG-02).

use sea_orm::{EntityTrait, QueryFilter, Select, Set};
use shared::activity::{Activity, ListActivity, ListAllActivity};
use shared::page::Direction;
use shared::{ActivityId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::entity::activity;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{outside, search_key};
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
        let subject = outside(&subject);
        let row = activity::ActiveModel {
            id: Set(self.next_id::<ActivityId>(now).0),
            tenant_id: Set(tenant.map(i64::from)),
            at: Set(now.0),
            search_key: Set(search_key([actor.email.as_str(), operation, &subject])),
            actor: Set(actor.email.clone()),
            acting_for: Set(actor.acting_for.clone()),
            operation: Set(operation.to_owned()),
            subject: Set(subject),
        };
        activity::Entity::insert(row).exec_without_returning(&**tx).await?;
        Ok(())
    }
}

impl TenantStore {
    /// The tenant's activity, newest first.
    pub async fn list_activity(&self, operation: &ListActivity) -> Result<Page<Activity>> {
        let ListActivity { search, cursor, limit } = operation;
        list(self.db(), self.find::<activity::Entity>(), search.as_deref(), cursor.as_deref(), *limit).await
    }
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
        })
    })
}
