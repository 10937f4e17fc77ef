//! Parking: a slot by transfer, taken by its number, rung back after a time (PARK-01).

use std::time::Duration;

use shared::live::{Answer, Ask};
use shared::reason::Reason;
use shared::{ExtensionId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use sip::EndCause;

use crate::call::{ACME, all_gone};
use crate::transfer::{hear_each_other, refer, three};

/// Bob (102), who talks with Alice (101), parks her; Carol (103) is there.
fn parked() -> (World, PhoneId, PhoneId, PhoneId) {
    let (mut world, alice, bob, carol) = three();
    park(&mut world, bob);
    (world, alice, bob, carol)
}

fn park(world: &mut World, phone: PhoneId) {
    refer(world, phone, "<sip:*68@acme.localhost>");
    world.run(1);
}

fn dial(world: &mut World, phone: PhoneId, number: &str) {
    world.act(phone, |phone, now| phone.call(now, number, Vec::new()));
    world.run(1);
}

fn last(world: &mut World, phone: PhoneId) -> Option<Said> {
    world.at(phone).said.last().cloned()
}

fn failed(world: &mut World, phone: PhoneId, number: &str) -> (u16, Reason) {
    dial(world, phone, number);
    let Some(Said::Failed(status, _)) = last(world, phone) else { panic!("{number}: {:?}", last(world, phone)) };
    (status, world.ledger.last().unwrap().ended_reason.unwrap())
}

fn slots(world: &mut World) -> Vec<String> {
    let Some(Answer::LiveCalls(calls)) = world.ask(Ask::LiveCalls(Some(TenantId(1)))) else { panic!() };
    calls.iter().filter_map(|call| call.parked_at().map(str::to_owned)).collect()
}

fn incoming(world: &mut World, phone: PhoneId) -> usize {
    world.at(phone).said.iter().filter(|said| matches!(said, Said::Incoming(..))).count()
}

// covers: PARK-01
#[test]
fn park_01_a_call_is_parked_by_transfer_and_taken_by_the_number_of_its_slot() {
    let (mut world, alice, bob, carol) = parked();
    let said = world.at(bob).said.clone();
    assert!(said.contains(&Said::Notified(200, true)), "{said:?}");
    assert!(said.contains(&Said::Message("701".into(), "The call with 101 is parked at 701.".into())), "{said:?}");
    assert!(said.iter().any(|said| matches!(said, Said::Ended(EndCause::Bye(Some(why))) if why.contains("parked"))));
    assert_eq!((slots(&mut world), world.live_calls()), (vec!["701".to_owned()], 1));
    world.run(30);
    assert_eq!(world.at(alice).up().len(), 1, "she waits");
    assert_eq!(failed(&mut world, carol, "702"), (404, Reason::SlotEmpty));
    let stranger = world.registered("globex.localhost", "103");
    assert_eq!(failed(&mut world, stranger, "701"), (404, Reason::SlotEmpty));
    assert_eq!(failed(&mut world, alice, "701"), (404, Reason::SlotEmpty), "nobody takes itself");
    world.ledger.closed.clear();
    dial(&mut world, carol, "701");
    assert_eq!((last(&mut world, carol), slots(&mut world)), (Some(Said::Answered), vec![]));
    let told = world.at(alice).invite.clone().unwrap();
    assert_eq!(told.header("P-Asserted-Identity"), Some("\"Person 103\" <sip:103@acme.localhost>"));
    hear_each_other(&mut world, alice, carol, bob);
    for _ in 0..13 {
        world.speak(alice, 1);
        world.run(10);
    }
    assert_eq!(incoming(&mut world, bob), 0, "it rings nobody any more");
    world.act(carol, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 1, "one call, one record");
    let record = world.ledger.last().unwrap();
    assert_eq!((record.caller.as_str(), record.callee.as_str()), ("101", "102"));
    assert!(record.final_destination.starts_with("sip:103@"), "{}", record.final_destination);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::Parked) && trace.contains(&Reason::Unparked), "{trace:?}");
}

// covers: PARK-01
#[test]
fn park_01_after_its_time_it_rings_whoever_has_parked_it_again_and_again() {
    let (mut world, alice, bob, carol) = parked();
    world.at(bob).manner = Manner::Refuse(486);
    world.run(117);
    assert_eq!(incoming(&mut world, bob), 0);
    world.run(5);
    assert_eq!(incoming(&mut world, bob), 1);
    assert_eq!(slots(&mut world), ["701"], "he is busy, and it stays");
    world.at(bob).manner = Manner::Answer(Duration::from_secs(2));
    world.run(120);
    assert_eq!(incoming(&mut world, bob), 2);
    assert_eq!(
        world.at(bob).said.iter().filter(|said| matches!(said, Said::Incoming(who, _) if who == "101")).count(),
        2
    );
    world.run(5);
    hear_each_other(&mut world, alice, bob, carol);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    let trace = world.ledger.last_trace();
    for code in [Reason::ParkRecalls, Reason::ParkRecallFailed, Reason::Unparked] {
        assert!(trace.contains(&code), "{trace:?}");
    }
}

