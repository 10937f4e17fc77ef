//! S2: descriptions that were made to break readers: each limit at its edge and one above, and numbers out of this world.

use bytes::Bytes;
use media::{Happened, LegKind, What};

use crate::world::{A, World};

const HEAD: &str = "v=0\r\no=x 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";
const AUDIO: &str = "m=audio 4000 RTP/AVP 0\r\n";

/// The answer to it, or why there is none.
fn answer(offer: &str) -> Result<String, String> {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::copy_from_slice(offer.as_bytes())));
    world.order(A, What::MakeAnswer { like: None });
    let told = world.told();
    world.order(A, What::Close);
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None));
    told.into_iter()
        .find_map(|(_, happened)| match happened {
            Happened::Answer(text) => Some(Ok(String::from_utf8(text.to_vec()).unwrap())),
            Happened::Rejected { value, .. } => Some(Err(value)),
            _ => None,
        })
        .expect("an answer, or why there is none")
}

#[test]
fn s2_sixteen_media_lines_are_answered_line_by_line_and_no_more() {
    let lines = |count: usize| format!("{HEAD}{}", AUDIO.repeat(count));
    let text = answer(&lines(16)).unwrap();
    assert_eq!(text.matches("m=audio ").count(), 16);
    assert_eq!(text.matches("m=audio 0 ").count(), 15, "one stream is taken, the others are refused: {text}");
    for count in [17, 600] {
        assert_eq!(answer(&lines(count)).unwrap_err(), "more than 16 media lines");
    }
}

#[test]
fn s2_fifteen_hundred_media_lines_are_too_many_bytes() {
    let text = format!("{HEAD}{}", AUDIO.repeat(1_500));
    assert_eq!(answer(&text).unwrap_err(), format!("{} bytes", text.len()));
}

#[test]
fn s2_a_description_may_be_16384_bytes() {
    let text = |bytes: usize| {
        let start = format!("{HEAD}{AUDIO}a=x:");
        format!("{start}{}", "y".repeat(bytes - start.len()))
    };
    assert!(answer(&text(16_384)).is_ok());
    assert_eq!(answer(&text(16_385)).unwrap_err(), "16385 bytes");
}

#[test]
fn s2_a_media_line_may_have_64_formats() {
    let text = |count: usize| format!("{HEAD}m=audio 4000 RTP/AVP{}\r\n", " 0".repeat(count));
    assert!(answer(&text(64)).is_ok());
    assert_eq!(answer(&text(65)).unwrap_err(), "more than 64 formats");
}

#[test]
fn s2_absurd_ports_are_lines_that_cannot_be_used() {
    for port in ["0", "-1", "65536", "99999999999999999999", "", "x", "4000.5", "0x1000"] {
        let alone = format!("{HEAD}m=audio {port} RTP/AVP 0\r\n");
        assert!(answer(&alone).is_err(), "{port}");
        let text = answer(&format!("{alone}{AUDIO}")).unwrap();
        assert!(text.contains("m=audio 0 "), "the sound one behind it is taken: {text}");
    }
    assert!(answer(&format!("{HEAD}m=audio 65535/99999999999999999999 RTP/AVP 0\r\n")).is_ok());
    assert!(answer(&format!("{HEAD}{AUDIO}a=rtcp:65536\r\na=rtcp:-1\r\na=ptime:99999999999\r\n")).is_ok());
}

#[test]
fn s2_candidates_keys_fingerprints_and_fax_without_end_are_read_over() {
    let ice = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n";
    let print = format!("a=fingerprint:sha-256 {}\r\n", ["AB"; 32].join(":"));
    let candidates = "a=candidate:1 1 udp 4294967296 198.51.100.1 99999 typ host\r\n".repeat(150);
    let browser = format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{ice}{print}{candidates}a=candidate:\r\n");
    assert!(answer(&browser).unwrap().contains("a=fingerprint:sha-256 "));
    for broken in [
        "a=fingerprint:\r\n",
        "a=fingerprint:sha-256\r\n",
        "a=fingerprint:sha-256 XY:ZZ\r\n",
        "a=fingerprint:sha-256 :\r\n",
    ] {
        assert!(answer(&format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{ice}{broken}")).is_err(), "{broken}");
    }
    let long = format!("a=fingerprint:sha-512 {}\r\n", vec!["00"; 3_000].join(":"));
    assert!(answer(&format!("{HEAD}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n{ice}{long}")).is_err(), "longer than any hash");
    let keys = "a=crypto:99999999999 AES_CM_128_HMAC_SHA1_80 inline:|||:\r\n".repeat(100);
    assert!(answer(&format!("{HEAD}m=audio 4000 RTP/SAVP 0\r\n{keys}")).is_err(), "no key among them");
    assert!(answer(&format!("{HEAD}{AUDIO}{keys}")).is_ok());
    let fax = "m=image 4000 udptl t38\r\na=T38FaxMaxBuffer:99999999999999999999\r\na=T38FaxMaxDatagram:-1\r\n";
    assert!(answer(&format!("{HEAD}{fax}")).is_err());
    let text = answer(&format!("{HEAD}{fax}{AUDIO}")).unwrap();
    assert!(text.contains("m=image 0 udptl t38\r\n"), "{text}");
}

#[test]
fn s2_what_the_peer_wrote_adds_no_line_to_our_answer() {
    for evil in ["\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\0"] {
        let offer = format!(
            "{HEAD}m=video{evil}a=evil 4000 RTP/AVP{evil}a=evil 96{evil}a=evil\r\n{AUDIO}a=mid:0{evil}a=evil\r\n"
        );
        let Ok(text) = answer(&offer) else { continue };
        assert!(!text.lines().any(|line| line.starts_with("a=evil")), "{text:?}");
    }
}
