//! Whoever is to be called back keeps its place when the process ends, by whatever it does.

use shared::queue_call::QueueOutcome;
use shared::reason::Reason;
use sim::engine::Media;
use sim::{PhoneId, Said, World};
use switch::Input;

use crate::call::all_gone;
use crate::queue::{SILENT, answers, desk, hang_up, standings};
use crate::queue_callback::{anytime, callback, waiting};
use crate::receptionist::press;

/// Who has rung since the last look, as the phone was told.
fn rung_for(world: &mut World, phone: PhoneId) -> Vec<String> {
    let incoming = |said: &Said| match said {
        Said::Incoming(user, _) => Some(user.clone()),
        _ => None,
    };
    std::mem::take(&mut world.at(phone).said).iter().filter_map(incoming).collect()
}

//
#[test]
fn q_21_a_callback_survives_kill_9_in_its_place_with_the_time_that_it_has_waited() {
    let (mut world, alice, [bob, _, dave]) = waiting(|queue| queue.sla_seconds = 30);
    let before = callback(&world);
    assert!(before.callback_at.is_some_and(|at| at > before.entered_at) && before.callback_call_id.is_none());
    // Dave wants to be called back too, and comes after her.
    press(&mut world, dave, "3#");
    world.run(2);
    for phone in [alice, bob, dave] {
        world.at(phone).said.clear();
    }
    (world.at(alice).manner, world.at(bob).manner, world.at(dave).manner) = (answers(1), SILENT, answers(1));
    world.run(20);
    world.restart(Media::real(7));
    let line: Vec<_> = standings(&mut world)[0].waiting.iter().map(|call| (call.caller.clone(), call.id)).collect();
    assert_eq!(line.iter().map(|(caller, _)| caller.as_str()).collect::<Vec<_>>(), ["101", "104"]);
    assert_eq!(line[0].1, before.id, "the same row");
    assert!(callback(&world).callback_call_id.is_some(), "the member rings at once");
    world.at(bob).manner = answers(1);
    world.run(40);
    assert_eq!(rung_for(&mut world, bob)[0], "101");
    let after = world.ledger.queue_calls[&before.id].clone();
    assert_eq!((after.outcome, after.entered_at), (Some(QueueOutcome::Answered), before.entered_at));
    assert_eq!((after.callback_at, after.callback_breaks), (before.callback_at, 0));
    assert!(after.waited_millis(world.now) > 20_000 && after.callback_call_id.is_some());
    assert_eq!(world.at(alice).up().len(), 1);
    hang_up(&mut world, alice);
    world.run(10);
    assert_eq!(rung_for(&mut world, bob), ["104"], "then who came after her");
    hang_up(&mut world, dave);
    all_gone(&mut world);
}

//
#[test]
fn q_21_a_callback_that_kill_9_breaks_off_is_tried_again_and_not_for_ever() {
    let (mut world, alice, [bob, ..]) = waiting(|_| {});
    (world.at(alice).manner, world.at(bob).manner) = (SILENT, answers(1));
    for breaks in 0..3 {
        if breaks == 0 {
            hang_up(&mut world, bob);
        }
        world.run(8);
        assert!(!rung_for(&mut world, alice).is_empty(), "{breaks}: she is called");
        assert_eq!((callback(&world).callback_breaks, callback(&world).outcome), (breaks, None));
        world.restart(Media::real(u64::from(breaks) + 3));
        world.at(bob).said.clear();
    }
    world.run(10);
    let call = callback(&world);
    assert_eq!((call.callback_breaks, call.outcome), (3, Some(QueueOutcome::CallbackFailed)));
    assert_eq!((rung_for(&mut world, alice).len(), rung_for(&mut world, bob).len()), (0, 0), "nobody is rung for it");
}

//
#[test]
fn q_21_a_server_that_stops_calls_nobody_back_and_the_next_one_does() {
    let (mut world, alice, [bob, _, dave]) = waiting(|_| {});
    world.at(bob).manner = SILENT;
    hang_up(&mut world, bob);
    assert!(callback(&world).callback_call_id.is_some(), "it is under way");
    world.tell(Input::Drain);
    // Who is in line may still ask for it: it is the next server's.
    press(&mut world, dave, "3#");
    world.run(60);
    assert!(world.drained, "nobody is waited for who is not there");
    let calls: Vec<_> = world.ledger.queue_calls.values().map(|call| (call.callback, call.outcome)).collect();
    assert_eq!(calls, [(true, None); 2]);
    (world.at(alice).manner, world.at(bob).manner) = (answers(1), answers(1));
    world.at(bob).said.clear();
    world.restart(Media::real(5));
    world.run(10);
    assert_eq!(rung_for(&mut world, bob), ["101"]);
    assert_eq!((world.at(alice).up().len(), callback(&world).callback_breaks), (1, 0), "it was not broken off");
    hang_up(&mut world, alice);
}

//
#[test]
fn q_21_a_callback_whose_queue_is_gone_or_whose_day_is_over_at_the_start_is_let_go() {
    let (mut world, alice, [bob, ..]) = waiting(|_| {});
    let before = callback(&world);
    for call in world.ledger.queue_calls.values_mut().filter(|call| call.callback) {
        call.callback_at = Some(shared::Moment(call.entered_at.0 - 86_400_000_000));
    }
    world.restart(Media::real(3));
    let after = callback(&world);
    assert_eq!((after.id, after.outcome), (before.id, Some(QueueOutcome::CallbackFailed)));
    assert!(after.waited_millis(world.now) == 0, "it has not waited for the server");

    let (mut other, ..) = desk(anytime, [SILENT; 3]);
    let gone = shared::queue_call::QueueCall { queue_id: shared::QueueId(7), ..before };
    other.tell(Input::Callbacks(vec![gone.clone()]));
    let told = other.ledger.queue_calls[&gone.id].clone();
    assert_eq!((told.queue_id.0, told.outcome), (7, Some(QueueOutcome::CallbackFailed)));
    assert_eq!((rung_for(&mut world, alice).len(), rung_for(&mut world, bob).len()), (0, 0));
}

//
#[test]
fn q_21_a_fault_of_the_tenant_keeps_who_is_to_be_called_back() {
    let (mut world, alice, [bob, _, dave]) = waiting(|_| {});
    hang_up(&mut world, dave);
    (world.at(alice).manner, world.at(bob).manner) = (answers(1), answers(1));
    world.faults_wanted = true;
    world.board.break_after(shared::TenantId(1), 0);
    hang_up(&mut world, bob);
    world.run(40);
    assert!(world.board.has_broken());
    assert_eq!(callback(&world).outcome, Some(QueueOutcome::Answered));
    assert!(world.ledger.closed.iter().any(|(record, _)| record.ended_reason == Some(Reason::InternalFault)));
    hang_up(&mut world, alice);
}
