//! A browser's leg: checks, handshake, protected media, and those who pretend.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use media::{CodecPair, Happened, Input, LegId, LegKind, SocketId, What};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile;
use shared::reason::Reason;

use crate::peer::Browser;
use crate::world::{A, B, C, World, phone, read_rtp, rtp};

const PHONE: &str = "198.51.100.2:5000";
const CHROMIUM: [&str; 5] =
    ["111 opus/48000/2", "0 PCMU/8000", "8 PCMA/8000", "110 telephone-event/48000", "126 telephone-event/8000"];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A browser (leg `A`, opened as a phone) has called a phone (leg `B`); both talk. Gives the phone's socket.
fn call(world: &mut World, browser: &mut Browser) -> SocketId {
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::from(browser.description("actpass", &CHROMIUM))));
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &["0 PCMU/8000", "101 telephone-event/8000"]));
    world.order(A, What::Connect(B));
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), Some(B));
    browser.take(&answer);
    assert!(browser.check(world, false));
    assert!(browser.check(world, true));
    browser.prepare(world, true);
    browser.shake(world, &[]);
    assert!(world.packet(world.ports[&20_000], address(PHONE), &rtp(0, 1, 1, 9, &[1])).is_some());
    let _ = offer;
    world.ports[&20_000]
}

#[test]
fn a_browser_that_calls_is_answered_secured_and_heard() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000").without_gcm();
    let phone_socket = call(&mut world, &mut browser);
    let told = world.told();
    assert!(told.iter().any(|(leg, what)| *leg == A && matches!(what, Happened::Secured)), "{told:?}");
    assert!(
        told.iter().any(|(_, what)| matches!(what, Happened::Connected(CodecPair::Passed(codec)) if codec == "PCMU"))
    );
    assert_eq!(browser.profile, Some(SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_80));

    let mut last = None;
    for n in 0..50u16 {
        let plain = rtp(0, 65_530u16.wrapping_add(n), 160 * u32::from(n), 0xdead_beef, &[n as u8; 160]);
        let sealed = browser.encrypt(&plain);
        let (transmit, bytes) = world.packet(SocketId::BROWSERS, browser.address, &sealed).expect("passed on");
        assert_eq!((transmit.socket, transmit.to), (phone_socket, address(PHONE)));
        let sent = read_rtp(&bytes);
        assert_eq!((sent.payload_type, sent.payload.clone()), (0, vec![n as u8; 160]));
        if let Some(last) = last {
            assert_eq!(sent.sequence.wrapping_sub(last), 1);
        }
        last = Some(sent.sequence);

        let back = rtp(0, n + 2, 160 * u32::from(n), 9, &[0x33; 160]);
        let (transmit, bytes) = world.packet(phone_socket, address(PHONE), &back).expect("passed back");
        assert_eq!((transmit.socket, transmit.to), (SocketId::BROWSERS, browser.address));
        let opened = read_rtp(&browser.decrypt(&bytes));
        assert_eq!((opened.payload_type, opened.payload), (0, vec![0x33; 160]));
        world.now.0 += 20_000;
    }
    world.told();
    let event = browser.encrypt(&rtp(126, 100, 9_000, 0xdead_beef, &[3, 10, 0, 160]));
    let (_, bytes) = world.packet(SocketId::BROWSERS, browser.address, &event).unwrap();
    assert_eq!(read_rtp(&bytes).payload_type, 101);
    assert!(matches!(world.told()[..], [(A, Happened::Digit('3'))]));

    world.order(A, What::Close);
    world.order(B, What::Close);
    let told = world.told();
    assert!(
        matches!(&told[0], (A, Happened::Closed(quality)) if quality.packets_received == 51 && quality.packets_lost < 100),
        "{told:?}"
    );
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None));
    assert!(!browser.check(&mut world, true), "nothing of the leg is left");
}

#[test]
fn a_secured_leg_says_nothing_to_a_hello_that_is_meant_for_another() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    call(&mut world, &mut browser);
    world.sent.clear();
    let mut again = Browser::new("203.0.113.1:60000");
    again.prepare(&world, true);
    for hello in again.flight() {
        assert_eq!(world.packet(again.socket, again.address, &hello), None);
    }
    assert!(world.sent.is_empty(), "an answer, even an alert, would end the new association");
    let sealed = browser.encrypt(&rtp(0, 1, 160, 0xdead_beef, &[1; 160]));
    assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_some(), "and the leg goes on");
}

