//! Quotas, overload, draining, and the figures that pages ask for.

use shared::TenantId;
use shared::live::{Answer, Ask};
use shared::reason::Reason;
use sim::{Manner, PhoneId, Said, World};
use switch::Input;

use crate::call::{ACME, all_gone, pair, talking};

fn dial(world: &mut World, from: PhoneId, to: &str) -> Said {
    world.act(from, |phone, now| phone.call(now, to, Vec::new()));
    world.run(4);
    world.at(from).said.last().unwrap().clone()
}

fn failed(said: Said) -> (u16, String) {
    match said {
        Said::Failed(status, reason) => (status, reason),
        other => panic!("{other:?}"),
    }
}

// covers: T-11
#[test]
fn t_11_the_call_above_the_quota_is_503_with_the_quotas_words_and_a_pair_of_legs_is_one() {
    let (mut world, alice, _) = talking();
    world.change_plan(ACME, |plan| plan.quota.concurrent_calls_max = Some(2));
    let carol = world.registered(ACME, "103");
    let dave = world.registered(ACME, "104");
    assert_eq!(dial(&mut world, carol, "104"), Said::Answered);
    let erin = world.registered(ACME, "102");
    let (status, reason) = failed(dial(&mut world, erin, "101"));
    assert_eq!(status, 503);
    assert!(reason.contains("The tenant's limit of 2 concurrent calls is reached."), "{reason}");
    let globex = world.registered("globex.localhost", "101");
    world.registered("globex.localhost", "102");
    assert_eq!(dial(&mut world, globex, "102"), Said::Answered, "another tenant is not concerned");
    for phone in [alice, dave, globex] {
        world.act(phone, |phone, now| phone.hang_up(now));
    }
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 4);
    let refused = world.ledger.closed.iter().find(|(record, _)| record.fail_code == 503).unwrap();
    assert_eq!(refused.1.last().unwrap().code, Reason::QuotaConcurrentCalls);
    assert_eq!(refused.1.last().unwrap().value, "2");
}

#[test]
fn each_wrong_number_gets_its_status_and_its_record() {
    let (mut world, alice, _) = pair();
    for (number, status, reason) in [
        ("555", 404, Reason::NumberUnknown),
        ("1-1", 484, Reason::NumberInvalid),
        ("101", 486, Reason::CalleeIsCaller),
        ("103", 480, Reason::CalleeOffline),
        ("sip:101@elsewhere.example", 404, Reason::ForeignDomain),
    ] {
        assert_eq!(failed(dial(&mut world, alice, number)).0, status, "{number}");
        let record = world.ledger.last().unwrap();
        assert_eq!((record.ended_reason, record.fail_code), (Some(reason), status), "{number}");
    }
    all_gone(&mut world);
}

#[test]
fn a_device_that_is_off_the_network_is_unreachable() {
    let (mut world, alice, bob) = pair();
    world.at(bob).manner = Manner::Dead;
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(40);
    assert_eq!(failed(world.at(alice).said.last().unwrap().clone()).0, 480);
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::DeviceUnreachable));
}

#[test]
fn a_drain_lets_calls_finish_and_takes_no_new_ones() {
    let (mut world, alice, bob) = talking();
    world.tell(Input::Drain);
    let carol = world.registered(ACME, "103");
    assert_eq!(failed(dial(&mut world, carol, "101")).0, 503);
    assert_eq!((world.live_calls(), world.drained), (1, false));
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    assert!(world.drained);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(_))));
    all_gone(&mut world);
}

#[test]
fn a_store_that_is_behind_stops_new_calls_until_it_has_caught_up() {
    let (mut world, alice, _) = pair();
    world.tell(Input::Overloaded(true));
    assert_eq!(failed(dial(&mut world, alice, "102")).0, 503);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::Overloaded));
    world.tell(Input::Overloaded(false));
    assert_eq!(dial(&mut world, alice, "102"), Said::Answered);
}

// covers: CALL-01
#[test]
fn call_01_running_calls_and_figures_are_told_when_asked() {
    let (mut world, _, _) = talking();
    let Some(Answer::LiveCalls(calls)) = world.ask(Ask::LiveCalls(Some(TenantId(1)))) else { panic!() };
    assert_eq!(calls.len(), 1);
    assert!(calls[0].answered_at.is_some());
    assert_eq!(world.ask(Ask::LiveCalls(Some(TenantId(2)))), Some(Answer::LiveCalls(Vec::new())));
    let Some(Answer::Counts(counts)) = world.ask(Ask::Counts) else { panic!() };
    assert_eq!(counts.len(), 1);
    assert_eq!((counts[0].live_calls, counts[0].registrations, counts[0].extensions_online), (1, 2, 2));
}

#[test]
fn a_running_call_leaves_a_sign_of_life_each_second() {
    let (mut world, _, _) = talking();
    world.run(10);
    let (_, alive) = world.ledger.open.values().next().unwrap();
    assert!(world.now.since(*alive) <= std::time::Duration::from_secs(1));
}
