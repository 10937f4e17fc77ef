//! Accounts: who can sign in (ACC-01, ACC-04, ACC-05).

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    Set, sea_query::Expr,
};
use shared::account::Account;
use shared::activity::changes;
use shared::{AccountId, ExtensionId, Moment, Role, SessionId, TenantId};

use crate::connect::Writing;
use crate::entity::{account, extension, session, tenant};
use crate::own_extension::own_extension_of;
use crate::rights::has_portal;
use crate::text::{fold, from_word, word};
use crate::{Actor, Error, Result, Store};

/// An account as sign-in needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// The account.
    pub account: Account,
    /// The hash of its password, once one is set.
    pub password_hash: Option<String>,
    /// Is its tenant enabled (T-07)? True for an admin.
    pub tenant_enabled: bool,
    /// Is its extension enabled (EXT-12)? True where it has none.
    pub extension_enabled: bool,
    /// May its extension use the portal (GRP-05)? True where it has none.
    pub portal: bool,
}

impl AccountRow {
    /// May it sign in at all?
    pub fn is_enabled(&self) -> bool {
        self.tenant_enabled && self.extension_enabled && self.portal
    }
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AccountRow({})", self.account.id)
    }
}

/// An account to be.
pub(crate) struct NewAccount<'a> {
    pub(crate) role: Role,
    pub(crate) tenant_id: Option<TenantId>,
    pub(crate) extension_id: Option<ExtensionId>,
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password_hash: Option<String>,
}

impl Store {
    /// The account of an e-mail address, whatever its case.
    pub async fn find_account_by_email(&self, email: &str) -> Result<Option<AccountRow>> {
        let select = account::Entity::find().filter(account::Column::EmailKey.eq(fold(email)));
        account_row(&self.inner.db, select).await
    }

    /// The account of an id.
    pub async fn find_account(&self, id: AccountId) -> Result<Option<AccountRow>> {
        account_row(&self.inner.db, account::Entity::find_by_id(id.0)).await
    }

    /// The installation's accounts with `role`, of one tenant or of none, by name: for the seeding of a demo.
    pub async fn list_accounts(&self, tenant: Option<TenantId>, role: Role) -> Result<Vec<Account>> {
        let of = match tenant {
            Some(tenant) => account::Column::TenantId.eq(tenant.0),
            None => account::Column::TenantId.is_null(),
        };
        let select = account::Entity::find().filter(of).filter(account::Column::Role.eq(word(&role)?));
        let mut accounts = Vec::new();
        for row in select.all(&self.inner.db).await? {
            accounts.push(told(&self.inner.db, row).await?);
        }
        accounts.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        Ok(accounts)
    }

    /// The e-mail addresses of the installation's accounts with `role`.
    pub(crate) async fn emails_of(&self, tx: &Writing, role: Role) -> Result<Vec<String>> {
        let select = account::Entity::find().filter(account::Column::TenantId.is_null());
        let select = select.filter(account::Column::Role.eq(word(&role)?)).order_by_asc(account::Column::Id);
        Ok(select.all(&**tx).await?.into_iter().map(|row| row.email).collect())
    }

    /// Has the installation an administrator?
    pub async fn admin_exists(&self) -> Result<bool> {
        has_admin(&self.inner.db).await
    }

