//! Room for sounds (T-05, STO-01). The sums of a tenant are its row in `storage`, which the database's own triggers keep in the transaction
//! of every row of a sound; here is read whether they reach the limit, and what follows: one event and one mail to each administrator
//! each time, and a plan that says so to the switch.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use shared::event::{EventCode, NewEvent};
use shared::storage::{GetTenantStorage, MEGABYTE, Storage, megabytes};
use shared::{Moment, Role, SoundId, TenantId};

use crate::connect::Writing;
use crate::entity::{account, storage, tenant, voicemail};
use crate::recording::count;
use crate::text::word;
use crate::{Change, Error, Job, Result, Store, TenantStore};

/// Administrators who are mailed.
const MAILED_MAX: u64 = 100;
/// Messages that one purge measures.
const MEASURED_MAX: u64 = 5_000;

impl Store {
    /// How much room a tenant takes.
    pub async fn get_tenant_storage(&self, operation: &GetTenantStorage) -> Result<Storage> {
        self.tenant(operation.tenant_id).get_own_storage().await
    }

    /// Measures messages of which nobody knows how much they take, such as those of an earlier version, and looks whether anybody's room
    /// is used up or free again.
    pub(crate) async fn weigh_all(&self, now: Moment) -> Result<()> {
        let unmeasured = voicemail::Entity::find().filter(voicemail::Column::Bytes.is_null());
        let unmeasured = unmeasured.filter(voicemail::Column::Millis.is_not_null()).limit(MEASURED_MAX);
        let unmeasured = unmeasured.all(&self.inner.db).await?;
        let mut sizes = Vec::new();
        for row in unmeasured {
            sizes.push((row.id, self.size_of(TenantId(row.tenant_id), SoundId(row.sound_id)).await));
        }
        let tx = self.write().await?;
        for (id, bytes) in sizes {
            voicemail::Entity::update_many()
                .col_expr(voicemail::Column::Bytes, Expr::value(count(bytes)))
                .filter(voicemail::Column::Id.eq(id))
                .filter(voicemail::Column::Bytes.is_null())
                .exec(&*tx)
                .await?;
        }
        let all = storage::Entity::find().select_only().column(storage::Column::TenantId);
        let all: Vec<i64> = all.into_tuple().all(&*tx).await?;
        self.commit_weighed(tx, now, all.into_iter().map(TenantId)).await
    }

    /// How many bytes a sound has; none where it is not there.
    pub(crate) async fn size_of(&self, tenant: TenantId, sound: SoundId) -> u64 {
        match self.files() {
            Ok(files) => files.size(tenant, sound).await.unwrap_or(0),
            Err(_) => 0,
        }
    }

    /// Commits what may have changed the sums of these tenants.
    pub(crate) async fn commit_weighed(
        &self,
        tx: Writing,
        now: Moment,
        tenants: impl IntoIterator<Item = TenantId>,
    ) -> Result<()> {
        let changed = self.weigh(&tx, now, tenants).await?;
        tx.commit().await?;
        changed.into_iter().for_each(|tenant| self.tell(Change::TenantChanged(tenant)));
        Ok(())
    }

    /// Looks whether the room of these tenants is used up or free again, and notes it; those whose plan is another now.
    pub(crate) async fn weigh(
        &self,
        tx: &Writing,
        now: Moment,
        tenants: impl IntoIterator<Item = TenantId>,
    ) -> Result<Vec<TenantId>> {
        let mut changed = Vec::new();
        for some in crate::fact::chunks(tenants.into_iter().map(|id| id.0)) {
            let companies = tenant::Entity::find().filter(tenant::Column::Id.is_in(some.iter().copied()));
            let rows = storage::Entity::find().filter(storage::Column::TenantId.is_in(some));
            let (companies, rows) = (companies.all(&**tx).await?, rows.all(&**tx).await?);
            for row in rows {
                let Some(company) = companies.iter().find(|company| company.id == row.tenant_id) else { continue };
                let state = noun(&row, company);
                if state.is_full() != state.full_since.is_some() {
                    self.note_room(tx, now, company, &state).await?;
                    changed.push(TenantId(company.id));
                }
            }
        }
        Ok(changed)
    }

