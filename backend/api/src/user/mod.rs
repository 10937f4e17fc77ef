//! The user's portal: its callers are [`crate::caller::User`], people with an extension.

pub(crate) mod balance;
pub(crate) mod call_record;
pub(crate) mod call_recording;
pub(crate) mod conference;
pub(crate) mod feature_code;
pub(crate) mod forwarding;
pub(crate) mod greeting;
pub(crate) mod ladder;
pub(crate) mod live;
pub(crate) mod mailbox;
pub(crate) mod message;
pub(crate) mod monitor;
pub(crate) mod person;
pub(crate) mod personal;
pub(crate) mod phone;
pub(crate) mod phone_key;
pub(crate) mod presence;
pub(crate) mod recording;
pub(crate) mod sip_account;
pub(crate) mod voicemail;
pub(crate) mod wallboard;
