//! A panic in one tenant's code: its calls end in order, nobody else notices.

use shared::TenantId;
use shared::reason::Reason;
use sim::{Said, Weather, World};

use crate::call::{ACME, all_gone};
use crate::watcher::Watcher;

const GLOBEX: &str = "globex.localhost";
const BROKEN: TenantId = TenantId(1);
/// More places than one call passes.
const PLACES_MAX: usize = 500;

#[test]
fn wherever_a_tenants_code_breaks_its_calls_end_with_a_record_and_no_other_tenant_notices() {
    let broken = (0..PLACES_MAX).take_while(|places| one_fault(*places)).count();
    assert!((20..PLACES_MAX).contains(&broken), "{broken} places were tried");
}

/// Breaks Acme at the place after so many; false when its call passed fewer places.
fn one_fault(places: usize) -> bool {
    let mut world = World::new(1, Weather::FAIR);
    world.faults_wanted = true;
    let [alice, bob] = ["101", "102"].map(|number| world.registered(ACME, number));
    let [carol, dave] = ["101", "102"].map(|number| world.registered(GLOBEX, number));
    world.act(carol, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);

    world.board.break_after(BROKEN, places);
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.act(bob, |phone, now| phone.register(now, phone.expires));
    world.run(2);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(4);
    if !world.board.has_broken() {
        return false;
    }
    let faults = std::mem::take(&mut world.ledger.faults);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults.first().map(|(tenant, _)| *tenant), Some(BROKEN));

    let [before, heard] = [(), ()].map(|()| {
        world.speak(carol, 10);
        world.run(1);
        world.at(dave).heard
    });
    assert!(heard >= before + 8, "place {places}: Globex still talks");
    assert_eq!(world.live_calls(), 1, "place {places}: only Globex's call runs");
    assert!(
        world.ledger.closed.iter().all(|(record, _)| record.tenant_id == BROKEN),
        "place {places}: no record of Globex was closed"
    );
    assert!(world.ledger.closed.len() <= 1);

    // Acme is there again, and still knows where its devices are.
    world.at(alice).said.clear();
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(alice).said, [Said::Ringing, Said::Answered], "place {places}");
    world.act(alice, |phone, now| phone.hang_up(now));
    world.act(carol, |phone, now| phone.hang_up(now));
    world.run(4);
    let reasons: Vec<_> = world.ledger.closed.iter().map(|(record, _)| record.ended_reason).collect();
    assert_eq!(reasons.iter().rev().take(2).collect::<Vec<_>>(), [&Some(Reason::CallerHungUp); 2]);
    all_gone(&mut world);
    true
}

#[test]
fn who_is_in_a_call_when_its_tenants_code_breaks_is_told_why() {
    let (mut world, alice, bob) = crate::call::talking();
    world.faults_wanted = true;
    world.board.break_after(BROKEN, 0);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    let ended = sip::EndCause::Bye(Some("SIP;cause=500;text=\"internal fault\"".to_owned()));
    assert_eq!(world.at(alice).said.last(), Some(&Said::Ended(ended)));
    assert_eq!(world.ledger.last_trace().last(), Some(&Reason::InternalFault));
    assert_eq!(world.ledger.last().map(|record| record.legs.len()), Some(2), "with the figures of both legs");
    all_gone(&mut world);
}

// covers: MSG-02, MSG-01
#[test]
fn messages_that_wait_outlast_a_fault_and_who_watches_subscribes_anew() {
    let mut world = World::new(1, Weather::FAIR);
    world.faults_wanted = true;
    let alice = world.registered(ACME, "101");
    let mut watcher = Watcher::new(7, "103");
    assert_eq!(watcher.subscribe(&mut world, "dialog", "102", 600).status(), 200);
    watcher.drain(&mut world);
    world.act(alice, |phone, now| phone.write(now, "102", "one"));
    world.run(1);
    world.board.break_after(BROKEN, 0);
    world.act(alice, |phone, now| phone.write(now, "102", "lost, and said so"));
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(500)));
    assert_eq!(world.board.sizes().subscriptions, 0);
    assert_eq!(watcher.subscribe(&mut world, "dialog", "102", 600).status(), 200);
    let bob = world.registered(ACME, "102");
    assert_eq!(world.at(bob).said.last(), Some(&Said::Message("101".into(), "one".into())));
    world.run(601);
    watcher.drain(&mut world);
    all_gone(&mut world);
}
