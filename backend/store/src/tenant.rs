//! Tenants: created with their first administrator, changed, suspended, deleted with all they have (T-01…T-08).

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set,
};
use shared::activity::changes;
use shared::event::{EventCode, NewEvent};
use shared::quota::Quota;
use shared::tenant::{
    CreateTenant, DeleteTenant, GetTenant, ListTenants, Tenant, TenantCreated, TenantOptions, TenantRow, TenantSort,
    UpdateTenant,
};
use shared::{AccountId, Moment, Page, Role, TenantId};

use crate::account::NewAccount;
use crate::connect::Writing;
use crate::entity::{call, extension, registration, tenant};
use crate::home::DAY;
use crate::page::{Key, Sort, Wanted, contains, page};
use crate::text::{fold, search_key};
use crate::trunk::gateway_at;
use crate::{Actor, Change, Error, Result, Store, TenantStore};

/// The time zone of a tenant when none is named.
const TIME_ZONE_DEFAULT: &str = "UTC";
/// The currency of a tenant until another is set.
const CURRENCY_DEFAULT: &str = "USD";

impl Store {
    /// A page of the tenants. `live_calls` is zero here and `extensions_online` what was last recorded: the switch knows
    /// them now.
    pub async fn list_tenants(&self, now: Moment, operation: &ListTenants) -> Result<Page<TenantRow>> {
        let (name, column) = match operation.sort {
            TenantSort::Name => ("name", tenant::Column::NameKey),
            TenantSort::Domain => ("domain", tenant::Column::Domain),
            TenantSort::CreatedAt => ("created_at", tenant::Column::CreatedAt),
        };
        let mut select = tenant::Entity::find();
        if let Some(found) = contains(tenant::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        if let Some(enabled) = operation.enabled {
            select = select.filter(tenant::Column::Enabled.eq(enabled));
        }
        let sort = Sort { name, column, id: tenant::Column::Id, direction: operation.direction };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let found = page(&self.inner.db, select, &sort, wanted, |row| {
            let key = match operation.sort {
                TenantSort::Name => Key::Text(row.name_key.clone()),
                TenantSort::Domain => Key::Text(row.domain.clone()),
                TenantSort::CreatedAt => Key::Number(row.created_at),
            };
            (key, row.id)
        })
        .await?;
        let Page { rows, next, total } = found;
        Ok(Page { rows: self.with_figures(now, rows).await?, next, total })
    }

    /// One tenant with its figures, as in [`Store::list_tenants`].
    pub async fn get_tenant(&self, now: Moment, operation: &GetTenant) -> Result<TenantRow> {
        let row = tenant::Entity::find_by_id(operation.tenant_id.0).one(&self.inner.db).await?;
        self.with_figures(now, row.into_iter().collect()).await?.pop().ok_or(Error::NotFound)
    }

    /// Creates a tenant with the account of its first administrator; `invitation` is the token of the one-time link
    /// (T-01).
    pub async fn create_tenant(&self, now: Moment, actor: &Actor, operation: &CreateTenant) -> Result<TenantCreated> {
        Error::check(operation.check())?;
        let tx = self.write().await?;
        let (tenant, administrator) = self.insert_tenant(&tx, now, actor, operation).await?;
        let (admin_account_id, invitation) = administrator.ok_or(Error::NotFound)?;
        tx.commit().await?;
        self.tell(Change::TenantChanged(tenant.id));
        Ok(TenantCreated { tenant, admin_account_id, invitation })
    }

    /// Creates a tenant in the transaction of more. Its administrator, and the token of the invitation, are there where an
    /// address is named.
    pub(crate) async fn insert_tenant(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &CreateTenant,
    ) -> Result<(Tenant, Option<(AccountId, String)>)> {
        let tenant = Tenant {
            id: self.next_id(now),
            name: operation.name.trim().to_owned(),
            domain: fold(&operation.domain),
            enabled: true,
            time_zone: operation.time_zone.clone().unwrap_or_else(|| TIME_ZONE_DEFAULT.to_owned()),
            currency: CURRENCY_DEFAULT.to_owned(),
            website: String::new(),
            quota: operation.quota.unwrap_or_default(),
            options: TenantOptions::default(),
            created_at: now,
        };
        check_domain(tx, &tenant.domain).await?;
        tenant::Entity::insert(row(&tenant)).exec_without_returning(&**tx).await?;
        if let Some(country) = &operation.country {
            self.tenant(tenant.id).move_to(tx, now, actor, country).await?;
        }
        self.insert_default_group(tx, tenant.id).await?;
        let administrator = match operation.admin_email.is_empty() {
            true => None,
            false => Some(self.insert_administrator(tx, now, &tenant, &operation.admin_email).await?),
        };
        let subject = format!("tenant {} ({})", tenant.name, tenant.domain);
        let made = changes(None, Some(&tenant));
        self.note_change(tx, now, actor, Some(tenant.id), "CreateTenant", subject, &made).await?;
        self.note_event(tx, now, NewEvent::of(tenant.id, EventCode::TenantCreated, &tenant.name)).await?;
        Ok((tenant, administrator))
    }

    async fn insert_administrator(
        &self,
        tx: &Writing,
        now: Moment,
        tenant: &Tenant,
        email: &str,
    ) -> Result<(AccountId, String)> {
        let account = NewAccount {
            role: Role::TenantAdmin,
            tenant_id: Some(tenant.id),
            extension_id: None,
            email,
            name: email,
            password_hash: None,
        };
        let account = self.insert_account(tx, now, account).await.map_err(|e| e.with_email_field("admin_email"))?;
        let (invitation, _) = self.invite(tx, now, &account, &tenant.name).await?;
        Ok((account.id, invitation))
    }

    /// Changes a tenant. Suspending it ends its sessions; a limit below use only stops growth (T-07, T-11).
    pub async fn update_tenant(&self, now: Moment, actor: &Actor, operation: &UpdateTenant) -> Result<Tenant> {
        Error::check(operation.check())?;
        let tx = self.write().await?;
        let tenant = self.change_tenant(&tx, now, actor, "UpdateTenant", operation).await?;
        tx.commit().await?;
        self.tell(Change::TenantChanged(tenant.id));
        Ok(tenant)
    }

    /// Changes a tenant in the transaction of more; `name` is the operation's, for the log.
    pub(crate) async fn change_tenant(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        name: &str,
        operation: &UpdateTenant,
    ) -> Result<Tenant> {
        let mut tenant = self.tenant(operation.tenant_id).lock(tx).await?;
        let before = tenant.clone();
        apply(&mut tenant, operation);
        if tenant.domain != before.domain {
            check_domain(tx, &tenant.domain).await?;
        }
        row(&tenant).reset_all().update(&**tx).await?;
        if let Some(country) = &operation.country {
            self.tenant(tenant.id).move_to(tx, now, actor, country).await?;
        }
        if tenant.quota != before.quota {
            self.weigh(tx, now, [tenant.id]).await?;
        }
        if operation.enabled == Some(false) {
            self.end_sessions_of_tenant(tx, tenant.id).await?;
        }
        let (subject, changed) = (format!("tenant {}", tenant.name), changes(Some(&before), Some(&tenant)));
        self.note_change(tx, now, actor, Some(tenant.id), name, subject, &changed).await?;
        if tenant.enabled != before.enabled {
            let code = if tenant.enabled { EventCode::TenantResumed } else { EventCode::TenantSuspended };
            self.note_event(tx, now, NewEvent::of(tenant.id, code, &tenant.name)).await?;
        }
        Ok(tenant)
    }

    /// Deletes a tenant with everything it has; `confirm_name` must be its name (T-08). The line in the activity log is
    /// the installation's, since the tenant's goes with it.
    pub async fn delete_tenant(&self, now: Moment, actor: &Actor, operation: &DeleteTenant) -> Result<()> {
        let tx = self.write().await?;
        let tenant = self.tenant(operation.tenant_id).lock(&tx).await?;
        if operation.confirm_name.trim() != tenant.name {
            return Err(Error::field("confirm_name", "Type the tenant's name as it stands."));
        }
        tenant::Entity::delete_by_id(tenant.id.0).exec(&*tx).await?;
        self.remove_all_objects(&tx, now, tenant.id).await?;
        let subject = format!("tenant {} ({})", tenant.name, tenant.domain);
        self.note_change(&tx, now, actor, None, "DeleteTenant", subject, &changes(Some(&tenant), None)).await?;
        self.note_event(&tx, now, NewEvent::new(EventCode::TenantDeleted, &tenant.name)).await?;
        tx.commit().await?;
        self.tell(Change::TenantDeleted(tenant.id));
        self.remove_all_files(tenant.id).await;
        Ok(())
    }

    async fn with_figures(&self, now: Moment, rows: Vec<tenant::Model>) -> Result<Vec<TenantRow>> {
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let db = &self.inner.db;
        let extensions = extension::Entity::find()
            .select_only()
            .column(extension::Column::TenantId)
            .expr_as(Expr::cust("COUNT(*)"), "rows")
            .filter(extension::Column::TenantId.is_in(ids.clone()))
            .group_by(extension::Column::TenantId)
            .into_tuple::<(i64, i64)>()
            .all(db);
        let online = registration::Entity::find()
            .select_only()
            .column(registration::Column::TenantId)
            .expr_as(Expr::cust("COUNT(DISTINCT extension_id)"), "rows")
            .filter(registration::Column::TenantId.is_in(ids.clone()))
            .filter(registration::Column::ExpiresAt.gt(now.0))
            .group_by(registration::Column::TenantId)
            .into_tuple::<(i64, i64)>()
            .all(db);
        let calls = call::Entity::find()
            .select_only()
            .column(call::Column::TenantId)
            .expr_as(Expr::cust("COUNT(*)"), "rows")
            .filter(call::Column::TenantId.is_in(ids))
            .filter(call::Column::EndedAt.gt((now - DAY).0))
            .group_by(call::Column::TenantId)
            .into_tuple::<(i64, i64)>()
            .all(db);
        let (extensions, online, calls) =
            (by_tenant(extensions.await?), by_tenant(online.await?), by_tenant(calls.await?));
        Ok(rows
            .into_iter()
            .map(|row| TenantRow {
                extensions: extensions.get(&row.id).copied().unwrap_or(0),
                extensions_online: online.get(&row.id).copied().unwrap_or(0),
                live_calls: 0,
                calls_today: calls.get(&row.id).copied().unwrap_or(0),
                tenant: noun(row),
            })
            .collect())
    }
}

impl TenantStore {
    /// The tenant itself.
    pub async fn get_own_tenant(&self) -> Result<Tenant> {
        self.find::<tenant::Entity>().one(self.db()).await?.map(noun).ok_or(Error::NotFound)
    }

