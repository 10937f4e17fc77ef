//! How people want to be seen (EXT-21). It is part of the plan: the switch tells it to watchers and keeps to it.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::Expr;
use shared::presence::{OwnPresence, PresenceStatus, UpdateOwnPresence};
use shared::{ExtensionId, TenantId};

use crate::connect::Writing;
use crate::entity::extension;
use crate::text::{from_word, word};
use crate::{Error, Result, Store, TenantStore};

impl TenantStore {
    /// What an extension's person has set.
    pub async fn own_presence(&self, id: ExtensionId) -> Result<OwnPresence> {
        Ok(noun(&self.find_id::<extension::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?))
    }

    /// Sets it.
    pub async fn update_own_presence(&self, id: ExtensionId, operation: &UpdateOwnPresence) -> Result<OwnPresence> {
        Error::check(operation.check())?;
        let note = operation.note.trim().to_owned();
        let tx = self.store.write().await?;
        let changed = self
            .update_id::<extension::Entity>(id.0)
            .col_expr(extension::Column::Presence, Expr::value(word(&operation.status)?))
            .col_expr(extension::Column::PresenceNote, Expr::value(note.clone()))
            .exec(&*tx)
            .await?;
        if changed.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        self.commit_plan(tx).await?;
        Ok(OwnPresence { status: operation.status, note })
    }
}

/// What a batch of facts says of the status that people have set by telephone: the last of each counts. The same twice leaves what it left
/// once.
#[derive(Default)]
pub(crate) struct Statuses(BTreeMap<(TenantId, ExtensionId), PresenceStatus>);

impl Statuses {
    pub(crate) fn add(&mut self, tenant: Option<TenantId>, extension: ExtensionId, status: PresenceStatus) {
        if let Some(tenant) = tenant {
            self.0.insert((tenant, extension), status);
        }
    }

    /// Whose plans are others now. What was said beside the status stays.
    pub(crate) async fn write(&self, store: &Store, tx: &Writing) -> Result<BTreeSet<TenantId>> {
        let mut changed = BTreeSet::new();
        for ((tenant, extension), status) in &self.0 {
            let view = store.tenant(*tenant);
            let update = view.update_id::<extension::Entity>(extension.0);
            let set = update.col_expr(extension::Column::Presence, Expr::value(word(status)?));
            if set.exec(&**tx).await?.rows_affected > 0 {
                changed.insert(*tenant);
            }
        }
        Ok(changed)
    }
}

/// Row → noun. A status that another version has set counts as available.
pub(crate) fn noun(row: &extension::Model) -> OwnPresence {
    let status = row.presence.as_deref().and_then(|status| from_word(status).ok()).unwrap_or_default();
    OwnPresence { status, note: row.presence_note.clone().unwrap_or_default() }
}
