//! The inventory of numbers, read from the pools of trunks and the inbound rules (TRK-08).

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use shared::did::{DidPool, Span};
use shared::inbound_rule::InboundRule;
use shared::number::{
    AssignNumbers, ListNumbers, ListOwnNumbers, NumberBlock, NumberUse, RULES_SHOWN, WithdrawNumbers, items,
};
use shared::page::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use shared::trunk::{Trunk, TrunkAssignment};
use shared::{Moment, Page, TenantId, TrunkId};

use crate::entity::{inbound_rule, tenant, trunk, trunk_tenant};
use crate::inbound_rule::noun;
use crate::text::fold;
use crate::{Actor, Error, Result, Store, TenantStore};

/// What is looked for, and where its list goes on.
struct Wanted<'a> {
    search: Option<&'a str>,
    cursor: Option<&'a str>,
    limit: Option<u32>,
}

impl Store {
    /// The numbers of all trunks and tenants.
    pub async fn list_numbers(&self, operation: &ListNumbers) -> Result<Page<NumberBlock>> {
        let ListNumbers { search, cursor, limit } = operation;
        let wanted = Wanted { search: search.as_deref(), cursor: cursor.as_deref(), limit: *limit };
        numbers(&self.inner.db, trunk_tenant::Entity::find(), inbound_rule::Entity::find(), wanted).await
    }

    /// Gives a tenant more numbers on a trunk.
    pub async fn assign_numbers(&self, now: Moment, actor: &Actor, operation: &AssignNumbers) -> Result<()> {
        let AssignNumbers { trunk_id, tenant_id, numbers } = operation;
        Error::check(operation.check())?;
        let change = |trunk: &Trunk| {
            if trunk.owner_id.is_some_and(|owner| owner != *tenant_id) {
                return Err(Error::field("tenant_id", "The trunk is another tenant's own."));
            }
            let mut assignments = trunk.assignments.clone();
            match assignments.iter_mut().find(|known| known.tenant_id == *tenant_id) {
                Some(known) if known.did_pool.trim().is_empty() => known.did_pool.clone_from(numbers),
                Some(known) => known.did_pool = format!("{};{numbers}", known.did_pool.trim()),
                None => assignments.push(TrunkAssignment {
                    tenant_id: *tenant_id,
                    tenant_name: String::new(),
                    did_pool: numbers.clone(),
                }),
            }
            Ok(assignments)
        };
        self.reassign(now, actor, "AssignNumbers", *trunk_id, change).await
    }

    /// Takes an item from the pool of a tenant.
    pub async fn withdraw_numbers(&self, now: Moment, actor: &Actor, operation: &WithdrawNumbers) -> Result<()> {
        let WithdrawNumbers { trunk_id, tenant_id, numbers } = operation;
        let change = |trunk: &Trunk| {
            let mut assignments = trunk.assignments.clone();
            let known = assignments.iter_mut().find(|known| known.tenant_id == *tenant_id).ok_or(Error::NotFound)?;
            let left: Vec<&str> = items(&known.did_pool).filter(|item| item != &numbers.trim()).collect();
            if left.len() == items(&known.did_pool).count() {
                return Err(Error::NotFound);
            }
            known.did_pool = left.join(";");
            Ok(assignments)
        };
        self.reassign(now, actor, "WithdrawNumbers", *trunk_id, change).await
    }
}

impl TenantStore {
    /// The tenant's own numbers.
    pub async fn list_own_numbers(&self, operation: &ListOwnNumbers) -> Result<Page<NumberBlock>> {
        let ListOwnNumbers { search, cursor, limit } = operation;
        let wanted = Wanted { search: search.as_deref(), cursor: cursor.as_deref(), limit: *limit };
        numbers(self.db(), self.find::<trunk_tenant::Entity>(), self.find::<inbound_rule::Entity>(), wanted).await
    }
}

