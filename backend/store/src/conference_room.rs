//! Conference rooms (CONF-01…CONF-08), and those that extensions make for themselves (CONF-18). What goes on in them is the switch's.

use std::collections::BTreeSet;
use std::time::Duration;

use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use shared::activity::{FieldChange, changes};
use shared::conference::{
    ConferenceRoom, ConferenceRoomSettings, CreateConferenceRoom, CreateTemporaryConference, DeleteConferenceRoom,
    DeleteTemporaryConference, ListConferenceRooms, TEMPORARY_NUMBERS, TEMPORARY_ROOMS_MAX, TEMPORARY_SECONDS,
    UpdateConferenceRoom,
};
use shared::page::Direction;
use shared::quota::Limit;
use shared::tenant::Tenant;
use shared::{ConferenceRoomId, ExtensionId, Moment, Page, TenantId};

use crate::connect::Writing;
use crate::entity::{conference_room, extension, queue, receptionist, ring_group};
use crate::page::{Key, Sort, Wanted, contains, page, try_map};
use crate::secret::conference_place;
use crate::text::{from_json, json, search_key};
use crate::undo::{Turn, Undo};
use crate::{Actor, Change, Error, Result, Store, TenantStore};

/// How long a temporary room waits for somebody to come.
const UNUSED_KEPT: Duration = Duration::from_secs(TEMPORARY_SECONDS);
/// Why a temporary room is refused where the tenant has not allowed them.
const NOT_ALLOWED: &str = "Your company does not allow temporary conferences.";

/// The PINs of a room, as they are sealed.
#[derive(Serialize, Deserialize)]
struct Pins {
    pin: String,
    moderator_pin: String,
}

/// A room as a line of the activity log keeps it to be put back: its PINs are sealed as in its row.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptRoom {
    settings: ConferenceRoomSettings,
    pins: Option<String>,
}

impl Store {
    /// Row → noun. `Sealed` where its PINs cannot be opened.
    pub(crate) fn conference_room(&self, row: conference_room::Model) -> Result<ConferenceRoom> {
        let (id, tenant_id) = (ConferenceRoomId(row.id), TenantId(row.tenant_id));
        let kept = KeptRoom { settings: settings(&row)?, pins: row.pins };
        let settings = self.open_room(tenant_id, id, kept)?;
        Ok(ConferenceRoom { id, tenant_id, owner_id: row.owner_id.map(ExtensionId), settings })
    }

    /// The same for those who see after it: what cannot be opened counts as never set, so that it can be set anew.
    fn shown_room(&self, mut row: conference_room::Model) -> Result<ConferenceRoom> {
        match self.conference_room(row.clone()) {
            Err(error @ Error::Sealed(_)) => {
                tracing::error!(room = row.id, %error, "the PINs of a conference room are unreadable");
                row.pins = None;
                self.conference_room(row)
            }
            done => done,
        }
    }

    fn open_room(&self, tenant: TenantId, id: ConferenceRoomId, kept: KeptRoom) -> Result<ConferenceRoomSettings> {
        let Some(sealed) = &kept.pins else { return Ok(kept.settings) };
        let Pins { pin, moderator_pin } = from_json(&self.inner.keys.open(&conference_place(tenant, id), sealed)?)?;
        Ok(ConferenceRoomSettings { pin, moderator_pin, ..kept.settings })
    }

    fn seal_room(&self, tenant: TenantId, id: ConferenceRoomId, of: &ConferenceRoomSettings) -> Result<KeptRoom> {
        let ConferenceRoomSettings { pin, moderator_pin, .. } = of.clone();
        let settings = without_pins(of);
        let pins = match pin.is_empty() && moderator_pin.is_empty() {
            true => None,
            false => {
                let text = json(&Pins { pin, moderator_pin })?;
                Some(self.inner.keys.seal(&conference_place(tenant, id), &text)?)
            }
        };
        Ok(KeptRoom { settings, pins })
    }

    /// Removes the temporary rooms that the last has left without anybody noticing, since the process ended, and those that nobody came to
    /// for an hour. For the start alone: nobody is in any room then. Answers how many.
    pub async fn sweep_temporary_conferences(&self, now: Moment) -> Result<u64> {
        let tx = self.write().await?;
        let old = conference_room::Column::CreatedAt.lte((now - UNUSED_KEPT).0);
        let gone = conference_room::Entity::delete_many()
            .filter(conference_room::Column::OwnerId.is_not_null())
            .filter(Condition::any().add(conference_room::Column::Used.eq(true)).add(old))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(gone.rows_affected)
    }

