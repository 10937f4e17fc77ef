//! The phone against a real SIP stack, in virtual time.

mod calling;
mod registering;
mod surviving;
mod transferring;
mod world;