#[test]
fn the_answer_to_a_browser_has_what_it_needs() {
    let mut world = World::new();
    let browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), None);
    for line in [
        "a=ice-lite",
        "a=group:BUNDLE 0",
        "a=mid:0",
        "a=setup:passive",
        "a=rtcp-mux",
        "m=audio 40000 UDP/TLS/RTP/SAVPF 111 110",
        "a=candidate:1 1 udp 2130706431 192.0.2.10 40000 typ host",
        "a=candidate:2 1 udp 2130706175 127.0.0.1 40000 typ host",
        "a=candidate:3 1 tcp 2124414975 192.0.2.10 40000 typ host tcptype passive",
        "a=candidate:4 1 tcp 2124414719 127.0.0.1 40000 typ host tcptype passive",
        "a=end-of-candidates",
        "a=rtpmap:111 opus/48000/2",
    ] {
        assert!(answer.lines().any(|own| own == line), "{line} is not in {answer}");
    }
    assert!(!answer.contains("maxplaybackrate"));
}

// covers: WIZ-08
#[test]
fn wiz_08_a_browser_is_offered_the_address_of_its_side_first_and_then_the_others() {
    let mut world = World::new();
    let addresses = ["203.0.113.5", "10.0.0.5", "127.0.0.1"].map(|text| text.parse::<IpAddr>().unwrap());
    world.engine.handle_input(world.now, Input::Addresses(addresses[0], addresses.to_vec()));
    let candidates = |described: &str| -> Vec<String> {
        let udp = described.lines().filter(|line| line.starts_with("a=candidate:") && line.contains(" udp "));
        udp.map(|line| line.split(' ').nth(4).unwrap().to_owned()).collect()
    };
    for (leg, told, first) in [(A, Some(addresses[1]), "10.0.0.5"), (B, None, "203.0.113.5")] {
        world.order(leg, What::Open { kind: LegKind::Browser, address: told });
        let offer = world.offer(leg, None);
        assert!(offer.contains(&format!("c=IN IP4 {first}\r\n")), "{offer}");
        let found = candidates(&offer);
        assert_eq!(found[0], first);
        assert_eq!(found.len(), 3, "{found:?}");
    }
    // A browser that comes by IPv6 is offered what there is.
    world.order(C, What::Open { kind: LegKind::Browser, address: Some("2001:db8::5".parse().unwrap()) });
    let offer = world.offer(C, None);
    assert!(offer.contains("c=IN IP4 203.0.113.5\r\n") && !offer.contains("IP6"), "{offer}");
    // A phone is.
    world.order(LegId(9), What::Open { kind: LegKind::Phone, address: Some("2001:db8::5".parse().unwrap()) });
    let offer = world.offer(LegId(9), None);
    assert!(offer.contains("c=IN IP6 2001:db8::5\r\n"), "{offer}");
}

#[test]
fn a_browser_that_is_called_answers_as_the_active_side() {
    for (setup, client) in [("active", true), ("passive", false)] {
        let mut world = World::new();
        let mut browser = Browser::new("203.0.113.1:60000");
        world.open(A, LegKind::Browser);
        let offer = world.offer(A, None);
        assert!(offer.contains("a=setup:actpass\r\n"), "{offer}");
        assert!(offer.contains("m=audio 40000 UDP/TLS/RTP/SAVPF 0 8 111 101 110\r\n"), "{offer}");
        browser.take(&offer);
        // Checks come before the answer does.
        assert!(browser.check(&mut world, true));
        browser.prepare(&world, client);
        world.remote_answer(A, &browser.description(setup, &["0 PCMU/8000"]));
        assert!(browser.check(&mut world, true));
        browser.shake(&mut world, &[]);
        assert!(world.told().iter().any(|(_, what)| matches!(what, Happened::Secured)), "{setup}");
        assert_eq!(browser.profile, Some(SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm));
    }
}

/// A browser that is moved from one leg to another must see by the fingerprint that it has to shake hands again.
#[test]
fn a_leg_with_a_certificate_of_its_own_shows_it_and_shakes_hands_with_it() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    let fingerprint = |offer: &str| offer.lines().find(|line| line.starts_with("a=fingerprint:")).unwrap().to_owned();
    let mut shown = Vec::new();
    for leg in [A, B, C] {
        world.open(leg, LegKind::Browser);
        if leg == C {
            world.order(leg, What::OwnCertificate);
        }
        let offer = world.offer(leg, None);
        shown.push(fingerprint(&offer));
        browser.take(&offer);
    }
    assert_eq!(shown[0], shown[1], "the engine's");
    assert_ne!(shown[0], shown[2]);
    browser.prepare(&world, true);
    world.remote_answer(C, &browser.description("active", &["0 PCMU/8000"]));
    assert!(browser.check(&mut world, true));
    browser.shake(&mut world, &[]);
    assert!(world.told().iter().any(|(leg, what)| *leg == C && matches!(what, Happened::Secured)));
}

