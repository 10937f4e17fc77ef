//! Devices sign in, renew, come back, and are turned away.

use shared::live::{Answer, Ask};
use shared::reason::Reason;
use shared::registration::Registration;
use sim::engine::Media;
use sim::{Manner, PhoneId, Said, Weather, World};
use sip::Transport;
use switch::Config;

use crate::call::{ACME, all_gone};

pub fn fair() -> World {
    World::new(1, Weather::FAIR)
}

/// Media that browsers and phones alike agree with.
pub fn stubbed(seed: u64, weather: Weather) -> World {
    let mut config = Config::new([7; 32], sim::world::CREDENTIAL_KEY);
    config.sent_by =
        [(Transport::Udp, "198.51.100.1:5060".to_owned()), (Transport::Ws, "pbx.example".to_owned())].into();
    World::with(seed, weather, config, Media::stub())
}

pub fn register(world: &mut World, phone: PhoneId) -> Said {
    world.act(phone, |phone, now| phone.register(now, phone.expires));
    world.run(2);
    world.at(phone).said.last().unwrap().clone()
}

fn rows(world: &mut World) -> Vec<Registration> {
    match world.ask(Ask::Registrations(None)) {
        Some(Answer::Registrations(rows)) => rows,
        other => panic!("{other:?}"),
    }
}

// covers: TRN-11
#[test]
fn trn_11_sixty_seconds_get_423_with_300_except_over_websocket() {
    let mut world = fair();
    let desk = world.phone(ACME, "101", Transport::Udp);
    world.at(desk).expires = 60;
    assert_eq!(register(&mut world, desk), Said::NotRegistered(423));
    assert_eq!(world.ledger.refusals[0].trace.last().unwrap().code, Reason::IntervalTooBrief);
    world.at(desk).expires = 300;
    assert_eq!(register(&mut world, desk), Said::Registered);
    let browser = world.phone(ACME, "101", Transport::Ws);
    world.make_browser(browser, 1, 3_600);
    world.at(browser).expires = 60;
    assert_eq!(register(&mut world, browser), Said::Registered);
    let mobile = world.phone(ACME, "101", Transport::Tcp);
    world.at(mobile).instance = "<urn:uuid:7>".to_owned();
    world.at(mobile).expires = 60;
    assert_eq!(register(&mut world, mobile), Said::Registered, "it keeps its flow alive (RFC 5626)");
    assert_eq!(rows(&mut world).len(), 3);
}

#[test]
fn a_binding_is_renewed_runs_out_and_is_taken_away() {
    let mut world = fair();
    let (a, b) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    world.run(300);
    register(&mut world, a);
    world.run(310);
    let left = rows(&mut world);
    assert_eq!(left.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(), ["101"]);
    assert_eq!(left.len(), world.ledger.registrations.len());
    world.act(a, |phone, now| phone.register(now, 0));
    world.run(2);
    assert!(rows(&mut world).is_empty() && world.ledger.registrations.is_empty());
    register(&mut world, b);
    world.run(601);
    assert!(world.ledger.registrations.is_empty());
    assert!(world.ledger.complaints.is_empty(), "{:?}", world.ledger.complaints);
    assert_eq!(world.board.sizes().timers, 0);
}

#[test]
fn an_unknown_user_and_a_wrong_password_look_alike() {
    let mut world = fair();
    let (known, unknown) = (world.phone(ACME, "101", Transport::Udp), world.phone(ACME, "999", Transport::Udp));
    world.at(known).credentials.secret = "wrong".to_owned();
    assert_eq!(register(&mut world, known), Said::NotRegistered(403));
    assert_eq!(register(&mut world, unknown), Said::NotRegistered(403));
    let codes: Vec<_> = world.ledger.refusals.iter().map(|refusal| refusal.trace.last().unwrap().code).collect();
    assert_eq!(codes, [Reason::CredentialsWrong, Reason::ExtensionUnknown], "only the trace knows");
    let nowhere = world.phone("nobody.example", "101", Transport::Udp);
    assert_eq!(register(&mut world, nowhere), Said::NotRegistered(403));
}

