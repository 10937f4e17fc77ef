//! Phones with keys in their descriptions (SDES): agreed, changed, forged, and bridged with everybody.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use media::{Happened, LegId, LegKind, Protection, SocketId, Transmit, What};
use rtc_dtls::crypto_provider::RTCCryptoProvider;
use rtc_dtls::crypto_provider::providers::RingProvider;
use rtc_srtp::context::Context;
use rtc_srtp::protection_profile::ProtectionProfile;
use shared::reason::Reason;

use crate::peer::Browser;
use crate::world::{A, B, World, phone, read_rtp, rtp};

const ALICE: &str = "198.51.100.1:4000";
const BOB: &str = "198.51.100.2:5000";
const SUITES: [(&str, usize, ProtectionProfile); 3] = [
    ("AES_CM_128_HMAC_SHA1_80", 30, ProtectionProfile::Aes128CmHmacSha1_80),
    ("AES_CM_128_HMAC_SHA1_32", 30, ProtectionProfile::Aes128CmHmacSha1_32),
    ("AEAD_AES_128_GCM", 28, ProtectionProfile::AeadAes128Gcm),
];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A phone with a key.
struct Keyed {
    host: &'static str,
    port: u16,
    suite: usize,
    key: Vec<u8>,
    out: Context,
    back: Option<Context>,
}

impl Keyed {
    fn new(address: &'static str, suite: usize, seed: u8) -> Self {
        let (host, port) = address.split_once(':').unwrap();
        let key = vec![seed; SUITES[suite].1];
        let out = context(suite, &key);
        Self { host, port: port.parse().unwrap(), suite, key, out, back: None }
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host.parse().unwrap(), self.port)
    }

    /// Its description, with a line before its own that nobody can use.
    fn description(&self, protocol: &str, tag: u32) -> String {
        let line = format!("a=crypto:{tag} {} inline:{}\r\n", SUITES[self.suite].0, STANDARD.encode(&self.key));
        let text = phone(self.host, self.port, &["0 PCMU/8000"]).replace("RTP/AVP", protocol);
        format!("{text}a=crypto:{} F8_128_HMAC_SHA1_80 inline:none\r\n{line}", tag + 1)
    }

    /// Takes the one key of a description that has its suite.
    fn take(&mut self, description: &str) -> u32 {
        let (tag, key) = keys(description)
            .into_iter()
            .find(|(_, suite, _)| *suite == SUITES[self.suite].0)
            .map(|(tag, _, key)| (tag, key))
            .unwrap_or_else(|| panic!("{description}"));
        self.back = Some(context(self.suite, &key));
        tag
    }

    fn says(&mut self, world: &mut World, socket: SocketId, sequence: u16) -> Option<(Transmit, Vec<u8>)> {
        let sealed = self.out.encrypt_rtp(&rtp(0, sequence, 160, 11, &[0x41; 160])).unwrap();
        world.packet(socket, self.address(), &sealed)
    }

    fn hears(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        assert!(!bytes.windows(8).any(|window| window == [0x42; 8]), "in the open");
        Some(read_rtp(&self.back.as_mut().unwrap().decrypt_rtp(bytes).ok()?).payload)
    }
}

fn context(suite: usize, key: &[u8]) -> Context {
    Context::new(&key[..16], &key[16..], SUITES[suite].2, None, None, RingProvider::new().crypto()).unwrap()
}

/// Tags, suites and keys of a description.
fn keys(description: &str) -> Vec<(u32, String, Vec<u8>)> {
    let lines = description.lines().filter_map(|line| line.strip_prefix("a=crypto:"));
    lines
        .map(|line| {
            let words: Vec<_> = line.split(' ').collect();
            let key = STANDARD.decode(words[2].strip_prefix("inline:").unwrap()).unwrap();
            (words[0].parse().unwrap(), words[1].to_owned(), key)
        })
        .collect()
}

/// Alice, with keys, has called Bob, a plain phone. Their sockets.
fn call(world: &mut World, alice: &mut Keyed, protocol: &str) -> (SocketId, SocketId) {
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::from(alice.description(protocol, 3))));
    let offer = world.offer(B, Some(A));
    assert!(!offer.contains("a=crypto"), "Bob was not asked: {offer}");
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &["0 PCMU/8000"]));
    let answer = world.answer(A, &alice.description(protocol, 3), Some(B));
    assert!(answer.contains(&format!(" {protocol} 0\r\n")), "{answer}");
    assert_eq!(keys(&answer).len(), 1);
    assert_eq!(alice.take(&answer), 3);
    world.order(A, What::Connect(B));
    (world.socket(&answer), world.socket(&offer))
}