    /// The tenant, its row held until the transaction ends: whoever counts against its quota does it alone.
    pub(crate) async fn lock(&self, tx: &Writing) -> Result<Tenant> {
        self.find::<tenant::Entity>().lock_exclusive().one(&**tx).await?.map(noun).ok_or(Error::NotFound)
    }

    /// How many extensions it has.
    pub(crate) async fn count_extensions<C: ConnectionTrait>(&self, db: &C) -> Result<u64> {
        Ok(self.find::<extension::Entity>().count(db).await?)
    }
}

/// A domain at which a trunk's gateway registers is no tenant's (TRK-04).
async fn check_domain(tx: &Writing, domain: &str) -> Result<()> {
    match gateway_at(tx, domain).await? {
        Some((_, name)) => {
            let reason = format!("The gateway of the trunk {name} registers at this domain.");
            Err(Error::Conflict { field: "domain", reason })
        }
        None => Ok(()),
    }
}

fn by_tenant(rows: Vec<(i64, i64)>) -> BTreeMap<i64, u64> {
    rows.into_iter().map(|(tenant, count)| (tenant, u64::try_from(count).unwrap_or(0))).collect()
}

/// Applies what is given.
fn apply(tenant: &mut Tenant, operation: &UpdateTenant) {
    let UpdateTenant { tenant_id: _, name, domain, enabled, time_zone, currency, website, country: _, quota, options } =
        operation;
    tenant.name = name.as_deref().map_or_else(|| tenant.name.clone(), |name| name.trim().to_owned());
    tenant.domain = domain.as_deref().map_or_else(|| tenant.domain.clone(), fold);
    tenant.enabled = enabled.unwrap_or(tenant.enabled);
    tenant.time_zone = time_zone.clone().unwrap_or_else(|| tenant.time_zone.clone());
    tenant.currency = currency.clone().unwrap_or_else(|| tenant.currency.clone());
    tenant.website = website.as_deref().map_or_else(|| tenant.website.clone(), |website| website.trim().to_owned());
    tenant.quota = quota.unwrap_or(tenant.quota);
    tenant.options = options.unwrap_or(tenant.options);
}

/// Row → noun.
pub(crate) fn noun(row: tenant::Model) -> Tenant {
    let limit = |value: Option<i64>| value.map(|value| u32::try_from(value).unwrap_or(u32::MAX));
    Tenant {
        id: TenantId(row.id),
        name: row.name,
        domain: row.domain,
        enabled: row.enabled,
        time_zone: row.time_zone,
        currency: row.currency,
        website: row.website,
        quota: Quota {
            extensions_max: limit(row.extensions_max),
            concurrent_calls_max: limit(row.concurrent_calls_max),
            ring_groups_max: limit(row.ring_groups_max),
            conference_rooms_max: limit(row.conference_rooms_max),
            virtual_receptionists_max: limit(row.virtual_receptionists_max),
            call_queues_max: limit(row.call_queues_max),
            disk_megabytes_max: limit(row.disk_megabytes_max),
        },
        options: TenantOptions {
            concurrent_sign_ins: row.concurrent_sign_ins,
            change_own_secret: row.change_own_secret,
            bill_outbound: row.bill_outbound,
            record_calls: row.record_calls,
            record_tracks: row.record_tracks,
            announce_recording: row.announce_recording,
            monitoring: row.monitoring,
            delete_own_recordings: row.delete_own_recordings,
            temporary_conferences: row.temporary_conferences,
        },
        created_at: Moment(row.created_at),
    }
}

/// Noun → row.
fn row(tenant: &Tenant) -> tenant::ActiveModel {
    let limit = |value: Option<u32>| value.map(i64::from);
    let Tenant { id, name, domain, enabled, time_zone, currency, website, quota, options, created_at } = tenant;
    tenant::ActiveModel {
        id: Set(id.0),
        name: Set(name.clone()),
        name_key: Set(fold(name)),
        domain: Set(domain.clone()),
        enabled: Set(*enabled),
        time_zone: Set(time_zone.clone()),
        currency: Set(currency.clone()),
        website: Set(website.clone()),
        extensions_max: Set(limit(quota.extensions_max)),
        concurrent_calls_max: Set(limit(quota.concurrent_calls_max)),
        ring_groups_max: Set(limit(quota.ring_groups_max)),
        conference_rooms_max: Set(limit(quota.conference_rooms_max)),
        virtual_receptionists_max: Set(limit(quota.virtual_receptionists_max)),
        call_queues_max: Set(limit(quota.call_queues_max)),
        disk_megabytes_max: Set(limit(quota.disk_megabytes_max)),
        concurrent_sign_ins: Set(options.concurrent_sign_ins),
        change_own_secret: Set(options.change_own_secret),
        bill_outbound: Set(options.bill_outbound),
        record_calls: Set(options.record_calls),
        record_tracks: Set(options.record_tracks),
        announce_recording: Set(options.announce_recording),
        monitoring: Set(options.monitoring),
        delete_own_recordings: Set(options.delete_own_recordings),
        temporary_conferences: Set(options.temporary_conferences),
        search_key: Set(search_key([name.as_str(), domain])),
        created_at: Set(created_at.0),
    }
}
