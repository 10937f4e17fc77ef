//! Who watches whom, and what they are told.

use std::time::Duration;

use shared::presence::{OwnPresence, PresenceStatus};
use sim::{Manner, PhoneId, World};
use sip::{ConnectionId, Message, Transport};
use switch::Input;

use crate::call::{ACME, all_gone};
use crate::registration::{fair, register};
use crate::watcher::{Watcher, text};

fn state(message: &Message) -> String {
    message.header("Subscription-State").unwrap().to_owned()
}

/// The states of the dialogs in a document, in order.
pub fn states(message: &Message) -> Vec<String> {
    let words = |line: &str| Some(line.strip_prefix("<state>")?.strip_suffix("</state>")?.to_owned());
    text(message).lines().filter_map(words).collect()
}

/// A watcher of 102 whose first notification is read.
fn watching(world: &mut World, event: &str) -> Watcher {
    let mut watcher = Watcher::new(7, "103");
    let ok = watcher.subscribe(world, event, "102", 600);
    assert_eq!((ok.status(), ok.header("Expires")), (200, Some("600")));
    assert_eq!(watcher.drain(world).len(), 1);
    watcher
}

fn call(world: &mut World, from: PhoneId, to: &str) {
    world.act(from, |phone, now| phone.call(now, to, Vec::new()));
}

// covers: ADV-04
#[test]
fn adv_04_the_lamp_is_told_of_ringing_talking_and_idle() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Answer(Duration::from_secs(3));
    let mut watcher = Watcher::new(7, "103");
    assert_eq!(watcher.subscribe(&mut world, "dialog", "102", 600).status(), 200);
    let first = watcher.drain(&mut world);
    assert_eq!((first.len(), states(&first[0])), (1, Vec::<String>::new()));
    assert!(text(&first[0]).contains("version=\"0\" state=\"full\" entity=\"sip:102@acme.localhost\""));
    assert_eq!(first[0].header("Event"), Some("dialog"));
    assert_eq!(first[0].header("Content-Type"), Some("application/dialog-info+xml"));
    assert_eq!(state(&first[0]), "active;expires=600");
    call(&mut world, alice, "102");
    world.run(1);
    let rings = watcher.drain(&mut world).pop().unwrap();
    assert_eq!(states(&rings), ["early"]);
    assert!(text(&rings).contains("direction=\"recipient\""));
    assert!(text(&rings).contains("<identity display=\"Person 101\">sip:101@acme.localhost</identity>"));
    world.run(4);
    let talks = watcher.drain(&mut world).pop().unwrap();
    assert_eq!(states(&talks), ["confirmed"]);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(2);
    let idle = watcher.drain(&mut world).pop().unwrap();
    assert_eq!(states(&idle), ["terminated"]);
    for (number, told) in [(1, &rings), (2, &talks), (3, &idle)] {
        assert!(text(told).contains(&format!("version=\"{number}\" state=\"partial\"")), "{}", text(told));
    }
    assert!(
        text(&rings).lines().find(|line| line.contains("id=")) == text(&idle).lines().find(|line| line.contains("id="))
    );
    world.run(601);
    assert_eq!(state(&watcher.drain(&mut world)[0]), "terminated;reason=timeout");
    all_gone(&mut world);
}

#[test]
fn the_callers_lamp_goes_from_trying_to_early_and_a_late_watcher_is_told_at_once() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Ring;
    call(&mut world, alice, "102");
    world.run(2);
    let mut watcher = Watcher::new(7, "103");
    watcher.subscribe(&mut world, "dialog", "101", 600);
    let first = watcher.drain(&mut world).remove(0);
    assert_eq!(states(&first), ["early"]);
    assert!(text(&first).contains("direction=\"initiator\"") && text(&first).contains("state=\"full\""));
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    assert_eq!(states(&watcher.drain(&mut world)[0]), ["terminated"]);
}

