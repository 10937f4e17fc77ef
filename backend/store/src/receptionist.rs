//! Virtual receptionists (IVR-01…IVR-15), with the passwords of those entries that ask a server (IVR-21).

use std::collections::BTreeMap;

use sea_orm::{EntityTrait, PaginatorTrait, QueryFilter, Set};
use shared::action_url::ActionUrl;
use shared::activity::{FieldChange, changes};
use shared::page::Direction;
use shared::quota::Limit;
use shared::receptionist::{
    CreateReceptionist, DeleteReceptionist, ListReceptionists, Receptionist, ReceptionistSettings, UpdateReceptionist,
};
use shared::{Moment, Page, ReceptionistId, TenantId};

use crate::connect::Writing;
use crate::entity::receptionist;
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::secret::receptionist_place;
use crate::text::{from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Error, Result, Store, TenantStore};

/// Passwords, by the names of the entries that they are for.
type Passwords = BTreeMap<String, String>;

impl Store {
    /// Row → noun, and the passwords of its entries.
    pub(crate) fn receptionist(&self, row: receptionist::Model) -> Result<(Receptionist, Passwords)> {
        let settings = settings(&row)?;
        // Older code leaves those of entries that it removes.
        let passwords = merged(self.passwords(&row), &Passwords::new(), &settings.urls);
        let (id, tenant_id) = (ReceptionistId(row.id), TenantId(row.tenant_id));
        let with_password = passwords.keys().cloned().collect();
        Ok((Receptionist { id, tenant_id, settings, with_password }, passwords))
    }

    /// What cannot be opened counts as never set: calls go on without it, and an administrator can set it anew.
    fn passwords(&self, row: &receptionist::Model) -> Passwords {
        let Some(sealed) = &row.secrets else { return Passwords::new() };
        let place = receptionist_place(TenantId(row.tenant_id), ReceptionistId(row.id));
        let passwords = self.inner.keys.open(&place, sealed).and_then(|text| from_json(&text));
        passwords.unwrap_or_else(|error| {
            tracing::error!(receptionist = row.id, %error, "the passwords of a receptionist are unreadable");
            Passwords::new()
        })
    }
}

