//! The engine from outside: orders and packets in, events and packets out, in virtual time.

mod browser;
mod peer;
mod phone;
mod world;
