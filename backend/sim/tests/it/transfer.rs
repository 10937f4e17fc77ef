//! Blind and attended transfer (RFC 3515, 5589): the journey of one call, and what may not be asked for.

use std::time::Duration;

use shared::reason::Reason;
use sim::{Manner, PhoneId, Said, World};
use sip::{DialogId, EndCause, Header, Transport};

use crate::call::{ACME, all_gone, talking};

const GLOBEX: &str = "globex.localhost";

/// Alice (101) talks with Bob (102); Carol (103) is there.
pub fn three() -> (World, PhoneId, PhoneId, PhoneId) {
    let (mut world, alice, bob) = talking();
    let carol = world.registered(ACME, "103");
    for phone in [alice, bob, carol] {
        world.at(phone).said.clear();
    }
    (world, alice, bob, carol)
}

pub fn refer(world: &mut World, phone: PhoneId, to: &str) {
    refer_with(world, phone, to, Vec::new());
}

fn refer_with(world: &mut World, phone: PhoneId, to: &str, headers: Vec<Header>) {
    let dialog = world.at(phone).up()[0];
    world.act(phone, |phone, now| phone.refer(now, dialog, to, headers));
}

/// The two hear each other, and nobody else hears anything.
pub fn hear_each_other(world: &mut World, one: PhoneId, other: PhoneId, nobody: PhoneId) {
    let before = [one, other, nobody].map(|phone| world.at(phone).heard);
    world.speak(one, 10);
    world.speak(other, 10);
    world.run(1);
    let heard: Vec<_> = [one, other, nobody].iter().zip(before).map(|(phone, b)| world.at(*phone).heard - b).collect();
    assert!(heard[0] >= 8 && heard[1] >= 8 && heard[2] == 0, "{heard:?}");
}

fn header(world: &mut World, phone: PhoneId, name: &str) -> String {
    let invite = world.at(phone).invite.clone().unwrap();
    invite.header(name).unwrap_or_default().to_owned()
}

fn is_bye(said: Option<&Said>, text: &str) -> bool {
    matches!(said, Some(Said::Ended(EndCause::Bye(Some(reason)))) if reason.contains(text))
}

#[test]
fn the_callee_hands_the_caller_on_and_one_record_tells_the_journey() {
    let (mut world, alice, bob, carol) = three();
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    assert_eq!(
        world.at(bob).said,
        [Said::Response(202), Said::Notified(100, false), Said::Notified(180, false)],
        "202, then news"
    );
    assert_eq!(world.live_calls(), 1);
    world.run(3);
    assert!(is_bye(world.at(bob).said.pop().as_ref(), "transferred blind"));
    assert_eq!(world.at(bob).said.last(), Some(&Said::Notified(200, true)));
    assert_eq!(world.at(carol).said, [Said::Incoming("101".into(), "Person 101".into())], "Alice calls, not Bob");
    assert_eq!(header(&mut world, carol, "Referred-By"), "<sip:102@acme.localhost>");
    assert_eq!(header(&mut world, carol, "Diversion"), "<sip:102@acme.localhost>;reason=unknown;counter=1");
    assert!(header(&mut world, carol, "History-Info").ends_with("<sip:103@acme.localhost>;index=1.1;mp=1"));
    assert_eq!(header(&mut world, alice, "P-Asserted-Identity"), "\"Person 103\" <sip:103@acme.localhost>");
    assert_eq!(world.live_calls(), 1);
    hear_each_other(&mut world, alice, carol, bob);
    world.act(carol, |phone, now| phone.hang_up(now));
    world.run(1);
    assert!(is_bye(world.at(alice).said.last(), "callee hung up"));
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 1, "one call, one record");
    let record = world.ledger.last().unwrap();
    assert!(record.final_destination.starts_with("sip:103@"), "{}", record.final_destination);
    assert_eq!((record.caller.as_str(), record.callee.as_str()), ("101", "102"));
    let trace = world.ledger.last_trace();
    let at = |reason| trace.iter().position(|code| *code == reason).unwrap();
    assert!(at(Reason::TransferStarted) < at(Reason::TransferredBlind), "{trace:?}");
    assert!(!trace.contains(&Reason::TransferFailed));
}