impl TenantStore {
    /// The receptionists by number.
    pub async fn list_receptionists(&self, operation: &ListReceptionists) -> Result<Page<Receptionist>> {
        let mut select = self.find::<receptionist::Entity>();
        if let Some(found) = contains(receptionist::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "number",
            column: receptionist::Column::Number,
            id: receptionist::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &receptionist::Model| (Key::Text(row.number.clone()), row.id);
        let found = page(self.db(), select, &sort, wanted, key).await?;
        try_map(found, |row| Ok(self.store.receptionist(row)?.0))
    }

    /// Adds one.
    pub async fn create_receptionist(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateReceptionist,
    ) -> Result<Receptionist> {
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        let used = self.find::<receptionist::Entity>().count(&*tx).await?;
        tenant.quota.admit(Limit::VirtualReceptionists, used).map_err(Error::Quota)?;
        let settings = trimmed(&operation.settings);
        let passwords = merged(Passwords::new(), &operation.passwords, &settings.urls);
        let with_password = passwords.keys().cloned().collect();
        let made = Receptionist { id: self.store.next_id(now), tenant_id: self.id, settings, with_password };
        self.check_receptionist(&tx, &made, &operation.passwords).await?;
        self.check_codes(&tx, &made.settings.number, None).await?;
        receptionist::Entity::insert(self.receptionist_row(&made, &passwords)?).exec_without_returning(&*tx).await?;
        let subject = format!("receptionist {}", made.settings.number);
        let undo = Undo::Receptionist(Turn { id: made.id, before: None, after: Some(made.settings.clone()) });
        let changed = changes(None, Some(&made));
        self.note_undoable(&tx, now, actor, "CreateReceptionist", subject, &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(made)
    }

    /// Sets one up anew.
    pub async fn update_receptionist(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateReceptionist,
    ) -> Result<Receptionist> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let (before, held) = self.held_receptionist(&tx, operation.receptionist_id).await?;
        let settings = trimmed(&operation.settings);
        check_kept(&before.settings, &settings, &held, &operation.passwords)?;
        let passwords = merged(held.clone(), &operation.passwords, &settings.urls);
        let with_password = passwords.keys().cloned().collect();
        let after = Receptionist { settings, with_password, ..before.clone() };
        self.check_receptionist(&tx, &after, &operation.passwords).await?;
        self.check_codes(&tx, &after.settings.number, Some(&before.settings.number)).await?;
        receptionist::Entity::update(self.receptionist_row(&after, &passwords)?).exec(&*tx).await?;
        let subject = format!("receptionist {}", before.settings.number);
        let mut changed = changes(Some(&before), Some(&after));
        if operation.passwords.is_empty() {
            let (was, is) = (before.settings, after.settings.clone());
            let undo = Undo::Receptionist(Turn { id: after.id, before: Some(was), after: Some(is) });
            self.note_undoable(&tx, now, actor, "UpdateReceptionist", subject, &changed, &undo).await?;
        } else {
            // The log does not know passwords, so they could not be put back whole.
            changed.extend(replaced(&held, &passwords));
            self.note_change(&tx, now, actor, "UpdateReceptionist", subject, &changed).await?;
        }
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one that nothing leads to; else what does is named.
    pub async fn delete_receptionist(&self, now: Moment, actor: &Actor, operation: &DeleteReceptionist) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let (gone, _) = self.held_receptionist(&tx, operation.receptionist_id).await?;
        self.check_receptionist_unused(&tx, gone.id).await?;
        receptionist::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let subject = format!("receptionist {}", gone.settings.number);
        let changed = changes(Some(&gone), None);
        let undo = Undo::Receptionist(Turn { id: gone.id, before: Some(gone.settings), after: None });
        self.note_undoable(&tx, now, actor, "DeleteReceptionist", subject, &changed, &undo).await?;
        self.commit_plan(tx).await
    }

    async fn held_receptionist(&self, tx: &Writing, id: ReceptionistId) -> Result<(Receptionist, Passwords)> {
        let row = self.find_id::<receptionist::Entity>(id.0).one(&**tx).await?;
        self.store.receptionist(row.ok_or(Error::NotFound)?)
    }

    async fn check_receptionist(&self, tx: &Writing, receptionist: &Receptionist, given: &Passwords) -> Result<()> {
        let settings = &receptionist.settings;
        let mut problems = settings.check();
        problems.extend(settings.check_passwords(given));
        Error::check(problems)?;
        self.check_numbers(tx, [&settings.number], Some(receptionist.id.0)).await?;
        for (field, prompt) in [("prompt", settings.prompt), ("transfer_prompt", settings.transfer_prompt)] {
            let Some(prompt) = prompt else { continue };
            if self.find_prompt(prompt).one(&**tx).await?.is_none() {
                return Err(Error::field(field, "There is no such prompt."));
            }
        }
        // Fifty keys may lead to one place; it is looked for once.
        let mut known = Vec::new();
        for (field, to) in settings.destinations() {
            if !known.contains(&to) {
                self.check_destination(tx, &field, Some(to)).await?;
                known.push(to);
            }
        }
        Ok(())
    }

    fn receptionist_row(&self, of: &Receptionist, passwords: &Passwords) -> Result<receptionist::ActiveModel> {
        let ReceptionistSettings { number, name, .. } = &of.settings;
        let secrets = match passwords.is_empty() {
            true => None,
            false => Some(self.store.inner.keys.seal(&receptionist_place(of.tenant_id, of.id), &json(passwords)?)?),
        };
        Ok(receptionist::ActiveModel {
            id: Set(of.id.0),
            tenant_id: Set(of.tenant_id.0),
            number: Set(number.clone()),
            name: Set(name.clone()),
            settings: Set(json(&of.settings)?),
            search_key: Set(search_key([number.as_str(), name])),
            secrets: Set(secrets),
        })
    }
}

/// How one is set up.
pub(crate) fn settings(row: &receptionist::Model) -> Result<ReceptionistSettings> {
    from_json(&row.settings)
}

fn trimmed(settings: &ReceptionistSettings) -> ReceptionistSettings {
    let mut settings = settings.clone();
    settings.number = settings.number.trim().to_owned();
    settings.name = settings.name.trim().to_owned();
    for row in &mut settings.rows {
        row.keys = row.keys.trim().to_owned();
    }
    settings.urls = settings.urls.iter().map(ActionUrl::trimmed).collect();
    settings
}

/// A password is kept for the server that it was for: nobody gets it sent elsewhere by naming another.
fn check_kept(
    before: &ReceptionistSettings,
    after: &ReceptionistSettings,
    held: &Passwords,
    given: &Passwords,
) -> Result<()> {
    for (place, entry) in after.urls.iter().enumerate() {
        if !held.contains_key(&entry.name) || given.keys().any(|name| name.trim() == entry.name) {
            continue;
        }
        let was = before.urls.iter().find(|known| known.name == entry.name).and_then(ActionUrl::server);
        if entry.server().is_some() && entry.server() != was {
            let reason = format!("Enter the password: the one that is kept is for {}.", was.unwrap_or("no server"));
            return Err(Error::field(&format!("urls[{place}].password"), &reason));
        }
    }
    Ok(())
}

/// The passwords once those that are given have taken the places of others, an empty one leaving none; of these entries only.
fn merged(mut held: Passwords, given: &Passwords, entries: &[ActionUrl]) -> Passwords {
    held.extend(given.iter().map(|(name, password)| (name.trim().to_owned(), password.clone())));
    held.retain(|name, password| !password.is_empty() && entries.iter().any(|entry| entry.name == *name));
    held
}

/// A line for each password that another has taken the place of; the noun tells of those that have come or gone.
fn replaced(before: &Passwords, after: &Passwords) -> impl Iterator<Item = FieldChange> {
    let others = after.iter().filter(|(name, password)| before.get(*name).is_some_and(|own| own != *password));
    others.map(|(name, _)| FieldChange {
        field: format!("passwords.{name}"),
        before: None,
        after: Some("another".to_owned()),
    })
}
