//! Callers who do not want to wait on the line are called back when it is their turn.

use std::time::Duration;

use media::{Event, Happened, LegId, SoundName};
use shared::TenantId;
use shared::live::Ask;
use shared::queue::{CallbackOffer, QueueSettings};
use shared::queue_agent::AgentState;
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::reason::Reason;
use sim::{Manner, PhoneId, Said, World};
use sip::Header;
use switch::Input;

use crate::call::{ACME, all_gone};
use crate::queue::{SILENT, answers, desk, hang_up, last_call, standings, states};
use crate::receptionist::{dial, press};
use crate::trunk::{Carrier, rule, run};

pub fn anytime(queue: &mut QueueSettings) {
    queue.members.truncate(1);
    queue.callback = CallbackOffer::Anytime;
}

/// Bob (102), the only member, talks with Carol (103); Alice (101) has asked to be called back, and Dave (104) waits behind her.
pub fn waiting(change: impl FnOnce(&mut QueueSettings)) -> (World, PhoneId, [PhoneId; 3]) {
    let set = |queue: &mut QueueSettings| (anytime(queue), change(queue)).1;
    let (mut world, alice, members) = desk(set, [answers(1), answers(0), SILENT]);
    world.act(members[0], |phone, now| phone.call(now, "103", Vec::new()));
    world.run(1);
    dial(&mut world, alice, "8000");
    dial(&mut world, members[2], "8000");
    press(&mut world, alice, "3#");
    world.run(2);
    assert!(world.at(alice).up().is_empty(), "she is let go");
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::CallbackAsked));
    for phone in [alice, members[0], members[2]] {
        world.at(phone).said.clear();
    }
    (world, alice, members)
}

/// How the call stands of whoever is to be called back.
pub fn callback(world: &World) -> QueueCall {
    world.ledger.queue_calls.values().find(|call| call.callback).unwrap().clone()
}

//
#[test]
fn q_21_a_caller_keeps_its_place_and_the_member_is_called_before_it() {
    let (mut world, alice, [bob, _, dave]) = waiting(|_| {});
    let waits: Vec<_> =
        standings(&mut world)[0].waiting.iter().map(|call| (call.caller.clone(), call.callback)).collect();
    assert_eq!(waits, [("101".to_owned(), true), ("104".to_owned(), false)]);
    world.at(alice).manner = answers(2);
    world.run(60);
    assert_eq!(world.at(alice).said, [], "nobody is free");
    world.media.take_fetched();
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run_for(Duration::from_millis(500));
    assert!(
        matches!(&world.at(bob).said[..], [.., Said::Incoming(user, _)] if user == "101"),
        "{:?}",
        world.at(bob).said
    );
    assert_eq!(world.at(alice).said, [], "the member first");
    world.run(1);
    let said = world.media.take_fetched();
    assert!(said.iter().any(|name| matches!(name, SoundName::Phrase(_, "queue_callback_agent"))), "{said:?}");
    assert!(matches!(&world.at(alice).said[..], [Said::Incoming(..)]));
    world.run(3);
    assert_eq!((world.at(alice).up().len(), world.at(bob).up().len()), (1, 1));
    assert_eq!(states(&mut world), [AgentState::Talking]);
    world.speak(alice, 20);
    assert!(world.at(bob).sound >= 15);
    let call = callback(&world);
    assert_eq!((call.outcome, call.late), (Some(QueueOutcome::Answered), false));
    hang_up(&mut world, alice);
    let trace = world.ledger.last_trace();
    let way = [Reason::CallbackBegun, Reason::CallbackTaken, Reason::LedTo];
    let mut seen = trace.iter();
    assert!(way.iter().all(|step| seen.any(|code| code == step)), "{trace:?}");
    world.run(2);
    assert_eq!(world.at(bob).up().len(), 1, "and then whoever waited behind her");
    hang_up(&mut world, dave);
    all_gone(&mut world);
}

