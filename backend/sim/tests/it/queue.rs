//! Queues: who is rung when, and what becomes of a caller whom nobody answers (Q-01… … ).

use std::sync::Arc;
use std::time::Duration;

use shared::destination::Destination;
use shared::live::{Answer, Ask};
use shared::queue::{Queue, QueueSettings};
use shared::queue_agent::{AgentState, QueueStanding, ReadyChange};
use shared::queue_call::{QueueCall, QueueOutcome};
use shared::reason::Reason;
use shared::ring_group::RingStrategy;
use shared::{ExtensionId, QueueId, SoundId, TenantId};
use sim::{Manner, PhoneId, Said, World};
use switch::Input;

use crate::call::{ACME, all_gone};
use crate::receptionist::{dial, menu, press, rows, to};
use crate::registration::fair;
use crate::transfer::refer;

pub const SILENT: Manner = Manner::Ring;

pub const fn answers(seconds: u64) -> Manner {
    Manner::Answer(Duration::from_secs(seconds))
}

pub fn queue(id: i64, change: impl FnOnce(&mut QueueSettings)) -> Arc<Queue> {
    let mut settings = QueueSettings {
        number: format!("800{}", id - 1),
        name: format!("Queue {id}"),
        strategy: RingStrategy::Prioritized,
        members: [1_102, 1_103, 1_104].map(ExtensionId).to_vec(),
        ..QueueSettings::default()
    };
    change(&mut settings);
    Arc::new(Queue { id: QueueId(id), tenant_id: TenantId(1), settings })
}

/// Alice (101) calls the queue 8000 of 102, 103 and 104, whose phones do as is said.
pub fn desk(change: impl FnOnce(&mut QueueSettings), manners: [Manner; 3]) -> (World, PhoneId, [PhoneId; 3]) {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let members = ["102", "103", "104"].map(|number| world.registered(ACME, number));
    for (member, manner) in members.into_iter().zip(manners) {
        world.at(member).manner = manner;
        world.at(member).said.clear();
    }
    world.at(alice).said.clear();
    let queue = queue(1, change);
    world.change_plan(ACME, |plan| plan.queues = vec![queue]);
    (world, alice, members)
}

pub fn rang(world: &mut World, members: [PhoneId; 3]) -> [usize; 3] {
    members.map(|member| world.at(member).said.iter().filter(|said| matches!(said, Said::Incoming(..))).count())
}

pub fn hang_up(world: &mut World, phone: PhoneId) {
    world.act(phone, |phone, now| phone.hang_up(now));
    world.run(2);
}

pub fn last_call(world: &World) -> QueueCall {
    world.ledger.queue_calls.values().next_back().unwrap().clone()
}

pub fn standings(world: &mut World) -> Vec<QueueStanding> {
    match world.ask(Ask::Queues(TenantId(1))) {
        Some(Answer::Queues(standings)) => standings,
        other => panic!("{other:?}"),
    }
}

pub fn states(world: &mut World) -> Vec<AgentState> {
    standings(world)[0].agents.iter().map(|agent| agent.state).collect()
}

pub fn set_ready(world: &mut World, number: i64, ready: bool) -> bool {
    let change = ReadyChange {
        tenant_id: TenantId(1),
        queue_id: Some(QueueId(1)),
        extension_id: ExtensionId(1_000 + number),
        ready,
        pause_reason: if ready { String::new() } else { "Lunch".into() },
    };
    match world.ask(Ask::SetAgentReady(Box::new(change))) {
        Some(Answer::AgentReadySet(done)) => done,
        other => panic!("{other:?}"),
    }
}

