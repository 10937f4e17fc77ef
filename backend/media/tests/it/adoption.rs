//! A leg of one call goes on in another: whoever is at its end is to notice nothing.

use std::net::SocketAddr;

use bytes::Bytes;
use media::{Happened, LegId, LegKind, SocketId, What};

use crate::world::{A, B, C, OTHER, Rtp, World, phone, read_rtp, rtp};

/// The leg of the other call that is taken over, and what it is called then.
const D: LegId = LegId(4);
const E: LegId = LegId(5);
const MU: [&str; 1] = ["0 PCMU/8000"];

/// The phone at the end of a leg.
fn at(leg: LegId) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, leg.0 as u8], 4_000))
}

/// A talks with B, C with D in another call; their sockets in this order.
fn calls(world: &mut World) -> [SocketId; 4] {
    [(A, B, None), (C, D, Some(OTHER))]
        .map(|(one, two, other)| {
            let call = other.unwrap_or(crate::world::CALL);
            for leg in [one, two] {
                world.order_in(call, leg, What::Open { kind: LegKind::Phone, address: None });
            }
            let description = |leg: LegId| phone(&at(leg).ip().to_string(), 4_000, &MU);
            let answer = world.answer(one, &description(one), None);
            let offer = world.offer(two, Some(one));
            world.order_in(call, two, What::RemoteAnswer(Bytes::from(description(two))));
            world.order_in(call, one, What::Connect(two));
            [world.socket(&answer), world.socket(&offer)]
        })
        .concat()
        .try_into()
        .unwrap()
}

/// A packet of the phone at a leg's end; who gets it, and what.
fn speak(world: &mut World, leg: LegId, socket: SocketId, sequence: u16) -> Option<(SocketId, SocketAddr, Rtp)> {
    let bytes = rtp(0, sequence, u32::from(sequence) * 160, 11, &[leg.0 as u8; 160]);
    let (transmit, bytes) = world.packet(socket, at(leg), &bytes)?;
    Some((transmit.socket, transmit.to, read_rtp(&bytes)))
}

#[test]
fn the_stream_of_a_leg_that_is_taken_over_goes_on_from_the_same_port_and_source() {
    let mut world = World::new();
    let [a, b, c, d] = calls(&mut world);
    let mut last = None;
    for sequence in 1..=10 {
        last = speak(&mut world, C, c, sequence);
        assert!(speak(&mut world, D, d, sequence).is_some());
        assert!(speak(&mut world, A, a, sequence).is_some());
    }
    let (socket, to, before) = last.unwrap();
    assert_eq!((socket, to), (d, at(D)));
    world.told();

    world.order(E, What::Adopt(D));
    assert!(matches!(
        &world.told()[..],
        [(D, Happened::Closed(figures)), (E, Happened::Ready { codec })]
            if figures.packets_received == 10 && figures.packets_sent == 10 && codec == "PCMU"
    ));
    assert!(speak(&mut world, C, c, 11).is_none(), "whoever stays behind is heard no more");
    world.order(A, What::Connect(E));
    world.order(B, What::Close);
    world.order_in(OTHER, C, What::Close);

    let (socket, to, after) = speak(&mut world, A, a, 11).unwrap();
    assert_eq!((socket, to), (d, at(D)));
    assert_eq!((after.ssrc, after.sequence), (before.ssrc, before.sequence + 1));
    assert!(after.marker && after.timestamp.wrapping_sub(before.timestamp) >= 160, "{before:?} {after:?}");
    let (socket, to, heard) = speak(&mut world, D, d, 11).unwrap();
    assert_eq!((socket, to, heard.payload[0]), (a, at(A), D.0 as u8));
    assert!(!world.released.contains(&d) && world.released.contains(&c) && world.released.contains(&b));
    let figures = world.engine.quality(E).unwrap();
    assert_eq!((figures.packets_received, figures.packets_sent, figures.packets_lost), (1, 1, 0));
    assert_eq!(world.engine.legs(), 2);
}

#[test]
fn what_was_played_to_it_ends() {
    let mut world = World::new();
    let [a, _, _, d] = calls(&mut world);
    assert!(speak(&mut world, D, d, 1).is_some());
    world.order_in(OTHER, D, What::Play(media::Tone::Hold));
    world.order(E, What::Adopt(D));
    world.order(A, What::Connect(E));
    assert!(speak(&mut world, A, a, 1).is_some());
}

#[test]
fn a_leg_that_is_not_here_is_refused_and_so_is_a_name_that_is_taken() {
    let mut world = World::new();
    calls(&mut world);
    world.told();
    world.order(E, What::Adopt(LegId(99)));
    world.order(A, What::Adopt(D));
    assert!(matches!(&world.told()[..], [(E, Happened::Rejected { .. }), (A, Happened::Rejected { .. })]));
    assert_eq!(world.engine.legs(), 4);
}
