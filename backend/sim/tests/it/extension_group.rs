//! What extension groups forbid, in virtual time (GRP-06, OUT-01).

use shared::ExtensionGroupId;
use shared::extension_group::Rights;
use shared::reason::Reason;
use sim::{Said, World};

use crate::call::{ACME, all_gone};
use crate::registration::fair;
use crate::transfer::{refer, three};
use crate::trunk::{abroad, dial, rule, run};

/// Gives the extensions of Acme their groups, and all of them these rights.
fn grouped(world: &mut World, rights: Rights, groups: [&[i64]; 4]) {
    world.change_plan(ACME, |plan| {
        for (known, groups) in plan.extensions.iter_mut().zip(groups) {
            known.groups = groups.iter().map(|id| ExtensionGroupId(*id)).collect();
            known.rights = rights;
        }
    });
}

const INSIDE: Rights = Rights { other_groups: false, ..Rights::ALL };
const KEPT_IN: Rights = Rights { external: false, ..Rights::ALL };

// covers: GRP-06
#[test]
fn grp_06_a_call_to_another_group_is_403_and_one_within_the_group_rings() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let (bob, carol) = (world.registered(ACME, "102"), world.registered(ACME, "103"));
    for phone in [alice, bob, carol] {
        world.at(phone).said.clear();
    }
    grouped(&mut world, INSIDE, [&[1], &[2], &[3, 1], &[2]]);
    dial(&mut world, alice, "102");
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(403, _))), "{:?}", world.at(alice).said);
    assert!(world.at(bob).said.is_empty());
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::OtherGroupForbidden));
    dial(&mut world, alice, "103");
    world.run(4);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    // Who may call others calls members of a group that may not.
    world.change_plan(ACME, |plan| plan.extensions[0].rights = Rights::ALL);
    dial(&mut world, alice, "102");
    world.run(4);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
}

// covers: GRP-06
#[test]
fn grp_06_nobody_hands_a_call_on_to_whom_it_may_not_call() {
    let (mut world, alice, bob, carol) = three();
    grouped(&mut world, INSIDE, [&[1, 2], &[2], &[1], &[1]]);
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(2);
    assert_eq!(world.at(bob).said, [Said::Response(403)]);
    assert!(world.at(carol).said.is_empty());
    assert_eq!(world.at(alice).up().len(), 1, "the call goes on");
    refer(&mut world, alice, "<sip:103@acme.localhost>");
    world.run(4);
    assert_eq!(world.at(carol).up().len(), 1);
}

// covers: GRP-06, EXT-10, OUT-06
#[test]
fn grp_06_without_external_calls_a_number_outside_is_403_and_an_emergency_goes_out() {
    let (mut world, alice, mut one, mut two) = abroad();
    grouped(&mut world, KEPT_IN, [&[1]; 4]);
    // Neither a forbidden country nor a missing rule is told before.
    world.change_plan(ACME, |plan| plan.outbound_rules = vec![rule("112", &[(1, 0, "")])]);
    dial(&mut world, alice, "00442345");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(403, _))), "{:?}", world.at(alice).said);
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::ExternalForbidden));
    assert_eq!(one.of("INVITE").len() + two.of("INVITE").len(), 0);
    dial(&mut world, alice, "112");
    run(&mut world, &mut [&mut one, &mut two], 2);
    assert_eq!(one.of("INVITE")[0].request_uri().unwrap().user, "112");
    assert_eq!(world.at(alice).said.last(), Some(&Said::Answered));
}

// covers: OUT-01
#[test]
fn out_01_a_rule_for_a_group_takes_the_calls_of_its_members() {
    for (groups, trunk) in [(&[1][..], 2), (&[1, 7], 1)] {
        let (mut world, alice, mut one, mut two) = abroad();
        grouped(&mut world, Rights::ALL, [groups, &[1], &[1], &[1]]);
        let mut of_group = rule("", &[(1, 0, "")]);
        of_group.settings.groups = vec![ExtensionGroupId(7)];
        world.change_plan(ACME, |plan| plan.outbound_rules = vec![of_group, rule("", &[(2, 0, "")])]);
        dial(&mut world, alice, "00442345");
        run(&mut world, &mut [&mut one, &mut two], 2);
        let tried = [(1, one.of("INVITE").len()), (2, two.of("INVITE").len())];
        let first = tried.iter().find(|(_, invites)| *invites > 0).map(|(place, _)| *place);
        assert_eq!(first, Some(trunk), "{groups:?} {tried:?}");
    }
}