//
#[test]
fn q_02_one_member_rings_for_its_time_and_then_the_next_and_the_call_is_one_record() {
    let (mut world, alice, members) = desk(|_| {}, [SILENT, answers(3), SILENT]);
    dial(&mut world, alice, "8000");
    assert_eq!(world.at(alice).said, [Said::Answered]);
    assert_eq!(rang(&mut world, members), [1, 0, 0]);
    assert_eq!(states(&mut world), [AgentState::Ringing, AgentState::Ready, AgentState::Ready]);
    assert_eq!(last_call(&world).ringing, [ExtensionId(1_102)]);
    world.run(18);
    assert_eq!(rang(&mut world, members), [1, 0, 0]);
    world.run(2);
    assert_eq!(rang(&mut world, members), [1, 1, 0], "after twenty seconds");
    let invite = world.at(members[1]).invite.clone().unwrap();
    assert_eq!(invite.from().unwrap().uri.user, "101");
    assert!(invite.header("P-Asserted-Identity").unwrap().contains("\"Queue 1\" <sip:8000@"));
    world.run(3);
    assert_eq!([0, 1].map(|place| world.at(members[place]).up().len()), [0, 1]);
    assert_eq!(world.live_calls(), 1);
    world.speak(alice, 20);
    world.run(1);
    assert!(world.at(members[1]).sound >= 15);
    assert_eq!(states(&mut world), [AgentState::Ready, AgentState::Talking, AgentState::Ready]);
    hang_up(&mut world, alice);
    let record = world.ledger.last().unwrap().clone();
    assert_eq!((record.callee.as_str(), record.callee_name.as_str()), ("8000", "Queue 1"));
    assert_eq!(record.callee_extension_id, Some(ExtensionId(1_103)), "whoever answered has the call in the own list");
    let call = last_call(&world);
    assert_eq!((call.outcome, call.agent_id), (Some(QueueOutcome::Answered), Some(ExtensionId(1_103))));
    assert!((22_000..25_000).contains(&call.waited_millis(world.now)), "{call:?}");
    let trace = world.ledger.last_trace();
    let way = [
        Reason::RoutedToQueue,
        Reason::QueueEntered,
        Reason::QueueRings,
        Reason::MemberNoAnswer,
        Reason::QueueAnswered,
    ];
    let mut seen = trace.iter();
    assert!(way.iter().all(|step| seen.any(|code| code == step)), "{trace:?}");
    assert_eq!(states(&mut world), [AgentState::Ready; 3]);
    all_gone(&mut world);
}

//
#[test]
fn q_07_the_strategies_ring_in_their_order() {
    for (strategy, expected) in [
        (RingStrategy::Simultaneous, [4, 4, 4]),
        (RingStrategy::Prioritized, [4, 0, 0]),
        (RingStrategy::Cyclic, [2, 1, 1]),
        (RingStrategy::LeastWorked, [2, 1, 1]),
    ] {
        let (mut world, alice, members) = desk(|queue| queue.strategy = strategy, [answers(1); 3]);
        for _ in 0..4 {
            dial(&mut world, alice, "8000");
            world.run(4);
            hang_up(&mut world, alice);
        }
        assert_eq!(rang(&mut world, members), expected, "{strategy:?}");
        assert!(world.ledger.queue_calls.values().all(|call| call.outcome == Some(QueueOutcome::Answered)));
        all_gone(&mut world);
    }
}

//
#[test]
fn q_07_two_callers_are_rung_for_at_once_and_whoever_declines_is_left_alone_for_a_while() {
    let (mut world, alice, members) = desk(|_| {}, [SILENT, answers(1), Manner::Refuse(486)]);
    dial(&mut world, alice, "8000");
    dial(&mut world, alice, "8000");
    dial(&mut world, alice, "8000");
    assert_eq!(rang(&mut world, members), [1, 1, 1]);
    world.run(3);
    assert_eq!(world.at(members[1]).up().len(), 1);
    assert_eq!(rang(&mut world, members), [1, 1, 1], "104 rests");
    assert_eq!(standings(&mut world)[0].waiting_count, 2);
    world.run(5);
    assert_eq!(rang(&mut world, members)[2], 2, "it is rung again for whoever waits");
    world.at(members[2]).manner = answers(1);
    world.run(8);
    assert_eq!(world.at(members[2]).up().len(), 1);
    for _ in 0..3 {
        hang_up(&mut world, alice);
    }
    let outcomes: Vec<_> = world.ledger.queue_calls.values().map(|call| call.outcome.unwrap()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == QueueOutcome::Abandoned).count(), 1, "{outcomes:?}");
    all_gone(&mut world);
}

//
#[test]
fn q_04_a_member_in_a_call_is_skipped_or_not_as_is_set() {
    for (skip_busy, expected) in [(true, [0, 1, 0]), (false, [1, 0, 0])] {
        let (mut world, alice, members) = desk(|queue| queue.skip_busy = skip_busy, [SILENT; 3]);
        world.at(members[2]).manner = answers(1);
        world.act(members[0], |phone, now| phone.call(now, "104", Vec::new()));
        world.run(3);
        members.iter().for_each(|member| world.at(*member).said.clear());
        assert_eq!(states(&mut world)[0], AgentState::Busy);
        dial(&mut world, alice, "8000");
        assert_eq!(rang(&mut world, members), expected);
        hang_up(&mut world, alice);
        hang_up(&mut world, members[0]);
        all_gone(&mut world);
    }
}

