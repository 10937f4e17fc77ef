//! The nouns and operations that both sides of the wire speak.
//!
//! One type for the API, the SPA and the switch; no I/O, compiles for wasm. Map: `id`, `moment`, `money` are the
//! measures; `operation`, `problem`, `page`, `role` are the contract of the wire; every other file is one noun with its
//! operations; `fact` is what has happened, `live` what is going on, `reason` why.
//!
//! **Invariant:** no clock and no dice in here: `Moment` has no `now()`, ids are made from a moment that is handed in.
//! **Invariant:** a secret is never part of a noun; it leaves once, in the output of the operation that made it.

pub mod account;
pub mod action_url;
pub mod activity;
pub mod balance;
pub mod blocked_number;
pub mod call_record;
pub mod certificate;
pub mod check;
pub mod conference;
pub mod conference_path;
pub mod country;
pub mod date;
pub mod destination;
pub mod diagnosis;
pub mod dialing;
pub mod dialled;
pub mod did;
pub mod direct_number;
pub mod emergency_number;
pub mod event;
pub mod extension;
pub mod extension_group;
pub mod fact;
pub mod feature_code;
pub mod forwarding;
pub mod health;
pub mod home;
pub mod hours;
pub mod hours_text;
pub mod id;
pub mod inbound_rule;
pub mod ip_list;
pub mod ip_range;
pub mod ladder;
pub mod language;
pub mod live;
pub mod log_file;
pub mod mail_server;
pub mod message;
pub mod moment;
pub mod money;
pub mod monitor;
pub mod music;
pub mod network;
pub mod network_overview;
pub mod number;
pub mod object_storage;
pub mod operation;
pub mod outbound_rule;
pub mod page;
pub mod personal;
pub mod phone;
pub mod phone_credential;
pub mod phone_key;
pub mod phone_model;
pub mod port;
pub mod presence;
pub mod problem;
pub mod prompt;
pub mod quality;
pub mod queue;
pub mod queue_agent;
pub mod queue_call;
pub mod queue_caller;
pub mod quota;
pub mod reason;
pub mod receptionist;
pub mod recording;
pub mod recording_rule;
pub mod registration;
pub mod ring_group;
pub mod role;
pub mod setting;
pub mod simulation;
pub mod storage;
pub mod subscription;
pub mod system_extension;
pub mod tenant;
pub mod tenant_profile;
pub mod transport;
pub mod trunk;
pub mod trunk_header;
pub mod trunk_template;
pub mod trunk_test;
pub mod turn;
pub mod voicemail;
pub mod wizard;

pub use id::*;
pub use moment::Moment;
pub use money::Money;
pub use operation::{Method, Operation};
pub use page::Page;
pub use problem::Problem;
pub use role::Role;
