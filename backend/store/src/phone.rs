//! Desk phones that are configured from here (PH-03…PH-13): which phone is whose, its link, and the password of its own pages.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Set,
};
use serde::{Deserialize, Serialize};
use shared::activity::{FieldChange, changes};
use shared::page::{Direction, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use shared::phone::{
    CreatePhone, DeletePhone, ListPhones, MacAddress, PHONES_OF_EXTENSION_MAX, PHONES_OF_TENANT_MAX, PHONES_TOLD_MAX,
    Phone, PhoneSettings, PhoneWord, TellPhones, UpdatePhone, WeakSecrets, check_web_password,
};
use shared::voicemail::is_weak_pin;
use shared::{ExtensionId, Moment, Page, PhoneId, TenantId};

use crate::connect::Writing;
use crate::entity::{extension, phone};
use crate::page::{Key, Sort, contains};
use crate::secret::{folder, folder_place, hash, web_password, web_password_place};
use crate::text::{from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, Store, TenantStore};

/// The field of forms that names whose a phone is.
const OWNER: &str = "extension_id";

/// As many phones are named in one line of the log.
const SHOWN_MAX: usize = 20;

/// Whose a phone is, as the inventory shows it (PH-08, PH-12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneOwner {
    /// The extension.
    pub extension_id: ExtensionId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What is weak.
    pub weak: WeakSecrets,
}

/// A phone as a line of the activity log keeps it to be put back: without its link and its password, which stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptPhone {
    pub(crate) extension_id: ExtensionId,
    pub(crate) settings: PhoneSettings,
}

impl From<Phone> for KeptPhone {
    fn from(phone: Phone) -> Self {
        Self { extension_id: phone.extension_id, settings: phone.settings }
    }
}

/// What the log tells of a phone.
#[derive(Serialize)]
struct Told<'a> {
    extension: &'a str,
    #[serde(flatten)]
    settings: &'a PhoneSettings,
}

impl Store {
    /// What is weak of an extension's secrets. SIP secrets are made here, and never are.
    fn weak(&self, row: &extension::Model) -> WeakSecrets {
        if !crate::voicemail::settings(row).enabled {
            return WeakSecrets::default();
        }
        match self.mailbox_pin(row) {
            Ok(None) => WeakSecrets { pin: false, no_pin: true },
            Ok(Some(pin)) => WeakSecrets { pin: is_weak_pin(&pin.0, &row.number), no_pin: false },
            Err(error) => {
                tracing::error!(extension = row.id, %error, "the PIN of a mailbox is unreadable");
                WeakSecrets::default()
            }
        }
    }
}

impl TenantStore {
    /// The phones by the extension's number (PH-08), and whose each is.
    pub async fn list_phones(&self, operation: &ListPhones) -> Result<Page<(Phone, PhoneOwner)>> {
        let mut select = self.find::<phone::Entity>().join(JoinType::InnerJoin, owner());
        let search = operation.search.as_deref();
        let found = contains(phone::Column::SearchKey, search).zip(contains(extension::Column::SearchKey, search));
        if let Some((by_phone, by_owner)) = found {
            select = select.filter(Condition::any().add(by_phone).add(by_owner));
        }
        if let Some(id) = operation.extension_id {
            select = select.filter(phone::Column::ExtensionId.eq(id.0));
        }
        let sort = Sort {
            name: "phone",
            column: extension::Column::Number,
            id: phone::Column::Id,
            direction: Direction::Ascending,
        };
        let rows_max = operation.limit.unwrap_or(PAGE_ROWS_DEFAULT).clamp(1, PAGE_ROWS_MAX) as usize;
        let total = select.clone().count(self.db()).await?;
        // One row more than asked for tells whether there is a next page.
        let select = sort.apply(select, operation.cursor.as_deref())?.limit(rows_max as u64 + 1);
        let mut rows = select.all(self.db()).await?;
        let more = rows.len() > rows_max;
        rows.truncate(rows_max);
        let owners = self.phone_owners(rows.iter().map(|row| ExtensionId(row.extension_id))).await?;
        let mut phones = Vec::with_capacity(rows.len());
        for row in rows {
            // One whose extension was deleted between the two is gone too.
            if let Some(owner) = owners.get(&ExtensionId(row.extension_id)).cloned() {
                phones.push((noun(row)?, owner));
            }
        }
        let next = match phones.last() {
            Some((last, owner)) if more => Some(sort.cursor(Key::Text(owner.number.clone()), last.id.0)?),
            _ => None,
        };
        Ok(Page { rows: phones, next, total })
    }

