//! The settings that the provider may change (SET-01), and the installation's own values, such as its token keys: made
//! once, sealed, the same on every node.

use sea_orm::{EntityTrait, Set};
use serde_json::{Map, Value};
use shared::Moment;
use shared::activity::changes;
use shared::setting::{Settings, UpdateSettings};

use crate::connect::Writing;
use crate::entity::{setting, sip_setting};
use crate::{Actor, Change, Error, Result, Store};

/// Tells at the opening whether the key is the one that sealed everything.
const KEY_CHECK: &str = "key_check";

impl Store {
    /// The settings, each that was never changed with its default.
    pub async fn get_settings(&self) -> Result<Settings> {
        Ok(noun(sip_setting::Entity::find().all(&self.inner.db).await?))
    }

    pub(crate) async fn get_settings_in(&self, tx: &Writing) -> Result<Settings> {
        Ok(noun(sip_setting::Entity::find().all(&**tx).await?))
    }

    /// Changes settings; what was and what is stands in the activity log.
    pub async fn update_settings(&self, now: Moment, actor: &Actor, operation: &UpdateSettings) -> Result<Settings> {
        let tx = self.write().await?;
        let (after, changed) = self.change_settings(&tx, now, actor, operation).await?;
        if changed {
            tx.commit().await?;
            self.tell(Change::SettingsChanged);
        }
        Ok(after)
    }

    /// Changes settings in the transaction of more; did it change any?
    pub(crate) async fn change_settings(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &UpdateSettings,
    ) -> Result<(Settings, bool)> {
        let before = noun(sip_setting::Entity::find().all(&**tx).await?);
        let after = operation.applied_to(&before);
        Error::check(after.check())?;
        let changes = changes(Some(&before), Some(&after));
        if changes.is_empty() {
            return Ok((after, false));
        }
        self.write_settings(tx, &after).await?;
        self.note_change(tx, now, actor, None, "UpdateSettings", "settings".to_owned(), &changes).await?;
        Ok((after, true))
    }

    /// Rows are kept for what differs from the default, so that a better default reaches whoever left it alone.
    async fn write_settings(&self, tx: &Writing, settings: &Settings) -> Result<()> {
        sip_setting::Entity::delete_many().exec(&**tx).await?;
        let defaults = fields(&Settings::default());
        let rows: Vec<sip_setting::ActiveModel> = fields(settings)
            .into_iter()
            .filter(|(name, value)| defaults.get(name) != Some(value))
            .map(|(name, value)| sip_setting::ActiveModel { name: Set(name), value: Set(value.to_string()) })
            .collect();
        if !rows.is_empty() {
            sip_setting::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
        }
        Ok(())
    }

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

/// Rows → noun. A row that this version cannot read is left out: its default is better than no service.
fn noun(rows: Vec<sip_setting::Model>) -> Settings {
    let mut settings = Settings::default();
    for row in rows {
        let mut all = fields(&settings);
        let known = all.contains_key(&row.name);
        let read = serde_json::from_str(&row.value).ok().and_then(|value: Value| {
            all.insert(row.name.clone(), value);
            serde_json::from_value(Value::Object(all)).ok()
        });
        match read {
            Some(read) if known => settings = read,
            _ => tracing::warn!(name = row.name, "a stored setting is unknown to this version"),
        }
    }
    settings
}

fn fields(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