    /// Its room is used up, or free again.
    async fn note_room(&self, tx: &Writing, now: Moment, company: &tenant::Model, state: &Storage) -> Result<()> {
        let id = TenantId(company.id);
        let full = state.is_full();
        storage::Entity::update_many()
            .col_expr(storage::Column::FullSince, Expr::value(full.then_some(now.0)))
            .filter(storage::Column::TenantId.eq(id.0))
            .exec(&**tx)
            .await?;
        let value = match state.bytes_max {
            Some(max) => format!("{} of {}", megabytes(state.used()), megabytes(max)),
            None => megabytes(state.used()),
        };
        let code = if full { EventCode::StorageFull } else { EventCode::StorageFree };
        self.note_event(tx, now, NewEvent::of(id, code, &value)).await?;
        if full && self.outgoing_in(&**tx, Some(id)).await?.is_some() {
            for to in self.tenant(id).administrators(tx).await? {
                let job = Job::SendEmail { to, subject: subject(&company.name), text: text(&company.name, &value) };
                self.insert_job(tx, now, Some(id), &job).await?;
            }
        }
        Ok(())
    }
}

impl TenantStore {
    /// How much room the tenant takes, and how much it may.
    pub async fn get_own_storage(&self) -> Result<Storage> {
        self.storage_in(self.db()).await
    }

    /// Is there room for so many bytes more? Else the refusal, of this field.
    pub(crate) async fn admit_bytes(&self, tx: &Writing, field: &str, bytes: u64) -> Result<()> {
        let state = self.storage_in(&**tx).await?;
        match (state.has_room(bytes), state.bytes_max) {
            (false, Some(max)) => {
                let reason = format!(
                    "It takes {}, and {} of the company's {} are in use. Delete recordings, messages or prompts first.",
                    megabytes(bytes),
                    megabytes(state.used()),
                    megabytes(max)
                );
                Err(Error::field(field, &reason))
            }
            _ => Ok(()),
        }
    }

    /// Is there any room left? Else the refusal, of this field.
    pub(crate) async fn admit_any<C: ConnectionTrait>(&self, db: &C, field: &str) -> Result<()> {
        let state = self.storage_in(db).await?;
        match (state.has_room(1), state.bytes_max) {
            (false, Some(max)) => {
                let (used, max) = (megabytes(state.used()), megabytes(max));
                let reason =
                    format!("{used} of the company's {max} are in use. Delete recordings, messages or prompts first.");
                Err(Error::field(field, &reason))
            }
            _ => Ok(()),
        }
    }

    /// Commits what may have changed the tenant's sums.
    pub(crate) async fn commit_weighed(&self, tx: Writing, now: Moment) -> Result<()> {
        self.store.commit_weighed(tx, now, [self.id]).await
    }

    async fn storage_in<C: ConnectionTrait>(&self, db: &C) -> Result<Storage> {
        let company = self.find::<tenant::Entity>().one(db).await?.ok_or(Error::NotFound)?;
        let row = self.find::<storage::Entity>().one(db).await?.ok_or(Error::NotFound)?;
        Ok(noun(&row, &company))
    }

    /// The addresses of its administrators.
    async fn administrators(&self, tx: &Writing) -> Result<Vec<String>> {
        let select = self.find::<account::Entity>().filter(account::Column::Role.eq(word(&Role::TenantAdmin)?));
        let rows = select.order_by_asc(account::Column::Id).limit(MAILED_MAX).all(&**tx).await?;
        Ok(rows.into_iter().map(|row| row.email).collect())
    }
}

fn subject(company: &str) -> String {
    format!("No room left for recordings and messages of {company}")
}

fn text(company: &str, value: &str) -> String {
    format!(
        "The recordings, voice messages and prompts of {company} take {value}.\n\nUntil there is room again no call is recorded, \
         mailboxes take no messages, and no sound can be uploaded. What is recorded just now goes on to its end. Calls are not \
         affected otherwise.\n\nDelete what is not needed any more, or ask your provider for more room. The page Storage shows what \
         takes how much.\n"
    )
}

/// Rows → noun.
fn noun(row: &storage::Model, company: &tenant::Model) -> Storage {
    // A sum below nothing would be a fault of the triggers; it is no reason to refuse anything.
    let bytes = |sum: i64| u64::try_from(sum).unwrap_or(0);
    Storage {
        bytes_max: company.disk_megabytes_max.map(|megabytes| bytes(megabytes).saturating_mul(MEGABYTE)),
        recordings: bytes(row.recordings),
        voicemails: bytes(row.voicemails),
        prompts: bytes(row.prompts),
        full_since: row.full_since.map(Moment),
    }
}
