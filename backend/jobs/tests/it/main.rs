//! Jobs on both databases, and against a real SMTP server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod object_storage;
mod queue;
mod smtp;
mod voicemail;
mod worker;