    /// What the inventory shows of these extensions.
    pub async fn phone_owners(
        &self,
        ids: impl IntoIterator<Item = ExtensionId>,
    ) -> Result<BTreeMap<ExtensionId, PhoneOwner>> {
        let mut owners = BTreeMap::new();
        for some in crate::fact::chunks(ids.into_iter().map(|id| id.0)) {
            let rows = self.find::<extension::Entity>().filter(extension::Column::Id.is_in(some));
            for row in rows.all(self.db()).await? {
                let (extension_id, weak) = (ExtensionId(row.id), self.store.weak(&row));
                let owner = PhoneOwner { extension_id, number: row.number, name: row.name, weak };
                owners.insert(extension_id, owner);
            }
        }
        Ok(owners)
    }

    /// The phones of these extensions, oldest first.
    pub async fn phones_of(&self, ids: impl IntoIterator<Item = ExtensionId>) -> Result<Vec<Phone>> {
        self.phones_in(self.db(), ids).await
    }

    pub(crate) async fn phones_in<C: ConnectionTrait>(
        &self,
        db: &C,
        ids: impl IntoIterator<Item = ExtensionId>,
    ) -> Result<Vec<Phone>> {
        let mut phones = Vec::new();
        for some in crate::fact::chunks(ids.into_iter().map(|id| id.0)) {
            let rows = self.find::<phone::Entity>().filter(phone::Column::ExtensionId.is_in(some));
            for row in rows.order_by_asc(phone::Column::Id).all(db).await? {
                phones.push(noun(row)?);
            }
        }
        Ok(phones)
    }