// covers: PARK-01
#[test]
fn park_01_while_it_rings_back_the_slot_still_holds_it() {
    let (mut world, alice, bob, carol) = parked();
    world.at(bob).manner = Manner::Ring;
    world.run(122);
    assert_eq!(incoming(&mut world, bob), 1);
    dial(&mut world, carol, "701");
    assert!(matches!(last(&mut world, bob), Some(Said::Cancelled(why)) if why.contains("completed elsewhere")));
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

// covers: PARK-01
#[test]
fn park_01_whoever_is_parked_may_hang_up_and_a_call_that_nobody_takes_ends() {
    let (mut world, alice, _, _) = parked();
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::CallerHungUp));

    let (mut world, _, bob, _) = three();
    world.change_plan(ACME, |plan| plan.codes.park_seconds = 10);
    world.at(bob).manner = Manner::Refuse(486);
    park(&mut world, bob);
    for _ in 0..12 {
        world.run(10);
    }
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::ParkedInVain));
    assert_eq!(incoming(&mut world, bob), 10);
}

// covers: PARK-01
#[test]
fn park_01_each_call_has_a_slot_of_its_own_and_without_one_the_two_talk_on() {
    let (mut world, alice, bob, carol) = three();
    let dave = world.registered(ACME, "104");
    world.change_plan(ACME, |plan| {
        // 701 is somebody's number, from before the codes came.
        plan.extensions[3].number = "701".into();
        plan.codes.slot_last = 702;
    });
    park(&mut world, bob);
    assert_eq!(slots(&mut world), ["702"]);
    world.change_plan(ACME, |plan| plan.extensions[3].number = "104".into());
    world.act(dave, |phone, now| phone.register(now, 600));
    world.run(1);
    dial(&mut world, dave, "103");
    world.run(3);
    park(&mut world, carol);
    assert_eq!(slots(&mut world).len(), 2);
    // A third finds no slot.
    let erin = world.registered(ACME, "102");
    world.act(bob, |phone, now| phone.register(now, 0));
    world.run(1);
    dial(&mut world, carol, "102");
    world.run(3);
    world.at(erin).said.clear();
    park(&mut world, erin);
    assert_eq!(last(&mut world, erin), Some(Said::Response(486)));
    hear_each_other(&mut world, carol, erin, bob);
    for phone in [alice, dave, carol] {
        world.act(phone, |phone, now| phone.hang_up(now));
    }
    all_gone(&mut world);
}

// covers: PARK-01
#[test]
fn park_01_the_code_is_for_transfers_and_other_codes_are_for_those_who_dial_them() {
    let (mut world, alice, bob, carol) = three();
    assert_eq!(failed(&mut world, carol, "*68"), (403, Reason::ParkNeedsTransfer));
    for code in ["**103", "%23%23103", "701"] {
        refer(&mut world, bob, &format!("<sip:{code}@acme.localhost>"));
        world.run(1);
        assert_eq!(last(&mut world, bob), Some(Said::Response(403)), "{code}");
    }
    hear_each_other(&mut world, alice, bob, carol);
    // A transfer to the intercom is one to a telephone that answers by itself.
    refer(&mut world, bob, "<sip:*11103@acme.localhost>");
    world.run(4);
    assert!(world.at(carol).invite.clone().unwrap().header("Call-Info").is_some());
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().caller_extension_id, Some(ExtensionId(1_101)));
}

// covers: PARK-01
#[test]
fn park_01_whenever_it_is_taken_while_it_rings_back_one_of_them_talks() {
    for step in 0..20 {
        let (mut world, alice, bob, carol) = three();
        world.change_plan(ACME, |plan| plan.codes.park_seconds = 10);
        world.at(bob).manner = Manner::Answer(Duration::from_millis(200));
        park(&mut world, bob);
        world.run_for(Duration::from_millis(8_950 + step * 25));
        world.act(carol, |phone, now| phone.call(now, "701", Vec::new()));
        world.run(3);
        let up = [alice, bob, carol].map(|phone| world.at(phone).up().len());
        assert!(up == [1, 1, 0] || up == [1, 0, 1], "{step}: {up:?}");
        let other = if up[2] == 1 { (carol, bob) } else { (bob, carol) };
        hear_each_other(&mut world, alice, other.0, other.1);
        world.act(alice, |phone, now| phone.hang_up(now));
        all_gone(&mut world);
    }
}
