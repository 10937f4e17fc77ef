//! People write to each other.

use std::time::Duration;

use shared::live::{Answer, Ask};
use shared::{ExtensionId, TenantId};
use sim::engine::Media;
use sim::{Manner, PhoneId, Said, Weather, World};
use sip::Transport;

use crate::call::{ACME, all_gone};
use crate::registration::{fair, register, stubbed};
use crate::watcher::Watcher;

fn write(world: &mut World, from: PhoneId, to: &str, text: &str) {
    world.act(from, |phone, now| phone.write(now, to, text));
}

fn read(world: &mut World, phone: PhoneId) -> Vec<String> {
    let said = world.at(phone).said.iter();
    said.filter_map(|said| if let Said::Message(_, text) = said { Some(text.clone()) } else { None }).collect()
}

// covers: MSG-02
#[test]
fn msg_02_a_message_reaches_all_devices_of_the_receiver_and_is_answered_200() {
    let mut world = stubbed(1, Weather::FAIR);
    let alice = world.registered(ACME, "101");
    let desk = world.registered(ACME, "102");
    let browser = world.phone(ACME, "102", Transport::Ws);
    world.make_browser(browser, 1, 3_600);
    register(&mut world, browser);
    write(&mut world, alice, "102", "Lunch? \u{1f600}");
    world.run(2);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(200)));
    for device in [desk, browser] {
        assert_eq!(world.at(device).said.last(), Some(&Said::Message("101".into(), "Lunch? \u{1f600}".into())));
    }
    let message = world.ledger.messages.values().next().unwrap();
    assert_eq!((message.sender.as_str(), message.receiver.as_str()), ("101", "102"));
    assert!(message.delivered_at.is_some());
    all_gone(&mut world);
}

// covers: MSG-02
#[test]
fn msg_02_what_is_written_to_somebody_who_is_away_waits_and_comes_in_order_once() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    for text in ["one", "two", "three"] {
        write(&mut world, alice, "102", text);
        world.run(1);
        assert_eq!(world.at(alice).said.last(), Some(&Said::Response(202)));
    }
    let bob = world.phone(ACME, "102", Transport::Udp);
    register(&mut world, bob);
    assert_eq!(read(&mut world, bob), ["one", "two", "three"]);
    assert!(world.ledger.messages.values().all(|message| message.delivered_at.is_some()));
    register(&mut world, bob);
    let second = world.registered(ACME, "102");
    assert_eq!(read(&mut world, bob).len() + read(&mut world, second).len(), 3, "once");
    all_gone(&mut world);
}

#[test]
fn messages_that_wait_survive_a_restart() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    write(&mut world, alice, "102", "one");
    write(&mut world, alice, "102", "two");
    world.run(1);
    world.restart(Media::real(2));
    let bob = world.phone(ACME, "102", Transport::Udp);
    register(&mut world, bob);
    assert_eq!(read(&mut world, bob), ["one", "two"]);
    world.restart(Media::real(3));
    world.run(5);
    assert_eq!(read(&mut world, bob).len(), 2);
    assert!(world.ledger.complaints.is_empty(), "{:?}", world.ledger.complaints);
}

#[test]
fn a_device_that_is_there_in_name_only_holds_the_sender_up_for_four_seconds() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Dead;
    write(&mut world, alice, "102", "one");
    write(&mut world, alice, "102", "two");
    world.run_for(Duration::from_millis(3_500));
    assert_eq!(world.at(alice).said.iter().filter(|said| **said == Said::Response(202)).count(), 1, "the second waits");
    world.run(2);
    assert_eq!(world.at(alice).said.iter().filter(|said| **said == Said::Response(202)).count(), 2);
    world.at(bob).manner = Manner::Ring;
    let other = world.registered(ACME, "102");
    world.run(40);
    assert_eq!(read(&mut world, bob), ["one", "two"], "the repeat of the first reaches the device that has woken up");
    assert_eq!(read(&mut world, other), ["two"], "what was not taken before it came");
    assert!(world.ledger.messages.values().all(|message| message.delivered_at.is_some()));
    all_gone(&mut world);
}

#[test]
fn a_phone_that_takes_no_messages_leaves_them_for_a_device_that_does() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let desk = world.registered(ACME, "102");
    world.at(desk).takes_messages = 415;
    write(&mut world, alice, "102", "hello");
    world.run(2);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(202)));
    let other = world.registered(ACME, "102");
    world.run(2);
    assert_eq!(read(&mut world, other), ["hello"]);
    all_gone(&mut world);
}

#[test]
fn lost_packets_neither_lose_nor_double_a_message() {
    for seed in 1..=5 {
        let mut world = World::new(seed, Weather::FOUL);
        let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
        world.run(60);
        for number in 0..10 {
            write(&mut world, alice, "102", &number.to_string());
            world.run(2);
        }
        world.run(60);
        let mut texts = read(&mut world, bob);
        texts.sort();
        let wanted: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        assert_eq!(texts, wanted, "seed {seed}");
    }
}

