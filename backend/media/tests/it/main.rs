//! The engine from outside: orders and packets in, events and packets out, in virtual time.

mod allocation;
mod browser;
mod fuzz;
mod peer;
mod phone;
mod sound;
mod world;