#[test]
fn a_login_as_number_at_domain_works_on_a_shared_host() {
    let mut world = fair();
    let phone = world.phone("pbx.example", "101", Transport::Udp);
    world.at(phone).credentials.user = "101@acme.localhost".to_owned();
    world.at(phone).credentials.secret = sim::world::secret(ACME, "101");
    assert_eq!(register(&mut world, phone), Said::Registered);
    let bob = world.registered(ACME, "102");
    world.act(phone, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(bob).said.last(), Some(&Said::Incoming("101".into(), "Person 101".into())));
    assert_eq!(world.at(phone).up().len(), 1);
    assert_eq!(world.ledger.open.values().next().unwrap().0.tenant_id, shared::TenantId(1));
}

// covers: EXT-12
#[test]
fn ext_12_a_disabled_extension_loses_its_devices_and_gets_403() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.change_plan(ACME, |plan| plan.extensions[0].enabled = false);
    assert_eq!(world.ledger.registrations.len(), 1);
    assert_eq!(register(&mut world, alice), Said::NotRegistered(403));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(2);
    assert!(matches!(world.at(alice).said.last(), Some(Said::Failed(403, _))));
    world.act(bob, |phone, now| phone.call(now, "101", Vec::new()));
    world.run(2);
    assert!(matches!(world.at(bob).said.last(), Some(Said::Failed(480, _))));
    let reasons: Vec<_> = world.ledger.closed.iter().map(|(record, _)| record.ended_reason.unwrap()).collect();
    assert_eq!(reasons, [Reason::ExtensionDisabled, Reason::CalleeDisabled]);
    world.change_plan(ACME, |plan| plan.extensions[0].enabled = true);
    assert_eq!(register(&mut world, alice), Said::Registered);
}

#[test]
fn a_new_secret_ends_the_registrations_of_the_old_one() {
    let mut world = fair();
    world.registered(ACME, "101");
    world.registered(ACME, "102");
    world.change_plan(ACME, |plan| plan.extensions[0].ha1 = sip::digest::ha1("101", ACME, "fresh"));
    let left = rows(&mut world);
    assert_eq!(left.iter().map(|row| row.number.as_str()).collect::<Vec<_>>(), ["102"]);
}

#[test]
fn a_browsers_credential_is_taken_until_it_runs_out_or_its_epoch_is_over() {
    let mut world = stubbed(1, Weather::FAIR);
    let browser = world.phone(ACME, "101", Transport::Ws);
    world.make_browser(browser, 1, 600);
    assert_eq!(register(&mut world, browser), Said::Registered);
    world.run(601);
    assert_eq!(register(&mut world, browser), Said::NotRegistered(403));
    assert_eq!(world.ledger.refusals.last().unwrap().trace.last().unwrap().code, Reason::CredentialExpired);
    world.make_browser(browser, 1, 600);
    assert_eq!(register(&mut world, browser), Said::Registered);
    world.change_plan(ACME, |plan| plan.extensions[0].credential_epoch = 2);
    assert!(rows(&mut world).is_empty());
    assert_eq!(register(&mut world, browser), Said::NotRegistered(403));
}

// covers: S10
#[test]
fn s10_a_hundred_wrong_passwords_from_one_device_leave_its_neighbours_alone() {
    let mut world = fair();
    let good = world.registered(ACME, "101");
    let bad = world.phone(ACME, "101", Transport::Udp);
    let other = world.phone(ACME, "102", Transport::Udp);
    // All behind one address, each on a port of its own.
    for (phone, port) in [(bad, 5_062), (other, 5_064)] {
        let ip = world.at(good).address.ip();
        world.at(phone).address = std::net::SocketAddr::new(ip, port);
    }
    world.at(bad).credentials.secret = "wrong".to_owned();
    for _ in 0..100 {
        world.act(bad, |phone, now| phone.register(now, 600));
        world.run_for(std::time::Duration::from_millis(200));
    }
    let said = &world.at(bad).said;
    assert_eq!(said.len(), 100);
    assert!(said.iter().all(|said| *said == Said::NotRegistered(403)));
    assert_eq!(register(&mut world, other), Said::Registered, "a neighbour signs in for the first time");
    assert_eq!(register(&mut world, good), Said::Registered, "the same extension's healthy device renews");
    world.run(10);
    assert_eq!(world.ledger.refusals.iter().map(|refusal| refusal.count).sum::<u64>(), 100);
    assert!(world.ledger.refusals.len() < 30, "repeats are counted, not listed");
    let throttled = |refusal: &&shared::registration::RegistrationRefusal| {
        refusal.trace.last().unwrap().code == Reason::CredentialThrottled
    };
    assert!(world.ledger.refusals.iter().any(|refusal| throttled(&refusal)));
    world.at(bad).credentials.secret = sim::world::secret(ACME, "101");
    assert_eq!(register(&mut world, bad), Said::NotRegistered(403), "it waits");
    world.run(60);
    assert_eq!(register(&mut world, bad), Said::Registered);
}