    /// The phones that are to be told something: those that are named, or all. `NotFound` where one is none of the tenant's.
    pub async fn phones_to_tell(&self, operation: &TellPhones) -> Result<Vec<Phone>> {
        let too_many = || {
            let reason = format!("At most {PHONES_TOLD_MAX} phones are told something at once. Choose some of them.");
            Error::field("phone_ids", &reason)
        };
        let mut ids: Vec<i64> = operation.phone_ids.iter().map(|id| id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.len() > PHONES_TOLD_MAX {
            return Err(too_many());
        }
        let mut select = self.find::<phone::Entity>().order_by_asc(phone::Column::Id);
        if !ids.is_empty() {
            select = select.filter(phone::Column::Id.is_in(ids.iter().copied()));
        }
        let rows = select.limit(PHONES_TOLD_MAX as u64 + 1).all(self.db()).await?;
        if rows.len() > PHONES_TOLD_MAX {
            return Err(too_many());
        }
        if !ids.is_empty() && rows.len() != ids.len() {
            return Err(Error::NotFound);
        }
        rows.into_iter().map(noun).collect()
    }

    /// Notes that phones were told something (PH-09, PH-10).
    pub async fn note_phones_told(&self, now: Moment, actor: &Actor, word: PhoneWord, phones: &[Phone]) -> Result<()> {
        let tx = self.store.write().await?;
        let subject = match phones {
            [one] => subject(one),
            more => format!("{} phones", more.len()),
        };
        let field =
            |field: &str, after: String| FieldChange { field: field.to_owned(), before: None, after: Some(after) };
        let macs: Vec<&str> = phones.iter().take(SHOWN_MAX).map(|phone| phone.settings.mac.as_str()).collect();
        let told = [field("word", crate::text::word(&word)?), field("phones", macs.join(", "))];
        self.note_change(&tx, now, actor, "TellPhones", subject, &told).await?;
        tx.commit().await
    }

    /// Adds a phone to an extension (PH-03); answers the folder of its link too (PH-04).
    pub async fn create_phone(&self, now: Moment, actor: &Actor, operation: &CreatePhone) -> Result<(Phone, String)> {
        let CreatePhone { extension_id, settings, web_password: wanted } = operation;
        check(settings, wanted.as_deref())?;
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let owner = self.owner_of(&tx, *extension_id).await?;
        self.admit_phone(&tx, *extension_id).await?;
        let held = self.find::<phone::Entity>().count(&*tx).await?;
        if held >= PHONES_OF_TENANT_MAX as u64 {
            let reason = format!("There are {PHONES_OF_TENANT_MAX} phones already. Remove one first.");
            return Err(Error::Conflict { field: "mac", reason });
        }
        let made = Phone {
            id: self.store.next_id(now),
            tenant_id: self.id,
            extension_id: *extension_id,
            settings: normal(settings),
            fetched_at: None,
            fetched_from: String::new(),
            firmware: String::new(),
            created_at: now,
        };
        let link = folder()?;
        let password = match wanted {
            Some(password) => password.clone(),
            None => web_password(settings.vendor)?,
        };
        let row = phone::ActiveModel {
            folder_hash: Set(hash(&link)),
            folder: Set(self.seal_folder(made.id, &link)?),
            web_password: Set(self.seal_web_password(made.id, &password)?),
            fetched_at: Set(None),
            fetched_from: Set(String::new()),
            firmware: Set(String::new()),
            created_at: Set(now.0),
            ..row(&made)?
        };
        phone::Entity::insert(row).exec_without_returning(&*tx).await?;
        let changed = changes(None, Some(&Told { extension: &owner.number, settings: &made.settings }));
        self.note_change(&tx, now, actor, "CreatePhone", subject(&made), &changed).await?;
        self.commit_plan(tx).await?;
        Ok((made, link))
    }

    /// Changes a phone, and perhaps whose it is; its link stays.
    pub async fn update_phone(&self, now: Moment, actor: &Actor, operation: &UpdatePhone) -> Result<Phone> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let held = self.find_id::<phone::Entity>(operation.phone_id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        check(&operation.settings, operation.web_password.as_deref())?;
        if operation.settings.vendor.has_passwords_of_digits() && operation.web_password.is_none() {
            let kept =
                self.store.inner.keys.open(&web_password_place(self.id, operation.phone_id), &held.web_password)?;
            if !check_web_password(operation.settings.vendor, &kept).is_empty() {
                let reason = "This vendor's phones take a password of digits only, and the one that it has is none. \
                              Give another.";
                return Err(Error::field("web_password", reason));
            }
        }
        let before = noun(held)?;
        let was = self.owner_of(&tx, before.extension_id).await?;
        let owner = self.owner_of(&tx, operation.extension_id).await?;
        if owner.id != was.id {
            self.admit_phone(&tx, operation.extension_id).await?;
        }
        let (extension_id, settings) = (operation.extension_id, normal(&operation.settings));
        let mut after = Phone { extension_id, settings, ..before.clone() };
        let mut row = row(&after)?;
        if after.settings.mac != before.settings.mac {
            // It is another device, and has fetched nothing yet.
            (after.fetched_at, after.fetched_from, after.firmware) = (None, String::new(), String::new());
            row.fetched_at = Set(None);
            row.fetched_from = Set(String::new());
            row.firmware = Set(String::new());
        }
        if let Some(password) = &operation.web_password {
            row.web_password = Set(self.seal_web_password(after.id, password)?);
        }
        phone::Entity::update(row).exec(&*tx).await?;
        let told = Told { extension: &was.number, settings: &before.settings };
        let mut changed = changes(Some(&told), Some(&Told { extension: &owner.number, settings: &after.settings }));
        let named = subject(&before);
        match operation.web_password {
            // The log does not know the password, so it could not be put back whole.
            Some(_) => {
                let (field, another) = ("web_password".to_owned(), Some("another".to_owned()));
                changed.push(FieldChange { field, before: None, after: another });
                self.note_change(&tx, now, actor, "UpdatePhone", named, &changed).await?;
            }
            None => {
                let (was, is) = (KeptPhone::from(before), KeptPhone::from(after.clone()));
                let undo = Undo::Phone(Turn { id: after.id, before: Some(was), after: Some(is) });
                self.note_undoable(&tx, now, actor, "UpdatePhone", named, &changed, &undo).await?;
            }
        }
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes a phone; its link leads nowhere from then on.
    pub async fn delete_phone(&self, now: Moment, actor: &Actor, operation: &DeletePhone) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_phone(&tx, operation.phone_id).await?;
        let owner = self.owner_of(&tx, gone.extension_id).await?;
        phone::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let changed = changes(Some(&Told { extension: &owner.number, settings: &gone.settings }), None);
        self.note_change(&tx, now, actor, "DeletePhone", subject(&gone), &changed).await?;
        self.commit_plan(tx).await
    }

    /// A phone, and the folder of its link.
    pub async fn phone_folder(&self, id: PhoneId) -> Result<(Phone, String)> {
        let row = self.find_id::<phone::Entity>(id.0).one(self.db()).await?.ok_or(Error::NotFound)?;
        let folder = self.store.inner.keys.open(&folder_place(self.id, id), &row.folder)?;
        Ok((noun(row)?, folder))
    }

    /// The same for somebody who asks for it: the activity log says who.
    pub async fn reveal_phone_folder(&self, now: Moment, actor: &Actor, id: PhoneId) -> Result<(Phone, String)> {
        let (phone, folder) = self.phone_folder(id).await?;
        let tx = self.store.write().await?;
        self.note(&tx, now, actor, "RevealPhoneLink", subject(&phone)).await?;
        tx.commit().await?;
        Ok((phone, folder))
    }

    /// Makes a new link for a phone, and answers its folder; the old one leads nowhere from then on.
    pub async fn renew_phone_link(&self, now: Moment, actor: &Actor, id: PhoneId) -> Result<(Phone, String)> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let phone = self.held_phone(&tx, id).await?;
        let link = folder()?;
        self.update_id::<phone::Entity>(id.0)
            .col_expr(phone::Column::FolderHash, Expr::value(hash(&link)))
            .col_expr(phone::Column::Folder, Expr::value(self.seal_folder(id, &link)?))
            .exec(&*tx)
            .await?;
        self.note(&tx, now, actor, "RenewPhoneLink", subject(&phone)).await?;
        tx.commit().await?;
        Ok((phone, link))
    }

