//! Scenarios as sentences, in virtual time.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod call;
mod conference;
mod conference_change;
mod conference_way;
mod conference_weather;
mod credentials;
mod event;
mod extension_group;
mod fault;
mod fault_table;
mod feature_code;
mod fork;
mod forwarding;
mod gateway;
mod guard;
mod isolation;
mod ladder;
mod message;
mod monitor;
mod music;
mod network;
mod paging;
mod park;
mod presentation;
mod queue;
mod queue_callback;
mod queue_line;
mod receptionist;
mod recording;
mod recording_rule;
mod redirect;
mod registration;
mod ring_group;
mod rule_hours;
mod service;
mod simulation;
mod storm;
mod transfer;
mod trunk;
mod voicemail;
mod watcher;
mod weather;