// covers: S4
#[test]
fn s4_without_credentials_nothing_is_told_taken_or_passed_on() {
    let mut world = fair();
    let bob = world.registered(ACME, "102");
    world.at(bob).said.clear();
    let mut stranger = Watcher::new(9, "101");
    stranger.credentials = None;
    let uri = "sip:102@acme.localhost";
    let pidf = "Event: presence\r\nContent-Type: application/pidf+xml\r\n";
    for (method, more, body, status) in [
        ("SUBSCRIBE", "Event: dialog\r\n", "", 401),
        ("SUBSCRIBE", "Event: nonsense\r\n", "", 401),
        ("PUBLISH", pidf, "<presence><basic>open</basic></presence>", 401),
        ("PUBLISH", "SIP-If-Match: 1\r\n", "", 401),
        ("NOTIFY", "Event: dialog\r\nSubscription-State: active\r\n", "", 481),
        ("INFO", "", "", 481),
    ] {
        let reply = stranger.request(&mut world, method, uri, more, body);
        assert_eq!(reply.status(), status, "{method} {more}");
    }
    world.run(5);
    assert!(stranger.drain(&mut world).is_empty());
    assert_eq!(world.at(bob).said, []);
    all_gone(&mut world);
}

// covers: S8
#[test]
fn s8_another_tenants_extension_looks_like_one_that_there_is_not() {
    let mut world = fair();
    world.registered("globex.localhost", "102");
    let mut watcher = Watcher::new(7, "103");
    let mut asked = |uri: &str, event: &str| {
        let reply = watcher.request(&mut world, "SUBSCRIBE", uri, &format!("Event: {event}\r\nExpires: 600\r\n"), "");
        let reason = reply.header("Reason").unwrap_or_default().replace("999", "102");
        (reply.status(), reason, reply.headers().count())
    };
    for event in ["dialog", "presence", "reg", "message-summary"] {
        let unknown = asked("sip:999@acme.localhost", event);
        assert_eq!(unknown.0, 404);
        assert_eq!(asked("sip:102@globex.localhost", event), unknown);
        assert_eq!(asked("sip:102@nobody.example", event), unknown);
    }
    // The other tenant's password is worth nothing here, nor its realm.
    let mut other = Watcher::new(8, "102");
    other.credentials.as_mut().unwrap().secret = sim::world::secret("globex.localhost", "102");
    assert_eq!(other.subscribe(&mut world, "dialog", "101", 600).status(), 403);
    assert_eq!(world.board.sizes().subscriptions, 0);
}

#[test]
fn what_cannot_be_subscribed_is_refused_in_its_own_way() {
    let mut world = fair();
    let mut watcher = Watcher::new(7, "103");
    let mut asked = |more: &str, number: &str| {
        watcher.request(&mut world, "SUBSCRIBE", &format!("sip:{number}@acme.localhost"), more, "")
    };
    let unknown = asked("Event: weather\r\n", "102");
    assert_eq!(unknown.status(), 489);
    assert_eq!(unknown.header("Allow-Events"), Some("dialog, presence, message-summary, reg"));
    assert_eq!(asked("", "102").status(), 489);
    let brief = asked("Event: dialog\r\nExpires: 59\r\n", "102");
    assert_eq!((brief.status(), brief.header("Min-Expires")), (423, Some("60")));
    let blind = asked("Event: dialog\r\nAccept: text/html\r\n", "102");
    assert_eq!((blind.status(), blind.header("Accept")), (406, Some("application/dialog-info+xml")));
    assert_eq!(asked("Event: message-summary\r\n", "102").status(), 403, "somebody else's mailbox");
    assert_eq!(asked("Event: reg\r\n", "102").status(), 403, "somebody else's devices");
    let long = asked("Event: dialog\r\nAccept: application/dialog-info+xml\r\nExpires: 86400\r\n", "102");
    assert_eq!((long.status(), long.header("Expires")), (200, Some("3600")));
}

