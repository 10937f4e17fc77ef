//! What is known of the people beside names and numbers (EXT-18).

use sea_orm::sea_query::Expr;
use shared::activity::changes;
use shared::personal::{Personal, PersonalProfile};
use shared::{ExtensionId, Moment};

use crate::entity::{extension, tenant};
use crate::text::{from_json, json};
use crate::{Actor, Error, Result, TenantStore};

impl TenantStore {
    /// The data of the person at an extension, and of the company.
    pub async fn personal_profile(&self, id: ExtensionId) -> Result<PersonalProfile> {
        let row = self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?;
        self.profile(noun(&row)?).await
    }

    /// Changes them; `operation` is what the activity log calls it.
    pub async fn update_personal(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &str,
        id: ExtensionId,
        personal: &Personal,
    ) -> Result<PersonalProfile> {
        Error::check(personal.check())?;
        let after = personal.trimmed();
        let tx = self.store.write().await?;
        let row = self.find_id::<extension::Entity>(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let written = Expr::value(json(&after)?);
        self.update_id::<extension::Entity>(id.0).col_expr(extension::Column::Personal, written).exec(&*tx).await?;
        let (subject, changed) = (format!("extension {}", row.number), changes(Some(&noun(&row)?), Some(&after)));
        self.note_change(&tx, now, actor, operation, subject, &changed).await?;
        tx.commit().await?;
        self.profile(after).await
    }

    async fn profile(&self, personal: Personal) -> Result<PersonalProfile> {
        let company = self.find::<tenant::Entity>().one(self.db()).await?.ok_or(Error::NotFound)?;
        Ok(PersonalProfile { personal, company: company.name, website: company.website })
    }
}

fn noun(row: &extension::Model) -> Result<Personal> {
    row.personal.as_deref().map_or_else(|| Ok(Personal::default()), from_json)
}