fn both_ways(world: &mut World, alice: &mut Keyed, sockets: (SocketId, SocketId), sequence: u16) {
    let (transmit, bytes) = alice.says(world, sockets.0, sequence).expect("passed on");
    assert_eq!(transmit, Transmit { socket: sockets.1, to: address(BOB) });
    assert_eq!(read_rtp(&bytes).payload, [0x41; 160]);
    let (transmit, bytes) = world.packet(sockets.1, address(BOB), &rtp(0, sequence, 1, 12, &[0x42; 160])).unwrap();
    assert_eq!(transmit, Transmit { socket: sockets.0, to: alice.address() });
    assert_eq!(alice.hears(&bytes).as_deref(), Some(&[0x42; 160][..]));
}

#[test]
fn a_phone_that_offers_a_key_is_protected_and_the_other_need_not_be() {
    for suite in 0..SUITES.len() {
        for protocol in ["RTP/SAVP", "RTP/AVP"] {
            let mut world = World::new();
            let mut alice = Keyed::new(ALICE, suite, 7);
            let sockets = call(&mut world, &mut alice, protocol);
            for n in 0..20 {
                both_ways(&mut world, &mut alice, sockets, 65_530u16.wrapping_add(n));
            }
            assert_eq!(world.engine.unproved(A), Some(0));
        }
    }
}

#[test]
fn two_phones_with_keys_of_different_suites_hear_each_other() {
    let mut world = World::new();
    let (mut alice, mut bob) = (Keyed::new(ALICE, 0, 1), Keyed::new(BOB, 2, 2));
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(B, What::Protect(Protection::Required));
    let offer = world.offer(B, None);
    assert!(offer.contains(" RTP/SAVP 0 8"), "{offer}");
    let tag = bob.take(&offer);
    world.remote_answer(B, &bob.description("RTP/SAVP", tag));
    let answer = world.answer(A, &alice.description("RTP/SAVP", 1), Some(B));
    alice.take(&answer);
    world.order(A, What::Connect(B));
    let (a, b) = (world.socket(&answer), world.socket(&offer));
    let (_, bytes) = alice.says(&mut world, a, 1).unwrap();
    assert_eq!(bob.hears(&bytes).as_deref(), Some(&[0x41; 160][..]));
    let (_, bytes) = bob.says(&mut world, b, 1).unwrap();
    assert_eq!(alice.hears(&bytes).as_deref(), Some(&[0x41; 160][..]));
}

#[test]
fn a_phone_with_a_key_and_a_browser_hear_each_other() {
    let mut world = World::new();
    let mut alice = Keyed::new(ALICE, 0, 1);
    let mut browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Browser);
    let offer = world.offer(B, None);
    assert!(!offer.contains("a=crypto"), "{offer}");
    browser.take(&offer);
    world.remote_answer(B, &browser.description("active", &["0 PCMU/8000"]));
    assert!(browser.check(&mut world, true));
    browser.prepare(&world, true);
    browser.shake(&mut world, &[]);
    let answer = world.answer(A, &alice.description("RTP/SAVP", 1), Some(B));
    alice.take(&answer);
    world.order(A, What::Connect(B));
    let socket = world.socket(&answer);
    let (transmit, bytes) = alice.says(&mut world, socket, 1).unwrap();
    assert_eq!(transmit.to, browser.address);
    assert_eq!(read_rtp(&browser.decrypt(&bytes)).payload, [0x41; 160]);
    let sealed = browser.encrypt(&rtp(0, 1, 1, 5, &[0x42; 160]));
    let (_, bytes) = world.packet(SocketId::BROWSERS, browser.address, &sealed).unwrap();
    assert_eq!(alice.hears(&bytes).as_deref(), Some(&[0x42; 160][..]));
}

#[test]
fn a_phone_that_may_use_keys_is_asked_and_may_go_without() {
    for with_key in [true, false] {
        let mut world = World::new();
        let mut bob = Keyed::new(BOB, 1, 9);
        world.open(B, LegKind::Phone);
        world.order(B, What::Protect(Protection::Optional));
        let offer = world.offer(B, None);
        assert!(offer.contains(" RTP/AVP 0 8"), "{offer}");
        assert_eq!(keys(&offer).len(), 3);
        let tag = bob.take(&offer);
        let plain = phone("198.51.100.2", 5_000, &["0 PCMU/8000"]);
        world.remote_answer(B, if with_key { bob.description("RTP/AVP", tag) } else { plain }.as_str());
        let told = world.told();
        assert!(matches!(told.last(), Some((B, Happened::Ready { .. }))), "{told:?}");
        let socket = world.socket(&offer);
        assert_eq!(world.packet(socket, address(BOB), &rtp(0, 1, 1, 12, &[1; 160])), None, "nobody hears it");
        assert_eq!(world.engine.unproved(B), Some(u64::from(with_key)));
        assert_eq!(world.offer(B, None).contains("a=crypto"), with_key, "later offers keep to it");
    }
}

