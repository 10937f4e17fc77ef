//! The process without a world: the switchboard and the media engine, with phones and a network in virtual time.
//!
//! Map: `world` holds the clock and the order of events; `network` delays, loses, doubles and reorders datagrams by a
//! seed; `phone` is a SIP phone on our own `sip::Stack`, with a manner; `engine` is the real media engine with its
//! sockets, or a stub that says yes; `ledger` is what a store would have kept of the facts, and complains when they make
//! no sense.
//!
//! **Invariant:** one seed, one history: no clock, no dice but the seeded ones, ordered maps.

pub mod dice;
pub mod engine;
pub mod ledger;
pub mod network;
pub mod phone;
pub mod world;

pub use network::Weather;
pub use phone::{Manner, PhoneId, Said};
pub use world::World;
