//! The doors to the world.

pub mod email;
