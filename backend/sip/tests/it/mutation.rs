//! S1: thousands of damaged messages, each from a seed: nothing panics, hangs or is kept.

use std::time::Duration;

use bytes::Bytes;
use shared::Moment;
use sip::digest::Authenticator;
use sip::framing::{Frame, Framer};
use sip::{Event, Message, Reply, Transport};

use crate::network::{ANSWER, Bench, Dice, OFFER, call, request};

const PIECES: [&str; 16] = [
    "\r\n",
    "\r\n\r\n",
    ":",
    ";",
    ",",
    "\"",
    "<",
    ">",
    "\\",
    "sip:",
    "Content-Length: ",
    "l:",
    "-1",
    "99999999999999999999",
    "\0",
    " \t",
];

fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>) {
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() as u64 + 1) as usize;
        let end = (at + dice.below(40) as usize).min(bytes.len());
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, PIECES[dice.below(16) as usize].bytes())),
            3 => {
                let copy = bytes[at..end].to_vec();
                let to = dice.below(bytes.len() as u64 + 1) as usize;
                drop(bytes.splice(to..to, copy));
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
}

fn samples() -> Vec<String> {
    let authorization = "Authorization: Digest username=\"101\", realm=\"acme\", nonce=\"00061a2b3c4d5e6f0001aabb\", uri=\"sip:a\", \
                         response=\"0123\", algorithm=SHA-256, qop=auth, nc=00000001, cnonce=\"x\"\r\n";
    vec![
        request("REGISTER", "1", 1, "", authorization, ""),
        request("INVITE", "2", 1, "", "Supported: 100rel, timer\r\nSession-Expires: 90;refresher=uac\r\nRecord-Route: <sip:p;lr>, <sip:q>\r\n", OFFER),
        request("CANCEL", "2", 1, "", "Reason: SIP;cause=200\r\n", ""),
        request("SUBSCRIBE", "3", 1, "", "Event: dialog\r\nExpires: 60\r\n", ""),
        request("OPTIONS", "4", 1, "", "v: SIP/2.0/TCP [2001:db8::1]:5060;branch=z\r\n X: folded\r\n", ""),
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK0123456789abcdef\r\nFrom: <sip:a@b>;tag=1\r\nTo: \"x\" <sip:a@b>;tag=2\r\n\
         Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@b>, \"c, d\" <sip:e@f>;q=0.5\r\nContent-Length: 3\r\n\r\nabc"
            .into(),
    ]
}

#[test]
fn s1_damaged_messages_never_panic_the_view_or_the_digest() {
    let mut dice = Dice(1);
    let mut door = Authenticator::new([3; 32]);
    let mut read = 0;
    for round in 0..30_000 {
        let samples = samples();
        let mut bytes = samples[round % samples.len()].clone().into_bytes();
        mutate(&mut dice, &mut bytes);
        let Ok(message) = Message::parse(Bytes::from(bytes)) else { continue };
        read += 1;
        let _ = (
            message.request_uri().map(|u| u.headers()),
            message.from(),
            message.to(),
            message.contacts(),
            message.expires(),
        );
        let _ = (
            message.header_values("Record-Route"),
            message.header_values("Supported"),
            message.body(),
            message.reason_phrase(),
        );
        for (name, value) in message.headers() {
            assert!(message.header(name).is_some());
            assert!(!value.contains(['\r', '\n']), "folding is undone");
        }
        let _ = Authenticator::claimed(&message);
        let _ = door.check(Moment::from_seconds(1), &message, "acme", &mut |_| None);
    }
    assert!(read > 3_000, "{read}");
}

