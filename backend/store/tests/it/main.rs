//! What the store promises, on SQLite and on PostgreSQL alike.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod account;
mod balance;
mod blocked_number;
mod call_record;
mod certificate;
mod dialing;
mod event;
mod extension;
mod extension_file;
mod extension_group;
mod fact;
mod feature_code;
mod forwarding;
mod hours;
mod inbound_rule_file;
mod ip_list;
mod isolation;
mod job;
mod kill;
mod ladder;
mod mail_server;
mod message;
mod migration;
mod page;
mod plan;
mod presence;
mod session;
mod setting;
mod subscription;
mod tenant;
mod tenant_profile;
mod trunk;
mod undo;
mod wizard;
mod world;