#[test]
fn a_subscription_is_renewed_ended_and_asked_once() {
    let mut world = fair();
    let mut watcher = Watcher::new(7, "103");
    let uri = "sip:102@acme.localhost";
    let ok = watcher.subscribe(&mut world, "dialog", "102", 100);
    let tag = ok.to_tag().to_owned();
    assert!(ok.header("Contact").is_some() && !tag.is_empty());
    watcher.drain(&mut world);
    world.run(60);
    let event = "Event: dialog\r\nExpires: 300\r\n";
    let again = watcher.request_in(&mut world, "SUBSCRIBE", uri, &tag, event, "");
    assert_eq!((again.status(), again.header("Expires")), (200, Some("300")));
    let whole = watcher.drain(&mut world);
    assert!(text(&whole[0]).contains("version=\"1\" state=\"full\""), "a refresh is told the whole state");
    world.run(299);
    assert!(watcher.drain(&mut world).is_empty());
    let other = watcher.request_in(&mut world, "SUBSCRIBE", uri, &tag, "Event: presence\r\nExpires: 300\r\n", "");
    assert_eq!(other.status(), 489);
    let brief = watcher.request_in(&mut world, "SUBSCRIBE", uri, &tag, "Event: dialog\r\nExpires: 5\r\n", "");
    assert_eq!(brief.status(), 423);
    let end = watcher.request_in(&mut world, "SUBSCRIBE", uri, &tag, "Event: dialog\r\nExpires: 0\r\n", "");
    assert_eq!(end.status(), 200);
    assert_eq!(state(&watcher.drain(&mut world)[0]), "terminated;reason=timeout");
    assert_eq!(watcher.request_in(&mut world, "SUBSCRIBE", uri, &tag, event, "").status(), 481);
    assert_eq!(watcher.subscribe(&mut world, "presence", "102", 0).status(), 200);
    let once = watcher.drain(&mut world);
    assert_eq!(state(&once[0]), "terminated;reason=timeout");
    assert!(text(&once[0]).contains("<basic>closed</basic>"));
    all_gone(&mut world);
    assert_eq!(world.board.sizes().timers, 0);
}

#[test]
fn a_notify_is_sent_again_and_never_overtaken() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Answer(Duration::from_secs(1));
    let mut watcher = watching(&mut world, "dialog");
    watcher.answers = 0;
    call(&mut world, alice, "102");
    world.run(6);
    let told = watcher.notified(&mut world);
    assert_eq!(told.len(), 1, "the next waits for an answer, however often the first is sent");
    assert_eq!(states(&told[0]), ["early"]);
    watcher.answers = 200;
    world.run(5);
    watcher.notified(&mut world);
    assert_eq!(states(&watcher.drain(&mut world)[0]), ["confirmed"]);
}

#[test]
fn a_watcher_that_knows_nothing_of_it_or_says_nothing_is_forgotten() {
    for (answers, seconds) in [(481, 1), (489, 1), (0, 40)] {
        let mut world = fair();
        let phone = world.registered(ACME, "102");
        let mut watcher = watching(&mut world, "presence");
        assert_eq!(world.board.sizes().subscriptions, 1);
        watcher.answers = answers;
        world.act(phone, |phone, now| phone.register(now, 0));
        world.run(1);
        watcher.notified(&mut world);
        world.run(seconds);
        assert_eq!(world.board.sizes().subscriptions, 0, "{answers}");
        all_gone(&mut world);
    }
}

#[test]
fn a_watcher_whose_connection_is_gone_is_forgotten() {
    let mut world = fair();
    let mut watcher = Watcher::new(7, "103");
    watcher.flow.transport = Transport::Tcp;
    watcher.flow.connection = ConnectionId(77);
    assert_eq!(watcher.subscribe(&mut world, "dialog", "102", 600).status(), 200);
    watcher.drain(&mut world);
    let mut other = Watcher::new(8, "104");
    other.subscribe(&mut world, "dialog", "102", 600);
    other.drain(&mut world);
    world.tell(Input::FlowClosed(watcher.flow));
    assert_eq!(world.board.sizes().subscriptions, 1);
    world.run(601);
    other.drain(&mut world);
    all_gone(&mut world);
}

// covers: S10
#[test]
fn s10_the_subscriptions_of_one_extension_are_bounded_and_its_neighbour_keeps_room() {
    let mut world = fair();
    let mut status = Vec::new();
    for place in 0..257 {
        let mut watcher = Watcher::new((place % 250) as u8, "103");
        watcher.flow.remote.set_port(10_000 + place);
        status.push(watcher.subscribe(&mut world, "dialog", "102", 600).status());
        watcher.drain(&mut world);
    }
    assert!(status[..256].iter().all(|status| *status == 200) && status[256] == 503);
    let mut neighbour = Watcher::new(251, "104");
    assert_eq!(neighbour.subscribe(&mut world, "dialog", "102", 600).status(), 200);
}