//
#[test]
fn q_21_who_presses_the_star_or_nothing_goes_on_waiting_and_hidden_numbers_are_not_offered_it() {
    let (mut world, alice, _) = desk(anytime, [SILENT; 3]);
    dial(&mut world, alice, "8000");
    press(&mut world, alice, "3*");
    world.run(1);
    press(&mut world, alice, "3");
    world.run(15);
    press(&mut world, alice, "#");
    assert_eq!(world.at(alice).up().len(), 1);
    assert!(!last_call(&world).callback);
    hang_up(&mut world, alice);
    let hidden = vec![Header::new("Privacy", "id")];
    world.act(alice, |phone, now| phone.call(now, "8000", hidden));
    world.run(1);
    assert_eq!(last_call(&world).caller, "");
    press(&mut world, alice, "3#");
    world.run(1);
    assert_eq!(world.at(alice).up().len(), 1);
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

//
#[test]
fn q_21_it_can_be_offered_after_some_time_and_by_another_key() {
    let after = |queue: &mut QueueSettings| {
        anytime(queue);
        (queue.callback, queue.callback_key) = (CallbackOffer::After { seconds: 30 }, '5');
    };
    let (mut world, alice, _) = desk(after, [SILENT; 3]);
    dial(&mut world, alice, "8000");
    press(&mut world, alice, "5#");
    assert_eq!(world.at(alice).up().len(), 1, "not yet");
    world.run(25);
    world.media.take_fetched();
    world.run(6);
    let said = world.media.take_fetched();
    assert!(said.iter().any(|name| matches!(name, SoundName::Phrase(_, "queue_callback_press"))), "{said:?}");
    press(&mut world, alice, "5#");
    world.run(1);
    assert!(world.at(alice).up().is_empty());
    assert!(last_call(&world).callback);
}

//
#[test]
fn q_21_who_does_not_answer_is_not_called_again_and_a_member_who_does_not_is_tried_again() {
    let (mut world, alice, [bob, ..]) = waiting(|_| {});
    world.at(bob).manner = Manner::Refuse(486);
    world.at(alice).manner = Manner::Refuse(486);
    hang_up(&mut world, bob);
    world.run(2);
    assert_eq!(world.at(alice).said, []);
    world.at(bob).manner = answers(1);
    world.run(8);
    assert!(!world.at(alice).said.is_empty(), "after his rest");
    world.run(3);
    let call = callback(&world);
    assert_eq!(call.outcome, Some(QueueOutcome::CallbackFailed));
    assert!(world.ledger.closed.iter().any(|(record, _)| record.ended_reason == Some(Reason::CallbackFailed)));
    world.run(3);
    assert_eq!(world.at(bob).up().len(), 1, "the next waits for him already");
    hang_up(&mut world, bob);
    all_gone(&mut world);
}

//
#[test]
fn q_21_a_number_outside_is_called_with_the_prefix_by_the_rules_and_with_the_queues_number() {
    let outside = |queue: &mut QueueSettings| {
        anytime(queue);
        (queue.callback_prefix, queue.outbound_caller_id) = ("9".into(), "49301111".into());
    };
    let (mut world, _, [bob, ..]) = desk(outside, [answers(1), SILENT, SILENT]);
    let mut carrier = Carrier::new(1);
    world.change_plan(ACME, |plan| {
        plan.outbound_rules = vec![rule("9", &[(1, 1, "")])];
        let to = shared::destination::Destination::Queue { queue_id: shared::QueueId(1) };
        plan.inbound_rules = vec![crate::trunk::inbound(1, "49301110", "", to)];
    });
    world.set_trunks(vec![carrier.plan(1, "49301110-49301119")]);
    // Bob is in a call until the caller has asked.
    world.act(bob, |phone, now| phone.call(now, "103", Vec::new()));
    world.run(1);
    carrier.call(&mut world, "0044777", "+49301110");
    run(&mut world, &mut [&mut carrier], 1);
    let call = last_call(&world);
    assert_eq!(call.caller, "0044777");
    let id = world.ledger.open.values().find(|(record, _)| record.caller == "0044777").unwrap().0.id;
    for key in ['3', '#'] {
        // Whichever leg is the caller's has pressed it.
        for leg in 1..100 {
            world.tell(Input::Media(Event { call: id, leg: LegId(leg), what: Happened::Digit(key) }));
        }
    }
    run(&mut world, &mut [&mut carrier], 1);
    assert!(last_call(&world).callback);
    world.act(bob, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut carrier], 5);
    let invites = carrier.of("INVITE");
    assert_eq!(invites[0].request_uri().unwrap().user, "0044777", "the 9 selects the rule, which cuts it");
    assert!(world.ledger.open.values().any(|(record, _)| record.outbound_caller_id == "49301111"));
    let call = callback(&world);
    assert_eq!(call.outcome, Some(QueueOutcome::Answered));
    world.act(bob, |phone, now| phone.hang_up(now));
    run(&mut world, &mut [&mut carrier], 40);
}

