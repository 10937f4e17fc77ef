//! The pages of a tenant's administrator.

pub mod activity;
pub mod call_record;
pub mod extension;
pub mod home;
pub mod registration;
