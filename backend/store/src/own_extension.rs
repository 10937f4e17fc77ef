//! The extension that a tenant's administrator has as the own one. The account stays when the extension goes: it is no account of that
//! extension's.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use shared::account::{Account, SetOwnExtension};
use shared::activity::FieldChange;
use shared::{ExtensionId, Moment, Role};

use crate::entity::{account, extension, own_extension};
use crate::text::word;
use crate::{Actor, Error, Result, TenantStore};

/// Where the reasons for a refusal stand.
const FIELD: &str = "extension_id";

impl TenantStore {
    /// Makes an extension the administrator's own, or lets the own one go. `Conflict` where it is somebody's already, `Forbidden` for whoever
    /// is no administrator of this tenant.
    pub async fn set_own_extension(&self, now: Moment, actor: &Actor, operation: &SetOwnExtension) -> Result<Account> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let select = self.find_id::<account::Entity>(actor.account_id.0);
        let row = select.filter(account::Column::Role.eq(word(&Role::TenantAdmin)?)).one(&*tx).await?;
        let row = row.ok_or(Error::Forbidden(
            "Only whoever administrates the company as one of its own has an extension in it.",
        ))?;
        let before = match own_extension_of(&*tx, row.id).await? {
            Some(id) => Some(self.held_extension(&tx, id).await?),
            None => None,
        };
        let after = match operation.extension_id {
            Some(id) => Some(self.held_extension(&tx, id).await?),
            None => None,
        };
        let account = Account { extension_id: operation.extension_id, ..crate::account::noun(row)? };
        if before.as_ref().map(|row| row.id) == after.as_ref().map(|row| row.id) {
            return Ok(account);
        }
        if let Some(after) = &after {
            if after.email.is_some() {
                let reason = "This extension is somebody's: it has an e-mail address.".to_owned();
                return Err(Error::Conflict { field: FIELD, reason });
            }
            if self.is_own_extension(&*tx, ExtensionId(after.id)).await? {
                let reason = "Another administrator has this extension.".to_owned();
                return Err(Error::Conflict { field: FIELD, reason });
            }
        }
        let own = own_extension::Column::AccountId.eq(account.id.0);
        self.delete_many::<own_extension::Entity>().filter(own).exec(&*tx).await?;
        if let Some(after) = &after {
            let row = own_extension::ActiveModel {
                account_id: Set(account.id.0),
                tenant_id: Set(self.id.0),
                extension_id: Set(after.id),
            };
            own_extension::Entity::insert(row).exec_without_returning(&*tx).await?;
        }
        if let Some(before) = &before {
            // The browsers that it rang in ring for it no more.
            self.update_id::<extension::Entity>(before.id)
                .col_expr(extension::Column::CredentialEpoch, Expr::value(before.credential_epoch + 1))
                .exec(&*tx)
                .await?;
        }
        let number = |row: Option<extension::Model>| row.map(|row| row.number);
        let changed = [FieldChange { field: "extension".to_owned(), before: number(before), after: number(after) }];
        self.note_change(&tx, now, actor, "SetOwnExtension", "own extension".to_owned(), &changed).await?;
        self.commit_plan(tx).await?;
        Ok(account)
    }

    /// Has an administrator this extension as the own one?
    pub(crate) async fn is_own_extension<C: ConnectionTrait>(&self, db: &C, id: ExtensionId) -> Result<bool> {
        let of = own_extension::Column::ExtensionId.eq(id.0);
        Ok(self.find::<own_extension::Entity>().filter(of).one(db).await?.is_some())
    }
}

/// What an administrator's account has as the own extension.
pub(crate) async fn own_extension_of<C: ConnectionTrait>(db: &C, account: i64) -> Result<Option<ExtensionId>> {
    let row = own_extension::Entity::find_by_id(account).one(db).await?;
    Ok(row.map(|row| ExtensionId(row.extension_id)))
}
