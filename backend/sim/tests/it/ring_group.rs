//! Ring groups, in virtual time (RG-01…RG-06).

use std::time::Duration;

use shared::destination::Destination;
use shared::reason::Reason;
use shared::ring_group::{RingGroup, RingGroupSettings, RingStrategy};
use shared::{ExtensionId, RingGroupId, TenantId};
use sim::{Manner, PhoneId, Said, World};

use crate::call::{ACME, all_gone};
use crate::registration::fair;

/// Alice (101) calls the group 600 of 102, 103 and 104, whose phones do as is said.
fn group(
    strategy: RingStrategy,
    change: impl FnOnce(&mut RingGroupSettings),
    manners: [Manner; 3],
) -> (World, PhoneId, [PhoneId; 3]) {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let members = ["102", "103", "104"].map(|number| world.registered(ACME, number));
    for (member, manner) in members.into_iter().zip(manners) {
        world.at(member).manner = manner;
        world.at(member).said.clear();
    }
    world.at(alice).said.clear();
    let mut settings = RingGroupSettings {
        number: "600".into(),
        name: "Sales".into(),
        strategy,
        ring_seconds: 10,
        members: [1_102, 1_103, 1_104].map(ExtensionId).to_vec(),
        ..RingGroupSettings::default()
    };
    change(&mut settings);
    let group = RingGroup { id: RingGroupId(1), tenant_id: TenantId(1), settings };
    world.change_plan(ACME, |plan| plan.ring_groups = vec![group]);
    (world, alice, members)
}

fn dial(world: &mut World, alice: PhoneId) {
    world.act(alice, |phone, now| phone.call(now, "600", Vec::new()));
}

fn rang(world: &mut World, members: [PhoneId; 3]) -> [usize; 3] {
    members.map(|member| world.at(member).said.iter().filter(|said| matches!(said, Said::Incoming(..))).count())
}

const SILENT: Manner = Manner::Ring;
fn answers(seconds: u64) -> Manner {
    Manner::Answer(Duration::from_secs(seconds))
}

// covers: RG-01, RG-02, RG-06
#[test]
fn rg_02_all_ring_at_once_and_the_first_answer_wins() {
    let (mut world, alice, members) = group(RingStrategy::Simultaneous, |_| {}, [SILENT, answers(3), SILENT]);
    dial(&mut world, alice);
    world.run(2);
    assert_eq!(rang(&mut world, members), [1, 1, 1]);
    world.run(3);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
    assert_eq!([1, 0].map(|place| world.at(members[place]).up().len()), [1, 0]);
    let invite = world.at(members[1]).invite.clone().unwrap();
    assert_eq!(invite.from().unwrap().uri.user, "101");
    assert!(invite.header("P-Asserted-Identity").unwrap().contains("\"Sales\" <sip:600@"));
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!((record.callee.as_str(), record.callee_name.as_str()), ("600", "Sales"));
    assert_eq!(record.callee_extension_id, Some(ExtensionId(1_103)), "whoever answered has the call in their list");
    assert!(world.ledger.last_trace().contains(&Reason::RoutedToGroup));
}

// covers: RG-02
#[test]
fn rg_02_one_rings_after_the_other_each_for_its_time() {
    let (mut world, alice, members) =
        group(RingStrategy::Prioritized, |_| {}, [SILENT, Manner::Refuse(603), answers(2)]);
    dial(&mut world, alice);
    world.run(9);
    assert_eq!(rang(&mut world, members), [1, 0, 0]);
    world.run(2);
    assert_eq!(rang(&mut world, members), [1, 1, 1], "who declines is passed over at once");
    world.run(3);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
    assert!(world.at(members[0]).up().is_empty());
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert!(world.ledger.last_trace().contains(&Reason::MemberNoAnswer));
}

// covers: RG-02
#[test]
fn rg_02_in_turns_the_next_call_begins_with_whoever_was_not_rung() {
    let (mut world, alice, members) = group(RingStrategy::Cyclic, |_| {}, [answers(1), answers(1), answers(1)]);
    for _ in 0..4 {
        dial(&mut world, alice);
        world.run(3);
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(1);
    }
    assert_eq!(rang(&mut world, members), [2, 1, 1]);
    let (mut world, alice, members) = group(RingStrategy::LeastWorked, |_| {}, [SILENT, answers(1), answers(1)]);
    for _ in 0..2 {
        dial(&mut world, alice);
        world.run(15);
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(1);
    }
    assert_eq!(rang(&mut world, members), [2, 1, 1], "who was rung in vain has answered nothing");
}

// covers: RG-03, RG-05
#[test]
fn rg_03_when_nobody_answers_the_call_goes_on_and_who_talks_is_skipped() {
    let otherwise = |settings: &mut RingGroupSettings| {
        settings.members.truncate(2);
        settings.otherwise = Destination::Extension { extension_id: ExtensionId(1_104) };
    };
    let (mut world, alice, members) = group(RingStrategy::Simultaneous, otherwise, [SILENT, SILENT, answers(2)]);
    dial(&mut world, alice);
    world.run(9);
    assert_eq!(rang(&mut world, members), [1, 1, 0]);
    world.run(4);
    assert_eq!(rang(&mut world, members), [1, 1, 1]);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);

    let (mut world, alice, members) = group(RingStrategy::Simultaneous, |_| {}, [answers(1), SILENT, SILENT]);
    let busy = world.registered("globex.localhost", "101");
    let _ = busy;
    world.act(members[1], |phone, now| phone.call(now, "102", Vec::new()));
    world.run(3);
    dial(&mut world, alice);
    world.run(2);
    assert_eq!(rang(&mut world, members), [1, 0, 1], "102 and 103 talk");
    world.run(15);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))), "{:?}", world.at(alice).said);
}

// covers: RG-03
#[test]
fn rg_03_a_group_of_nobody_is_refused_and_two_that_lead_to_each_other_end() {
    let (mut world, alice, _) = group(RingStrategy::Simultaneous, |settings| settings.members.truncate(1), [SILENT; 3]);
    world.change_plan(ACME, |plan| plan.extensions[1].enabled = false);
    dial(&mut world, alice);
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))));
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::GroupUnreachable));

    let (mut world, alice, members) = group(RingStrategy::Simultaneous, |_| {}, [SILENT; 3]);
    world.change_plan(ACME, |plan| {
        let mut other = plan.ring_groups[0].clone();
        other.id = RingGroupId(2);
        other.settings.number = "601".into();
        other.settings.otherwise = Destination::RingGroup { ring_group_id: RingGroupId(1) };
        plan.ring_groups[0].settings.otherwise = Destination::RingGroup { ring_group_id: RingGroupId(2) };
        plan.ring_groups.push(other);
    });
    dial(&mut world, alice);
    world.run(70);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(480, _))), "{:?}", world.at(alice).said);
    assert_eq!(rang(&mut world, members), [2, 2, 2], "each group once");
    assert!(world.ledger.last_trace().contains(&Reason::LoopDetected));
    all_gone(&mut world);
}
