//! Plans, rules and callers that dice make up.

use std::sync::Arc;

use shared::date::Date;
use shared::destination::Destination;
use shared::did::Mask;
use shared::extension_group::Rights;
use shared::forwarding::{ByHours, Exception, Forwarding, When};
use shared::hours::{Holiday, Hours, OfficeHours, Span, Week};
use shared::inbound_rule::{InboundRule, InboundSettings};
use shared::outbound_rule::{OutboundRoute, OutboundRule, OutboundSettings};
use shared::queue::{Queue, QueueSettings};
use shared::queue_caller::{Nuisance, NuisanceLevel, NuisanceSettings, Vip, VipSettings};
use shared::receptionist::{Receptionist, ReceptionistSettings};
use shared::ring_group::{RingGroup, RingGroupSettings, RingStrategy};
use shared::voicemail::VoicemailSettings;
use shared::{
    ConferenceRoomId, ExtensionGroupId, ExtensionId, InboundRuleId, NuisanceId, OutboundRuleId, QueueId,
    ReceptionistId, RingGroupId, TenantId, TrunkId, VipId,
};
use sim::dice::Dice;
use switch::{Calling, Mailbox};

use super::*;

pub fn pick<T: Copy>(dice: &mut Dice, all: &[T]) -> T {
    all[usize::try_from(dice.below(all.len() as u64)).unwrap()]
}