    /// Creates the installation's first administrator. `Conflict` where there is one.
    pub async fn create_first_admin(
        &self,
        now: Moment,
        name: &str,
        email: &str,
        password_hash: String,
    ) -> Result<Account> {
        let tx = self.write().await?;
        if self.lock_admins(&tx).await? {
            return Err(Error::Conflict { field: "email", reason: "The installation has an administrator.".into() });
        }
        let (role, password_hash) = (Role::Admin, Some(password_hash));
        let account = NewAccount { role, tenant_id: None, extension_id: None, email, name, password_hash };
        let account = self.insert_account(&tx, now, account).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Sets the password; all sessions of the account end but the one to keep (ACC-05), and so do its open links.
    pub async fn set_password(
        &self,
        _now: Moment,
        account: AccountId,
        password_hash: String,
        keep: Option<SessionId>,
    ) -> Result<()> {
        let tx = self.write().await?;
        let done = account::Entity::update_many()
            .col_expr(account::Column::PasswordHash, Expr::value(password_hash))
            .filter(account::Column::Id.eq(account.0))
            .exec(&*tx)
            .await?;
        if done.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        let mut others = Condition::all().add(session::Column::AccountId.eq(account.0));
        if let Some(keep) = keep {
            others = others.add(session::Column::Id.ne(keep.0));
        }
        session::Entity::delete_many().filter(others).exec(&*tx).await?;
        self.delete_links(&tx, account).await?;
        tx.commit().await
    }

    /// Changes the account's name.
    pub async fn update_account_name(&self, now: Moment, actor: &Actor, id: AccountId, name: &str) -> Result<Account> {
        let tx = self.write().await?;
        let before = account::Entity::find_by_id(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        account::Entity::update_many()
            .col_expr(account::Column::Name, Expr::value(name.trim()))
            .filter(account::Column::Id.eq(id.0))
            .exec(&*tx)
            .await?;
        let row = account::Entity::find_by_id(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let (before, after) = (told(&*tx, before).await?, told(&*tx, row).await?);
        let (tenant, changed) = (after.tenant_id, changes(Some(&before), Some(&after)));
        self.note_change(&tx, now, actor, tenant, "UpdateAccount", "own account".to_owned(), &changed).await?;
        tx.commit().await?;
        Ok(after)
    }

    pub(crate) async fn insert_account(&self, tx: &Writing, now: Moment, new: NewAccount<'_>) -> Result<Account> {
        let account = Account {
            id: self.next_id(now),
            role: new.role,
            email: new.email.trim().to_owned(),
            name: new.name.trim().to_owned(),
            tenant_id: new.tenant_id,
            extension_id: new.extension_id,
            has_password: new.password_hash.is_some(),
        };
        account::Entity::insert(row(&account, now, new.password_hash)?).exec_without_returning(&**tx).await?;
        Ok(account)
    }

    /// Is there an admin? On PostgreSQL nobody else makes one until the transaction ends.
    async fn lock_admins(&self, tx: &Writing) -> Result<bool> {
        if tx.get_database_backend() == sea_orm::DbBackend::Postgres {
            tx.execute_unprepared("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE").await?;
        }
        has_admin(&**tx).await
    }
}

async fn has_admin<C: ConnectionTrait>(db: &C) -> Result<bool> {
    let admins = account::Entity::find().filter(account::Column::Role.eq(word(&Role::Admin)?));
    Ok(admins.limit(1).count(db).await? > 0)
}

/// The account with whether it may sign in.
pub(crate) async fn account_row<C: ConnectionTrait>(
    db: &C,
    select: Select<account::Entity>,
) -> Result<Option<AccountRow>> {
    let Some(row) = select.one(db).await? else { return Ok(None) };
    let tenant_enabled = match row.tenant_id {
        None => true,
        Some(id) => tenant::Entity::find_by_id(id).one(db).await?.is_some_and(|tenant| tenant.enabled),
    };
    let extension_enabled = match row.extension_id {
        None => true,
        Some(id) => extension::Entity::find_by_id(id).one(db).await?.is_some_and(|extension| extension.enabled),
    };
    let portal = match row.extension_id {
        None => true,
        Some(id) => has_portal(db, id).await?,
    };
    let password_hash = row.password_hash.clone();
    Ok(Some(AccountRow { account: told(db, row).await?, password_hash, tenant_enabled, extension_enabled, portal }))
}

/// The account as it is told: with the extension that an administrator has as the own one. Whether somebody may sign in does not hang on that.
async fn told<C: ConnectionTrait>(db: &C, row: account::Model) -> Result<Account> {
    let mut account = noun(row)?;
    if account.role == Role::TenantAdmin {
        account.extension_id = own_extension_of(db, account.id.0).await?;
    }
    Ok(account)
}

/// Noun → row.
pub(crate) fn row(account: &Account, now: Moment, password_hash: Option<String>) -> Result<account::ActiveModel> {
    Ok(account::ActiveModel {
        id: Set(account.id.0),
        tenant_id: Set(account.tenant_id.map(i64::from)),
        extension_id: Set(account.extension_id.map(i64::from)),
        role: Set(word(&account.role)?),
        email: Set(account.email.clone()),
        email_key: Set(fold(&account.email)),
        name: Set(account.name.clone()),
        password_hash: Set(password_hash),
        created_at: Set(now.0),
    })
}

/// Row → noun, without what an administrator has as the own extension.
pub(crate) fn noun(row: account::Model) -> Result<Account> {
    Ok(Account {
        id: AccountId(row.id),
        role: from_word(&row.role)?,
        email: row.email,
        name: row.name,
        tenant_id: row.tenant_id.map(TenantId),
        extension_id: row.extension_id.map(ExtensionId),
        has_password: row.password_hash.is_some(),
    })
}
