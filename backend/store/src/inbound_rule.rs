//! Inbound rules (INB-01…INB-06).

use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder, Set};
use shared::activity::changes;
use shared::inbound_rule::{
    CreateInboundRule, DeleteInboundRule, InboundRule, InboundSettings, ListInboundRules, UpdateInboundRule, collide,
};
use shared::page::Direction;
use shared::{InboundRuleId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::entity::inbound_rule;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, json, search_key};
use crate::trunk::is_in;
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

use sea_orm::QueryFilter;

/// The most inbound rules of one tenant.
pub(crate) const RULES_MAX: u64 = 5_000;
/// Why a number is refused.
pub(crate) const NOT_IN_POOL: &str = "It is none of your numbers on this trunk.";

impl TenantStore {
    /// The rules by name.
    pub async fn list_inbound_rules(&self, operation: &ListInboundRules) -> Result<Page<InboundRule>> {
        let mut select = self.find::<inbound_rule::Entity>();
        if let Some(found) = contains(inbound_rule::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "name",
            column: inbound_rule::Column::Name,
            id: inbound_rule::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &inbound_rule::Model| (Key::Text(row.name.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// Adds one.
    pub async fn create_inbound_rule(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateInboundRule,
    ) -> Result<InboundRule> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        if self.find::<inbound_rule::Entity>().count(&*tx).await? >= RULES_MAX {
            return Err(Error::field("name", "There are 5000 rules already; remove some first."));
        }
        let rule =
            InboundRule { id: self.store.next_id(now), tenant_id: self.id, settings: trimmed(&operation.settings) };
        self.check_inbound(&tx, &rule).await?;
        inbound_rule::Entity::insert(row(&rule)?).exec_without_returning(&*tx).await?;
        let subject = format!("inbound rule {}", rule.settings.name);
        let undo = Undo::InboundRule(Turn { id: rule.id, before: None, after: Some(rule.settings.clone()) });
        let changed = changes(None, Some(&rule));
        self.note_undoable(&tx, now, actor, "CreateInboundRule", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(rule)
    }

    /// Changes one.
    pub async fn update_inbound_rule(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateInboundRule,
    ) -> Result<InboundRule> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_inbound(&tx, operation.inbound_rule_id).await?;
        let after = InboundRule { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_inbound(&tx, &after).await?;
        inbound_rule::Entity::update(row(&after)?).exec(&*tx).await?;
        let subject = format!("inbound rule {}", before.settings.name);
        let changed = changes(Some(&before), Some(&after));
        let (was, is) = (before.settings.clone(), after.settings.clone());
        let undo = Undo::InboundRule(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateInboundRule", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one.
    pub async fn delete_inbound_rule(&self, now: Moment, actor: &Actor, operation: &DeleteInboundRule) -> Result<()> {
        let tx = self.store.write().await?;
        let gone = self.held_inbound(&tx, operation.inbound_rule_id).await?;
        inbound_rule::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let subject = format!("inbound rule {}", gone.settings.name);
        let changed = changes(Some(&gone), None);
        let undo = Undo::InboundRule(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteInboundRule", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    async fn held_inbound(&self, tx: &Writing, id: InboundRuleId) -> Result<InboundRule> {
        let row = self.find_id::<inbound_rule::Entity>(id.0).one(&**tx).await?;
        noun(row.ok_or(Error::NotFound)?)
    }

    /// The form, the number within the pool, no other rule for the same calls, destinations that are there.
    pub(crate) async fn check_inbound(&self, tx: &Writing, rule: &InboundRule) -> Result<()> {
        let settings = &rule.settings;
        Error::check(settings.check())?;
        let pool = self.pool_of(tx, settings.trunk_id, "trunk_id").await?;
        if !is_in(&pool, &settings.did_mask) {
            return Err(Error::field("did_mask", NOT_IN_POOL));
        }
        for (field, destination) in [("open", Some(&settings.open)), ("closed", settings.closed.as_ref())] {
            self.check_destination(tx, field, destination).await?;
        }
        let others = self.find::<inbound_rule::Entity>().order_by_asc(inbound_rule::Column::Id).all(&**tx).await?;
        for other in others {
            let other = noun(other)?;
            if other.id != rule.id && collide(&other.settings, settings) {
                let reason = collision(&other.settings.name);
                return Err(Error::Conflict { field: "cid_mask", reason });
            }
        }
        Ok(())
    }
}

/// What is said of a rule that is for the same calls as another.
pub(crate) fn collision(other: &str) -> String {
    format!("The rule {other} is for the same calls.")
}

pub(crate) fn trimmed(settings: &InboundSettings) -> InboundSettings {
    let trim = |text: &str| text.trim().to_owned();
    InboundSettings {
        name: trim(&settings.name),
        did_mask: trim(&settings.did_mask),
        cid_mask: shared::did::Mask(trim(&settings.cid_mask.0)),
        ..settings.clone()
    }
}

pub(crate) fn row(of: &InboundRule) -> Result<inbound_rule::ActiveModel> {
    let InboundSettings { name, trunk_id, did_mask, cid_mask, .. } = &of.settings;
    Ok(inbound_rule::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        trunk_id: Set(trunk_id.0),
        name: Set(name.clone()),
        settings: Set(json(&of.settings)?),
        search_key: Set(search_key([name.as_str(), did_mask, &cid_mask.0])),
    })
}

pub(crate) fn noun(row: inbound_rule::Model) -> Result<InboundRule> {
    Ok(InboundRule {
        id: InboundRuleId(row.id),
        tenant_id: TenantId(row.tenant_id),
        settings: from_json(&row.settings)?,
    })
}
