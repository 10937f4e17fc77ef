//! Subscriptions of phones, as the facts told of them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use shared::subscription::Subscription;
use shared::{ExtensionId, Moment, SubscriptionId, TenantId};

use crate::connect::Writing;
use crate::entity::subscription;
use crate::fact::{chunks, present_extensions};
use crate::text::{from_json, json};
use crate::{Result, Store, bulk};

impl Store {
    /// All subscriptions of a tenant, for the switch to begin with; it drops those that have run out.
    pub async fn subscriptions(&self, tenant: TenantId) -> Result<Vec<Subscription>> {
        let rows = self.tenant(tenant).find::<subscription::Entity>().order_by_asc(subscription::Column::Id);
        rows.all(&self.inner.db).await?.into_iter().map(noun).collect()
    }
}

/// Writes what a batch of facts comes to: as it stands, or none where it is over.
pub(crate) async fn write(tx: &Writing, states: &BTreeMap<SubscriptionId, Option<&Subscription>>) -> Result<()> {
    let gone = states.iter().filter(|(_, state)| state.is_none()).map(|(id, _)| id.0);
    for chunk in chunks(gone) {
        let these = subscription::Column::Id.is_in(chunk);
        subscription::Entity::delete_many().filter(these).exec(&**tx).await?;
    }
    let held: Vec<&Subscription> = states.values().copied().flatten().collect();
    let people: BTreeSet<i64> = held.iter().flat_map(|known| [known.extension_id.0, known.watched_id.0]).collect();
    let present = present_extensions(tx, people).await?;
    let here = |known: &&&Subscription| {
        let mut people = [known.extension_id.0, known.watched_id.0].into_iter();
        people.all(|id| present.contains(&(known.tenant_id.0, id)))
    };
    let rows = held.iter().filter(here).map(|known| row(known)).collect::<Result<Vec<_>>>()?;
    bulk::insert(tx, &rows, upsert()).await
}

fn upsert() -> OnConflict {
    use subscription::Column::*;
    OnConflict::column(Id)
        .update_columns([Transport, Source, ExpiresAt, Version, Dialog])
        .action_and_where(Expr::cust(r#""subscription"."tenant_id" = "excluded"."tenant_id""#))
        .to_owned()
}

/// Noun → row: all of it is needed to go on, so nothing is cut.
fn row(of: &Subscription) -> Result<subscription::ActiveModel> {
    let whole = |text: &str| text.replace('\0', "");
    Ok(subscription::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        extension_id: Set(of.extension_id.0),
        watched_id: Set(of.watched_id.0),
        event: Set(whole(&of.event)),
        transport: Set(of.transport.clone()),
        source: Set(of.source.clone()),
        expires_at: Set(of.expires_at.0),
        version: Set(of.version.into()),
        dialog: Set(json(&of.dialog)?.replace("\\u0000", "")),
    })
}

/// Row → noun.
fn noun(row: subscription::Model) -> Result<Subscription> {
    Ok(Subscription {
        id: SubscriptionId(row.id),
        tenant_id: TenantId(row.tenant_id),
        extension_id: ExtensionId(row.extension_id),
        watched_id: ExtensionId(row.watched_id),
        event: row.event,
        transport: row.transport,
        source: row.source,
        expires_at: Moment(row.expires_at),
        version: u32::try_from(row.version).unwrap_or_default(),
        dialog: from_json(&row.dialog)?,
    })
}
