//! The API over HTTP, as its clients see it, on SQLite and on PostgreSQL.

// Clippy knows a test by its attribute; the functions below the tests have none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod acting;
mod activity;
mod app;
mod blocked_number;
mod certificate;
mod conference;
mod csv;
mod description;
mod extension_group;
mod feature_code;
mod garbage;
mod hours;
mod ip_list;
mod ladder;
mod live;
mod log_file;
mod mail_server;
mod message;
mod monitor;
mod music;
mod network;
mod own_extension;
mod phone;
mod phone_provisioning;
mod portal;
mod prompt;
mod queue;
mod receptionist;
mod recording;
mod session;
mod sign_in;
mod spa;
mod stranger;
mod tenant;
mod transport;
mod trunk;
mod voicemail;
mod wizard;
mod world;
