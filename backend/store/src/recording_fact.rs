//! Recordings that begin, are paused and end become rows. A part of `fact`: the same twice leaves what it left once.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use shared::fact::{Fact, TenantFact};
use shared::recording::{Recording, RecordingPause};
use shared::{RecordingId, SoundId, TenantId};

use crate::connect::Writing;
use crate::entity::recording;
use crate::fact::chunks;
use crate::recording::{begun, count};
use crate::text::json;
use crate::{Result, Store};

/// What a batch says of recordings: one end each, however many facts led to it.
#[derive(Default)]
pub(crate) struct Recordings<'a> {
    all: BTreeMap<(TenantId, RecordingId), Fate<'a>>,
}

/// What becomes of one recording.
#[derive(Default)]
struct Fate<'a> {
    begun: Option<&'a Recording>,
    /// The pauses until the last fact that told of them.
    paused: Option<&'a [RecordingPause]>,
    ended: Option<Ended<'a>>,
}

struct Ended<'a> {
    sound: SoundId,
    millis: u64,
    pauses: &'a [RecordingPause],
    /// Its bytes and its SHA-256; none where there is no file.
    file: Option<(u64, String)>,
}

impl<'a> Recordings<'a> {
    pub(crate) fn add(&mut self, fact: &'a TenantFact) {
        let Some(tenant) = fact.tenant_id else { return };
        match &fact.fact {
            Fact::RecordingBegun { recording } => self.fate(tenant, recording.id).begun = Some(recording),
            Fact::RecordingPaused { recording_id, pauses } => self.fate(tenant, *recording_id).paused = Some(pauses),
            Fact::RecordingEnded { recording_id, sound_id, millis, pauses, .. } => {
                let ended = Ended { sound: *sound_id, millis: *millis, pauses, file: None };
                self.fate(tenant, *recording_id).ended = Some(ended);
            }
            _ => {}
        }
    }

    fn fate(&mut self, tenant: TenantId, id: RecordingId) -> &mut Fate<'a> {
        self.all.entry((tenant, id)).or_default()
    }

    /// Measures the files of what has ended. Before the transaction: a long file must not hold up whoever writes.
    pub(crate) async fn measure(&mut self, store: &Store) {
        let Ok(files) = store.files() else { return };
        for ((tenant, id), fate) in &mut self.all {
            let Some(ended) = &mut fate.ended else { continue };
            match files.digest(*tenant, ended.sound).await {
                Ok(file) => ended.file = Some(file),
                Err(error) => tracing::warn!(%tenant, recording = %id, %error, "the file of a recording was not read"),
            }
        }
    }

    /// The tenants that must be there for it.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = TenantId> {
        self.all.keys().map(|(tenant, _)| *tenant)
    }

    /// Answers those that have ended for the first time, and have a file.
    pub(crate) async fn write(&self, tx: &Writing, tenants: &BTreeSet<i64>) -> Result<Vec<(TenantId, RecordingId)>> {
        let mut whole = Vec::new();
        let here = self.all.iter().filter(|((tenant, _), _)| tenants.contains(&tenant.0));
        let rows = here.clone().filter_map(|((tenant, _), fate)| Some(begun(*tenant, fate.begun?)));
        for chunk in chunks(rows) {
            let keep_first = OnConflict::column(recording::Column::Id).do_nothing().to_owned();
            let insert = recording::Entity::insert_many(chunk).on_conflict(keep_first);
            insert.exec_without_returning(&**tx).await?;
        }
        for ((tenant, id), fate) in here {
            let Some(ended) = &fate.ended else {
                self.pause(tx, *tenant, *id, fate).await?;
                continue;
            };
            let (bytes, sha256) = ended.file.clone().unzip();
            let has_file = bytes.is_some();
            let pauses = column(ended.pauses)?;
            let done = recording::Entity::update_many()
                .col_expr(recording::Column::Pauses, Expr::value(pauses))
                .col_expr(recording::Column::Millis, Expr::value(count(ended.millis)))
                .col_expr(recording::Column::Bytes, Expr::value(bytes.map(count)))
                .col_expr(recording::Column::Sha256, Expr::value(sha256))
                .filter(recording::Column::TenantId.eq(tenant.0))
                .filter(recording::Column::Id.eq(id.0))
                .filter(recording::Column::Millis.is_null())
                .exec(&**tx)
                .await?;
            if has_file && done.rows_affected > 0 {
                whole.push((*tenant, *id));
            }
        }
        Ok(whole)
    }

    /// Notes the pauses of a recording that goes on; what its end said of them stays.
    async fn pause(&self, tx: &Writing, tenant: TenantId, id: RecordingId, fate: &Fate<'_>) -> Result<()> {
        let Some(pauses) = fate.paused else { return Ok(()) };
        recording::Entity::update_many()
            .col_expr(recording::Column::Pauses, Expr::value(column(pauses)?))
            .filter(recording::Column::TenantId.eq(tenant.0))
            .filter(recording::Column::Id.eq(id.0))
            .filter(recording::Column::Millis.is_null())
            .exec(&**tx)
            .await?;
        Ok(())
    }
}

/// Pauses, for their column.
fn column(pauses: &[RecordingPause]) -> Result<Option<String>> {
    if pauses.is_empty() { Ok(None) } else { json(&pauses).map(Some) }
}
