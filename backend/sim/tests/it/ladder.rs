//! The SIP messages of calls and of refused requests, as they were captured.

use std::time::Duration;

use bytes::Bytes;
use shared::CallId;
use shared::ladder::Ladder;
use shared::live::{Answer, Ask};
use shared::setting::Settings;
use sim::{Manner, Weather, World};
use sip::Transport;
use switch::Input;
use switch::capture::{CALL_MESSAGES_MAX, WAITING_MAX};

use crate::call::{ACME, pair, talking};

/// `> INVITE` for what came, `< 180 Ringing` for what went, of one lane.
fn arrows(ladder: &Ladder, lane: u32) -> Vec<String> {
    let of_lane = ladder.messages.iter().filter(|message| message.lane == lane);
    of_lane
        .map(|message| {
            let (way, title) = (if message.sent { "<" } else { ">" }, shared::ladder::title(ladder.text_of(message)));
            let again = if message.repeats.is_some() { " again" } else { "" };
            format!("{way} {title}{again}")
        })
        .collect()
}

fn last(world: &World) -> &Ladder {
    let call = world.ledger.last().unwrap().id;
    world.ledger.ladders.get(&call).unwrap()
}

fn secrets(ladder: &Ladder) -> Vec<&str> {
    let lines = ladder.messages.iter().flat_map(|message| message.text.lines());
    lines
        .filter(|line| line.contains("response=") || line.contains("nonce="))
        .filter(|line| {
            let values = line.split("response=").chain(line.split("nonce=")).skip(1);
            values.into_iter().any(|value| value.starts_with('"'))
        })
        .collect()
}

// covers: LOG-04, OPS-04
#[test]
fn log_04_a_call_leaves_every_message_of_both_ends_in_order_and_no_secret() {
    let (mut world, alice, _) = talking();
    let running = world.ledger.open.keys().next().copied().unwrap();
    let asked = world.ask(Ask::Ladder(shared::TenantId(1), running));
    let Some(Answer::Ladder(Some(ladder))) = asked else { panic!("{asked:?}") };
    assert_eq!(arrows(&ladder, 1), ["< INVITE", "> 100 Trying", "> 180 Ringing", "> 200 OK", "< ACK"]);
    assert_eq!(world.ask(Ask::Ladder(shared::TenantId(2), running)), Some(Answer::Ladder(None)));
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(15);
    let ladder = last(&world);
    assert_eq!(
        arrows(ladder, 0),
        [
            "> INVITE",
            "< 401 Unauthorized",
            "> ACK",
            "> INVITE",
            "< 100 Trying",
            "< 180 Ringing",
            "< 200 OK",
            "> ACK",
            "> BYE",
            "< 200 OK"
        ]
    );
    assert_eq!(
        arrows(ladder, 1),
        ["< INVITE", "> 100 Trying", "> 180 Ringing", "> 200 OK", "< ACK", "< BYE", "> 200 OK"]
    );
    let labels: Vec<_> = ladder.lanes.iter().map(|lane| (lane.side.as_str(), lane.label.as_str())).collect();
    assert_eq!(labels, [("caller", "101"), ("callee", "102")]);
    assert!(ladder.messages.iter().zip(1..).all(|(message, number)| message.number == number));
    assert!(ladder.messages.is_sorted_by_key(|message| message.at));
    assert!(ladder.messages.iter().any(|message| message.text.contains("username=\"101\"")));
    assert_eq!(secrets(ladder), [""; 0]);
    assert_eq!(ladder.left_out, 0);
    world.run(20);
    assert_eq!(world.ask(Ask::Ladder(shared::TenantId(1), running)), Some(Answer::Ladder(None)), "the store has it");
}

#[test]
fn log_04_a_refused_call_and_what_came_before_the_refusal_are_kept_with_its_record() {
    let (mut world, alice, _) = pair();
    world.act(alice, |phone, now| phone.call(now, "555", Vec::new()));
    world.run(15);
    let arrows = arrows(last(&world), 0);
    let known = ["> INVITE", "< 401 Unauthorized", "> ACK", "> INVITE", "< 404 Not Found", "> ACK"];
    assert_eq!(arrows.into_iter().filter(|arrow| !arrow.contains("Trying")).collect::<Vec<_>>(), known);
}

#[test]
fn log_04_a_refused_registration_and_a_stranger_s_call_leave_their_last_exchange() {
    let mut world = World::new(1, Weather::FAIR);
    let mallory = world.phone(ACME, "101", Transport::Udp);
    world.at(mallory).credentials.secret = "wrong".into();
    world.act(mallory, |phone, now| phone.register(now, 600));
    world.run(2);
    let ladder = world.ledger.refused_ladders.last().unwrap();
    assert_eq!(arrows(ladder, 0), ["> REGISTER", "< 401 Unauthorized", "> REGISTER", "< 403 Forbidden"]);
    assert_eq!(secrets(ladder), [""; 0]);
    world.act(mallory, |phone, now| phone.call(now, "102", Vec::new()));
    // A repeat is told after a pause.
    world.run(8);
    let ladder = world.ledger.refused_ladders.last().unwrap();
    assert!(arrows(ladder, 0).contains(&"< 403 Forbidden".to_owned()), "{:?}", arrows(ladder, 0));
    assert!(ladder.messages.iter().any(|message| message.title() == "INVITE"));
}