    /// The password of a phone's own pages; the log says who has seen it (PH-11).
    pub async fn reveal_phone_password(&self, now: Moment, actor: &Actor, id: PhoneId) -> Result<(Phone, String)> {
        let tx = self.store.write().await?;
        let row = self.find_id::<phone::Entity>(id.0).one(&*tx).await?.ok_or(Error::NotFound)?;
        let password = self.store.inner.keys.open(&web_password_place(self.id, id), &row.web_password)?;
        let phone = noun(row)?;
        self.note(&tx, now, actor, "RevealPhonePassword", subject(&phone)).await?;
        tx.commit().await?;
        Ok((phone, password))
    }

    fn seal_folder(&self, id: PhoneId, folder: &str) -> Result<String> {
        self.store.inner.keys.seal(&folder_place(self.id, id), folder)
    }

    fn seal_web_password(&self, id: PhoneId, password: &str) -> Result<String> {
        self.store.inner.keys.seal(&web_password_place(self.id, id), password)
    }

    async fn held_phone(&self, tx: &Writing, id: PhoneId) -> Result<Phone> {
        noun(self.find_id::<phone::Entity>(id.0).one(&**tx).await?.ok_or(Error::NotFound)?)
    }

    async fn owner_of(&self, tx: &Writing, id: ExtensionId) -> Result<extension::Model> {
        let row = self.find_id::<extension::Entity>(id.0).one(&**tx).await?;
        row.ok_or_else(|| Error::field(OWNER, "There is no such extension."))
    }

    /// Refuses one phone more of an extension than it may have.
    async fn admit_phone(&self, tx: &Writing, id: ExtensionId) -> Result<()> {
        let of = phone::Column::ExtensionId.eq(id.0);
        if self.find::<phone::Entity>().filter(of).count(&**tx).await? >= PHONES_OF_EXTENSION_MAX as u64 {
            let reason = format!("The extension has {PHONES_OF_EXTENSION_MAX} phones already. Remove one first.");
            return Err(Error::Conflict { field: OWNER, reason });
        }
        Ok(())
    }
}

/// Whose a phone is.
fn owner() -> RelationDef {
    let columns = (phone::Column::TenantId, phone::Column::ExtensionId);
    phone::Entity::belongs_to(extension::Entity)
        .from(columns)
        .to((extension::Column::TenantId, extension::Column::Id))
        .into()
}

fn check(settings: &PhoneSettings, web_password: Option<&str>) -> Result<()> {
    let mut problems = settings.check();
    problems.extend(web_password.map(|password| check_web_password(settings.vendor, password)).unwrap_or_default());
    Error::check(problems)
}

/// As it is stored: the MAC address is its 12 digits.
fn normal(settings: &PhoneSettings) -> PhoneSettings {
    let mac = MacAddress::parse(&settings.mac).map(|mac| mac.digits().to_owned()).unwrap_or_default();
    PhoneSettings { mac, ..settings.clone() }
}

/// How the log names a phone.
fn subject(phone: &Phone) -> String {
    let mac = MacAddress::parse(&phone.settings.mac).map(|mac| mac.to_string()).unwrap_or_default();
    format!("phone {mac}")
}

/// Row → noun.
pub(crate) fn noun(row: phone::Model) -> Result<Phone> {
    Ok(Phone {
        id: PhoneId(row.id),
        tenant_id: TenantId(row.tenant_id),
        extension_id: ExtensionId(row.extension_id),
        settings: from_json(&row.settings)?,
        fetched_at: row.fetched_at.map(Moment),
        fetched_from: row.fetched_from,
        firmware: row.firmware,
        created_at: Moment(row.created_at),
    })
}

/// Noun → row, but for its secrets and what is noted of its fetches.
fn row(of: &Phone) -> Result<phone::ActiveModel> {
    let settings = &of.settings;
    // Searched for as it is typed: with its separators, and without.
    let spoken = MacAddress::parse(&settings.mac).map(|mac| mac.to_string()).unwrap_or_default();
    Ok(phone::ActiveModel {
        id: Set(of.id.0),
        tenant_id: Set(of.tenant_id.0),
        extension_id: Set(of.extension_id.0),
        mac: Set(settings.mac.clone()),
        settings: Set(json(settings)?),
        search_key: Set(search_key([
            settings.mac.as_str(),
            &spoken,
            &spoken.replace(':', "-"),
            settings.vendor.word(),
            &settings.model,
        ])),
        ..Default::default()
    })
}
