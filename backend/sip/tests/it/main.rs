//! The crate from outside: one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod allocation;
mod amplification;
mod call;
mod digest;
mod hostile;
mod limits;
mod lossy;
mod mutation;
mod network;
mod race;
mod redact;
mod refusal;
mod replay;
mod script;
mod session;
mod timer;
mod torture;
mod torture_table;