#[test]
fn the_caller_hands_the_callee_on_from_hold() {
    let (mut world, alice, bob, carol) = three();
    world.act(alice, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    refer(&mut world, alice, "sip:103@acme.localhost");
    world.run(5);
    assert!(is_bye(world.at(alice).said.last(), "transferred blind"));
    assert_eq!(world.at(carol).said, [Said::Incoming("102".into(), "Person 102".into())]);
    hear_each_other(&mut world, bob, carol, alice);
    world.act(bob, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 1);
}

#[test]
fn a_target_that_is_busy_brings_the_two_back_together_and_the_asker_is_told() {
    let (mut world, alice, bob, carol) = three();
    world.at(carol).manner = Manner::Refuse(486);
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(3);
    assert_eq!(world.at(bob).said.last(), Some(&Said::Notified(486, true)));
    assert_eq!((world.at(alice).up().len(), world.at(bob).up().len()), (1, 1));
    hear_each_other(&mut world, alice, bob, carol);
    // And again, to one who answers: the second subscription is told apart by its number.
    world.at(carol).manner = Manner::Answer(Duration::ZERO);
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(3);
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::TransferFailed) && trace.contains(&Reason::TransferredBlind), "{trace:?}");
}

#[test]
fn a_target_that_does_not_answer_is_given_up_after_its_ring_time() {
    let (mut world, alice, bob, carol) = three();
    world.at(carol).manner = Manner::Ring;
    world.change_plan(ACME, |plan| plan.extensions[2].ring_seconds = 20);
    refer(&mut world, alice, "<sip:103@acme.localhost>");
    world.run(19);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Notified(180, false)));
    world.run(2);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Notified(480, true)));
    assert!(matches!(world.at(carol).said.last(), Some(Said::Cancelled(_))));
    hear_each_other(&mut world, alice, bob, carol);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn one_who_hangs_up_after_202_still_has_its_transfer_made() {
    let (mut world, alice, bob, carol) = three();
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(4);
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert!(world.ledger.last_trace().contains(&Reason::TransferredBlind));
}

#[test]
fn with_nobody_to_go_back_to_a_failed_transfer_ends_the_call() {
    let (mut world, alice, bob, carol) = three();
    world.at(carol).manner = Manner::Ring;
    world.change_plan(ACME, |plan| plan.extensions[2].ring_seconds = 20);
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(21);
    assert!(is_bye(world.at(alice).said.last(), "transfer failed"));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::TransferFailed));
}

#[test]
fn the_one_who_is_handed_on_may_hang_up_while_it_rings() {
    let (mut world, alice, bob, carol) = three();
    world.at(carol).manner = Manner::Ring;
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    assert!(matches!(world.at(carol).said.last(), Some(Said::Cancelled(_))));
    assert!(world.at(bob).said.contains(&Said::Notified(487, true)));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::CallerHungUp));
}

