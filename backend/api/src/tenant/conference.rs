//! Conference rooms (CONF-01…CONF-08), and what goes on in them (CONF-10…CONF-16).

use shared::conference::{
    ChangeConference, ConferenceRoom, ConferenceStanding, CreateConferenceRoom, DeleteConferenceRoom,
    ListConferenceRooms, ListConferences, MailConferenceInvitation, Participant, UpdateConferenceRoom,
};
use shared::conference_path::{DestroyRoom, ListParticipants, ListRooms, ShowRoom, UpdateRoom};
use shared::{Operation, Page};

use crate::caller::TenantAdmin;
use crate::conference::{Chair, find, participants};
use crate::error::Result;

pub(crate) async fn list(caller: TenantAdmin, operation: ListConferenceRooms) -> Result<Page<ConferenceRoom>> {
    Ok(caller.store.list_conference_rooms(&operation).await?)
}

pub(crate) async fn create(caller: TenantAdmin, operation: CreateConferenceRoom) -> Result<ConferenceRoom> {
    Ok(caller.store.create_conference_room(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn update(caller: TenantAdmin, operation: UpdateConferenceRoom) -> Result<ConferenceRoom> {
    Ok(caller.store.update_conference_room(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn delete(caller: TenantAdmin, operation: DeleteConferenceRoom) -> Result<()> {
    Ok(caller.store.delete_conference_room(caller.now, &caller.actor, &operation).await?)
}

pub(crate) async fn mail(caller: TenantAdmin, operation: MailConferenceInvitation) -> Result<()> {
    let MailConferenceInvitation { conference_room_id, invitation } = operation;
    let (store, name) = (&caller.store, MailConferenceInvitation::NAME);
    Ok(store.mail_conference_invitation(caller.now, &caller.actor, name, conference_room_id, &invitation).await?)
}

pub(crate) async fn standings(caller: TenantAdmin, _: ListConferences) -> Result<Vec<ConferenceStanding>> {
    caller.app.door.conferences(caller.store.tenant_id()).await
}

pub(crate) async fn change(caller: TenantAdmin, operation: ChangeConference) -> Result<()> {
    let ChangeConference { conference_room_id, change } = operation;
    Chair::from(caller).change(ChangeConference::NAME, conference_room_id, change).await
}

// The same in the words of other systems (CONF-20).

pub(crate) async fn list_rooms(caller: TenantAdmin, operation: ListRooms) -> Result<Page<ConferenceRoom>> {
    let ListRooms { search, cursor, limit } = operation;
    list(caller, ListConferenceRooms { search, cursor, limit }).await
}

pub(crate) async fn show_room(caller: TenantAdmin, operation: ShowRoom) -> Result<ConferenceRoom> {
    find(&caller.store, &operation.id).await
}

pub(crate) async fn update_room(caller: TenantAdmin, operation: UpdateRoom) -> Result<ConferenceRoom> {
    let conference_room_id = find(&caller.store, &operation.id).await?.id;
    update(caller, UpdateConferenceRoom { conference_room_id, settings: operation.settings }).await
}

pub(crate) async fn destroy_room(caller: TenantAdmin, operation: DestroyRoom) -> Result<()> {
    let conference_room_id = find(&caller.store, &operation.id).await?.id;
    delete(caller, DeleteConferenceRoom { conference_room_id }).await
}

pub(crate) async fn list_participants(caller: TenantAdmin, operation: ListParticipants) -> Result<Vec<Participant>> {
    let room = find(&caller.store, &operation.id).await?;
    Ok(participants(caller.app.door.conferences(caller.store.tenant_id()).await?, room.id))
}