#[test]
fn an_answer_without_our_key_is_refused_where_one_is_required() {
    let mut world = World::new();
    let bob = Keyed::new(BOB, 0, 9);
    world.open(B, LegKind::Phone);
    world.order(B, What::Protect(Protection::Optional));
    world.offer(B, None);
    // The phone has refused that; the next offer leaves no choice.
    world.order(B, What::Protect(Protection::Required));
    let offer = world.offer(B, None);
    assert!(offer.contains(" RTP/SAVP 0 8"), "{offer}");
    world.told();
    let plain = phone("198.51.100.2", 5_000, &["0 PCMU/8000"]);
    for answer in [plain, bob.description("RTP/SAVP", 77)] {
        world.remote_answer(B, &answer);
        let told = world.told();
        assert!(matches!(told[..], [(B, Happened::Rejected { reason: Reason::MediaKeysUnanswered, .. })]), "{told:?}");
    }
}

#[test]
fn a_new_key_in_the_middle_of_a_call_takes_over_without_a_gap() {
    let mut world = World::new();
    let mut alice = Keyed::new(ALICE, 0, 1);
    let sockets = call(&mut world, &mut alice, "RTP/SAVP");
    both_ways(&mut world, &mut alice, sockets, 1);
    let same = world.answer(A, &alice.description("RTP/SAVP", 5), Some(B));
    assert_eq!(keys(&same)[0].0, 5);
    both_ways(&mut world, &mut alice, sockets, 2);

    let mut renewed = Keyed::new(ALICE, 0, 200);
    let answer = world.answer(A, &renewed.description("RTP/SAVP", 1), Some(B));
    renewed.take(&answer);
    assert_ne!(keys(&same)[0].2, keys(&answer)[0].2, "ours is new as well");
    assert!(alice.says(&mut world, sockets.0, 3).is_some(), "it was on its way");
    both_ways(&mut world, &mut renewed, sockets, 4);
    assert!(alice.says(&mut world, sockets.0, 5).is_none(), "the old key has ended");
    assert_eq!(world.engine.unproved(A), Some(1));

    // A refused offer changes no key.
    world.order(A, What::RemoteOffer(Bytes::from(alice.description("RTP/SAVP", 1).replace(" 0\r\n", " 18\r\n"))));
    both_ways(&mut world, &mut renewed, sockets, 6);
}

#[test]
fn s15_a_wrong_tag_a_repeat_and_a_packet_in_the_open_are_dropped_and_the_call_goes_on() {
    let mut world = World::new();
    let mut alice = Keyed::new(ALICE, 0, 1);
    let sockets = call(&mut world, &mut alice, "RTP/SAVP");
    let sealed = alice.out.encrypt_rtp(&rtp(0, 1, 160, 11, &[0x41; 160])).unwrap();
    let mut dropped = 0;
    let mut drop = |world: &mut World, bytes: &[u8]| {
        dropped += 1;
        assert_eq!(world.packet(sockets.0, address(ALICE), bytes), None);
        assert_eq!(world.engine.unproved(A), Some(dropped));
    };
    for ssrc in 0..1_000u32 {
        let mut forged = sealed.to_vec();
        forged[8..12].copy_from_slice(&(ssrc + 100).to_be_bytes());
        drop(&mut world, &forged);
    }
    let mut broken = sealed.to_vec();
    *broken.last_mut().unwrap() ^= 1;
    drop(&mut world, &broken);
    drop(&mut world, &rtp(0, 2, 160, 11, &[0x41; 160]));
    assert!(!world.told().iter().any(|(_, what)| matches!(what, Happened::Heard)), "nothing was learned");
    assert!(world.packet(sockets.0, address(ALICE), &sealed).is_some());
    drop(&mut world, &sealed);
    assert_eq!(world.packet(sockets.0, address("203.0.113.9:1"), &sealed), None);
    assert_eq!(world.engine.strangers(A), Some(1));
    both_ways(&mut world, &mut alice, sockets, 3);
    // Forgeries have used up none of the four sources.
    for (n, ssrc) in (0..4).zip(50..) {
        let sealed = alice.out.encrypt_rtp(&rtp(0, 1, 1, ssrc, &[1; 160])).unwrap();
        assert_eq!(world.packet(sockets.0, address(ALICE), &sealed).is_some(), n < 3);
    }
}

