//! What is simulated is what a live call does: random rules, trunks and calls, each tried out and then made.

use std::sync::Arc;
use std::time::Duration;

use shared::date::Date;
use shared::destination::Destination;
use shared::did::{DidPool, Mask};
use shared::extension_group::Rights;
use shared::forwarding::{ByHours, Exception, Forwarding, When};
use shared::hours::{Holiday, Hours, OfficeHours, Span, Week};
use shared::inbound_rule::{InboundRule, InboundSettings};
use shared::live::{Answer, Ask};
use shared::outbound_rule::{OutboundRoute, OutboundRule, OutboundSettings};
use shared::presence::PresenceStatus;
use shared::queue::{Queue, QueueSettings};
use shared::queue_caller::{Nuisance, NuisanceLevel, NuisanceSettings, Vip, VipSettings};
use shared::reason::Reason;
use shared::receptionist::{Receptionist, ReceptionistSettings};
use shared::ring_group::{RingGroup, RingGroupSettings, RingStrategy};
use shared::simulation::SimulateCall;
use shared::voicemail::VoicemailSettings;
use shared::{
    ConferenceRoomId, ExtensionGroupId, ExtensionId, InboundRuleId, NuisanceId, OutboundRuleId, QueueId,
    ReceptionistId, RingGroupId, TenantId, TrunkId, VipId,
};
use sim::World;
use sim::dice::Dice;
use sip::Message;
use switch::{Calling, Mailbox};

use crate::call::ACME;
use crate::conference::room;
use crate::registration::fair;
use crate::trunk::Carrier;

/// How many calls.
const CASES: u32 = 10_000;
const POOLS: &[&str] = &["*", "*", "*", "", "49301110-49301119", "4930****", "49301115"];
const CALLED: &[&str] = &["49301110", "+49301115", "49301119", "49309999", "1234", "49301200"];
const CALLERS: &[&str] = &["+4940777", "00442012345678", "0033123456789", "anonymous"];
/// Those of people stand there several times, so that enough calls reach somebody.
const DIALLED: &[&str] = &[
    "102",
    "102",
    "102",
    "102",
    "104",
    "104",
    "104",
    "0044123",
    "+44123456",
    "112",
    "00331234567",
    "0044123",
    "+44123456",
    "112",
    "00331234567",
    "999",
    "x",
    "101",
    "600",
    "600",
    "9000",
    "9000",
    "*11102",
    "*11102",
    "*80102",
    "*11104",
    "*11",
    "**102",
    "**",
    "##102",
    "*68",
    "701",
    "**105",
    "0044123",
    "+44123456",
    "00331234567",
    "800",
    "801",
    "8008",
    "8008",
    "8000",
    "8000",
    "*518000",
    "*52",
];
const INTERCOMS: &[&str] = &["*11", "*11", "*80", "1", "99"];
const GROUPS: &[ExtensionGroupId] = &[ExtensionGroupId(1), ExtensionGroupId(2), ExtensionGroupId(3)];
/// Most people can be called.
const STATUSES: &[PresenceStatus] = &[
    PresenceStatus::Available,
    PresenceStatus::Available,
    PresenceStatus::Available,
    PresenceStatus::Away,
    PresenceStatus::DoNotDisturb,
];
const CALLER_IDS: &[&str] = &["", "49301110", "+49301115", "4712"];

fn pick<T: Copy>(dice: &mut Dice, all: &[T]) -> T {
    all[usize::try_from(dice.below(all.len() as u64)).unwrap()]
}

fn random_week(dice: &mut Dice) -> Week {
    let day: Vec<Span> = match dice.below(3) {
        0 => vec![],
        1 => vec![Span::new(20 * 60, 9 * 60)],
        _ => vec![Span::new(0, 0)],
    };
    let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = std::array::from_fn(|_| day.clone());
    Week { monday, tuesday, wednesday, thursday, friday, saturday, sunday }
}

fn random_hours(dice: &mut Dice) -> Hours {
    if dice.below(2) == 0 { Hours::Tenant } else { Hours::Own { week: random_week(dice) } }
}

/// Of a company, with a holiday that is on every day or never.
fn random_office(dice: &mut Dice) -> OfficeHours {
    let holiday = Holiday {
        name: "Stocktaking".into(),
        first_date: Date::new(2026, 1, 1),
        last_date: Date::new(2026, 12, 31),
        every_year: true,
        ..Holiday::default()
    };
    OfficeHours { week: random_week(dice), holidays: if dice.below(12) == 0 { vec![holiday] } else { vec![] } }
}