/// A page of what these assignments hold. Items are no rows of a table: all of them are read, and the rules of one page.
async fn numbers<C: ConnectionTrait>(
    db: &C,
    assigned: Select<trunk_tenant::Entity>,
    rules: Select<inbound_rule::Entity>,
    wanted: Wanted<'_>,
) -> Result<Page<NumberBlock>> {
    let mut blocks = blocks(db, assigned).await?;
    if let Some(search) = wanted.search.map(str::trim).filter(|search| !search.is_empty()) {
        let text = fold(search);
        blocks.retain(|block| {
            fold(&block.trunk_name).contains(&text) || fold(&block.tenant_name).contains(&text) || has(block, search)
        });
    }
    blocks.sort_by_key(|block| (fold(&block.trunk_name), block.trunk_id, fold(&block.tenant_name), block.tenant_id));
    let begin: usize = match wanted.cursor {
        None => 0,
        Some(cursor) => cursor.parse().map_err(|_| Error::field("cursor", "Begin again at the first page."))?,
    };
    let rows_max = wanted.limit.unwrap_or(PAGE_ROWS_DEFAULT).clamp(1, PAGE_ROWS_MAX) as usize;
    let total = blocks.len();
    let mut rows: Vec<NumberBlock> = blocks.into_iter().skip(begin).take(rows_max).collect();
    let known = rules
        .filter(inbound_rule::Column::TrunkId.is_in(rows.iter().map(|row| row.trunk_id.0)))
        .filter(inbound_rule::Column::TenantId.is_in(rows.iter().map(|row| row.tenant_id.0)))
        .all(db)
        .await?;
    let mut by_place: BTreeMap<(TrunkId, TenantId), Vec<InboundRule>> = BTreeMap::new();
    for rule in known {
        let rule = noun(rule)?;
        by_place.entry((rule.settings.trunk_id, rule.tenant_id)).or_default().push(rule);
    }
    for row in &mut rows {
        let rules = by_place.get(&(row.trunk_id, row.tenant_id));
        fill(row, rules.into_iter().flatten());
    }
    let end = begin.saturating_add(rows_max);
    let next = (end < total).then(|| end.to_string());
    Ok(Page { rows, next, total: total as u64 })
}

/// What these assignments hold, without what it leads to.
async fn blocks<C: ConnectionTrait>(db: &C, assigned: Select<trunk_tenant::Entity>) -> Result<Vec<NumberBlock>> {
    let assigned = assigned.all(db).await?;
    let trunks = trunk::Entity::find().select_only().columns([trunk::Column::Id, trunk::Column::Name]);
    let trunks = trunks.filter(trunk::Column::Id.is_in(assigned.iter().map(|row| row.trunk_id)));
    let trunks: BTreeMap<i64, String> = trunks.into_tuple::<(i64, String)>().all(db).await?.into_iter().collect();
    let tenants = tenant::Entity::find().select_only().columns([tenant::Column::Id, tenant::Column::Name]);
    let tenants = tenants.filter(tenant::Column::Id.is_in(assigned.iter().map(|row| row.tenant_id)));
    let tenants: BTreeMap<i64, String> = tenants.into_tuple::<(i64, String)>().all(db).await?.into_iter().collect();
    let mut blocks = Vec::new();
    for row in &assigned {
        let name = |names: &BTreeMap<i64, String>, id: i64| names.get(&id).cloned().unwrap_or_default();
        for item in items(&row.did_pool) {
            blocks.push(NumberBlock {
                trunk_id: TrunkId(row.trunk_id),
                trunk_name: name(&trunks, row.trunk_id),
                tenant_id: TenantId(row.tenant_id),
                tenant_name: name(&tenants, row.tenant_id),
                numbers: item.to_owned(),
                count: Span::parse(item).ok().map(|span| u64::try_from(span.size()).unwrap_or(u64::MAX)),
                used: 0,
                is_for_all: false,
                free: None,
                rules: Vec::new(),
                rule_count: 0,
            });
        }
    }
    Ok(blocks)
}

/// Is this a number of the block, or a part of how it is written?
fn has(block: &NumberBlock, search: &str) -> bool {
    block.numbers.contains(search)
        || DidPool::parse(&block.numbers).is_ok_and(|pool| {
            let is_number = search.strip_prefix('+').unwrap_or(search).bytes().all(|byte| byte.is_ascii_digit());
            is_number && pool.contains(search)
        })
}

/// What the numbers of a block lead to.
fn fill<'a>(block: &mut NumberBlock, rules: impl Iterator<Item = &'a InboundRule>) {
    let pool = DidPool::parse(&block.numbers).unwrap_or_default();
    let bare = |number: &str| number.strip_prefix('+').unwrap_or(number).to_owned();
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut found: Vec<NumberUse> = Vec::new();
    for rule in rules {
        let settings = &rule.settings;
        let number = settings.did_mask.trim();
        match number {
            "*" => block.is_for_all |= settings.enabled && settings.cid_mask.0.trim().is_empty(),
            number if pool.contains(number) => drop(used.insert(bare(number))),
            _ => continue,
        }
        found.push(NumberUse {
            inbound_rule_id: rule.id,
            name: settings.name.clone(),
            number: number.to_owned(),
            callers: settings.cid_mask.clone(),
            enabled: settings.enabled,
            open: settings.open.clone(),
        });
    }
    block.used = used.len() as u64;
    let span = Span::parse(&block.numbers).ok().filter(|_| !block.is_for_all);
    // One more than are used is one that is not.
    block.free = span.and_then(|span| span.numbers().take(used.len() + 1).find(|number| !used.contains(number)));
    block.rule_count = found.len() as u64;
    found.sort_by_key(|known| (known.number == "*", bare(&known.number), known.inbound_rule_id));
    found.truncate(RULES_SHOWN);
    block.rules = found;
}
