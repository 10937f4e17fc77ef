//! The conferences of a person: those that one is in or moderates, and rooms of one's own (CONF-18).

use shared::Operation;
use shared::conference::{
    ChangeOwnConference, ConferenceRoom, CreateTemporaryConference, DeleteTemporaryConference, ListOwnConferences,
    MailOwnConferenceInvitation, OwnConference, OwnConferences, ParticipantState,
};

use crate::caller::User;
use crate::conference::{Chair, chairs, is_named};
use crate::error::{Error, Result};

pub(crate) async fn list(caller: User, _: ListOwnConferences) -> Result<OwnConferences> {
    let (own, store) = (caller.extension, &caller.store);
    let rooms = store.own_conference_rooms(own).await?;
    let may_create = store.get_own_tenant().await?.options.temporary_conferences;
    let mut standings = Vec::new();
    for mut standing in caller.app.door.conferences(store.tenant_id()).await? {
        let moderates = rooms.iter().any(|room| room.id == standing.room_id) || chairs(&standing, own);
        let is_there = |joined: bool| {
            standing.participants.iter().any(|one| {
                one.extension_id == Some(own)
                    && match one.state {
                        ParticipantState::Joined => true,
                        ParticipantState::Waits => !joined,
                        ParticipantState::Invited => false,
                    }
            })
        };
        if !moderates && !is_there(false) {
            continue;
        }
        if !is_there(true) {
            for other in standing.participants.iter_mut().filter(|one| one.extension_id != Some(own)) {
                (other.number, other.name, other.extension_id) = Default::default();
            }
        }
        standings.push(OwnConference { standing, moderates });
    }
    Ok(OwnConferences { standings, may_create, rooms })
}

pub(crate) async fn create(caller: User, operation: CreateTemporaryConference) -> Result<ConferenceRoom> {
    let User { now, extension, actor, store, .. } = caller;
    Ok(store.create_temporary_conference(now, &actor, extension, &operation).await?)
}

pub(crate) async fn delete(caller: User, operation: DeleteTemporaryConference) -> Result<()> {
    let User { now, extension, actor, store, .. } = caller;
    Ok(store.delete_temporary_conference(now, &actor, extension, &operation).await?)
}

pub(crate) async fn change(caller: User, operation: ChangeOwnConference) -> Result<()> {
    let ChangeOwnConference { conference_room_id, change } = operation;
    Chair::from(caller).change(ChangeOwnConference::NAME, conference_room_id, change).await
}

/// A room that is not one's own to see after is not found.
pub(crate) async fn mail(caller: User, operation: MailOwnConferenceInvitation) -> Result<()> {
    let MailOwnConferenceInvitation { conference_room_id, invitation } = operation;
    let (store, name) = (&caller.store, MailOwnConferenceInvitation::NAME);
    if !is_named(&store.conference_room(conference_room_id).await?, caller.extension) {
        return Err(Error::NotFound);
    }
    Ok(store.mail_conference_invitation(caller.now, &caller.actor, name, conference_room_id, &invitation).await?)
}
