//! Paging: one speaks, many telephones answer by themselves and listen (PAG-02, PAG-03, PAG-05).

use std::time::Duration;

use shared::destination::Destination;
use shared::extension_group::Rights;
use shared::live::{Answer, Ask};
use shared::presence::PresenceStatus;
use shared::reason::Reason;
use shared::ring_group::{RingGroup, RingGroupSettings, RingStrategy};
use shared::simulation::SimulateCall;
use shared::{ExtensionId, RingGroupId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use sip::EndCause;

use crate::call::{ACME, all_gone};
use crate::registration::fair;
use crate::transfer::refer;
use crate::trunk::{Carrier, inbound, run};

const BY_ITSELF: Manner = Manner::Answer(Duration::ZERO);

pub fn group(members: &[i64]) -> RingGroup {
    let settings = RingGroupSettings {
        number: "9000".into(),
        name: "Hall".into(),
        strategy: RingStrategy::Paging,
        ring_seconds: 10,
        members: members.iter().copied().map(ExtensionId).collect(),
        ..RingGroupSettings::default()
    };
    RingGroup { id: RingGroupId(1), tenant_id: TenantId(1), settings }
}

/// Alice (101), and 102, 103 and 104, whose telephones answer by themselves; all four are in the group 9000.
fn hall() -> (World, PhoneId, [PhoneId; 3]) {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let members = ["102", "103", "104"].map(|number| world.registered(ACME, number));
    for phone in members {
        world.at(phone).manner = BY_ITSELF;
    }
    world.change_plan(ACME, |plan| plan.ring_groups = vec![group(&[1_101, 1_102, 1_103, 1_104])]);
    for phone in members.into_iter().chain([alice]) {
        world.at(phone).said.clear();
    }
    (world, alice, members)
}

fn dial(world: &mut World, phone: PhoneId, number: &str) {
    world.act(phone, |phone, now| phone.call(now, number, Vec::new()));
    world.run(1);
}

fn last(world: &mut World, phone: PhoneId) -> Option<Said> {
    world.at(phone).said.last().cloned()
}

/// Who hears it when this phone speaks.
fn hear(world: &mut World, speaker: PhoneId, others: &[PhoneId]) -> Vec<bool> {
    world.run(1);
    let before: Vec<u64> = others.iter().map(|phone| world.at(*phone).sound).collect();
    world.speak(speaker, 20);
    world.run(1);
    others.iter().zip(before).map(|(phone, before)| world.at(*phone).sound >= before + 15).collect()
}

// covers: PAG-02, ADV-02
#[test]
fn pag_02_all_telephones_answer_by_themselves_and_hear_the_caller_who_does_not_hear_them() {
    let (mut world, alice, members) = hall();
    dial(&mut world, alice, "9000");
    assert_eq!(last(&mut world, alice), Some(Said::Answered));
    for member in members {
        let invite = world.at(member).invite.clone().unwrap();
        assert_eq!(invite.header("Call-Info"), Some("<sip:acme.localhost>;answer-after=0"));
        assert!(invite.header("P-Asserted-Identity").unwrap().contains("\"Hall\" <sip:9000@"));
        assert_eq!(world.at(member).up().len(), 1);
    }
    assert_eq!(world.live_calls(), 1);
    assert_eq!(hear(&mut world, alice, &members), [true; 3]);
    let [bob, carol, dave] = members;
    assert_eq!(hear(&mut world, bob, &[alice, carol, dave, bob]), [false; 4]);

    world.act(bob, |phone, now| phone.hang_up(now));
    assert_eq!(hear(&mut world, alice, &[bob, carol, dave]), [false, true, true], "one who leaves leaves alone");
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    for member in [carol, dave] {
        assert!(matches!(last(&mut world, member), Some(Said::Ended(EndCause::Bye(_)))));
    }
    all_gone(&mut world);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!(world.ledger.closed.len(), 1, "one call, one record");
    assert_eq!((record.callee.as_str(), record.callee_name.as_str()), ("9000", "Hall"));
    assert_eq!((record.callee_extension_id, record.ended_reason), (None, Some(Reason::CallerHungUp)));
    assert_eq!(record.final_destination, "9000");
    assert!(world.ledger.last_trace().contains(&Reason::PagesGroup));
}

// covers: PAG-03
#[test]
fn pag_03_a_member_is_heard_from_the_star_key_to_the_hash_key() {
    let (mut world, alice, members) = hall();
    dial(&mut world, alice, "9000");
    let [bob, carol, dave] = members;
    let press = |world: &mut World, phone: PhoneId, key: char| {
        world.act(phone, |phone, now| phone.press(now, key));
        world.run(1);
    };
    for key in ['1', '#'] {
        press(&mut world, bob, key);
        assert_eq!(hear(&mut world, bob, &[alice, carol]), [false; 2], "{key}");
    }
    press(&mut world, bob, '*');
    assert_eq!(hear(&mut world, bob, &[alice, carol, dave, bob]), [true, true, true, false]);
    assert_eq!(hear(&mut world, carol, &[alice, bob]), [false; 2], "each for itself");
    assert_eq!(hear(&mut world, alice, &members), [true; 3]);
    press(&mut world, alice, '#');
    assert_eq!(hear(&mut world, alice, &members), [true; 3], "whoever pages has no keys");
    press(&mut world, bob, '#');
    assert_eq!(hear(&mut world, bob, &[alice, carol, dave]), [false; 3]);
    for member in members {
        world.act(member, |phone, now| phone.hang_up(now));
        world.run(1);
    }
    assert!(matches!(last(&mut world, alice), Some(Said::Ended(EndCause::Bye(_)))), "nobody listens any more");
    all_gone(&mut world);
    let trace = world.ledger.last_trace();
    let told = [Reason::TalksBack, Reason::ListensAgain, Reason::CalleeHungUp];
    assert!(told.iter().all(|code| trace.contains(code)), "{trace:?}");
}

// covers: PAG-05
#[test]
fn pag_05_nobody_is_interrupted_and_who_only_rings_is_skipped() {
    let (mut world, alice, [bob, carol, dave]) = hall();
    dial(&mut world, bob, "103");
    assert_eq!(world.at(bob).up().len(), 1);
    let set = |world: &mut World, status| {
        world.change_plan(ACME, |plan| {
            plan.ring_groups = vec![group(&[1_102, 1_104, 1_109])];
            plan.extensions[3].presence.status = status;
        });
    };
    set(&mut world, PresenceStatus::DoNotDisturb);
    dial(&mut world, alice, "9000");
    assert!(matches!(last(&mut world, alice), Some(Said::Failed(480, _))));
    assert!(world.at(dave).invite.is_none());
    let told = [Reason::MemberBusy, Reason::CalleeNotDisturbed, Reason::CalleeDisabled, Reason::GroupUnreachable];
    let trace = world.ledger.last_trace();
    assert!(told.iter().all(|code| trace.contains(code)), "{trace:?}");

    set(&mut world, PresenceStatus::Available);
    world.at(dave).manner = Manner::Ring;
    dial(&mut world, alice, "9000");
    assert_eq!(last(&mut world, alice), Some(Said::Ringing));
    world.run(10);
    assert!(matches!(last(&mut world, alice), Some(Said::Failed(480, _))), "{:?}", last(&mut world, alice));
    assert!(matches!(last(&mut world, dave), Some(Said::Cancelled(_))));
    assert_eq!(world.at(bob).up().len(), 1, "a call is not broken into");
    let trace = world.ledger.last_trace();
    assert!([Reason::PageSkipped, Reason::PageUnanswered].iter().all(|code| trace.contains(code)), "{trace:?}");
    world.act(carol, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: PAG-05, GRP-06
#[test]
fn pag_05_paging_needs_the_right_and_somebody_who_can_be_reached() {
    for (mute, members, status, reason) in [
        (true, &[1_102][..], 403, Reason::PagingForbidden),
        (false, &[1_101], 480, Reason::GroupUnreachable),
        (false, &[1_109], 480, Reason::GroupUnreachable),
    ] {
        let (mut world, alice, _) = hall();
        world.change_plan(ACME, |plan| {
            plan.ring_groups = vec![group(members)];
            if mute {
                plan.extensions[0].rights = Rights { paging: false, ..Rights::ALL };
            }
        });
        dial(&mut world, alice, "9000");
        assert!(matches!(last(&mut world, alice), Some(Said::Failed(told, _)) if told == status), "{reason:?}");
        assert_eq!(world.ledger.last().unwrap().ended_reason, Some(reason));
        all_gone(&mut world);
    }
}

// covers: PAG-02
#[test]
fn pag_02_a_page_may_be_held_and_the_first_device_of_a_member_is_the_one() {
    let (mut world, alice, [bob, carol, dave]) = hall();
    let second = world.registered(ACME, "102");
    world.at(second).manner = Manner::Ring;
    dial(&mut world, alice, "9000");
    assert!(
        matches!(last(&mut world, second), Some(Said::Cancelled(reason)) if reason.contains("completed elsewhere"))
    );
    for direction in ["sendonly", "sendrecv"] {
        world.act(alice, |phone, now| phone.offer(now, direction));
        world.run(1);
        assert_eq!(last(&mut world, alice), Some(Said::OfferAnswered), "{direction}");
    }
    assert_eq!(hear(&mut world, alice, &[bob, carol, dave]), [true; 3]);
    world.act(bob, |phone, now| phone.offer(now, "sendonly"));
    assert_eq!(hear(&mut world, alice, &[bob, carol, dave]), [false, true, true]);
    let before = world.at(alice).said.len();
    refer(&mut world, alice, "<sip:103@acme.localhost>");
    world.run(1);
    assert!(matches!(world.at(alice).said.get(before), Some(Said::Response(status)) if *status >= 400), "no transfer");
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: PAG-02
#[test]
fn pag_02_no_call_is_sent_on_to_a_page_and_a_rule_may_lead_to_one() {
    let (mut world, alice, [bob, carol, dave]) = hall();
    dial(&mut world, alice, "102");
    assert_eq!(last(&mut world, alice), Some(Said::Answered));
    refer(&mut world, bob, "<sip:9000@acme.localhost>");
    world.run(1);
    assert!(world.at(carol).invite.is_none());
    assert!(matches!(last(&mut world, bob), Some(Said::Response(status)) if status >= 400), "{:?}", world.at(bob).said);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert!(world.ledger.last_trace().contains(&Reason::ServiceUntimely));

    let mut carrier = Carrier::new(7);
    let to = Destination::RingGroup { ring_group_id: RingGroupId(1) };
    world.change_plan(ACME, |plan| plan.inbound_rules = vec![inbound(1, "49301110", "", to)]);
    world.set_trunks(vec![carrier.plan(1, "49301110-49301119")]);
    carrier.call(&mut world, "4915112345", "49301110");
    run(&mut world, &mut [&mut carrier], 2);
    for member in [bob, carol, dave] {
        assert_eq!(world.at(member).up().len(), 1);
    }
}

// covers: PAG-02
#[test]
fn pag_02_what_is_simulated_is_all_at_once() {
    let (mut world, ..) = hall();
    let call =
        SimulateCall { extension_id: Some(ExtensionId(1_101)), dialled: "9000".into(), ..SimulateCall::default() };
    let Some(Answer::Simulation(Some(simulated))) = world.ask(Ask::Simulate(TenantId(1), Box::new(call))) else {
        panic!("no answer")
    };
    let rung: Vec<(u32, &str)> =
        simulated.rung.iter().map(|ringing| (ringing.group, ringing.number.as_str())).collect();
    assert_eq!((simulated.status, rung), (None, vec![(0, "102"), (0, "103"), (0, "104")]));
}