fn to_104(queue: &mut QueueSettings) {
    queue.members.truncate(2);
    queue.otherwise = Destination::Extension { extension_id: ExtensionId(1_104) };
}

pub fn sign_off(world: &mut World, phones: &[PhoneId]) {
    for phone in phones {
        world.act(*phone, |phone, now| phone.register(now, 0));
    }
    world.run(1);
}

//
#[test]
fn q_08_with_nobody_there_a_caller_goes_on_at_once_unless_it_is_to_wait() {
    let (mut world, alice, members) = desk(to_104, [SILENT, SILENT, answers(1)]);
    sign_off(&mut world, &members[..2]);
    assert_eq!(states(&mut world), [AgentState::Offline; 2]);
    dial(&mut world, alice, "8000");
    world.run(2);
    assert_eq!(world.at(members[2]).up().len(), 1);
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::NobodyThere));
    hang_up(&mut world, alice);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::QueueNobodyThere) && trace.contains(&Reason::QueueOtherwise), "{trace:?}");
    all_gone(&mut world);

    let wait = |queue: &mut QueueSettings| (to_104(queue), queue.waits_without_members = true).0;
    let (mut world, alice, members) = desk(wait, [answers(1), SILENT, answers(1)]);
    sign_off(&mut world, &members[..2]);
    dial(&mut world, alice, "8000");
    world.run(60);
    assert_eq!(world.at(members[2]).up().len(), 0, "it waits");
    world.act(members[0], |phone, now| phone.register(now, phone.expires));
    world.run(3);
    assert_eq!(world.at(members[0]).up().len(), 1, "the first who registers is rung");
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

//
#[test]
fn q_08_when_the_last_member_signs_off_whoever_waits_goes_on_and_without_a_destination_is_told_and_let_go() {
    let (mut world, alice, members) = desk(to_104, [SILENT, SILENT, answers(1)]);
    dial(&mut world, alice, "8000");
    world.run(5);
    sign_off(&mut world, &members[..1]);
    assert_eq!(world.at(members[2]).up().len(), 0);
    sign_off(&mut world, &members[1..2]);
    world.run(2);
    assert_eq!(world.at(members[2]).up().len(), 1);
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::NobodyThere));
    hang_up(&mut world, alice);
    all_gone(&mut world);
    let (mut world, alice, members) = desk(|_| {}, [SILENT; 3]);
    sign_off(&mut world, &members);
    dial(&mut world, alice, "8000");
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(_))));
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::EndedByQueue));
    all_gone(&mut world);
}

//
#[test]
fn q_10_whoever_has_waited_as_long_as_may_be_goes_on_and_is_a_lost_call() {
    let limit = |queue: &mut QueueSettings| (to_104(queue), queue.wait_seconds_max = 30).0;
    let (mut world, alice, members) = desk(limit, [SILENT, SILENT, answers(1)]);
    dial(&mut world, alice, "8000");
    world.run(28);
    assert_eq!(rang(&mut world, members), [1, 1, 0]);
    world.run(4);
    assert_eq!(world.at(members[2]).up().len(), 1);
    assert!([0, 1].iter().all(|place| matches!(world.at(members[*place]).said.last(), Some(Said::Cancelled(_)))));
    let call = last_call(&world);
    assert_eq!((call.outcome, call.waited_millis(world.now) / 1_000), (Some(QueueOutcome::TimedOut), 30));
    assert!(call.outcome.unwrap().is_lost());
    hang_up(&mut world, alice);
    assert!(world.ledger.last_trace().contains(&Reason::QueueTimedOut));
    all_gone(&mut world);
    let (mut world, alice, _) = desk(|queue| queue.wait_seconds_max = 15, [SILENT; 3]);
    dial(&mut world, alice, "8000");
    world.run(16);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(_))), "without a destination the call ends");
    all_gone(&mut world);
}

