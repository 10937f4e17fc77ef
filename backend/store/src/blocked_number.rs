//! Blocked numbers (NBL-01, NBL-02).

use std::collections::BTreeMap;

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set};
use shared::activity::changes;
use shared::blocked_number::{
    BLOCKED_NUMBERS_MAX, BlockedNumber, BlockedNumberFound, BlockedNumbers, CreateBlockedNumber, DeleteBlockedNumber,
    FindBlockedNumber, ListBlockedNumbers, UpdateBlockedNumber, entry_of,
};
use shared::dialled::{NumberRefusal, gate_caller};
use shared::page::Direction;
use shared::{BlockedNumberId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::entity::blocked_number;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::search_key;
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, Store, TenantPlanRow, TenantStore};

impl Store {
    /// Fills in the blocked numbers of these plans.
    pub(crate) async fn load_blocked_numbers(&self, plans: &mut BTreeMap<i64, TenantPlanRow>) -> Result<()> {
        let mut select = blocked_number::Entity::find().select_only();
        select = select.columns([blocked_number::Column::TenantId, blocked_number::Column::Number]);
        if let (1, Some(only)) = (plans.len(), plans.keys().next()) {
            select = select.filter(blocked_number::Column::TenantId.eq(*only));
        }
        let mut of: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for (tenant, number) in select.into_tuple::<(i64, String)>().all(&self.inner.db).await? {
            of.entry(tenant).or_default().push(number);
        }
        for (tenant, numbers) in of {
            if let Some(plan) = plans.get_mut(&tenant) {
                plan.blocked = numbers.into_iter().collect();
            }
        }
        Ok(())
    }
}

