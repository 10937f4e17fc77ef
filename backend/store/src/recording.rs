//! Recordings of calls (REC-02…REC-07): who may see, hear and remove them, and how long they are kept. What is recorded comes as facts:
//! `recording_fact`.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use shared::activity::changes;
use shared::page::Direction;
use shared::recording::{
    DeleteOwnRecording, DeleteRecording, ListOwnRecordings, ListRecordings, Recording, RecordingPlace,
};
use shared::{CallId, ExtensionId, Moment, Page, RecordingId, SoundId, TenantId};

use crate::connect::Writing;
use crate::entity::{call, recording};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::text::{from_json, outside, search_key};
use crate::{Actor, Error, Result, Store, TenantStore};

/// Recordings that one transaction removes.
const PURGED_MAX: u64 = 5_000;

impl Store {
    /// The recordings of a tenant that go on, oldest first: after a crash the server mends their files and tells of their ends. A pause
    /// that went on ended with its call, where that has an end.
    pub async fn open_recordings(&self, tenant: TenantId) -> Result<Vec<Recording>> {
        let view = self.tenant(tenant);
        let open = view.find::<recording::Entity>().filter(recording::Column::Millis.is_null());
        let open = open.order_by_asc(recording::Column::Id).all(&self.inner.db).await?;
        let mut recordings: Vec<Recording> = open.into_iter().map(noun).collect();
        for one in &mut recordings {
            if one.pauses.last().is_none_or(|pause| pause.millis > 0) {
                continue;
            }
            let call = view.find_id::<call::Entity>(one.call_id.0).one(&self.inner.db).await?;
            if let Some(ended_at) = call.and_then(|call| call.ended_at) {
                end_pause(one, Moment(ended_at));
            }
        }
        Ok(recordings)
    }

    /// Removes the recordings that began by then and have ended, and then their files. Answers how many (REC-07).
    pub(crate) async fn purge_recordings(&self, now: Moment, until: Moment) -> Result<u64> {
        let mut count = 0;
        loop {
            let tx = self.write().await?;
            let old = recording::Entity::find().filter(recording::Column::StartedAt.lte(until.0));
            let old = old.filter(recording::Column::Millis.is_not_null());
            let old = old.order_by_asc(recording::Column::StartedAt).limit(PURGED_MAX).all(&*tx).await?;
            for some in crate::fact::chunks(old.iter().map(|row| row.id)) {
                recording::Entity::delete_many().filter(recording::Column::Id.is_in(some)).exec(&*tx).await?;
            }
            self.remove_objects(&tx, now, old.iter().filter_map(|row| row.object_key.clone()).collect()).await?;
            self.commit_weighed(tx, now, tenants_of(&old)).await?;
            for row in &old {
                self.remove_files([(TenantId(row.tenant_id), SoundId(row.sound_id))]).await;
            }
            count += old.len() as u64;
            if (old.len() as u64) < PURGED_MAX {
                return Ok(count);
            }
        }
    }
}

impl TenantStore {
    /// A page of the tenant's recordings, those that go on included, the latest first (REC-02).
    pub async fn list_recordings(&self, operation: &ListRecordings) -> Result<Page<Recording>> {
        let ListRecordings { search, extension_id, call_id, from, until, cursor, limit } = operation;
        let mut select = self.find::<recording::Entity>();
        if let Some(extension) = extension_id {
            select = select.filter(of(*extension));
        }
        if let Some(call) = call_id {
            select = select.filter(recording::Column::CallId.eq(call.0));
        }
        if let Some(from) = from {
            select = select.filter(recording::Column::StartedAt.gte(from.0));
        }
        if let Some(until) = until {
            select = select.filter(recording::Column::StartedAt.lt(until.0));
        }
        self.latest_recordings(select, search.as_deref(), Wanted { cursor: cursor.as_deref(), limit: *limit }).await
    }

    /// The recordings of calls that an extension made or got.
    pub async fn list_own_recordings(
        &self,
        own: ExtensionId,
        operation: &ListOwnRecordings,
    ) -> Result<Page<Recording>> {
        let ListOwnRecordings { search, cursor, limit } = operation;
        let select = self.find::<recording::Entity>().filter(of(own));
        self.latest_recordings(select, search.as_deref(), Wanted { cursor: cursor.as_deref(), limit: *limit }).await
    }