#[test]
fn after_a_restart_phones_over_udp_are_called_without_registering_again() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(5);
    world.restart(Media::real(2));
    let (record, _) = world.ledger.closed.last().unwrap();
    assert_eq!(record.ended_reason, Some(Reason::ServerRestarted));
    assert!(world.now.since(record.ended_at.unwrap()) <= std::time::Duration::from_secs(1), "its last heartbeat");
    assert_eq!(rows(&mut world).len(), 2);
    world.at(alice).forget();
    world.at(bob).forget();
    world.at(bob).said.clear();
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(bob).said.last(), Some(&Said::Incoming("101".into(), "Person 101".into())));
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(601);
    all_gone(&mut world);
    assert!(rows(&mut world).is_empty(), "restored bindings run out like others");
}

#[test]
fn a_browser_that_comes_back_within_thirty_seconds_keeps_its_call() {
    let mut world = stubbed(3, Weather::FAIR);
    let browser = world.phone(ACME, "101", Transport::Ws);
    world.make_browser(browser, 1, 3_600);
    assert_eq!(register(&mut world, browser), Said::Registered);
    let bob = world.registered(ACME, "102");
    world.act(browser, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.break_connection(browser);
    world.run(20);
    assert_eq!(world.live_calls(), 1);
    assert_eq!(register(&mut world, browser), Said::Registered);
    assert_eq!(rows(&mut world).len(), 2, "the same device, not one more");
    world.run(60);
    assert_eq!(world.live_calls(), 1);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(2);
    assert!(matches!(world.at(browser).said.last(), Some(Said::Ended(_))), "the BYE found the new connection");
    all_gone(&mut world);
    let trace = world.ledger.last_trace();
    assert!(trace.contains(&Reason::FlowLost) && trace.contains(&Reason::LegReplaced), "{trace:?}");
}

#[test]
fn a_browser_that_stays_away_loses_call_and_binding_after_thirty_seconds() {
    let mut world = stubbed(3, Weather::FAIR);
    let browser = world.phone(ACME, "101", Transport::Ws);
    world.make_browser(browser, 1, 3_600);
    register(&mut world, browser);
    let bob = world.registered(ACME, "102");
    world.act(browser, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.break_connection(browser);
    world.at(browser).manner = Manner::Dead;
    world.run(29);
    assert_eq!((world.live_calls(), rows(&mut world).len()), (1, 2));
    world.run(2);
    assert_eq!((world.live_calls(), rows(&mut world).len()), (0, 1));
    assert!(matches!(world.at(bob).said.last(), Some(Said::Ended(_))));
    all_gone(&mut world);
    assert_eq!(world.ledger.last().unwrap().ended_reason, Some(Reason::FlowLostEnded));
}

#[test]
fn one_device_too_many_is_503_with_a_time_to_try_again() {
    let mut config = Config::new([7; 32], sim::world::CREDENTIAL_KEY);
    config.contacts_max = 2;
    let mut world = World::with(1, Weather::FAIR, config, Media::stub());
    world.registered(ACME, "101");
    world.registered(ACME, "101");
    let third = world.phone(ACME, "101", Transport::Udp);
    assert_eq!(register(&mut world, third), Said::NotRegistered(503));
    assert_eq!(world.ledger.refusals[0].trace.last().unwrap().code, Reason::TooManyContacts);
    assert_eq!(rows(&mut world).len(), 2);
}
