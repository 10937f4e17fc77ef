//! Where calls from outside go, and by which trunks calls leave: the tabs of it, and what the forms share.

use leptos::prelude::*;
use shared::conference::{ConferenceRoom, ListConferenceRooms};
use shared::destination::Destination;
use shared::extension::{ExtensionRow, ListExtensions};
use shared::queue::{ListQueues, Queue};
use shared::receptionist::{ListReceptionists, Receptionist};
use shared::ring_group::{ListRingGroups, RingGroup};
use shared::trunk::{ListUsableTrunks, Trunk};
use shared::{ExtensionId, Page};

use crate::page::Head;
use crate::page::target::mailbox_word;
use crate::place::Place;
use crate::ui::fetch::Fetch;
use crate::ui::tabs::Tabs;

/// The most that can be chosen in a form.
const CHOICES_MAX: u32 = 500;

#[component]
pub fn RouteTabs(#[prop(optional)] tools: Option<AnyView>) -> impl IntoView {
    let tabs = vec![
        (Place::TenantInboundRules.path(), "Inbound"),
        (Place::TenantOutboundRules.path(), "Outbound"),
        (Place::TenantRingGroups.path(), "Ring groups"),
        (Place::TenantReceptionists.path(), "Receptionists"),
        (Place::TenantConferences.path(), "Conferences"),
        (Place::TenantPrompts.path(), "Prompts"),
        (Place::TenantSimulation.path(), "Try a call"),
        (Place::TenantTrunks.path(), "Trunks"),
        (Place::TenantNumbers.path(), "Numbers"),
    ];
    let tools = tools.unwrap_or_else(|| ().into_any());
    view! {
        <Head title="Routes" text="Calls to and from the public network." tools />
        <Tabs label="Routes" tabs />
    }
}

/// What can be chosen: the trunks and the extensions.
#[derive(Clone, Copy)]
pub struct Choices {
    /// The trunks that the tenant may use.
    pub trunks: Fetch<Page<Trunk>>,
    /// Its extensions.
    pub extensions: Fetch<Page<ExtensionRow>>,
    /// Its ring groups.
    pub groups: Fetch<Page<RingGroup>>,
    /// Its virtual receptionists.
    pub receptionists: Fetch<Page<Receptionist>>,
    /// Its conference rooms.
    pub rooms: Fetch<Page<ConferenceRoom>>,
    /// Its queues.
    pub queues: Fetch<Page<Queue>>,
}

impl Choices {
    /// Loads both.
    pub fn new() -> Self {
        Self {
            trunks: Fetch::new(|| ListUsableTrunks { limit: Some(CHOICES_MAX), ..ListUsableTrunks::default() }),
            extensions: Fetch::new(|| ListExtensions { limit: Some(CHOICES_MAX), ..ListExtensions::default() }),
            groups: Fetch::new(|| ListRingGroups { limit: Some(CHOICES_MAX), ..ListRingGroups::default() }),
            receptionists: Fetch::new(|| ListReceptionists {
                limit: Some(CHOICES_MAX),
                ..ListReceptionists::default()
            }),
            rooms: Fetch::new(|| ListConferenceRooms { limit: Some(CHOICES_MAX), ..ListConferenceRooms::default() }),
            queues: Fetch::new(|| ListQueues { limit: Some(CHOICES_MAX), ..ListQueues::default() }),
        }
    }

    /// Loads all of it again.
    pub fn reload(self) {
        self.trunks.reload();
        self.extensions.reload();
        self.groups.reload();
        self.receptionists.reload();
        self.rooms.reload();
        self.queues.reload();
    }

    /// Whatever a call can be sent to, watched.
    pub fn targets(self) -> Signal<Vec<(String, String)>> {
        Signal::derive(move || {
            let mut options = self.extension_options().unwrap_or_default();
            options.extend(self.group_options().unwrap_or_default());
            options.extend(self.receptionist_options().unwrap_or_default());
            options.extend(self.room_options().unwrap_or_default());
            options.extend(self.queue_options().unwrap_or_default());
            options.extend(self.mailbox_options().unwrap_or_default());
            options
        })
    }

    /// Number and name of an extension, watched.
    pub fn extension_name(self, id: ExtensionId) -> String {
        let found = self.extensions.map(|page| {
            let row = page.rows.iter().find(|row| row.extension.id == id);
            row.map(|row| format!("{} {}", row.extension.number, row.extension.name))
        });
        match found {
            None => "…".to_owned(),
            Some(found) => found.unwrap_or_else(|| "An extension that is gone".to_owned()),
        }
    }

    /// Id and name of the ring groups, watched.
    fn group_options(self) -> Option<Vec<(String, String)>> {
        let row =
            |group: &RingGroup| (group.id.to_string(), format!("{} {}", group.settings.number, group.settings.name));
        self.groups.map(|page| page.rows.iter().map(row).collect())
    }

