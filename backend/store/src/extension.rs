//! Extensions: a person's number, SIP secret and account (EXT-01…EXT-20).

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, IntoSimpleExpr, QueryFilter, QuerySelect,
    Set,
};
use shared::account::Account;
use shared::activity::{FieldChange, changes};
use shared::event::{EventCode, NewEvent};
use shared::extension::{
    CreateExtension, DeleteExtension, Extension, ExtensionCreated, ExtensionRow, ExtensionSort, GetExtension,
    Invitation, InviteExtension, ListExtensions, ListPeople, OwnSipAccount, Person, RING_SECONDS_DEFAULT,
    ResetSipSecret, SipAccount, UpdateExtension,
};
use shared::page::Direction;
use shared::quota::Limit;
use shared::tenant::{Tenant, TenantOptions};
use shared::{ExtensionId, Moment, Page, Role, TenantId};

use crate::account::{self, NewAccount};
use crate::connect::Writing;
use crate::entity::{account as account_table, extension, registration};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::secret::{sip_place, sip_secret};
use crate::text::{fold, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Change, Error, Result, TenantStore};

/// Rows of one insert; far below what either engine binds in a statement.
const INSERT_ROWS_MAX: usize = 500;

/// An extension to be.
pub(crate) struct NewExtension {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
}

/// An extension that was made, with what leaves the store once.
pub(crate) struct Made {
    pub(crate) extension: Extension,
    pub(crate) sip: SipAccount,
    pub(crate) account: Option<Account>,
}