    /// Removes the temporary rooms that nobody came to for an hour. Answers how many.
    pub(crate) async fn purge_temporary_conferences(&self, now: Moment) -> Result<u64> {
        let tx = self.write().await?;
        let unused = || {
            Condition::all()
                .add(conference_room::Column::OwnerId.is_not_null())
                .add(conference_room::Column::Used.eq(false))
                .add(conference_room::Column::CreatedAt.lte((now - UNUSED_KEPT).0))
        };
        let tenants = conference_room::Entity::find().filter(unused()).select_only().distinct();
        let tenants: Vec<i64> = tenants.column(conference_room::Column::TenantId).into_tuple().all(&*tx).await?;
        let gone = conference_room::Entity::delete_many().filter(unused()).exec(&*tx).await?;
        tx.commit().await?;
        for tenant in tenants {
            self.tell(Change::TenantChanged(TenantId(tenant)));
        }
        Ok(gone.rows_affected)
    }
}

impl TenantStore {
    /// The rooms by number, temporary ones included (CONF-08).
    pub async fn list_conference_rooms(&self, operation: &ListConferenceRooms) -> Result<Page<ConferenceRoom>> {
        let mut select = self.find::<conference_room::Entity>();
        if let Some(found) = contains(conference_room::Column::SearchKey, operation.search.as_deref()) {
            select = select.filter(found);
        }
        let sort = Sort {
            name: "number",
            column: conference_room::Column::Number,
            id: conference_room::Column::Id,
            direction: Direction::Ascending,
        };
        let wanted = Wanted { cursor: operation.cursor.as_deref(), limit: operation.limit };
        let key = |row: &conference_room::Model| (Key::Text(row.number.clone()), row.id);
        try_map(page(self.db(), select, &sort, wanted, key).await?, |row| self.store.shown_room(row))
    }

    /// One room; another tenant's is `NotFound`.
    pub async fn conference_room(&self, id: ConferenceRoomId) -> Result<ConferenceRoom> {
        let row = self.find_id::<conference_room::Entity>(id.0).one(self.db()).await?;
        self.store.shown_room(row.ok_or(Error::NotFound)?)
    }

    /// The room with a number; else `NotFound`.
    pub async fn conference_room_at(&self, number: &str) -> Result<ConferenceRoom> {
        let select = self.find::<conference_room::Entity>().filter(conference_room::Column::Number.eq(number));
        self.store.shown_room(select.one(self.db()).await?.ok_or(Error::NotFound)?)
    }

    /// The rooms that an extension owns or is a named moderator of, by number.
    pub async fn own_conference_rooms(&self, own: ExtensionId) -> Result<Vec<ConferenceRoom>> {
        let rows = self.find::<conference_room::Entity>().order_by_asc(conference_room::Column::Number);
        let mut rooms = Vec::new();
        for row in rows.all(self.db()).await? {
            if row.owner_id == Some(own.0) || settings(&row)?.moderators.contains(&own) {
                rooms.push(self.store.shown_room(row)?);
            }
        }
        Ok(rooms)
    }

    /// Adds one, within the tenant's limit (CONF-01, T-04).
    pub async fn create_conference_room(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &CreateConferenceRoom,
    ) -> Result<ConferenceRoom> {
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        self.admit_room(&tx, &tenant).await?;
        let settings = trimmed(&operation.settings);
        let room = ConferenceRoom { id: self.store.next_id(now), tenant_id: self.id, owner_id: None, settings };
        self.check_room(&tx, &room).await?;
        self.check_codes(&tx, &room.settings.number, None).await?;
        self.insert_room(&tx, now, &room).await?;
        let undo = self.turn(room.id, None, Some(&room.settings))?;
        let changed = told(None, Some(&room));
        self.note_undoable(&tx, now, actor, "CreateConferenceRoom", subject(&room), &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(room)
    }

    /// Makes a room for an extension that goes with the last who leaves it; `Forbidden` where the tenant has not allowed it (CONF-18).
    pub async fn create_temporary_conference(
        &self,
        now: Moment,
        actor: &Actor,
        own: ExtensionId,
        operation: &CreateTemporaryConference,
    ) -> Result<ConferenceRoom> {
        let tx = self.store.write().await?;
        let tenant = self.lock(&tx).await?;
        if !tenant.options.temporary_conferences {
            return Err(Error::Forbidden(NOT_ALLOWED));
        }
        self.admit_room(&tx, &tenant).await?;
        let of = conference_room::Column::OwnerId.eq(own.0);
        if self.find::<conference_room::Entity>().filter(of).count(&*tx).await? >= TEMPORARY_ROOMS_MAX as u64 {
            let reason = format!("You have {TEMPORARY_ROOMS_MAX} temporary rooms already. Remove one first.");
            return Err(Error::Conflict { field: "subject", reason });
        }
        let settings = ConferenceRoomSettings {
            number: self.next_temporary_number(&tx).await?,
            subject: operation.subject.clone(),
            pin: operation.pin.clone(),
            moderators: vec![own],
            ..ConferenceRoomSettings::default()
        };
        let settings = trimmed(&settings);
        let room = ConferenceRoom { id: self.store.next_id(now), tenant_id: self.id, owner_id: Some(own), settings };
        self.check_room(&tx, &room).await?;
        self.insert_room(&tx, now, &room).await?;
        let changed = told(None, Some(&room));
        self.note_change(&tx, now, actor, "CreateTemporaryConference", subject(&room), &changed).await?;
        self.commit_plan(tx).await?;
        Ok(room)
    }

    /// Sets one up anew.
    pub async fn update_conference_room(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &UpdateConferenceRoom,
    ) -> Result<ConferenceRoom> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let before = self.held_room(&tx, operation.conference_room_id).await?;
        let after = ConferenceRoom { settings: trimmed(&operation.settings), ..before.clone() };
        self.check_room(&tx, &after).await?;
        self.check_codes(&tx, &after.settings.number, Some(&before.settings.number)).await?;
        conference_room::Entity::update(self.room_row(&after)?).exec(&*tx).await?;
        let undo = self.turn(after.id, Some(&before.settings), Some(&after.settings))?;
        let changed = told(Some(&before), Some(&after));
        self.note_undoable(&tx, now, actor, "UpdateConferenceRoom", subject(&before), &changed, &undo).await?;
        self.commit_plan(tx).await?;
        Ok(after)
    }

