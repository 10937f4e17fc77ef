//! Sessions: a chain of refresh tokens (ACC-05, ACC-06, ACC-07).
//!
//! A token is the session's id, its generation and a MAC over both under the installation's key and the session's salt:
//! nothing of it is stored, every older one of the chain is known when it comes back, and the successor of a token is
//! the same however often it is asked for, so that two tabs of one browser cannot drift apart.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, Set};
use shared::account::Account;
use shared::{AccountId, Moment, SessionId, TenantId};

use crate::account::account_row;
use crate::connect::Writing;
use crate::entity::{account, session, tenant};
use crate::secret::{random, same};
use crate::text::outside;
use crate::{Actor, Error, Result, Store};

/// How long a session lives without being refreshed.
pub const SESSION_TTL: Duration = Duration::from_secs(30 * 86_400);
/// How long a token that was just traded in is taken once more: two tabs, or an answer that was lost.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);

/// What became of a refresh token.
#[derive(Clone, PartialEq, Eq)]
pub enum Rotation {
    /// It was taken; the next one is in here.
    Rotated {
        /// The session.
        session_id: SessionId,
        /// Whose it is.
        account: Account,
        /// The next token.
        refresh_token: String,
        /// The tenant that an admin acts for (ACC-07).
        acting_for: Option<TenantId>,
    },
    /// It had been traded in before: somebody has a copy, so the session has ended.
    Reused,
    /// It is no token, or its session has ended or run out, or its account may not sign in.
    Unknown,
}

impl std::fmt::Debug for Rotation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rotated { session_id, account, .. } => write!(f, "Rotated({session_id}, {})", account.id),
            Self::Reused => f.write_str("Reused"),
            Self::Unknown => f.write_str("Unknown"),
        }
    }
}

impl Store {
    /// Begins a session and gives its first refresh token. Where the tenant does not allow concurrent sign-ins, the
    /// account's other sessions end (ACC-06).
    pub async fn create_session(
        &self,
        now: Moment,
        account: AccountId,
        user_agent: &str,
    ) -> Result<(SessionId, String)> {
        let tx = self.write().await?;
        let row = account_row(&*tx, account::Entity::find_by_id(account.0)).await?.ok_or(Error::NotFound)?;
        if let Some(tenant) = row.account.tenant_id {
            let tenant = tenant::Entity::find_by_id(tenant.0).one(&*tx).await?.ok_or(Error::NotFound)?;
            if !tenant.concurrent_sign_ins {
                let older = session::Entity::delete_many().filter(session::Column::AccountId.eq(account.0));
                older.exec(&*tx).await?;
            }
        }
        let id = self.next_id::<SessionId>(now);
        let salt = URL_SAFE_NO_PAD.encode(random::<16>()?);
        let session = session::ActiveModel {
            id: Set(id.0),
            account_id: Set(account.0),
            acting_tenant_id: Set(None),
            salt: Set(salt.clone()),
            generation: Set(0),
            user_agent: Set(outside(user_agent)),
            created_at: Set(now.0),
            rotated_at: Set(now.0),
            expires_at: Set((now + SESSION_TTL).0),
        };
        session::Entity::insert(session).exec_without_returning(&*tx).await?;
        tx.commit().await?;
        Ok((id, self.refresh_token(id.0, &salt, 0)))
    }

