//! How a tenant dials, and what it may dial (E164-01…E164-03, EXT-10).

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Iterable, QueryFilter, Set};
use shared::Moment;
use shared::activity::changes;
use shared::dialing::{DialingCodes, UpdateDialingCodes};

use crate::connect::Writing;
use crate::entity::dialing_codes;
use crate::text::{from_json, json};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, Store, TenantPlanRow, TenantStore};

impl Store {
    /// Fills in the codes of these plans.
    pub(crate) async fn load_dialing(&self, plans: &mut BTreeMap<i64, TenantPlanRow>) -> Result<()> {
        let mut select = dialing_codes::Entity::find();
        if let (1, Some(only)) = (plans.len(), plans.keys().next()) {
            select = select.filter(dialing_codes::Column::TenantId.eq(*only));
        }
        for row in select.all(&self.inner.db).await? {
            if let Some(plan) = plans.get_mut(&row.tenant_id) {
                plan.dialing = noun(row)?;
            }
        }
        Ok(())
    }
}

impl TenantStore {
    /// The tenant's codes.
    pub async fn get_dialing_codes(&self) -> Result<DialingCodes> {
        self.dialing_codes_in(self.db()).await
    }

    /// Changes the tenant's codes; calls that begin after it are judged by them.
    pub async fn update_dialing_codes(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateDialingCodes,
    ) -> Result<DialingCodes> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let after = self.change_dialing_codes(&tx, now, actor, operation).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Sets the tenant's country in the transaction of more; the tenant's row is held.
    pub(crate) async fn move_to(&self, tx: &Writing, now: Moment, actor: &Actor, country: &str) -> Result<()> {
        if self.dialing_codes_in(&**tx).await?.country != country {
            let operation = UpdateDialingCodes { country: Some(country.to_owned()), ..UpdateDialingCodes::default() };
            self.change_dialing_codes(tx, now, actor, &operation).await?;
        }
        Ok(())
    }

    async fn change_dialing_codes(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &UpdateDialingCodes,
    ) -> Result<DialingCodes> {
        let before = self.dialing_codes_in(&**tx).await?;
        let after = operation.applied_to(&before);
        Error::check(after.check())?;
        let columns = dialing_codes::Column::iter().filter(|column| !matches!(column, dialing_codes::Column::TenantId));
        let replace = OnConflict::column(dialing_codes::Column::TenantId).update_columns(columns).to_owned();
        let row = row(self.id.0, &after)?;
        dialing_codes::Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await?;
        let (subject, changed) = ("dialing codes".to_owned(), changes(Some(&before), Some(&after)));
        let undo = Undo::DialingCodes(Turn { id: (), before: Some(before), after: Some(after.clone()) });
        self.note_undoable(tx, now, actor, "UpdateDialingCodes", subject, &changed, &undo).await?;
        Ok(after)
    }

    pub(crate) async fn dialing_codes_in<C: ConnectionTrait>(&self, db: &C) -> Result<DialingCodes> {
        self.find::<dialing_codes::Entity>().one(db).await?.map_or_else(|| Ok(DialingCodes::default()), noun)
    }
}

fn row(tenant_id: i64, codes: &DialingCodes) -> Result<dialing_codes::ActiveModel> {
    Ok(dialing_codes::ActiveModel {
        tenant_id: Set(tenant_id),
        country: Set(codes.country.clone()),
        remove_if_same_country: Set(codes.remove_if_same_country),
        international_code: Set(codes.international_code.clone()),
        area_code: Set(codes.area_code.clone()),
        remove_if_same_area: Set(codes.remove_if_same_area),
        national_code: Set(codes.national_code.clone()),
        add_prefix: Set(codes.add_prefix.clone()),
        allowed_countries: Set(json(&codes.allowed_countries)?),
        forbidden_prefixes: Set(json(&codes.forbidden_prefixes)?),
        emergency_numbers: Set(json(&codes.emergency_numbers)?),
    })
}

fn noun(row: dialing_codes::Model) -> Result<DialingCodes> {
    Ok(DialingCodes {
        country: row.country,
        remove_if_same_country: row.remove_if_same_country,
        international_code: row.international_code,
        area_code: row.area_code,
        remove_if_same_area: row.remove_if_same_area,
        national_code: row.national_code,
        add_prefix: row.add_prefix,
        allowed_countries: from_json(&row.allowed_countries)?,
        forbidden_prefixes: from_json(&row.forbidden_prefixes)?,
        emergency_numbers: from_json(&row.emergency_numbers)?,
    })
}
