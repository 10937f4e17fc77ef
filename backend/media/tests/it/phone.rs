//! Two phones: offers and answers, passing on, learning, holding.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use media::{CodecPair, Happened, LegKind, SocketId, Transmit, What};
use shared::reason::Reason;

use crate::world::{A, B, World, media_port, phone, read_rtp, rtp};

const ALICE: &str = "198.51.100.1:4000";
const BOB: &str = "198.51.100.2:5000";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Two phones in a call: Alice's and Bob's socket numbers.
fn call(world: &mut World, alice: &[&str], bob: &[&str]) -> (SocketId, SocketId) {
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::from(phone("198.51.100.1", 4_000, alice))));
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, bob));
    world.order(A, What::MakeAnswer { like: Some(B) });
    let answer = world.events.iter().rev().find_map(|event| match event {
        (A, Happened::Answer(text)) => Some(String::from_utf8(text.to_vec()).unwrap()),
        _ => None,
    });
    world.order(A, What::Connect(B));
    (world.socket(&answer.unwrap()), world.socket(&offer))
}

#[test]
fn two_phones_hear_each_other_with_numbers_rewritten() {
    let mut world = World::new();
    let formats_a = ["8 PCMA/8000", "0 PCMU/8000", "96 telephone-event/8000"];
    let formats_b = ["0 PCMU/8000", "101 telephone-event/8000"];
    let (a, b) = call(&mut world, &formats_a, &formats_b);
    let told = world.told();
    assert!(
        matches!(&told[..], [
        (B, Happened::Offer(_)),
        (B, Happened::Ready { codec: b }),
        (A, Happened::Answer(_)),
        (A, Happened::Ready { codec: a }),
        (A, Happened::Connected(CodecPair::Passed(pair))),
    ] if b == "PCMU" && a == "PCMU" && pair == "PCMU"),
        "{told:?}"
    );

    let mut first = None;
    for n in 0..10u16 {
        let packet = rtp(0, 100 + n, 8_000 + 160 * u32::from(n), 11, &[0x55; 160]);
        let (transmit, bytes) = world.packet(a, address(ALICE), &packet).expect("passed on");
        assert_eq!(transmit, Transmit { socket: b, to: address(BOB) });
        let sent = read_rtp(&bytes);
        let first = first.get_or_insert(sent.clone());
        assert_ne!(sent.ssrc, 11);
        assert_eq!(sent.payload, [0x55; 160]);
        assert_eq!(sent.sequence, first.sequence.wrapping_add(n));
        assert_eq!(sent.timestamp, first.timestamp.wrapping_add(160 * u32::from(n)));
        world.now.0 += 20_000;
    }
    let (transmit, _) = world.packet(b, address(BOB), &rtp(0, 1, 1, 12, &[1; 160])).unwrap();
    assert_eq!(transmit, Transmit { socket: a, to: address(ALICE) });
    assert!(matches!(&world.told()[..], [(A, Happened::Heard), (B, Happened::Heard)]));

    let (_, bytes) = world.packet(a, address(ALICE), &rtp(96, 110, 9_600, 11, &[5, 10, 0, 160])).unwrap();
    assert_eq!(read_rtp(&bytes).payload_type, 101, "the number that Bob gave to events");
    assert!(matches!(world.told()[..], [(A, Happened::Digit('5'))]));

    world.order(A, What::Close);
    world.order(B, What::Close);
    let told = world.told();
    assert!(
        matches!(&told[..], [(A, Happened::Closed(alice)), (B, Happened::Closed(bob))]
        if alice.packets_received == 11 && bob.packets_sent == 11 && alice.heard && alice.codec == "PCMU"
        && bob.packets_received == 1 && alice.side.is_empty()),
        "{told:?}"
    );
    assert_eq!(world.released.len(), 4);
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None));
    assert_eq!(world.packet(a, address(ALICE), &rtp(0, 1, 1, 11, &[])), None);
}

