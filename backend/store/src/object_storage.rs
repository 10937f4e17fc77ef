//! The object storage, sealed, and the recordings that lie in it (REC-08). Who speaks with it is handed in (`Bucket`): the store knows rows
//! and names, no protocol.
//!
//! **Invariant:** a file goes after its row says where the other copy lies, and that copy was read back whole before.
//! **Invariant:** an object that no row names any more has a job that removes it, stored in the transaction that took the row away.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use shared::activity::changes;
use shared::object_storage::{ObjectStorage, ObjectStorageForm, UpdateObjectStorage};
use shared::recording::Recording;
use shared::{Moment, RecordingId, SoundId, TenantId};

use crate::connect::Writing;
use crate::entity::{recording, setting};
use crate::text::{from_json, json};
use crate::{Actor, Error, Job, Result, Store, TenantStore};

const NAME: &str = "object_storage";
const PLACE: &str = "setting/object_storage";
/// Names of objects that one job removes.
pub(crate) const OBJECTS_REMOVED_MAX: usize = 50;
/// Recordings for which jobs are stored at a time when the storage comes into use.
const MOVED_MAX: u64 = 1_000;

/// The storage with its secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredObjectStorage {
    /// Are recordings moved there?
    pub enabled: bool,
    /// The address of the server; empty means that there is none.
    pub endpoint: String,
    /// Its region.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// What the names of all objects begin with.
    pub prefix: String,
    /// The access key.
    pub access_key: String,
    /// The secret to it.
    pub secret: String,
    /// Does the bucket stand in the path?
    pub path_style: bool,
    /// May the way there be in the clear?
    pub allow_http: bool,
}

impl std::fmt::Debug for StoredObjectStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredObjectStorage({}/{}, ***)", self.endpoint, self.bucket)
    }
}

impl StoredObjectStorage {
    /// Is there one?
    pub fn is_set(&self) -> bool {
        !self.endpoint.is_empty()
    }

    /// What the names of a tenant's objects begin with.
    pub fn of_tenant(&self, tenant: TenantId) -> String {
        format!("{}{}/", self.prefix, tenant.0)
    }

    /// The name of a recording's object: the same each time, so that whoever tries again writes the same.
    pub fn key(&self, tenant: TenantId, recording: RecordingId) -> String {
        format!("{}{}.opus", self.of_tenant(tenant), recording.0)
    }

    /// Without the secret; counts are left empty.
    fn noun(&self) -> ObjectStorage {
        let Self { enabled, endpoint, region, bucket, prefix, access_key, secret, path_style, allow_http } =
            self.clone();
        let has_secret = !secret.is_empty();
        ObjectStorage {
            enabled,
            endpoint,
            region,
            bucket,
            prefix,
            access_key,
            has_secret,
            path_style,
            allow_http,
            recordings: 0,
            waiting: 0,
        }
    }

    /// As it is after the form. A secret is kept for the server that it was for: nobody gets it sent elsewhere by naming another.
    fn changed(&self, form: &ObjectStorageForm) -> Result<Self> {
        Error::check(form.check())?;
        let word = |text: &str| text.trim().to_owned();
        let endpoint = form.endpoint.trim().trim_end_matches('/').to_owned();
        if endpoint.is_empty() {
            return Ok(Self::default());
        }
        let secret = match form.secret.as_deref().filter(|secret| !secret.is_empty()) {
            Some(secret) => secret.to_owned(),
            None if !self.secret.is_empty() && self.endpoint == endpoint => self.secret.clone(),
            None => return Err(Error::field("secret", "Enter the secret that belongs to the access key.")),
        };
        let mut prefix = form.prefix.trim().trim_start_matches('/').to_owned();
        if !prefix.is_empty() && !prefix.ends_with('/') {
            prefix.push('/');
        }
        Ok(Self {
            enabled: form.enabled,
            endpoint,
            region: word(&form.region),
            bucket: word(&form.bucket),
            prefix,
            access_key: word(&form.access_key),
            secret,
            path_style: form.path_style,
            allow_http: form.allow_http,
        })
    }

    /// Do the same names lead to the same objects?
    fn is_same_place(&self, other: &Self) -> bool {
        (&self.endpoint, &self.bucket, &self.prefix) == (&other.endpoint, &other.bucket, &other.prefix)
    }

    fn told(&self) -> serde_json::Value {
        serde_json::to_value(self.noun()).unwrap_or_default()
    }
}

/// Whoever speaks with the storage. What fails says so as [`Error::Files`]; an object that is not there is [`Error::NotFound`].
pub trait Bucket: Send + Sync {
    /// Writes, reads and removes a small object; in one sentence what stands in the way.
    fn test(&self, of: &StoredObjectStorage) -> BoxFuture<'static, std::result::Result<(), String>>;

