//! The engine from outside: orders and packets in, events and packets out, in virtual time.

// The lints know tests by their attribute, not what tests are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
// rtc-dtls counts in `Instant`, which the peer of the tests needs a first one of.
#![allow(clippy::disallowed_methods)]

mod adoption;
mod allocation;
#[cfg(feature = "browser")]
mod browser;
mod conference;
#[cfg(feature = "browser")]
mod description;
#[cfg(feature = "browser")]
mod fax;
mod fuzz;
#[cfg(feature = "browser")]
mod hostile;
mod monitor;
#[cfg(feature = "browser")]
mod peer;
mod phone;
mod quality;
mod relay;
#[cfg(feature = "browser")]
mod replay;
mod room;
mod sound;
mod spoken;
#[cfg(feature = "browser")]
mod srtp;
mod weather;
mod world;
