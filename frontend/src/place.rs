//! The addresses of the portal: one place each, read from the path and written as one.

use shared::{CallId, ConferenceRoomId, ExtensionId, TenantId};

use crate::session::Scope;

/// A page of the portal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Root,
    SignIn,
    Link,
    Setup,
    AdminHome,
    AdminTenants,
    AdminTenant(TenantId),
    AdminTrunks,
    AdminNumbers,
    AdminEvents,
    AdminActivity,
    AdminLogFiles,
    AdminRefusals,
    AdminSystem,
    AdminSystemAdvanced,
    AdminSecurity,
    AdminIpList,
    AdminTransports,
    AdminCertificate,
    AdminNetwork,
    AdminCheck,
    AdminPorts,
    AdminServices,
    AdminMailServer,
    AdminObjectStorage,
    AdminWizard,
    TenantHome,
    TenantExtensions,
    TenantGroups,
    TenantInboundRules,
    TenantOutboundRules,
    TenantRingGroups,
    TenantReceptionists,
    TenantConferences,
    TenantConference(ConferenceRoomId),
    TenantPrompts,
    TenantQueues,
    TenantWallboard,
    TenantQueueHistory,
    TenantVips,
    TenantExclusiveAgents,
    TenantNuisances,
    TenantSimulation,
    TenantTrunks,
    TenantNumbers,
    TenantCalls,
    TenantCall(CallId),
    TenantRecordings,
    TenantRecordingRules,
    TenantStorage,
    TenantRegistrations,
    TenantPhones,
    TenantRefusals,
    TenantNetwork,
    TenantSystemExtensions,
    TenantProfile,
    TenantHours,
    TenantMusic,
    TenantMailServer,
    TenantDialing,
    TenantBlockedNumbers,
    TenantFeatureCodes,
    TenantEvents,
    TenantActivity,
    Phone,
    Calls,
    Call(CallId),
    LiveCalls,
    Recordings,
    Conferences,
    Messages,
    Conversation(ExtensionId),
    Voicemail,
    Mailbox,
    Wallboard,
    FeatureCodes,
    Settings,
    Forwarding,
    PhoneKeys,
    Unknown,
}