    /// The whole file of a recording that has ended; with `own`, of one of that extension's calls.
    pub async fn recording_file(&self, own: Option<ExtensionId>, id: RecordingId) -> Result<(Recording, Vec<u8>)> {
        let row = self.recording_for(own, id).one(self.db()).await?.ok_or(Error::NotFound)?;
        check_ended(&row)?;
        let pieces = self.recording_pieces(&row).await?;
        Ok((noun(row), pieces.try_concat().await?))
    }

    /// The same file piece by piece, for somebody who listens: it counts as heard from the first time on, and the log says each time who
    /// has listened (REC-03, REC-04). `operation` is what the log calls it.
    pub async fn hear_recording(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &str,
        own: Option<ExtensionId>,
        id: RecordingId,
    ) -> Result<(Recording, impl Stream<Item = Result<Vec<u8>>> + Send + 'static)> {
        let row = self.recording_for(own, id).one(self.db()).await?.ok_or(Error::NotFound)?;
        check_ended(&row)?;
        let pieces = self.recording_pieces(&row).await?;
        let tx = self.store.write().await?;
        self.update_id::<recording::Entity>(id.0)
            .col_expr(recording::Column::HeardAt, Expr::value(now.0))
            .filter(recording::Column::HeardAt.is_null())
            .exec(&*tx)
            .await?;
        self.note(&tx, now, actor, operation, format!("listened to a {}", named(&row))).await?;
        tx.commit().await?;
        let heard_at = row.heard_at.or(Some(now.0));
        Ok((noun(recording::Model { heard_at, ..row }), pieces))
    }

    /// Removes a recording for good (REC-03).
    pub async fn delete_recording(&self, now: Moment, actor: &Actor, operation: &DeleteRecording) -> Result<()> {
        let tx = self.store.write().await?;
        self.remove_recording(tx, now, actor, "DeleteRecording", None, operation.recording_id).await
    }

    /// Removes a recording of an extension's call for good; `Forbidden` where the company keeps them (REC-06).
    pub async fn delete_own_recording(
        &self,
        now: Moment,
        actor: &Actor,
        own: ExtensionId,
        operation: &DeleteOwnRecording,
    ) -> Result<()> {
        let tx = self.store.write().await?;
        let options = self.lock(&tx).await?.options;
        let id = operation.recording_id;
        // What is none of the person's business is not found, whatever the company allows.
        self.recording_for(Some(own), id).one(&*tx).await?.ok_or(Error::NotFound)?;
        if !options.delete_own_recordings {
            return Err(Error::Forbidden("Your company keeps its recordings. Only its administrators remove them."));
        }
        self.remove_recording(tx, now, actor, "DeleteOwnRecording", Some(own), id).await
    }

    async fn remove_recording(
        &self,
        tx: Writing,
        now: Moment,
        actor: &Actor,
        operation: &str,
        own: Option<ExtensionId>,
        id: RecordingId,
    ) -> Result<()> {
        let row = self.recording_for(own, id).lock_exclusive().one(&*tx).await?.ok_or(Error::NotFound)?;
        check_ended(&row)?;
        recording::Entity::delete_by_id(id.0).exec(&*tx).await?;
        let (subject, sound) = (named(&row), SoundId(row.sound_id));
        self.store.remove_objects(&tx, now, row.object_key.iter().cloned().collect()).await?;
        self.note_change(&tx, now, actor, operation, subject, &changes(Some(&noun(row)), None)).await?;
        self.commit_weighed(tx, now).await?;
        self.store.remove_files([(self.id, sound)]).await;
        Ok(())
    }

    /// What is in its file, from where it lies. It may be moved just now: then the row says so when the file is gone.
    async fn recording_pieces(&self, row: &recording::Model) -> Result<BoxStream<'static, Result<Vec<u8>>>> {
        if let Some(key) = &row.object_key {
            return self.store.read_object(key).await;
        }
        match self.store.files()?.pieces(self.id, SoundId(row.sound_id)).await {
            Ok(pieces) => Ok(pieces.boxed()),
            Err(Error::NotFound) => {
                let fresh = self.find_id::<recording::Entity>(row.id).one(self.db()).await?;
                let key = fresh.and_then(|row| row.object_key).ok_or(Error::NotFound)?;
                self.store.read_object(&key).await
            }
            Err(error) => Err(error),
        }
    }

    fn recording_for(&self, own: Option<ExtensionId>, id: RecordingId) -> Select<recording::Entity> {
        let select = self.find_id::<recording::Entity>(id.0);
        match own {
            Some(own) => select.filter(of(own)),
            None => select,
        }
    }

    async fn latest_recordings(
        &self,
        mut select: Select<recording::Entity>,
        search: Option<&str>,
        wanted: Wanted<'_>,
    ) -> Result<Page<Recording>> {
        if let Some(found) = contains(recording::Column::SearchKey, search) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "recording",
            column: recording::Column::StartedAt,
            id: recording::Column::Id,
            direction: Direction::Descending,
        };
        let key = |row: &recording::Model| (Key::Number(row.started_at), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, |row| Ok(noun(row)))
    }
}

