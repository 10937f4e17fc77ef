//! What the hot path may allocate.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytes::Bytes;
use sip::Message;

use crate::network::{OFFER, request};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|c| c.set(c.get() + 1));
        BYTES.with(|b| b.set(b.get() + layout.size()));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What it gives, and how often it asked for memory.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = COUNT.get();
    let value = work();
    (value, COUNT.get() - before)
}

/// What it gives, and how many bytes of memory it asked for in all.
pub fn weighed<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.get();
    let value = work();
    (value, BYTES.get() - before)
}

#[test]
fn reading_a_message_allocates_its_shared_index_and_nothing_else() {
    let bytes =
        Bytes::from(request("INVITE", "1", 1, "", "Supported: timer\r\nAllow: INVITE\r\nUser-Agent: x\r\n", OFFER));
    let (message, count) = counted(|| Message::parse(bytes.clone()).unwrap());
    // The index, and the display names of From and To, which are empty and cost nothing.
    assert!(count <= 2, "{count}");
    let (_, count) = counted(|| {
        let _ = (message.header("Contact"), message.call_id(), message.from_tag(), message.cseq(), message.body());
        let _ = (message.clone(), message.lists("Supported", "timer"), message.request_uri());
    });
    assert_eq!(count, 0);
}
