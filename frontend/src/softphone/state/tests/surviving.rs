use std::time::Duration;

use bytes::Bytes;
use sip::{EndCause, Event, Reply};

use super::super::{EndKind, Input, Order, Stage};
use super::world::{THERE, World, dial, flow};

// Promise 8 of the product: calls that survive.

#[test]
fn a_reloaded_page_takes_its_call_up_again_by_replaces() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(Input::SetMuted(key, true));
    let answered_at = world.call().answered_at;
    let left = world.reload(Duration::from_secs(2));
    world.events.clear();
    world.give(Input::SignedIn { left: Some(left) });

    let (again, invite) = world.invited();
    assert_eq!(invite.request_uri().unwrap().user, "102");
    let replaces = invite.header("Replaces").unwrap().to_owned();
    let mut parts = replaces.split(';');
    let call_id = parts.next().unwrap();
    let tag = |name: &str| replaces.split(';').find_map(|part| part.strip_prefix(name)).unwrap().to_owned();
    // The server finds its own dialog by what the header says.
    assert_eq!(world.server.find_dialog(call_id, &tag("to-tag="), &tag("from-tag=")), Some(dialog));

    assert_eq!(world.call().state(), "connecting");
    world.accept(again);
    let call = world.call();
    assert_eq!((call.number.as_str(), call.muted, call.answered_at), ("102", true, answered_at));
    world.give(Input::MediaConnected(call.key));
    assert_eq!(world.call().state(), "talking");
}

#[test]
fn a_call_on_hold_comes_back_on_hold() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(Input::SetHeld(key, true));
    world.take_offer(dialog);
    let left = world.reload(Duration::from_secs(1));
    world.orders.clear();
    world.give(Input::SignedIn { left: Some(left) });
    let key = world.call().key;
    assert_eq!(world.orders_of(key), [Order::Offer { hold: true, restart: false }]);
    assert_eq!(world.call().state(), "held");
}

#[test]
fn a_call_that_the_server_has_ended_meanwhile_is_said_to_be_over() {
    let mut world = World::new();
    world.talk("102");
    let left = world.reload(Duration::from_secs(2));
    world.events.clear();
    world.give(Input::SignedIn { left: Some(left) });
    let (again, _) = world.invited();
    world.server.reject(world.now, again, Reply::status(481));
    world.settle();
    match world.call().stage {
        Stage::Ended(ending) => assert_eq!(ending.sentence, "The call ended while the page was away."),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_that_comes_back_too_late_or_for_somebody_else_has_no_call() {
    let mut world = World::new();
    world.talk("102");
    let left = world.reload(Duration::from_secs(60));
    world.events.clear();
    world.give(Input::SignedIn { left: Some(left.clone()) });
    assert_eq!(world.states(), []);

    let mut world = World::new();
    world.talk("102");
    let mut left = world.reload(Duration::from_secs(1));
    left.number = "109".into();
    world.events.clear();
    world.give(Input::SignedIn { left: Some(left) });
    assert!(world.events.is_empty());
    assert!(!world.call().is_live());
}

#[test]
fn a_second_reload_before_the_call_is_back_keeps_it() {
    let mut world = World::new();
    world.talk("102");
    let first = world.reload(Duration::from_secs(1));
    world.network = false;
    world.give(Input::SignedIn { left: Some(first.clone()) });
    let second = world.reload(Duration::from_secs(1));
    assert_eq!(second.calls, first.calls);
}

#[test]
fn a_changed_network_moves_the_call_and_makes_its_sound_path_again() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.lose();
    assert!(world.call().interrupted);
    assert!(world.call().is_answered());
    world.events.clear();
    world.pass(Duration::from_secs(1));
    assert_eq!(world.registered.len(), 2);
    assert_eq!(world.orders_of(key), [Order::Offer { hold: false, restart: true }]);
    match world.event() {
        Event::Offered { dialog: offered, flow: from, .. } => {
            assert_eq!(offered, dialog);
            assert_eq!(from, flow(world.connection.unwrap()));
        }
        other => panic!("{other:?}"),
    }
    world.server.move_dialog(dialog, flow(world.connection.unwrap()));
    world.server.answer(world.now, dialog, Bytes::from_static(THERE.as_bytes()));
    world.settle();
    world.give(Input::MediaConnected(key));
    assert_eq!((world.call().state(), world.call().interrupted), ("talking", false));
}

#[test]
fn an_offer_that_was_lost_with_the_connection_is_made_again() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.cut();
    world.give(Input::SetHeld(key, true));
    world.events.clear();
    // The keep-alive finds the connection dead.
    world.pongs = false;
    world.give(Input::NetworkChanged);
    world.pongs = true;
    world.pass(Duration::from_secs(6));
    world.take_offer(dialog);
    assert_eq!(world.call().state(), "held");
    assert!(world.orders_of(key).contains(&Order::Rollback));
    assert_eq!(world.orders_of(key).last(), Some(&Order::Accept(THERE.into())));
}

#[test]
fn a_broken_sound_path_is_made_again_but_not_for_ever() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    for _ in 0..6 {
        world.give(Input::MediaInterrupted(key));
        world.take_offer(dialog);
    }
    assert!(world.call().interrupted);
    world.give(Input::MediaInterrupted(key));
    assert!(world.events.is_empty());
    world.give(Input::MediaConnected(key));
    world.give(Input::MediaInterrupted(key));
    world.take_offer(dialog);
}

#[test]
fn hanging_up_while_the_line_is_down_is_told_when_it_is_back() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.network = false;
    world.lose();
    world.give(Input::HangUp(key));
    assert!(!world.call().is_live());
    world.network = true;
    world.pass(Duration::from_secs(3));
    match world.event() {
        Event::Ended { dialog: ended, cause: EndCause::Bye(_) } => assert_eq!(ended, dialog),
        other => panic!("{other:?}"),
    }
}

#[test]
fn calls_that_were_not_answered_yet_end_with_the_line() {
    let mut world = World::new();
    world.give(dial("102"));
    world.lose();
    assert!(!world.call().is_live());

    let mut world = World::new();
    world.ring("102", "Bob");
    world.lose();
    match world.call().stage {
        Stage::Ended(ending) => assert_eq!(ending.kind, EndKind::Missed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn signing_out_hangs_up() {
    let mut world = World::new();
    world.talk("102");
    world.give(Input::SignedOut);
    assert!(matches!(world.event(), Event::Ended { cause: EndCause::Bye(_), .. }));
    assert!(!world.call().is_live());
}
