//! The keys of people's desk phones (EXT-16). Colleagues are kept by their ids: a key goes along with whoever gets another number, never
//! comes to watch somebody else, and is gone with the extension that it is for.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shared::activity::changes;
use shared::phone_key::{PhoneKey, PhoneKeys};
use shared::phone_model::model;
use shared::presence::PresenceStatus;
use shared::problem::FieldProblem;
use shared::{ExtensionId, Moment};

use crate::entity::{extension, phone_keys};
use crate::text::{from_json, json};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, TenantStore};

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum KeptKey {
    Blf { extension_id: ExtensionId },
    SpeedDial { extension_id: ExtensionId },
    CustomSpeedDial { number: String, label: String },
    ChangeStatus { status: PresenceStatus },
}

impl KeptKey {
    fn colleague(&self) -> Option<ExtensionId> {
        match self {
            Self::Blf { extension_id } | Self::SpeedDial { extension_id } => Some(*extension_id),
            Self::CustomSpeedDial { .. } | Self::ChangeStatus { .. } => None,
        }
    }
}

/// Number and name of a colleague.
type Colleagues = BTreeMap<ExtensionId, (String, String)>;

impl TenantStore {
    /// The keys of an extension.
    pub async fn phone_keys(&self, id: ExtensionId) -> Result<PhoneKeys> {
        if self.find_id::<extension::Entity>(id.0).one(self.db()).await?.is_none() {
            return Err(Error::NotFound);
        }
        let keys = self.named_keys(self.db(), self.kept_keys(self.db(), id).await?).await?;
        self.with_room(self.db(), id, keys).await
    }

    /// Sets the keys of an extension, all of them; `operation` is what the activity log calls it. A key for a number that is no
    /// extension's is refused.
    pub async fn update_phone_keys(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &str,
        id: ExtensionId,
        keys: &[PhoneKey],
    ) -> Result<PhoneKeys> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let owner = self.find_id::<extension::Entity>(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let keys: Vec<PhoneKey> = keys.iter().map(trimmed).collect();
        Error::check(shared::phone_key::check(&keys))?;
        let before = self.kept_keys(&*tx, id).await?;
        let after = self.kept(&*tx, &keys).await?;
        self.delete_many::<phone_keys::Entity>().filter(phone_keys::Column::ExtensionId.eq(id.0)).exec(&*tx).await?;
        let row =
            phone_keys::ActiveModel { extension_id: Set(id.0), tenant_id: Set(self.id.0), keys: Set(json(&after)?) };
        phone_keys::Entity::insert(row).exec_without_returning(&*tx).await?;
        let changed = changes(Some(&told(&self.named_keys(&*tx, before.clone()).await?)), Some(&told(&keys)));
        let undo = Undo::PhoneKeys(Turn { id, before: Some(before), after: Some(after) });
        let subject = format!("phone keys of extension {}", owner.number);
        self.note_undoable(&tx, now, actor, operation, subject, &changed, &undo).await?;
        let done = self.with_room(&*tx, id, keys).await?;
        self.commit_plan(tx).await?;
        Ok(done)
    }

    /// The keys of an extension as they are stored.
    pub(crate) async fn kept_keys<C: ConnectionTrait>(&self, db: &C, id: ExtensionId) -> Result<Vec<KeptKey>> {
        match self.find_id::<phone_keys::Entity>(id.0).one(db).await? {
            Some(row) => from_json(&row.keys),
            None => Ok(Vec::new()),
        }
    }

    /// Keys with the numbers that their colleagues have now; without those of colleagues who are gone.
    pub(crate) async fn named_keys<C: ConnectionTrait>(&self, db: &C, kept: Vec<KeptKey>) -> Result<Vec<PhoneKey>> {
        Ok(self.labelled_keys(db, kept).await?.into_iter().map(|(key, _)| key).collect())
    }

