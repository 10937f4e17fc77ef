//! The pages of the provider.

pub mod activity;
pub mod certificate;
pub mod check;
pub mod event;
pub mod health;
pub mod home;
pub mod ip_list;
pub mod log_file;
pub mod mail_server;
pub mod network;
pub mod number;
pub mod object_storage;
pub mod port;
pub mod registration;
pub mod setting;
pub mod system;
pub mod tenant;
pub mod tenant_detail;
pub mod transport;
pub mod trunk;
pub mod wizard;
