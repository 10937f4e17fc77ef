use std::time::Duration;

use sip::Message;

use super::super::{Input, LineView};
use super::world::{START, World};

const SECOND: Duration = Duration::from_secs(1);

// covers: RTC-02
#[test]
fn it_registers_by_itself_when_somebody_signs_in() {
    let world = World::new();
    assert_eq!(world.phone.view().line, LineView::Ready);
    assert_eq!(world.phone.view().number, "101");
    let (user, register) = world.registered.first().unwrap();
    assert_eq!(user, "101.tab.1");
    let contacts = register.contacts();
    let contact = contacts.first().unwrap();
    assert_eq!(
        Message::param(contact.params, "+sip.instance"),
        Some("<urn:uuid:0f0e0d0c-0b0a-4908-8706-050403020100>")
    );
    assert_eq!(Message::param(contact.params, "reg-id"), Some("1"));
    assert!(contact.uri.host.ends_with(".invalid"), "{}", contact.uri.host);
    assert_eq!(Message::param(contact.uri.params, "transport"), Some("ws"));
    assert!(register.lists("Supported", "outbound") && register.lists("Supported", "path"));
    assert_eq!(register.from().unwrap().name, "Alice \"A\" Adams");
}

#[test]
fn it_renews_before_it_runs_out_and_fetches_a_fresh_credential_in_time() {
    let mut world = World::new();
    let mut last = START;
    for _ in 0..60 {
        let before = world.registered.len();
        while world.registered.len() == before {
            world.pass(SECOND);
            let (_, register) = world.registered.get(before - 1).unwrap();
            assert!(world.now.since(last).as_secs() < u64::from(register.expires().unwrap()));
        }
        last = world.now;
    }
    assert!(last.since(START) > Duration::from_secs(3_600));
    let users: Vec<&str> = world.registered.iter().map(|(user, _)| user.as_str()).collect();
    assert!(users.contains(&"101.tab.2") && users.contains(&"101.tab.4"), "{users:?}");
    assert_eq!(world.phone.view().line, LineView::Ready);
    assert_eq!(world.sockets_opened.len(), 1);
    assert!(world.server.sizes().1 < 8, "{:?}", world.server.sizes());
}

#[test]
fn a_server_that_is_away_is_tried_again_with_growing_pauses_that_have_an_end() {
    let mut world = World::new();
    world.network = false;
    world.lose();
    assert_eq!(world.phone.view().line.state(), "offline");
    world.pass(Duration::from_secs(600));
    let gaps: Vec<u64> =
        world.sockets_opened.windows(2).map(|pair| pair[1].since(pair[0]).as_millis() as u64).collect();
    assert!(gaps[0] < 500, "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap <= 30_001), "{gaps:?}");
    assert!((20..80).contains(&gaps.len()), "{gaps:?}");
    world.network = true;
    world.pass(Duration::from_secs(31));
    assert_eq!(world.phone.view().line, LineView::Ready);
}

#[test]
fn when_the_network_comes_back_nobody_waits_for_the_pause() {
    let mut world = World::new();
    world.network = false;
    world.lose();
    world.pass(Duration::from_secs(120));
    assert_eq!(world.phone.view().line.state(), "offline");
    world.network = true;
    world.give(Input::NetworkChanged);
    assert_eq!(world.phone.view().line, LineView::Ready);
}

#[test]
fn a_connection_that_is_dead_without_a_word_is_noticed_by_its_keep_alive() {
    let mut world = World::new();
    world.pass(Duration::from_secs(60));
    assert_eq!(world.sockets_opened.len(), 1);
    world.pongs = false;
    world.pass(Duration::from_secs(30));
    world.pongs = true;
    world.pass(Duration::from_secs(10));
    assert_eq!(world.sockets_opened.len(), 2);
    assert_eq!(world.phone.view().line, LineView::Ready);
}

#[test]
fn after_a_change_of_network_the_dead_connection_is_given_up_within_seconds() {
    let mut world = World::new();
    world.pongs = false;
    world.give(Input::NetworkChanged);
    world.pass(Duration::from_secs(4));
    assert_eq!(world.sockets_opened.len(), 2);
}

#[test]
fn a_credential_that_cannot_be_had_is_said_and_asked_for_again() {
    let mut world = World::cold();
    world.credential_problem = Some("You have no extension.".into());
    world.give(Input::SignedIn { left: None });
    match world.phone.view().line {
        LineView::Offline { reason, .. } => assert_eq!(reason, "You have no extension."),
        other => panic!("{other:?}"),
    }
    world.pass(Duration::from_secs(2));
    assert_eq!(world.phone.view().line, LineView::Ready);
}

// covers: RTC-02
#[test]
fn signing_out_takes_the_registration_back_and_closes_the_line() {
    let mut world = World::new();
    world.give(Input::SignedOut);
    assert_eq!(world.registered.last().unwrap().1.expires(), Some(0));
    assert_eq!(world.connection, None);
    assert_eq!(world.phone.view().line, LineView::Off);
    world.pass(Duration::from_secs(600));
    assert_eq!(world.sockets_opened.len(), 1);
    assert_eq!(world.phone.poll_timeout(), None);
    world.give(Input::SignedIn { left: None });
    assert_eq!(world.phone.view().line, LineView::Ready);
    assert_eq!(world.registered.last().unwrap().0, "101.tab.2");
}