#[test]
fn pcmu_and_pcma_cross_in_place() {
    let mut world = World::new();
    let (a, _) = call(&mut world, &["0 PCMU/8000"], &["8 PCMA/8000"]);
    let told = world.told();
    assert!(
        told.iter().any(|(_, what)| matches!(what,
        Happened::Connected(CodecPair::Transcoded(from, to)) if from == "PCMU" && to == "PCMA")),
        "{told:?}"
    );
    let (_, bytes) = world.packet(a, address(ALICE), &rtp(0, 1, 1, 11, &[0xff, 0x80, 0x00])).unwrap();
    let sent = read_rtp(&bytes);
    assert_eq!((sent.payload_type, sent.payload), (8, vec![0xd5, 0xaa, 0x2a]));
}

#[test]
fn s15_a_stranger_is_neither_heard_nor_answered() {
    let mut world = World::new();
    let (a, b) = call(&mut world, &["0 PCMU/8000"], &["0 PCMU/8000"]);
    let stranger = address("203.0.113.9:6666");
    // The stranger is first; the phone, from the address that it named, takes its place.
    assert!(world.packet(a, stranger, &rtp(0, 1, 1, 99, &[1])).is_some());
    for n in 0..5 {
        assert!(world.packet(a, address(ALICE), &rtp(0, n, 160, 11, &[1])).is_some());
        assert!(world.packet(a, stranger, &rtp(0, n, 160, 99, &[1])).is_none());
    }
    let (transmit, _) = world.packet(b, address(BOB), &rtp(0, 1, 1, 12, &[1])).unwrap();
    assert_eq!(transmit.to, address(ALICE));
    assert_eq!(world.engine.strangers(A), Some(5));
    // However long the phone is silent.
    world.pass(Duration::from_secs(60));
    assert!(world.packet(a, stranger, &rtp(0, 7, 160, 99, &[1])).is_none());
    let (transmit, _) = world.packet(b, address(BOB), &rtp(0, 2, 1, 12, &[1])).unwrap();
    assert_eq!(transmit.to, address(ALICE));
}

#[test]
fn s15_a_stranger_who_came_first_and_stayed_gives_way_to_the_address_that_was_signalled() {
    let mut world = World::new();
    let (a, b) = call(&mut world, &["0 PCMU/8000"], &["0 PCMU/8000"]);
    let stranger = address("203.0.113.9:6666");
    for n in 0..50 {
        world.packet(a, stranger, &rtp(0, n, 1, 99, &[1]));
    }
    assert!(world.packet(a, address(ALICE), &rtp(0, 1, 160, 11, &[1])).is_some());
    assert!(world.packet(a, stranger, &rtp(0, 51, 1, 99, &[1])).is_none());
    assert_eq!(world.packet(b, address(BOB), &rtp(0, 1, 1, 12, &[1])).unwrap().0.to, address(ALICE));
}

/// Alice behind a NAT, latched; the last of her packets has the number 9.
fn behind_nat(world: &mut World) -> (SocketId, SocketId, SocketAddr) {
    let (a, b) = call(world, &["0 PCMU/8000"], &["0 PCMU/8000"]);
    let nat = address("203.0.113.5:7000");
    for n in 0..10 {
        assert!(world.packet(a, nat, &rtp(0, n, 0, 11, &[1])).is_some());
        world.pass(Duration::from_millis(20));
    }
    assert_eq!(world.packet(b, address(BOB), &rtp(0, 1, 1, 12, &[1])).unwrap().0.to, nat);
    (a, b, nat)
}

#[test]
fn a_phone_whose_nat_forgets_it_is_heard_again_within_three_seconds() {
    let mut world = World::new();
    let (a, b, _) = behind_nat(&mut world);
    let moved = address("192.0.2.99:31000");
    let since = world.now;
    let mut number = 10;
    let heard_again = loop {
        world.pass(Duration::from_millis(20));
        number += 1;
        if world.packet(a, moved, &rtp(0, number, 0, 11, &[1])).is_some() {
            break world.now.since(since);
        }
        assert!(number < 1_000, "never");
    };
    assert!(heard_again <= Duration::from_secs(3), "{heard_again:?}");
    assert_eq!(world.packet(b, address(BOB), &rtp(0, 2, 1, 12, &[1])).unwrap().0.to, moved);
}

