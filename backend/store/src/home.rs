//! The figures of the home pages that the database knows (HOME-01, HOME-02); the live ones are the switch's.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select};
use shared::Moment;
use shared::home::{AdminHome, HourOfCalls, Network, TenantHome};

use crate::entity::{call, extension, refusal, registration, tenant};
use crate::{Result, Store, TenantStore};

/// What "today" means in lists: the last 24 hours.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);
/// An hour in microseconds.
const HOUR_MICROS: i64 = 3_600_000_000;
/// Rows of the graph.
const HOURS: i64 = 24;

impl Store {
    /// The provider's home page as far as the database knows it: tenants, extensions and hours, and the registrations
    /// that were last recorded. `version`, `started_at`, `live_calls` and `busiest` are the caller's to fill in.
    pub async fn admin_home(&self, now: Moment) -> Result<AdminHome> {
        let db = &self.inner.db;
        let valid = || registration::Entity::find().filter(registration::Column::ExpiresAt.gt(now.0));
        Ok(AdminHome {
            tenants: tenant::Entity::find().count(db).await?,
            extensions: extension::Entity::find().count(db).await?,
            extensions_online: online(db, valid()).await?,
            registrations: valid().count(db).await?,
            hours: hours(db, call::Entity::find(), now).await?,
            ..AdminHome::default()
        })
    }

    /// The calls of the last 24 hours, of all tenants, oldest hour first.
    pub async fn hours_of_calls(&self, now: Moment) -> Result<Vec<HourOfCalls>> {
        hours(&self.inner.db, call::Entity::find(), now).await
    }
}

impl TenantStore {
    /// The tenant's home page as far as the database knows it; `live_calls` and `network.listeners` are the caller's to
    /// fill in.
    pub async fn tenant_home(&self, now: Moment) -> Result<TenantHome> {
        let tenant = self.get_own_tenant().await?;
        let valid = self.find::<registration::Entity>().filter(registration::Column::ExpiresAt.gt(now.0));
        let lately = refusal::Column::LastAt.gt((now - DAY).0);
        Ok(TenantHome {
            extensions: self.count_extensions(self.db()).await?,
            extensions_max: tenant.quota.extensions_max,
            extensions_online: online(self.db(), valid).await?,
            live_calls: 0,
            concurrent_calls_max: tenant.quota.concurrent_calls_max,
            refusals: self.find::<refusal::Entity>().filter(lately).count(self.db()).await?,
            hours: self.hours_of_calls(now).await?,
            network: Network { domain: tenant.domain, listeners: Vec::new() },
        })
    }

    /// The calls of the last 24 hours, oldest hour first.
    pub async fn hours_of_calls(&self, now: Moment) -> Result<Vec<HourOfCalls>> {
        hours(self.db(), self.find(), now).await
    }
}

async fn online(db: &sea_orm::DatabaseConnection, valid: Select<registration::Entity>) -> Result<u64> {
    let count = valid.select_only().expr_as(Expr::cust("COUNT(DISTINCT extension_id)"), "online");
    let count = count.into_tuple::<i64>().one(db).await?;
    Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
}

/// 24 rows, whole hours, the running one last; an hour without a call is there with zeros.
async fn hours(
    db: &sea_orm::DatabaseConnection,
    select: Select<call::Entity>,
    now: Moment,
) -> Result<Vec<HourOfCalls>> {
    let last = now.0.div_euclid(HOUR_MICROS);
    let first = last - HOURS + 1;
    // COUNT leaves out NULL: of `answered_at` it counts the answered, of a CASE without ELSE what it matches.
    let found = select
        .select_only()
        .expr_as(Expr::cust("started_at / 3600000000"), "hour")
        .expr_as(Expr::cust("COUNT(*)"), "total")
        .expr_as(Expr::cust("COUNT(answered_at)"), "answered")
        .expr_as(Expr::cust("COUNT(CASE WHEN status IN ('failed', 'no_answer') THEN 1 END)"), "failed")
        .filter(call::Column::StartedAt.gte(first * HOUR_MICROS))
        .filter(call::Column::StartedAt.lt((last + 1) * HOUR_MICROS))
        .group_by(Expr::cust("started_at / 3600000000"))
        .into_tuple::<(i64, i64, i64, i64)>()
        .all(db)
        .await?;
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok((first..=last)
        .map(|hour| {
            let row = found.iter().find(|row| row.0 == hour);
            let (_, total, answered, failed) = row.copied().unwrap_or_default();
            HourOfCalls {
                hour: Moment(hour * HOUR_MICROS),
                total: count(total),
                answered: count(answered),
                failed: count(failed),
            }
        })
        .collect())
}
