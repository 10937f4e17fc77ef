//! Who a request comes from: the session and its account in one go, because every request asks.

use sea_orm::EntityTrait;
use shared::{Moment, SessionId, TenantId};

use crate::account::account_row;
use crate::entity::{account, session};
use crate::{AccountRow, Result, Store};

/// A session that stands, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionAccount {
    /// Its account; whether that may sign in is for the caller to look at.
    pub account: AccountRow,
    /// The tenant that an admin acts for (ACC-07).
    pub acting_for: Option<TenantId>,
}

impl Store {
    /// The account of a session; none where the session has ended or run out.
    pub async fn session_account(&self, now: Moment, id: SessionId) -> Result<Option<SessionAccount>> {
        let db = &self.inner.db;
        let row = session::Entity::find_by_id(id.0).one(db).await?.filter(|row| row.expires_at > now.0);
        let Some(row) = row else { return Ok(None) };
        let account = account_row(db, account::Entity::find_by_id(row.account_id)).await?;
        Ok(account.map(|account| SessionAccount { account, acting_for: row.acting_tenant_id.map(TenantId) }))
    }
}
