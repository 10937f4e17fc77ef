//! The engine from outside: orders and packets in, events and packets out, in virtual time.

// The lints know tests by their attribute, not what tests are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod allocation;
mod browser;
mod fuzz;
mod peer;
mod phone;
mod sound;
mod world;
