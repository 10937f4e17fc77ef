//! Callers who are handed on to a queue after a consultation (Q-01, RFC 5589).

use shared::ExtensionId;
use shared::queue::QueueSettings;
use shared::queue_call::QueueOutcome;
use shared::queue_caller::NuisanceLevel;
use shared::reason::Reason;
use sim::{Manner, PhoneId, Said, World};
use sip::DialogId;

use crate::call::{ACME, all_gone};
use crate::queue::{SILENT, answers, desk, hang_up, standings};
use crate::queue_line::nuisance;
use crate::receptionist::dial;
use crate::transfer::connect;

/// Alice (101) talks with Bob (102), who has called the queue of 104 alone; the dialogs of Bob.
fn consulting(
    change: impl FnOnce(&mut QueueSettings),
    answer: Manner,
) -> (World, PhoneId, [PhoneId; 3], [DialogId; 2]) {
    let set = |queue: &mut QueueSettings| {
        queue.members.retain(|one| one.0 == 1_104);
        change(queue);
    };
    let (mut world, alice, members) = desk(set, [answers(0), SILENT, answer]);
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(2);
    let first = world.at(members[0]).up()[0];
    dial(&mut world, members[0], "8000");
    world.run(3);
    let second = world.at(members[0]).up().into_iter().find(|dialog| *dialog != first).unwrap();
    (world, alice, members, [first, second])
}

fn line(world: &mut World) -> Vec<String> {
    standings(world)[0].waiting.iter().map(|call| call.caller.clone()).collect()
}

//
#[test]
fn q_01_whoever_is_handed_on_to_a_queue_has_the_place_of_the_consultation_while_nobody_has_answered() {
    let (mut world, alice, [bob, carol, dave], [first, second]) = consulting(|_| {}, SILENT);
    let before = world.ledger.queue_calls.values().next().unwrap().clone();
    assert_eq!((before.caller.as_str(), before.ringing.as_slice()), ("102", &[ExtensionId(1_104)][..]));
    dial(&mut world, carol, "8000");
    world.run(5);
    world.at(dave).said.clear();
    connect(&mut world, bob, first, second);
    world.run(3);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(3);
    assert_eq!(line(&mut world), ["101", "103"], "before whoever came after the consultation");
    let after = world.ledger.queue_calls[&before.id].clone();
    assert_eq!((after.entered_at, after.outcome), (before.entered_at, None));
    assert_ne!(after.call_id, before.call_id);
    assert_eq!(world.ledger.queue_calls.len(), 2, "one row each, and nobody is counted twice");
    assert!(
        matches!(&world.at(dave).said[..], [Said::Cancelled(_), Said::Incoming(user, _)] if user == "101"),
        "he is told at once who waits: {:?}",
        world.at(dave).said
    );
    world.at(dave).manner = answers(1);
    world.run(30);
    assert_eq!((world.at(alice).up().len(), world.at(dave).up().len()), (1, 1));
    world.speak(alice, 20);
    assert!(world.at(dave).sound >= 15);
    let answered = world.ledger.queue_calls[&before.id].clone();
    assert_eq!(answered.outcome, Some(QueueOutcome::Answered));
    assert!(answered.waited_millis(world.now) > 10_000, "the consultation has waited for her");
    hang_up(&mut world, alice);
    hang_up(&mut world, carol);
    all_gone(&mut world);
}

//
#[test]
fn q_01_whoever_is_handed_on_after_a_member_has_answered_talks_with_that_member() {
    let (mut world, alice, [bob, _, dave], [first, second]) = consulting(|_| {}, answers(1));
    connect(&mut world, bob, first, second);
    world.run(3);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(3);
    let calls: Vec<_> = world.ledger.queue_calls.values().map(|call| (call.caller.clone(), call.outcome)).collect();
    assert_eq!(calls, [("102".to_owned(), Some(QueueOutcome::Answered))]);
    assert_eq!((world.at(alice).up().len(), world.at(dave).up().len()), (1, 1));
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

//
#[test]
fn q_10_the_time_that_the_consultation_has_waited_counts_for_whoever_is_handed_on() {
    let (mut world, alice, [bob, ..], [first, second]) = consulting(|queue| queue.wait_seconds_max = 60, SILENT);
    world.run(40);
    connect(&mut world, bob, first, second);
    world.run(5);
    assert_eq!(line(&mut world), ["101"]);
    world.run(20);
    assert_eq!(line(&mut world), [""; 0]);
    let call = world.ledger.queue_calls.values().next().unwrap();
    assert_eq!(call.outcome, Some(QueueOutcome::TimedOut));
    assert!((59_000..62_000).contains(&call.waited_millis(world.now)), "{}", call.waited_millis(world.now));
    world.run(10);
    let _ = alice;
    all_gone(&mut world);
}

// covers: Q-01, HAR-02
#[test]
fn q_01_whoever_is_handed_on_and_gives_up_or_is_a_nuisance_leaves_the_line() {
    let (mut world, alice, [bob, ..], [first, second]) = consulting(|_| {}, SILENT);
    connect(&mut world, bob, first, second);
    world.run(3);
    hang_up(&mut world, alice);
    assert_eq!(world.ledger.queue_calls.values().next().unwrap().outcome, Some(QueueOutcome::Abandoned));
    all_gone(&mut world);

    let (mut world, _, [bob, _, dave], [first, second]) = consulting(|_| {}, SILENT);
    world.change_plan(ACME, |plan| plan.nuisances = vec![nuisance(1, "101", NuisanceLevel::Second)]);
    world.at(dave).said.clear();
    connect(&mut world, bob, first, second);
    world.run(30);
    let calls: Vec<_> = world.ledger.queue_calls.values().map(|call| (call.caller.clone(), call.outcome)).collect();
    assert_eq!(calls, [("101".to_owned(), Some(QueueOutcome::Nuisance))], "one row, and the place is free");
    assert!(matches!(&world.at(dave).said[..], [Said::Cancelled(_)]), "he is not rung for her");
    assert!(world.ledger.closed.iter().any(|(record, _)| record.ended_reason == Some(Reason::EndedAsNuisance)));
    all_gone(&mut world);
}