impl TenantStore {
    /// A page of the extensions. `devices` is what was last recorded: the switch knows it now.
    pub async fn list_extensions(&self, operation: &ListExtensions) -> Result<Page<ExtensionRow>> {
        let (name, column) = match operation.sort {
            ExtensionSort::Number => ("number", extension::Column::Number),
            ExtensionSort::Name => ("name", extension::Column::NameKey),
            ExtensionSort::CreatedAt => ("created_at", extension::Column::CreatedAt),
        };
        let mut select = self.find::<extension::Entity>();
        if let Some(found) = contains(extension::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        if let Some(enabled) = operation.enabled {
            select = select.filter(extension::Column::Enabled.eq(enabled));
        }
        let sort = Sort { name, column, id: extension::Column::Id, direction: operation.direction };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let found = page(self.db(), select, &sort, wanted, |row| {
            let key = match operation.sort {
                ExtensionSort::Number => Key::Text(row.number.clone()),
                ExtensionSort::Name => Key::Text(row.name_key.clone()),
                ExtensionSort::CreatedAt => Key::Number(row.created_at),
            };
            (key, row.id)
        })
        .await?;
        let devices = self.devices(&found.rows).await?;
        try_map(found, |row| Ok(list_row(row, &devices)))
    }

    /// One extension.
    pub async fn get_extension(&self, operation: &GetExtension) -> Result<ExtensionRow> {
        let row = self.find_id::<extension::Entity>(operation.extension_id.0).one(self.db()).await?;
        let row = row.ok_or(Error::NotFound)?;
        let devices = self.devices(std::slice::from_ref(&row)).await?;
        Ok(list_row(row, &devices))
    }

    /// Creates an extension, with an e-mail address also its person's account; `invitation` is the token of the one-time
    /// link. `Quota` above the tenant's limit (EXT-01, T-11).
    pub async fn create_extension(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateExtension,
    ) -> Result<ExtensionCreated> {
        Error::check(operation.check())?;
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        self.admit_extensions(&tx, &tenant, 1).await?;
        let CreateExtension { number, name, email } = operation.clone();
        let made = self.insert_extensions(&tx, now, &tenant, vec![NewExtension { number, name, email }]).await?;
        let Made { extension, sip, account } = made.into_iter().next().ok_or(Error::NotFound)?;
        let invitation = match &account {
            Some(account) => Some(self.store.invite(&tx, now, account, &tenant.name).await?.0),
            None => None,
        };
        let subject = format!("extension {}", extension.number);
        self.note_change(&tx, now, actor, "CreateExtension", subject, &changes(None, Some(&extension))).await?;
        self.commit_plan(tx).await?;
        Ok(ExtensionCreated { extension, sip, invitation })
    }

    /// Changes an extension. Switched off, its sessions end; without its address, its account goes.
    pub async fn update_extension(&self, now: Moment, actor: &Actor, operation: &UpdateExtension) -> Result<Extension> {
        Error::check(operation.check())?;
        let tx = self.store.write().await?;
        let mut row = self.held_extension(&tx, operation.extension_id).await?;
        let (subject, before) = (format!("extension {}", row.number), noun(row.clone()));
        if let Some(email) = &operation.email {
            self.change_email(&tx, now, &mut row, email.trim()).await?;
        }
        if let Some(name) = &operation.name {
            row.name = name.trim().to_owned();
            account_table::Entity::update_many()
                .col_expr(account_table::Column::Name, Expr::value(row.name.clone()))
                .filter(account_table::Column::ExtensionId.eq(row.id))
                .exec(&*tx)
                .await?;
        }
        if let Some(number) = &operation.number {
            self.check_numbers(&tx, [number], Some(row.id)).await?;
            self.check_codes(&tx, number, Some(&row.number)).await?;
        }
        row.number = operation.number.clone().unwrap_or(row.number);
        row.enabled = operation.enabled.unwrap_or(row.enabled);
        row.ring_seconds = operation.ring_seconds.map_or(row.ring_seconds, i64::from);
        let kept = |new: &Option<String>, old: Option<String>| match new {
            Some(new) => Some(new.trim().to_owned()).filter(|new| !new.is_empty()),
            None => old,
        };
        row.record_calls = operation.record_calls.unwrap_or(row.record_calls);
        row.outbound_caller_id = kept(&operation.outbound_caller_id, row.outbound_caller_id);
        row.emergency_caller_id = kept(&operation.emergency_caller_id, row.emergency_caller_id);
        if operation.enabled == Some(false) {
            self.store.end_sessions_of_extension(&tx, row.id).await?;
        }
        row.name_key = fold(&row.name);
        row.search_key = search_key([row.number.as_str(), &row.name, row.email.as_deref().unwrap_or_default()]);
        let row = row.into_active_model().reset_all().update(&*tx).await?;
        let after = noun(row);
        let changed = changes(Some(&before), Some(&after));
        // Another address is another account, with links of its own: that is not put back.
        if before.email == after.email {
            let undo = Undo::Extension(Turn { id: after.id, before: Some(before), after: Some(after.clone()) });
            self.note_undoable(&tx, now, actor, "UpdateExtension", subject, &changed, &undo).await?;
        } else {
            self.note_change(&tx, now, actor, "UpdateExtension", subject, &changed).await?;
        }
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Deletes an extension, its account, sessions, registrations, phones, messages and sounds, and the keys of others that it is on; an administrator who had it as the own one has none any more; its call records and recordings stay (EXT-20). One that
    /// something leads to stays; what does is named.
    pub async fn delete_extension(&self, now: Moment, actor: &Actor, operation: &DeleteExtension) -> Result<()> {
        let tx = self.store.write().await?;
        let row = self.held_extension(&tx, operation.extension_id).await?;
        self.check_extension_unused(&tx, operation.extension_id).await?;
        self.remove_direct_number_of(&tx, operation.extension_id).await?;
        let sounds = self.sounds(&*tx, Some(operation.extension_id)).await?;
        let phones = self.phones_in(&*tx, [operation.extension_id]).await?;
        extension::Entity::delete_by_id(row.id).exec(&*tx).await?;
        let subject = format!("extension {}", row.number);
        let mut changed = changes(Some(&noun(row)), None);
        if !phones.is_empty() {
            let macs: Vec<&str> = phones.iter().map(|phone| phone.settings.mac.as_str()).collect();
            changed.push(FieldChange { field: "phones".to_owned(), before: Some(macs.join(", ")), after: None });
        }
        self.note_change(&tx, now, actor, "DeleteExtension", subject, &changed).await?;
        self.store.weigh(&tx, now, [self.id]).await?;
        self.commit_plan(tx).await?;
        self.store.remove_files(sounds.into_iter().map(|sound| (self.id, sound))).await;
        Ok(())
    }

    /// Makes a new SIP secret; the old one and every browser credential made before end.
    pub async fn reset_sip_secret(&self, now: Moment, actor: &Actor, operation: &ResetSipSecret) -> Result<SipAccount> {
        self.renew_secret(now, actor, "ResetSipSecret", operation.extension_id, |_| true).await
    }

    /// The same, asked for by the person. `Forbidden` where the tenant does not allow it (PRO-03).
    pub async fn reset_own_sip_secret(&self, now: Moment, actor: &Actor, own: ExtensionId) -> Result<SipAccount> {
        self.renew_secret(now, actor, "ResetOwnSipSecret", own, |options| options.change_own_secret).await
    }

    /// What a phone of that person is told, beside the secret.
    pub async fn own_sip_account(&self, own: ExtensionId) -> Result<OwnSipAccount> {
        let tenant = self.get_own_tenant().await?;
        let row = self.get_extension(&GetExtension { extension_id: own }).await?;
        let may_reset = tenant.options.change_own_secret;
        Ok(OwnSipAccount { user: row.extension.number, domain: tenant.domain, may_reset })
    }

    async fn renew_secret(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &'static str,
        id: ExtensionId,
        allowed: impl Fn(&TenantOptions) -> bool,
    ) -> Result<SipAccount> {
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        if !allowed(&tenant.options) {
            return Err(Error::Forbidden("Your company does not allow you to make a new SIP secret."));
        }
        let row = self.held_extension(&tx, id).await?;
        let secret = sip_secret()?;
        let sealed = self.store.inner.keys.seal(&sip_place(self.id, ExtensionId(row.id)), &secret)?;
        self.update_id::<extension::Entity>(row.id)
            .col_expr(extension::Column::SipSecret, Expr::value(sealed))
            .col_expr(extension::Column::CredentialEpoch, Expr::value(row.credential_epoch + 1))
            .exec(&*tx)
            .await?;
        self.note(&tx, now, actor, operation, format!("extension {}", row.number)).await?;
        self.commit_plan(tx).await?;
        Ok(SipAccount { user: row.number, secret, domain: tenant.domain })
    }

    /// Makes a one-time link for the person of an extension; `link` is its token. `Conflict` where it has no e-mail
    /// address.
    pub async fn invite_extension(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &InviteExtension,
    ) -> Result<Invitation> {
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        let row = self.held_extension(&tx, operation.extension_id).await?;
        let of = account_table::Column::ExtensionId.eq(row.id);
        let account = self.find::<account_table::Entity>().filter(of).one(&*tx).await?;
        let reason = "Give the extension an e-mail address first.";
        let account = account.ok_or(Error::Conflict { field: "extension_id", reason: reason.into() })?;
        let (link, expires_at) = self.store.invite(&tx, now, &account::noun(account)?, &tenant.name).await?;
        self.note(&tx, now, actor, "InviteExtension", format!("extension {}", row.number)).await?;
        tx.commit().await?;
        Ok(Invitation { link, expires_at })
    }

    /// The people whom a user can call: the enabled extensions, by number.
    pub async fn list_people(&self, operation: &ListPeople) -> Result<Page<Person>> {
        let mut select = self.find::<extension::Entity>().filter(extension::Column::Enabled.eq(true));
        let number = Func::lower(extension::Column::Number.into_simple_expr());
        let search = operation.search.as_deref();
        if let (Some(by_name), Some(by_number)) =
            (contains(extension::Column::NameKey, search), contains(Expr::from(number), search))
        {
            select = select.filter(Condition::any().add(by_name).add(by_number));
        }
        let sort = Sort {
            name: "number",
            column: extension::Column::Number,
            id: extension::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let found = page(self.db(), select, &sort, wanted, |row| (Key::Text(row.number.clone()), row.id)).await?;
        let devices = self.devices(&found.rows).await?;
        try_map(found, |row| {
            Ok(Person {
                presence: crate::presence::noun(&row),
                extension_id: ExtensionId(row.id),
                online: devices.contains_key(&row.id),
                number: row.number,
                name: row.name,
            })
        })
    }

    /// Refuses `more` extensions above the quota; the tenant's row is held (T-11).
    pub(crate) async fn admit_extensions(&self, tx: &Writing, tenant: &Tenant, more: usize) -> Result<()> {
        let used = self.count_extensions(&**tx).await?;
        let last = used + (more as u64).saturating_sub(1);
        tenant.quota.admit(Limit::Extensions, last).map_err(Error::Quota)
    }

    /// Inserts extensions and the accounts of those with an address; that none more may come is an event (LOG-01).
    pub(crate) async fn insert_extensions(
        &self,
        tx: &Writing,
        now: Moment,
        tenant: &Tenant,
        new: Vec<NewExtension>,
    ) -> Result<Vec<Made>> {
        let mut made = Vec::with_capacity(new.len());
        let mut rows = Vec::with_capacity(new.len());
        // One number space: ring groups, receptionists and feature codes have theirs of it.
        let codes = self.feature_codes_in(&**tx).await?;
        self.check_numbers(tx, new.iter().map(|new| &new.number), None).await?;
        for new in new {
            if let Some(reason) = codes.holder_of(&new.number) {
                return Err(Error::Conflict { field: "number", reason });
            }
            let (one, row) = self.make(now, tenant, new)?;
            rows.push(row);
            made.push(one);
        }
        while !rows.is_empty() {
            let rest = rows.split_off(rows.len().min(INSERT_ROWS_MAX));
            extension::Entity::insert_many(std::mem::replace(&mut rows, rest)).exec_without_returning(&**tx).await?;
        }
        let ids: Vec<ExtensionId> = made.iter().map(|one| one.extension.id).collect();
        self.join_default_group(tx, &ids).await?;
        for one in &mut made {
            one.account = match one.extension.email.clone() {
                Some(email) => Some(self.insert_user(tx, now, &one.extension, &email).await?),
                None => None,
            };
        }
        if let Some(max) = tenant.quota.extensions_max
            && self.count_extensions(&**tx).await? == u64::from(max)
        {
            let event = NewEvent::of(self.id, EventCode::QuotaReached, format!("{max} extensions"));
            self.store.note_event(tx, now, event).await?;
        }
        Ok(made)
    }

    fn make(&self, now: Moment, tenant: &Tenant, new: NewExtension) -> Result<(Made, extension::ActiveModel)> {
        let extension = Extension {
            id: self.store.next_id(now),
            tenant_id: self.id,
            number: new.number,
            name: new.name.trim().to_owned(),
            email: new.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty()),
            enabled: true,
            ring_seconds: RING_SECONDS_DEFAULT,
            outbound_caller_id: String::new(),
            emergency_caller_id: String::new(),
            record_calls: false,
            created_at: now,
        };
        let secret = sip_secret()?;
        let sealed = self.store.inner.keys.seal(&sip_place(self.id, extension.id), &secret)?;
        let row = extension::ActiveModel {
            id: Set(extension.id.0),
            tenant_id: Set(self.id.0),
            number: Set(extension.number.clone()),
            name: Set(extension.name.clone()),
            name_key: Set(fold(&extension.name)),
            email: Set(extension.email.clone()),
            enabled: Set(extension.enabled),
            ring_seconds: Set(i64::from(extension.ring_seconds)),
            sip_secret: Set(sealed),
            credential_epoch: Set(0),
            search_key: Set(search_key([
                extension.number.as_str(),
                &extension.name,
                extension.email.as_deref().unwrap_or_default(),
            ])),
            created_at: Set(now.0),
            presence: Set(None),
            presence_note: Set(None),
            forwarding: Set(None),
            outbound_caller_id: Set(None),
            emergency_caller_id: Set(None),
            balance: Set(0),
            personal: Set(None),
            mailbox: Set(None),
            mailbox_pin: Set(None),
            record_calls: Set(extension.record_calls),
        };
        let sip = SipAccount { user: extension.number.clone(), secret, domain: tenant.domain.clone() };
        Ok((Made { extension, sip, account: None }, row))
    }

    async fn insert_user(&self, tx: &Writing, now: Moment, extension: &Extension, email: &str) -> Result<Account> {
        let account = NewAccount {
            role: Role::User,
            tenant_id: Some(self.id),
            extension_id: Some(extension.id),
            email,
            name: &extension.name,
            password_hash: None,
        };
        self.store.insert_account(tx, now, account).await
    }

    /// Gives, changes or takes away the address and with it the account. Links sent to the old address end, and so do
    /// the browser's credentials.
    async fn change_email(&self, tx: &Writing, now: Moment, row: &mut extension::Model, email: &str) -> Result<()> {
        let of = account_table::Column::ExtensionId.eq(row.id);
        let account = self.find::<account_table::Entity>().filter(of.clone()).one(&**tx).await?;
        row.email = (!email.is_empty()).then(|| email.to_owned());
        match account {
            Some(account) if account.email == email => return Ok(()),
            Some(_) if email.is_empty() => {
                self.delete_many::<account_table::Entity>().filter(of).exec(&**tx).await?;
            }
            Some(account) => {
                self.store.delete_links(tx, shared::AccountId(account.id)).await?;
                self.update_id::<account_table::Entity>(account.id)
                    .col_expr(account_table::Column::Email, Expr::value(email))
                    .col_expr(account_table::Column::EmailKey, Expr::value(fold(email)))
                    .exec(&**tx)
                    .await?;
            }
            None if email.is_empty() => return Ok(()),
            None if self.is_own_extension(&**tx, ExtensionId(row.id)).await? => {
                let reason = "An administrator has this extension as the own one.".to_owned();
                return Err(Error::Conflict { field: "email", reason });
            }
            None => {
                self.insert_user(tx, now, &noun(row.clone()), email).await?;
            }
        }
        row.credential_epoch += 1;
        Ok(())
    }

    pub(crate) async fn held_extension(&self, tx: &Writing, id: ExtensionId) -> Result<extension::Model> {
        self.find_id::<extension::Entity>(id.0).lock_exclusive().one(&**tx).await?.ok_or(Error::NotFound)
    }

    /// How many devices each of these extensions has.
    pub(crate) async fn devices(&self, rows: &[extension::Model]) -> Result<BTreeMap<i64, u64>> {
        let counts = self
            .find::<registration::Entity>()
            .select_only()
            .column(registration::Column::ExtensionId)
            .expr_as(Expr::cust("COUNT(*)"), "devices")
            .filter(registration::Column::ExtensionId.is_in(rows.iter().map(|row| row.id)))
            .group_by(registration::Column::ExtensionId)
            .into_tuple::<(i64, i64)>()
            .all(self.db())
            .await?;
        Ok(counts.into_iter().map(|(id, count)| (id, u64::try_from(count).unwrap_or(0))).collect())
    }

    pub(crate) async fn note(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &str,
        subject: String,
    ) -> Result<()> {
        self.store.note(tx, now, actor, Some(self.id), operation, subject).await
    }

    pub(crate) async fn note_change(
        &self,
        tx: &Writing,
        now: Moment,
        actor: &Actor,
        operation: &str,
        subject: String,
        changes: &[FieldChange],
    ) -> Result<()> {
        self.store.note_change(tx, now, actor, Some(self.id), operation, subject, changes).await
    }

    /// Commits a change of the tenant's plan and tells of it.
    pub(crate) async fn commit_plan(&self, tx: Writing) -> Result<()> {
        tx.commit().await?;
        self.store.tell(Change::TenantChanged(self.id));
        Ok(())
    }
}

fn list_row(row: extension::Model, devices: &BTreeMap<i64, u64>) -> ExtensionRow {
    let devices = devices.get(&row.id).copied().unwrap_or(0);
    let extension = noun(row);
    ExtensionRow { devices, can_sign_in: extension.email.is_some(), extension }
}

/// Row → noun.
pub(crate) fn noun(row: extension::Model) -> Extension {
    Extension {
        id: ExtensionId(row.id),
        tenant_id: TenantId(row.tenant_id),
        number: row.number,
        name: row.name,
        email: row.email,
        enabled: row.enabled,
        ring_seconds: u32::try_from(row.ring_seconds).unwrap_or(RING_SECONDS_DEFAULT),
        outbound_caller_id: row.outbound_caller_id.unwrap_or_default(),
        emergency_caller_id: row.emergency_caller_id.unwrap_or_default(),
        record_calls: row.record_calls,
        created_at: Moment(row.created_at),
    }
}
