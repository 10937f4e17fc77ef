//! SIP ladders: in pieces as the facts brought them, for so many days and so many calls of a tenant (LOG-04).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select, Set};
use shared::ladder::Ladder;
use shared::{CallId, ExtensionId, Moment, RefusalId, TenantId};

use crate::connect::Writing;
use crate::entity::{call, ladder_piece, refusal, refusal_ladder};
use crate::fact::chunks;
use crate::text::{from_json, json};
use crate::{Error, Result, Store, TenantStore};

/// The calls of one tenant whose ladders are kept; the oldest makes room.
pub(crate) const LADDERS_PER_TENANT_MAX: usize = 5_000;
/// The refused requests of the installation whose ladders are kept; the oldest makes room.
pub(crate) const REFUSAL_LADDERS_MAX: usize = 5_000;

/// The ladders of a batch.
#[derive(Default)]
pub(crate) struct Ladders<'a> {
    calls: BTreeMap<CallId, (TenantId, Moment, Cow<'a, Ladder>)>,
    refusals: BTreeMap<String, (Moment, &'a Ladder)>,
}

impl<'a> Ladders<'a> {
    /// A piece of a call's; those that follow each other become one.
    pub(crate) fn add(&mut self, tenant: TenantId, call: CallId, at: Moment, piece: &'a Ladder) {
        match self.calls.entry(call) {
            Entry::Vacant(entry) => {
                entry.insert((tenant, at, Cow::Borrowed(piece)));
            }
            Entry::Occupied(mut entry) => {
                let (_, latest, whole) = entry.get_mut();
                *latest = at;
                whole.to_mut().extend(piece.clone());
            }
        }
    }

    /// The last exchange of a refused request; one that nothing is known of leaves what was known before.
    pub(crate) fn add_refusal(&mut self, fingerprint: String, at: Moment, ladder: &'a Ladder) {
        if !ladder.messages.is_empty() {
            self.refusals.insert(fingerprint, (at, ladder));
        }
    }

    /// Whose they are.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = TenantId> {
        self.calls.values().map(|(tenant, ..)| *tenant)
    }

    /// Writes the calls' pieces; answers how many.
    pub(crate) async fn write_calls(&self, tx: &Writing, tenants: &BTreeSet<i64>) -> Result<u64> {
        let here = |(_, (tenant, ..)): &(&CallId, &(TenantId, Moment, Cow<'a, Ladder>))| tenants.contains(&tenant.0);
        let rows = self.calls.iter().filter(here).map(|(call, (tenant, at, ladder))| {
            let first = ladder.messages.first().map_or(0, |message| message.number);
            Ok(ladder_piece::ActiveModel {
                tenant_id: Set(tenant.0),
                call_id: Set(call.0),
                first: Set(i64::from(first)),
                at: Set(at.0),
                piece: Set(json(&**ladder)?),
            })
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let written = rows.len() as u64;
        for chunk in chunks(rows) {
            use ladder_piece::Column::{CallId, First, Piece, TenantId};
            let replace = OnConflict::columns([TenantId, CallId, First]).update_column(Piece).to_owned();
            ladder_piece::Entity::insert_many(chunk).on_conflict(replace).exec_without_returning(&**tx).await?;
        }
        Ok(written)
    }

    /// Writes those of the refusals that are there.
    pub(crate) async fn write_refusals(&self, tx: &Writing, present: &BTreeSet<String>) -> Result<()> {
        let here = self.refusals.iter().filter(|(fingerprint, _)| present.contains(*fingerprint));
        let rows = here.map(|(fingerprint, (at, ladder))| {
            Ok(refusal_ladder::ActiveModel {
                fingerprint: Set(fingerprint.clone()),
                at: Set(at.0),
                ladder: Set(json(*ladder)?),
            })
        });
        for chunk in chunks(rows.collect::<Result<Vec<_>>>()?) {
            use refusal_ladder::Column::{At, Fingerprint, Ladder};
            let replace = OnConflict::column(Fingerprint).update_columns([At, Ladder]).to_owned();
            refusal_ladder::Entity::insert_many(chunk).on_conflict(replace).exec_without_returning(&**tx).await?;
        }
        Ok(())
    }
}

/// Drops the oldest above the bounds: of these tenants, and of the refusals.
pub(crate) async fn trim(tx: &Writing, tenants: impl IntoIterator<Item = TenantId>) -> Result<()> {
    for tenant in tenants.into_iter().collect::<BTreeSet<_>>() {
        // Every ladder has one piece that begins with its first message.
        tx.execute_unprepared(&format!(
            "DELETE FROM ladder_piece WHERE tenant_id = {0} AND call_id <= \
             (SELECT call_id FROM ladder_piece WHERE tenant_id = {0} AND first = 1 \
              ORDER BY call_id DESC LIMIT 1 OFFSET {LADDERS_PER_TENANT_MAX})",
            tenant.0
        ))
        .await?;
    }
    tx.execute_unprepared(&format!(
        "DELETE FROM refusal_ladder WHERE at < \
         (SELECT at FROM refusal_ladder ORDER BY at DESC LIMIT 1 OFFSET {REFUSAL_LADDERS_MAX})"
    ))
    .await?;
    Ok(())
}

impl Store {
    /// The last exchange of any refused request.
    pub async fn refusal_ladder(&self, id: RefusalId) -> Result<Ladder> {
        of_refusal(&self.inner.db, refusal::Entity::find_by_id(id.0)).await
    }
}

impl TenantStore {
    /// What is kept of the messages of a call; empty where nothing is.
    pub async fn call_ladder(&self, id: CallId) -> Result<Ladder> {
        self.of_call(self.find_id::<call::Entity>(id.0)).await
    }

    /// The same of a call that an extension made or got, as its person may see it.
    pub async fn own_call_ladder(&self, extension: ExtensionId, id: CallId) -> Result<Ladder> {
        let own = self.find_id::<call::Entity>(id.0).filter(self.seen_calls(extension));
        Ok(self.of_call(own).await?.seen_by(extension))
    }

    /// The last exchange of a refused request of the tenant.
    pub async fn refusal_ladder(&self, id: RefusalId) -> Result<Ladder> {
        of_refusal(self.db(), self.find_id(id.0)).await
    }

    async fn of_call(&self, call: Select<call::Entity>) -> Result<Ladder> {
        let call = call.one(self.db()).await?.ok_or(Error::NotFound)?;
        let pieces = self.find_id::<ladder_piece::Entity>(call.id).order_by_asc(ladder_piece::Column::First);
        let mut ladder = Ladder::default();
        for row in pieces.all(self.db()).await? {
            ladder.extend(from_json(&row.piece)?);
        }
        Ok(ladder)
    }
}

async fn of_refusal(db: &sea_orm::DatabaseConnection, refusal: Select<refusal::Entity>) -> Result<Ladder> {
    let refusal = refusal.one(db).await?.ok_or(Error::NotFound)?;
    let kept = refusal_ladder::Entity::find().filter(refusal_ladder::Column::Fingerprint.eq(refusal.fingerprint));
    kept.one(db).await?.map_or_else(|| Ok(Ladder::default()), |row| from_json(&row.ladder))
}
