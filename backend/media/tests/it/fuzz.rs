//! Thousands of broken packets and descriptions: nothing panics, and the call goes on.
// covers: S1, S13

use std::net::SocketAddr;

use bytes::Bytes;
use media::{LegKind, SocketId, What};

use crate::peer::Browser;
use crate::world::{A, B, World, phone, rtp};

/// A small generator (splitmix64), so that a seed is the whole story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    /// Flips, cuts, repeats or fills a few bytes.
    fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(out.len().max(1));
            match self.below(6) {
                0 | 1 if !out.is_empty() => out[at] ^= 1 << self.below(8),
                2 if !out.is_empty() => out[at] = [0, 0xff, 0x7f, 0x80][self.below(4)],
                3 => out.truncate(at),
                4 => out.extend_from_within(at.min(out.len())..),
                _ => out.insert(at.min(out.len()), self.below(256) as u8),
            }
            out.truncate(2_048);
        }
        out
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

#[test]
fn broken_packets_neither_panic_nor_end_the_call() {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000").without_gcm();
    let formats = ["111 opus/48000/2", "0 PCMU/8000", "110 telephone-event/48000"];
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::from(browser.description("actpass", &formats[..1]))));
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &["0 PCMU/8000", "101 telephone-event/8000"]));
    let answer = world.answer(A, &browser.description("actpass", &formats[..1]), Some(B));
    world.order(A, What::Connect(B));
    browser.take(&answer);
    browser.check(&mut world, true);
    browser.prepare(&world, true);
    browser.shake(&mut world, &[]);
    let (phone_address, socket) = (address("198.51.100.2:5000"), world.socket(&offer));
    for n in 0..8 {
        world.packet(socket, phone_address, &rtp(0, n, 0, 9, &[1; 160]));
    }

    let pwd = answer.lines().find_map(|line| line.strip_prefix("a=ice-pwd:")).unwrap().to_owned();
    let mut record = vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 40, 1, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 28];
    record.extend([3; 28]);
    let report =
        [0x81u8, 201, 0, 7, 0, 0, 0, 9, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
    let mut dice = Dice(7);
    for n in 0..8_000u32 {
        let sealed = browser.encrypt(&rtp(111, n as u16, n * 960, 0x5ca1_ab1e, &[0x78; 40]));
        let seeds: [(SocketId, SocketAddr, Vec<u8>); 6] = [
            (SocketId::BROWSERS, browser.address, browser.check_with(&pwd, true)),
            (SocketId::BROWSERS, browser.address, record.clone()),
            (SocketId::BROWSERS, browser.address, sealed),
            (SocketId::BROWSERS, browser.address, report.to_vec()),
            (socket, phone_address, rtp([0, 101][dice.below(2)], n as u16, n * 160, 9, &[5, 0x8a, 0, 160])),
            (SocketId(socket.0 + dice.below(2) as u32), phone_address, report.to_vec()),
        ];
        let (socket, from, bytes) = &seeds[dice.below(6)];
        let broken = dice.mutate(bytes);
        world.packet(*socket, *from, &broken);
        if n % 50 == 0 {
            world.pass(std::time::Duration::from_millis(20));
            world.sent.clear();
            world.events.clear();
        }
    }

    world.pass(std::time::Duration::from_secs(1));
    world.sent.clear();
    assert!(browser.check(&mut world, true));
    for n in 0..10u16 {
        world.packet(socket, phone_address, &rtp(0, 30_000 + n, 0, 10, &[1; 160]));
        world.pass(std::time::Duration::from_millis(20));
    }
    let to_browser = world.sent.iter().rev().find(|(transmit, _)| transmit.to == browser.address).expect("Opus");
    assert_eq!(browser.decrypt(&to_browser.1)[1] & 0x7f, 111);
    world.order(A, What::Close);
    world.order(B, What::Close);
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None));
}

#[test]
fn broken_handshakes_do_not_panic_and_the_next_one_succeeds() {
    let mut dice = Dice(99);
    for _ in 0..30 {
        let mut world = World::new();
        let mut browser = Browser::new("203.0.113.1:60000");
        world.open(A, LegKind::Phone);
        let answer = world.answer(A, &browser.description("actpass", &["0 PCMU/8000"]), None);
        browser.take(&answer);
        browser.check(&mut world, true);
        browser.prepare(&world, true);
        browser.shake_broken(&mut world, |bytes| dice.mutate(bytes));
        // The page is loaded again.
        let mut again = Browser::new("203.0.113.1:60001");
        again.ufrag = "reloaded".into();
        let answer = world.answer(A, &again.description("actpass", &["0 PCMU/8000"]), None);
        again.take(&answer);
        assert!(again.check(&mut world, true));
        again.prepare(&world, true);
        again.shake(&mut world, &[]);
        assert!(again.contexts.is_some());
    }
}

#[test]
fn broken_descriptions_do_not_panic() {
    let browser = Browser::new("203.0.113.1:60000");
    let offers = [
        browser.description("actpass", &["111 opus/48000/2", "0 PCMU/8000"]),
        phone("198.51.100.2", 5_000, &["0 PCMU/8000", "101 telephone-event/8000"]),
    ];
    let mut dice = Dice(3);
    let mut world = World::new();
    for n in 0..5_000u64 {
        let leg = media::LegId(n);
        world.open(leg, LegKind::Phone);
        let which = dice.below(2);
        let broken = dice.mutate(offers[which].as_bytes());
        world.order(leg, What::RemoteOffer(Bytes::from(broken)));
        world.order(leg, What::MakeAnswer { like: None });
        world.order(leg, What::Close);
        world.events.clear();
    }
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None));
}