//
#[test]
fn q_14_who_gives_up_is_a_lost_call_and_whom_an_administrator_ends_is_none() {
    let (mut world, alice, members) = desk(|_| {}, [SILENT; 3]);
    dial(&mut world, alice, "8000");
    world.run(6);
    hang_up(&mut world, alice);
    let call = last_call(&world);
    assert_eq!((call.outcome, call.waited_millis(world.now) / 1_000), (Some(QueueOutcome::Abandoned), 6));
    assert!(matches!(world.at(members[0]).said.last(), Some(Said::Cancelled(_))));
    assert_eq!(states(&mut world), [AgentState::Ready; 3]);
    dial(&mut world, alice, "8000");
    let id = *world.ledger.open.keys().next().unwrap();
    world.ask(Ask::HangUp(TenantId(1), id));
    world.run(1);
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::Removed));
    all_gone(&mut world);
}

//
#[test]
fn q_22_one_caller_more_than_may_wait_goes_on_at_once() {
    let two = |queue: &mut QueueSettings| (to_104(queue), queue.waiting_max = 2).0;
    let (mut world, alice, members) = desk(two, [SILENT, SILENT, answers(1)]);
    for _ in 0..3 {
        dial(&mut world, alice, "8000");
    }
    world.run(1);
    assert_eq!(world.at(members[2]).up().len(), 1);
    assert_eq!(standings(&mut world)[0].waiting_count, 2);
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::Full));
    for _ in 0..3 {
        hang_up(&mut world, alice);
    }
    all_gone(&mut world);
}

//
#[test]
fn q_09_members_ring_while_the_introduction_is_said_or_after_it() {
    for (introduces_first, expected) in [(false, 1), (true, 0)] {
        let mut world = fair();
        let alice = world.registered(ACME, "101");
        let bob = world.registered(ACME, "102");
        world.at(bob).manner = SILENT;
        world.at(bob).said.clear();
        world.media.keep_sound(SoundId(7), 500);
        world.change_plan(ACME, |plan| {
            plan.queues = vec![queue(1, |queue| {
                (queue.introduction, queue.introduces_first) = (Some(SoundId(7)), introduces_first);
            })];
        });
        dial(&mut world, alice, "8000");
        world.run(5);
        let rung = |world: &mut World| world.at(bob).said.len();
        assert_eq!(rung(&mut world), expected, "it takes ten seconds");
        world.run(6);
        assert_eq!(rung(&mut world), 1);
        world.at(bob).manner = answers(1);
        world.run(30);
        assert_eq!(world.at(bob).up().len(), 1);
        hang_up(&mut world, alice);
        all_gone(&mut world);
    }
}

//
#[test]
fn q_03_a_caller_hears_the_queues_own_music_else_the_tenants() {
    for own in [Some(SoundId(5)), None] {
        let (mut world, alice, _) = desk(|queue| queue.music = own, [SILENT; 3]);
        for id in [1, 5] {
            world.media.keep_sound(SoundId(id), 50);
        }
        world.change_plan(ACME, |plan| {
            (plan.music.enabled, plan.music.sounds) = (true, vec![SoundId(1)]);
        });
        world.media.take_fetched();
        dial(&mut world, alice, "8000");
        let played = world.media.take_fetched();
        let expected = own.unwrap_or(SoundId(1));
        assert!(
            matches!(played[..], [media::SoundName::Kept(file)] if file.id == expected),
            "{played:?} instead of {expected:?}"
        );
        let before = world.at(alice).heard;
        world.run(10);
        assert!(world.at(alice).heard - before > 490, "from the start again");
        hang_up(&mut world, alice);
        all_gone(&mut world);
    }
}

