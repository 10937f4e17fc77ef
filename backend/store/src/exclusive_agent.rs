//! Exclusive agents (EXA-01): callers who go to certain members of queues first.

use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter, Set};
use shared::activity::changes;
use shared::page::Direction;
use shared::queue_caller::{
    CreateExclusiveAgent, DeleteExclusiveAgent, ExclusiveAgent, ExclusiveAgentSettings, ListExclusiveAgents,
    UpdateExclusiveAgent,
};
use shared::{ExclusiveAgentId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::entity::exclusive_agent;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{fold, from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::vip::check_room;
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The entries by description.
    pub async fn list_exclusive_agents(&self, operation: &ListExclusiveAgents) -> Result<Page<ExclusiveAgent>> {
        let mut select = self.find::<exclusive_agent::Entity>();
        if let Some(found) = contains(exclusive_agent::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "description",
            column: exclusive_agent::Column::DescriptionKey,
            id: exclusive_agent::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &exclusive_agent::Model| (Key::Text(row.description_key.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// Adds one.
    pub async fn create_exclusive_agent(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateExclusiveAgent,
    ) -> Result<ExclusiveAgent> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        check_room(self.find::<exclusive_agent::Entity>().count(&*tx).await?, "description")?;
        let settings = trimmed(&operation.settings);
        let made = ExclusiveAgent { id: self.store.next_id(now), tenant_id: self.id, settings };
        self.check_exclusive_agent(&tx, &made).await?;
        exclusive_agent::Entity::insert(row(&made)?).exec_without_returning(&*tx).await?;
        let undo = Undo::ExclusiveAgent(Turn { id: made.id, before: None, after: Some(made.settings.clone()) });
        let changed = changes(None, Some(&made));
        self.note_undoable(&tx, now, actor, "CreateExclusiveAgent", subject(&made), &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(made)
    }

    /// Changes one.
    pub async fn update_exclusive_agent(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateExclusiveAgent,
    ) -> Result<ExclusiveAgent> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_exclusive_agent(&tx, operation.exclusive_agent_id).await?;
        let after = ExclusiveAgent { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_exclusive_agent(&tx, &after).await?;
        exclusive_agent::Entity::update(row(&after)?).exec(&*tx).await?;
        let (subject, changed) = (subject(&before), changes(Some(&before), Some(&after)));
        let (was, is) = (before.settings, after.settings.clone());
        let undo = Undo::ExclusiveAgent(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateExclusiveAgent", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one.
    pub async fn delete_exclusive_agent(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &DeleteExclusiveAgent,
    ) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_exclusive_agent(&tx, operation.exclusive_agent_id).await?;
        exclusive_agent::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let (subject, changed) = (subject(&gone), changes(Some(&gone), None));
        let undo = Undo::ExclusiveAgent(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteExclusiveAgent", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    async fn held_exclusive_agent(&self, tx: &Writing, id: ExclusiveAgentId) -> Result<ExclusiveAgent> {
        noun(self.find_id::<exclusive_agent::Entity>(id.0).one(&**tx).await?.ok_or(Error::NotFound)?)
    }

    async fn check_exclusive_agent(&self, tx: &Writing, of: &ExclusiveAgent) -> Result<()> {
        let settings = &of.settings;
        Error::check(settings.check())?;
        let queues = self.queues_in(tx).await?;
        let is_agent = |id| queues.iter().any(|queue| queue.settings.agents().any(|agent| agent == id));
        match settings.agents.iter().all(|id| is_agent(*id)) {
            true => Ok(()),
            false => Err(Error::field("agents", "One of them is a member of no queue.")),
        }
    }
}

fn subject(of: &ExclusiveAgent) -> String {
    format!("exclusive agents {}", of.settings.description)
}

/// What is given twice stands there once.
fn trimmed(settings: &ExclusiveAgentSettings) -> ExclusiveAgentSettings {
    let mut trimmed =
        ExclusiveAgentSettings { description: settings.description.trim().to_owned(), ..Default::default() };
    for caller in settings.callers.iter().map(|caller| caller.trim()) {
        if !trimmed.callers.iter().any(|known| known == caller) {
            trimmed.callers.push(caller.to_owned());
        }
    }
    for agent in &settings.agents {
        if !trimmed.agents.contains(agent) {
            trimmed.agents.push(*agent);
        }
    }
    trimmed
}

fn row(of: &ExclusiveAgent) -> Result<exclusive_agent::ActiveModel> {
    let ExclusiveAgentSettings { description, callers, .. } = &of.settings;
    let searched = std::iter::once(description).chain(callers).map(String::as_str);
    Ok(exclusive_agent::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        description_key: Set(fold(description)),
        settings: Set(json(&of.settings)?),
        search_key: Set(search_key(searched)),
    })
}

pub(crate) fn noun(row: exclusive_agent::Model) -> Result<ExclusiveAgent> {
    let (id, tenant_id) = (ExclusiveAgentId(row.id), TenantId(row.tenant_id));
    Ok(ExclusiveAgent { id, tenant_id, settings: from_json(&row.settings)? })
}
