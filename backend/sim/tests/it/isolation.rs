//! No tenant reaches another, and strangers reach nobody.

use shared::TenantId;
use shared::live::{Answer, Ask};
use shared::reason::Reason;
use sim::{PhoneId, Said, Weather, World};
use sip::Transport;

use crate::call::{ACME, all_gone, talking};
use crate::registration::register;

const GLOBEX: &str = "globex.localhost";

fn two_tenants() -> (World, PhoneId, PhoneId) {
    let mut world = World::new(1, Weather::FAIR);
    let alice = world.registered(ACME, "102");
    let stranger = world.registered(GLOBEX, "101");
    world.at(stranger).said.clear();
    (world, alice, stranger)
}

// covers: T-10
#[test]
fn t_10_globex_101_is_never_reached_by_acme_whatever_is_dialled() {
    let (mut world, alice, stranger) = two_tenants();
    let mut refused = 0;
    for uri in [
        "sip:101@globex.localhost",
        "sip:101@GLOBEX.LOCALHOST",
        "sip:101@globex.localhost.",
        "sips:101@globex.localhost",
        "sip:10%31@globex.localhost",
        "sip:101@acme.localhost;maddr=globex.localhost",
        "sip:101@acme.localhost?Route=%3Csip:globex.localhost%3E",
        "sip:101%40globex.localhost@acme.localhost",
        "sip:101;phone-context=globex.localhost@acme.localhost;user=phone",
        "sip:globex.localhost!101@acme.localhost",
        "sip:101@10.0.0.2",
        "tel:101;phone-context=globex.localhost",
    ] {
        world.act(alice, |phone, now| phone.call(now, uri, Vec::new()));
        world.run(2);
        let last = world.at(alice).said.last().unwrap().clone();
        assert!(matches!(last, Said::Failed(400..=499, _)), "{uri}: {last:?}");
        refused += 1;
    }
    let route = || vec![sip::Header::new("Route", "<sip:globex.localhost;lr>")];
    world.act(alice, |phone, now| phone.call(now, "101", route()));
    world.run(2);
    assert_eq!(world.at(stranger).said, [], "Globex heard nothing");
    all_gone(&mut world);
    // Some are so malformed that the stack answers them; every other one has its record, in Acme.
    assert!(
        world.ledger.closed.len() <= refused + 1 && world.ledger.closed.len() >= 8,
        "{}",
        world.ledger.closed.len()
    );
    assert!(world.ledger.closed.iter().all(|(record, _)| record.tenant_id == TenantId(1)));
}

// covers: S8
#[test]
fn s8_a_tenants_credentials_open_nothing_at_another() {
    let (mut world, _, _) = two_tenants();
    for user in ["102", "102@acme.localhost"] {
        let mallory = world.phone(GLOBEX, "102", Transport::Udp);
        world.at(mallory).credentials.user = user.to_owned();
        world.at(mallory).credentials.secret = sim::world::secret(ACME, "102");
        assert_eq!(register(&mut world, mallory), Said::NotRegistered(403), "{user}");
        world.act(mallory, |phone, now| phone.call(now, "101", Vec::new()));
        world.run(2);
        assert!(matches!(world.at(mallory).said.last(), Some(Said::Failed(403, _))));
    }
    let codes: Vec<_> = world.ledger.refusals.iter().map(|refusal| refusal.trace.last().unwrap().code).collect();
    assert!(codes.contains(&Reason::TenantMismatch), "{codes:?}");
    assert!(world.ledger.closed.is_empty(), "who never proved anything leaves no call record");
}

// covers: S8
#[test]
fn s8_replaces_of_another_tenants_call_is_481() {
    let (mut world, alice, _) = talking();
    let replaces = world.at(alice).replaces().unwrap();
    let mallory = world.registered(GLOBEX, "101");
    let header = vec![sip::Header::new("Replaces", replaces)];
    world.act(mallory, |phone, now| phone.call(now, "102", header));
    world.run(2);
    assert!(matches!(world.at(mallory).said.last(), Some(Said::Failed(481, _))));
    assert_eq!(world.live_calls(), 1);
}

// covers: S7
#[test]
fn s7_a_caller_is_who_it_logged_in_as() {
    let (mut world, alice, _) = two_tenants();
    world.at(alice).number = "103".to_owned();
    world.act(alice, |phone, now| phone.call(now, "101", Vec::new()));
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(403, _))));
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::CallerNotAllowed));
}

// covers: S6
#[test]
fn s6_nobody_registers_for_another_extension() {
    let mut world = World::new(1, Weather::FAIR);
    let mallory = world.phone(ACME, "103", Transport::Udp);
    world.at(mallory).number = "101".to_owned();
    assert_eq!(register(&mut world, mallory), Said::NotRegistered(403));
    assert!(world.ledger.registrations.is_empty());
}

// covers: S4
#[test]
fn s4_nothing_is_taken_without_credentials() {
    let mut world = World::new(1, Weather::FAIR);
    world.registered(ACME, "101");
    let stranger = world.phone(ACME, "102", Transport::Udp);
    for method in ["MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "NOTIFY", "INFO"] {
        world.act(stranger, |phone, now| phone.ask(now, method, "sip:101@acme.localhost"));
        world.run(2);
        let last = world.at(stranger).said.last().unwrap().clone();
        assert!(matches!(last, Said::Response(401 | 403 | 481)), "{method}: {last:?}");
    }
    world.act(stranger, |phone, now| phone.ask(now, "OPTIONS", "sip:101@acme.localhost"));
    world.run(2);
    assert_eq!(world.at(stranger).said.last(), Some(&Said::Response(200)));
}

// covers: CDR-05
#[test]
fn cdr_05_scanners_leave_no_call_record() {
    let mut world = World::new(1, Weather::FAIR);
    let scanner = world.phone("198.51.100.1", "100", Transport::Udp);
    world.at(scanner).credentials.secret = "100".to_owned();
    world.act(scanner, |phone, now| phone.call(now, "00442012345678", Vec::new()));
    world.run(2);
    assert!(matches!(world.at(scanner).said.last(), Some(Said::Failed(404, _))));
    all_gone(&mut world);
    assert!(world.ledger.closed.is_empty());
}

// covers: T-07
#[test]
fn t_07_a_suspended_tenant_loses_its_devices_and_its_calls_finish() {
    let (mut world, alice, bob) = talking();
    world.change_plan(ACME, |plan| plan.enabled = false);
    assert!(world.ledger.registrations.is_empty());
    assert_eq!(world.live_calls(), 1);
    assert_eq!(register(&mut world, bob), Said::NotRegistered(403));
    world.act(alice, |phone, now| phone.hang_up(now));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(403, _))));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::TenantSuspended));
    world.change_plan(ACME, |plan| plan.enabled = true);
    assert_eq!(register(&mut world, bob), Said::Registered);
}

#[test]
fn a_deleted_tenant_ends_its_calls_and_its_domain_is_nobodys() {
    let (mut world, alice, _) = talking();
    world.tell(switch::Input::PlanRemoved(TenantId(1)));
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Ended(_))));
    assert!(world.ledger.registrations.is_empty());
    assert_eq!(register(&mut world, alice), Said::NotRegistered(403));
    assert_eq!(world.ask(Ask::Counts), Some(Answer::Counts(Vec::new())));
    all_gone(&mut world);
}
