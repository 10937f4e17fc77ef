//! The pages of a user.

pub mod account;
pub mod call_record;
pub mod conference;
pub mod feature_code;
pub mod forwarding;
pub mod live_call;
pub mod message;
pub mod own_extension;
pub mod phone_key;
pub mod recording;
pub mod sip_account;
pub mod supervision;
pub mod voicemail;
pub mod wallboard;