    /// What is in an object, piece by piece.
    fn read(
        &self,
        of: &StoredObjectStorage,
        key: &str,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<Vec<u8>>>>>;
}

/// A recording that is to be moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The recording.
    pub recording: Recording,
    /// To where.
    pub storage: StoredObjectStorage,
    /// Under which name.
    pub key: String,
}

impl Store {
    /// Reads what lies in the object storage through this.
    pub fn with_bucket(self, bucket: Arc<dyn Bucket>) -> Self {
        let _ = self.inner.bucket.set(bucket);
        self
    }

    /// The storage, its secret included.
    pub async fn object_storage(&self) -> Result<StoredObjectStorage> {
        self.object_storage_in(&self.inner.db).await
    }

    /// The storage, and how many recordings lie there and here.
    pub async fn get_object_storage(&self) -> Result<ObjectStorage> {
        let recordings = recording::Entity::find().filter(recording::Column::ObjectKey.is_not_null());
        Ok(ObjectStorage {
            recordings: recordings.count(&self.inner.db).await?,
            waiting: here().count(&self.inner.db).await?,
            ..self.object_storage().await?.noun()
        })
    }

    /// The storage of a form that is only tried out, with the secret that is kept for it.
    pub async fn object_storage_to_test(&self, form: &ObjectStorageForm) -> Result<StoredObjectStorage> {
        let storage = self.object_storage().await?.changed(form)?;
        match storage.is_set() {
            true => Ok(storage),
            false => Err(Error::field("endpoint", "A test needs a server.")),
        }
    }

    /// Tries a storage out; in one sentence what stands in the way.
    pub async fn test_object_storage(&self, of: &StoredObjectStorage) -> std::result::Result<(), String> {
        match self.inner.bucket.get() {
            Some(bucket) => bucket.test(of).await,
            None => Err("This server cannot speak with object storages.".to_owned()),
        }
    }

    /// Sets the storage. Where recordings lie in it, it stays the same place. What has ended before is moved too.
    pub async fn update_object_storage(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateObjectStorage,
    ) -> Result<ObjectStorage> {
        let tx = self.write().await?;
        let before = self.lock_object_storage(&tx).await?;
        let after = before.changed(&operation.form)?;
        let moved = recording::Entity::find().filter(recording::Column::ObjectKey.is_not_null()).count(&*tx).await?;
        if moved > 0 && !before.is_same_place(&after) {
            let reason = format!("{moved} recordings lie in {}: they would not be found any more.", before.bucket);
            return Err(Error::Conflict { field: "endpoint", reason });
        }
        let value = self.inner.keys.seal(PLACE, &json(&after)?)?;
        let row = setting::ActiveModel { name: Set(NAME.to_owned()), value: Set(value) };
        let replace = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
        setting::Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx).await?;
        let changed = changes(Some(&before.told()), Some(&after.told()));
        self.note_change(&tx, now, actor, None, "UpdateObjectStorage", "object storage".to_owned(), &changed).await?;
        if after.enabled && !before.enabled {
            self.move_all(&tx, now).await?;
        }
        tx.commit().await?;
        self.get_object_storage().await
    }

    async fn object_storage_in<C: ConnectionTrait>(&self, db: &C) -> Result<StoredObjectStorage> {
        self.open_object_storage(setting::Entity::find_by_id(NAME).one(db).await?)
    }

    /// As it stands until the transaction ends: where recordings go is not changed while one is noted as moved.
    async fn lock_object_storage(&self, tx: &Writing) -> Result<StoredObjectStorage> {
        self.open_object_storage(setting::Entity::find_by_id(NAME).lock_exclusive().one(&**tx).await?)
    }

    fn open_object_storage(&self, row: Option<setting::Model>) -> Result<StoredObjectStorage> {
        match row {
            Some(row) => from_json(&self.inner.keys.open(PLACE, &row.value)?),
            None => Ok(StoredObjectStorage::default()),
        }
    }

    /// Has these recordings, which have just ended, moved where that is wanted.
    pub(crate) async fn move_recordings(
        &self,
        tx: &Writing,
        now: Moment,
        ended: Vec<(TenantId, RecordingId)>,
    ) -> Result<()> {
        if ended.is_empty() || !self.object_storage_in(&**tx).await?.enabled {
            return Ok(());
        }
        for (tenant, recording_id) in ended {
            self.insert_job(tx, now, Some(tenant), &Job::MoveRecording { recording_id }).await?;
        }
        Ok(())
    }

    /// Has all recordings moved that have ended and lie here.
    async fn move_all(&self, tx: &Writing, now: Moment) -> Result<()> {
        let mut after = i64::MIN;
        loop {
            let some = here().filter(recording::Column::Id.gt(after));
            let some = some.order_by_asc(recording::Column::Id).limit(MOVED_MAX).all(&**tx).await?;
            let Some(last) = some.last() else { return Ok(()) };
            after = last.id;
            let ids = some.iter().map(|row| (TenantId(row.tenant_id), RecordingId(row.id))).collect();
            self.move_recordings(tx, now, ids).await?;
        }
    }

    /// Has objects removed that no row names any more.
    pub(crate) async fn remove_objects(&self, tx: &Writing, now: Moment, keys: Vec<String>) -> Result<()> {
        for some in keys.chunks(OBJECTS_REMOVED_MAX) {
            self.insert_job(tx, now, None, &Job::RemoveObjects { keys: some.to_vec() }).await?;
        }
        Ok(())
    }

    /// Has all objects of a tenant removed that is no more.
    pub(crate) async fn remove_all_objects(&self, tx: &Writing, now: Moment, tenant: TenantId) -> Result<()> {
        if self.object_storage_in(&**tx).await?.is_set() {
            self.insert_job(tx, now, None, &Job::RemoveTenantObjects { tenant_id: tenant }).await?;
        }
        Ok(())
    }

    pub(crate) async fn read_object(&self, key: &str) -> Result<BoxStream<'static, Result<Vec<u8>>>> {
        let storage = self.object_storage().await?;
        match self.inner.bucket.get() {
            Some(bucket) if storage.is_set() => bucket.read(&storage, key).await,
            _ => Err(Error::Files("no object storage is set".to_owned())),
        }
    }
}

