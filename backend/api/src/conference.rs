//! What is done in conference rooms (CONF-10…CONF-16), by administrators and by the moderators themselves, and the same in the words of
//! other systems (CONF-20). Who takes part is the switch's to know.

use shared::check::is_number;
use shared::conference::{
    ConferenceChange, ConferenceRoom, ConferenceStanding, CreateConferenceRoom, CreateTemporaryConference, Participant,
};
use shared::conference_path::{CreateRoom, UpdateChairman, UpdateParticipant};
use shared::problem::FieldProblem;
use shared::{CallId, ConferenceRoomId, ExtensionId, Moment, Operation, Role};
use store::{Actor, TenantStore};

use crate::App;
use crate::caller::{NEEDS_TENANT, SignedIn, TenantAdmin, User};
use crate::error::{Error, Result};

const MODERATORS_ONLY: Error = Error::Forbidden("Only a moderator of the room may do this.");

/// Somebody who sees after rooms: an administrator, or an extension as far as it is a moderator.
pub(crate) struct Chair {
    app: App,
    now: Moment,
    actor: Actor,
    store: TenantStore,
    own: Option<ExtensionId>,
}

impl From<TenantAdmin> for Chair {
    fn from(caller: TenantAdmin) -> Self {
        let TenantAdmin { app, now, actor, store } = caller;
        Self { app, now, actor, store, own: None }
    }
}

impl From<User> for Chair {
    fn from(caller: User) -> Self {
        let User { app, now, extension, actor, store } = caller;
        Self { app, now, actor, store, own: Some(extension) }
    }
}

impl Chair {
    async fn of(caller: SignedIn) -> Result<Self> {
        let mut actor = caller.actor();
        let tenant = caller.tenant_id().ok_or(NEEDS_TENANT)?;
        let store = caller.app.store.tenant(tenant);
        if caller.acting_for.is_some() {
            actor.acting_for = Some(store.get_own_tenant().await?.name);
        }
        let own = match (caller.account.role, caller.account.extension_id) {
            (Role::User, None) => return Err(Error::NotFound),
            (Role::User, own) => own,
            (Role::Admin | Role::TenantAdmin, _) => None,
        };
        Ok(Self { app: caller.app, now: caller.now, actor, store, own })
    }

    /// How a room stands; none where nobody is in it.
    async fn standing(&self, room: ConferenceRoomId) -> Result<Option<ConferenceStanding>> {
        let standings = self.app.door.conferences(self.store.tenant_id()).await?;
        Ok(standings.into_iter().find(|standing| standing.room_id == room))
    }

    /// Does it in the room, as far as the switch agrees, and notes it. `operation` is what the log calls it.
    pub(crate) async fn change(&self, operation: &str, id: ConferenceRoomId, change: ConferenceChange) -> Result<()> {
        let room = self.store.conference_room(id).await?;
        self.change_room(operation, &room, change).await
    }

    async fn change_room(&self, operation: &str, room: &ConferenceRoom, change: ConferenceChange) -> Result<()> {
        Error::check(change.check())?;
        // The switch has the last word: who is made a moderator in the meantime may.
        if let Some(own) = self.own
            && !is_named(room, own)
            && !self.standing(room.id).await?.is_some_and(|standing| chairs(&standing, own))
        {
            return Err(MODERATORS_ONLY);
        }
        let tenant = self.store.tenant_id();
        let subject = match &change {
            ConferenceChange::Invite { number } => {
                format!("conference room {}: {} invited", room.settings.number, number.trim())
            }
            other => format!("conference room {}: {}", room.settings.number, other.word()),
        };
        let done = self.app.door.change_conference(tenant, room.id, change, self.own).await?;
        done.map_err(Error::ConferenceRefused)?;
        Ok(self.app.store.note_done(self.now, &self.actor, Some(tenant), operation, &subject).await?)
    }
}

/// Is the extension a moderator of the room, whether it is in it or not?
pub(crate) fn is_named(room: &ConferenceRoom, own: ExtensionId) -> bool {
    room.owner_id == Some(own) || room.settings.moderators.contains(&own)
}

/// Is it in the room, and a moderator there?
pub(crate) fn chairs(standing: &ConferenceStanding, own: ExtensionId) -> bool {
    standing.participants.iter().any(|one| one.extension_id == Some(own) && one.moderator)
}

/// A room by its id or its number.
pub(crate) async fn find(store: &TenantStore, text: &str) -> Result<ConferenceRoom> {
    let text = text.trim();
    // The digits of a number could be read as those of an id.
    if is_number(text) {
        match store.conference_room_at(text).await {
            Err(store::Error::NotFound) => {}
            found => return Ok(found?),
        }
    }
    let id: ConferenceRoomId = text.parse().map_err(|_| Error::NotFound)?;
    Ok(store.conference_room(id).await?)
}

/// Who takes part in a room of these.
pub(crate) fn participants(standings: Vec<ConferenceStanding>, room: ConferenceRoomId) -> Vec<Participant> {
    let standing = standings.into_iter().find(|standing| standing.room_id == room);
    standing.map(|standing| standing.participants).unwrap_or_default()
}

/// Adds a room; an extension gets a temporary one (CONF-18, CONF-20).
pub(crate) async fn create(caller: SignedIn, operation: CreateRoom) -> Result<ConferenceRoom> {
    let Chair { now, actor, store, own, .. } = Chair::of(caller).await?;
    let settings = operation.settings;
    match own {
        None => Ok(store.create_conference_room(now, &actor, &CreateConferenceRoom { settings }).await?),
        Some(own) => {
            let operation = CreateTemporaryConference { subject: settings.subject, pin: settings.pin };
            Ok(store.create_temporary_conference(now, &actor, own, &operation).await?)
        }
    }
}

/// Does something in a room (CONF-20).
pub(crate) async fn update_participant(caller: SignedIn, operation: UpdateParticipant) -> Result<()> {
    let name = UpdateParticipant::NAME;
    update(caller, name, &operation.id, |of| operation.change(of)).await
}

/// Makes somebody a moderator, or one no more (CONF-20).
pub(crate) async fn update_chairman(caller: SignedIn, operation: UpdateChairman) -> Result<()> {
    let name = UpdateChairman::NAME;
    update(caller, name, &operation.id, |of| operation.change(of)).await
}

async fn update<M>(caller: SignedIn, name: &str, id: &str, meant: M) -> Result<()>
where
    M: FnOnce(&dyn Fn(&str) -> Option<CallId>) -> std::result::Result<ConferenceChange, FieldProblem>,
{
    let chair = Chair::of(caller).await?;
    let room = find(&chair.store, id).await?;
    let standing = chair.standing(room.id).await?;
    // Who is no moderator does not learn who is there.
    if let Some(own) = chair.own
        && !is_named(&room, own)
        && !standing.as_ref().is_some_and(|standing| chairs(standing, own))
    {
        return Err(MODERATORS_ONLY);
    }
    let people = standing.map(|standing| standing.participants).unwrap_or_default();
    let of = |number: &str| people.iter().find(|one| one.number == number).map(|one| one.call_id);
    let change = meant(&of).map_err(|problem| Error::Invalid(vec![problem]))?;
    chair.change_room(name, &room, change).await
}