    /// Removes one that nothing leads to; else what does is named. The switch ends what goes on in it.
    pub async fn delete_conference_room(
        &self,
        now: Moment,
        actor: &Actor,
        operation: &DeleteConferenceRoom,
    ) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_room(&tx, operation.conference_room_id).await?;
        self.check_room_unused(&tx, gone.id).await?;
        self.remove_room(tx, now, actor, "DeleteConferenceRoom", &gone).await
    }

    /// Removes a temporary room of an extension; any other is `NotFound`.
    pub async fn delete_temporary_conference(
        &self,
        now: Moment,
        actor: &Actor,
        own: ExtensionId,
        operation: &DeleteTemporaryConference,
    ) -> Result<()> {
        let tx = self.store.write().await?;
        self.lock(&tx).await?;
        let gone = self.held_room(&tx, operation.conference_room_id).await?;
        if gone.owner_id != Some(own) {
            return Err(Error::NotFound);
        }
        self.remove_room(tx, now, actor, "DeleteTemporaryConference", &gone).await
    }

    async fn remove_room(
        &self,
        tx: Writing,
        now: Moment,
        actor: &Actor,
        operation: &str,
        gone: &ConferenceRoom,
    ) -> Result<()> {
        conference_room::Entity::delete_by_id(gone.id.0).exec(&*tx).await?;
        let (named, changed) = (subject(gone), told(Some(gone), None));
        match gone.owner_id {
            // It would come back as one that stays.
            Some(_) => self.note_change(&tx, now, actor, operation, named, &changed).await?,
            None => {
                let undo = self.turn(gone.id, Some(&gone.settings), None)?;
                self.note_undoable(&tx, now, actor, operation, named, &changed, &undo).await?;
            }
        }
        self.commit_plan(tx).await
    }

    /// A room as a line of the activity log has kept it.
    pub(crate) fn room_kept(&self, id: ConferenceRoomId, kept: KeptRoom) -> Result<ConferenceRoomSettings> {
        self.store.open_room(self.id, id, kept)
    }

    fn turn(
        &self,
        id: ConferenceRoomId,
        before: Option<&ConferenceRoomSettings>,
        after: Option<&ConferenceRoomSettings>,
    ) -> Result<Undo> {
        let keep = |of: Option<&ConferenceRoomSettings>| {
            of.map(|settings| self.store.seal_room(self.id, id, settings)).transpose()
        };
        Ok(Undo::ConferenceRoom(Turn { id, before: keep(before)?, after: keep(after)? }))
    }

    async fn held_room(&self, tx: &Writing, id: ConferenceRoomId) -> Result<ConferenceRoom> {
        let row = self.find_id::<conference_room::Entity>(id.0).one(&**tx).await?;
        self.store.shown_room(row.ok_or(Error::NotFound)?)
    }

    async fn admit_room(&self, tx: &Writing, tenant: &Tenant) -> Result<()> {
        let used = self.find::<conference_room::Entity>().count(&**tx).await?;
        tenant.quota.admit(Limit::ConferenceRooms, used).map_err(Error::Quota)
    }

    async fn check_room(&self, tx: &Writing, room: &ConferenceRoom) -> Result<()> {
        let settings = &room.settings;
        Error::check(settings.check())?;
        self.check_numbers(tx, [&settings.number], Some(room.id.0)).await?;
        let moderators = settings.moderators.iter().map(|id| id.0);
        let known = self.find::<extension::Entity>().filter(extension::Column::Id.is_in(moderators));
        if known.count(&**tx).await? != settings.moderators.len() as u64 {
            return Err(Error::field("moderators", "One of the moderators is no extension of yours."));
        }
        Ok(())
    }

    /// The next number of [`TEMPORARY_NUMBERS`] that nothing of the tenant has.
    async fn next_temporary_number(&self, tx: &Writing) -> Result<String> {
        let (first, last) = (TEMPORARY_NUMBERS.start().to_string(), TEMPORARY_NUMBERS.end().to_string());
        let mut taken: BTreeSet<String> = BTreeSet::new();
        macro_rules! take {
            ($($module:ident)*) => {$(
                let column = $module::Column::Number;
                let some = self.find::<$module::Entity>().select_only().column(column);
                let some = some.filter(column.between(first.as_str(), last.as_str()));
                taken.extend(some.into_tuple::<String>().all(&**tx).await?);
            )*};
        }
        take!(extension ring_group receptionist queue conference_room);
        let codes = self.feature_codes_in(&**tx).await?;
        let free = |number: &String| !taken.contains(number) && codes.holder_of(number).is_none();
        TEMPORARY_NUMBERS.map(|number| number.to_string()).find(free).ok_or_else(|| {
            let reason = format!("No number from {first} to {last} is free.");
            Error::Conflict { field: "subject", reason }
        })
    }

    async fn insert_room(&self, tx: &Writing, now: Moment, room: &ConferenceRoom) -> Result<()> {
        let row = conference_room::ActiveModel { used: Set(false), created_at: Set(now.0), ..self.room_row(room)? };
        conference_room::Entity::insert(row).exec_without_returning(&**tx).await?;
        Ok(())
    }

    /// Noun → row, but for what is the row's own.
    fn room_row(&self, of: &ConferenceRoom) -> Result<conference_room::ActiveModel> {
        let KeptRoom { settings, pins } = self.store.seal_room(of.tenant_id, of.id, &of.settings)?;
        Ok(conference_room::ActiveModel {
            id: Set(of.id.0),
            tenant_id: Set(of.tenant_id.0),
            number: Set(settings.number.clone()),
            owner_id: Set(of.owner_id.map(i64::from)),
            settings: Set(json(&settings)?),
            pins: Set(pins),
            search_key: Set(search_key([settings.number.as_str(), &settings.subject])),
            ..Default::default()
        })
    }
}

