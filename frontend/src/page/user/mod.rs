//! The pages of a user.

pub mod account;
pub mod call_record;
pub mod conference;
pub mod feature_code;
pub mod forwarding;
pub mod message;
pub mod recording;
pub mod voicemail;
pub mod wallboard;