#[test]
fn a_lost_flight_is_repeated_by_the_clock() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), None);
    browser.take(&answer);
    browser.check(&mut world, true);
    browser.prepare(&world, true);
    browser.shake(&mut world, &[3]);
    assert!(browser.contexts.is_none());
    for _ in 0..5 {
        world.pass(Duration::from_secs(1));
        browser.wake(&world);
        browser.shake(&mut world, &[]);
    }
    assert!(browser.contexts.is_some());
    assert!(world.told().iter().any(|(_, what)| matches!(what, Happened::Secured)));
}

#[test]
fn a_hello_in_fragments_is_put_together() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    // Chromium's hello has 1,413 bytes; the peer of this test has a shorter one and shorter datagrams.
    browser.mtu = 80;
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), None);
    browser.take(&answer);
    browser.check(&mut world, true);
    browser.prepare(&world, true);
    browser.shake(&mut world, &[]);
    assert!(browser.contexts.is_some());
}

#[test]
fn a_check_with_a_wrong_signature_or_name_is_ignored() {
    // covers: S13
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), None);
    browser.take(&answer);
    let wrong = browser.check_with("not-the-password-of-the-leg", true);
    assert_eq!(world.packet(SocketId::BROWSERS, browser.address, &wrong), None);
    let mut stranger = Browser::new("203.0.113.1:60001");
    stranger.ufrag = "someone".into();
    stranger.take(&answer);
    assert!(!stranger.check(&mut world, true), "the peer's own name is another");
    // Nothing was learned from it: the handshake is not spoken to either.
    browser.prepare(&world, true);
    browser.shake(&mut world, &[]);
    assert!(world.sent.is_empty() && browser.contexts.is_none());
}

#[test]
fn s14_a_hello_from_an_address_that_was_never_checked_ends_nothing() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    let phone_socket = call(&mut world, &mut browser);
    let mut other = Browser::new("203.0.113.66:1");
    other.prepare(&world, true);
    other.shake(&mut world, &[]);
    assert!(other.contexts.is_none());
    // A hello of its own from the right address, as a forger would send it, ends nothing either.
    other.address = browser.address;
    other.prepare(&world, true);
    other.shake(&mut world, &[]);
    let sealed = browser.encrypt(&rtp(0, 1, 1, 5, &[1; 160]));
    assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_some());
    assert!(world.packet(phone_socket, address(PHONE), &rtp(0, 2, 1, 9, &[1])).is_some());
}

#[test]
fn s14_a_broken_hello_before_the_real_one_spoils_nothing() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), None);
    browser.take(&answer);
    browser.check(&mut world, true);
    // A hello that offers only the null cipher, as in CVE-2023-49786.
    let body = [[0xfe, 0xfd].as_slice(), &[1; 32], &[0], &[0], &[0, 2, 0, 0], &[1, 0], &[0, 0]].concat();
    let mut hello = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, body.len() as u8 + 12];
    hello.extend([1, 0, 0, body.len() as u8, 0, 0, 0, 0, 0, 0, 0, body.len() as u8]);
    hello.extend(&body);
    for _ in 0..3 {
        world.packet(SocketId::BROWSERS, browser.address, &hello);
    }
    world.sent.clear();
    browser.prepare(&world, true);
    browser.shake(&mut world, &[]);
    assert!(browser.contexts.is_some());
}

#[test]
fn a_certificate_other_than_the_one_signalled_gets_no_keys() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), None);
    browser.take(&answer);
    browser.check(&mut world, true);
    browser.certificate = Browser::new("1.2.3.4:5").certificate;
    browser.prepare(&world, true);
    browser.shake(&mut world, &[]);
    assert!(!world.told().iter().any(|(_, what)| matches!(what, Happened::Secured)));
}

