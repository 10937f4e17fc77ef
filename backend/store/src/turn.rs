//! The relay of browsers (RFC 8656): one sealed row.

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};
use serde::{Deserialize, Serialize};
use shared::Moment;
use shared::activity::changes;
use shared::turn::{Turn, UpdateTurn};

use crate::entity::setting;
use crate::{Actor, Error, Result, Store};

const NAME: &str = "turn";
const PLACE: &str = "setting/turn";

/// The relay with its secret.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct StoredTurn {
    /// Its addresses.
    pub urls: Vec<String>,
    /// The secret that it shares with us; empty where there is none.
    pub secret: String,
}

impl std::fmt::Debug for StoredTurn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredTurn({:?}, ***)", self.urls)
    }
}

impl StoredTurn {
    /// Without the secret.
    pub fn noun(&self) -> Turn {
        Turn { urls: self.urls.clone(), has_secret: !self.secret.is_empty() }
    }
}

/// What the activity log tells of a relay: that there is a secret, never which.
fn told(relay: &StoredTurn) -> serde_json::Value {
    serde_json::json!({ "addresses": relay.urls.join(" "), "has_secret": !relay.secret.is_empty() })
}

impl Store {
    /// The relay, its secret included.
    pub async fn turn(&self) -> Result<StoredTurn> {
        let Some(row) = setting::Entity::find_by_id(NAME).one(&self.inner.db).await? else {
            return Ok(StoredTurn::default());
        };
        let text = self.inner.keys.open(PLACE, &row.value)?;
        serde_json::from_str(&text).map_err(|_| Error::Sealed("the relay cannot be read"))
    }

    /// Sets the relay; its secret stands nowhere in the clear.
    pub async fn update_turn(&self, now: Moment, actor: &Actor, operation: &UpdateTurn) -> Result<Turn> {
        Error::check(operation.check())?;
        let before = self.turn().await?;
        let secret = operation.secret.clone().unwrap_or_else(|| before.secret.clone());
        let after = StoredTurn { urls: operation.urls.clone(), secret };
        let text = serde_json::to_string(&after).map_err(|_| Error::Sealed("the relay cannot be written"))?;
        let tx = self.write().await?;
        let row = setting::ActiveModel { name: Set(NAME.to_owned()), value: Set(self.inner.keys.seal(PLACE, &text)?) };
        let replace = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
        setting::Entity::insert(row).on_conflict(replace).exec_without_returning(&*tx).await?;
        let changed = changes(Some(&told(&before)), Some(&told(&after)));
        self.note_change(&tx, now, actor, None, "UpdateTurn", "relay for browsers".to_owned(), &changed).await?;
        tx.commit().await?;
        Ok(after.noun())
    }
}
