//! The installation's own values, such as its token keys: made once, sealed, the same on every node.

use sea_orm::{EntityTrait, Set};

use crate::entity::setting;
use crate::{Error, Result, Store};

/// Tells at the opening whether the key is the one that sealed everything.
const KEY_CHECK: &str = "key_check";

impl Store {
    /// The setting's value; where there is none, what `make` gives becomes it. Of several who ask at once, all get the
    /// same.
    pub async fn get_or_create_setting(&self, name: &str, make: impl FnOnce() -> String) -> Result<String> {
        let place = format!("setting/{name}");
        if let Some(row) = setting::Entity::find_by_id(name).one(&self.inner.db).await? {
            return self.inner.keys.open(&place, &row.value);
        }
        let tx = self.write().await?;
        let value = self.inner.keys.seal(&place, &make())?;
        let row = setting::ActiveModel { name: Set(name.to_owned()), value: Set(value) };
        let insert = setting::Entity::insert(row).on_conflict_do_nothing_on([setting::Column::Name]);
        insert.exec_without_returning(&*tx).await?;
        let row = setting::Entity::find_by_id(name).one(&*tx).await?.ok_or(Error::NotFound)?;
        tx.commit().await?;
        self.inner.keys.open(&place, &row.value)
    }

    /// Refuses a database that another key has sealed.
    pub(crate) async fn check_key(&self) -> Result<()> {
        self.get_or_create_setting(KEY_CHECK, || KEY_CHECK.to_owned()).await.map(drop)
    }
}
