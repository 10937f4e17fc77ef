//! Who proves what, and the switches of the provider (chapter 11.1).

use shared::reason::Reason;
use shared::setting::Settings;
use sim::engine::Media;
use sim::{PhoneId, Said, Weather, World};
use sip::Transport;
use sip::digest::{Authenticator, answer};
use switch::{Config, Input};

use crate::call::{ACME, all_gone};
use crate::registration::{fair, register};
use crate::watcher::Watcher;

fn world_with(change: impl FnOnce(&mut Settings)) -> World {
    let mut config = Config::new([7; 32], sim::world::CREDENTIAL_KEY);
    change(&mut config.settings);
    config.sent_by = [(Transport::Udp, sim::world::SERVER.to_string())].into();
    World::with(1, Weather::FAIR, config, Media::real(1))
}

fn challenge(world: &mut World, number: &str) -> String {
    let mut client = Watcher::new(7, number);
    client.credentials = None;
    let reply = client.request(world, "REGISTER", "sip:acme.localhost", "", "");
    assert_eq!(reply.status(), 401);
    reply.header("WWW-Authenticate").unwrap().to_owned()
}

// covers: SET-05
#[test]
fn set_05_the_challenge_lists_auth_only_unless_the_switch_is_turned() {
    assert!(challenge(&mut fair(), "101").contains("qop=\"auth\""));
    let mut world = world_with(|settings| settings.auth_int_disabled = false);
    assert!(challenge(&mut world, "101").contains("qop=\"auth,auth-int\""));
    let mut watcher = Watcher::new(8, "103");
    assert_eq!(watcher.subscribe(&mut world, "dialog", "102", 600).status(), 200);
    world.tell(Input::Settings(Box::default()));
    let mut later = Watcher::new(9, "104");
    later.credentials = None;
    let reply = later.subscribe(&mut world, "dialog", "102", 600);
    assert!(reply.header("WWW-Authenticate").unwrap().contains("qop=\"auth\""), "it holds from then on");
}

// covers: ADV-04
#[test]
fn adv_04_with_the_agent_switched_off_nobody_is_told_who_talks() {
    let mut world = world_with(|settings| settings.dialog_state_agent = false);
    let mut watcher = Watcher::new(8, "103");
    assert_eq!(watcher.subscribe(&mut world, "dialog", "102", 600).status(), 489);
    assert_eq!(watcher.subscribe(&mut world, "presence", "102", 600).status(), 200);
}

fn talking(world: &mut World) -> (PhoneId, PhoneId) {
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(alice).up().len(), 1);
    (alice, bob)
}

// covers: SET-06
#[test]
fn set_06_requests_inside_a_dialog_are_asked_for_credentials_only_when_the_switch_is_turned() {
    for inside_dialogs in [false, true] {
        let mut world = world_with(|settings| settings.mid_dialog_authentication_disabled = !inside_dialogs);
        let (alice, bob) = talking(&mut world);
        // The caller's stack has its password at hand, the callee's does not.
        world.act(alice, |phone, now| phone.offer(now, "sendonly"));
        world.run(2);
        assert_eq!(world.at(alice).said.last(), Some(&Said::OfferAnswered));
        world.at(bob).said.clear();
        world.act(bob, |phone, now| phone.offer(now, "sendonly"));
        world.run(2);
        let wanted = if inside_dialogs { Said::OfferRefused(401) } else { Said::OfferAnswered };
        assert!(world.at(bob).said.contains(&wanted), "{:?}", world.at(bob).said);
        world.act(alice, |phone, now| phone.hang_up(now));
        world.run(2);
        assert_eq!(world.live_calls(), 0);
        all_gone(&mut world);
    }
}