const PIDF: &str = "<?xml version='1.0'?><presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:102@acme.localhost'>\
                    <tuple id='a'><status><basic>open</basic></status><note>At lunch &amp; &lt;gone&gt;</note></tuple></presence>";

fn publish(device: &mut Watcher, world: &mut World, more: &str, body: &str) -> Message {
    let more = format!("Event: presence\r\nContent-Type: application/pidf+xml\r\n{more}");
    device.request(world, "PUBLISH", "sip:102@acme.localhost", &more, body)
}

// covers: MSG-01, S19
#[test]
fn msg_01_what_a_device_publishes_reaches_the_watcher_until_it_runs_out() {
    let mut world = fair();
    let mut watcher = watching(&mut world, "presence");
    let mut device = Watcher::new(8, "102");
    let first = publish(&mut device, &mut world, "Expires: 100\r\n", PIDF);
    assert_eq!((first.status(), first.header("Expires")), (200, Some("100")));
    let tag = first.header("SIP-ETag").unwrap().to_owned();
    let told = text(&watcher.drain(&mut world)[0]);
    assert!(told.contains("<basic>open</basic>"), "{told}");
    assert!(told.contains("<note>At lunch &amp; &lt;gone&gt;</note>"), "{told}");
    world.run(60);
    let renewed = publish(&mut device, &mut world, &format!("SIP-If-Match: {tag}\r\nExpires: 100\r\n"), "");
    let new_tag = renewed.header("SIP-ETag").unwrap().to_owned();
    assert_ne!(new_tag, tag);
    world.run(60);
    assert!(watcher.drain(&mut world).is_empty(), "renewing tells nothing new");
    assert_eq!(publish(&mut device, &mut world, &format!("SIP-If-Match: {tag}\r\n"), "").status(), 412);
    world.run(41);
    assert!(text(&watcher.drain(&mut world)[0]).contains("<basic>closed</basic>"));
    assert_eq!(publish(&mut device, &mut world, &format!("SIP-If-Match: {new_tag}\r\n"), "").status(), 412);
    let again = publish(&mut device, &mut world, "Expires: 600\r\n", PIDF);
    let tag = again.header("SIP-ETag").unwrap().to_owned();
    watcher.drain(&mut world);
    let gone = publish(&mut device, &mut world, &format!("SIP-If-Match: {tag}\r\nExpires: 0\r\n"), "");
    assert_eq!(gone.status(), 200);
    assert!(text(&watcher.drain(&mut world)[0]).contains("<basic>closed</basic>"));
}

#[test]
fn what_cannot_be_published_is_refused() {
    let mut world = fair();
    let mut device = Watcher::new(8, "102");
    assert_eq!(publish(&mut device, &mut world, "", "").status(), 400);
    assert_eq!(publish(&mut device, &mut world, "", "<presence>").status(), 400);
    assert_eq!(publish(&mut device, &mut world, "Expires: 5\r\n", PIDF).status(), 423);
    assert_eq!(publish(&mut device, &mut world, "", &"x".repeat(17_000)).status(), 413);
    let uri = "sip:102@acme.localhost";
    let plain = "Event: presence\r\nContent-Type: text/plain\r\n";
    assert_eq!(device.request(&mut world, "PUBLISH", uri, plain, "open").status(), 415);
    let other = device.request(&mut world, "PUBLISH", uri, "Event: dialog\r\n", "x");
    assert_eq!((other.status(), other.header("Allow-Events")), (489, Some("presence")));
    let pidf = "Event: presence\r\nContent-Type: application/pidf+xml\r\n";
    assert_eq!(device.request(&mut world, "PUBLISH", "sip:101@acme.localhost", pidf, PIDF).status(), 403);
    assert_eq!(device.request(&mut world, "PUBLISH", "sip:102@globex.localhost", pidf, PIDF).status(), 404);
}

