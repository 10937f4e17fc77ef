//! What is told of a leg while it lives: its figures, and that nothing is heard from it.

use std::net::SocketAddr;
use std::time::Duration;

use media::{LegKind, QUIET_AFTER, SocketId, What};
use shared::call_record::LegQuality;
use shared::quality::{Grade, verdict};

use crate::world::{A, B, World, phone, rtp};

const ALICE: &str = "198.51.100.1:4000";
const BOB: &str = "198.51.100.2:5000";
const FORMATS: [&str; 1] = ["0 PCMU/8000"];

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Alice and Bob talk; their sockets.
fn call(world: &mut World) -> (SocketId, SocketId) {
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    let answer = world.answer(A, &phone("198.51.100.1", 4_000, &FORMATS), None);
    let offer = world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &FORMATS));
    world.order(A, What::Connect(B));
    (world.socket(&answer), world.socket(&offer))
}

/// Packets of both from number `first` on, one each 20 ms; `lost` says which of Bob's get lost.
fn talk(world: &mut World, sockets: (SocketId, SocketId), first: u16, count: u16, lost: impl Fn(u16) -> bool) {
    for n in first..first + count {
        world.packet(sockets.0, address(ALICE), &rtp(0, n, u32::from(n) * 160, 11, &[1; 160]));
        if !lost(n) {
            world.packet(sockets.1, address(BOB), &rtp(0, n, u32::from(n) * 160, 12, &[1; 160]));
        }
        world.pass(Duration::from_millis(20));
    }
}

#[test]
fn a_side_that_falls_silent_is_told_within_five_seconds_and_again_when_it_is_back() {
    let mut world = World::new();
    let sockets = call(&mut world);
    talk(&mut world, sockets, 0, 200, |_| false);
    assert_eq!(world.quiet, []);
    let last = world.now;
    talk(&mut world, sockets, 200, 249, |_| true);
    assert!(
        matches!(world.quiet[..], [(B, Some(since))] if last.since(since) <= Duration::from_millis(20)),
        "{:?}",
        world.quiet
    );
    talk(&mut world, sockets, 449, 1_000, |_| true);
    assert_eq!(world.quiet.len(), 1, "told once");
    talk(&mut world, sockets, 1_449, 10, |_| false);
    assert_eq!(world.quiet[1..], [(B, None)]);
    talk(&mut world, sockets, 1_459, 300, |_| true);
    assert!(matches!(world.quiet[2..], [(B, Some(_))]), "{:?}", world.quiet);
}

#[test]
fn a_side_of_which_nothing_was_ever_heard_is_told_three_seconds_after_the_connection() {
    let mut world = World::new();
    let begin = world.now;
    call(&mut world);
    world.pass(QUIET_AFTER - Duration::from_millis(1));
    assert_eq!(world.quiet, []);
    world.pass(Duration::from_millis(1));
    assert_eq!(world.quiet, [(A, Some(begin)), (B, Some(begin))]);
}

#[test]
fn who_is_on_hold_or_not_connected_is_not_quiet() {
    for line in ["a=sendonly", "a=recvonly", "a=inactive"] {
        let mut world = World::new();
        let sockets = call(&mut world);
        talk(&mut world, sockets, 0, 10, |_| false);
        world.answer(B, &(phone("198.51.100.2", 5_000, &FORMATS) + line + "\r\n"), Some(A));
        talk(&mut world, sockets, 10, 500, |_| true);
        assert_eq!(world.quiet, [], "{line}");
        world.answer(B, &phone("198.51.100.2", 5_000, &FORMATS), Some(A));
        let since = world.now;
        talk(&mut world, sockets, 510, 200, |_| true);
        assert_eq!(world.quiet, [(B, Some(since))], "{line}");
        world.answer(B, &(phone("198.51.100.2", 5_000, &FORMATS) + line + "\r\n"), Some(A));
        assert_eq!(world.quiet[1..], [(B, None)], "{line}");
    }
    let mut world = World::new();
    call(&mut world);
    world.order(A, What::Disconnect);
    world.pass(Duration::from_secs(60));
    assert_eq!(world.quiet, []);
    world.order(A, What::Connect(B));
    world.pass(QUIET_AFTER);
    assert_eq!(world.quiet.len(), 2);
    world.order(A, What::Close);
    world.order(B, What::Close);
    assert_eq!(world.engine.poll_timeout(), None);
}

/// A receiver report on our stream of the one sender report in `report`, `delay` after it came.
fn receiver_report(report: &[u8], lost: u32, jitter: u32, delay: Duration) -> Vec<u8> {
    let mut bytes = vec![0x81, 201, 0, 7, 0, 0, 0, 12];
    bytes.extend(&report[4..8]);
    bytes.extend(lost.to_be_bytes());
    bytes.extend([0, 0, 0, 9]);
    bytes.extend(jitter.to_be_bytes());
    bytes.extend(&report[10..14]);
    bytes.extend(((delay.as_micros() * 65_536 / 1_000_000) as u32).to_be_bytes());
    bytes
}

#[test]
fn figures_are_told_of_both_directions_and_the_verdict_names_the_guilty_side() {
    let mut world = World::new();
    let sockets = call(&mut world);
    // Every fourteenth packet of Bob's is lost.
    talk(&mut world, sockets, 0, 280, |n| n % 14 == 5);
    let rtcp = SocketId(sockets.1.0 + 1);
    let report = world.sent.iter().find(|(transmit, _)| transmit.socket == rtcp).expect("a report").1.clone();
    // It came at five seconds, now it is 5.6; the network took 200 ms of that.
    let answer = receiver_report(&report, 5, 80, Duration::from_millis(400));
    world.packet(rtcp, address("198.51.100.2:5001"), &answer);
    talk(&mut world, sockets, 280, 240, |n| n % 14 == 5);

    let bob: LegQuality = world.measured[&B].clone();
    assert_eq!((bob.packets_received, bob.packets_lost, bob.codec.as_str()), (464, 36, "PCMU"));
    let trip = bob.round_trip_micros.unwrap();
    assert!((199_000..=201_000).contains(&trip), "{trip}");
    let reported = bob.reported.clone().unwrap();
    assert_eq!((reported.packets_lost, reported.jitter_micros), (5, 10_000));
    // What he hears is better than what he says.
    assert!(bob.mos_hundredths < reported.mos_hundredths, "{bob:?}");
    let alice = world.measured[&A].clone();
    assert_eq!((alice.packets_lost, alice.round_trip_micros, alice.reported.clone()), (0, None, None));
    let told = verdict(
        &[LegQuality { side: "caller".into(), ..alice }, LegQuality { side: "callee".into(), ..bob }],
        "101",
        "102",
    );
    assert_eq!((told.grade, told.sentence.as_str()), (Grade::Poor, "102's network loses 7.2 % of what it sends."));
}
