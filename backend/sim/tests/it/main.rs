//! Scenarios as sentences, in virtual time.

mod call;
mod isolation;
mod registration;
mod service;
mod weather;
