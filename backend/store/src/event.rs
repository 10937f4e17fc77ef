//! The event log: what has happened by itself (LOG-01). The same again within a minute is counted, not written anew.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use sha2::{Digest, Sha256};
use shared::event::{Event, EventLevel, ListAllEvents, ListEvents, NewEvent};
use shared::page::Direction;
use shared::{EventId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::entity::{event, tenant};
use crate::page::{Key, Sort, Wanted, contains, page};
use crate::text::{from_word, outside, search_key, word};
use crate::{Result, Store, TenantStore};

/// Within this time the same event is counted up.
const REPEAT: Duration = Duration::from_secs(60);
/// Events that are kept in all, however long their days last.
const EVENTS_MAX: usize = 200_000;

/// An event and how often it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// What.
    pub event: NewEvent,
    /// When it first happened.
    pub first_at: Moment,
    /// When it last happened.
    pub last_at: Moment,
    /// How often.
    pub count: u64,
}

impl Store {
    /// Writes events down, all in one transaction; the lines as they stand now. Those of a tenant that is gone are left
    /// out.
    pub async fn record_events(&self, events: &[Happened]) -> Result<Vec<Event>> {
        let tx = self.write().await?;
        let mut written = Vec::with_capacity(events.len());
        for happened in events {
            if let Some(tenant) = happened.event.tenant_id
                && tenant::Entity::find_by_id(tenant.0).one(&*tx).await?.is_none()
            {
                continue;
            }
            written.push(noun(self.write_event(&tx, happened).await?)?);
        }
        tx.commit().await?;
        Ok(written)
    }

    /// Writes one event down in the transaction of its cause.
    pub(crate) async fn note_event(&self, tx: &Writing, now: Moment, event: NewEvent) -> Result<()> {
        self.write_event(tx, &Happened { event, first_at: now, last_at: now, count: 1 }).await.map(drop)
    }

    async fn write_event(&self, tx: &Writing, happened: &Happened) -> Result<event::Model> {
        use event::Column as C;
        let Happened { event, first_at, last_at, count } = happened;
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        let fingerprint = fingerprint(event);
        let lately = event::Entity::find()
            .filter(C::Fingerprint.eq(fingerprint.as_str()))
            .filter(C::At.gt((*first_at - REPEAT).0))
            .order_by_desc(C::At)
            .one(&**tx)
            .await?;
        if let Some(mut row) = lately {
            row.count = row.count.saturating_add(count);
            row.last_at = row.last_at.max(last_at.0);
            event::Entity::update_many()
                .col_expr(C::Count, Expr::value(row.count))
                .col_expr(C::LastAt, Expr::value(row.last_at))
                .filter(C::Id.eq(row.id))
                .exec(&**tx)
                .await?;
            return Ok(row);
        }
        let text = outside(&event.sentence());
        let row = event::Model {
            id: self.next_id::<EventId>(*first_at).0,
            tenant_id: event.tenant_id.map(i64::from),
            at: first_at.0,
            last_at: last_at.0,
            count,
            level: number(event.code.level()),
            source: word(&event.code.source())?,
            code: event.code.code().to_owned(),
            search_key: search_key([text.as_str()]),
            text,
            fingerprint,
        };
        event::Entity::insert(active(row.clone())).exec_without_returning(&**tx).await?;
        Ok(row)
    }

    /// The installation's events, newest first.
    pub async fn list_all_events(&self, operation: &ListAllEvents) -> Result<Page<Event>> {
        let mut select = event::Entity::find();
        if let Some(tenant) = operation.tenant_id {
            select = select.filter(event::Column::TenantId.eq(tenant.0));
        }
        let mut page = list(&self.inner.db, select, &operation.within_one()).await?;
        let names = self.names_of(page.rows.iter().filter_map(|row| row.tenant_id)).await?;
        for row in &mut page.rows {
            row.tenant_name = row.tenant_id.and_then(|id| names.get(&id).cloned());
        }
        Ok(page)
    }

    /// How many events that are so bad or worse there have been since then.
    pub async fn count_events(&self, level: EventLevel, since: Moment) -> Result<u64> {
        use sea_orm::PaginatorTrait;
        let select =
            event::Entity::find().filter(event::Column::Level.gte(number(level))).filter(event::Column::At.gt(since.0));
        Ok(select.count(&self.inner.db).await?)
    }