impl TenantStore {
    /// A page of the blocked numbers, by number.
    pub async fn list_blocked_numbers(&self, operation: &ListBlockedNumbers) -> Result<Page<BlockedNumber>> {
        let mut select = self.find::<blocked_number::Entity>();
        if let Some(found) = contains(blocked_number::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "number",
            column: blocked_number::Column::Number,
            id: blocked_number::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let found = page(self.db(), select, &sort, wanted, |row| (Key::Text(row.number.clone()), row.id)).await?;
        try_map(found, |row| Ok(noun(row)))
    }

    /// Blocks a number; `Conflict` where it is blocked already.
    pub async fn create_blocked_number(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateBlockedNumber,
    ) -> Result<BlockedNumber> {
        Error::check(operation.check())?;
        let number = entry_of(&operation.number).ok_or(Error::NotFound)?;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        self.admit_blocked_numbers(&tx, 1, "number").await?;
        self.check_free(&tx, &number, None).await?;
        let new = self.new_blocked_number(now, number, &operation.description);
        blocked_number::Entity::insert(row(&new)).exec_without_returning(&*tx).await?;
        let (subject, changed) = (subject(&new.number), changes(None, Some(&new)));
        let undo = Undo::BlockedNumber(Turn { id: new.id, before: None, after: Some(new.clone()) });
        self.note_undoable(&tx, now, actor, "CreateBlockedNumber", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(new)
    }

    /// Changes an entry; `Conflict` where another has the number.
    pub async fn update_blocked_number(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateBlockedNumber,
    ) -> Result<BlockedNumber> {
        Error::check(operation.check())?;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_blocked_number(&tx, operation.blocked_number_id).await?;
        let mut after = before.clone();
        if let Some(number) = operation.number.as_deref().and_then(entry_of) {
            self.check_free(&tx, &number, Some(before.id)).await?;
            after.number = number;
        }
        if let Some(description) = &operation.description {
            after.description = description.trim().to_owned();
        }
        row(&after).reset_all().update(&*tx).await?;
        let (subject, changed) = (subject(&before.number), changes(Some(&before), Some(&after)));
        let undo = Undo::BlockedNumber(Turn { id: after.id, before: Some(before), after: Some(after.clone()) });
        self.note_undoable(&tx, now, actor, "UpdateBlockedNumber", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes an entry.
    pub async fn delete_blocked_number(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &DeleteBlockedNumber,
    ) -> Result<()> {
        let tx = self.store.write().await?;
        let gone = self.held_blocked_number(&tx, operation.blocked_number_id).await?;
        self.delete_many::<blocked_number::Entity>()
            .filter(blocked_number::Column::Id.eq(gone.id.0))
            .exec(&*tx)
            .await?;
        let (subject, changed) = (subject(&gone.number), changes(Some(&gone), None));
        let undo = Undo::BlockedNumber(Turn { id: gone.id, before: Some(gone), after: None });
        self.note_undoable(&tx, now, actor, "DeleteBlockedNumber", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    /// Which entry does a number meet? By the rule that judges calls.
    pub async fn find_blocked_number(&self, operation: &FindBlockedNumber) -> Result<BlockedNumberFound> {
        let entries = self.find::<blocked_number::Entity>().select_only().column(blocked_number::Column::Number);
        let entries: Vec<String> = entries.into_tuple().all(self.db()).await?;
        let blocked: BlockedNumbers = entries.into_iter().collect();
        let refusal = gate_caller(&self.get_dialing_codes().await?, &blocked, &operation.number).err();
        let entry = refusal.and_then(|refusal| match refusal {
            NumberRefusal::Blocked(entry) => Some(entry),
            NumberRefusal::Country(_) | NumberRefusal::Prefix(_) => None,
        });
        Ok(BlockedNumberFound { entry })
    }

    /// Refuses `more` entries above the bound; the tenant's row is held.
    pub(crate) async fn admit_blocked_numbers(&self, tx: &Writing, more: u64, field: &str) -> Result<()> {
        let used = self.find::<blocked_number::Entity>().count(&**tx).await?;
        match used + more <= BLOCKED_NUMBERS_MAX {
            true => Ok(()),
            false => Err(Error::field(field, &format!("At most {BLOCKED_NUMBERS_MAX} numbers are blocked."))),
        }
    }

    pub(crate) fn new_blocked_number(&self, now: Moment, number: String, description: &str) -> BlockedNumber {
        let description = description.trim().to_owned();
        BlockedNumber { id: self.store.next_id(now), tenant_id: self.id, number, description, created_at: now }
    }

    async fn check_free(&self, tx: &Writing, number: &str, but: Option<BlockedNumberId>) -> Result<()> {
        let of_number = blocked_number::Column::Number.eq(number);
        let found = self.find::<blocked_number::Entity>().filter(of_number).one(&**tx).await?;
        match found.filter(|row| Some(row.id) != but.map(i64::from)) {
            None => Ok(()),
            Some(row) => {
                Err(Error::Conflict { field: "number", reason: format!("The list has {} already.", row.number) })
            }
        }
    }

    async fn held_blocked_number(&self, tx: &Writing, id: BlockedNumberId) -> Result<BlockedNumber> {
        let row = self.find_id::<blocked_number::Entity>(id.0).lock_exclusive().one(&**tx).await?;
        row.map(noun).ok_or(Error::NotFound)
    }
}

fn subject(number: &str) -> String {
    format!("blocked number {number}")
}

pub(crate) fn row(noun: &BlockedNumber) -> blocked_number::ActiveModel {
    blocked_number::ActiveModel {
        id: Set(noun.id.0),
        tenant_id: Set(noun.tenant_id.0),
        number: Set(noun.number.clone()),
        description: Set(noun.description.clone()),
        search_key: Set(search_key([noun.number.as_str(), &noun.description])),
        created_at: Set(noun.created_at.0),
    }
}

pub(crate) fn noun(row: blocked_number::Model) -> BlockedNumber {
    BlockedNumber {
        id: BlockedNumberId(row.id),
        tenant_id: TenantId(row.tenant_id),
        number: row.number,
        description: row.description,
        created_at: Moment(row.created_at),
    }
}