    /// The same, each with what stands beside it.
    pub(crate) async fn labelled_keys<C: ConnectionTrait>(
        &self,
        db: &C,
        kept: Vec<KeptKey>,
    ) -> Result<Vec<(PhoneKey, String)>> {
        let ids = kept.iter().filter_map(KeptKey::colleague).map(|id| id.0);
        let people: Colleagues = self
            .find::<extension::Entity>()
            .filter(extension::Column::Id.is_in(ids))
            .all(db)
            .await?
            .into_iter()
            .map(|row| (ExtensionId(row.id), (row.number, row.name)))
            .collect();
        let named = |key: KeptKey| {
            let colleague = |id: ExtensionId| people.get(&id).cloned();
            Some(match key {
                KeptKey::Blf { extension_id } => {
                    let (number, name) = colleague(extension_id)?;
                    (PhoneKey::Blf { number }, name)
                }
                KeptKey::SpeedDial { extension_id } => {
                    let (number, name) = colleague(extension_id)?;
                    (PhoneKey::SpeedDial { number }, name)
                }
                KeptKey::CustomSpeedDial { number, label } => {
                    (PhoneKey::CustomSpeedDial { number, label: label.clone() }, label)
                }
                KeptKey::ChangeStatus { status } => (PhoneKey::ChangeStatus { status }, status.word().to_owned()),
            })
        };
        Ok(kept.into_iter().filter_map(named).collect())
    }

    /// Keys as they are stored; those for a number that is no extension's are told.
    async fn kept<C: ConnectionTrait>(&self, db: &C, keys: &[PhoneKey]) -> Result<Vec<KeptKey>> {
        let wanted = keys.iter().filter_map(|key| match key {
            PhoneKey::Blf { number } | PhoneKey::SpeedDial { number } => Some(number.as_str()),
            PhoneKey::CustomSpeedDial { .. } | PhoneKey::ChangeStatus { .. } => None,
        });
        let ids: BTreeMap<String, i64> = self
            .find::<extension::Entity>()
            .filter(extension::Column::Number.is_in(wanted))
            .select_only()
            .columns([extension::Column::Number, extension::Column::Id])
            .into_tuple::<(String, i64)>()
            .all(db)
            .await?
            .into_iter()
            .collect();
        let (mut kept, mut problems) = (Vec::with_capacity(keys.len()), Vec::new());
        for (place, key) in keys.iter().enumerate() {
            let mut colleague = |number: &str| {
                let id = ids.get(number).map(|id| ExtensionId(*id));
                if id.is_none() {
                    let reason = format!("There is no extension {number}.");
                    problems.push(FieldProblem::new(format!("keys.{place}.number"), reason));
                }
                id
            };
            kept.extend(match key {
                PhoneKey::Blf { number } => colleague(number).map(|extension_id| KeptKey::Blf { extension_id }),
                PhoneKey::SpeedDial { number } => {
                    colleague(number).map(|extension_id| KeptKey::SpeedDial { extension_id })
                }
                PhoneKey::CustomSpeedDial { number, label } => {
                    Some(KeptKey::CustomSpeedDial { number: number.clone(), label: label.clone() })
                }
                PhoneKey::ChangeStatus { status } => Some(KeptKey::ChangeStatus { status: *status }),
            });
        }
        Error::check(problems)?;
        Ok(kept)
    }

    async fn with_room<C: ConnectionTrait>(&self, db: &C, id: ExtensionId, keys: Vec<PhoneKey>) -> Result<PhoneKeys> {
        let phones = self.phones_in(db, [id]).await?;
        let rooms = phones.iter().filter_map(|phone| model(phone.settings.vendor, &phone.settings.model));
        Ok(PhoneKeys { keys, room: rooms.map(|model| model.keys).min() })
    }
}

fn trimmed(key: &PhoneKey) -> PhoneKey {
    let trim = |text: &str| text.trim().to_owned();
    match key {
        PhoneKey::Blf { number } => PhoneKey::Blf { number: trim(number) },
        PhoneKey::SpeedDial { number } => PhoneKey::SpeedDial { number: trim(number) },
        PhoneKey::CustomSpeedDial { number, label } => {
            PhoneKey::CustomSpeedDial { number: trim(number), label: trim(label) }
        }
        PhoneKey::ChangeStatus { status } => PhoneKey::ChangeStatus { status: *status },
    }
}

/// What the activity log tells of keys: a line each.
fn told(keys: &[PhoneKey]) -> Value {
    let line = |(place, key): (usize, &PhoneKey)| {
        let text = match key {
            PhoneKey::Blf { number } => format!("watches {number}"),
            PhoneKey::SpeedDial { number } => format!("dials {number}"),
            PhoneKey::CustomSpeedDial { number, label } => format!("dials {number}, {label}"),
            PhoneKey::ChangeStatus { status } => format!("sets {}", status.word()),
        };
        (format!("key {:03}", place + 1), Value::String(text))
    };
    Value::Object(keys.iter().enumerate().map(line).collect::<Map<_, _>>())
}