    /// Trades a refresh token for the next one.
    pub async fn rotate_session(&self, now: Moment, refresh_token: &str) -> Result<Rotation> {
        let Some((id, generation, mac)) = parse(refresh_token) else { return Ok(Rotation::Unknown) };
        let tx = self.write().await?;
        let Some(row) = session::Entity::find_by_id(id).lock_exclusive().one(&*tx).await? else {
            return Ok(Rotation::Unknown);
        };
        let genuine = same(&self.inner.keys.refresh_mac(id, &row.salt, generation), &mac);
        if !genuine || generation > row.generation || row.expires_at <= now.0 {
            return Ok(Rotation::Unknown);
        }
        let repeated = generation + 1 == row.generation && now.since(Moment(row.rotated_at)) <= REFRESH_GRACE;
        if generation < row.generation && !repeated {
            session::Entity::delete_by_id(id).exec(&*tx).await?;
            tx.commit().await?;
            return Ok(Rotation::Reused);
        }
        let account = account_row(&*tx, account::Entity::find_by_id(row.account_id)).await?;
        let Some(account) = account.filter(crate::AccountRow::is_enabled) else { return Ok(Rotation::Unknown) };
        if !repeated {
            session::Entity::update_many()
                .col_expr(session::Column::Generation, Expr::value(generation + 1))
                .col_expr(session::Column::RotatedAt, Expr::value(now.0))
                .col_expr(session::Column::ExpiresAt, Expr::value((now + SESSION_TTL).0))
                .filter(session::Column::Id.eq(id))
                .exec(&*tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Rotation::Rotated {
            session_id: SessionId(id),
            account: account.account,
            refresh_token: self.refresh_token(id, &row.salt, generation + 1),
            acting_for: row.acting_tenant_id.map(TenantId),
        })
    }

    /// Ends a session; one that has ended stays so.
    pub async fn end_session(&self, id: SessionId) -> Result<()> {
        let tx = self.write().await?;
        session::Entity::delete_by_id(id.0).exec(&*tx).await?;
        tx.commit().await
    }

    /// Does the session stand, and may its account sign in?
    pub async fn session_alive(&self, now: Moment, id: SessionId) -> Result<bool> {
        let db = &self.inner.db;
        let Some(row) = session::Entity::find_by_id(id.0).one(db).await? else { return Ok(false) };
        if row.expires_at <= now.0 {
            return Ok(false);
        }
        let account = account_row(db, account::Entity::find_by_id(row.account_id)).await?;
        Ok(account.is_some_and(|account| account.is_enabled()))
    }

    /// Begins to act for a tenant, or stops; the beginning leaves a line in the tenant's activity log (ACC-07, T-09).
    pub async fn set_acting(
        &self,
        now: Moment,
        actor: &Actor,
        session_id: SessionId,
        tenant_id: Option<TenantId>,
    ) -> Result<()> {
        let tx = self.write().await?;
        if let Some(tenant_id) = tenant_id {
            let tenant = tenant::Entity::find_by_id(tenant_id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
            let subject = format!("tenant {}", tenant.name);
            self.note(&tx, now, actor, Some(tenant_id), "ActForTenant", subject).await?;
        }
        let done = session::Entity::update_many()
            .col_expr(session::Column::ActingTenantId, Expr::value(tenant_id.map(i64::from)))
            .filter(session::Column::Id.eq(session_id.0))
            .exec(&*tx)
            .await?;
        if done.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        tx.commit().await
    }

    /// Ends the sessions of a tenant's accounts; admins who act for it stay.
    pub(crate) async fn end_sessions_of_tenant(&self, tx: &Writing, tenant: TenantId) -> Result<()> {
        end_sessions(tx, account::Column::TenantId.eq(tenant.0)).await
    }

    /// Ends the sessions of an extension's account.
    pub(crate) async fn end_sessions_of_extension(&self, tx: &Writing, extension: i64) -> Result<()> {
        end_sessions(tx, account::Column::ExtensionId.eq(extension)).await
    }

    fn refresh_token(&self, id: i64, salt: &str, generation: i64) -> String {
        let mac = self.inner.keys.refresh_mac(id, salt, generation);
        URL_SAFE_NO_PAD.encode([&id.to_be_bytes()[..], &generation.to_be_bytes(), &mac].concat())
    }
}

async fn end_sessions(tx: &Writing, of: sea_orm::sea_query::Expr) -> Result<()> {
    use sea_orm::QueryTrait;
    let accounts = account::Entity::find().select_only().column(account::Column::Id).filter(Condition::all().add(of));
    let theirs = session::Column::AccountId.in_subquery(accounts.into_query());
    session::Entity::delete_many().filter(theirs).exec(&**tx).await?;
    Ok(())
}

/// Session, generation and MAC of a token.
fn parse(token: &str) -> Option<(i64, i64, [u8; 32])> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (id, rest) = bytes.split_first_chunk::<8>()?;
    let (generation, mac) = rest.split_first_chunk::<8>()?;
    let generation = i64::from_be_bytes(*generation);
    Some((i64::from_be_bytes(*id), generation, mac.try_into().ok()?)).filter(|_| (0..i64::MAX).contains(&generation))
}
