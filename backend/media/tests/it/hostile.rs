//! One door for each kind of bytes that strangers send: `fuzz/` knocks at them with what it invents, `replay` with what it
//! has found. Each says what must hold whatever comes.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use media::engine::PACKET_BYTES_MAX;
use media::{Happened, LegKind, SocketId, What};

use crate::peer::Browser;
use crate::world::{A, B, World, phone, rtp};

/// Twenty milliseconds each: in all less than the silence after which a phone may have moved.
const PASSES_MAX: u32 = 40;

fn phones() -> (SocketAddr, SocketAddr) {
    (([198, 51, 100, 1], 4_000).into(), ([198, 51, 100, 2], 5_000).into())
}

fn end(mut world: World) {
    world.order(A, What::Close);
    world.order(B, What::Close);
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None), "nothing is left");
}

/// A description, as an offer and as an answer.
pub fn sdp(data: &[u8]) {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(Bytes::copy_from_slice(data)));
    world.order(A, What::MakeAnswer { like: None });
    world.order(B, What::MakeOffer { like: Some(A) });
    world.order(B, What::RemoteAnswer(Bytes::copy_from_slice(data)));
    world.order(A, What::Connect(B));
    // And in the middle of a call.
    world.order(A, What::RemoteOffer(Bytes::copy_from_slice(data)));
    world.order(A, What::MakeAnswer { like: Some(B) });
    world.pass(Duration::from_millis(100));
    for (_, happened) in world.told() {
        if let Happened::Offer(text) | Happened::Answer(text) = happened {
            let text = std::str::from_utf8(&text).expect("what is written is text");
            assert!(text.starts_with("v=0\r\n") && text.ends_with("\r\n") && !text.contains("\n\n"), "{text}");
            assert!(text.lines().all(|line| line.as_bytes().get(1) == Some(&b'=')), "{text}");
            assert!(text.len() <= 4 * data.len() + 4_096, "{} bytes for {}", text.len(), data.len());
        }
    }
    end(world);
}

/// Packets to a call of two phones, each behind a byte of where it goes and a byte of its length in fours.
pub fn rtp_rtcp(data: &[u8]) {
    let mut world = World::new();
    let (a, b) = phones();
    let formats = ["0 PCMU/8000", "101 telephone-event/8000"];
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    world.order(A, What::RemoteOffer(phone("198.51.100.1", 4_000, &formats).into()));
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &["8 PCMA/8000", "101 telephone-event/8000"]));
    let answer = world.answer(A, &phone("198.51.100.1", 4_000, &formats), Some(B));
    world.order(A, What::Connect(B));
    let sockets = [(world.socket(&answer), a), (world.socket(&offer), b)];
    // Who speaks first may be a stranger to what was signalled (RFC 4961); from here on both are known.
    for n in 0..8 {
        for (socket, from) in sockets {
            world.packet(socket, from, &rtp(if from == a { 0 } else { 8 }, n, u32::from(n) * 160, 9, &[0x55; 160]));
        }
    }
    let mut passes = 0..PASSES_MAX;
    let mut rest = data;
    for _ in 0..64 {
        let [place, length, more @ ..] = rest else { break };
        let (packet, more) = more.split_at((usize::from(*length) * 4).min(more.len()));
        rest = more;
        let (socket, from) = sockets[usize::from(place & 1)];
        let rtcp = u32::from(place & 2 != 0);
        let from = if place & 4 == 0 { from } else { ([203, 0, 113, 66], 9_999).into() };
        if let Some((transmit, bytes)) = world.packet(SocketId(socket.0 + rtcp), from, packet) {
            assert!([a.ip(), b.ip()].contains(&transmit.to.ip()), "S15: nothing goes to a stranger");
            assert!(bytes.len() <= PACKET_BYTES_MAX);
        }
        if place & 8 != 0 && passes.next().is_some() {
            world.pass(Duration::from_millis(20));
        }
    }
    world.pass(Duration::from_millis(200));
    end(world);
}

/// A datagram to the socket of the browsers; and its attributes in a check that is rightly signed.
pub fn stun(data: &[u8]) {
    let mut world = World::new();
    let mut browser = Browser::new("203.0.113.1:60000");
    world.open(A, LegKind::Phone);
    let answer = world.answer(A, &browser.description("actpass", &["0 PCMU/8000"]), None);
    browser.take(&answer);
    let data = &data[..data.len().min(1_200)];
    world.packet(SocketId::BROWSERS, browser.address, data);
    let signed = browser.signed(data);
    if signed.len() <= PACKET_BYTES_MAX
        && let Some((transmit, bytes)) = world.packet(SocketId::BROWSERS, browser.address, &signed)
    {
        assert_eq!(transmit.to, browser.address);
        assert!(bytes.len() <= 3 * signed.len(), "S16");
    }
    assert!(browser.check(&mut world, true), "the browser gets through all the same");
    world.order(A, What::Close);
    assert_eq!((world.engine.legs(), world.engine.poll_timeout()), (0, None), "nothing is left");
}
