//! The tenant's portal: its callers are [`crate::caller::TenantAdmin`] and hold that tenant's store.

pub(crate) mod activity;
pub(crate) mod balance;
pub(crate) mod blocked_number;
pub(crate) mod call_record;
pub(crate) mod dialing;
pub(crate) mod direct_number;
pub(crate) mod event;
pub(crate) mod extension;
pub(crate) mod extension_file;
pub(crate) mod extension_group;
pub(crate) mod feature_code;
pub(crate) mod forwarding;
pub(crate) mod home;
pub(crate) mod hours;
pub(crate) mod inbound_rule;
pub(crate) mod ladder;
pub(crate) mod live;
pub(crate) mod mail_server;
pub(crate) mod number;
pub(crate) mod outbound_rule;
pub(crate) mod profile;
pub(crate) mod registration;
pub(crate) mod ring_group;
pub(crate) mod simulation;
pub(crate) mod system_extension;
pub(crate) mod trunk;