// covers: SET-07, S6
#[test]
fn set_07_a_forged_nonce_is_asked_again_or_refused_by_the_switch() {
    for (foreign_nonce_refused, status) in [(false, 401), (true, 403)] {
        let mut world = world_with(|settings| settings.forbid_bad_nonce = foreign_nonce_refused);
        let mut client = Watcher::new(7, "101");
        let credentials = client.credentials.take().unwrap();
        let uri = "sip:acme.localhost";
        let forged = Authenticator::new([66; 32]).challenges(world.now, ACME, false).pop().unwrap();
        let value = answer(&forged, &credentials, "REGISTER", uri, "abc", 1, b"").unwrap();
        let reply = client.request(&mut world, "REGISTER", uri, &format!("Authorization: {value}\r\n"), "");
        assert_eq!(reply.status(), status);
        world.run(10);
        let refusal = world.ledger.refusals.last().unwrap();
        assert_eq!((refusal.status, refusal.trace.last().unwrap().code), (status, Reason::NonceForeign));
        assert!(world.ledger.registrations.is_empty());
        // With a nonce of this server the same client gets in.
        client.credentials = Some(credentials);
        let more = "Expires: 600\r\n";
        let reply = client.request(&mut world, "REGISTER", uri, more, "");
        assert_eq!(reply.status(), 403, "the address of record is missing in To");
    }
}

// covers: SET-08
#[test]
fn set_08_a_register_with_a_to_tag_is_taken_or_refused_by_the_switch() {
    for (register_with_tag, status) in [(false, 481), (true, 200)] {
        let mut world = world_with(|settings| settings.register_to_tag_allowed = register_with_tag);
        let mut client = Watcher::new(7, "101");
        let uri = "sip:101@acme.localhost";
        let reply = client.request_in(&mut world, "REGISTER", uri, "old", "Expires: 600\r\n", "");
        assert_eq!(reply.status(), status);
        assert_eq!(world.ledger.registrations.len(), usize::from(register_with_tag));
    }
}

// covers: S6
#[test]
fn s6_another_users_address_an_empty_password_and_a_replay_open_nothing() {
    let mut world = fair();
    let own = world.phone(ACME, "101", Transport::Udp);
    world.at(own).credentials.user = "102".to_owned();
    world.at(own).credentials.secret = sim::world::secret(ACME, "102");
    assert_eq!(register(&mut world, own), Said::NotRegistered(403), "102's password does not register 101");
    let empty = world.phone(ACME, "101", Transport::Udp);
    world.at(empty).credentials.secret = String::new();
    assert_eq!(register(&mut world, empty), Said::NotRegistered(403));
    let nonce = challenge(&mut world, "103");
    let mut client = Watcher::new(8, "103");
    let credentials = client.credentials.take().unwrap();
    let uri = "sip:102@acme.localhost";
    let value = answer(&nonce, &credentials, "SUBSCRIBE", uri, "abc", 1, b"").unwrap();
    let more = format!("Event: dialog\r\nExpires: 600\r\nAuthorization: {value}\r\n");
    assert_eq!(client.request(&mut world, "SUBSCRIBE", uri, &more, "").status(), 200);
    let mut thief = Watcher::new(9, "103");
    thief.credentials = None;
    let reply = thief.request(&mut world, "SUBSCRIBE", uri, &more, "");
    assert_eq!(reply.status(), 401, "recorded and sent again from elsewhere");
    assert!(reply.header("WWW-Authenticate").unwrap().contains("stale=true"));
    assert_eq!(thief.request(&mut world, "PUBLISH", uri, &more, "").status(), 403, "for another method");
    assert_eq!(world.board.sizes().subscriptions, 1);
}

// covers: S6
#[test]
fn s6_a_known_and_an_unknown_user_are_told_the_same() {
    let mut world = fair();
    let mut answers = Vec::new();
    for number in ["103", "999"] {
        let mut client = Watcher::new(7, number);
        client.credentials.as_mut().unwrap().secret = "wrong".to_owned();
        let reply = client.subscribe(&mut world, "dialog", "102", 600);
        let names: Vec<String> = reply.headers().map(|(name, _)| name.to_owned()).collect();
        answers.push((reply.status(), reply.reason_phrase().to_owned(), names, reply.body()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, 403);
}
