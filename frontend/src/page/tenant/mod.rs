//! The pages of a tenant's administrator.

pub mod activity;
pub mod blocked_number;
mod blocked_number_import;
pub mod call_record;
mod csv_import;
pub mod dialing;
mod dialing_country;
mod dialing_trial;
pub mod event;
pub mod extension;
mod extension_form;
mod extension_import;
pub mod feature_code;
mod forwarding;
pub mod home;
pub mod hours;
pub mod inbound_rule;
mod inbound_rule_import;
pub mod mail_server;
pub mod network;
pub mod outbound_rule;
pub mod registration;
pub mod ring_group;
pub mod route;
pub mod simulation;
pub mod system_extension;
pub mod trunk;