impl TenantStore {
    /// What is to be moved of a recording, and to where; none where nothing is: it is gone, goes on, is there already, has no file, or nobody
    /// wants it moved any more.
    pub async fn recording_to_move(&self, id: RecordingId) -> Result<Option<Move>> {
        let storage = self.store.object_storage().await?;
        let row = self.find_id::<recording::Entity>(id.0).filter(recording::Column::ObjectKey.is_null());
        let row = row.filter(recording::Column::Bytes.is_not_null()).one(self.db()).await?;
        let Some(row) = row.filter(|_| storage.enabled) else { return Ok(None) };
        let key = storage.key(self.id, id);
        Ok(Some(Move { recording: crate::recording::noun(row), storage, key }))
    }

    /// Where an object of a recording may lie that no row names: a move was cut short, and nothing is to be moved any more. None where the
    /// row names it, or no storage is set.
    pub async fn object_left(&self, id: RecordingId) -> Result<Option<(StoredObjectStorage, String)>> {
        let storage = self.store.object_storage().await?;
        let named = self.find_id::<recording::Entity>(id.0).filter(recording::Column::ObjectKey.is_not_null());
        if !storage.is_set() || named.one(self.db()).await?.is_some() {
            return Ok(None);
        }
        let key = storage.key(self.id, id);
        Ok(Some((storage, key)))
    }

    /// A recording lies there from now on; its file here goes. Where the row is gone meanwhile, the object is removed. `Files` where the
    /// storage was set anew while it was on its way: it would not be found.
    pub async fn recording_moved(&self, now: Moment, of: &Move) -> Result<()> {
        let tx = self.store.write().await?;
        if !self.store.lock_object_storage(&tx).await?.is_same_place(&of.storage) {
            return Err(Error::Files("the object storage was set anew meanwhile".to_owned()));
        }
        let now_there = self
            .update_id::<recording::Entity>(of.recording.id.0)
            .col_expr(recording::Column::ObjectKey, Expr::value(Some(of.key.clone())))
            .filter(recording::Column::ObjectKey.is_null())
            .exec(&*tx)
            .await?;
        let known = now_there.rows_affected > 0
            || self.find_id::<recording::Entity>(of.recording.id.0).one(&*tx).await?.is_some();
        if !known {
            self.store.remove_objects(&tx, now, vec![of.key.clone()]).await?;
        }
        tx.commit().await?;
        self.store.remove_files([(self.id, of.recording.sound_id)]).await;
        Ok(())
    }

    /// Where the file of a recording lies here, for whoever moves it.
    pub fn sound_path(&self, sound: SoundId) -> Result<std::path::PathBuf> {
        Ok(self.store.files()?.path(self.id, sound))
    }
}

/// Recordings that have ended and whose files lie here. One whose file was lost has nothing that could be moved.
fn here() -> sea_orm::Select<recording::Entity> {
    let here = recording::Entity::find().filter(recording::Column::ObjectKey.is_null());
    here.filter(recording::Column::Bytes.is_not_null())
}
