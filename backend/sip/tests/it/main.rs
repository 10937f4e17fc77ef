//! The crate from outside: one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod allocation;
mod call;
mod digest;
mod lossy;
mod mutation;
mod network;
mod race;
mod refusal;
mod script;
mod session;
mod timer;
mod torture;