// covers: MSG-01
#[test]
fn msg_01_presence_follows_registration_and_talking() {
    let mut world = fair();
    let mut watcher = watching(&mut world, "presence");
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    assert!(text(&watcher.drain(&mut world)[0]).contains("<basic>open</basic>"));
    call(&mut world, alice, "102");
    world.run(5);
    assert!(text(&watcher.drain(&mut world)[0]).contains("<rpid:on-the-phone/>"));
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(1);
    let free = text(&watcher.drain(&mut world)[0]);
    assert!(free.contains("<basic>open</basic>") && !free.contains("on-the-phone"));
    register(&mut world, bob);
    assert!(watcher.drain(&mut world).is_empty(), "a renewed registration tells nothing new");
    world.act(bob, |phone, now| phone.register(now, 0));
    world.run(1);
    assert!(text(&watcher.drain(&mut world)[0]).contains("<basic>closed</basic>"));
}

#[test]
fn a_phone_watches_its_own_mailbox_and_registrations() {
    let mut world = fair();
    let mut watcher = Watcher::new(7, "102");
    assert_eq!(watcher.subscribe(&mut world, "message-summary", "102", 600).status(), 200);
    let mailbox = watcher.drain(&mut world);
    assert_eq!(mailbox[0].header("Content-Type"), Some("application/simple-message-summary"));
    assert!(text(&mailbox[0]).contains("Messages-Waiting: no\r\n"));
    let mut devices = Watcher::new(8, "102");
    assert_eq!(devices.subscribe(&mut world, "reg", "102", 600).status(), 200);
    assert!(text(&devices.drain(&mut world)[0]).contains("state=\"terminated\""));
    let phone = world.registered(ACME, "102");
    let address = world.at(phone).address;
    let told = text(&devices.drain(&mut world)[0]);
    assert!(told.contains(&format!("<uri>sip:102@{address}</uri>")) && told.contains("version=\"1\""), "{told}");
    register(&mut world, phone);
    assert!(devices.drain(&mut world).is_empty());
}

#[test]
fn who_is_switched_off_watches_no_more_and_who_is_gone_is_not_watched() {
    let mut world = fair();
    let mut watcher = watching(&mut world, "dialog");
    world.change_plan(ACME, |plan| plan.extensions[2].enabled = false);
    assert_eq!(state(&watcher.drain(&mut world)[0]), "terminated;reason=rejected");
    world.change_plan(ACME, |plan| plan.extensions[2].enabled = true);
    let mut watcher = watching(&mut world, "dialog");
    world.change_plan(ACME, |plan| plan.extensions.retain(|extension| extension.number != "102"));
    assert_eq!(state(&watcher.drain(&mut world)[0]), "terminated;reason=noresource");
    assert_eq!(world.board.sizes().subscriptions, 0);
    let mut watcher = Watcher::new(9, "103");
    watcher.subscribe(&mut world, "dialog", "101", 600);
    watcher.drain(&mut world);
    world.tell(Input::PlanRemoved(shared::TenantId(1)));
    assert!(state(&watcher.drain(&mut world)[0]).starts_with("terminated"));
    all_gone(&mut world);
}

// covers: EXT-21, MSG-01
#[test]
fn ext_21_what_a_person_has_set_reaches_the_watcher_and_comes_before_what_devices_publish() {
    let mut world = fair();
    let mut watcher = watching(&mut world, "presence");
    let mut device = Watcher::new(8, "102");
    let set = |world: &mut World, status, note: &str| {
        let presence = OwnPresence { status, note: note.to_owned() };
        world.change_plan(ACME, |plan| plan.extensions[1].presence = presence);
    };
    set(&mut world, PresenceStatus::Away, "Back at two");
    let told = text(&watcher.drain(&mut world)[0]);
    assert!(told.contains("<rpid:away/>") && told.contains("<note>Back at two</note>"), "{told}");
    publish(&mut device, &mut world, "Expires: 600\r\n", PIDF);
    let told = text(&watcher.drain(&mut world)[0]);
    assert!(told.contains("<rpid:away/>") && told.contains("<note>Back at two</note>"), "{told}");
    set(&mut world, PresenceStatus::DoNotDisturb, "");
    let told = text(&watcher.drain(&mut world)[0]);
    assert!(told.contains("<rpid:busy/>") && told.contains("At lunch"), "{told}");
    set(&mut world, PresenceStatus::Available, "");
    let told = text(&watcher.drain(&mut world)[0]);
    assert!(!told.contains("rpid:busy") && told.contains("At lunch"), "{told}");
}