#[test]
fn s1_damaged_streams_are_followed_or_given_up() {
    let mut dice = Dice(2);
    for round in 0..5_000 {
        let samples = samples();
        let mut bytes: Vec<u8> =
            (0..3).flat_map(|i| samples[(round + i) % samples.len()].clone().into_bytes()).collect();
        mutate(&mut dice, &mut bytes);
        let (mut whole, mut piecewise) = (Framer::default(), Framer::default());
        whole.push(&bytes);
        let drain = |framer: &mut Framer, found: &mut Vec<Bytes>| {
            loop {
                match framer.next() {
                    Ok(Some(Frame::Message(message))) => found.push(message),
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(broken) => return Some(broken),
                }
            }
        };
        let (mut once, mut pieces) = (vec![], vec![]);
        let end = drain(&mut whole, &mut once);
        let mut end_of_pieces = None;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && end_of_pieces.is_none() {
            let (piece, more) = rest.split_at((1 + dice.below(60) as usize).min(rest.len()));
            piecewise.push(piece);
            end_of_pieces = drain(&mut piecewise, &mut pieces);
            rest = more;
        }
        assert_eq!((once, end), (pieces, end_of_pieces), "how a stream is cut into reads changes nothing");
    }
}

#[test]
fn s1_a_stack_under_damaged_messages_stays_sound_and_empties() {
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let mut bench = Bench::new(Transport::Udp);
        for round in 0..100 {
            let samples = samples();
            let mut bytes =
                samples[dice.below(samples.len() as u64) as usize].replace("one@h", &round.to_string()).into_bytes();
            if dice.below(3) > 0 {
                mutate(&mut dice, &mut bytes);
            }
            bench.feed(&bytes);
            // Replies of the peer to what the stack itself sent, damaged too.
            for message in bench.take_messages() {
                if message.is_request() {
                    let status = [100, 183, 200, 401, 422, 481, 491, 500][dice.below(8) as usize];
                    bench.answer(
                        &message,
                        status,
                        "t",
                        "Contact: <sip:x@y>\r\nRequire: 100rel\r\nRSeq: 1\r\nSession-Expires: 90\r\n",
                        ANSWER,
                    );
                } else if message.status() < 300 && !message.to_tag().is_empty() {
                    let mut more = request(
                        ["ACK", "BYE", "PRACK", "UPDATE", "INVITE", "INFO"][dice.below(6) as usize],
                        "9",
                        round + 2,
                        message.to_tag(),
                        "",
                        OFFER,
                    )
                    .replace("one@h", message.call_id())
                    .into_bytes();
                    if dice.below(2) == 0 {
                        mutate(&mut dice, &mut more);
                    }
                    bench.feed(&more);
                }
            }
            for event in bench.take_events() {
                react(&mut bench, &mut dice, event);
            }
            let pause = dice.below(3_000);
            bench.run(Duration::from_millis(pause));
        }
        for _ in 0..20 {
            bench.run(Duration::from_secs(60));
            for event in bench.take_events() {
                if let Event::Answered { dialog, .. }
                | Event::Acknowledged { dialog, .. }
                | Event::Invited { dialog, .. } = event
                {
                    bench.stack.bye(bench.now, dialog, None);
                }
            }
        }
        for dialog in 0..2_000 {
            bench.stack.bye(bench.now, sip::DialogId(dialog), None);
        }
        bench.assert_empty();
    }
}

fn react(bench: &mut Bench, dice: &mut Dice, event: Event) {
    let now = bench.now;
    match (event, dice.below(4)) {
        (Event::Invited { dialog, .. }, 0) => bench.stack.reject(now, dialog, Reply::status(486)),
        (Event::Invited { dialog, .. }, 1) => bench.stack.ring(now, dialog, Reply::status(183).body(ANSWER), true),
        (Event::Invited { dialog, .. }, _) => bench.stack.accept(now, dialog, Reply::status(200).body(ANSWER)),
        (Event::Request { request, .. }, 0..3) => bench.stack.respond(now, request, Reply::status(200)),
        (Event::Offered { dialog, .. }, 0..3) => bench.stack.answer(now, dialog, ANSWER.into()),
        (Event::Acknowledged { dialog, .. } | Event::Answered { dialog, .. }, 0) => {
            bench.stack.offer(now, dialog, OFFER.into())
        }
        (Event::Acknowledged { dialog, .. } | Event::Answered { dialog, .. }, 1) => bench.stack.bye(now, dialog, None),
        (Event::Acknowledged { dialog, .. }, 2) => {
            bench.stack.request_in_dialog(now, dialog, "INFO", vec![], Bytes::new());
        }
        (Event::Cancelled { .. } | Event::Failed { .. }, 0) => {
            bench.stack.invite(now, bench.flow, call());
        }
        _ => {}
    }
}
