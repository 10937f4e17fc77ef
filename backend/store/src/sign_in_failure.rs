//! The lockout after failed sign-ins: per credential, never per address, so that neighbours behind one address are left
//! alone (ACC-08).

use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use shared::Moment;

use crate::entity::sign_in_failure;
use crate::secret::hash;
use crate::text::fold;
use crate::{Result, Store};

/// Failed sign-ins after which a credential is locked.
pub const SIGN_IN_FAILURES_MAX: i64 = 5;
/// How long it is locked, and how long failures are remembered.
pub const SIGN_IN_LOCK: Duration = Duration::from_secs(3_600);

impl Store {
    /// Counts a failed sign-in, whether the address has an account or not; the fifth within an hour locks it.
    pub async fn note_sign_in_failure(&self, now: Moment, email: &str) -> Result<()> {
        let tx = self.write().await?;
        // Made-up addresses are forgotten after an hour, so that nobody fills the table.
        sign_in_failure::Entity::delete_many().filter(sign_in_failure::Column::ForgetAt.lte(now.0)).exec(&*tx).await?;
        let email_hash = hash(&fold(email));
        let until = (now + SIGN_IN_LOCK).0;
        let row = sign_in_failure::ActiveModel {
            email_hash: Set(email_hash.clone()),
            failures: Set(1),
            first_at: Set(now.0),
            locked_until: Set(None),
            forget_at: Set(until),
        };
        let count = OnConflict::column(sign_in_failure::Column::EmailHash)
            .value(sign_in_failure::Column::Failures, Expr::cust("sign_in_failure.failures + 1"))
            .update_column(sign_in_failure::Column::ForgetAt)
            .to_owned();
        sign_in_failure::Entity::insert(row).on_conflict(count).exec_without_returning(&*tx).await?;
        sign_in_failure::Entity::update_many()
            .col_expr(sign_in_failure::Column::LockedUntil, Expr::value(until))
            .filter(sign_in_failure::Column::EmailHash.eq(email_hash))
            .filter(sign_in_failure::Column::Failures.gte(SIGN_IN_FAILURES_MAX))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    /// Until when the credential is locked, if it is.
    pub async fn sign_in_locked_until(&self, now: Moment, email: &str) -> Result<Option<Moment>> {
        let row = sign_in_failure::Entity::find_by_id(hash(&fold(email))).one(&self.inner.db).await?;
        Ok(row.and_then(|row| row.locked_until).filter(|until| *until > now.0).map(Moment))
    }

    /// Forgets the failures of a credential: it was right.
    pub async fn clear_sign_in_failures(&self, email: &str) -> Result<()> {
        let tx = self.write().await?;
        sign_in_failure::Entity::delete_by_id(hash(&fold(email))).exec(&*tx).await?;
        tx.commit().await
    }
}
