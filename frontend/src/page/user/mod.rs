//! The pages of a user.

pub mod account;
pub mod call_record;
pub mod forwarding;
pub mod message;
