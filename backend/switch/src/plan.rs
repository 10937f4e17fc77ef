//! An immutable picture of all that a tenant has configured; a change brings a new one.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::tz::TimeZone;
use shared::blocked_number::BlockedNumbers;
use shared::conference::ConferenceRoom;
use shared::dialing::DialingCodes;
use shared::extension_group::Rights;
use shared::feature_code::FeatureCodes;
use shared::forwarding::Forwarding;
use shared::hours::OfficeHours;
use shared::inbound_rule::InboundRule;
use shared::music::MusicOnHold;
use shared::outbound_rule::OutboundRule;
use shared::presence::OwnPresence;
use shared::queue::Queue;
use shared::queue_caller::{ExclusiveAgent, Nuisance, Vip};
use shared::quota::Quota;
use shared::receptionist::Receptionist;
use shared::recording_rule::RecordingRules;
use shared::ring_group::RingGroup;
use shared::voicemail::VoicemailSettings;
use shared::{ExtensionGroupId, ExtensionId, ReceptionistId, TenantId};
use sip::digest::Ha1;

use crate::mailbox::Pin;
use crate::monitor::MonitorPlan;

/// The realm of logins as `number@domain` on a host that is nobody's domain.
pub const LOGIN_REALM: &str = "belfry";

/// One tenant as configured.
#[derive(Clone, Debug)]
pub struct TenantPlan {
    /// Its id.
    pub tenant_id: TenantId,
    /// Its name, for traces.
    pub name: String,
    /// Its SIP domain, lower case; also the digest realm.
    pub domain: String,
    /// Off: everything is refused.
    pub enabled: bool,
    /// Its limits.
    pub quota: Quota,
    /// Does a call outside need a balance (BILL-09)?
    pub bill_outbound: bool,
    /// Which calls are recorded, and how (REC-01).
    pub recording: RecordingPlan,
    /// Who may monitor whose calls (CTI-01, CTI-08).
    pub monitoring: MonitorPlan,
    /// What those on hold hear (MOH-01).
    pub music: MusicOnHold,
    /// When it is open (OH-01, OH-02).
    pub hours: OfficeHours,
    /// The time zone of its hours (OH-03).
    pub time_zone: TimeZone,
    /// Its extensions.
    pub extensions: Vec<ExtensionPlan>,
    /// Where calls from outside go.
    pub inbound_rules: Vec<InboundRule>,
    /// By which trunks calls leave, in order.
    pub outbound_rules: Vec<OutboundRule>,
    /// Its ring groups.
    pub ring_groups: Vec<RingGroup>,
    /// Its receptionists.
    pub receptionists: Vec<Arc<Receptionist>>,
    /// Its conference rooms.
    pub conference_rooms: Vec<Arc<ConferenceRoom>>,
    /// Its queues.
    pub queues: Vec<Arc<Queue>>,
    /// Who comes first in them (VIP-01).
    pub vips: Vec<Vip>,
    /// Who goes to certain members first (EXA-01).
    pub exclusive_agents: Vec<ExclusiveAgent>,
    /// Who is not wanted in them (HAR-03).
    pub nuisances: Vec<Nuisance>,
    /// The passwords of the receptionists' entries, by the entries' names (IVR-21).
    pub action_passwords: BTreeMap<(ReceptionistId, String), Secret>,
    /// How it dials, and what it may dial.
    pub dialing: DialingCodes,
    /// Who outside is blocked, in both directions.
    pub blocked: BlockedNumbers,
    /// What it dials for services.
    pub codes: FeatureCodes,
    /// Which calls are recorded by its rules, and who may have one recorded (REC-01).
    pub recording_rules: RecordingRules,
    /// Is its room for sounds used up? Then no recording begins and no message is taken (T-05).
    pub storage_full: bool,
}

/// Which calls of a tenant are recorded, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordingPlan {
    /// All of them (T-03)?
    pub all: bool,
    /// Caller and callee on tracks of their own (REC-05)?
    pub tracks: bool,
    /// Is it said to both?
    pub announced: bool,
}