#[test]
fn log_04_forks_cancels_and_repeats_are_seen() {
    let (mut world, alice, bob) = pair();
    let second = world.registered(ACME, "102");
    world.at(bob).manner = Manner::Ring;
    world.at(second).manner = Manner::Dead;
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(5);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(45);
    let ladder = last(&world);
    assert_eq!(ladder.lanes.len(), 3);
    assert_eq!(
        arrows(ladder, 1),
        ["< INVITE", "> 100 Trying", "> 180 Ringing", "< CANCEL", "> 200 OK", "> 487 Request Terminated", "< ACK"]
    );
    let dead = arrows(ladder, 2);
    assert_eq!(dead.first().map(String::as_str), Some("< INVITE"));
    assert!(dead.iter().skip(1).all(|arrow| arrow == "< INVITE again") && dead.len() >= 3, "{dead:?}");
    assert!(arrows(ladder, 0).ends_with(&[
        "> CANCEL".into(),
        "< 200 OK".into(),
        "< 487 Request Terminated".into(),
        "> ACK".into()
    ]));
}

#[test]
fn log_04_a_transfer_shows_refer_and_notify() {
    let (mut world, alice, bob) = talking();
    let carol = world.registered(ACME, "103");
    let dialog = world.at(alice).up().first().copied().unwrap();
    world.act(alice, |phone, now| phone.refer(now, dialog, "<sip:103@acme.localhost>", Vec::new()));
    world.run(6);
    for phone in [bob, carol] {
        world.act(phone, |phone, now| phone.hang_up(now));
    }
    world.run(15);
    let caller = arrows(last(&world), 0);
    for known in ["> REFER", "< 202 Accepted", "< NOTIFY"] {
        assert!(caller.contains(&known.to_owned()), "{known} not in {caller:?}");
    }
    assert_eq!(last(&world).lanes.len(), 3);
}

#[test]
fn log_04_nobody_else_s_messages_come_into_a_ladder_by_its_call_id() {
    let (mut world, alice, _) = talking();
    let running = world.ledger.open.keys().next().copied().unwrap();
    let record = world.ledger.open.get(&running).unwrap().0.clone();
    let forged = format!(
        "BYE sip:102@acme.localhost SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bKx\r\nFrom: <sip:101@acme.localhost>;tag=1\r\n\
         To: <sip:102@acme.localhost>;tag=2\r\nCall-ID: {}\r\nCSeq: 9 BYE\r\nContent-Length: 0\r\n\r\n",
        record.sip_call_id
    );
    world.throw("192.0.2.99:5060".parse().unwrap(), Bytes::from(forged));
    world.run(3);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(15);
    assert!(last(&world).messages.iter().all(|message| !message.remote.starts_with("192.0.2.99")));
}

#[test]
fn log_04_what_is_kept_of_a_call_is_bounded_and_says_so() {
    let (mut world, alice, _) = talking();
    for _ in 0..CALL_MESSAGES_MAX {
        world.act(alice, |phone, now| phone.press(now, '5'));
        world.run_for(Duration::from_millis(100));
    }
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(15);
    let ladder = last(&world);
    assert_eq!(ladder.messages.len(), CALL_MESSAGES_MAX);
    assert!(ladder.left_out > 300, "{}", ladder.left_out);
}

#[test]
fn log_04_strangers_push_each_other_out_and_nobody_else() {
    let mut world = World::new(1, Weather::FAIR);
    for n in 0..3 * WAITING_MAX {
        let text = format!(
            "INVITE sip:102@acme.localhost SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bK{n}\r\nFrom: <sip:101@acme.localhost>;tag=1\r\n\
             To: <sip:102@acme.localhost>\r\nCall-ID: {n}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        );
        world.throw("192.0.2.99:5060".parse().unwrap(), Bytes::from(text));
    }
    let (alice, bob) = (world.registered(ACME, "101"), world.registered(ACME, "102"));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.act(bob, |phone, now| phone.hang_up(now));
    world.run(15);
    assert!(arrows(last(&world), 0).contains(&"< 200 OK".to_owned()));
}

#[test]
fn log_04_switched_off_nothing_is_kept() {
    let (mut world, alice, _) = pair();
    let settings = Settings { capture: false, ..Settings::default() };
    world.tell(Input::Settings(Box::new(settings)));
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    world.act(alice, |phone, now| phone.hang_up(now));
    world.run(15);
    assert!(world.ledger.ladders.values().all(|ladder| ladder.messages.is_empty()));
    assert_ne!(world.ledger.last().unwrap().id, CallId(0));
}
