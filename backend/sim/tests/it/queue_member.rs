//! The members of queues: how ready they are, and what that is set by.

use shared::ExtensionId;
use shared::queue_agent::{AgentState, QueueStanding};
use shared::queue_call::QueueOutcome;
use shared::reason::Reason;
use sim::engine::Media;
use sim::{Said, World};

use crate::call::{ACME, all_gone};
use crate::queue::*;
use crate::receptionist::dial;

//
#[test]
fn q_06_off_a_member_is_ready_only_when_it_is_set_so() {
    let (mut world, alice, members) = desk(|queue| queue.ready_by_itself = false, [SILENT, answers(1), SILENT]);
    assert_eq!(states(&mut world), [AgentState::NotReady; 3]);
    dial(&mut world, alice, "8000");
    world.run(5);
    assert_eq!(rang(&mut world, members), [0, 0, 0]);
    assert!(set_ready(&mut world, 102, true) && set_ready(&mut world, 103, true) && !set_ready(&mut world, 101, true));
    world.run(22);
    assert_eq!(world.at(members[1]).up().len(), 1);
    assert_eq!(rang(&mut world, members), [1, 1, 0]);
    assert_eq!(states(&mut world), [AgentState::NotReady, AgentState::Talking, AgentState::NotReady]);
    hang_up(&mut world, alice);
    assert_eq!(states(&mut world), [AgentState::NotReady; 3]);
    all_gone(&mut world);
}

//
#[test]
fn q_13_a_manager_is_never_rung() {
    let (mut world, alice, members) = desk(|queue| queue.managers = vec![ExtensionId(1_102)], [SILENT; 3]);
    dial(&mut world, alice, "8000");
    assert_eq!(rang(&mut world, members), [0, 1, 0]);
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

//
#[test]
fn q_16_the_codes_set_ready_in_one_queue_or_in_all_and_tell_who_is_no_member() {
    let (mut world, alice, members) = desk(|_| {}, [SILENT; 3]);
    let other = queue(2, |queue| queue.members.truncate(1));
    world.change_plan(ACME, |plan| plan.queues.push(other));
    let ready = |world: &mut World| {
        let of_102 = |queue: &QueueStanding| queue.agents[0].ready;
        standings(world).iter().map(of_102).collect::<Vec<_>>()
    };
    for (code, expected, end) in [
        ("*528000", [false, true], Reason::AgentSetNotReady),
        ("*51*8000", [true, true], Reason::AgentSetReady),
        ("*52", [false, false], Reason::AgentSetNotReady),
        ("*518001", [false, true], Reason::AgentSetReady),
        ("*51", [true, true], Reason::AgentSetReady),
        ("*52*8001", [true, false], Reason::AgentSetNotReady),
    ] {
        dial(&mut world, members[0], code);
        world.run(2);
        assert_eq!(ready(&mut world), expected, "{code}");
        assert!(matches!(world.at(members[0]).said.last(), Some(Said::Ended(_))), "{code}");
        assert_eq!(world.ledger.last_trace().last(), Some(&end), "{code}");
    }
    for code in ["*518000", "*51"] {
        dial(&mut world, alice, code);
        world.run(2);
        assert_eq!(world.ledger.last_trace().last(), Some(&Reason::AgentUnknown), "{code}");
    }
    dial(&mut world, alice, "*518765");
    world.run(1);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(404, _))));
    all_gone(&mut world);
}

//
#[test]
fn q_19_how_ready_a_member_is_survives_a_restart_and_each_change_is_told_once() {
    let (mut world, alice, members) = desk(|queue| queue.wrap_up_seconds = 10, [answers(1), SILENT, SILENT]);
    assert!(set_ready(&mut world, 103, false));
    world.ledger.agent_states.clear();
    dial(&mut world, alice, "8000");
    world.run(3);
    hang_up(&mut world, alice);
    world.run(20);
    let told: Vec<AgentState> = world.ledger.agent_states.iter().map(|(_, state)| *state).collect();
    use AgentState::{Ready, Ringing, Talking, WrapUp};
    assert_eq!(told, [Ringing, Talking, WrapUp, Ready]);
    world.restart(Media::real(9));
    let standing = standings(&mut world).remove(0);
    let ready: Vec<_> = standing.agents.iter().map(|agent| (agent.ready, agent.pause_reason.as_str())).collect();
    assert_eq!(ready, [(true, ""), (false, "Lunch"), (true, "")]);
    assert_eq!(
        standing.agents.iter().map(|agent| agent.state).collect::<Vec<_>>(),
        [Ready, AgentState::NotReady, Ready]
    );
    dial(&mut world, alice, "8000");
    world.run(3);
    assert_eq!(world.at(members[0]).up().len(), 1);
    hang_up(&mut world, alice);
    all_gone(&mut world);
}

#[test]
fn a_member_who_waits_itself_is_not_rung_and_whoever_loses_its_connection_loses_its_place() {
    let (mut world, _, members) = desk(|queue| queue.skip_busy = false, [SILENT; 3]);
    dial(&mut world, members[0], "8000");
    world.run(2);
    assert_eq!(rang(&mut world, members), [0, 1, 0]);
    hang_up(&mut world, members[0]);
    all_gone(&mut world);
    let (mut world, _, members) = desk(|_| {}, [SILENT; 3]);
    let eve = world.phone("acme.localhost", "101", sip::Transport::Tcp);
    world.act(eve, |phone, now| phone.register(now, phone.expires));
    world.run(1);
    dial(&mut world, eve, "8000");
    world.run(2);
    world.break_connection(eve);
    world.run(5);
    assert!(last_call(&world).waits(), "it may come back");
    world.run(30);
    assert_eq!(last_call(&world).outcome, Some(QueueOutcome::Abandoned));
    assert_eq!(states(&mut world), [AgentState::Ready; 3]);
    assert!(world.ledger.last_trace().contains(&Reason::FlowLostEnded));
    let _ = members;
}
