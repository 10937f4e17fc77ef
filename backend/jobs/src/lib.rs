//! Work that follows: everything slow or outside, stored with its cause by `store` and done here, at least once.
//!
//! Map: [`worker`] claims, runs and retries; one file per job: `send_email`, `send_voicemail`,
//! `send_queue_notice`, `purge`, `order_certificate`, `move_recording`; [`client`] holds the doors to the
//! world, each the real thing or a memory.
//!
//! **Invariant:** a job may run twice (its worker dies after the deed and before the note of it), so each is harmless to
//! repeat or, as an e-mail, only a repetition.
//! **Invariant:** tries, pauses, jobs in work and the time of each are bounded by a named constant.

pub mod client;
mod move_recording;
mod order_certificate;
mod purge;
mod send_email;
mod send_queue_notice;
mod send_voicemail;
pub mod worker;

pub use client::acme::Authority;
pub use client::email::{Attachment, Email, Failure, Letter, Lookup, Smtp, server_of_url};
pub use client::object_storage::ObjectStorages;
pub use worker::Worker;
