//! How people want to be seen (EXT-21). It is part of the plan: the switch tells it to watchers and keeps to it.

use sea_orm::sea_query::Expr;
use shared::ExtensionId;
use shared::presence::{OwnPresence, UpdateOwnPresence};

use crate::entity::extension;
use crate::text::{from_word, word};
use crate::{Error, Result, TenantStore};

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

/// Row → noun. A status that another version has set counts as available.
pub(crate) fn noun(row: &extension::Model) -> OwnPresence {
    let status = row.presence.as_deref().and_then(|status| from_word(status).ok()).unwrap_or_default();
    OwnPresence { status, note: row.presence_note.clone().unwrap_or_default() }
}