//
#[test]
fn q_03_who_has_left_the_queue_unanswered_hears_the_tenants_music_when_it_is_held() {
    let own = |queue: &mut QueueSettings| {
        to_104(queue);
        (queue.music, queue.wait_seconds_max) = (Some(SoundId(5)), 15);
    };
    let (mut world, alice, members) = desk(own, [SILENT, SILENT, answers(1)]);
    for id in [1, 5] {
        world.media.keep_sound(SoundId(id), 50);
    }
    world.change_plan(ACME, |plan| {
        (plan.music.enabled, plan.music.sounds) = (true, vec![SoundId(1)]);
    });
    dial(&mut world, alice, "8000");
    world.run(18);
    assert_eq!(world.at(members[2]).up().len(), 1);
    world.media.take_fetched();
    world.act(members[2], |phone, now| phone.offer(now, "sendonly"));
    world.run(1);
    let played = world.media.take_fetched();
    assert!(matches!(played[..], [media::SoundName::Kept(file)] if file.id == SoundId(1)), "{played:?}");
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

//
#[test]
fn q_01_callers_come_from_a_receptionist_a_group_and_transfers_and_queues_in_a_circle_are_found() {
    let (mut world, alice, members) = desk(|_| {}, [answers(1); 3]);
    let lead = menu(1, "700", |menu| {
        menu.rows = rows(&[("1", to(Destination::Queue { queue_id: QueueId(1) }))]);
    });
    world.change_plan(ACME, |plan| plan.receptionists = vec![lead]);
    dial(&mut world, alice, "700");
    press(&mut world, alice, "1");
    world.run(3);
    assert_eq!(world.at(members[0]).up().len(), 1);
    let first = last_call(&world);
    // Bob hands Alice on to the queue, blindly: somebody else of it answers.
    refer(&mut world, members[0], "<sip:8000@acme.localhost>");
    world.run(4);
    assert_eq!(world.live_calls(), 1);
    assert_eq!(members.map(|member| world.at(member).up().len()), [1, 0, 0], "he is free again, and the first");
    let second = last_call(&world);
    assert!(first.id != second.id && second.caller == "101", "{second:?}");
    assert!(world.ledger.queue_calls[&first.id].ended_at.is_some());
    hang_up(&mut world, alice);
    all_gone(&mut world);

    let (mut world, alice, members) = desk(|_| {}, [SILENT; 3]);
    sign_off(&mut world, &members);
    let next = |id| Destination::Queue { queue_id: QueueId(id) };
    world.change_plan(ACME, |plan| {
        plan.queues = vec![queue(1, |queue| queue.otherwise = next(2)), queue(2, |queue| queue.otherwise = next(1))];
    });
    dial(&mut world, alice, "8000");
    world.run(2);
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::LoopDetected));
    assert_eq!(world.ledger.queue_calls.len(), 2, "each once");
    all_gone(&mut world);
}

#[test]
fn what_is_taken_away_while_callers_wait_lets_nobody_wait_for_ever() {
    // The queue.
    let (mut world, alice, members) = desk(to_104, [SILENT, SILENT, answers(1)]);
    dial(&mut world, alice, "8000");
    world.change_plan(ACME, |plan| plan.queues.clear());
    world.run(3);
    assert_eq!(world.at(members[2]).up().len(), 1);
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::Removed));
    hang_up(&mut world, alice);
    all_gone(&mut world);
    // The member that is rung.
    let (mut world, alice, members) = desk(|_| {}, [SILENT, answers(1), SILENT]);
    dial(&mut world, alice, "8000");
    let fewer = queue(1, |queue| queue.members.retain(|member| *member != ExtensionId(1_102)));
    world.change_plan(ACME, |plan| plan.queues = vec![fewer]);
    world.run(25);
    assert_eq!(world.at(members[1]).up().len(), 1);
    hang_up(&mut world, alice);
    all_gone(&mut world);
    // The tenant.
    let (mut world, alice, _) = desk(|_| {}, [SILENT; 3]);
    dial(&mut world, alice, "8000");
    world.tell(Input::PlanRemoved(TenantId(1)));
    world.run(5);
    assert!(world.ledger.open.is_empty());
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::Removed));
    // The server, which stops when the last has gone.
    let (mut world, alice, _) = desk(|queue| queue.wait_seconds_max = 60, [SILENT; 3]);
    dial(&mut world, alice, "8000");
    world.tell(Input::Drain);
    world.run(30);
    assert!(!world.drained);
    world.run(40);
    assert!(world.drained, "whoever waits is let go at its limit");
    all_gone(&mut world);
}

#[test]
fn a_panic_lets_callers_go_and_keeps_who_is_ready() {
    let (mut world, alice, members) = desk(|_| {}, [SILENT; 3]);
    assert!(set_ready(&mut world, 102, false));
    dial(&mut world, alice, "8000");
    world.faults_wanted = true;
    world.board.break_after(TenantId(1), 0);
    world.run(30);
    assert!(world.board.has_broken());
    world.run(5);
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::Removed));
    let standing = standings(&mut world).remove(0);
    assert_eq!(standing.agents.iter().map(|agent| agent.ready).collect::<Vec<_>>(), [false, true, true]);
    members.iter().for_each(|member| world.at(*member).said.clear());
    dial(&mut world, alice, "8000");
    assert_eq!(rang(&mut world, members), [0, 1, 0]);
    hang_up(&mut world, alice);
    all_gone(&mut world);
}
