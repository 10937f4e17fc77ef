//! The doors to the world.

pub mod acme;
pub mod email;
mod smtp;
pub mod web;
