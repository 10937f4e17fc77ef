//! Video and T.38: passed on where both phones take them, refused where one does not.

use std::net::SocketAddr;

use bytes::Bytes;
use media::{Happened, LegKind, SocketId, What};

use crate::world::{A, B, World, phone, rtp};

const VIDEO: &str = "m=video 4002 RTP/AVP 96 97\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=42e01f\r\n\
                     a=rtpmap:97 VP8/90000\r\na=ssrc:1 cname:x\r\na=candidate:1 1 udp 1 1.2.3.4 5 typ host\r\n";
const FAX: &str = "m=image 4004 udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxFillBitRemoval\r\n\
                   a=T38FaxUdpEC:t38UDPRedundancy\r\n";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

pub fn sound(host: &str, port: u16) -> String {
    phone(host, port, &["0 PCMU/8000"])
}

/// The lines of a kind in a description, with what belongs to them.
pub fn section<'a>(description: &'a str, kind: &str) -> Vec<&'a str> {
    let from = description.find(&format!("m={kind} ")).unwrap_or_else(|| panic!("no {kind} in {description}"));
    let rest = &description[from..];
    let until = rest[2..].find("\r\nm=").map_or(rest.len(), |at| at + 2);
    rest[..until].lines().collect()
}

pub fn port(line: &str) -> u16 {
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Alice offers sound and these lines, Bob answers with his; her answer and his offer.
fn call(world: &mut World, lines: &str, answers: &str) -> (String, String) {
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    let offered = sound("198.51.100.1", 4_000) + lines;
    world.order(A, What::RemoteOffer(Bytes::from(offered.clone())));
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &(sound("198.51.100.2", 5_000) + answers));
    let answer = world.answer(A, &offered, Some(B));
    world.order(A, What::Connect(B));
    (answer, offer)
}

#[test]
fn video_is_offered_as_it_was_and_its_packets_pass_both_ways_as_they_are() {
    let mut world = World::new();
    let theirs = "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\na=rtcp:5077\r\n";
    let (answer, offer) = call(&mut world, VIDEO, theirs);
    let offered = section(&offer, "video");
    assert!(offered[0].ends_with(" RTP/AVP 96 97"), "{offered:?}");
    assert_eq!(
        offered[1..],
        ["a=rtpmap:96 H264/90000", "a=fmtp:96 profile-level-id=42e01f", "a=rtpmap:97 VP8/90000", "a=sendrecv"]
    );
    let answered = section(&answer, "video");
    assert!(answered[0].ends_with(" RTP/AVP 97"), "{answered:?}");
    assert_eq!(answered[1..], ["a=rtpmap:97 VP8/90000", "a=sendrecv"]);

    let (a, b) = (world.ports[&port(answered[0])], world.ports[&port(offered[0])]);
    let packet = rtp(97, 1, 2, 3, &[4; 900]);
    let (transmit, bytes) = world.packet(a, address("198.51.100.1:4002"), &packet).expect("passed on");
    assert_eq!((transmit.socket, transmit.to, bytes), (b, address("198.51.100.2:5002"), packet.clone()));
    let (transmit, _) = world.packet(b, address("198.51.100.2:5002"), &packet).expect("passed back");
    assert_eq!((transmit.socket, transmit.to), (a, address("198.51.100.1:4002")));
    let report = [0x80, 201, 0, 1, 0, 0, 0, 3];
    let (transmit, _) = world.packet(SocketId(a.0 + 1), address("198.51.100.1:4003"), &report).expect("a report");
    assert_eq!((transmit.socket, transmit.to), (SocketId(b.0 + 1), address("198.51.100.2:5077")));

    world.order(A, What::Close);
    assert_eq!(world.packet(b, address("198.51.100.2:5002"), &packet), None);
    world.order(B, What::Close);
    assert_eq!(world.released.len(), 8, "every port is given back");
    assert_eq!(world.packet(a, address("198.51.100.1:4002"), &packet), None);
}

#[test]
fn a_fax_by_t_38_is_passed_on_with_all_that_it_says_of_itself() {
    let mut world = World::new();
    let theirs = "m=image 5004 UDPTL t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:9600\r\n";
    let (answer, offer) = call(&mut world, FAX, theirs);
    let offered = section(&offer, "image");
    assert!(offered[0].ends_with(" udptl t38"), "{offered:?}");
    let said: Vec<_> = FAX.lines().skip(1).collect();
    assert_eq!(offered[1..], said[..]);
    assert_eq!(section(&answer, "image")[1..], ["a=T38FaxVersion:0", "a=T38MaxBitRate:9600"]);
    let a = world.ports[&port(section(&answer, "image")[0])];
    let datagram = [0, 7, 1, 0xc0, 1, 0x80, 0, 0];
    let (transmit, bytes) = world.packet(a, address("198.51.100.1:4004"), &datagram).expect("passed on");
    assert_eq!((transmit.to, &bytes[..]), (address("198.51.100.2:5004"), &datagram[..]));
}

