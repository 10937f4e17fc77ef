//! The relay between two phones takes no memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use media::{CodecPair, Happened, LegKind};

use crate::world::{A, B, World, buffer, phone, rtp};

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// Counts the allocations of each thread.
struct Counting;

// SAFETY: everything is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_relayed_packet_takes_no_memory() {
    for (codec_b, passed) in [("0 PCMU/8000", true), ("8 PCMA/8000", false)] {
        let mut world = World::new();
        world.open(A, LegKind::Phone);
        world.open(B, LegKind::Phone);
        let answer = world.answer(A, &phone("198.51.100.1", 4_000, &["0 PCMU/8000", "101 telephone-event/8000"]), None);
        world.offer(B, Some(A));
        world.remote_answer(B, &phone("198.51.100.2", 5_000, &[codec_b, "96 telephone-event/8000"]));
        world.order(A, media::What::Connect(B));
        let connected = world.told().pop();
        assert!(
            matches!(connected, Some((_, Happened::Connected(CodecPair::Passed(_)))) if passed)
                || matches!(connected, Some((_, Happened::Connected(CodecPair::Transcoded(..)))) if !passed)
        );
        let (socket, from) = (world.socket(&answer), "198.51.100.1:4000".parse().unwrap());
        // The first packet tells that the peer was heard, which is an event and so memory.
        world.packet(socket, from, &rtp(0, 0, 0, 9, &[1; 160]));

        let mut packets: Vec<_> = (1..1_000u16)
            .map(|n| buffer(&rtp(if n % 9 == 0 { 101 } else { 0 }, n, u32::from(n / 9 * 9) * 160, 9, &[1; 160])))
            .collect();
        let before = COUNT.get();
        let mut sent = 0;
        for packet in &mut packets {
            world.now.0 += 20_000;
            sent += usize::from(world.engine.handle_packet(world.now, socket, from, packet).is_some());
        }
        let taken = COUNT.get() - before;
        assert_eq!(sent, packets.len());
        // A key pressed is told: one event in the queue, which may grow a few times.
        assert!(taken <= 8, "{taken} allocations for {sent} packets");
    }
}

#[test]
fn without_keys_it_is_none_at_all() {
    let mut world = World::new();
    world.open(A, LegKind::Phone);
    world.open(B, LegKind::Phone);
    let answer = world.answer(A, &phone("198.51.100.1", 4_000, &["0 PCMU/8000"]), None);
    world.offer(B, Some(A));
    world.remote_answer(B, &phone("198.51.100.2", 5_000, &["8 PCMA/8000"]));
    world.order(A, media::What::Connect(B));
    let (socket, from) = (world.socket(&answer), "198.51.100.1:4000".parse().unwrap());
    world.packet(socket, from, &rtp(0, 0, 0, 9, &[1; 160]));
    let mut packets: Vec<_> = (1..1_000u16).map(|n| buffer(&rtp(0, n, u32::from(n) * 160, 9, &[1; 160]))).collect();
    let stranger = "203.0.113.1:1".parse().unwrap();
    let before = COUNT.get();
    for packet in &mut packets {
        let mut copy = packet.clone();
        assert!(world.engine.handle_packet(world.now, socket, from, packet).is_some());
        world.engine.handle_packet(world.now, socket, stranger, &mut copy);
    }
    assert_eq!(COUNT.get() - before, 0);
}