// covers: S4, S8
#[test]
fn s8_nothing_is_sent_to_another_tenant_by_a_stranger_or_in_anothers_name() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let theirs = world.registered("globex.localhost", "102");
    let ours = world.registered(ACME, "102");
    for phone in [theirs, ours] {
        world.at(phone).said.clear();
    }
    let mut answers = Vec::new();
    for uri in ["sip:102@globex.localhost", "sip:999@acme.localhost", "sip:102@nobody.example"] {
        write(&mut world, alice, uri, "hello");
        world.run(1);
        answers.push(world.at(alice).said.pop().unwrap());
    }
    assert_eq!(answers, [Said::Response(404), Said::Response(404), Said::Response(404)]);
    write(&mut world, alice, "101", "to myself");
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(486)));
    world.at(alice).number = "103".to_owned();
    write(&mut world, alice, "102", "in 103's name");
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(403)));
    let mut stranger = Watcher::new(9, "101");
    stranger.credentials = None;
    let plain = "Content-Type: text/plain\r\n";
    assert_eq!(stranger.request(&mut world, "MESSAGE", "sip:102@acme.localhost", plain, "x").status(), 401);
    world.run(5);
    assert_eq!((world.at(theirs).said.len(), world.at(ours).said.len()), (0, 0));
    assert!(world.ledger.messages.is_empty());
    all_gone(&mut world);
}

#[test]
fn only_plain_text_of_a_certain_size_is_taken() {
    let mut world = fair();
    let mut client = Watcher::new(9, "101");
    let mut sent = |kind: &str, body: &str| {
        let more = format!("Content-Type: {kind}\r\n");
        let reply = client.request(&mut world, "MESSAGE", "sip:102@acme.localhost", &more, body);
        (reply.status(), reply.header("Accept").unwrap_or_default().to_owned())
    };
    for kind in ["text/plain", "text/plain;charset=UTF-8", "TEXT/PLAIN ; charset=\"us-ascii\""] {
        assert_eq!(sent(kind, "hello").0, 202, "{kind}");
    }
    for kind in ["text/html", "application/im-iscomposing+xml", "text/plain;charset=iso-8859-1", "message/cpim", ""] {
        assert_eq!(sent(kind, "hello"), (415, "text/plain".to_owned()), "{kind}");
    }
    assert_eq!(sent("text/plain\r\nContent-Encoding: gzip", "hello").0, 415);
    assert_eq!(sent("text/plain", &"x".repeat(4_097)).0, 413);
    for text in ["", "  ", "a\u{1b}[2J", "\u{0}"] {
        assert_eq!(sent("text/plain", text).0, 400, "{text:?}");
    }
    assert_eq!(world.ledger.messages.len(), 3);
}

// covers: S10
#[test]
fn s10_a_hundred_messages_wait_for_one_person_and_no_more() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    for number in 0..101 {
        write(&mut world, alice, "102", &format!("{number}"));
        world.run(1);
    }
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(480)));
    write(&mut world, alice, "103", "to somebody else");
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(202)));
    let bob = world.registered(ACME, "102");
    world.run(10);
    assert_eq!(read(&mut world, bob).len(), 100);
    write(&mut world, alice, "102", "there is room again");
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(200)));
    all_gone(&mut world);
}

// covers: MSG-02
#[test]
fn msg_02_the_portal_writes_to_phones_by_a_question_and_hears_why_not() {
    let mut world = fair();
    let bob = world.registered(ACME, "102");
    let ask =
        |receiver| Ask::SendMessage(TenantId(1), ExtensionId(1_101), ExtensionId(receiver), "from the page".into());
    let Some(Answer::MessageSent(Ok(message))) = world.ask(ask(1_102)) else { panic!("not sent") };
    assert_eq!((message.sender.as_str(), message.receiver.as_str()), ("101", "102"));
    world.run(1);
    assert_eq!(read(&mut world, bob), ["from the page"]);
    assert!(world.ledger.messages[&message.id].delivered_at.is_some());
    for receiver in [1_999, 1_101, 2_102] {
        assert!(matches!(world.ask(ask(receiver)), Some(Answer::MessageSent(Err(_)))), "{receiver}");
    }
    world.change_plan(ACME, |plan| plan.extensions[1].enabled = false);
    assert!(matches!(world.ask(ask(1_102)), Some(Answer::MessageSent(Err(_)))));
    let foreign = Ask::SendMessage(TenantId(2), ExtensionId(1_101), ExtensionId(2_102), "x".into());
    assert!(matches!(world.ask(foreign), Some(Answer::MessageSent(Err(_)))), "an extension of another tenant");
    all_gone(&mut world);
}

#[test]
fn what_waits_for_somebody_who_is_deleted_is_given_up_and_its_sender_is_answered() {
    let mut world = fair();
    let alice = world.registered(ACME, "101");
    let bob = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Dead;
    write(&mut world, alice, "102", "hello");
    world.run_for(Duration::from_millis(500));
    world.change_plan(ACME, |plan| plan.extensions.retain(|extension| extension.number != "102"));
    world.run(1);
    assert_eq!(world.at(alice).said.last(), Some(&Said::Response(202)));
    all_gone(&mut world);
}
