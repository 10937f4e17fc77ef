use bytes::Bytes;
use sip::{EndCause, Event, Header, Message, Reply};

use super::super::{CallKey, EndKind, Input, Stage};
use super::world::{THERE, World, dial};

fn transfer(key: CallKey, number: &str) -> Input {
    Input::Transfer { key, number: number.into() }
}

/// The REFER that the server has just got; the world has answered it 200.
fn referred(world: &mut World) -> Message {
    match world.event() {
        Event::Request { message, .. } if message.method() == "REFER" => message,
        other => panic!("{other:?}"),
    }
}

fn notify(world: &mut World, dialog: sip::DialogId, status: u16, last: bool) {
    let state = if last { "terminated;reason=noresource" } else { "active;expires=60" };
    let headers = vec![
        Header::new("Event", "refer"),
        Header::new("Subscription-State", state),
        Header::new("Content-Type", "message/sipfrag"),
    ];
    let body = sip::message::sipfrag(status);
    world.server.request_in_dialog(world.now, dialog, "NOTIFY", headers, body);
    world.settle();
    assert!(matches!(world.event(), Event::Response { status: 200, .. }));
}

fn ending(world: &World, at: usize) -> (EndKind, String) {
    match &world.phone.view().calls[at].stage {
        Stage::Ended(ending) => (ending.kind, ending.sentence.clone()),
        other => panic!("{other:?}"),
    }
}

// covers: RTC-03
#[test]
fn rtc_03_a_call_is_handed_on_to_a_number() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(transfer(key, " 10 3"));
    let refer = referred(&mut world);
    assert_eq!(refer.header("Refer-To"), Some("<sip:103@acme.localhost>"));
    assert!(refer.header("Referred-By").unwrap().contains("<sip:101@acme.localhost>"));
    assert_eq!(world.call().state(), "transferring");
    assert_eq!(world.call().sentence(), "Transferring to 103…");
    for status in [100, 180] {
        notify(&mut world, dialog, status, false);
        assert_eq!(world.call().state(), "transferring");
    }
    notify(&mut world, dialog, 200, true);
    assert!(matches!(world.event(), Event::Ended { cause: EndCause::Bye(_), .. }));
    assert_eq!(ending(&world, 0), (EndKind::Transferred, "Transferred to 103.".into()));
}

// covers: RTC-03
#[test]
fn rtc_03_a_call_that_nobody_takes_is_still_there_and_says_why() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(transfer(key, "103"));
    referred(&mut world);
    notify(&mut world, dialog, 100, false);
    notify(&mut world, dialog, 486, true);
    assert_eq!(world.call().state(), "talking");
    assert_eq!(world.call().trouble.unwrap(), "The call was not transferred. 103 is busy.");
    // And again.
    world.give(transfer(key, "104"));
    referred(&mut world);
    assert_eq!((world.call().state(), world.call().trouble), ("transferring", None));
}

#[test]
fn what_cannot_be_dialled_is_not_handed_on() {
    let mut world = World::new();
    let (key, _) = world.talk("102");
    for (number, words) in
        [("101", "That is your own number."), ("a b\r\nc: <", "A number has digits, letters, * and # only.")]
    {
        world.give(transfer(key, number));
        assert_eq!(world.call().trouble.as_deref(), Some(words));
        assert_eq!(world.call().state(), "talking");
    }
    assert!(world.events.is_empty());
    // A second one while the first is under way is not sent.
    world.give(transfer(key, "103"));
    world.give(transfer(key, "104"));
    referred(&mut world);
    assert!(world.events.is_empty());
}

#[test]
fn a_refused_transfer_gives_the_servers_reason() {
    let mut world = World::new();
    let (key, _) = world.talk("102");
    let said = "103.example is not this tenant's domain, and calls do not leave the tenant.";
    world.refer_reply = Some(Reply::status(404).header("Reason", format!("SIP;cause=404;text=\"{said}\"")));
    world.give(transfer(key, "103"));
    referred(&mut world);
    assert_eq!(world.call().trouble.unwrap(), format!("The call was not transferred. {said}"));
    assert_eq!(world.call().state(), "talking");
}

#[test]
fn a_call_that_ends_while_it_is_handed_on_is_over() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(transfer(key, "103"));
    referred(&mut world);
    world.server.bye(world.now, dialog, Some("SIP;cause=200;text=\"caller hung up\""));
    world.settle();
    assert_eq!(ending(&world, 0), (EndKind::HungUpThere, "The other side hung up.".into()));
}

#[test]
fn a_server_that_says_nothing_but_hangs_up_has_transferred_it_too() {
    let mut world = World::new();
    let (key, dialog) = world.talk("102");
    world.give(transfer(key, "103"));
    referred(&mut world);
    world.server.bye(world.now, dialog, Some("SIP;cause=200;text=\"transferred blind\""));
    world.settle();
    assert_eq!(ending(&world, 0), (EndKind::Transferred, "Transferred.".into()));
}

// covers: RTC-03
#[test]
fn rtc_03_the_two_calls_are_connected_with_each_other() {
    let mut world = World::new();
    let (_, one) = world.talk("102");
    assert!(!world.phone.view().can_join(), "there is only one");
    world.give(dial("103"));
    world.take_offer(one);
    let (two, _) = world.invited();
    assert!(!world.phone.view().can_join(), "it rings");
    world.accept(two);
    let second = world.phone.view().calls[1].key;
    world.give(Input::MediaConnected(second));
    assert!(world.phone.view().can_join());
    world.give(Input::Join);
    let refer = referred(&mut world);
    let to = refer.address("Refer-To").unwrap();
    assert_eq!((to.uri.user, to.uri.host), ("103", "acme.localhost"));
    let (call_id, local, remote) = world.server.dialog_tags(two).unwrap();
    let replaces = format!("Replaces={call_id}%3Bto-tag%3D{local}%3Bfrom-tag%3D{remote}");
    assert_eq!(to.uri.headers(), replaces, "as the server sees the dialog");
    assert_eq!(world.states(), [("102".into(), "transferring"), ("103".into(), "talking")]);
    notify(&mut world, one, 200, true);
    world.server.bye(world.now, two, Some("SIP;cause=200;text=\"transferred attended\""));
    world.settle();
    assert_eq!(ending(&world, 0), (EndKind::Transferred, "Transferred to 103.".into()));
    assert_eq!(ending(&world, 1), (EndKind::Transferred, "Transferred.".into()));
}

#[test]
fn somebody_else_at_the_other_end_is_shown() {
    let mut world = World::new();
    let (_, dialog) = world.talk("102");
    let headers = vec![Header::new("P-Asserted-Identity", "\"Carol\" <sip:103@acme.localhost>")];
    world.server.offer_with(world.now, dialog, headers, Bytes::from_static(THERE.as_bytes()));
    world.settle();
    assert!(matches!(world.event(), Event::OfferAnswered { .. }));
    assert_eq!((world.call().number.as_str(), world.call().name.as_str()), ("103", "Carol"));
}