#[test]
fn a_line_that_the_other_phone_does_not_take_is_refused_and_the_sound_goes_on() {
    for answers in ["", "m=video 0 RTP/AVP 96\r\n"] {
        let mut world = World::new();
        let (answer, _) = call(&mut world, VIDEO, answers);
        assert_eq!(section(&answer, "video"), ["m=video 0 RTP/AVP 96 97"]);
        let told = world.told();
        assert!(told.iter().any(|(_, what)| matches!(what, Happened::Connected(_))), "{told:?}");
    }
    // Nor is one that is encrypted or unknown offered at all, nor more than two.
    let mut world = World::new();
    let many = "m=video 9 RTP/SAVP 96\r\nm=application 9 UDP/BFCP *\r\n".to_owned() + &VIDEO.repeat(5);
    let (answer, offer) = call(&mut world, &many, "");
    assert_eq!(offer.matches("m=").count(), 3, "{offer}");
    assert_eq!(answer.matches("m=video 0").count(), 6, "{answer}");
}

#[test]
fn a_browser_is_offered_sound_only() {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Browser);
    world.order(A, What::RemoteOffer(Bytes::from(sound("198.51.100.1", 4_000) + VIDEO)));
    let offer = world.offer(B, Some(A));
    assert!(!offer.contains("m=video"), "{offer}");
}

#[test]
fn each_line_is_held_for_itself() {
    let mut world = World::new();
    let theirs = "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n";
    let (answer, offer) = call(&mut world, VIDEO, theirs);
    let (a, b) = (world.ports[&port(section(&answer, "video")[0])], world.ports[&port(section(&offer, "video")[0])]);
    let packet = rtp(97, 1, 2, 3, &[4; 900]);
    for (line, mirrored, heard) in
        [("a=sendonly", "a=recvonly", false), ("a=inactive", "a=inactive", false), ("a=sendrecv", "a=sendrecv", true)]
    {
        let held = format!("{}{VIDEO}{line}\r\n", sound("198.51.100.1", 4_000));
        let again = world.answer(A, &held, Some(B));
        assert_eq!(port(section(&again, "video")[0]), port(section(&answer, "video")[0]), "the port stays");
        assert!(section(&again, "video").contains(&mirrored), "{again}");
        assert!(section(&again, "audio").contains(&"a=sendrecv"), "{again}");
        assert_eq!(world.packet(b, address("198.51.100.2:5002"), &packet).is_some(), heard, "{line}");
        assert!(world.packet(a, address("198.51.100.1:4002"), &packet).is_some(), "{line}");
    }
    // Bob's own offer is answered with what Alice has.
    let own = sound("198.51.100.2", 5_000) + theirs + "a=sendonly\r\n";
    let again = world.answer(B, &own, Some(A));
    assert!(section(&again, "video").contains(&"a=recvonly"), "{again}");
    assert_eq!(port(section(&again, "video")[0]), port(section(&offer, "video")[0]));
    assert!(world.packet(a, address("198.51.100.1:4002"), &packet).is_none());
}

#[test]
fn s15_a_stranger_takes_no_part_in_a_line_that_is_passed_on() {
    let mut world = World::new();
    let (answer, offer) = call(&mut world, FAX, "m=image 5004 udptl t38\r\n");
    let (a, b) = (world.ports[&port(section(&answer, "image")[0])], world.ports[&port(section(&offer, "image")[0])]);
    let stranger = address("203.0.113.9:6666");
    assert!(world.packet(a, address("198.51.100.1:4004"), &[1; 20]).is_some());
    assert_eq!(world.packet(a, stranger, &[1; 20]), None);
    assert_eq!(world.packet(b, address("198.51.100.2:5004"), &[1; 20]).unwrap().0.to, address("198.51.100.1:4004"));
    // One who came first gives way to the address that was signalled.
    for _ in 0..20 {
        world.packet(b, stranger, &[1; 20]);
    }
    assert!(world.packet(b, address("198.51.100.2:5004"), &[1; 20]).is_some());
    assert_eq!(world.packet(b, stranger, &[1; 20]), None);
}

#[test]
fn s2_what_a_line_says_of_itself_is_bounded() {
    let mut world = World::new();
    let long = format!("m=image 4004 udptl t38\r\na=T38FaxVersion:{}\r\n", "9".repeat(4_000));
    let (_, offer) = call(&mut world, &long, "m=image 5004 udptl t38\r\n");
    assert_eq!(section(&offer, "image").len(), 1, "{offer}");
    let mut world = World::new();
    let many = "m=image 4004 udptl t38\r\n".to_owned() + &"a=T38FaxVersion:0\r\n".repeat(700);
    let (_, offer) = call(&mut world, &many, "m=image 5004 udptl t38\r\n");
    assert_eq!(section(&offer, "image").len(), 1 + 48, "{offer}");
}

#[test]
fn without_a_port_a_line_is_refused_and_not_the_call() {
    let mut world = World::new();
    world.range = 0;
    for n in 10..72 {
        world.open(media::LegId(n), LegKind::Phone);
        world.offer(media::LegId(n), None);
    }
    let (answer, offer) = call(&mut world, VIDEO, "");
    assert!(!offer.contains("m=video"), "{offer}");
    assert_eq!(section(&answer, "video"), ["m=video 0 RTP/AVP 96 97"]);
}
