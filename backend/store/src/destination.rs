//! Where calls are led to: is it there, and who leads to it?

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use shared::destination::Destination;
use shared::inbound_rule::InboundSettings;
use shared::{ConferenceRoomId, ExtensionId, QueueId, ReceptionistId, RingGroupId};

use crate::connect::Writing;
use crate::entity::{conference_room, exclusive_agent, extension, inbound_rule, queue, receptionist, ring_group};
use crate::text::from_json;
use crate::{Error, Result, TenantStore};

/// Why somebody's mailbox is nowhere to lead to.
pub(crate) const NO_MAILBOX: &str = "The extension has no mailbox.";
/// Why a temporary room is nowhere to lead to.
const TEMPORARY: &str = "A temporary room goes with the last who leaves it: nothing can lead there.";
/// As many users of something are named when it cannot be removed.
const NAMED_MAX: usize = 10;

impl TenantStore {
    /// Is what a destination names there? `field` is its place in the form.
    pub(crate) async fn check_destination(
        &self,
        tx: &Writing,
        field: &str,
        destination: Option<&Destination>,
    ) -> Result<()> {
        let there = match destination {
            Some(Destination::Extension { extension_id }) => {
                self.find_id::<extension::Entity>(extension_id.0).one(&**tx).await?.is_some()
            }
            Some(Destination::RingGroup { ring_group_id }) => {
                self.find_id::<ring_group::Entity>(ring_group_id.0).one(&**tx).await?.is_some()
            }
            Some(Destination::Receptionist { receptionist_id }) => {
                self.find_id::<receptionist::Entity>(receptionist_id.0).one(&**tx).await?.is_some()
            }
            Some(Destination::Voicemail { mailbox_id }) => {
                let person = self.find_id::<extension::Entity>(mailbox_id.0).one(&**tx).await?;
                if person.as_ref().is_some_and(|person| !crate::voicemail::settings(person).enabled) {
                    return Err(Error::field(field, NO_MAILBOX));
                }
                person.is_some()
            }
            Some(Destination::Conference { conference_room_id }) => {
                let room = self.find_id::<conference_room::Entity>(conference_room_id.0).one(&**tx).await?;
                if room.as_ref().is_some_and(|room| room.owner_id.is_some()) {
                    return Err(Error::field(field, TEMPORARY));
                }
                room.is_some()
            }
            Some(Destination::Queue { queue_id }) => {
                self.find_id::<queue::Entity>(queue_id.0).one(&**tx).await?.is_some()
            }
            Some(Destination::EndCall | Destination::External { .. }) | None => true,
        };
        match there {
            true => Ok(()),
            false => Err(Error::field(field, "There is no such destination.")),
        }
    }

    /// Refuses to remove a ring group that something leads to, and names it.
    pub(crate) async fn check_group_unused(&self, tx: &Writing, id: RingGroupId) -> Result<()> {
        let users = self.leading(tx, &Destination::RingGroup { ring_group_id: id }).await?;
        unused("ring_group_id", "The ring group", users)
    }

    /// The same of a receptionist. It may lead to itself: that goes with it.
    pub(crate) async fn check_receptionist_unused(&self, tx: &Writing, id: ReceptionistId) -> Result<()> {
        let users = self.leading(tx, &Destination::Receptionist { receptionist_id: id }).await?;
        unused("receptionist_id", "The receptionist", users)
    }

    /// The same of a conference room.
    pub(crate) async fn check_room_unused(&self, tx: &Writing, id: ConferenceRoomId) -> Result<()> {
        let users = self.leading(tx, &Destination::Conference { conference_room_id: id }).await?;
        unused("conference_room_id", "The conference room", users)
    }

    /// The same of a queue.
    pub(crate) async fn check_queue_unused(&self, tx: &Writing, id: QueueId) -> Result<()> {
        let users = self.leading(tx, &Destination::Queue { queue_id: id }).await?;
        unused("queue_id", "The queue", users)
    }

