//! Registrations, and those that were refused, as the facts told of them.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, Set};
use sha2::{Digest, Sha256};
use shared::page::Direction;
use shared::registration::{ListAllRefusals, ListRefusals, ListRegistrations, Registration, RegistrationRefusal};
use shared::{ExtensionId, Moment, Page, RefusalId, RegistrationId, TenantId};

use crate::entity::{refusal, registration};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, json, outside, search_key};
use crate::{Error, Result, Store, TenantStore};

impl Store {
    /// All bindings of a tenant, for the switch to begin with; it drops those that have run out.
    pub async fn registrations(&self, tenant: TenantId) -> Result<Vec<Registration>> {
        let rows = self.tenant(tenant).find::<registration::Entity>().order_by_asc(registration::Column::Id);
        rows.all(&self.inner.db).await?.into_iter().map(noun).collect()
    }

    /// Any refused registration.
    pub async fn get_refusal(&self, id: RefusalId) -> Result<RegistrationRefusal> {
        let row = refusal::Entity::find_by_id(id.0).one(&self.inner.db).await?;
        refusal_noun(row.ok_or(Error::NotFound)?)
    }

    /// The refused registrations of the installation, latest first.
    pub async fn list_all_refusals(&self, operation: &ListAllRefusals) -> Result<Page<RegistrationRefusal>> {
        let ListAllRefusals { search, cursor, limit } = operation;
        let wanted = Wanted { cursor: cursor.as_deref(), limit: *limit };
        refusals(&self.inner.db, refusal::Entity::find(), search.as_deref(), wanted).await
    }
}

impl TenantStore {
    /// The devices that are registered, by number, as last recorded: the switch knows them now.
    pub async fn list_registrations(&self, operation: &ListRegistrations) -> Result<Page<Registration>> {
        let mut select = self.find::<registration::Entity>();
        if let Some(found) = contains(registration::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        if let Some(extension) = operation.extension_id {
            select = select.filter(registration::Column::ExtensionId.eq(extension.0));
        }
        let sort = Sort {
            name: "number",
            column: registration::Column::Number,
            id: registration::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &registration::Model| (Key::Text(row.number.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, noun)
    }

    /// A refused registration of the tenant.
    pub async fn get_refusal(&self, id: RefusalId) -> Result<RegistrationRefusal> {
        let row = self.find_id::<refusal::Entity>(id.0).one(self.db()).await?;
        refusal_noun(row.ok_or(Error::NotFound)?)
    }

    /// The refused registrations, latest first.
    pub async fn list_refusals(&self, operation: &ListRefusals) -> Result<Page<RegistrationRefusal>> {
        let ListRefusals { search, cursor, limit } = operation;
        let wanted = Wanted { cursor: cursor.as_deref(), limit: *limit };
        refusals(self.db(), self.find(), search.as_deref(), wanted).await
    }
}

async fn refusals(
    db: &sea_orm::DatabaseConnection,
    mut select: Select<refusal::Entity>,
    search: Option<&str>,
    wanted: Wanted<'_>,
) -> Result<Page<RegistrationRefusal>> {
    if let Some(found) = contains(refusal::Column::SearchKey, search) {
        select = select.filter(found);
    }
    let sort = Sort {
        name: "last_at",
        column: refusal::Column::LastAt,
        id: refusal::Column::Id,
        direction: Direction::Descending,
    };
    try_map(page(db, select, &sort, wanted, |row| (Key::Number(row.last_at), row.id)).await?, refusal_noun)
}

fn refusal_noun(row: refusal::Model) -> Result<RegistrationRefusal> {
    Ok(RegistrationRefusal {
        id: RefusalId(row.id),
        tenant_id: row.tenant_id.map(TenantId),
        user: row.sip_user,
        source: row.source,
        user_agent: row.user_agent,
        status: u16::try_from(row.status).unwrap_or_default(),
        count: u64::try_from(row.count).unwrap_or_default(),
        first_at: Moment(row.first_at),
        last_at: Moment(row.last_at),
        trace: from_json(&row.trace)?,
    })
}

/// What repeats of one refusal have in common: tenant, user, address without port, status and the deciding code.
pub(crate) fn fingerprint(refusal: &RegistrationRefusal) -> String {
    let address = refusal.source.rsplit_once(':').map_or(refusal.source.as_str(), |(address, _)| address);
    let code = refusal.trace.last().map_or("", |step| step.code.code());
    let tenant = refusal.tenant_id.map_or(0, i64::from);
    let text = format!("{tenant}\n{address}\n{}\n{code}\n{}", refusal.status, refusal.user);
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Noun → row.
pub(crate) fn refusal_row(refusal: &RegistrationRefusal, fingerprint: String) -> Result<refusal::ActiveModel> {
    let (user, user_agent) = (outside(&refusal.user), outside(&refusal.user_agent));
    Ok(refusal::ActiveModel {
        id: Set(refusal.id.0),
        fingerprint: Set(fingerprint),
        tenant_id: Set(refusal.tenant_id.map(i64::from)),
        search_key: Set(search_key([user.as_str(), &refusal.source, &user_agent])),
        sip_user: Set(user),
        source: Set(outside(&refusal.source)),
        user_agent: Set(user_agent),
        status: Set(i64::from(refusal.status)),
        count: Set(i64::try_from(refusal.count).unwrap_or(i64::MAX)),
        first_at: Set(refusal.first_at.0),
        last_at: Set(refusal.last_at.0),
        trace: Set(json(&refusal.trace)?),
    })
}

/// Row → noun.
fn noun(row: registration::Model) -> Result<Registration> {
    Ok(Registration {
        id: RegistrationId(row.id),
        tenant_id: TenantId(row.tenant_id),
        extension_id: ExtensionId(row.extension_id),
        number: row.number,
        contact: row.contact,
        transport: row.transport,
        source: row.source,
        user_agent: row.user_agent,
        instance: row.instance,
        reg_id: row.reg_id.and_then(|id| u32::try_from(id).ok()),
        path: from_json(&row.path)?,
        q: u16::try_from(row.q).unwrap_or_default(),
        call_id: row.call_id,
        cseq: u32::try_from(row.cseq).unwrap_or_default(),
        registered_at: Moment(row.registered_at),
        expires_at: Moment(row.expires_at),
        reachable: row.reachable,
    })
}

/// Noun → row. What is needed to reach the device is kept whole; only what is shown is bounded.
pub(crate) fn row(of: &Registration) -> Result<registration::ActiveModel> {
    let whole = |text: &str| text.replace('\0', "");
    let user_agent = outside(&of.user_agent);
    Ok(registration::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        extension_id: Set(of.extension_id.0),
        number: Set(whole(&of.number)),
        contact: Set(whole(&of.contact)),
        transport: Set(whole(&of.transport)),
        source: Set(whole(&of.source)),
        search_key: Set(outside(&search_key([of.number.as_str(), &of.contact, &of.source, &user_agent]))),
        user_agent: Set(user_agent),
        instance: Set(whole(&of.instance)),
        reg_id: Set(of.reg_id.map(i64::from)),
        path: Set(json(&of.path)?),
        q: Set(i64::from(of.q)),
        call_id: Set(whole(&of.call_id)),
        cseq: Set(i64::from(of.cseq)),
        registered_at: Set(of.registered_at.0),
        expires_at: Set(of.expires_at.0),
        reachable: Set(of.reachable),
    })
}
