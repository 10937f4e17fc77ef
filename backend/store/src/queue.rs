//! Call queues (Q-01…Q-22) as they are set up. What happens in them comes as facts: `queue_fact`.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set};
use shared::activity::changes;
use shared::destination::Destination;
use shared::page::Direction;
use shared::queue::{CreateQueue, DeleteQueue, ListQueues, Queue, QueueSettings, UpdateQueue};
use shared::quota::Limit;
use shared::{ExtensionId, Moment, Page, QueueId, TenantId};

use crate::connect::Writing;
use crate::entity::{extension, queue};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::queue_fact::leave;
use crate::text::{from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The queues by number.
    pub async fn list_queues(&self, operation: &ListQueues) -> Result<Page<Queue>> {
        let mut select = self.find::<queue::Entity>();
        if let Some(found) = contains(queue::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "number",
            column: queue::Column::Number,
            id: queue::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &queue::Model| (Key::Text(row.number.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// All of them by number; their count has the tenant's limit.
    pub async fn queues(&self) -> Result<Vec<Queue>> {
        let rows = self.find::<queue::Entity>().order_by_asc(queue::Column::Number).all(self.db()).await?;
        rows.into_iter().map(noun).collect()
    }

    /// The queue of that number.
    pub async fn find_queue(&self, number: &str) -> Result<Option<Queue>> {
        // What no engine takes as text is no number either.
        if number.contains(char::is_control) {
            return Ok(None);
        }
        let row = self.find::<queue::Entity>().filter(queue::Column::Number.eq(number)).one(self.db()).await?;
        row.map(noun).transpose()
    }

    /// Adds one.
    pub async fn create_queue(&self, now: Moment, actor: &Actor, operation: &CreateQueue) -> Result<Queue> {
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        let used = self.find::<queue::Entity>().count(&*tx).await?;
        tenant.quota.admit(Limit::CallQueues, used).map_err(Error::Quota)?;
        let made = Queue { id: self.store.next_id(now), tenant_id: self.id, settings: trimmed(&operation.settings) };
        self.check_queue(&tx, &made).await?;
        self.check_codes(&tx, &made.settings.number, None).await?;
        queue::Entity::insert(row(&made)?).exec_without_returning(&*tx).await?;
        let subject = format!("queue {}", made.settings.number);
        let undo = Undo::Queue(Turn { id: made.id, before: None, after: Some(made.settings.clone()) });
        let changed = changes(None, Some(&made));
        self.note_undoable(&tx, now, actor, "CreateQueue", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(made)
    }

    /// Sets one up anew.
    pub async fn update_queue(&self, now: Moment, actor: &Actor, operation: &UpdateQueue) -> Result<Queue> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_queue(&tx, operation.queue_id).await?;
        let after = Queue { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_queue(&tx, &after).await?;
        self.check_codes(&tx, &after.settings.number, Some(&before.settings.number)).await?;
        queue::Entity::update(row(&after)?).exec(&*tx).await?;
        let left = before.settings.agents().filter(|agent| !after.settings.agents().any(|stays| stays == *agent));
        leave(&tx, now, after.id, &left.collect()).await?;
        let subject = format!("queue {}", before.settings.number);
        let changed = changes(Some(&before), Some(&after));
        let (was, is) = (before.settings, after.settings.clone());
        let undo = Undo::Queue(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateQueue", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one that nothing leads to; else what does is named. Its calls stay.
    pub async fn delete_queue(&self, now: Moment, actor: &Actor, operation: &DeleteQueue) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_queue(&tx, operation.queue_id).await?;
        self.check_queue_unused(&tx, gone.id).await?;
        leave(&tx, now, gone.id, &gone.settings.agents().collect()).await?;
        queue::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let subject = format!("queue {}", gone.settings.number);
        let changed = changes(Some(&gone), None);
        let undo = Undo::Queue(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteQueue", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    /// All of them, as a transaction sees them.
    pub(crate) async fn queues_in(&self, tx: &Writing) -> Result<Vec<Queue>> {
        let rows = self.find::<queue::Entity>().order_by_asc(queue::Column::Number).all(&**tx).await?;
        rows.into_iter().map(noun).collect()
    }

    /// Which of these are no extensions of the tenant's?
    pub(crate) async fn unknown_people(&self, tx: &Writing, ids: &[ExtensionId]) -> Result<bool> {
        let asked = extension::Column::Id.is_in(ids.iter().map(|id| id.0));
        let known = self.find::<extension::Entity>().filter(asked).count(&**tx).await?;
        let mut different: Vec<ExtensionId> = ids.to_vec();
        different.sort_unstable();
        different.dedup();
        Ok(known != different.len() as u64)
    }

    async fn held_queue(&self, tx: &Writing, id: QueueId) -> Result<Queue> {
        noun(self.find_id::<queue::Entity>(id.0).one(&**tx).await?.ok_or(Error::NotFound)?)
    }

    async fn check_queue(&self, tx: &Writing, of: &Queue) -> Result<()> {
        let settings = &of.settings;
        Error::check(settings.check())?;
        self.check_numbers(tx, [&settings.number], Some(of.id.0)).await?;
        for (field, people, wrong) in [
            ("members", &settings.members, "One of the members is no extension of yours."),
            ("managers", &settings.managers, "One of the managers is no extension of yours."),
        ] {
            if self.unknown_people(tx, people).await? {
                return Err(Error::field(field, wrong));
            }
        }
        for (field, sound) in [("introduction", settings.introduction), ("music", settings.music)] {
            let Some(sound) = sound else { continue };
            if self.find_prompt(sound).one(&**tx).await?.is_none() {
                return Err(Error::field(field, "There is no such prompt."));
            }
        }
        if settings.otherwise == (Destination::Queue { queue_id: of.id }) {
            return Err(Error::field("otherwise", "A queue cannot lead into itself once more."));
        }
        self.check_destination(tx, "otherwise", Some(&settings.otherwise)).await
    }
}

fn trimmed(settings: &QueueSettings) -> QueueSettings {
    QueueSettings {
        number: settings.number.trim().to_owned(),
        name: settings.name.trim().to_owned(),
        pause_reasons: settings.pause_reasons.iter().map(|reason| reason.trim().to_owned()).collect(),
        outbound_caller_id: settings.outbound_caller_id.trim().to_owned(),
        ..settings.clone()
    }
}

fn row(of: &Queue) -> Result<queue::ActiveModel> {
    let QueueSettings { number, name, .. } = &of.settings;
    Ok(queue::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        number: Set(number.clone()),
        name: Set(name.clone()),
        settings: Set(json(&of.settings)?),
        search_key: Set(search_key([number.as_str(), name])),
    })
}

pub(crate) fn noun(row: queue::Model) -> Result<Queue> {
    Ok(Queue { id: QueueId(row.id), tenant_id: TenantId(row.tenant_id), settings: from_json(&row.settings)? })
}