/// How one is set up, without its PINs.
pub(crate) fn settings(row: &conference_room::Model) -> Result<ConferenceRoomSettings> {
    from_json(&row.settings)
}

/// How the log names a room.
fn subject(room: &ConferenceRoom) -> String {
    format!("conference room {}", room.settings.number)
}

fn trimmed(settings: &ConferenceRoomSettings) -> ConferenceRoomSettings {
    let mut settings = settings.clone();
    for text in [
        &mut settings.number,
        &mut settings.subject,
        &mut settings.pin,
        &mut settings.moderator_pin,
        &mut settings.outbound_caller_id,
    ] {
        *text = text.trim().to_owned();
    }
    settings
}

fn without_pins(settings: &ConferenceRoomSettings) -> ConferenceRoomSettings {
    ConferenceRoomSettings { pin: String::new(), moderator_pin: String::new(), ..settings.clone() }
}

/// What the log tells of a change: that a PIN is another one, and not which.
fn told(before: Option<&ConferenceRoom>, after: Option<&ConferenceRoom>) -> Vec<FieldChange> {
    let hidden = |room: Option<&ConferenceRoom>| {
        room.map(|room| ConferenceRoom { settings: without_pins(&room.settings), ..room.clone() })
    };
    let mut changed = changes(hidden(before).as_ref(), hidden(after).as_ref());
    changed.retain(|change| !["pin", "moderator_pin"].contains(&change.field.as_str()));
    let pins = |room: Option<&ConferenceRoom>| {
        let (pin, moderator) =
            room.map(|room| (room.settings.pin.clone(), room.settings.moderator_pin.clone())).unwrap_or_default();
        [("pin", pin), ("moderator_pin", moderator)]
    };
    for ((field, was), (_, is)) in pins(before).into_iter().zip(pins(after)) {
        if was == is {
            continue;
        }
        let word = |pin: &str, word: &str| (!pin.is_empty()).then(|| word.to_owned());
        let after = word(&is, if was.is_empty() { "set" } else { "another" });
        changed.push(FieldChange { field: field.to_owned(), before: word(&was, "set"), after });
    }
    changed
}
