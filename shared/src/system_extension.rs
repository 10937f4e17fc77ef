//! Numbers that no person has: a service of Belfry answers them (HOME-05). Nobody signs in with one.

use serde::{Deserialize, Serialize};

use crate::{TenantId, operation};

/// What answers at a number. A kind comes with the service that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SystemExtensionKind {
    /// A virtual receptionist.
    Receptionist,
    /// A conference room.
    Conference,
    /// A ring group.
    RingGroup,
    /// A queue.
    Queue,
    /// Voicemail.
    Voicemail,
    /// Music on hold.
    MusicOnHold,
}

impl SystemExtensionKind {
    /// For people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Receptionist => "Virtual receptionist",
            Self::Conference => "Conference",
            Self::RingGroup => "Ring group",
            Self::Queue => "Queue",
            Self::Voicemail => "Voicemail",
            Self::MusicOnHold => "Music on hold",
        }
    }
}

/// One such number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SystemExtension {
    /// Whose.
    pub tenant_id: TenantId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What answers.
    pub kind: SystemExtensionKind,
    /// Does the service that owns it answer?
    pub answers: bool,
}

/// The tenant's system extensions, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListSystemExtensions {}
operation!(ListSystemExtensions, Get, "/api/tenant/system-extensions", TenantAdmin, Vec<SystemExtension>);
