//! A tenant's rules of recording (REC-01): one value, set as a whole.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use shared::Moment;
use shared::activity::changes;
use shared::problem::FieldProblem;
use shared::recording_rule::{RecordingRules, UpdateRecordingRules};

use crate::entity::{extension_group, queue, recording_rules, ring_group};
use crate::text::{from_json, json};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, Store, TenantPlanRow, TenantStore};

impl Store {
    /// Fills in the rules of these plans.
    pub(crate) async fn load_recording_rules(&self, plans: &mut BTreeMap<i64, TenantPlanRow>) -> Result<()> {
        let mut select = recording_rules::Entity::find();
        if let (1, Some(only)) = (plans.len(), plans.keys().next()) {
            select = select.filter(recording_rules::Column::TenantId.eq(*only));
        }
        for row in select.all(&self.inner.db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.recording_rules = from_json(&row.rules)?;
            }
        }
        Ok(())
    }
}

/// What a rule may name.
struct Known {
    extension_groups: BTreeSet<i64>,
    ring_groups: BTreeSet<i64>,
    queues: BTreeSet<i64>,
    trunks: BTreeSet<i64>,
}

impl TenantStore {
    /// The tenant's rules; what is gone stands in none of them.
    pub async fn get_recording_rules(&self) -> Result<RecordingRules> {
        self.rules_in(self.db()).await.map(|(rules, _)| rules)
    }

    /// Sets the rules, all of them.
    pub async fn update_recording_rules(
        &self,
        now: Moment,
        actor: &Actor,
        operation: UpdateRecordingRules,
    ) -> Result<RecordingRules> {
        let after = operation.rules.trimmed();
        Error::check(after.check())?;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let (before, known) = self.rules_in(&*tx).await?;
        let mut strange = Vec::new();
        let mut look = |field: &str, ids: Vec<i64>, known: &BTreeSet<i64>| {
            if ids.iter().any(|id| !known.contains(id)) {
                strange.push(FieldProblem::new(field, "One of them is none of yours."));
            }
        };
        look("extension_groups", after.extension_groups.iter().map(|id| id.0).collect(), &known.extension_groups);
        look("on_demand", after.on_demand.iter().map(|id| id.0).collect(), &known.extension_groups);
        look("ring_groups", after.ring_groups.iter().map(|id| id.0).collect(), &known.ring_groups);
        look("queues", after.queues.iter().map(|id| id.0).collect(), &known.queues);
        look("trunks", after.trunks.iter().map(|id| id.0).collect(), &known.trunks);
        Error::check(strange)?;
        self.delete_many::<recording_rules::Entity>().exec(&*tx).await?;
        let row = recording_rules::ActiveModel { tenant_id: Set(self.id.0), rules: Set(json(&after)?) };
        recording_rules::Entity::insert(row).exec_without_returning(&*tx).await?;
        let (subject, changed) = ("recording rules".to_owned(), changes(Some(&before), Some(&after)));
        let undo = Undo::RecordingRules(Turn { id: (), before: Some(before), after: Some(after.clone()) });
        self.note_undoable(&tx, now, actor, "UpdateRecordingRules", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    async fn rules_in<C: ConnectionTrait>(&self, db: &C) -> Result<(RecordingRules, Known)> {
        let groups = self.find::<extension_group::Entity>().select_only().column(extension_group::Column::Id);
        let rings = self.find::<ring_group::Entity>().select_only().column(ring_group::Column::Id);
        let queues = self.find::<queue::Entity>().select_only().column(queue::Column::Id);
        let trunks = self.usable_pools(db).await?;
        let known = Known {
            extension_groups: groups.into_tuple::<i64>().all(db).await?.into_iter().collect(),
            queues: queues.into_tuple::<i64>().all(db).await?.into_iter().collect(),
            ring_groups: rings.into_tuple::<i64>().all(db).await?.into_iter().collect(),
            trunks: trunks.into_iter().map(|(id, ..)| id.0).collect(),
        };
        let mut rules: RecordingRules = match self.find::<recording_rules::Entity>().one(db).await? {
            Some(row) => from_json(&row.rules)?,
            None => RecordingRules::default(),
        };
        rules.extension_groups.retain(|id| known.extension_groups.contains(&id.0));
        rules.on_demand.retain(|id| known.extension_groups.contains(&id.0));
        rules.queues.retain(|id| known.queues.contains(&id.0));
        rules.ring_groups.retain(|id| known.ring_groups.contains(&id.0));
        rules.trunks.retain(|id| known.trunks.contains(&id.0));
        Ok((rules, known))
    }
}