impl Place {
    /// Reads a path; what is not known is [`Place::Unknown`].
    pub fn read(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::Root,
            ["sign-in"] => Self::SignIn,
            ["link"] => Self::Link,
            ["setup"] => Self::Setup,
            ["admin"] => Self::AdminHome,
            ["admin", "tenants"] => Self::AdminTenants,
            ["admin", "tenants", id] => id.parse().map_or(Self::Unknown, Self::AdminTenant),
            ["admin", "trunks"] => Self::AdminTrunks,
            ["admin", "numbers"] => Self::AdminNumbers,
            ["admin", "events"] => Self::AdminEvents,
            ["admin", "activity"] => Self::AdminActivity,
            ["admin", "log-files"] => Self::AdminLogFiles,
            ["admin", "refusals"] => Self::AdminRefusals,
            ["admin", "system"] => Self::AdminSystem,
            ["admin", "system", "advanced"] => Self::AdminSystemAdvanced,
            ["admin", "system", "security"] => Self::AdminSecurity,
            ["admin", "system", "ip-list"] => Self::AdminIpList,
            ["admin", "system", "transports"] => Self::AdminTransports,
            ["admin", "system", "certificate"] => Self::AdminCertificate,
            ["admin", "system", "network"] => Self::AdminNetwork,
            ["admin", "system", "ports"] => Self::AdminPorts,
            ["admin", "system", "check"] => Self::AdminCheck,
            ["admin", "system", "services"] => Self::AdminServices,
            ["admin", "system", "mail-server"] => Self::AdminMailServer,
            ["admin", "system", "object-storage"] => Self::AdminObjectStorage,
            ["admin", "wizard"] => Self::AdminWizard,
            ["tenant"] => Self::TenantHome,
            ["tenant", "extensions"] => Self::TenantExtensions,
            ["tenant", "groups"] => Self::TenantGroups,
            ["tenant", "inbound-rules"] => Self::TenantInboundRules,
            ["tenant", "outbound-rules"] => Self::TenantOutboundRules,
            ["tenant", "ring-groups"] => Self::TenantRingGroups,
            ["tenant", "receptionists"] => Self::TenantReceptionists,
            ["tenant", "conferences"] => Self::TenantConferences,
            ["tenant", "conferences", id] => id.parse().map_or(Self::Unknown, Self::TenantConference),
            ["tenant", "prompts"] => Self::TenantPrompts,
            ["tenant", "queues"] => Self::TenantQueues,
            ["tenant", "wallboard"] => Self::TenantWallboard,
            ["tenant", "queue-history"] => Self::TenantQueueHistory,
            ["tenant", "vips"] => Self::TenantVips,
            ["tenant", "exclusive-agents"] => Self::TenantExclusiveAgents,
            ["tenant", "nuisances"] => Self::TenantNuisances,
            ["tenant", "simulation"] => Self::TenantSimulation,
            ["tenant", "trunks"] => Self::TenantTrunks,
            ["tenant", "numbers"] => Self::TenantNumbers,
            ["tenant", "calls"] => Self::TenantCalls,
            ["tenant", "calls", id] => id.parse().map_or(Self::Unknown, Self::TenantCall),
            ["tenant", "recordings"] => Self::TenantRecordings,
            ["tenant", "recording-rules"] => Self::TenantRecordingRules,
            ["tenant", "storage"] => Self::TenantStorage,
            ["tenant", "registrations"] => Self::TenantRegistrations,
            ["tenant", "phones"] => Self::TenantPhones,
            ["tenant", "refusals"] => Self::TenantRefusals,
            ["tenant", "network"] => Self::TenantNetwork,
            ["tenant", "system-extensions"] => Self::TenantSystemExtensions,
            ["tenant", "profile"] => Self::TenantProfile,
            ["tenant", "office-hours"] => Self::TenantHours,
            ["tenant", "music-on-hold"] => Self::TenantMusic,
            ["tenant", "mail-server"] => Self::TenantMailServer,
            ["tenant", "dialing"] => Self::TenantDialing,
            ["tenant", "blocked-numbers"] => Self::TenantBlockedNumbers,
            ["tenant", "feature-codes"] => Self::TenantFeatureCodes,
            ["tenant", "events"] => Self::TenantEvents,
            ["tenant", "activity"] => Self::TenantActivity,
            ["phone"] => Self::Phone,
            ["calls"] => Self::Calls,
            ["calls", id] => id.parse().map_or(Self::Unknown, Self::Call),
            ["recordings"] => Self::Recordings,
            ["conferences"] => Self::Conferences,
            ["messages"] => Self::Messages,
            ["messages", id] => id.parse().map_or(Self::Unknown, Self::Conversation),
            ["voicemail"] => Self::Voicemail,
            ["voicemail", "mailbox"] => Self::Mailbox,
            ["live-calls"] => Self::LiveCalls,
            ["wallboard"] => Self::Wallboard,
            ["feature-codes"] => Self::FeatureCodes,
            ["settings"] => Self::Settings,
            ["settings", "forwarding"] => Self::Forwarding,
            ["settings", "phone-keys"] => Self::PhoneKeys,
            _ => Self::Unknown,
        }
    }

    /// The path that leads there.
    pub fn path(&self) -> String {
        match self {
            Self::Root | Self::Unknown => "/".to_owned(),
            Self::SignIn => "/sign-in".to_owned(),
            Self::Link => "/link".to_owned(),
            Self::Setup => "/setup".to_owned(),
            Self::AdminHome => "/admin".to_owned(),
            Self::AdminTenants => "/admin/tenants".to_owned(),
            Self::AdminTenant(id) => format!("/admin/tenants/{id}"),
            Self::AdminTrunks => "/admin/trunks".to_owned(),
            Self::AdminNumbers => "/admin/numbers".to_owned(),
            Self::AdminEvents => "/admin/events".to_owned(),
            Self::AdminActivity => "/admin/activity".to_owned(),
            Self::AdminLogFiles => "/admin/log-files".to_owned(),
            Self::AdminRefusals => "/admin/refusals".to_owned(),
            Self::AdminSystem => "/admin/system".to_owned(),
            Self::AdminSystemAdvanced => "/admin/system/advanced".to_owned(),
            Self::AdminSecurity => "/admin/system/security".to_owned(),
            Self::AdminIpList => "/admin/system/ip-list".to_owned(),
            Self::AdminTransports => "/admin/system/transports".to_owned(),
            Self::AdminCertificate => "/admin/system/certificate".to_owned(),
            Self::AdminNetwork => "/admin/system/network".to_owned(),
            Self::AdminPorts => "/admin/system/ports".to_owned(),
            Self::AdminCheck => "/admin/system/check".to_owned(),
            Self::AdminServices => "/admin/system/services".to_owned(),
            Self::AdminMailServer => "/admin/system/mail-server".to_owned(),
            Self::AdminObjectStorage => "/admin/system/object-storage".to_owned(),
            Self::AdminWizard => "/admin/wizard".to_owned(),
            Self::TenantHome => "/tenant".to_owned(),
            Self::TenantExtensions => "/tenant/extensions".to_owned(),
            Self::TenantGroups => "/tenant/groups".to_owned(),
            Self::TenantInboundRules => "/tenant/inbound-rules".to_owned(),
            Self::TenantOutboundRules => "/tenant/outbound-rules".to_owned(),
            Self::TenantRingGroups => "/tenant/ring-groups".to_owned(),
            Self::TenantReceptionists => "/tenant/receptionists".to_owned(),
            Self::TenantConferences => "/tenant/conferences".to_owned(),
            Self::TenantConference(id) => format!("/tenant/conferences/{id}"),
            Self::TenantPrompts => "/tenant/prompts".to_owned(),
            Self::TenantQueues => "/tenant/queues".to_owned(),
            Self::TenantWallboard => "/tenant/wallboard".to_owned(),
            Self::TenantQueueHistory => "/tenant/queue-history".to_owned(),
            Self::TenantVips => "/tenant/vips".to_owned(),
            Self::TenantExclusiveAgents => "/tenant/exclusive-agents".to_owned(),
            Self::TenantNuisances => "/tenant/nuisances".to_owned(),
            Self::TenantSimulation => "/tenant/simulation".to_owned(),
            Self::TenantTrunks => "/tenant/trunks".to_owned(),
            Self::TenantNumbers => "/tenant/numbers".to_owned(),
            Self::TenantCalls => "/tenant/calls".to_owned(),
            Self::TenantCall(id) => format!("/tenant/calls/{id}"),
            Self::TenantRecordings => "/tenant/recordings".to_owned(),
            Self::TenantRecordingRules => "/tenant/recording-rules".to_owned(),
            Self::TenantStorage => "/tenant/storage".to_owned(),
            Self::TenantRegistrations => "/tenant/registrations".to_owned(),
            Self::TenantPhones => "/tenant/phones".to_owned(),
            Self::TenantRefusals => "/tenant/refusals".to_owned(),
            Self::TenantNetwork => "/tenant/network".to_owned(),
            Self::TenantSystemExtensions => "/tenant/system-extensions".to_owned(),
            Self::TenantProfile => "/tenant/profile".to_owned(),
            Self::TenantHours => "/tenant/office-hours".to_owned(),
            Self::TenantMusic => "/tenant/music-on-hold".to_owned(),
            Self::TenantMailServer => "/tenant/mail-server".to_owned(),
            Self::TenantDialing => "/tenant/dialing".to_owned(),
            Self::TenantBlockedNumbers => "/tenant/blocked-numbers".to_owned(),
            Self::TenantFeatureCodes => "/tenant/feature-codes".to_owned(),
            Self::TenantEvents => "/tenant/events".to_owned(),
            Self::TenantActivity => "/tenant/activity".to_owned(),
            Self::Phone => "/phone".to_owned(),
            Self::Calls => "/calls".to_owned(),
            Self::Call(id) => format!("/calls/{id}"),
            Self::Recordings => "/recordings".to_owned(),
            Self::Conferences => "/conferences".to_owned(),
            Self::Messages => "/messages".to_owned(),
            Self::Conversation(id) => format!("/messages/{id}"),
            Self::Voicemail => "/voicemail".to_owned(),
            Self::Mailbox => "/voicemail/mailbox".to_owned(),
            Self::LiveCalls => "/live-calls".to_owned(),
            Self::Wallboard => "/wallboard".to_owned(),
            Self::FeatureCodes => "/feature-codes".to_owned(),
            Self::Settings => "/settings".to_owned(),
            Self::Forwarding => "/settings/forwarding".to_owned(),
            Self::PhoneKeys => "/settings/phone-keys".to_owned(),
        }
    }

    /// The words of the window's title.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Root | Self::SignIn => "Sign in",
            Self::Link => "One-time link",
            Self::Setup => "Set up",
            Self::AdminHome | Self::TenantHome => "Home",
            Self::AdminTenants => "Tenants",
            Self::AdminTenant(_) => "Tenant",
            Self::AdminTrunks | Self::TenantTrunks => "Trunks",
            Self::AdminNumbers | Self::TenantNumbers => "Numbers",
            Self::TenantGroups => "Groups",
            Self::TenantInboundRules => "Inbound rules",
            Self::TenantOutboundRules => "Outbound rules",
            Self::TenantRingGroups => "Ring groups",
            Self::TenantReceptionists => "Receptionists",
            Self::TenantConferences | Self::Conferences => "Conferences",
            Self::TenantConference(_) => "Conference",
            Self::TenantPrompts => "Prompts",
            Self::TenantQueues => "Queues",
            Self::TenantWallboard => "Wallboard",
            Self::TenantQueueHistory => "History of queues",
            Self::TenantVips => "VIPs",
            Self::TenantExclusiveAgents => "Exclusive agents",
            Self::TenantNuisances => "Nuisances",
            Self::TenantSimulation => "Try a call",
            Self::AdminEvents | Self::TenantEvents => "Events",
            Self::AdminActivity | Self::TenantActivity => "Activity",
            Self::AdminLogFiles => "Log files",
            Self::AdminRefusals | Self::TenantRefusals => "Refused requests",
            Self::AdminSystem | Self::AdminSystemAdvanced => "System",
            Self::AdminSecurity => "Security",
            Self::AdminIpList => "IP list",
            Self::AdminTransports => "Transports",
            Self::AdminCertificate => "Certificate",
            Self::AdminNetwork => "Network",
            Self::AdminPorts => "Ports",
            Self::AdminCheck => "Check",
            Self::AdminServices => "Services",
            Self::AdminMailServer | Self::TenantMailServer => "Mail server",
            Self::AdminObjectStorage => "Object storage",
            Self::AdminWizard => "Set-up wizard",
            Self::TenantDialing => "Codes and E.164",
            Self::TenantBlockedNumbers => "Blocked numbers",
            Self::TenantFeatureCodes | Self::FeatureCodes => "Feature codes",
            Self::TenantProfile => "Company",
            Self::TenantHours => "Office hours",
            Self::TenantMusic => "Music on hold",
            Self::TenantNetwork => "Set up a phone",
            Self::TenantSystemExtensions => "System extensions",
            Self::TenantExtensions => "Extensions",
            Self::TenantCalls | Self::Calls => "Calls",
            Self::TenantCall(_) | Self::Call(_) => "Call",
            Self::TenantRecordings | Self::Recordings => "Recordings",
            Self::TenantRecordingRules => "Recording rules",
            Self::TenantStorage => "Storage",
            Self::TenantRegistrations => "Devices",
            Self::TenantPhones => "Phones",
            Self::Phone => "Phone",
            Self::Messages | Self::Conversation(_) => "Messages",
            Self::Voicemail => "Voicemail",
            Self::Mailbox => "Mailbox",
            Self::LiveCalls => "Running calls",
            Self::Wallboard => "My queues",
            Self::Settings => "Settings",
            Self::Forwarding => "Forwarding",
            Self::PhoneKeys => "Phone keys",
            Self::Unknown => "Not found",
        }
    }

    /// May this session see it?
    pub const fn is_open_to(&self, scope: &Scope) -> bool {
        match self {
            Self::AdminHome
            | Self::AdminTenants
            | Self::AdminTenant(_)
            | Self::AdminTrunks
            | Self::AdminNumbers
            | Self::AdminEvents
            | Self::AdminActivity
            | Self::AdminLogFiles
            | Self::AdminRefusals
            | Self::AdminSystem
            | Self::AdminSystemAdvanced
            | Self::AdminSecurity
            | Self::AdminIpList
            | Self::AdminTransports
            | Self::AdminCertificate
            | Self::AdminNetwork
            | Self::AdminCheck
            | Self::AdminPorts
            | Self::AdminServices
            | Self::AdminMailServer
            | Self::AdminObjectStorage
            | Self::AdminWizard => scope.admin,
            Self::TenantHome
            | Self::TenantExtensions
            | Self::TenantGroups
            | Self::TenantInboundRules
            | Self::TenantOutboundRules
            | Self::TenantRingGroups
            | Self::TenantReceptionists
            | Self::TenantConferences
            | Self::TenantConference(_)
            | Self::TenantPrompts
            | Self::TenantQueues
            | Self::TenantWallboard
            | Self::TenantQueueHistory
            | Self::TenantVips
            | Self::TenantExclusiveAgents
            | Self::TenantNuisances
            | Self::TenantSimulation
            | Self::TenantTrunks
            | Self::TenantNumbers
            | Self::TenantCalls
            | Self::TenantCall(_)
            | Self::TenantRecordings
            | Self::TenantRecordingRules
            | Self::TenantStorage
            | Self::TenantRegistrations
            | Self::TenantPhones
            | Self::TenantRefusals
            | Self::TenantNetwork
            | Self::TenantSystemExtensions
            | Self::TenantProfile
            | Self::TenantHours
            | Self::TenantMusic
            | Self::TenantMailServer
            | Self::TenantDialing
            | Self::TenantBlockedNumbers
            | Self::TenantFeatureCodes
            | Self::TenantEvents
            | Self::TenantActivity => scope.tenant,
            Self::Phone
            | Self::Calls
            | Self::Call(_)
            | Self::LiveCalls
            | Self::Recordings
            | Self::Conferences
            | Self::Messages
            | Self::Conversation(_)
            | Self::Voicemail
            | Self::Mailbox
            | Self::Wallboard
            | Self::Forwarding
            | Self::PhoneKeys
            | Self::FeatureCodes => scope.user,
            Self::Settings => true,
            Self::Root | Self::SignIn | Self::Link | Self::Setup | Self::Unknown => false,
        }
    }

    /// Where a session begins.
    pub const fn home(scope: &Scope) -> Self {
        match scope {
            Scope { admin: true, .. } => Self::AdminHome,
            Scope { tenant: true, .. } => Self::TenantHome,
            Scope { user: true, .. } => Self::Phone,
            _ => Self::Settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_again_by_its_path() {
        let places = [
            Place::Root,
            Place::SignIn,
            Place::Link,
            Place::Setup,
            Place::AdminHome,
            Place::AdminTenants,
            Place::AdminTenant(TenantId(7)),
            Place::AdminTrunks,
            Place::AdminNumbers,
            Place::AdminEvents,
            Place::AdminActivity,
            Place::AdminLogFiles,
            Place::AdminRefusals,
            Place::AdminSystem,
            Place::AdminSystemAdvanced,
            Place::AdminSecurity,
            Place::AdminIpList,
            Place::AdminTransports,
            Place::AdminCertificate,
            Place::AdminNetwork,
            Place::AdminCheck,
            Place::AdminPorts,
            Place::AdminServices,
            Place::AdminMailServer,
            Place::AdminObjectStorage,
            Place::AdminWizard,
            Place::TenantHome,
            Place::TenantExtensions,
            Place::TenantGroups,
            Place::TenantInboundRules,
            Place::TenantOutboundRules,
            Place::TenantRingGroups,
            Place::TenantReceptionists,
            Place::TenantConferences,
            Place::TenantConference(ConferenceRoomId(3)),
            Place::TenantPrompts,
            Place::TenantQueues,
            Place::TenantWallboard,
            Place::TenantQueueHistory,
            Place::TenantVips,
            Place::TenantExclusiveAgents,
            Place::TenantNuisances,
            Place::TenantSimulation,
            Place::TenantTrunks,
            Place::TenantNumbers,
            Place::TenantCalls,
            Place::TenantCall(CallId(9)),
            Place::TenantRecordings,
            Place::TenantRecordingRules,
            Place::TenantStorage,
            Place::TenantRegistrations,
            Place::TenantPhones,
            Place::TenantRefusals,
            Place::TenantNetwork,
            Place::TenantSystemExtensions,
            Place::TenantProfile,
            Place::TenantHours,
            Place::TenantMusic,
            Place::TenantMailServer,
            Place::TenantDialing,
            Place::TenantBlockedNumbers,
            Place::TenantFeatureCodes,
            Place::TenantEvents,
            Place::TenantActivity,
            Place::Phone,
            Place::Calls,
            Place::Call(CallId(9)),
            Place::LiveCalls,
            Place::Recordings,
            Place::Conferences,
            Place::Messages,
            Place::Conversation(ExtensionId(5)),
            Place::Voicemail,
            Place::Mailbox,
            Place::Wallboard,
            Place::FeatureCodes,
            Place::Settings,
            Place::Forwarding,
            Place::PhoneKeys,
        ];
        for place in places {
            assert_eq!(Place::read(&place.path()), place);
            assert_eq!(Place::read(&format!("{}/", place.path())), place);
        }
        for path in ["/nowhere", "/admin/tenants/x", "/calls/ten_1", "/admin/tenants/ten_1/more"] {
            assert_eq!(Place::read(path), Place::Unknown, "{path}");
        }
    }

    #[test]
    fn nobody_begins_at_a_page_that_is_closed_to_them() {
        for (admin, tenant, user) in
            [(true, false, false), (false, true, false), (false, true, true), (false, false, true)]
        {
            let scope = Scope { admin, tenant, user };
            assert!(Place::home(&scope).is_open_to(&scope), "{scope:?}");
        }
        assert!(!Place::AdminHome.is_open_to(&Scope { admin: false, tenant: true, user: true }));
    }
}