    async fn names_of(&self, tenants: impl Iterator<Item = TenantId>) -> Result<BTreeMap<TenantId, String>> {
        let rows = tenant::Entity::find()
            .select_only()
            .columns([tenant::Column::Id, tenant::Column::Name])
            .filter(tenant::Column::Id.is_in(tenants.map(i64::from)))
            .into_tuple::<(i64, String)>()
            .all(&self.inner.db)
            .await?;
        Ok(rows.into_iter().map(|(id, name)| (TenantId(id), name)).collect())
    }

    /// Removes what is older than its days, and the oldest of too many.
    pub(crate) async fn purge_events(&self, tx: &Writing, until: Moment) -> Result<u64> {
        let old = event::Entity::delete_many().filter(event::Column::At.lte(until.0)).exec(&**tx).await?;
        let many = tx
            .execute_unprepared(&format!(
                "DELETE FROM event WHERE at < (SELECT at FROM event ORDER BY at DESC LIMIT 1 OFFSET {EVENTS_MAX})"
            ))
            .await?;
        Ok(old.rows_affected + many.rows_affected())
    }
}

impl TenantStore {
    /// The tenant's own events, newest first.
    pub async fn list_events(&self, operation: &ListEvents) -> Result<Page<Event>> {
        list(self.db(), self.find::<event::Entity>(), operation).await
    }
}

async fn list(db: &DatabaseConnection, mut select: Select<event::Entity>, filter: &ListEvents) -> Result<Page<Event>> {
    use event::Column as C;
    let ListEvents { search, level, source, from, to, cursor, limit } = filter;
    if let Some(found) = contains(C::SearchKey, search.as_deref()) {
        select = select.filter(found);
    }
    if let Some(level) = *level {
        select = select.filter(C::Level.gte(number(level)));
    }
    if let Some(source) = *source {
        select = select.filter(C::Source.eq(word(&source)?));
    }
    if let Some(from) = from {
        select = select.filter(C::LastAt.gte(from.0));
    }
    if let Some(to) = to {
        select = select.filter(C::At.lte(to.0));
    }
    // Ids grow with time: they are the order.
    let sort = Sort { name: "event", column: C::Id, id: C::Id, direction: Direction::Descending };
    let wanted = Wanted { cursor: cursor.as_deref(), limit: *limit };
    let rows = page(db, select, &sort, wanted, |row| (Key::Number(row.id), row.id)).await?;
    crate::page::try_map(rows, noun)
}

/// Row → noun. What to do is the catalogue's; of a code that another version has written nothing is known.
fn noun(row: event::Model) -> Result<Event> {
    let fix = shared::event::EventCode::find(&row.code).map_or("", shared::event::EventCode::fix);
    Ok(Event {
        id: EventId(row.id),
        tenant_id: row.tenant_id.map(TenantId),
        tenant_name: None,
        at: Moment(row.at),
        last_at: Moment(row.last_at),
        count: u64::try_from(row.count).unwrap_or(0),
        level: EventLevel::ALL.into_iter().find(|level| number(*level) == row.level).unwrap_or_default(),
        source: from_word(&row.source).unwrap_or_default(),
        code: row.code,
        text: row.text,
        fix: fix.to_owned(),
    })
}

fn active(row: event::Model) -> event::ActiveModel {
    let event::Model { id, tenant_id, at, last_at, count, level, source, code, text, fingerprint, search_key } = row;
    event::ActiveModel {
        id: Set(id),
        tenant_id: Set(tenant_id),
        at: Set(at),
        last_at: Set(last_at),
        count: Set(count),
        level: Set(level),
        source: Set(source),
        code: Set(code),
        text: Set(text),
        fingerprint: Set(fingerprint),
        search_key: Set(search_key),
    }
}

const fn number(level: EventLevel) -> i64 {
    match level {
        EventLevel::Information => 0,
        EventLevel::Warning => 1,
        EventLevel::Error => 2,
    }
}

/// What two events that are the same have in common.
fn fingerprint(event: &NewEvent) -> String {
    let text = format!("{}\n{}\n{}", event.tenant_id.map_or(0, i64::from), event.code.code(), event.value);
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
