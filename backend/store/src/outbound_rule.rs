//! Outbound rules, in the tenant's order (OUT-01…OUT-05).

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use shared::activity::changes;
use shared::outbound_rule::{
    CreateOutboundRule, DeleteOutboundRule, ListOutboundRules, OutboundRule, OutboundSettings, UpdateOutboundRule,
};
use shared::page::Direction;
use shared::{Moment, OutboundRuleId, Page, TenantId};

use crate::connect::Writing;
use crate::entity::{outbound_route, outbound_rule};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

/// The most outbound rules of one tenant.
const RULES_MAX: usize = 500;

impl TenantStore {
    /// The rules in their order.
    pub async fn list_outbound_rules(&self, operation: &ListOutboundRules) -> Result<Page<OutboundRule>> {
        let mut select = self.find::<outbound_rule::Entity>();
        if let Some(found) = contains(outbound_rule::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "position",
            column: outbound_rule::Column::Position,
            id: outbound_rule::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &outbound_rule::Model| (Key::Number(row.position), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// Adds one after the others.
    pub async fn create_outbound_rule(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateOutboundRule,
    ) -> Result<OutboundRule> {
        self.create_outbound_rule_at(now, actor, &operation.settings, None).await
    }

    /// Adds one at a place counted from one, or after the others.
    pub(crate) async fn create_outbound_rule_at(
        &self,
        now: Moment,
        actor: &Actor,
        settings: &OutboundSettings,
        place: Option<u32>,
    ) -> Result<OutboundRule> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let mut others = self.outbound_rules(&tx).await?;
        if others.len() >= RULES_MAX {
            return Err(Error::field("name", "There are 500 rules already; remove some first."));
        }
        let mut rule = OutboundRule {
            id: self.store.next_id(now),
            tenant_id: self.id,
            position: others.last().map_or(0, |last| last.position) + 1,
            settings: trimmed(settings),
        };
        self.check_outbound(&tx, &rule).await?;
        outbound_rule::Entity::insert(row(&rule)?).exec_without_returning(&*tx).await?;
        self.write_routes(&tx, &rule).await?;
        if let Some(place) = place {
            rule.position = self.place_rule(&tx, &mut others, rule.clone(), place).await?;
        }
        let subject = format!("outbound rule {}", rule.settings.name);
        let undo = Undo::OutboundRule(Turn { id: rule.id, before: None, after: Some(rule.clone()) });
        let changed = changes(None, Some(&rule));
        self.note_undoable(&tx, now, actor, "CreateOutboundRule", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(rule)
    }

    /// Changes one, and its place among the others.
    pub async fn update_outbound_rule(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateOutboundRule,
    ) -> Result<OutboundRule> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let mut others = self.outbound_rules(&tx).await?;
        let found = others.iter().position(|known| known.id == operation.outbound_rule_id).ok_or(Error::NotFound)?;
        let before = others.remove(found);
        let mut after = OutboundRule { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_outbound(&tx, &after).await?;
        if let Some(position) = operation.position {
            after.position = self.place_rule(&tx, &mut others, after.clone(), position).await?;
        }
        outbound_rule::Entity::update(row(&after)?).exec(&*tx).await?;
        self.write_routes(&tx, &after).await?;
        let subject = format!("outbound rule {}", before.settings.name);
        let changed = changes(Some(&before), Some(&after));
        let (was, is) = (before.clone(), after.clone());
        let undo = Undo::OutboundRule(Turn { id: after.id, before: Some(was), after: Some(is) });
        self.note_undoable(&tx, now, actor, "UpdateOutboundRule", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one.
    pub async fn delete_outbound_rule(&self, now: Moment, actor: &Actor, operation: &DeleteOutboundRule) -> Result<()> {
        let tx = self.store.write().await?;
        let row = self.find_id::<outbound_rule::Entity>(operation.outbound_rule_id.0).one(&*tx).await?;
        let gone = noun(row.ok_or(Error::NotFound)?)?;
        outbound_rule::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let subject = format!("outbound rule {}", gone.settings.name);
        let changed = changes(Some(&gone), None);
        let undo = Undo::OutboundRule(Turn { id: gone.id, before: Some(gone), after: None });
        self.note_undoable(&tx, now, actor, "DeleteOutboundRule", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    async fn outbound_rules(&self, tx: &Writing) -> Result<Vec<OutboundRule>> {
        let rows = self.find::<outbound_rule::Entity>().order_by_asc(outbound_rule::Column::Position);
        rows.order_by_asc(outbound_rule::Column::Id).all(&**tx).await?.into_iter().map(noun).collect()
    }

    /// Puts a rule at its place, counted from one, among the others, and says which it has got.
    async fn place_rule(
        &self,
        tx: &Writing,
        others: &mut Vec<OutboundRule>,
        rule: OutboundRule,
        wanted: u32,
    ) -> Result<u32> {
        let place = (wanted.max(1) as usize - 1).min(others.len());
        others.insert(place, rule);
        for (place, rule) in others.iter().enumerate() {
            let position = i64::try_from(place + 1).unwrap_or(i64::MAX);
            self.update_id::<outbound_rule::Entity>(rule.id.0)
                .col_expr(outbound_rule::Column::Position, Expr::value(position))
                .exec(&**tx)
                .await?;
        }
        Ok(u32::try_from(place + 1).unwrap_or(u32::MAX))
    }

    async fn check_outbound(&self, tx: &Writing, rule: &OutboundRule) -> Result<()> {
        Error::check(rule.settings.check())?;
        self.check_groups(tx, "groups", &rule.settings.groups).await?;
        for (place, route) in rule.settings.routes.iter().enumerate() {
            self.pool_of(tx, route.trunk_id, &format!("routes[{place}].trunk_id")).await?;
        }
        Ok(())
    }

    /// Which trunks it uses, for whoever wants to take one away.
    async fn write_routes(&self, tx: &Writing, rule: &OutboundRule) -> Result<()> {
        let of_rule = outbound_route::Column::OutboundRuleId.eq(rule.id.0);
        outbound_route::Entity::delete_many().filter(of_rule).exec(&**tx).await?;
        let routes = rule.settings.routes.iter().enumerate().map(|(place, route)| outbound_route::ActiveModel {
            outbound_rule_id: Set(rule.id.0),
            place: Set(i64::try_from(place).unwrap_or(i64::MAX)),
            tenant_id: Set(self.id.0),
            trunk_id: Set(route.trunk_id.0),
        });
        outbound_route::Entity::insert_many(routes).exec_without_returning(&**tx).await?;
        Ok(())
    }
}

fn trimmed(settings: &OutboundSettings) -> OutboundSettings {
    OutboundSettings {
        name: settings.name.trim().to_owned(),
        caller_id: settings.caller_id.trim().to_owned(),
        ..settings.clone()
    }
}

fn row(of: &OutboundRule) -> Result<outbound_rule::ActiveModel> {
    let OutboundSettings { name, prefixes, .. } = &of.settings;
    Ok(outbound_rule::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        position: Set(of.position.into()),
        name: Set(name.clone()),
        settings: Set(json(&of.settings)?),
        search_key: Set(search_key([name.as_str(), prefixes])),
    })
}

pub(crate) fn noun(row: outbound_rule::Model) -> Result<OutboundRule> {
    Ok(OutboundRule {
        id: OutboundRuleId(row.id),
        tenant_id: TenantId(row.tenant_id),
        position: u32::try_from(row.position).unwrap_or(u32::MAX),
        settings: from_json(&row.settings)?,
    })
}
