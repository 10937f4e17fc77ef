//! What is simulated is what a live call does: random rules, trunks and calls, each tried out and then made.

mod random;

use std::sync::Arc;
use std::time::Duration;

use shared::did::DidPool;
use shared::live::{Answer, Ask};
use shared::presence::PresenceStatus;
use shared::reason::{Reason, TraceStep};
use shared::ring_group::{RingGroup, RingGroupSettings, RingStrategy};
use shared::simulation::{SimulateCall, Simulation};
use shared::{ExtensionGroupId, ExtensionId, RingGroupId, TenantId, TrunkId};
use sim::World;
use sim::dice::Dice;
use sip::Message;

use crate::call::{ACME, all_gone};
use crate::conference::room;
use crate::queue::{SILENT, answers, desk, hang_up, queue};
use crate::receptionist::dial;
use crate::registration::fair;
use crate::trunk::Carrier;
use random::*;

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
    "*593",
    "*597",
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
                | Reason::AgentSetReady
                | Reason::AgentSetNotReady
                | Reason::AgentUnknown
                | Reason::ConferenceJoined
                | Reason::ConferenceMoved
        )
    };
    trace.into_iter().skip(identity).take_while(|code| *code != Reason::RingingDevice).filter(is_said).collect()
}

/// The members whom the first ring of a group or a queue names.
fn named(steps: &[TraceStep]) -> Option<String> {
    let names = [Reason::GroupRings, Reason::GroupRingsInTurn, Reason::QueueRings];
    steps.iter().find(|step| names.contains(&step.code)).map(|step| step.value.clone())
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
    let (mut reached, mut forbidden, mut led) = (0, [0; 3], [0; 9]);
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
        assert_eq!(
            named(&simulated.steps),
            named(&world.ledger.closed.last().map_or(Vec::new(), |(_, trace)| trace.clone())),
            "case {case}"
        );
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
            Reason::QueueRings,
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

fn tried(world: &mut World, dialled: &str) -> Simulation {
    let call =
        SimulateCall { extension_id: Some(ExtensionId(1_101)), dialled: dialled.to_owned(), ..SimulateCall::default() };
    match world.ask(Ask::Simulate(TenantId(1), Box::new(call))) {
        Some(Answer::Simulation(Some(simulated))) => *simulated,
        other => panic!("{other:?}"),
    }
}

// covers: Q-07, RG-02
#[test]
fn q_07_whoever_tries_a_call_out_is_told_who_of_a_queue_or_a_group_is_rung_first_and_nobody_is() {
    let (mut world, alice, _) = desk(|queue| queue.strategy = RingStrategy::Cyclic, [answers(1), SILENT, SILENT]);
    let numbers = |tried: &Simulation| tried.rung.iter().map(|one| one.number.clone()).collect::<Vec<_>>();
    for first in ["102", "103"] {
        let queue = tried(&mut world, "8000");
        assert_eq!((named(&queue.steps).as_deref(), numbers(&queue)), (Some(first), vec![first.to_owned()]));
        assert_eq!((queue.seconds, queue.status), (20, None));
        assert_eq!(named(&tried(&mut world, "8000").steps).as_deref(), Some(first), "it is nobody's turn by that");
        dial(&mut world, alice, "8000");
        world.run(3);
        hang_up(&mut world, alice);
    }
    world.run(10);
    world.change_plan(ACME, |plan| {
        let queue = queue(1, |queue| queue.strategy = RingStrategy::Simultaneous);
        plan.queues = vec![queue];
        let members = [1_104, 1_102, 1_103].map(ExtensionId).to_vec();
        let group = |id, number: &str, strategy| RingGroup {
            id: RingGroupId(id),
            tenant_id: TenantId(1),
            settings: RingGroupSettings {
                number: number.into(),
                name: "Sales".into(),
                strategy,
                members: members.clone(),
                ..RingGroupSettings::default()
            },
        };
        plan.ring_groups =
            vec![group(1, "600", RingStrategy::Prioritized), group(2, "601", RingStrategy::Simultaneous)];
    });
    let all = tried(&mut world, "8000");
    assert_eq!(named(&all.steps).as_deref(), Some("102, 103, 104"));
    assert!(all.rung.len() == 3 && all.rung.iter().all(|one| one.group == 0), "together");
    for (number, code) in [("600", Reason::GroupRingsInTurn), ("601", Reason::GroupRings)] {
        let group = tried(&mut world, number);
        let step = group.steps.iter().find(|step| step.code == code).unwrap();
        assert_eq!(step.value, "104, 102, 103");
    }
    // Whoever calls is not rung for itself.
    for (members, first) in [(&[1_101, 1_103][..], Some("103")), (&[1_101], None)] {
        let members = members.iter().copied().map(ExtensionId).collect();
        world.change_plan(ACME, |plan| plan.queues = vec![queue(1, |queue| queue.members = members)]);
        let alone = tried(&mut world, "8000");
        assert_eq!((named(&alone.steps).as_deref(), alone.rung.len()), (first, first.into_iter().count()));
        assert!(alone.steps.iter().any(|step| step.code == Reason::QueueEntered));
    }
    all_gone(&mut world);
}