#[test]
fn a_protected_phone_that_moves_is_followed_by_its_key_and_a_stranger_is_not() {
    // covers: S15
    let mut world = World::new();
    let mut alice = Keyed::new(ALICE, 0, 1);
    let sockets = call(&mut world, &mut alice, "RTP/SAVP");
    for n in 0..10 {
        both_ways(&mut world, &mut alice, sockets, n);
    }
    world.pass(std::time::Duration::from_secs(2));
    assert_eq!(world.packet(sockets.0, address("203.0.113.9:1"), &rtp(0, 11, 160, 11, &[0x41; 160])), None);
    (alice.host, alice.port) = ("203.0.113.44", 9_000);
    both_ways(&mut world, &mut alice, sockets, 12);
}

#[test]
fn reports_are_protected_too() {
    let mut world = World::new();
    let mut alice = Keyed::new(ALICE, 0, 1);
    let sockets = call(&mut world, &mut alice, "RTP/SAVP");
    both_ways(&mut world, &mut alice, sockets, 1);
    world.sent.clear();
    world.pass(std::time::Duration::from_secs(6));
    let rtcp = SocketId(sockets.0.0 + 1);
    let (_, report) = world.sent.iter().find(|(transmit, _)| transmit.socket == rtcp).expect("a report").clone();
    assert_eq!(alice.back.as_mut().unwrap().decrypt_rtcp(&report).unwrap()[1], 200);
    let ours = u32::from_be_bytes(report[4..8].try_into().unwrap());
    let mut heard = vec![0x81, 201, 0, 7, 0, 0, 0, 11];
    heard.extend(ours.to_be_bytes());
    heard.extend([64, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0]);
    world.packet(rtcp, address("198.51.100.1:4001"), &heard);
    assert_eq!(world.engine.reported(A), None, "in the open it says nothing");
    let sealed = alice.out.encrypt_rtcp(&heard).unwrap();
    world.packet(rtcp, address("198.51.100.1:4001"), &sealed);
    assert_eq!((world.engine.unproved(A), world.engine.strangers(A)), (Some(1), Some(0)));
    assert_eq!(world.engine.reported(A).unwrap().packets_lost, 3);
}

#[test]
fn many_broken_keys_and_packets_do_not_panic() {
    // covers: S2, S13
    let mut world = World::new();
    let alice = Keyed::new(ALICE, 0, 1);
    for n in 0..500u64 {
        let text = alice.description("RTP/SAVP", 1);
        let cut = text.len() - (n as usize % text.len().min(120));
        let leg = LegId(n);
        world.open(leg, LegKind::Phone);
        world.order(leg, What::RemoteOffer(Bytes::copy_from_slice(&text.as_bytes()[..cut])));
        world.order(leg, What::MakeAnswer { like: None });
        if let Some(answer) = world.told().iter().find_map(|(_, what)| match what {
            Happened::Answer(answer) => Some(String::from_utf8(answer.to_vec()).unwrap()),
            _ => None,
        }) {
            let socket = world.socket(&answer);
            for length in 0..40 {
                for first in [0x80, 0x8f, 0x90, 0xbf] {
                    let bytes: Vec<u8> = [first, 0].into_iter().chain(vec![0xff; 38]).take(length).collect();
                    assert_eq!(world.packet(socket, address(ALICE), &bytes), None);
                    let control: Vec<u8> = [first, 200].into_iter().chain(vec![0xff; 38]).take(length).collect();
                    assert_eq!(world.packet(SocketId(socket.0 + 1), address(ALICE), &control), None);
                }
            }
        }
        world.order(leg, What::Close);
        world.told();
    }
    assert_eq!(world.engine.legs(), 0);
}

// covers: TRK-05
#[test]
fn trk_05_a_call_in_the_open_is_refused_where_protected_sound_is_required_and_one_with_a_key_is_taken() {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.order(A, What::Protect(Protection::Required));
    world.order(A, What::RemoteOffer(phone("198.51.100.1", 4_000, &["0 PCMU/8000"]).into()));
    assert!(matches!(world.told().last(), Some((A, Happened::Rejected { reason: Reason::MediaUnprotected, .. }))));
    let keyed = Keyed::new(ALICE, 0, 7);
    let answer = world.answer(A, &keyed.description("RTP/SAVP", 1), None);
    assert!(answer.contains("RTP/SAVP") && answer.contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80"), "{answer}");
}