#[test]
fn early_media_of_the_target_is_heard_by_the_one_who_is_handed_on() {
    let (mut world, alice, bob, carol) = three();
    world.at(carol).manner = Manner::Early(Duration::from_secs(3));
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(2);
    assert_eq!(world.at(bob).said.last(), Some(&Said::Notified(183, false)));
    world.run(3);
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn whoever_wants_no_news_gets_none() {
    let (mut world, alice, bob, carol) = three();
    refer_with(&mut world, bob, "<sip:103@acme.localhost>", vec![Header::new("Refer-Sub", "false")]);
    world.run(5);
    assert!(is_bye(world.at(bob).said.pop().as_ref(), "transferred blind"));
    assert_eq!(world.at(bob).said, [Said::Response(202)]);
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

/// Bob talks with Alice and, having put her on hold, with Carol: Bob's two calls, Alice's first.
fn consulting() -> (World, PhoneId, PhoneId, PhoneId, DialogId, DialogId) {
    let (mut world, alice, bob, carol) = three();
    let first = world.at(bob).up()[0];
    world.act(bob, |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    let second = world.act(bob, |phone, now| phone.call(now, "103", Vec::new()));
    world.run(4);
    assert_eq!((world.at(bob).up().len(), world.live_calls()), (2, 2));
    for phone in [alice, bob, carol] {
        world.at(phone).said.clear();
    }
    (world, alice, bob, carol, first, second)
}

/// Bob asks that the two be connected: in the dialog of `of`, with Replaces for `with`.
pub fn connect(world: &mut World, bob: PhoneId, of: DialogId, with: DialogId) {
    let replaces = world.at(bob).replaces_of(with).unwrap();
    let escaped = replaces.replace('@', "%40").replace(';', "%3B").replace('=', "%3D");
    let to = format!("<sip:103@acme.localhost?Replaces={escaped}>");
    world.act(bob, |phone, now| phone.refer(now, of, &to, Vec::new()));
}

#[test]
fn an_attended_transfer_joins_the_two_whom_the_asker_has_talked_to() {
    for swapped in [false, true] {
        let (mut world, alice, bob, carol, first, second) = consulting();
        let (of, with) = if swapped { (second, first) } else { (first, second) };
        connect(&mut world, bob, of, with);
        world.run(2);
        let said = &world.at(bob).said;
        assert_eq!(said[..3], [Said::Response(202), Said::Notified(100, false), Said::Notified(200, true)]);
        assert!(said[3..].iter().all(|said| is_bye(Some(said), "transferred attended")), "{said:?}");
        assert_eq!((said.len(), world.at(bob).up().len()), (5, 0));
        assert_eq!(world.live_calls(), 1);
        let borrowed = if swapped { alice } else { carol };
        let name = if swapped { "103" } else { "101" };
        assert!(header(&mut world, borrowed, "P-Asserted-Identity").contains(name));
        hear_each_other(&mut world, alice, carol, bob);
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(1);
        assert!(matches!(world.at(carol).said.last(), Some(Said::Ended(EndCause::Bye(_)))));
        all_gone(&mut world);
        let ends: Vec<_> = world.ledger.closed.iter().map(|(record, _)| record.ended_reason.unwrap()).collect();
        assert_eq!(ends.len(), 2);
        assert_eq!(ends[0], Reason::TransferredAttended);
        assert!(world.ledger.last_trace().contains(&Reason::TransferredAttended));
    }
}

#[test]
fn the_asker_may_hang_up_both_calls_as_soon_as_it_has_asked() {
    let (mut world, alice, bob, carol, first, second) = consulting();
    connect(&mut world, bob, first, second);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    hear_each_other(&mut world, alice, carol, bob);
    world.act(carol, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn a_target_that_refuses_every_new_offer_is_joined_all_the_same() {
    let (mut world, alice, bob, carol, first, second) = consulting();
    world.at(carol).refuses_offers = Some(488);
    connect(&mut world, bob, first, second);
    world.run(2);
    assert_eq!((world.at(bob).up().len(), world.live_calls()), (0, 1));
    hear_each_other(&mut world, alice, carol, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn a_target_that_cannot_be_reached_ends_the_call_that_it_was_joined_to() {
    let (mut world, alice, bob, carol, first, second) = consulting();
    world.at(carol).manner = Manner::Dead;
    connect(&mut world, bob, first, second);
    world.run(40);
    assert!(world.at(bob).said.contains(&Said::Notified(200, true)));
    assert_eq!((world.at(bob).up().len(), world.at(alice).up().len()), (0, 0));
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(_))), "{:?}", world.at(alice).said);
    world.at(carol).forget();
    all_gone(&mut world);
}

// covers: S9
#[test]
fn s9_a_call_is_handed_on_within_the_tenant_only() {
    let (mut world, alice, bob, carol) = three();
    let stranger = world.registered(GLOBEX, "104");
    world.at(stranger).said.clear();
    for (to, status) in [
        ("<sip:103@globex.localhost>", 404),
        ("<sip:104@GLOBEX.localhost.>", 404),
        ("<sip:00442012345678@carrier.example>", 404),
        ("<sip:00442012345678@acme.localhost>", 404),
        ("<tel:+442012345678>", 484),
        ("<sip:103@10.0.0.3>", 404),
        ("<sip:102@acme.localhost>", 486),
        ("<sip:101@acme.localhost>", 486),
        ("<sip:103@acme.localhost>, <sip:104@acme.localhost>", 400),
        ("not an address", 400),
        ("<sip:104@acme.localhost>", 480),
    ] {
        refer(&mut world, bob, to);
        world.run(1);
        assert_eq!(world.at(bob).said.pop(), Some(Said::Response(status)), "{to}");
    }
    assert_eq!(world.at(carol).said, []);
    assert_eq!(world.live_calls(), 1);
    assert_eq!(world.at(stranger).said, []);
    hear_each_other(&mut world, alice, bob, carol);
    world.act(bob, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    let trace = world.ledger.last_trace();
    for reason in [Reason::ForeignDomain, Reason::NumberUnknown, Reason::SchemeNotDialled, Reason::CalleeIsCaller] {
        assert!(trace.contains(&reason), "{reason:?}");
    }
}

// covers: S9, S4
#[test]
fn s9_a_refer_outside_a_call_is_refused_to_all() {
    let (mut world, alice, _, carol) = three();
    world.act(alice, |phone, now| phone.ask(now, "REFER", "sip:103@acme.localhost"));
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(403)));
    assert_eq!(world.at(carol).said, []);
}

// covers: S8
#[test]
fn s8_a_call_of_another_tenant_or_person_is_not_taken_over_by_refer() {
    let (mut world, alice, bob, carol) = three();
    let (mallory, victim) = (world.registered(GLOBEX, "101"), world.registered(GLOBEX, "102"));
    world.act(mallory, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    let foreign = world.at(mallory).up()[0];
    let of_bob = world.at(bob).replaces().unwrap();
    let of_mallory = world.at(mallory).replaces().unwrap();
    let own = world.at(bob).up()[0];
    let to = |replaces: &str| format!("<sip:103@acme.localhost?Replaces={}>", replaces.replace(';', "%3B"));
    // Bob with Globex's call, Mallory with Acme's, Bob with his own, Bob with none, Bob with Alice's end.
    let of_alice = world.at(alice).replaces().unwrap();
    for (phone, dialog, replaces) in [
        (bob, own, of_mallory.as_str()),
        (mallory, foreign, of_bob.as_str()),
        (bob, own, of_bob.as_str()),
        (bob, own, "nonsense;to-tag=1;from-tag=2"),
        (bob, own, of_alice.as_str()),
    ] {
        world.at(phone).said.clear();
        world.act(phone, |phone, now| phone.refer(now, dialog, &to(replaces), Vec::new()));
        world.run(1);
        assert_eq!(world.at(phone).said, [Said::Response(481)], "{replaces}");
    }
    assert_eq!(world.live_calls(), 2);
    hear_each_other(&mut world, alice, bob, carol);
    for phone in [bob, victim] {
        world.act(phone, |phone, now| phone.hang_up(now));
    }
    all_gone(&mut world);
}

#[test]
fn a_second_refer_while_one_is_under_way_is_491() {
    let (mut world, _, bob, carol) = three();
    world.at(carol).manner = Manner::Ring;
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    assert_eq!(world.at(bob).said.last(), Some(&Said::Response(491)));
    world.act(bob, |phone, now| phone.hang_up(now));
    world.act(carol, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn a_suspended_tenant_hands_no_call_on() {
    let (mut world, _, bob, _) = three();
    world.change_plan(ACME, |plan| plan.enabled = false);
    refer(&mut world, bob, "<sip:103@acme.localhost>");
    world.run(1);
    assert_eq!(world.at(bob).said.last(), Some(&Said::Response(403)));
    world.act(bob, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}

#[test]
fn a_phone_over_tcp_may_be_the_target_of_both_kinds() {
    let (mut world, alice, bob, _) = three();
    let desk = world.phone(ACME, "104", Transport::Tcp);
    world.act(desk, |phone, now| phone.register(now, phone.expires));
    world.run(2);
    refer(&mut world, bob, "<sip:104@acme.localhost>");
    world.run(5);
    hear_each_other(&mut world, alice, desk, bob);
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
}
