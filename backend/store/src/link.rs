//! One-time links: invitations, forgotten passwords, the set-up of a new installation. Only the hash of a token is kept.

use std::time::Duration;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde::{Deserialize, Serialize};
use shared::account::Account;
use shared::{AccountId, Moment};

use crate::account::account_row;
use crate::connect::Writing;
use crate::entity::{account, link};
use crate::job::Job;
use crate::secret::{hash, token};
use crate::text::word;
use crate::{AccountRow, Error, Result, Store};

/// How long an invitation can be taken up.
pub const INVITATION_TTL: Duration = Duration::from_secs(7 * 86_400);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The first sign-in of a new account.
    Invitation,
    /// A sign-in without the password.
    SignIn,
    /// The first administrator of a new installation.
    Setup,
}

impl Store {
    /// Makes a one-time link for an account; answers its token of 256 bits.
    pub async fn create_link(
        &self,
        now: Moment,
        account: AccountId,
        ttl: Duration,
        purpose: Purpose,
    ) -> Result<String> {
        let tx = self.write().await?;
        if account::Entity::find_by_id(account.0).one(&*tx).await?.is_none() {
            return Err(Error::NotFound);
        }
        let token = self.insert_link(&tx, now, Some(account), ttl, purpose).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Takes a link's token: once, in time, and while its account may sign in; else `NotFound`.
    pub async fn consume_link(&self, now: Moment, token: &str) -> Result<Account> {
        let tx = self.write().await?;
        let row = link::Entity::find_by_id(hash(token)).one(&*tx).await?;
        let id = row.filter(|row| row.expires_at > now.0).and_then(|row| row.account_id).ok_or(Error::NotFound)?;
        let account = account_row(&*tx, account::Entity::find_by_id(id)).await?;
        let account = account.filter(AccountRow::is_enabled).ok_or(Error::NotFound)?;
        self.take(&tx, token).await?;
        tx.commit().await?;
        Ok(account.account)
    }

    /// Whose link it is, as long as it can be taken; it stays.
    pub async fn link_account(&self, now: Moment, token: &str) -> Result<Option<AccountRow>> {
        let db = &self.inner.db;
        let row = link::Entity::find_by_id(hash(token)).one(db).await?.filter(|row| row.expires_at > now.0);
        let Some(id) = row.and_then(|row| row.account_id) else { return Ok(None) };
        account_row(db, account::Entity::find_by_id(id)).await
    }

    /// Makes the token of the set-up link of a new installation; earlier ones end.
    pub async fn create_setup_token(&self, now: Moment, ttl: Duration) -> Result<String> {
        let tx = self.write().await?;
        let earlier = link::Column::Purpose.eq(word(&Purpose::Setup)?);
        link::Entity::delete_many().filter(earlier).exec(&*tx).await?;
        let token = self.insert_link(&tx, now, None, ttl, Purpose::Setup).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Takes the token of the set-up link: once and in time; else `NotFound`.
    pub async fn consume_setup_token(&self, now: Moment, token: &str) -> Result<()> {
        let tx = self.write().await?;
        let row = link::Entity::find_by_id(hash(token)).one(&*tx).await?.ok_or(Error::NotFound)?;
        if row.purpose != word(&Purpose::Setup)? || row.expires_at <= now.0 {
            return Err(Error::NotFound);
        }
        self.take(&tx, token).await?;
        tx.commit().await
    }

    /// Makes an invitation and, where e-mail is set up, sends it; answers token and end.
    pub(crate) async fn invite(
        &self,
        tx: &Writing,
        now: Moment,
        account: &Account,
        tenant_name: &str,
    ) -> Result<(String, Moment)> {
        let token = self.insert_link(tx, now, Some(account.id), INVITATION_TTL, Purpose::Invitation).await?;
        if let Some(mail) = self.mail_of(tx, account.tenant_id).await? {
            let job = Job::SendEmail {
                to: account.email.clone(),
                subject: format!("Your account at {tenant_name}"),
                text: format!(
                    "An account was made for you at {tenant_name}.\n\nOpen this link to sign in and set a password:\n\
                     {}{token}\n\nThe link works once, for seven days.\n",
                    mail.prefix
                ),
            };
            self.insert_job(tx, now, account.tenant_id, &job).await?;
        }
        Ok((token, now + INVITATION_TTL))
    }

    /// Ends the account's open links.
    pub(crate) async fn delete_links(&self, tx: &Writing, account: AccountId) -> Result<()> {
        link::Entity::delete_many().filter(link::Column::AccountId.eq(account.0)).exec(&**tx).await?;
        Ok(())
    }

    async fn insert_link(
        &self,
        tx: &Writing,
        now: Moment,
        account: Option<AccountId>,
        ttl: Duration,
        purpose: Purpose,
    ) -> Result<String> {
        let token = token()?;
        let row = link::ActiveModel {
            token_hash: Set(hash(&token)),
            account_id: Set(account.map(i64::from)),
            purpose: Set(word(&purpose)?),
            created_at: Set(now.0),
            expires_at: Set((now + ttl).0),
        };
        link::Entity::insert(row).exec_without_returning(&**tx).await?;
        Ok(token)
    }

    /// Of several who take the same link at once, the one whose delete finds the row has it.
    async fn take(&self, tx: &Writing, token: &str) -> Result<()> {
        match link::Entity::delete_by_id(hash(token)).exec(&**tx).await?.rows_affected {
            1 => Ok(()),
            _ => Err(Error::NotFound),
        }
    }
}