pub fn random_week(dice: &mut Dice) -> Week {
    let day: Vec<Span> = match dice.below(3) {
        0 => vec![],
        1 => vec![Span::new(20 * 60, 9 * 60)],
        _ => vec![Span::new(0, 0)],
    };
    let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = std::array::from_fn(|_| day.clone());
    Week { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
}

pub fn random_hours(dice: &mut Dice) -> Hours {
    if dice.below(2) == 0 { Hours::Tenant } else { Hours::Own { week: random_week(dice) } }
}

/// Of a company, with a holiday that is on every day or never.
pub fn random_office(dice: &mut Dice) -> OfficeHours {
    let holiday = Holiday {
        name: "Stocktaking".into(),
        first_date: Date::new(2026, 1, 1),
        last_date: Date::new(2026, 12, 31),
        every_year: true,
        ..Holiday::default()
    };
    OfficeHours { week: random_week(dice), holidays: if dice.below(12) == 0 { vec![holiday] } else { vec![] } }
}

pub fn random_rule(dice: &mut Dice, id: i64) -> OutboundRule {
    let route = |dice: &mut Dice| OutboundRoute {
        trunk_id: TrunkId(pick(dice, &[1, 2, 3])),
        strip: pick(dice, &[0, 1, 2]),
        prepend: pick(dice, &["", "+", "00"]).to_owned(),
    };
    OutboundRule {
        id: OutboundRuleId(id),
        tenant_id: TenantId(1),
        position: 1,
        settings: OutboundSettings {
            name: format!("Rule {id}"),
            disabled: dice.below(12) == 0,
            prefixes: pick(dice, &["", "", "00", "+", "00;+;1", "9"]).to_owned(),
            extensions: pick(dice, &["", "", "101", "102-110"]).to_owned(),
            groups: random_groups(dice, 4),
            lengths: pick(dice, &["", "", "3-7", "8-12"]).to_owned(),
            hours: (dice.below(4) == 0).then(|| random_hours(dice)),
            caller_id: pick(dice, CALLER_IDS).to_owned(),
            routes: (0..=dice.below(3)).map(|_| route(dice)).collect(),
        },
    }
}

/// One group or two, or none in most of so many cases.
pub fn random_groups(dice: &mut Dice, of: u64) -> Vec<ExtensionGroupId> {
    let mut groups = match dice.below(of) {
        0 => vec![pick(dice, GROUPS), pick(dice, GROUPS)],
        1 => vec![pick(dice, GROUPS)],
        _ => Vec::new(),
    };
    groups.dedup();
    groups
}

pub fn random_rights(dice: &mut Dice) -> Rights {
    Rights {
        paging: dice.below(8) > 0,
        external: dice.below(12) > 0,
        other_groups: dice.below(5) > 0,
        ..Rights::default()
    }
}

pub fn random_inbound(dice: &mut Dice, id: i64) -> InboundRule {
    let target = |dice: &mut Dice| match dice.below(7) {
        0 => Destination::EndCall,
        6 => random_house(dice),
        1 => random_group_destination(dice),
        2 => Destination::External { number: pick(dice, DIALLED).to_owned() },
        3 => Destination::Extension { extension_id: ExtensionId(1_104) },
        _ => Destination::Extension { extension_id: ExtensionId(1_102) },
    };
    InboundRule {
        id: InboundRuleId(id),
        tenant_id: TenantId(1),
        settings: InboundSettings {
            name: format!("Rule {id}"),
            enabled: dice.below(12) > 0,
            trunk_id: TrunkId(pick(dice, &[1, 1, 1, 2])),
            did_mask: pick(dice, &["*", "*", "49301110", "49301115"]).to_owned(),
            cid_mask: Mask(pick(dice, &["", "", "00442012345678", "0033*********"]).to_owned()),
            hours: random_hours(dice),
            open: target(dice),
            closed: (dice.below(2) == 0).then(|| target(dice)),
            extension_id: None,
        },
    }
}

pub fn random_group_destination(dice: &mut Dice) -> Destination {
    Destination::RingGroup { ring_group_id: RingGroupId(pick(dice, &[1, 2, 3])) }
}

/// Somebody of the house, who may not be there.
pub fn random_house(dice: &mut Dice) -> Destination {
    match dice.below(8) {
        4 => Destination::Conference { conference_room_id: ConferenceRoomId(pick(dice, &[1, 1, 2])) },
        5 | 6 => Destination::Queue { queue_id: QueueId(pick(dice, &[1, 1, 2])) },
        0 => Destination::Receptionist { receptionist_id: ReceptionistId(pick(dice, &[1, 1, 2])) },
        _ => Destination::Voicemail { mailbox_id: ExtensionId(pick(dice, &[1_101, 1_102, 1_102, 1_104])) },
    }
}

/// Where it leads does not count: nobody presses a key.
pub fn receptionist() -> Arc<Receptionist> {
    let settings =
        ReceptionistSettings { number: "800".into(), name: "Menu".into(), ..ReceptionistSettings::default() };
    Arc::new(Receptionist { id: ReceptionistId(1), tenant_id: TenantId(1), settings, with_password: Vec::new() })
}

/// Of some of those whom groups have too, with nobody there in some cases; its callers may be anything.
pub fn random_queue(dice: &mut Dice) -> Arc<Queue> {
    let members: Vec<ExtensionId> =
        [1_102, 1_103, 1_104].map(ExtensionId).into_iter().filter(|_| dice.below(2) == 0).collect();
    let settings = QueueSettings {
        number: "8000".into(),
        name: "Queue".into(),
        strategy: pick(dice, &RingStrategy::ALL[..4]),
        skip_busy: dice.below(2) == 0,
        waits_without_members: dice.below(2) == 0,
        members,
        // A queue that leads to itself is found when it does, and not before.
        otherwise: match random_destination(dice) {
            Destination::Queue { .. } => Destination::EndCall,
            other => other,
        },
        outbound_caller_id: pick(dice, CALLER_IDS).to_owned(),
        ..QueueSettings::default()
    };
    Arc::new(Queue { id: QueueId(1), tenant_id: TenantId(1), settings })
}

pub fn random_vips(dice: &mut Dice) -> Vec<Vip> {
    let settings = VipSettings { number: pick(dice, &["101", "00442012345678"]).into(), ..VipSettings::default() };
    if dice.below(3) == 0 { vec![Vip { id: VipId(1), tenant_id: TenantId(1), settings }] } else { Vec::new() }
}

pub fn random_nuisances(dice: &mut Dice) -> Vec<Nuisance> {
    let level = pick(dice, &[NuisanceLevel::First, NuisanceLevel::Second]);
    let number = pick(dice, &["101", "0033123456789"]).to_owned();
    let settings = NuisanceSettings { number, level, ..NuisanceSettings::default() };
    let nuisance = Nuisance { id: NuisanceId(1), tenant_id: TenantId(1), settings, hits: 0 };
    if dice.below(4) == 0 { vec![nuisance] } else { Vec::new() }
}

pub fn random_mailbox(dice: &mut Dice) -> Arc<Mailbox> {
    let settings = VoicemailSettings {
        enabled: dice.below(8) > 0,
        pin_required: dice.below(4) == 0,
        ..VoicemailSettings::default()
    };
    Mailbox { settings, pin: None }.shared()
}

/// A group of each number, the second a paging group in half of the cases.
pub fn random_ring_group(dice: &mut Dice, id: i64, number: &str) -> RingGroup {
    let strategy = pick(dice, &RingStrategy::ALL);
    let members = [1_101, 1_102, 1_103, 1_104, 1_109].map(ExtensionId);
    let settings = RingGroupSettings {
        number: number.to_owned(),
        name: format!("Group {id}"),
        strategy: if id == 2 && dice.below(2) == 0 { RingStrategy::Paging } else { strategy },
        skip_busy: dice.below(2) == 0,
        members: members.into_iter().filter(|_| dice.below(2) == 0).collect(),
        otherwise: random_destination(dice),
        outbound_caller_id: pick(dice, CALLER_IDS).to_owned(),
        ..RingGroupSettings::default()
    };
    RingGroup { id: RingGroupId(id), tenant_id: TenantId(1), settings }
}

pub fn random_destination(dice: &mut Dice) -> Destination {
    match dice.below(9) {
        0 | 1 => Destination::EndCall,
        7 | 8 => random_house(dice),
        3 => random_group_destination(dice),
        2 => Destination::External { number: pick(dice, DIALLED).to_owned() },
        _ => Destination::Extension { extension_id: ExtensionId(pick(dice, &[1_101, 1_102, 1_103, 1_104])) },
    }
}

pub fn random_calling(dice: &mut Dice) -> Calling {
    let by_hours = |dice: &mut Dice| ByHours { open: random_destination(dice), closed: random_destination(dice) };
    let exception = |dice: &mut Dice| Exception {
        caller: Mask(pick(dice, &["*", "101", "0044**********", "4940777"]).to_owned()),
        when: if dice.below(2) == 0 { When::Always } else { When::Open },
        to: (dice.below(3) > 0).then(|| random_destination(dice)),
    };
    let forwarding = Forwarding {
        no_answer: random_destination(dice),
        busy: random_destination(dice),
        call_waiting: dice.below(2) == 0,
        offline: by_hours(dice),
        do_not_disturb: by_hours(dice),
        away: (dice.below(2) == 0).then(|| by_hours(dice)),
        exceptions: (0..dice.below(3)).map(|_| exception(dice)).collect(),
        ..Forwarding::default()
    };
    let outbound_caller_id = pick(dice, CALLER_IDS).to_owned();
    Calling { forwarding, outbound_caller_id, emergency_caller_id: pick(dice, CALLER_IDS).to_owned() }
}