#[test]
fn s15_an_address_is_moved_by_nobody_who_does_not_go_on_with_the_stream() {
    let elsewhere = address("203.0.113.5:7001");
    for (what, silence, ssrc, number, taken) in [
        ("the old address still speaks", 0, 11, 10, false),
        ("a bare moment of silence", 900, 11, 10, false),
        ("another source", 2_000, 12, 10, false),
        ("a number of before", 2_000, 11, 9, false),
        ("a number far ahead", 2_000, 11, 1_000, false),
        ("the stream goes on", 2_000, 11, 110, true),
    ] {
        let mut world = World::new();
        let (a, b, nat) = behind_nat(&mut world);
        world.pass(Duration::from_millis(silence));
        assert_eq!(world.packet(a, elsewhere, &rtp(0, number, 0, ssrc, &[1])).is_some(), taken, "{what}");
        let to = world.packet(b, address(BOB), &rtp(0, 2, 1, 12, &[1])).unwrap().0.to;
        assert_eq!(to, if taken { elsewhere } else { nat }, "{what}");
    }
}

#[test]
fn s15_an_address_moves_once_in_five_seconds() {
    let mut world = World::new();
    let (a, _, _) = behind_nat(&mut world);
    let (second, third) = (address("203.0.113.5:7001"), address("203.0.113.5:7002"));
    world.pass(Duration::from_secs(2));
    for n in 10..20 {
        assert!(world.packet(a, second, &rtp(0, n, 0, 11, &[1])).is_some());
    }
    world.pass(Duration::from_secs(2));
    assert!(world.packet(a, third, &rtp(0, 30, 0, 11, &[1])).is_none());
    world.pass(Duration::from_secs(4));
    assert!(world.packet(a, third, &rtp(0, 30, 0, 11, &[1])).is_some());
}

#[test]
fn a_new_description_is_learned_anew() {
    let mut world = World::new();
    let (a, b) = call(&mut world, &["0 PCMU/8000"], &["0 PCMU/8000"]);
    for n in 0..6 {
        world.packet(a, address(ALICE), &rtp(0, n, 0, 11, &[1]));
    }
    world.answer(A, &phone("198.51.100.77", 4_444, &["0 PCMU/8000"]), Some(B));
    let elsewhere = address("198.51.100.77:4444");
    assert_eq!(world.packet(b, address(BOB), &rtp(0, 1, 1, 12, &[1])).unwrap().0.to, elsewhere);
    assert!(world.packet(a, elsewhere, &rtp(0, 1, 1, 55, &[1])).is_some());
}

#[test]
fn hold_is_told_mirrored_and_sends_nothing() {
    let mut world = World::new();
    let (a, b) = call(&mut world, &["0 PCMU/8000"], &["0 PCMU/8000"]);
    assert!(world.packet(b, address(BOB), &rtp(0, 1, 1, 12, &[1])).is_some());
    world.told();
    for (line, mirrored, held) in [
        ("a=sendonly", "a=recvonly", true),
        ("a=sendrecv", "a=sendrecv", false),
        ("a=inactive", "a=inactive", true),
        ("a=recvonly", "a=sendonly", false),
    ] {
        let offer = phone("198.51.100.1", 4_000, &["0 PCMU/8000"]) + line + "\r\n";
        let answer = world.answer(A, &offer, Some(B));
        assert!(answer.contains(mirrored), "{answer}");
        let told = world.told();
        assert!(matches!(told[0], (A, Happened::Held(now)) if now == held), "{line}: {told:?}");
        assert_eq!(world.packet(b, address(BOB), &rtp(0, 1, 1, 12, &[1])).is_none(), held);
    }
    let old_way = phone("0.0.0.0", 4_000, &["0 PCMU/8000"]);
    let answer = world.answer(A, &old_way, Some(B));
    assert!(answer.contains("a=recvonly"), "{answer}");
    assert!(matches!(world.told()[0], (A, Happened::Held(true))));
    assert!(world.packet(a, address(ALICE), &rtp(0, 1, 1, 11, &[1])).is_some(), "the holder may still be heard");
}

