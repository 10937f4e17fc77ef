//! The provider's portal: its callers are [`crate::caller::Admin`].

pub(crate) mod activity;
pub(crate) mod certificate;
pub(crate) mod diagnosis;
pub(crate) mod event;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod ip_list;
pub(crate) mod ladder;
pub(crate) mod live;
pub(crate) mod log_file;
pub(crate) mod mail_server;
pub(crate) mod network;
pub(crate) mod number;
pub(crate) mod object_storage;
pub(crate) mod port;
pub(crate) mod registration;
pub(crate) mod setting;
pub(crate) mod tenant;
pub(crate) mod transport;
pub(crate) mod trunk;
pub(crate) mod turn;
pub(crate) mod wizard;