    /// The same of an extension, which may be a member of ring groups and queues, and a moderator of conferences too (EXT-20), and of its mailbox. Its own forwarding goes with
    /// it, and so do temporary rooms of its own.
    pub(crate) async fn check_extension_unused(&self, tx: &Writing, id: ExtensionId) -> Result<()> {
        let mut users = self.leading(tx, &Destination::Extension { extension_id: id }).await?;
        for user in self.leading(tx, &Destination::Voicemail { mailbox_id: id }).await? {
            if !users.contains(&user) {
                users.push(user);
            }
        }
        let groups = self.find::<ring_group::Entity>().order_by_asc(ring_group::Column::Number).all(&**tx).await?;
        for row in groups {
            let settings = crate::ring_group::noun(row)?.settings;
            if settings.members.contains(&id) {
                users.push(format!("the ring group {}, as a member", settings.number));
            }
        }
        for row in
            self.find::<conference_room::Entity>().order_by_asc(conference_room::Column::Number).all(&**tx).await?
        {
            if row.owner_id != Some(id.0) && crate::conference_room::settings(&row)?.moderators.contains(&id) {
                users.push(format!("the conference room {}, as a moderator", row.number));
            }
        }
        for queue in self.queues_in(tx).await? {
            let settings = &queue.settings;
            if settings.members.contains(&id) {
                users.push(format!("the queue {}, as a member", settings.number));
            } else if settings.managers.contains(&id) {
                users.push(format!("the queue {}, as a manager", settings.number));
            }
        }
        let entries = self.find::<exclusive_agent::Entity>().order_by_asc(exclusive_agent::Column::DescriptionKey);
        for row in entries.all(&**tx).await? {
            let settings = crate::exclusive_agent::noun(row)?.settings;
            if settings.agents.contains(&id) {
                users.push(format!("the exclusive agents {}", settings.description));
            }
        }
        unused("extension_id", "The extension", users)
    }

    /// What leads there, in words, but for what goes with it.
    async fn leading(&self, tx: &Writing, there: &Destination) -> Result<Vec<String>> {
        let mut users = Vec::new();
        let rules = self.find::<inbound_rule::Entity>().order_by_asc(inbound_rule::Column::Name).all(&**tx).await?;
        for row in rules {
            let settings: InboundSettings = from_json(&row.settings)?;
            // A direct number goes with its extension.
            if settings.extension_id.is_some_and(|own| is_of(there, own)) {
                continue;
            }
            if settings.open == *there || settings.closed.as_ref() == Some(there) {
                users.push(format!("the inbound rule {}", row.name));
            }
        }
        let groups = self.find::<ring_group::Entity>().order_by_asc(ring_group::Column::Number).all(&**tx).await?;
        for row in groups {
            let settings = crate::ring_group::noun(row)?.settings;
            if settings.otherwise == *there {
                users.push(format!("the ring group {}", settings.number));
            }
        }
        let receptionists = self.find::<receptionist::Entity>().order_by_asc(receptionist::Column::Number);
        for row in receptionists.all(&**tx).await? {
            let own = Destination::Receptionist { receptionist_id: ReceptionistId(row.id) };
            if *there != own && crate::receptionist::settings(&row)?.destinations().any(|(_, to)| to == there) {
                users.push(format!("the receptionist {}", row.number));
            }
        }
        for queue in self.queues_in(tx).await? {
            if queue.settings.otherwise == *there {
                users.push(format!("the queue {}", queue.settings.number));
            }
        }
        let forwarding = self.find::<extension::Entity>().filter(extension::Column::Forwarding.is_not_null());
        for row in forwarding.order_by_asc(extension::Column::Number).all(&**tx).await? {
            let own = is_of(there, ExtensionId(row.id));
            if !own && crate::forwarding::noun(&row).destinations().any(|(_, to)| to == there) {
                users.push(format!("the forwarding of extension {}", row.number));
            }
        }
        Ok(users)
    }
}

/// Is it that extension, or its mailbox?
fn is_of(there: &Destination, id: ExtensionId) -> bool {
    *there == Destination::Extension { extension_id: id } || *there == Destination::Voicemail { mailbox_id: id }
}

/// The refusal to remove what is in use; `what` is what it is called.
pub(crate) fn unused(field: &'static str, what: &str, mut users: Vec<String>) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let more = users.len().saturating_sub(NAMED_MAX);
    users.truncate(NAMED_MAX);
    if more > 0 {
        users.push(format!("{more} more"));
    }
    Err(Error::Conflict { field, reason: format!("{what} is in use by {}.", users.join(", ")) })
}