#[test]
fn the_answer_chooses_what_needs_no_translation_and_repeats_itself() {
    let mut world = World::new();
    let both = ["96 opus/48000/2", "8 PCMA/8000", "0 PCMU/8000", "97 telephone-event/48000", "98 telephone-event/8000"];
    call(&mut world, &both, &["8 PCMA/8000"]);
    let first = world.told();
    let of = |told: &[(media::LegId, Happened)]| {
        told.iter().find_map(|event| match event {
            (A, Happened::Answer(text)) => Some(String::from_utf8(text.to_vec()).unwrap()),
            _ => None,
        })
    };
    let answer = of(&first).unwrap();
    assert!(answer.contains(" RTP/AVP 8 98\r\n"), "{answer}");
    world.order(A, What::MakeAnswer { like: None });
    assert_eq!(of(&world.told()), Some(answer.clone()));
    // A new offer of the same gives the same but for nothing: the version stays.
    let again = world.answer(A, &phone("198.51.100.1", 4_000, &both), Some(B));
    assert_eq!(again, answer);
    let held = world.answer(A, &(phone("198.51.100.1", 4_000, &both) + "a=sendonly\r\n"), Some(B));
    let version = |text: &str| {
        text.lines().find(|line| line.starts_with("o=")).unwrap().split(' ').nth(2).unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(version(&held), version(&answer) + 1);
}

#[test]
fn an_offer_puts_the_other_legs_codecs_first() {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    let offer = phone("198.51.100.1", 4_000, &["99 opus/48000/2", "8 PCMA/8000"]);
    world.order(A, What::RemoteOffer(offer.into()));
    let offer = world.offer(B, Some(A));
    assert!(offer.contains(" RTP/AVP 111 8 0 101 110\r\n"), "{offer}");
    assert!(offer.contains("a=rtpmap:110 telephone-event/48000\r\n"));
}

#[test]
fn unwanted_lines_are_answered_with_port_zero() {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    let offer = "m=video 6000 RTP/AVP 96\na=rtpmap:96 VP8/90000\nm=audio 4000 RTP/AVP 0\nc=IN IP4 198.51.100.1\nm=application 9 UDP/BFCP *\n";
    let answer = world.answer(A, offer, None);
    let lines: Vec<_> = answer.lines().filter(|line| line.starts_with("m=")).collect();
    let port = media_port(&answer);
    assert_eq!(lines, ["m=video 0 RTP/AVP 96", &format!("m=audio {port} RTP/AVP 0"), "m=application 0 UDP/BFCP *"]);
}

#[test]
fn s2_what_cannot_be_used_is_refused_with_its_reason() {
    let many = "m=audio 1 RTP/AVP 0\r\n".repeat(700);
    let very_many = "m=audio 1 RTP/AVP 0\r\n".repeat(1_500);
    let formats = format!("m=audio 1 RTP/AVP{}\r\n", " 0".repeat(65));
    let long = format!("{}a={}\r\n", phone("198.51.100.1", 1, &["0 PCMU/8000"]), "x".repeat(20_000));
    let savp = phone("198.51.100.1", 1, &["0 PCMU/8000"]).replace("RTP/AVP", "RTP/SAVP")
        + &"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n".repeat(300);
    let tls = savp.replace("RTP/SAVP", "UDP/TLS/RTP/SAVP");
    let fax = format!("m=image 9 udptl t38\r\na=T38FaxMaxDatagram:{}\r\n", "9".repeat(12_000));
    for (offer, reason, value) in [
        ("", Reason::MediaLineMissing, ""),
        ("\u{0}\u{1}garbage", Reason::MediaLineMissing, ""),
        ("m=audio\r\n", Reason::MediaPortZero, "0"),
        ("m=audio 99999 RTP/AVP 0\r\n", Reason::MediaPortZero, "0"),
        ("m=video 9 RTP/AVP 0\r\n", Reason::MediaNoAudio, "video"),
        ("m=audio 9 TCP/WHAT 0\r\n", Reason::MediaProtocolUnknown, "TCP/WHAT"),
        (&many, Reason::MediaTooLarge, "more than 16 media lines"),
        (&very_many, Reason::MediaTooLarge, "31500 bytes"),
        (&formats, Reason::MediaTooLarge, "more than 64 formats"),
        (&long, Reason::MediaTooLarge, "20123 bytes"),
        (&savp, Reason::MediaKeysMissing, "RTP/SAVP"),
        (&tls, Reason::MediaKeysMissing, "UDP/TLS/RTP/SAVP"),
        (&fax, Reason::MediaNoAudio, "image"),
        ("m=audio 9 RTP/AVP 18 3\r\na=rtpmap:18 G729/8000\r\n", Reason::CodecMismatch, "G729, type 3"),
        ("m=audio 9 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n", Reason::CodecMismatch, "none"),
    ] {
        let mut world = World::new();
        world.open(A, LegKind::Phone);
        world.order(A, What::RemoteOffer(Bytes::copy_from_slice(offer.as_bytes())));
        let told = world.told();
        assert!(
            matches!(&told[..], [(A, Happened::Rejected { reason: is, value: was })] if *is == reason && was == value),
            "{value}: {told:?}"
        );
    }
}

#[test]
fn a_refused_offer_leaves_the_call_as_it_was() {
    let mut world = World::new();
    let (a, _) = call(&mut world, &["0 PCMU/8000"], &["0 PCMU/8000"]);
    world.told();
    world.order(A, What::RemoteOffer(Bytes::from_static(b"m=audio 9 RTP/AVP 18\r\n")));
    assert!(matches!(world.told()[..], [(A, Happened::Rejected { reason: Reason::CodecMismatch, .. })]));
    assert!(world.packet(a, address(ALICE), &rtp(0, 1, 1, 11, &[1])).is_some());
}

#[test]
fn a_spent_port_range_refuses_the_leg_and_no_other() {
    let mut world = World::new();
    world.range = 0;
    let mut refused = 0;
    for n in 0..66 {
        world.open(media::LegId(n), LegKind::Phone);
        world.order(media::LegId(n), What::MakeOffer { like: None });
        refused +=
            usize::from(matches!(world.told()[..], [(_, Happened::Rejected { reason: Reason::PortsSpent, .. })]));
    }
    assert_eq!(refused, 66 - 64);
}

#[test]
fn legs_may_be_connected_before_they_are_ready() {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::Connect(B));
    world.answer(A, &phone("198.51.100.1", 4_000, &["0 PCMU/8000"]), None);
    assert!(!world.told().iter().any(|(_, what)| matches!(what, Happened::Connected(_))));
    world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &["0 PCMU/8000"]));
    let told = world.told();
    assert!(matches!(told.last(), Some((A, Happened::Connected(CodecPair::Passed(_))))), "{told:?}");
}

