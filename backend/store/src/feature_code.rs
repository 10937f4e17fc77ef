//! A tenant's feature codes (DIAL-01): one value, set as a whole, in the one space of the tenant's numbers.

use std::collections::BTreeMap;

use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use shared::Moment;
use shared::activity::changes;
use shared::feature_code::{FeatureCodes, Service, UpdateFeatureCodes, collide};
use shared::problem::FieldProblem;

use crate::connect::Writing;
use crate::entity::{conference_room, extension, feature_codes, queue, receptionist, ring_group};
use crate::text::{from_json, json};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, Store, TenantPlanRow, TenantStore};

impl Store {
    /// Fills in the feature codes of these plans.
    pub(crate) async fn load_feature_codes(&self, plans: &mut BTreeMap<i64, TenantPlanRow>) -> Result<()> {
        let mut select = feature_codes::Entity::find();
        if let (1, Some(only)) = (plans.len(), plans.keys().next()) {
            select = select.filter(feature_codes::Column::TenantId.eq(*only));
        }
        for row in select.all(&self.inner.db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.codes = read(&row.codes)?;
            }
        }
        Ok(())
    }
}

impl TenantStore {
    /// The tenant's codes; those that a tenant begins with until others were set.
    pub async fn feature_codes(&self) -> Result<FeatureCodes> {
        self.feature_codes_in(self.db()).await
    }

    /// Sets the codes, all of them. One that somebody's number stands in the way of is refused, and so is one of an emergency
    /// number; what stays as it was is not looked at again.
    pub async fn update_feature_codes(
        &self,
        now: Moment,
        actor: &Actor,
        operation: UpdateFeatureCodes,
    ) -> Result<FeatureCodes> {
        let after = operation.codes.trimmed();
        Error::check(after.check())?;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.feature_codes_in(&*tx).await?;
        Error::check(self.collisions(&tx, &before, &after).await?)?;
        self.delete_many::<feature_codes::Entity>().exec(&*tx).await?;
        let row = feature_codes::ActiveModel { tenant_id: Set(self.id.0), codes: Set(json(&after)?) };
        feature_codes::Entity::insert(row).exec_without_returning(&*tx).await?;
        let (subject, changed) = ("feature codes".to_owned(), changes(Some(&before), Some(&after)));
        let undo = Undo::FeatureCodes(Turn { id: (), before: Some(before), after: Some(after.clone()) });
        self.note_undoable(&tx, now, actor, "UpdateFeatureCodes", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    pub(crate) async fn feature_codes_in<C: ConnectionTrait>(&self, db: &C) -> Result<FeatureCodes> {
        match self.find::<feature_codes::Entity>().one(db).await? {
            Some(row) => read(&row.codes),
            None => Ok(FeatureCodes::default()),
        }
    }

    /// May somebody have this number, whose number was `before`? Feature codes have theirs of the same space.
    pub(crate) async fn check_codes(&self, tx: &Writing, number: &str, before: Option<&str>) -> Result<()> {
        if before == Some(number) {
            return Ok(());
        }
        match self.feature_codes_in(&**tx).await?.holder_of(number) {
            Some(reason) => Err(Error::Conflict { field: "number", reason }),
            None => Ok(()),
        }
    }

    /// What stands in the way of codes that are new, field by field.
    async fn collisions(&self, tx: &Writing, before: &FeatureCodes, after: &FeatureCodes) -> Result<Vec<FieldProblem>> {
        let emergency = self.dialing_codes_in(&**tx).await?.emergency_numbers;
        let mut found = Vec::new();
        for service in Service::CODED.into_iter().filter(|service| after.code(*service) != before.code(*service)) {
            let code = after.code(service);
            let urgent = emergency.iter().find(|number| collide(code, number));
            let wanted = match service.takes_number() {
                true => Wanted::Begins(code),
                false => Wanted::Among(vec![code.to_owned()]),
            };
            if let Some(holder) = self.holder(tx, urgent, &wanted).await? {
                found.push(FieldProblem::new(service.field(), format!("{code} collides with {holder}.")));
            }
        }
        if (before.slot_first, before.slot_last) != (after.slot_first, after.slot_last) {
            let slots: Vec<String> = after.slots().collect();
            let urgent = emergency.iter().find(|number| slots.contains(number));
            if let Some(holder) = self.holder(tx, urgent, &Wanted::Among(slots.clone())).await? {
                found.push(FieldProblem::new("slot_first", format!("The slots collide with {holder}.")));
            }
        }
        Ok(found)
    }

    /// Who has such a number, in words.
    async fn holder(&self, tx: &Writing, urgent: Option<&String>, wanted: &Wanted<'_>) -> Result<Option<String>> {
        if let Some(number) = urgent {
            return Ok(Some(format!("the emergency number {number}")));
        }
        let number = extension::Column::Number;
        let found = self.find::<extension::Entity>().filter(wanted.of(number)).order_by_asc(number);
        if let Some(row) = found.one(&**tx).await? {
            return Ok(Some(format!("extension {} of {}", row.number, row.name)));
        }
        let number = ring_group::Column::Number;
        let found = self.find::<ring_group::Entity>().filter(wanted.of(number)).order_by_asc(number);
        if let Some(row) = found.one(&**tx).await? {
            return Ok(Some(format!("the ring group {}", row.number)));
        }
        let number = receptionist::Column::Number;
        let found = self.find::<receptionist::Entity>().filter(wanted.of(number)).order_by_asc(number);
        if let Some(row) = found.one(&**tx).await? {
            return Ok(Some(format!("the receptionist {}", row.number)));
        }
        let number = conference_room::Column::Number;
        let found = self.find::<conference_room::Entity>().filter(wanted.of(number)).order_by_asc(number);
        if let Some(row) = found.one(&**tx).await? {
            return Ok(Some(format!("the conference room {}", row.number)));
        }
        let number = queue::Column::Number;
        let found = self.find::<queue::Entity>().filter(wanted.of(number)).order_by_asc(number);
        Ok(found.one(&**tx).await?.map(|row| format!("the queue {}", row.number)))
    }
}

/// The codes of a row. One that was written before there was a code for the own status is given one that is in nobody's way.
fn read(text: &str) -> Result<FeatureCodes> {
    let codes: FeatureCodes = from_json(text)?;
    let written: BTreeMap<String, serde_json::Value> = from_json(text)?;
    Ok(if written.contains_key(Service::Status.field()) { codes } else { codes.with_free_status() })
}

/// Numbers that a code cannot have beside it.
enum Wanted<'a> {
    /// All that begin with it.
    Begins(&'a str),
    /// These.
    Among(Vec<String>),
}

impl Wanted<'_> {
    fn of(&self, column: impl ColumnTrait) -> SimpleExpr {
        match self {
            Self::Begins(code) => column.starts_with(*code),
            Self::Among(numbers) => column.is_in(numbers.iter().map(String::as_str)),
        }
    }
}
