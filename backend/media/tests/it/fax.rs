//! What is offered in the middle of a call beside the sound or instead of it: the other leg is asked first.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use media::{Happened, LegId, LegKind, What};
use shared::reason::Reason;

use crate::relay::{port, section, sound};
use crate::world::{A, B, World, rtp};

const T38: &str = "udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Two phones talk.
fn talking() -> World {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::from(sound("198.51.100.1", 4_000))));
    world.offer(B, Some(A));
    world.remote_answer(B, &sound("198.51.100.2", 5_000));
    world.answer(A, &sound("198.51.100.1", 4_000), Some(B));
    world.order(A, What::Connect(B));
    world.told();
    world
}

/// A description of these lines.
fn lines(host: &str, lines: &str) -> String {
    format!("v=0\r\no=- 1 2 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n{lines}")
}

/// One leg offers; the other is asked first and offered what is given back.
fn offers(world: &mut World, leg: LegId, other: LegId, offer: &str) -> String {
    world.order(leg, What::RemoteOffer(Bytes::from(offer.to_owned())));
    world.order(leg, What::MakeAnswer { like: Some(other) });
    assert!(world.told().iter().any(|(of, what)| *of == leg && matches!(what, Happened::PassOn)), "not passed on");
    world.offer(other, Some(leg))
}

/// The other answers, then the one that offered is answered.
fn answered(world: &mut World, leg: LegId, other: LegId, answer: &str) -> String {
    world.remote_answer(other, answer);
    world.order(leg, What::MakeAnswer { like: Some(other) });
    let told = world.told();
    let answer = told.iter().rev().find_map(|(of, what)| match what {
        Happened::Answer(answer) if *of == leg => Some(answer.clone()),
        _ => None,
    });
    String::from_utf8(answer.unwrap_or_else(|| panic!("{told:?}")).to_vec()).unwrap()
}

#[test]
fn a_call_turns_into_a_fax_and_back_however_the_phone_writes_it() {
    // T.38 in the place of the sound, and beside sound that is switched off.
    for (asks, image) in [(format!("m=image 4004 {T38}"), 0), (format!("m=audio 0 RTP/AVP 0\r\nm=image 4004 {T38}"), 1)]
    {
        let mut world = talking();
        let offer = offers(&mut world, A, B, &lines("198.51.100.1", &asks));
        assert!(offer.contains("m=audio 0 RTP/AVP 0\r\n"), "the sound is switched off: {offer}");
        assert_eq!(section(&offer, "image")[1..], ["a=T38FaxVersion:0", "a=T38FaxUdpEC:t38UDPRedundancy"]);
        let takes = format!("m=audio 0 RTP/AVP 0\r\nm=image 5004 {T38}");
        let answer = answered(&mut world, A, B, &lines("198.51.100.2", &takes));
        assert_eq!(answer.matches("m=").count(), image + 1, "{answer}");
        assert_ne!(port(section(&answer, "image")[0]), 0);
        let (a, b) =
            (world.ports[&port(section(&answer, "image")[0])], world.ports[&port(section(&offer, "image")[0])]);
        let datagram = [0, 7, 1, 0xc0, 1, 0x80, 0, 0];
        let (transmit, bytes) = world.packet(a, address("198.51.100.1:4004"), &datagram).expect("passed on");
        assert_eq!((transmit.to, &bytes[..]), (address("198.51.100.2:5004"), &datagram[..]));
        let (transmit, _) = world.packet(b, address("198.51.100.2:5004"), &datagram).expect("passed back");
        assert_eq!(transmit.to, address("198.51.100.1:4004"));
        // A minute of fax is no silence, and nobody's microphone is broken.
        world.quiet.clear();
        for _ in 0..60 {
            world.pass(Duration::from_secs(1));
            world.packet(a, address("198.51.100.1:4004"), &datagram);
        }
        assert_eq!(world.quiet, []);
        // The one that was asked asks for sound again.
        let again = lines("198.51.100.2", "m=audio 5000 RTP/AVP 0\r\nm=image 0 udptl t38\r\n");
        let offer = offers(&mut world, B, A, &again);
        let place = |kind: &str| offer.lines().filter(|line| line.starts_with("m=")).position(|l| l.starts_with(kind));
        assert_eq!((place("m=image"), place("m=audio")), (Some(image), Some(1 - image)), "{offer}");
        assert_eq!(port(section(&offer, "image")[0]), 0, "{offer}");
        assert_ne!(port(section(&offer, "audio")[0]), 0, "{offer}");
        let takes = match image {
            0 => "m=image 0 udptl t38\r\nm=audio 4000 RTP/AVP 0\r\n",
            _ => "m=audio 4000 RTP/AVP 0\r\nm=image 0 udptl t38\r\n",
        };
        let answer = answered(&mut world, B, A, &lines("198.51.100.1", takes));
        let (a, b) =
            (world.ports[&port(section(&offer, "audio")[0])], world.ports[&port(section(&answer, "audio")[0])]);
        let (transmit, _) = world.packet(b, address("198.51.100.2:5000"), &rtp(0, 1, 2, 3, &[4; 160])).expect("sound");
        assert_eq!((transmit.socket, transmit.to), (a, address("198.51.100.1:4000")));
        for leg in [A, B] {
            world.order(leg, What::Close);
        }
        assert_eq!(world.released.len(), 8, "every port is given back");
    }
}

#[test]
fn a_fax_that_the_other_does_not_take_is_refused_and_the_sound_goes_on() {
    let mut world = talking();
    offers(&mut world, A, B, &lines("198.51.100.1", &format!("m=image 4004 {T38}")));
    world.order(
        B,
        What::RemoteAnswer(Bytes::from(lines("198.51.100.2", "m=audio 0 RTP/AVP 0\r\nm=image 0 udptl t38\r\n"))),
    );
    world.order(A, What::MakeAnswer { like: Some(B) });
    let refused: Vec<_> = world
        .told()
        .into_iter()
        .filter_map(|(leg, what)| match what {
            Happened::Rejected { reason, .. } => Some((leg, reason)),
            _ => None,
        })
        .collect();
    assert_eq!(refused, [(B, Reason::FaxRefused), (A, Reason::FaxRefused)]);
    // A hold after it is answered as ever, at the same port and without asking the other.
    let again = world.answer(A, &(sound("198.51.100.1", 4_000) + "a=sendonly\r\n"), Some(B));
    assert!(again.contains("m=audio 20") && !again.contains("m=image"), "{again}");
}

#[test]
fn video_that_is_added_in_the_call_is_offered_to_the_other() {
    let mut world = talking();
    let video = "m=video 4002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n";
    let offer = offers(&mut world, A, B, &(sound("198.51.100.1", 4_000) + video));
    let takes = sound("198.51.100.2", 5_000) + "m=video 5002 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n";
    let answer = answered(&mut world, A, B, &takes);
    let b = world.ports[&port(section(&offer, "video")[0])];
    let (transmit, _) = world.packet(b, address("198.51.100.2:5002"), &rtp(97, 1, 2, 3, &[4; 900])).expect("passed");
    assert_eq!(transmit.to, address("198.51.100.1:4002"));
    assert_eq!(transmit.socket, world.ports[&port(section(&answer, "video")[0])]);
    // The same offer again asks nobody; one without video does.
    world.answer(A, &(sound("198.51.100.1", 4_000) + video), Some(B));
    let offer = offers(&mut world, A, B, &(sound("198.51.100.1", 4_000) + "m=video 0 RTP/AVP 97\r\n"));
    assert_eq!(port(section(&offer, "video")[0]), 0, "{offer}");
}