    /// Id and name of the receptionists, watched.
    fn receptionist_options(self) -> Option<Vec<(String, String)>> {
        let row = |one: &Receptionist| (one.id.to_string(), receptionist_word(one));
        self.receptionists.map(|page| page.rows.iter().map(row).collect())
    }

    /// Id and name of the conference rooms that stay, watched.
    fn room_options(self) -> Option<Vec<(String, String)>> {
        let row = |one: &ConferenceRoom| (one.id.to_string(), room_word(one));
        self.rooms.map(|page| page.rows.iter().filter(|one| one.owner_id.is_none()).map(row).collect())
    }

    /// Id and name of the queues, watched.
    fn queue_options(self) -> Option<Vec<(String, String)>> {
        let row = |queue: &Queue| (queue.id.to_string(), queue_word(queue));
        self.queues.map(|page| page.rows.iter().map(row).collect())
    }

    /// The mailboxes of the extensions, watched.
    fn mailbox_options(self) -> Option<Vec<(String, String)>> {
        let row = |row: &ExtensionRow| {
            let word = format!("Voicemail of {} {}", row.extension.number, row.extension.name);
            (mailbox_word(row.extension.id), word)
        };
        self.extensions.map(|page| page.rows.iter().map(row).collect())
    }

    /// Id and name of the trunks, watched; none while they are awaited.
    pub fn trunk_options(self) -> Option<Vec<(String, String)>> {
        let row = |trunk: &Trunk| (trunk.id.to_string(), trunk.settings.name.clone());
        self.trunks.map(|page| page.rows.iter().map(row).collect())
    }

    /// Id and name of the extensions, watched.
    pub fn extension_options(self) -> Option<Vec<(String, String)>> {
        let row = |row: &ExtensionRow| {
            (row.extension.id.to_string(), format!("{} {}", row.extension.number, row.extension.name))
        };
        self.extensions.map(|page| page.rows.iter().map(row).collect())
    }

    /// The name of a trunk, watched.
    pub fn trunk_name(self, id: shared::TrunkId) -> String {
        let found = self
            .trunks
            .map(|page| page.rows.iter().find(|trunk| trunk.id == id).map(|trunk| trunk.settings.name.clone()));
        found.flatten().unwrap_or_else(|| "–".to_owned())
    }

    /// A destination in words, watched.
    pub fn destination(self, destination: &Destination) -> String {
        match destination {
            Destination::EndCall => "End the call".to_owned(),
            Destination::External { number } => format!("Outside: {number}"),
            Destination::RingGroup { ring_group_id } => {
                let found = self.groups.map(|page| {
                    let row = page.rows.iter().find(|group| group.id == *ring_group_id);
                    row.map(|group| format!("{} {}", group.settings.number, group.settings.name))
                });
                match found {
                    None => "…".to_owned(),
                    Some(found) => found.unwrap_or_else(|| "A ring group that is gone".to_owned()),
                }
            }
            Destination::Extension { extension_id } => self.extension_name(*extension_id),
            Destination::Conference { conference_room_id } => {
                let found = self.rooms.map(|page| {
                    let row = page.rows.iter().find(|one| one.id == *conference_room_id);
                    row.map(room_word)
                });
                match found {
                    None => "…".to_owned(),
                    Some(found) => found.unwrap_or_else(|| "A conference room that is gone".to_owned()),
                }
            }
            Destination::Voicemail { mailbox_id } => format!("Voicemail of {}", self.extension_name(*mailbox_id)),
            Destination::Queue { queue_id } => {
                let found = self.queues.map(|page| page.rows.iter().find(|one| one.id == *queue_id).map(queue_word));
                match found {
                    None => "…".to_owned(),
                    Some(found) => found.unwrap_or_else(|| "A queue that is gone".to_owned()),
                }
            }
            Destination::Receptionist { receptionist_id } => {
                let found = self.receptionists.map(|page| {
                    let row = page.rows.iter().find(|one| one.id == *receptionist_id);
                    row.map(receptionist_word)
                });
                match found {
                    None => "…".to_owned(),
                    Some(found) => found.unwrap_or_else(|| "A receptionist that is gone".to_owned()),
                }
            }
        }
    }
}

fn room_word(one: &ConferenceRoom) -> String {
    format!("Conference {} {}", one.settings.number, one.settings.subject)
}

fn queue_word(queue: &Queue) -> String {
    format!("Queue {} {}", queue.settings.number, queue.settings.name)
}

fn receptionist_word(one: &Receptionist) -> String {
    format!("Receptionist {} {}", one.settings.number, one.settings.name)
}