/// A browser (leg `A`) is connected with a phone by signalling, does what `attempt` does, and is not heard.
fn unheard(attempt: impl FnOnce(&mut World, &mut Browser)) -> Vec<(LegId, Option<Reason>)> {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::from(browser.description("actpass", &CHROMIUM))));
    world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &["0 PCMU/8000"]));
    world.order(A, What::Connect(B));
    let answer = world.answer(A, &browser.description("actpass", &CHROMIUM), Some(B));
    browser.take(&answer);
    attempt(&mut world, &mut browser);
    world.pass(Duration::from_secs(4));
    world.obstacles.into_iter().filter(|(leg, _)| *leg == A).collect()
}

// covers: LOG-04
#[test]
fn log_04_what_stands_in_the_way_of_a_browser_that_is_not_heard_is_told() {
    assert_eq!(unheard(|_, _| {}), [(A, Some(Reason::IceNoPath))], "no check has come");
    let checked = |world: &mut World, browser: &mut Browser| assert!(browser.check(world, true));
    assert_eq!(unheard(checked), [(A, Some(Reason::DtlsNotAgreed))], "no handshake has come");
    let stranger = |world: &mut World, browser: &mut Browser| {
        checked(world, browser);
        browser.certificate = Browser::new("1.2.3.4:5").certificate;
        browser.prepare(world, true);
        browser.shake(world, &[]);
    };
    assert_eq!(unheard(stranger), [(A, Some(Reason::DtlsCertificateForeign))]);
    let mute = |world: &mut World, browser: &mut Browser| {
        checked(world, browser);
        browser.prepare(world, true);
        browser.shake(world, &[]);
    };
    assert_eq!(unheard(mute), [(A, None)], "its way stands: its microphone is off");
    let gone = |world: &mut World, browser: &mut Browser| {
        mute(world, browser);
        world.pass(Duration::from_secs(40));
    };
    assert_eq!(unheard(gone), [(A, None), (A, Some(Reason::IceConsentLost))], "it was quiet, then it was gone");
}

#[test]
fn s15_forged_repeated_and_foreign_packets_are_dropped_and_the_call_goes_on() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    call(&mut world, &mut browser);
    let sealed = browser.encrypt(&rtp(0, 1, 1, 5, &[1; 160]));
    for ssrc in 0..1_000u32 {
        let mut forged = sealed.clone();
        forged[8..12].copy_from_slice(&(ssrc + 100).to_be_bytes());
        assert!(world.packet(SocketId::BROWSERS, browser.address, &forged).is_none());
    }
    let mut broken = sealed.clone();
    *broken.last_mut().unwrap() ^= 1;
    assert!(world.packet(SocketId::BROWSERS, browser.address, &broken).is_none());
    assert!(world.packet(SocketId::BROWSERS, address("203.0.113.66:1"), &sealed).is_none());
    assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_some());
    assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_none(), "a repeat");
    // Forgeries have used up none of the four sources.
    for ssrc in 6..9 {
        let sealed = browser.encrypt(&rtp(0, 1, 1, ssrc, &[1; 160]));
        assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_some());
    }
    let fifth = browser.encrypt(&rtp(0, 1, 1, 9, &[1; 160]));
    assert!(world.packet(SocketId::BROWSERS, browser.address, &fifth).is_none());
}

#[test]
fn a_browser_that_changes_its_network_is_followed() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    let phone_socket = call(&mut world, &mut browser);
    browser.address = address("198.18.0.1:9999");
    let sealed = browser.encrypt(&rtp(0, 1, 1, 5, &[1; 160]));
    assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_none(), "it has not proved itself");
    assert!(browser.check(&mut world, false));
    assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_some());
    let (transmit, bytes) = world.packet(phone_socket, address(PHONE), &rtp(0, 1, 1, 9, &[7; 10])).unwrap();
    assert_ne!(transmit.to, browser.address, "not nominated yet");
    browser.decrypt(&bytes);
    assert!(browser.check(&mut world, true));
    let (transmit, bytes) = world.packet(phone_socket, address(PHONE), &rtp(0, 2, 1, 9, &[7; 10])).unwrap();
    assert_eq!(transmit.to, browser.address);
    assert_eq!(read_rtp(&browser.decrypt(&bytes)).payload, [7; 10]);
}

