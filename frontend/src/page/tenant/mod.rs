//! The pages of a tenant's administrator.

pub mod activity;
pub mod call_record;
pub mod event;
pub mod extension;
mod extension_form;
mod extension_import;
pub mod home;
pub mod mail_server;
pub mod network;
pub mod registration;
pub mod system_extension;
