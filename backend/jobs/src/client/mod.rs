//! The doors to the world.

pub mod acme;
pub mod email;
pub mod object_storage;
mod smtp;
pub mod web;