/// Something that opens a door elsewhere. Prints as stars.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// One extension as configured.
#[derive(Clone, Debug)]
pub struct ExtensionPlan {
    /// Its id.
    pub id: ExtensionId,
    /// Its number.
    pub number: String,
    /// The person's name.
    pub name: String,
    /// Off: registrations and calls are refused.
    pub enabled: bool,
    /// Seconds that it rings.
    pub ring_seconds: u32,
    /// Of `number`, realm = the tenant's domain.
    pub ha1: Ha1,
    /// Of `number@domain`, realm = [`LOGIN_REALM`].
    pub login_ha1: Ha1,
    /// Browser credentials of another epoch are refused.
    pub credential_epoch: u32,
    /// How its person wants to be seen.
    pub presence: OwnPresence,
    /// What its calls go by; shared by all that have set nothing.
    pub calling: Arc<Calling>,
    /// Are its calls recorded (EXT-11)?
    pub record_calls: bool,
    /// Its mailbox; shared by all that have set nothing.
    pub mailbox: Arc<Mailbox>,
    /// The groups that it is in.
    pub groups: Vec<ExtensionGroupId>,
    /// What any of them allows.
    pub rights: Rights,
    /// Is there anything left on its balance (EXT-17)?
    pub has_balance: bool,
}

/// How the mailbox of an extension is set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// How.
    pub settings: VoicemailSettings,
    /// What opens it from elsewhere.
    pub pin: Option<Pin>,
}

impl Mailbox {
    /// For a plan: those that have set nothing, which are most, take no room of their own.
    pub fn shared(self) -> Arc<Self> {
        static USUAL: LazyLock<Arc<Mailbox>> = LazyLock::new(Arc::default);
        if self == **USUAL { USUAL.clone() } else { Arc::new(self) }
    }
}

/// What the calls from and to an extension go by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calling {
    /// Where calls to it go.
    pub forwarding: Forwarding,
    /// Who it is to those outside (EXT-09); may be empty.
    pub outbound_caller_id: String,
    /// The same for emergency calls (EXT-10); may be empty.
    pub emergency_caller_id: String,
}

impl Calling {
    /// For a plan: those of extensions that have set nothing, which are most, take no room of their own.
    pub fn shared(self) -> Arc<Self> {
        static USUAL: LazyLock<Arc<Calling>> = LazyLock::new(Arc::default);
        if self == **USUAL { USUAL.clone() } else { Arc::new(self) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A tenant with these extensions; an extension's id is its number, or its place counted from zero.
    pub fn plan(id: i64, domain: &str, numbers: &[&str]) -> TenantPlan {
        let ha1 = Ha1::NOBODY;
        let extension = |(position, number): (usize, &&str)| ExtensionPlan {
            id: ExtensionId(number.parse().unwrap_or(position as i64)),
            number: (*number).to_owned(),
            name: format!("Person {number}"),
            enabled: true,
            ring_seconds: 60,
            ha1,
            login_ha1: ha1,
            credential_epoch: 1,
            presence: OwnPresence::default(),
            calling: Calling::default().shared(),
            record_calls: false,
            mailbox: Mailbox::default().shared(),
            groups: vec![ExtensionGroupId(id)],
            rights: Rights::ALL,
            has_balance: false,
        };
        TenantPlan {
            tenant_id: TenantId(id),
            name: domain.to_owned(),
            domain: domain.to_owned(),
            enabled: true,
            quota: Quota::default(),
            bill_outbound: false,
            recording: RecordingPlan::default(),
            monitoring: MonitorPlan::default(),
            music: MusicOnHold::default(),
            hours: OfficeHours::default(),
            time_zone: TimeZone::UTC,
            extensions: numbers.iter().enumerate().map(extension).collect(),
            inbound_rules: Vec::new(),
            outbound_rules: Vec::new(),
            ring_groups: Vec::new(),
            receptionists: Vec::new(),
            conference_rooms: Vec::new(),
            queues: Vec::new(),
            vips: Vec::new(),
            exclusive_agents: Vec::new(),
            nuisances: Vec::new(),
            action_passwords: BTreeMap::new(),
            dialing: DialingCodes::default(),
            blocked: BlockedNumbers::default(),
            codes: FeatureCodes::default(),
            recording_rules: RecordingRules::default(),
            storage_full: false,
        }
    }
}