//
#[test]
fn q_21_a_callback_waits_while_the_tenant_has_as_many_calls_as_it_may() {
    let (mut world, alice, [bob, _, dave]) = waiting(|_| {});
    world.at(alice).manner = answers(1);
    hang_up(&mut world, dave);
    world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = Some(0));
    hang_up(&mut world, bob);
    world.run(20);
    assert_eq!((world.at(alice).said.len(), states(&mut world)), (0, vec![AgentState::Ready]));
    world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = None);
    world.run(10);
    assert_eq!(world.at(alice).up().len(), 1);
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

//
#[test]
fn q_21_who_waits_on_the_line_is_not_kept_from_its_turn_by_a_callback_that_may_not_be_made() {
    let (mut world, alice, [bob, _, dave]) = waiting(|_| {});
    (world.at(alice).manner, world.at(bob).manner) = (answers(1), answers(1));
    world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = Some(0));
    hang_up(&mut world, bob);
    assert_eq!((world.at(bob).up().len(), world.at(dave).up().len()), (1, 1), "for Dave, who is behind her");
    assert_eq!(world.at(alice).said, []);
    world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = None);
    hang_up(&mut world, dave);
    world.run(10);
    assert_eq!(world.at(alice).up().len(), 1, "she has kept her place");
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

//
#[test]
fn q_21_a_callback_is_made_as_soon_as_another_call_is_over_or_the_server_has_caught_up() {
    for overloaded in [false, true] {
        let (mut world, _, [bob, carol, dave]) = waiting(|_| {});
        hang_up(&mut world, dave);
        world.at(dave).manner = SILENT;
        world.act(carol, |phone, now| phone.call(now, "104", Vec::new()));
        world.run(1);
        if overloaded {
            world.tell(Input::Overloaded(true));
        } else {
            world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = Some(1));
        }
        world.at(bob).manner = SILENT;
        hang_up(&mut world, bob);
        world.at(bob).said.clear();
        world.run(12);
        assert_eq!((world.at(bob).said.len(), states(&mut world)), (0, vec![AgentState::Ready]), "no room");
        if overloaded {
            world.tell(Input::Overloaded(false));
        } else {
            world.act(dave, |phone, now| phone.hang_up(now));
            world.act(carol, |phone, now| phone.hang_up(now));
        }
        world.run_for(Duration::from_millis(300));
        assert!(matches!(&world.at(bob).said[..], [Said::Incoming(user, _)] if user == "101"), "at once");
        assert_eq!(states(&mut world), [AgentState::Ringing]);
    }
}

//
#[test]
fn q_21_a_callback_under_way_when_its_queue_is_removed_is_the_last() {
    let (mut world, alice, [bob, _, dave]) = waiting(|_| {});
    world.at(bob).manner = SILENT;
    hang_up(&mut world, bob);
    world.change_plan(ACME, |plan| plan.queues.clear());
    world.run(2);
    assert!(matches!(world.at(bob).said.last(), Some(Said::Cancelled(_))), "nobody is rung for it any more");
    assert_eq!(callback(&world).outcome, Some(QueueOutcome::Removed));
    assert!(world.ledger.closed.iter().any(|(record, _)| record.ended_reason == Some(Reason::HungUpByAdmin)));
    assert_eq!((world.at(alice).said.len(), world.at(dave).up().len()), (0, 0));
    all_gone(&mut world);
}

//
#[test]
fn q_21_a_member_who_still_hears_that_it_was_in_vain_is_not_rung_for_the_next() {
    let (mut world, alice, [bob, ..]) = waiting(|_| {});
    (world.at(alice).manner, world.at(bob).manner) = (Manner::Refuse(486), answers(1));
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run_for(Duration::from_millis(500));
    world.at(bob).said.clear();
    world.run(10);
    let said = &world.at(bob).said;
    let over = said.iter().position(|said| matches!(said, Said::Ended(_)));
    let next = said.iter().position(|said| matches!(said, Said::Incoming(user, _) if user == "104"));
    assert!(over.is_some() && over < next, "{said:?}");
    assert_eq!(world.at(bob).up().len(), 1, "then it is Dave's turn");
    hang_up(&mut world, bob);
    all_gone(&mut world);
}

//
#[test]
fn q_21_an_administrator_may_end_a_callback() {
    let (mut world, alice, [bob, _, dave]) = waiting(|_| {});
    world.at(alice).manner = SILENT;
    hang_up(&mut world, bob);
    world.run(1);
    let id = world.ledger.open.values().find(|(record, _)| record.callee == "101").unwrap().0.id;
    world.ask(Ask::HangUp(TenantId(1), id));
    world.run(1);
    assert_eq!(callback(&world).outcome, Some(QueueOutcome::CallbackFailed));
    hang_up(&mut world, dave);
    hang_up(&mut world, bob);
    all_gone(&mut world);
}