/// What a document counts itself as.
fn version(message: &Message) -> u32 {
    let text = text(message);
    let (_, after) = text.rsplit_once(" version=\"").unwrap();
    after.split('"').next().unwrap().parse().unwrap()
}

// covers: ADV-04
#[test]
fn a_lamp_goes_on_after_a_restart_and_forgets_the_calls_of_before() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Answer(Duration::from_secs(1));
    let mut watcher = watching(&mut world, "dialog");
    call(&mut world, alice, "102");
    world.run(3);
    let talks = watcher.drain(&mut world).pop().unwrap();
    assert_eq!(states(&talks), ["confirmed"]);
    world.restart(sim::engine::Media::real(2));
    for phone in [alice, bob] {
        world.at(phone).forget();
    }
    world.run(1);
    let after = watcher.drain(&mut world);
    assert_eq!((after.len(), states(&after[0])), (1, Vec::<String>::new()), "one document, whole, without calls");
    assert!(text(&after[0]).contains("state=\"full\""));
    assert_eq!(after[0].from_tag(), talks.from_tag());
    assert!(after[0].cseq().0 > talks.cseq().0 && version(&after[0]) > version(&talks));
    call(&mut world, alice, "102");
    world.run(3);
    let talks = watcher.drain(&mut world).pop().unwrap();
    assert_eq!(states(&talks), ["confirmed"]);
    assert!(text(&talks).contains("state=\"partial\""));
    // Its own refresh is taken in the same dialog.
    let tag = talks.from_tag().to_owned();
    let uri = format!("sip:102@{ACME}");
    let more = "Event: dialog\r\nExpires: 600\r\n";
    assert_eq!(watcher.request_in(&mut world, "SUBSCRIBE", &uri, &tag, more, "").status(), 200);
    assert_eq!(watcher.drain(&mut world).len(), 1);
    // What is over stays over.
    let more = "Event: dialog\r\nExpires: 0\r\n";
    assert_eq!(watcher.request_in(&mut world, "SUBSCRIBE", &uri, &tag, more, "").status(), 200);
    assert_eq!(state(&watcher.drain(&mut world).pop().unwrap()), "terminated;reason=timeout");
    assert!(world.ledger.subscriptions.is_empty());
    world.restart(sim::engine::Media::real(3));
    world.run(1);
    assert_eq!((watcher.drain(&mut world).len(), world.board.sizes().subscriptions), (0, 0));
}

// covers: ADV-04
#[test]
fn a_lamp_over_a_stream_goes_on_when_its_phone_is_back() {
    let mut world = fair();
    let mut watcher = Watcher::new(7, "103");
    watcher.flow.transport = Transport::Tcp;
    watcher.flow.connection = ConnectionId(71);
    let uri = format!("sip:103@{ACME}");
    let asked = |watcher: &mut Watcher, world: &mut World| {
        watcher.request(world, "REGISTER", &uri, "Expires: 600\r\n", "").status()
    };
    assert_eq!(asked(&mut watcher, &mut world), 200);
    assert_eq!(watcher.subscribe(&mut world, "dialog", "102", 600).status(), 200);
    assert_eq!(watcher.drain(&mut world).len(), 1);
    world.restart(sim::engine::Media::real(2));
    world.run(5);
    assert_eq!(watcher.drain(&mut world).len(), 0, "nobody opens a connection to a phone");
    assert_eq!(world.board.sizes().subscriptions, 1);
    watcher.flow.connection = ConnectionId(72);
    watcher.flow.remote.set_port(40_001);
    assert_eq!(asked(&mut watcher, &mut world), 200);
    let after = watcher.drain(&mut world);
    assert_eq!((after.len(), state(&after[0])), (1, "active;expires=595".to_owned()));
    assert!(world.ledger.subscriptions.values().all(|known| known.source.ends_with(":40001")));
}