/// Whose they are, each once.
fn tenants_of(rows: &[recording::Model]) -> BTreeSet<TenantId> {
    rows.iter().map(|row| TenantId(row.tenant_id)).collect()
}

/// Those of calls that an extension made or got.
fn of(extension: ExtensionId) -> Condition {
    let ends = [recording::Column::CallerExtensionId, recording::Column::CalleeExtensionId];
    ends.into_iter().fold(Condition::any(), |any, end| any.add(end.eq(extension.0)))
}

/// What goes on is the switch's: it writes the file still.
fn check_ended(row: &recording::Model) -> Result<()> {
    match row.millis {
        Some(_) => Ok(()),
        None => {
            let reason = "The call is still recorded. Wait for its end.".to_owned();
            Err(Error::Conflict { field: "recording_id", reason })
        }
    }
}

/// As the log calls it.
fn named(row: &recording::Model) -> String {
    format!("recording of the call from {} to {} ({})", row.caller, row.callee, CallId(row.call_id))
}

/// Gives the pause that goes on its length, up to that moment.
fn end_pause(recording: &mut Recording, ended_at: Moment) {
    let before: u64 = recording.pauses.iter().map(|pause| pause.millis).sum();
    let Some(pause) = recording.pauses.last_mut() else { return };
    let since = recording.started_at + Duration::from_millis(before.saturating_add(pause.at_millis));
    pause.millis = u64::try_from(ended_at.since(since).as_millis()).unwrap_or(u64::MAX);
}

/// A count, for its column.
pub(crate) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Row → noun.
pub(crate) fn noun(row: recording::Model) -> Recording {
    let place = if row.object_key.is_some() { RecordingPlace::ObjectStorage } else { RecordingPlace::Server };
    let pauses = row.pauses.as_deref().map(from_json).transpose().unwrap_or_else(|error| {
        tracing::error!(recording = row.id, %error, "the pauses of a recording are unreadable");
        None
    });
    let count = |value: Option<i64>| value.map(|value| u64::try_from(value).unwrap_or(0));
    Recording {
        id: RecordingId(row.id),
        tenant_id: TenantId(row.tenant_id),
        call_id: CallId(row.call_id),
        caller: row.caller,
        caller_name: row.caller_name,
        callee: row.callee,
        callee_name: row.callee_name,
        caller_extension_id: row.caller_extension_id.map(ExtensionId),
        callee_extension_id: row.callee_extension_id.map(ExtensionId),
        started_at: Moment(row.started_at),
        millis: count(row.millis),
        bytes: count(row.bytes),
        tracks: u8::try_from(row.tracks).unwrap_or(1),
        heard_at: row.heard_at.map(Moment),
        sha256: row.sha256,
        sound_id: SoundId(row.sound_id),
        place,
        pauses: pauses.unwrap_or_default(),
    }
}

/// Noun → row, as it is while the call is recorded.
pub(crate) fn begun(tenant: TenantId, of: &Recording) -> recording::ActiveModel {
    recording::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(tenant.0),
        call_id: Set(of.call_id.0),
        caller: Set(outside(&of.caller)),
        caller_name: Set(outside(&of.caller_name)),
        callee: Set(outside(&of.callee)),
        callee_name: Set(outside(&of.callee_name)),
        caller_extension_id: Set(of.caller_extension_id.map(i64::from)),
        callee_extension_id: Set(of.callee_extension_id.map(i64::from)),
        started_at: Set(of.started_at.0),
        millis: Set(None),
        bytes: Set(None),
        tracks: Set(i64::from(of.tracks)),
        heard_at: Set(None),
        sha256: Set(None),
        sound_id: Set(of.sound_id.0),
        search_key: Set(outside(&search_key([of.caller.as_str(), &of.caller_name, &of.callee, &of.callee_name]))),
        pauses: Set(None),
        object_key: Set(None),
    }
}
