//! Bytes of strangers: malformed, made up, too many. Nothing may crash, hang or grow.

use std::net::SocketAddr;

use bytes::Bytes;
use sim::dice::Dice;
use sim::{Weather, World};

use crate::call::{ACME, all_gone};
use crate::guard::let_near;

const STRANGER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9)), 5_060);

fn request(method: &str, number: u64, more: &str, body: &str) -> String {
    format!(
        "{method} sip:102@acme.localhost SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.9:5060;branch=z9hG4bK{number}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:101@acme.localhost>;tag={number}\r\nTo: <sip:102@acme.localhost>\r\n\
         Call-ID: storm-{number}\r\nCSeq: 1 {method}\r\nContact: <sip:101@203.0.113.9>;expires=600\r\n{more}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const DIGEST: &str = "Authorization: Digest username=\"101\", realm=\"acme.localhost\", nonce=\"00063f1d2c3b4a590001aa\", \
                      uri=\"sip:acme.localhost\", response=\"00112233445566778899aabbccddeeff\", algorithm=MD5\r\n";

// covers: S1
#[test]
fn s1_mutilated_messages_neither_crash_nor_stay() {
    let mut world = World::new(1, Weather::FAIR);
    let_near(&mut world, STRANGER.ip());
    world.registered(ACME, "102");
    let mut dice = Dice::new(5);
    let body =
        "v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\ns=-\r\nc=IN IP4 203.0.113.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    for number in 0..6_000 {
        let methods = ["REGISTER", "INVITE", "OPTIONS", "BYE", "CANCEL", "ACK", "UPDATE", "PRACK", "INFO", "SUBSCRIBE"];
        let method = methods[dice.below(methods.len() as u64) as usize];
        let more = ["", DIGEST, "Replaces: a;to-tag=b;from-tag=c\r\n", "Require: 100rel\r\n"][dice.below(4) as usize];
        let mut bytes = request(method, number, more, body).into_bytes();
        for _ in 0..=dice.below(6) {
            let at = dice.below(bytes.len() as u64) as usize;
            match dice.below(4) {
                0 => bytes[at] = dice.below(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, [b'\r', b'"', b'<', b';', 0, b','][dice.below(6) as usize]),
                _ => {
                    bytes.remove(at);
                    bytes.push(b'x');
                }
            }
        }
        world.throw(STRANGER, Bytes::from(bytes));
    }
    all_gone(&mut world);
    assert!(world.ledger.closed.is_empty());
    assert!(world.ledger.registrations.len() == 1);
}

// covers: S3
#[test]
fn s3_empty_and_broken_authorizations_are_asked_again() {
    let mut world = World::new(1, Weather::FAIR);
    for (number, value) in [
        "",
        "Digest",
        "Digest ",
        "Digest username",
        "Basic MTAxOjEwMQ==",
        "Digest username=\"\",realm=\"acme.localhost\"",
        "\u{0}",
    ]
    .iter()
    .enumerate()
    {
        for method in ["REGISTER", "INVITE"] {
            let header = format!("Authorization: {value}\r\n");
            world.throw(STRANGER, Bytes::from(request(method, number as u64, &header, "")));
        }
    }
    all_gone(&mut world);
    assert!(world.ledger.registrations.is_empty() && world.ledger.closed.is_empty());
}

// covers: S10
#[test]
fn s10_a_flood_of_unacknowledged_invites_and_registers_leaves_no_memory_behind() {
    let mut world = World::new(1, Weather::FAIR);
    let_near(&mut world, STRANGER.ip());
    let alice = world.registered(ACME, "101");
    world.registered(ACME, "102");
    for number in 0..5_000 {
        let method = if number % 2 == 0 { "INVITE" } else { "REGISTER" };
        let more = if number % 3 == 0 { DIGEST } else { "" };
        world.throw(STRANGER, Bytes::from(request(method, number, more, "")));
    }
    world.act(alice, |phone, now| phone.call(now, "102", Vec::new()));
    world.run(4);
    assert_eq!(world.at(alice).up().len(), 1, "others are not harmed");
    world.act(alice, |phone, now| phone.hang_up(now));
    all_gone(&mut world);
    assert_eq!(world.ledger.closed.len(), 1);
}

// covers: S5
#[test]
fn s5_a_made_up_to_tag_or_route_opens_nothing() {
    let mut world = World::new(1, Weather::FAIR);
    let bob = world.registered(ACME, "102");
    world.at(bob).said.clear();
    let tagged =
        request("INVITE", 1, "", "").replace("To: <sip:102@acme.localhost>", "To: <sip:102@acme.localhost>;tag=x");
    let routed = request("INVITE", 2, "Route: <sip:102@10.0.0.1;lr>\r\n", "");
    for bytes in [tagged, routed] {
        world.throw(STRANGER, Bytes::from(bytes));
    }
    world.run(5);
    assert_eq!(world.at(bob).said, []);
    all_gone(&mut world);
    assert!(world.ledger.closed.is_empty());
}
