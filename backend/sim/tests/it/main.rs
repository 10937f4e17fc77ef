//! Scenarios as sentences, in virtual time.

mod call;