#[test]
fn a_browser_without_udp_talks_over_a_stream_and_may_change_to_another() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    browser.socket = SocketId(SocketId::STREAMS_FIRST + 7);
    let phone_socket = call(&mut world, &mut browser);
    let (transmit, bytes) = world.packet(phone_socket, address(PHONE), &rtp(0, 2, 1, 9, &[7; 10])).unwrap();
    assert_eq!((transmit.socket, transmit.to), (browser.socket, browser.address));
    assert_eq!(read_rtp(&browser.decrypt(&bytes)).payload, [7; 10]);
    let sealed = browser.encrypt(&rtp(0, 1, 1, 5, &[1; 160]));
    assert!(world.packet(SocketId::BROWSERS, browser.address, &sealed).is_none(), "UDP of the same address is another");
    assert!(world.packet(SocketId(browser.socket.0 + 1), browser.address, &sealed).is_none(), "so is another stream");
    assert!(world.packet(browser.socket, browser.address, &sealed).is_some());
    browser.socket = SocketId(SocketId::STREAMS_FIRST + 8);
    assert!(browser.check(&mut world, true));
    let (transmit, _) = world.packet(phone_socket, address(PHONE), &rtp(0, 3, 1, 9, &[7; 10])).unwrap();
    assert_eq!(transmit.socket, browser.socket);
    world.order(A, What::Close);
    assert!(!browser.check(&mut world, true));
}

#[test]
fn a_restart_of_ice_gets_new_credentials_and_keeps_the_keys() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    let phone_socket = call(&mut world, &mut browser);
    let before = world.answer(A, &browser.description("actpass", &CHROMIUM), Some(B));
    browser.ufrag = "restarted".into();
    browser.pwd = "another-password-of-the-peer".into();
    let after = world.answer(A, &browser.description("actpass", &CHROMIUM), Some(B));
    let line = |text: &str, name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    for name in ["a=ice-ufrag:", "a=ice-pwd:"] {
        assert_ne!(line(&before, name), line(&after, name));
    }
    assert_eq!(line(&before, "a=fingerprint:"), line(&after, "a=fingerprint:"));
    assert!(world.packet(phone_socket, address(PHONE), &rtp(0, 2, 1, 9, &[7; 10])).is_some(), "media meanwhile");
    browser.take(&after);
    browser.address = address("198.18.0.1:9999");
    assert!(browser.check(&mut world, true));
    let (transmit, bytes) = world.packet(phone_socket, address(PHONE), &rtp(0, 3, 1, 9, &[7; 10])).unwrap();
    assert_eq!(transmit.to, browser.address);
    assert_eq!(read_rtp(&browser.decrypt(&bytes)).payload, [7; 10]);
    browser.take(&before);
    assert!(!browser.check(&mut world, true), "the old credentials have ended");
}

#[test]
fn a_new_certificate_begins_a_new_handshake() {
    let mut world = World::new();
    let mut first = Browser::new("203.0.113.1:60000");
    let phone_socket = call(&mut world, &mut first);
    world.told();
    // The page was loaded again and offers itself for the same leg.
    let mut second = Browser::new("203.0.113.1:60001");
    second.ufrag = "reloaded".into();
    let answer = world.answer(A, &second.description("actpass", &CHROMIUM), Some(B));
    second.take(&answer);
    assert!(second.check(&mut world, true));
    second.prepare(&world, true);
    second.shake(&mut world, &[]);
    assert!(world.told().iter().any(|(_, what)| matches!(what, Happened::Secured)));
    let (transmit, bytes) = world.packet(phone_socket, address(PHONE), &rtp(0, 3, 1, 9, &[7; 10])).unwrap();
    assert_eq!(transmit.to, second.address);
    assert_eq!(read_rtp(&second.decrypt(&bytes)).payload, [7; 10]);
}

#[test]
fn without_consent_nothing_is_sent() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    let phone_socket = call(&mut world, &mut browser);
    world.pass(Duration::from_secs(29));
    assert!(world.packet(phone_socket, address(PHONE), &rtp(0, 2, 1, 9, &[1])).is_some());
    world.pass(Duration::from_secs(2));
    assert!(world.packet(phone_socket, address(PHONE), &rtp(0, 3, 1, 9, &[1])).is_none());
    assert!(browser.check(&mut world, true));
    assert!(world.packet(phone_socket, address(PHONE), &rtp(0, 4, 1, 9, &[1])).is_some());
}

#[test]
fn a_browser_leg_needs_ice_and_a_fingerprint() {
    let mut world = World::new();
    world.open(A, LegKind::Browser);
    world.offer(A, None);
    world.remote_answer(A, &phone("198.51.100.2", 5_000, &["0 PCMU/8000"]));
    let told = world.told();
    assert!(matches!(told.last(), Some((A, Happened::Rejected { reason: Reason::MediaBrowserLacks, .. }))), "{told:?}");
}