#[test]
fn silence_of_the_whole_call_is_told_and_a_held_one_is_not_silent() {
    // covers: SET-16
    let mut world = World::new();
    let (a, _) = call(&mut world, &["0 PCMU/8000"], &["0 PCMU/8000"]);
    world.told();
    world.pass(Duration::from_secs(100));
    world.packet(a, address(ALICE), &rtp(0, 1, 1, 11, &[1]));
    world.told();
    world.pass(Duration::from_secs(119));
    assert!(world.told().is_empty());
    world.pass(Duration::from_secs(2));
    let told = world.told();
    assert!(matches!(told[..], [(A, Happened::Silent { seconds: 120 })]), "{told:?}");

    for (leg, host) in [(A, "198.51.100.1"), (B, "198.51.100.2")] {
        world.answer(leg, &(phone(host, 4_000, &["0 PCMU/8000"]) + "a=inactive\r\n"), None);
    }
    world.told();
    world.pass(Duration::from_secs(1_000));
    assert!(world.told().is_empty());
}

#[test]
fn an_order_for_a_leg_that_is_gone_is_answered_where_somebody_waits() {
    let mut world = World::new();
    world.order(A, What::MakeOffer { like: None });
    assert!(matches!(world.told()[..], [(A, Happened::Rejected { .. })]));
    world.order(A, What::Close);
    world.order(A, What::Connect(B));
    assert!(world.told().is_empty());
}