fn random_rule(dice: &mut Dice, id: i64) -> OutboundRule {
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
fn random_groups(dice: &mut Dice, of: u64) -> Vec<ExtensionGroupId> {
    let mut groups = match dice.below(of) {
        0 => vec![pick(dice, GROUPS), pick(dice, GROUPS)],
        1 => vec![pick(dice, GROUPS)],
        _ => Vec::new(),
    };
    groups.dedup();
    groups
}

fn random_rights(dice: &mut Dice) -> Rights {
    Rights {
        paging: dice.below(8) > 0,
        external: dice.below(12) > 0,
        other_groups: dice.below(5) > 0,
        ..Rights::default()
    }
}

fn random_inbound(dice: &mut Dice, id: i64) -> InboundRule {
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

fn random_group_destination(dice: &mut Dice) -> Destination {
    Destination::RingGroup { ring_group_id: RingGroupId(pick(dice, &[1, 2, 3])) }
}

/// Somebody of the house, who may not be there.
fn random_house(dice: &mut Dice) -> Destination {
    match dice.below(8) {
        4 => Destination::Conference { conference_room_id: ConferenceRoomId(pick(dice, &[1, 1, 2])) },
        5 | 6 => Destination::Queue { queue_id: QueueId(pick(dice, &[1, 1, 2])) },
        0 => Destination::Receptionist { receptionist_id: ReceptionistId(pick(dice, &[1, 1, 2])) },
        _ => Destination::Voicemail { mailbox_id: ExtensionId(pick(dice, &[1_101, 1_102, 1_102, 1_104])) },
    }
}

/// Where it leads does not count: nobody presses a key.
fn receptionist() -> Arc<Receptionist> {
    let settings =
        ReceptionistSettings { number: "800".into(), name: "Menu".into(), ..ReceptionistSettings::default() };
    Arc::new(Receptionist { id: ReceptionistId(1), tenant_id: TenantId(1), settings, with_password: Vec::new() })
}

/// Of some of those whom groups have too, with nobody there in some cases; its callers may be anything.
fn random_queue(dice: &mut Dice) -> Arc<Queue> {
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

fn random_vips(dice: &mut Dice) -> Vec<Vip> {
    let settings = VipSettings { number: pick(dice, &["101", "00442012345678"]).into(), ..VipSettings::default() };
    if dice.below(3) == 0 { vec![Vip { id: VipId(1), tenant_id: TenantId(1), settings }] } else { Vec::new() }
}

fn random_nuisances(dice: &mut Dice) -> Vec<Nuisance> {
    let level = pick(dice, &[NuisanceLevel::First, NuisanceLevel::Second]);
    let number = pick(dice, &["101", "0033123456789"]).to_owned();
    let settings = NuisanceSettings { number, level, ..NuisanceSettings::default() };
    let nuisance = Nuisance { id: NuisanceId(1), tenant_id: TenantId(1), settings, hits: 0 };
    if dice.below(4) == 0 { vec![nuisance] } else { Vec::new() }
}

fn random_mailbox(dice: &mut Dice) -> Arc<Mailbox> {
    let settings = VoicemailSettings {
        enabled: dice.below(8) > 0,
        pin_required: dice.below(4) == 0,
        ..VoicemailSettings::default()
    };
    Mailbox { settings, pin: None }.shared()
}

/// A group of each number, the second a paging group in half of the cases.
fn random_ring_group(dice: &mut Dice, id: i64, number: &str) -> RingGroup {
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

fn random_destination(dice: &mut Dice) -> Destination {
    match dice.below(9) {
        0 | 1 => Destination::EndCall,
        7 | 8 => random_house(dice),
        3 => random_group_destination(dice),
        2 => Destination::External { number: pick(dice, DIALLED).to_owned() },
        _ => Destination::Extension { extension_id: ExtensionId(pick(dice, &[1_101, 1_102, 1_103, 1_104])) },
    }
}

fn random_calling(dice: &mut Dice) -> Calling {
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

/// What decided a live call that has a record, up to the first device that was called.
fn live_codes(world: &World, outward: bool) -> Vec<Reason> {
    let trace = world.ledger.last_trace();
    let identity = if outward { 2 } else { 1 };
    // What the one who answers has to say comes after the decision.
    let is_said = |code: &Reason| {
        !matches!(
            code,
            Reason::MessageTooShort
                | Reason::MailboxOpened
                | Reason::QueueRings
                | Reason::AgentSetReady
                | Reason::AgentSetNotReady
                | Reason::AgentUnknown
                | Reason::ConferenceJoined
                | Reason::ConferenceMoved
        )
    };
    trace.into_iter().skip(identity).take_while(|code| *code != Reason::RingingDevice).filter(is_said).collect()
}

/// The status with which the carrier's call was turned away before any tenant had it: repeats of that are counted, not told.
fn turned_away(world: &World, carrier: &Carrier) -> Option<u16> {
    let answers = world.strayed.iter().filter(|(to, _)| *to == carrier.address);
    answers
        .filter_map(|(_, bytes)| Message::parse(bytes.clone()).ok())
        .map(|answer| answer.status())
        .find(|status| *status >= 200)
}

// covers, IVR-15, VM-02, CONF-09, OUT-01, OUT-02, OUT-04, OUT-06, INB-01, INB-05, INB-06, OH-04, GRP-06, RG-02, PAG-02
#[test]
fn ten_thousand_simulated_calls_decide_as_the_live_ones() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    let (one, two) = (Carrier::new(1), Carrier::new(2));
    let mut dice = Dice::new(7);
    let (mut reached, mut forbidden, mut led) = (0, [0; 3], [0; 8]);
    for case in 0..CASES {
        let outward = dice.below(2) == 0;
        let mut trunks = vec![one.plan(1, "*"), two.plan(2, "*")];
        for (plan, targets) in &mut trunks {
            plan.pools.insert(TenantId(1), DidPool::parse(pick(&mut dice, POOLS)).unwrap());
            plan.settings.options_seconds = None;
            plan.settings.enabled = dice.below(12) > 0;
            plan.settings.calls_max = pick(&mut dice, &[None, None, None, None, Some(0), Some(5)]);
            // Where a trunk is nowhere, no call comes by it.
            if outward && dice.below(8) == 0 {
                targets.clear();
            }
            if dice.below(8) == 0 {
                plan.pools.clear();
            }
        }
        world.set_trunks(trunks);
        let outbound_rules = (0..dice.below(7)).map(|id| random_rule(&mut dice, i64::try_from(id).unwrap())).collect();
        let inbound_rules =
            (0..dice.below(7)).map(|id| random_inbound(&mut dice, i64::try_from(id).unwrap())).collect();
        let groups = [(1, "600"), (2, "9000")].map(|(id, number)| random_ring_group(&mut dice, id, number));
        let queue = random_queue(&mut dice);
        let (vips, nuisances) = (random_vips(&mut dice), random_nuisances(&mut dice));
        let hours = random_office(&mut dice);
        let calling: Vec<_> = (0..4).map(|_| (dice.below(2) == 0).then(|| random_calling(&mut dice))).collect();
        let statuses: Vec<_> = (0..4).map(|_| pick(&mut dice, STATUSES)).collect();
        let intercom = pick(&mut dice, INTERCOMS);
        let busy = pick(&mut dice, &[None, None, None, None, None, Some(0)]);
        world.change_plan(ACME, |plan| {
            for known in &mut plan.extensions {
                known.groups = random_groups(&mut dice, 2);
                known.rights = random_rights(&mut dice);
                known.has_balance = dice.below(4) > 0;
                known.mailbox = random_mailbox(&mut dice);
            }
            plan.outbound_rules = outbound_rules;
            plan.inbound_rules = inbound_rules;
            plan.ring_groups = groups.to_vec();
            plan.receptionists = vec![receptionist()];
            plan.conference_rooms = vec![Arc::new(room(|_| {}))];
            (plan.queues, plan.vips, plan.nuisances) = (vec![queue], vips, nuisances);
            plan.hours = hours;
            plan.codes.intercom = intercom.to_owned();
            plan.quota.concurrent_calls_max = busy;
            plan.bill_outbound = dice.below(3) == 0;
            for (extension, (calling, status)) in plan.extensions.iter_mut().zip(calling.into_iter().zip(statuses)) {
                extension.calling = calling.unwrap_or_default().shared();
                extension.presence.status = status;
            }
        });
        let (dialled, caller) = (pick(&mut dice, if outward { DIALLED } else { CALLED }), pick(&mut dice, CALLERS));
        let call = SimulateCall {
            extension_id: outward.then_some(ExtensionId(1_101)),
            trunk_id: (!outward).then_some(TrunkId(1)),
            caller: caller.to_owned(),
            dialled: dialled.to_owned(),
            when: None,
        };
        let Some(Answer::Simulation(Some(simulated))) = world.ask(Ask::Simulate(TenantId(1), Box::new(call))) else {
            panic!("no answer")
        };
        match outward {
            true => drop(world.act(alice, |phone, now| phone.call(now, dialled, Vec::new()))),
            false => one.call_as(&mut world, caller, dialled, &format!("case-{case}")),
        }
        world.run_for(Duration::from_millis(200));
        if let Some(id) = world.ledger.open.keys().next().copied() {
            world.ask(Ask::HangUp(TenantId(1), id));
        }
        world.run_for(Duration::from_secs(2));
        if world.ledger.closed.is_empty() {
            assert_eq!(turned_away(&world, &one), simulated.status, "case {case}: {dialled} by {caller}");
            assert!(!outward && simulated.steps.len() == 1, "case {case}");
        }
        let live = live_codes(&world, outward);
        let mut expected: Vec<Reason> = simulated.steps.iter().map(|step| step.code).collect();
        let is_queue = expected.contains(&Reason::RoutedToQueue);
        let is_code = expected.last() == Some(&Reason::ServiceDialled) && simulated.status.is_none();
        if is_queue && expected.last() == Some(&Reason::QueueOtherwise) {
            let onward = simulated.onward.first().expect("it goes on");
            expected.extend(onward.steps.iter().map(|step| step.code));
        }
        let goes_on = is_queue || is_code;
        if !goes_on && simulated.status.is_none() && live.last() == Some(&Reason::HungUpByAdmin) {
            // Nobody had to be called before the end: the device was not yet reached.
            expected.push(Reason::HungUpByAdmin);
        }
        if world.ledger.closed.is_empty() {
            expected.clear();
        }
        // What becomes of a caller in a queue, or of one who is told something, comes after the decision.
        let decided = if goes_on { &live[..live.len().min(expected.len())] } else { &live[..] };
        assert_eq!(decided, expected, "case {case}: {dialled} by {caller}, outward: {outward}: {live:?}");
        reached += u32::from(simulated.status.is_none());
        for (count, code) in
            forbidden.iter_mut().zip([Reason::ExternalForbidden, Reason::OtherGroupForbidden, Reason::BalanceEmpty])
        {
            *count += u32::from(expected.last() == Some(&code));
        }
        for (count, code) in led.iter_mut().zip([
            Reason::RoutedToGroup,
            Reason::PagesGroup,
            Reason::RoutedToReceptionist,
            Reason::RoutedToMailbox,
            Reason::RoutedToConference,
            Reason::RoutedToQueue,
            Reason::QueueEntered,
            Reason::QueueOtherwise,
        ]) {
            *count += u32::from(expected.contains(&code));
        }
        world.strayed.clear();
        world.ledger = sim::ledger::Ledger {
            registrations: std::mem::take(&mut world.ledger.registrations),
            ..Default::default()
        };
        world.at(alice).said.clear();
        world.at(bob).said.clear();
        if case % 20 == 0 {
            // Transactions of carriers that never answer end by themselves; devices renew.
            world.run(70);
            world.strayed.clear();
            for phone in [alice, bob] {
                world.act(phone, |phone, now| phone.register(now, phone.expires));
            }
            world.run(1);
            world.ledger = sim::ledger::Ledger {
                registrations: std::mem::take(&mut world.ledger.registrations),
                ..Default::default()
            };
        }
    }
    assert!(reached > CASES / 10 && reached < CASES * 9 / 10, "{reached} of {CASES} reached somebody");
    assert!(forbidden.iter().all(|count| *count > CASES / 200), "{forbidden:?}");
    let enough = |(place, count): (usize, &u32)| *count > if place < 6 { CASES / 100 } else { CASES / 400 };
    assert!(led.iter().enumerate().all(enough), "{led:?} came to groups and the house");
}
